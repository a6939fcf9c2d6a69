"""Labels of a session and those in the file beside the photograph: which are shown, and that both are kept.

Times of change tell nothing: programs that copy files keep them or set them anew. A session knows the digest
of the file of labels that was there when it was saved.
"""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from corewidgets.atomic import first_free
from corewidgets.cores.section import CoreSection
from corewidgets.labels.files import read_labels, write_labels
from corewidgets.labels.legend import Legend
from corewidgets.labels.photograph_mark import OtherPhotographError
from corewidgets.project.kept_file import digest_of
from corewidgets.session import Session
from corewidgets.widgets.autosave import labels_path

__all__ = [
    "check_codes",
    "codes_agree",
    "first_labels",
    "keep_labels_of",
    "known_digest",
    "labels_file",
    "note_of_others",
]

Codes = npt.NDArray[np.uint8]


def labels_file(section: CoreSection, autosave: Any) -> Path | None:
    """Return the file that the labeler saves labels to, if any."""
    if autosave is True:
        return labels_path(section)
    return None if autosave is False else Path(autosave)


def known_digest(path: Path) -> str | None:
    """Return the digest of a file; None, as if it were another's, where it is gone or cannot be read."""
    with suppress(OSError):
        return digest_of(path)
    return None


def first_labels(session: Session, file: Path | None) -> Codes | None:
    """Return the labels of the session where they are to be shown, None for those in the file.

    The file is written after each stroke, so it goes on from the session where it changed since. Where it did
    not change and holds other labels, another program or tool had changed it before the session was saved.

    Parameters
    ----------
    session : Session
    file : pathlib.Path or None
        The file of the labels.
    """
    if file is None or not file.exists():
        return session.labels
    try:
        beside, _ = read_labels(file, shape=session.labels.shape, photograph=session.section.digest)
    except OtherPhotographError:
        return session.labels
    except (OSError, ValueError):
        return None  # the labeler says what is wrong with it
    is_unchanged = session.labels_file is not None and digest_of(file) == session.labels_file
    return session.labels if is_unchanged and not np.array_equal(beside, session.labels) else None


def keep_labels_of(session: Session, saved: float, file: Path, shown: Codes, legend: Legend) -> str:
    """Keep labels of a session that the file, which is shown, has not; return what to say of it.

    Parameters
    ----------
    session : Session
    saved : float
        When its file was written; it gives the name only.
    file : pathlib.Path
        The file of the labels.
    shown, legend : ndarray of uint8, Legend
        What is in it.
    """
    same = codes_agree(session.legend, legend)
    hidden = (session.labels > 0) & ((session.labels != shown) if same else True)
    if not hidden.any():
        return ""
    kept = _kept(session, file, time.strftime("%Y%m%d-%H%M%S", time.localtime(saved)))
    known = session.labels_file is not None
    why = (
        f"{file.name} was written after the session was saved; the file is shown"
        if known
        else f"Whether {file.name} or the session is newer is not known; the file is shown"
    )
    return (
        f"{why}; {hidden.sum():,} pixels that are labelled in the session are not labelled there. The labels "
        f"of the session are kept in {kept.name}: File, Open reads them."
    )


def _kept(session: Session, file: Path, when: str) -> Path:
    """Return a file with the labels of a session, which is written if it is not there."""
    endings = ["", *(f"-{number}" for number in range(2, 100))]
    names = [file.with_name(f"{file.stem}.{when}{ending}{file.suffix}") for ending in endings]
    kept = next((path for path in names if _holds(path, session)), None)
    if kept is None:
        kept = first_free(names)
        write_labels(kept, session.labels, session.legend, photograph=session.section.digest)
    return kept


def _holds(path: Path, session: Session) -> bool:
    """Return whether a file of labels is there and holds those of a session."""
    if not path.exists():
        return False
    try:
        labels, legend = read_labels(path)
    except (OSError, ValueError):
        return False
    return np.array_equal(labels, session.labels) and legend == session.legend


def note_of_others(session: Session, file: Path | None, shown: Codes) -> str:
    """Say so where the file of the labels holds others than those of the session, which are shown.

    Raises
    ------
    ValueError, OSError
        The file cannot be read.
    """
    if file is None or not file.exists():
        return ""
    beside, _ = read_labels(file, shape=session.section.shape)
    if np.array_equal(beside, shown):
        return ""
    is_later = session.labels_file is not None and digest_of(file) != session.labels_file
    return (
        f"These are the labels of the session. Those in {file.name} "
        f"{'were painted later' if is_later else 'differ'}: File, Open reads them; with the next stroke "
        "they are kept under another name."
    )


def check_codes(session: Session, legend: Legend) -> None:
    """Raise ValueError where the labels that are shown have other codes for the classes than the model."""
    if not codes_agree(session.legend, legend):
        raise ValueError(
            "The labels beside the photograph have other codes for some classes than the session: "
            f"{', '.join(legend.names)} here, {', '.join(session.legend.names)} there. Its model and map "
            "are not shown, since their classes would be mixed up; open the labels of the session, or train "
            "again."
        )


def codes_agree(legend: Legend, other: Legend) -> bool:
    """Return whether no class has one code in a legend and another one in the other.

    A class that only one has may be new or have been renamed.
    """
    return all(legend.code(name) == other.code(name) for name in legend.names if name in other)
