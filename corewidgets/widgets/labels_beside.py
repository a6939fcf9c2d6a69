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
from corewidgets.widgets.autosave import LABELS, Autosave, labels_path
from corewidgets.widgets.messages import Messages

__all__ = ["ALL_CLASSES", "Beginning", "labels_to_begin_with", "read_any"]

ALL_CLASSES = "give a legend with all classes"

Codes = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Beginning:
    """What a labeler begins with.

    Parameters
    ----------
    labels : array, shape (n_rows, n_columns), uint8
    legend : Legend
    note : str
        What the user is to be told.
    of_another : pathlib.Path, optional
        File of labels that were drawn on another photograph, and are taken only if the user wants it.
    """

    labels: Codes
    legend: Legend
    note: str = ""
    of_another: Path | None = None


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
        Where it is said that the file cannot be read.

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
    found = _Found()
    if autosave is not None:
        with messages.shown():
            found = _find(autosave, section, wanted)
    if found.labels is None:
        none = np.zeros(section.shape, np.uint8)
        return Beginning(none, wanted or Legend(["Class 1", "Class 2"]), found.note, found.of_another)
    start = found.labels
    known = found.legend or Legend.of_codes(max(int(start.max(initial=0)), 2))
    joined = known if wanted is None else with_classes_of(known, wanted)
    note = f"{found.note} {_of_codes(joined, wanted)}".strip()
    return Beginning(start, bring_back(joined, present_codes(start)), note)


def _of_codes(legend: Legend, wanted: Legend | None) -> str:
    """Say so where classes have other codes than in the list that was given."""
    moved = [name for name in wanted.names if legend.code(name) != wanted.code(name)] if wanted else []
    if not moved:
        return ""
    codes = ", ".join(f"{name} is {legend.code(name)}" for name in moved)
    return f"The classes keep the codes of the labels that are there, other than in the list given: {codes}."


@dataclass(frozen=True)
class _Found:
    """What there is for a photograph; see `Beginning`."""

    labels: Codes | None = None
    legend: Legend | None = None
    note: str = ""
    of_another: Path | None = None


def _find(autosave: Autosave, section: CoreSection, legend: Legend | None) -> _Found:
    """Find the labels that a tool goes on with; raise where the file cannot be read or is of another size."""
    try:
        restored = autosave.restore(section.shape, legend)
    except OtherPhotographError as error:
        note = (
            f"{error.what} These labels are not shown; with the first stroke they are kept under another "
            "name. If the rock lies at the same pixels nevertheless, keep them; if not, restore the "
            "photograph that they were drawn on, or draw them again."
        )
        return _Found(note=note, of_another=autosave.path)
    if restored is not None:
        return _Found(*restored)
    if autosave.path != labels_path(section):
        return _Found()  # a file of the user's choice has had no other name
    return _of_before(autosave.path, section, legend) or _Found(note=_of_the_whole(section))


def _of_before(own: Path, section: CoreSection, legend: Legend | None) -> _Found | None:
    """Return labels under a name that the piece had before, if they may be of this photograph."""
    others = []
    for path in section.files_before(LABELS):
        try:
            labels, found = read_labels(path, shape=section.shape, colors=legend, photograph=section.digest)
        except (ValueError, OSError):
            others.append(path.name)
            continue
        note = (
            f"These labels are from {path.name}, which other pieces or photographs may have shared; check "
            f"whether they are of this one. From now on they are kept in {own.name}."
        )
        return _Found(labels, found, note)
    if not others:
        return None
    return _Found(
        note=f"{', '.join(others)} holds labels of another piece or photograph; those of this one are kept "
        f"in {own.name}."
    )


def _of_the_whole(section: CoreSection) -> str:
    """Say so where labels lie beside the photograph, but not under the name of this lane."""
    if not section.part:
        return ""
    whole, own = labels_path(replace(section, part="")), labels_path(section)
    if whole is None or own is None or not whole.exists():
        return ""
    return (
        f"{whole.name} holds labels of the whole photograph, or of one of its lanes as versions before this "
        f"one kept them; those of this lane are kept in {own.name}. File, Open reads them, if they are of "
        "this lane."
    )


def read_any(
    path: str | os.PathLike[str], section: CoreSection, legend: Legend
) -> tuple[Codes, Legend | None, list[str]]:
    """Read labels for a photograph, also those of a session, and those that were drawn on another photograph.

    Returns
    -------
    labels : ndarray of uint8, (n_rows, n_columns)
    legend : Legend or None
        That in the file.
    notes : list of str
        What the user is to be told.

    Raises
    ------
    ValueError, OSError
        As `read_labels` does.
    """
    read = read_session_labels if Path(path).suffix.lower() == ".zip" else read_labels
    notes: list[str] = []
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            labels, found = read(path, shape=section.shape, colors=legend, photograph=section.digest)
        except OtherPhotographError as error:
            notes.append(f"{error.what} Check whether they lie where the rock is; undo removes them.")
            labels, found = read(path, shape=section.shape, colors=legend)
    return labels, found, notes + [str(one.message) for one in told]
