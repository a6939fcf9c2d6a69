"""Labels of a session beside those of the labels file: which to begin with, and where the others go."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from corewidgets.atomic import first_free
from corewidgets.cores.section import CoreSection
from corewidgets.labels.files import read_labels, write_labels
from corewidgets.session import Session
from corewidgets.widgets.autosave import labels_path

__all__ = ["first_labels", "keep_labels", "labels_file", "stamp"]


def first_labels(
    found: Session | None, labels: npt.ArrayLike | None, file: Path | None, session: Path
) -> npt.ArrayLike | None:
    """Return the labels to begin with; None lets the labeler open those beside the photograph.

    These are written after each stroke, so they are the latest, unless the session was saved after the file
    was written and holds other labels: then another program or tool has changed the file.
    """
    if labels is not None or found is None:
        return labels
    if file is None or not file.exists():
        return found.labels
    if session.stat().st_mtime_ns <= file.stat().st_mtime_ns:
        return None
    try:
        beside, _ = read_labels(file, shape=found.labels.shape)
    except (OSError, ValueError):
        return None  # the labeler says what is wrong with it
    return None if np.array_equal(beside, found.labels) else found.labels


def labels_file(section: CoreSection, autosave: Any) -> Path | None:
    """Return the file that the labeler saves labels to, if any."""
    if autosave is True:
        return labels_path(section)
    return None if autosave is False else Path(autosave)


def keep_labels(session: Session, saved: Path, file: Path) -> Path:
    """Write the labels of a session beside the labels file, unless they are kept there already.

    Parameters
    ----------
    session : Session
    saved : pathlib.Path
        The file of the session: the name says when it was saved.
    file : pathlib.Path
        The labels file.

    Returns
    -------
    pathlib.Path
        Where they are.
    """
    when = time.strftime("%Y%m%d-%H%M%S", time.localtime(saved.stat().st_mtime))
    endings = ["", *(f"-{number}" for number in range(2, 100))]
    names = [file.with_name(f"{file.stem}.{when}{ending}{file.suffix}") for ending in endings]
    kept = next((path for path in names if _holds(path, session.labels)), None)
    if kept is None:
        kept = first_free(names)
        write_labels(kept, session.labels, session.legend, photograph=session.section.digest)
    return kept


def stamp(path: Path) -> tuple[int, ...] | None:
    """Return how to know a file again, None where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _holds(path: Path, labels: npt.NDArray[np.uint8]) -> bool:
    """Return whether a file of labels is there and holds these."""
    if not path.exists():
        return False
    try:
        return np.array_equal(read_labels(path)[0], labels)
    except (OSError, ValueError):
        return False
