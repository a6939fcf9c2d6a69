"""Which photograph the cell of a table means: other capitals, no ending, a path of Windows."""

from __future__ import annotations

import os
import re
from pathlib import Path

from corewidgets.links import at_home

__all__ = ["ENDINGS", "find_photograph"]

ENDINGS = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".jp2", ".bmp")
_DRIVE = re.compile(r"[a-zA-Z]:[\\/]|\\\\")
_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+://")


def find_photograph(cell: str, folder: Path, column: str = "file") -> tuple[Path, str | None]:
    r"""Return the file that a cell names, and what is wrong with it, if anything.

    A file of the very name comes first. Without one, ``\`` is taken as ``/``, and what is left is taken where
    one file only has that name in other capitals, or with the ending of a photograph.

    Parameters
    ----------
    cell : str
        As it stands in the table, not empty.
    folder : Path
        Of the table.
    column : str
        Of the cell, for the message.
    """
    file = folder / cell
    if _is_file(file):
        return file, None
    if _ADDRESS.match(cell):
        return file, f"'{cell}' is an address on the web; copy the photograph into a folder and name it there"
    if cell.startswith("~"):
        file = at_home(cell)
    elif "\\" in cell and not _DRIVE.match(cell):
        file = folder / cell.replace("\\", "/")
    if _is_file(file):
        return file, None
    near = _alike(file)
    if len(near) == 1:
        return near[0], None
    if len(near) > 1:
        names = ", ".join(f"'{each.name}'" for each in near)
        return file, f"it is not clear whether '{cell}' means {names}; write the whole name"
    return file, _not_there(cell, file, folder, column)


def _is_file(file: Path) -> bool:
    """Tell whether there is a file; names that no file can have are none."""
    try:
        return file.is_file()
    except (OSError, ValueError, RuntimeError):  # too long, a null character, a loop of links
        return False


def _alike(file: Path) -> list[Path]:
    """Return files of a name in other capitals, or else with the ending of a photograph."""
    try:
        beside = sorted(other for other in file.parent.iterdir() if _is_file(other))
    except (OSError, ValueError):
        return []
    wanted = file.name.casefold()
    return [other for other in beside if other.name.casefold() == wanted] or [
        other for other in beside if other.stem.casefold() == wanted and other.suffix.lower() in ENDINGS
    ]


def _not_there(cell: str, file: Path, folder: Path, column: str) -> str:
    """Say that a file is not there, and what is near."""
    if os.path.islink(file):  # its like in pathlib fails for long names
        return f"'{file}' is a link that leads to no file; put the photograph there"
    if _DRIVE.match(cell):
        name = re.split(r"[\\/]", cell)[-1]
        beside = f"; '{name}' lies beside the table: write that" if _is_file(folder / name) else ""
        return f"'{cell}' is a path of another computer{beside or '; write it relative to the table'}"
    return f"there is no {column} '{file}'; check its name and folder"
