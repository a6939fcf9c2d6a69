"""Labels that lie beside a photograph: which a labeler begins with, and which it reads when it is told to."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from corewidgets.cores.section import CoreSection
from corewidgets.labels.arrays import check_labels
from corewidgets.labels.class_list import bring_back, present_codes, with_classes_of
from corewidgets.labels.files import read_labels
from corewidgets.labels.legend import Legend
from corewidgets.labels.photograph_mark import OtherPhotographError
from corewidgets.session import read_session_labels
from corewidgets.widgets.autosave import Autosave, labels_path
from corewidgets.widgets.messages import Messages

__all__ = ["ALL_CLASSES", "Beginning", "labels_to_begin_with", "read_labels_of"]

ALL_CLASSES = "give a legend with all classes"
Found = tuple[npt.NDArray[np.uint8], Legend | None]


@dataclass(frozen=True, eq=False)
class Beginning:
    """What a labeler begins with.

    Parameters
    ----------
    labels : array, shape (n_rows, n_columns), uint8
    legend : Legend
    of_others : OtherPhotographError, optional
        Why the labels in the file are not shown: they are of another photograph.
    """

    labels: npt.NDArray[np.uint8]
    legend: Legend
    of_others: OtherPhotographError | None = None


def labels_to_begin_with(
    section: CoreSection,
    labels: npt.ArrayLike | None,
    wanted: Legend | None,
    autosave: Autosave | None,
    messages: Messages,
) -> Beginning:
    """Return the labels that are given, else those of the labels file, else none.

    Parameters
    ----------
    section : CoreSection
    labels : array, shape (n_rows, n_columns), uint8, optional
    wanted : Legend, optional
        Classes that are there whatever the file knows.
    autosave : Autosave, optional
        Keeps the labels file.
    messages : Messages
        Where it is said what is wrong with the file.

    Raises
    ------
    ValueError
        The labels that are given have another shape, or codes that `wanted` has not.
    """
    if labels is not None:
        start = check_labels(labels, section.shape)
        known = wanted or Legend.of_codes(max(int(start.max(initial=0)), 2))
        known.check(start, remedy=ALL_CLASSES)
        if autosave is not None:
            autosave.start_over()
        return Beginning(start, known)
    restored = others = None
    if autosave is not None:
        with messages.shown():
            try:
                restored = autosave.restore(section.shape, wanted)
            except OtherPhotographError as error:
                others = error
    if restored is None:
        if autosave is not None and not messages.text:
            _tell_of_uncut(section, autosave.path, messages)
        none = np.zeros(section.shape, np.uint8)
        return Beginning(none, wanted or Legend(["Class 1", "Class 2"]), others)
    start, found = restored
    known = found or Legend.of_codes(max(int(start.max(initial=0)), 2))
    joined = known if wanted is None else with_classes_of(known, wanted)
    return Beginning(start, bring_back(joined, present_codes(start)))


def _tell_of_uncut(section: CoreSection, own: Path, messages: Messages) -> None:
    """Say so where labels lie beside the photograph, but not under the name of this lane."""
    uncut = labels_path(replace(section, part="")) if section.part else None
    if uncut is not None and uncut.exists():
        messages.note(
            f"{uncut.name} holds labels of the whole photograph, or of one of its lanes as versions "
            f"before this one kept them; those of this lane are kept in {own.name}. "
            "File, Open brings them, if they are of this lane."
        )


def read_labels_of(section: CoreSection, path: str | os.PathLike[str], legend: Legend) -> Found:
    """Read labels or those of a session, warning of those that were drawn on another photograph.

    Returns
    -------
    labels : array, shape (n_rows, n_columns), uint8
    legend : Legend or None
        That of the file.
    """
    read = read_session_labels if Path(path).suffix.lower() == ".zip" else read_labels
    try:
        return read(path, shape=section.shape, colors=legend, photograph=section.digest)
    except OtherPhotographError as error:
        warnings.warn(
            f"{error.what} Look whether they lie where the rock is; undo takes them back.", stacklevel=2
        )
        return read(path, shape=section.shape, colors=legend)
