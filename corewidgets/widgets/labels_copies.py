"""Copies of labels that a user writes by name: what lay under the name is kept."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt

from corewidgets.cores.section import CoreSection
from corewidgets.labels.files import write_labels
from corewidgets.labels.formats import format_of
from corewidgets.labels.legend import Legend
from corewidgets.project.kept_file import digest_of, set_aside
from corewidgets.widgets.autosave import Autosave

__all__ = ["LabelsCopies", "check_is_not_the_photograph"]


class LabelsCopies:
    """Writes copies, and knows those that it wrote."""

    def __init__(self) -> None:
        self._written: dict[str, str | None] = {}

    def write(
        self,
        path: str | os.PathLike[str],
        labels: npt.NDArray[np.uint8],
        legend: Legend,
        section: CoreSection,
        autosave: Autosave | None,
    ) -> str:
        """Write labels to a file; return what to say of one that was there before, and is kept.

        Parameters
        ----------
        path : path-like
        labels, legend : ndarray of uint8, Legend
        section : CoreSection
            What they were drawn on.
        autosave : Autosave or None
            Keeps the file of the labels, which may be this one.

        Raises
        ------
        ValueError
            It is the photograph, or no format has its ending.
        OSError
            It cannot be written.
        """
        target, place = Path(path), os.path.realpath(path)
        format_of(target)
        check_is_not_the_photograph(target, section)
        if autosave is not None and os.path.realpath(autosave.path) == place:
            autosave.flush()
            self._written[place] = autosave.digest
        kept = ""
        if target.is_file() and digest_of(target) != self._written.get(place):
            kept = f"; what was there before is kept as {set_aside(target).name}"
        write_labels(target, labels, legend, photograph=section.digest, photograph_name=section.file_name)
        self._written[place] = digest_of(target)
        return kept


def check_is_not_the_photograph(path: str | os.PathLike[str], section: CoreSection) -> None:
    """Raise ValueError where labels would take the place of the photograph."""
    photograph = section.path
    if photograph is not None and Path(path).exists() and photograph.exists() and photograph.samefile(path):
        raise ValueError(
            f"'{path}' is the photograph itself; give another name, such as '{Path(path).stem}.labels.png'."
        )
