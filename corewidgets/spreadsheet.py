"""Cells of CSV files that a spreadsheet takes for text, whatever is in them.

Spreadsheets compute a cell that begins with ``=``, ``+``, ``-`` or ``@``: a class or a file so named could
run what its author likes where it is opened. An apostrophe in front prevents that. It is
taken away again on reading, so that names come back as they were.
"""

from __future__ import annotations

import re
from typing import Any

__all__ = ["plain_cell", "safe_cell", "safe_table"]

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
