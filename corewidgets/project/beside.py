"""Labels that lie beside a photograph before a project takes them over."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corewidgets.cores.files_beside import has_file_beside
from corewidgets.cores.section import CoreSection
from corewidgets.cores.section_entry import SectionEntry
from corewidgets.labels.files import read_labels
from corewidgets.labels.legend import Legend
from corewidgets.session import open_session

__all__ = ["labels_beside"]

Codes = NDArray[np.uint8]

_ENDINGS = (".labels.png", ".session.zip")


def labels_beside(entry: SectionEntry) -> tuple[Codes, Legend | None] | None:
    """Return the labels, with their legend, that lie beside a photograph; None where there are none.

    Parameters
    ----------
    entry : SectionEntry

    Raises
    ------
    OSError, ValueError
        They are there, but cannot be read, or were drawn on another photograph.
    """
    if entry.file is None:
        return None
    part = entry.name if entry.crop is not None else ""
    if not any(has_file_beside(entry.file, part, ending) for ending in _ENDINGS):
        return None  # as for nearly all; what follows lists the folder
    place = CoreSection(np.zeros((1, 1, 3), np.uint8), path=entry.file, part=part)
    labels, session = (_there(place, ending) for ending in _ENDINGS)
    if labels is not None:
        section = entry.read()
        return read_labels(labels, shape=section.shape, photograph=section.digests)
    if session is not None:
        found = open_session(session, entry.read())
        return found.labels, found.legend
    return None


def _there(place: CoreSection, ending: str) -> Path | None:
    """Return a file beside a photograph that is there, under its name or under one of before."""
    paths = [place.file_beside(ending), *place.files_before(ending)]
    return next((path for path in paths if path is not None and path.exists()), None)
