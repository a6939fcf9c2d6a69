"""Whether a table can be written anew without losing what somebody else put into it."""

from __future__ import annotations

import csv
import re
from collections.abc import Container
from pathlib import Path

__all__ = ["check_plain"]


def check_plain(path: Path, columns: Container[str], what: str) -> None:
    """Raise ValueError where a table is no CSV file, or holds more than it is written with.

    Parameters
    ----------
    path : pathlib.Path
        That of a table that is there.
    columns : container of str
        What is written, without units.
    what : str
        What is to be saved there, such as "lanes".

    Raises
    ------
    OSError
        The table cannot be read.
    ValueError
        Other columns, or a remark, would be lost.
    """
    if path.suffix.lower() != ".csv":
        raise ValueError(f"'{path}' is not a CSV file; name one, such as '{path.with_suffix('.csv').name}'.")
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        rows = list(csv.reader(file))
    names = [re.sub(r"\s*[(\[].*", "", cell).strip().lower() for cell in rows[0]] if rows else []
    lost = [name for name in names if name not in columns]
    remarks = [row[0] for row in rows if row and row[0].startswith("#")]
    if lost or remarks:
        found = f"the remark {remarks[0]!r}" if remarks else f"columns {', '.join(map(repr, lost))}"
        raise ValueError(
            f"'{path}' has {found}, which would be lost; save the {what} as a table of their own, and copy "
            "its rows."
        )
