"""The mark in a file of labels or of a map by which the photograph is known that it was drawn on."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any

__all__ = ["PHOTOGRAPH", "OtherPhotographError", "check_mark", "mark_in"]

PHOTOGRAPH = "corewidgets_photograph"  # name of the text or attribute that holds `CoreSection.digest`
_SHOWN = 8  # digits of a digest in a message


class OtherPhotographError(ValueError):
    """Labels were drawn on a photograph with different pixels.

    Attributes
    ----------
    drawn_on, shown : str
        Digests of the photograph that they were drawn on, and of the other one.
    what : str
        What is wrong, without a remedy.
    """

    def __init__(self, path: str | os.PathLike[str], drawn_on: str, shown: str) -> None:
        self.drawn_on, self.shown = drawn_on, shown
        self.what = (
            f"'{path}' was drawn on another photograph: one of the same size, but with different "
            f"pixels (digest {drawn_on[:_SHOWN]}…, here {shown[:_SHOWN]}…). The photograph was exported "
            "again, cropped, mirrored or brightened, or it is the photograph of another piece."
        )
        super().__init__(
            f"{self.what} If the rock lies at the same pixels nevertheless, read the labels without "
            "photograph=...; if not, restore the photograph that they were drawn on, or draw them again."
        )


def mark_in(text: Any) -> str | None:
    """Return the digest that a file holds, None where it holds none or something else."""
    return text if isinstance(text, str) and re.fullmatch("[0-9a-f]{64}", text) else None


def check_mark(
    path: str | os.PathLike[str], drawn_on: str | None, photograph: str | Sequence[str] | None
) -> None:
    """Raise OtherPhotographError where a file is known to be of another photograph.

    Parameters
    ----------
    path : path-like
        The file, for the error.
    drawn_on : str or None
        The digest in it. None is of any: versions before 0.2 and other programs keep no digest.
    photograph : str, sequence of str or None
        Digests of the photograph; None for any.
    """
    known = [photograph] if isinstance(photograph, str) else list(photograph or ())
    if drawn_on is not None and known and drawn_on not in known:
        raise OtherPhotographError(path, drawn_on, known[0])
