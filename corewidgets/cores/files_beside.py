"""Names of the files beside a photograph: those of each piece, and of no other."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from pathlib import Path

from corewidgets.cores.photograph_file import ENDINGS

__all__ = ["file_beside", "files_before", "has_file_beside"]

_LONGEST = 60  # bytes of the name of a part; a disk takes 255 for the whole name


def file_beside(photograph: Path, part: str, ending: str) -> Path:
    """Return the file beside a photograph that belongs to a piece of it.

    It is called as the photograph without its ending, then as the part. Where another photograph could have
    that name, such as core.tif beside core.png, it is called as the photograph with its ending.

    Parameters
    ----------
    photograph : pathlib.Path
    part : str
        What the piece is called among others in the photograph; empty for the whole.
    ending : str
        What the file is, such as ``".labels.png"``.
    """
    rest = _dotted(_name_of(part)) + ending
    full = photograph.with_name(photograph.name + rest)
    short = photograph.with_name(photograph.stem + rest)
    return full if full.exists() or _is_shared(photograph, part) else short


def files_before(photograph: Path, part: str, ending: str) -> list[Path]:
    """Return the files that are there under names that version 0.1, or a lone photograph, gave the piece.

    Other pieces may have had the same name.
    """
    own = file_beside(photograph, part, ending)
    return [path for path in _short_names(photograph, part, ending) if path != own and path.is_file()]


def has_file_beside(photograph: Path, part: str, ending: str) -> bool:
    """Return whether a file is there under any name that the piece may have; the folder is not listed."""
    full = photograph.with_name(photograph.name + _dotted(_name_of(part)) + ending)
    return any(path.exists() for path in (full, *_short_names(photograph, part, ending)))


def _short_names(photograph: Path, part: str, ending: str) -> list[Path]:
    """Return the names that begin with the photograph's without its ending: that of now, and that of 0.1."""
    names = dict.fromkeys([_name_of(part), _plain(part)])
    return [photograph.with_name(photograph.stem + _dotted(name) + ending) for name in names]


def _dotted(name: str) -> str:
    return f".{name}" if name else ""


def _plain(part: str) -> str:
    """Return the name of a part with what every disk takes; several parts may get the same."""
    return re.sub(r"[^\w.-]+", "-", part).strip("-.")


def _name_of(part: str) -> str:
    """Return a name that no other part gets, whatever a disk takes for the same letter."""
    plain = _plain(part)
    is_alone = (
        part == plain == plain.casefold() == unicodedata.normalize("NFC", plain)
        and len(os.fsencode(plain)) <= _LONGEST
        and Path(plain).suffix not in ENDINGS
    )
    if is_alone:
        return plain
    begin = os.fsencode(plain)[:_LONGEST].decode(errors="ignore")
    digest = hashlib.sha256(part.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{begin}~{digest[:8]}"  # a plain name has no ~


def _is_shared(photograph: Path, part: str) -> bool:
    """Return whether another photograph, or a part of one, could have the short name, too."""
    return any(_can_collide(photograph, part, other) for other in _entries(photograph.parent))


def _can_collide(photograph: Path, part: str, other: Path) -> bool:
    # names first: a folder has more files than the disk should be asked about
    stem, name = photograph.stem.casefold(), other.name.casefold()
    is_of_its_parts = not part and stem.startswith((f"{other.stem.casefold()}.", f"{name}."))
    if not is_of_its_parts and other.stem.casefold() != stem:
        return False
    if other.suffix.lower() not in ENDINGS or not other.is_file():
        return False
    return not (photograph.exists() and other.samefile(photograph))


def _entries(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []
