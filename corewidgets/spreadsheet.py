"""Cells of CSV files that a spreadsheet takes for text, whatever is in them.

Spreadsheets compute a cell that begins with ``=``, ``+``, ``-`` or ``@``: a class or a file so named could
run what its author likes where it is opened. An apostrophe in front prevents that. It is
taken away again on reading, so that names come back as they were.

Tables of text that others wrote are in several encodings, and their cells are separated by several signs.
"""

from __future__ import annotations

import csv
import io
import re
from typing import Any

__all__ = ["SEPARATORS", "decode_text", "plain_cell", "safe_cell", "safe_table", "split_rows"]

SEPARATORS = (",", ";", "\t", "|")
"""What stands between the cells of tables of text."""

_FORMULA = re.compile(r"\s*'*\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
"""Spreadsheets skip spaces, and know the wide signs of Chinese and Japanese too."""


def safe_cell(value: Any) -> Any:
    """Return a value as it is written to a cell; numbers are as they are.

    Examples
    --------
    >>> [safe_cell(value) for value in ("=1+1", "-5", -5, "Matrix", "'=1+1")]
    ["'=1+1", "'-5", -5, 'Matrix', "''=1+1"]
    """
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def plain_cell(text: str) -> str:
    """Return the text of a cell that `safe_cell` made.

    Examples
    --------
    >>> [plain_cell(text) for text in ("'=1+1", "''=1+1", "Matrix", "'t Zand")]
    ['=1+1', "'=1+1", 'Matrix', "'t Zand"]
    """
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def safe_table(table: Any) -> Any:
    """Return a pandas.DataFrame with the headings and texts that `safe_cell` makes of its own."""
    texts = {
        name: table[name].map(safe_cell) for name in table.columns if table[name].dtype.kind not in "biufcmM"
    }
    return table.assign(**texts).rename(columns=safe_cell)


def decode_text(content: bytes) -> tuple[str, bool]:
    """Return the text of a table, and whether it says or shows itself in what encoding it is.

    Parameters
    ----------
    content : bytes
        In UTF-8, UTF-16, or else Windows-1252.

    Returns
    -------
    text : str
    is_plain : bool
        False for Windows-1252, which is what is left.

    Raises
    ------
    UnicodeDecodeError
        It is in none of them.

    Examples
    --------
    >>> decode_text("Café".encode("utf-16")), decode_text("Café".encode("cp1252"))
    (('Café', True), ('Café', False))
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16"), True
    zeros = content[:4096].count(0)
    if len(content) > 1 and zeros * 3 > min(len(content), 4096):  # every second byte of Latin text
        return content.decode("utf-16-le" if content[1] == 0 else "utf-16-be"), True
    try:
        return content.decode("utf-8-sig"), True
    except UnicodeDecodeError:
        if zeros:
            raise
        return content.decode("cp1252"), False


def split_rows(text: str, separator: str) -> list[list[str]]:
    """Return the cells of each row of a table of text, as they were before `safe_cell`.

    Parameters
    ----------
    text : str
    separator : str
        One of `SEPARATORS`.

    Returns
    -------
    list of list of str

    Raises
    ------
    csv.Error
        A cell has no end, or is too long.
    """
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=separator != "\t")
    return [[plain_cell(cell) for cell in row] for row in rows]
