"""A file that another window or program may write too: what they wrote is never written over unseen."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from corewidgets.atomic import atomic_write, first_free
from corewidgets.origin import file_digest

__all__ = ["KeptFile", "OtherWindowError", "digest_of", "remove_empty", "set_aside"]


class OtherWindowError(OSError):
    """A file was changed by another window or program; what was to be written is not in it."""


class KeptFile:
    """A file, and what it held when it was read or written here last.

    Parameters
    ----------
    path : pathlib.Path
        It need not be there.

    Attributes
    ----------
    digest : str or None
        SHA-256 of what it held then; None for no file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.digest = digest_of(path)

    def remember(self) -> None:
        """Take the file as it is now for known."""
        try:
            self.digest = digest_of(self.path)
        except OSError:  # once more: it would be taken for another window's
            self.digest = digest_of(self.path)

    @property
    def is_foreign(self) -> bool:
        """Whether it holds something else than what was read or written here last."""
        return digest_of(self.path) != self.digest

    def write(self, write: Callable[[Path], object]) -> None:
        """Write the file, unless somebody else has.

        Parameters
        ----------
        write : callable
            Writes a file of a name, whole or not at all.

        Raises
        ------
        OtherWindowError
            Another window or program has changed the file; it is as it was.
        OSError
            It cannot be written.
        """
        if self.is_foreign:
            raise OtherWindowError(
                f"'{self.path.name}' was changed by another window or program since it was read here; it is "
                "left as it is. Open the project again to go on with what is there."
            )
        self._write(write)

    def replace(self, write: Callable[[Path], object]) -> Path | None:
        """Write the file; one that somebody else wrote is kept under another name, which is returned."""
        kept = set_aside(self.path) if self.path.exists() and self.is_foreign else None
        self._write(write)
        return kept

    def _write(self, write: Callable[[Path], object]) -> None:
        """Write the file and know it; where an error came after it was written, it is ours all the same."""
        try:
            write(self.path)
        finally:
            self.remember()


def digest_of(path: Path) -> str | None:
    """Return the SHA-256 of what a file holds, None where there is none."""
    try:
        return file_digest(path)
    except FileNotFoundError:
        return None


def set_aside(path: Path) -> Path:
    """Copy a file that is to be replaced to a free name beside it that tells the time; return that name.

    It is not moved: it would be missing if nothing came to take its place.
    """
    now = time.strftime("%Y%m%d-%H%M%S")
    endings = ["", *(f"-{number}" for number in range(2, 100))]
    kept = first_free(path.with_name(f"{path.stem}.{now}{ending}{path.suffix}") for ending in endings)
    try:
        with atomic_write(kept) as temporary, path.open("rb") as source, temporary.open("wb") as file:
            shutil.copyfileobj(source, file)
    except OSError:
        remove_empty(kept)
        raise
    with suppress(OSError):
        shutil.copystat(path, kept)
    return kept


def remove_empty(made: Path) -> None:
    """Remove a file that was only made to have its name."""
    with suppress(OSError):
        if made.stat().st_size == 0:
            made.unlink()
