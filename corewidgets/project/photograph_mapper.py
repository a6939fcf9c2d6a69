"""Maps a photograph of a project, and compares it with those trained on: the same in whatever process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corewidgets.cores.section import CoreSection
from corewidgets.cores.section_entry import SectionEntry
from corewidgets.learning.classifier import PixelClassifier
from corewidgets.learning.light import Light
from corewidgets.learning.mapping import map_section
from corewidgets.scoring.drift import KnownPhotographs, PhotographDrift

__all__ = ["MappedPhotograph", "PhotographMapper"]


@dataclass(frozen=True, eq=False)
class MappedPhotograph:
    """What was found of a photograph.

    Attributes
    ----------
    segmentation : ndarray of uint8, (n_rows, n_columns)
    photograph : str
        `CoreSection.digest` of the pixels that were mapped.
    lights : mapping of str to Light
        What was corrected before it was mapped.
    drift : PhotographDrift or None
        How far it lies from those trained on; None for one of these.
    """

    segmentation: NDArray[np.uint8]
    photograph: str
    lights: Mapping[str, Light]
    drift: PhotographDrift | None


@dataclass(frozen=True, eq=False)
class PhotographMapper:
    """Maps photographs by one model.

    Parameters
    ----------
    model : PixelClassifier
        Fitted.
    known : KnownPhotographs
        What it was trained on.
    labelled : frozenset of str
        Names of photographs that are not compared.
    """

    model: PixelClassifier
    known: KnownPhotographs
    labelled: frozenset[str]

    def __call__(self, entry: SectionEntry) -> MappedPhotograph | None:
        """Read a photograph and map it; None where it cannot be read here."""
        try:
            section = entry.read()
        except (OSError, ValueError):
            return None
        return self.map(entry.name, section)

    def map(
        self, name: str, section: CoreSection, check: Callable[[], None] = lambda: None
    ) -> MappedPhotograph:
        """Map a photograph; `check` is called between pieces, and raises to stop."""
        maps = map_section(self.model, section, check=check)
        drift = None if name in self.labelled else self.known.compare(section)
        return MappedPhotograph(maps.segmentation, section.digest, maps.lights, drift)
