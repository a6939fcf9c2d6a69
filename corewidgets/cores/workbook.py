"""The sheets of an Excel file as texts, read only where they are no larger than a table of a core."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from functools import cache
from itertools import islice
from typing import Any

from corewidgets.cores.depth_cell import FACTORS, Number
from corewidgets.extras import import_extra
from corewidgets.unpacking import check_unpacked

__all__ = ["Grid", "LargeTableError", "Workbook", "cell_text"]

Grid = list[list[str]]

_MOST_CELLS = 2**25
"""Cells of a sheet, the empty ones counted: all rows that a sheet may have, of 32 columns."""

_MOST_BYTES = 2**28
"""Bytes that a workbook unpacks to, besides those of its pictures, which are packed already."""

_MOST_TAGS = 2**22
"""Of its XML.  Each may be a cell, of which a million take 400 MB of memory; a cell with a value has two."""

_PIECE = 2**20
_LITERAL = re.compile(r'"([^"]*)"|\\(.)')  # in a format of numbers


class LargeTableError(ValueError):
    """A table has more cells or bytes than are read; the text says how many, and what to do."""


class Workbook:
    """An Excel file.

    Parameters
    ----------
    content : bytes
        The file.

    Attributes
    ----------
    grids : dict of str to list of list of str
        The cells of each sheet by its name, where it is not too large: values, if the file holds them.
    too_large : list of str
        What is wrong with the sheets that are.
    hidden : dict of str to list of int
        Numbers of the rows of each sheet that hold something and are not shown.

    Raises
    ------
    ModuleNotFoundError
        openpyxl is missing.
    LargeTableError
        It unpacks to more than is read.
    Exception
        What openpyxl raises for broken bytes.
    """

    def __init__(self, content: bytes) -> None:
        self._openpyxl = import_extra("openpyxl", "core", "A table in Excel")
        self._content = content
        _check_size(content)
        book = self._openpyxl.load_workbook(io.BytesIO(content), data_only=True)
        shown_first = sorted(book.worksheets, key=lambda sheet: sheet.sheet_state != "visible")
        sheets = {sheet.title: sheet for sheet in shown_first}
        found = {title: _size_problem(sheet) for title, sheet in sheets.items()}
        self.too_large = list(filter(None, found.values()))
        self.grids: dict[str, Grid] = {
            title: _grid(sheet) for title, sheet in sheets.items() if not found[title]
        }
        self.hidden = {title: _hidden(sheets[title], grid) for title, grid in self.grids.items()}

    def add_formulas(self, title: str) -> None:
        """Write formulas of a sheet whose values the file does not hold where they stand."""
        grid = self.grids[title]
        if not any("" in line for line in grid):
            return
        sheet = self._openpyxl.load_workbook(io.BytesIO(self._content))[title]
        for line, formulas in zip(grid, sheet.iter_rows(values_only=True), strict=False):
            for k, formula in islice(enumerate(formulas), len(line)):
                if not line[k] and isinstance(formula, str) and formula.startswith("="):
                    line[k] = formula


def _check_size(content: bytes) -> None:
    """Raise where reading a workbook would take much more memory than a table of a core needs."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        try:
            check_unpacked(archive, _MOST_BYTES + len(content))
        except ValueError as error:
            raise LargeTableError(f"{error}; save the sheet with the table as CSV") from error
        n_tags = 0
        for member in archive.infolist():
            if member.filename.lower().endswith((".xml", ".rels")):
                with archive.open(member) as file:
                    while piece := file.read(_PIECE):
                        n_tags += piece.count(b"<") - piece.count(b"</")
    if n_tags > _MOST_TAGS:
        raise LargeTableError(
            f"its sheets have {n_tags:,} tags of XML, more than the {_MOST_TAGS:,} that are read; save the "
            "sheet with the table as CSV"
        )


def _size_problem(sheet: Any) -> str:
    """Say that a sheet has more cells than are read, "" where it has not: one far off makes it large."""
    n_cells = sheet.max_row * sheet.max_column
    if n_cells <= _MOST_CELLS:
        return ""
    return (
        f"its sheet '{sheet.title}' reaches to row {sheet.max_row:,} and column {sheet.max_column:,}, which "
        f"are {n_cells:,} cells, more than the {_MOST_CELLS:,} that are read; delete the rows below the "
        "table and the columns beside it, also those that look empty"
    )


def _grid(sheet: Any) -> Grid:
    """Return the cells of a sheet as text."""
    return [[_shown(cell) for cell in line] for line in sheet.iter_rows()]


def _shown(cell: Any) -> str:
    """Return a cell as text, a number with the unit that its format shows."""
    text = cell_text(cell.value)
    unit = _unit_in(cell.number_format) if isinstance(text, Number) else ""
    return Number(f"{text} {unit}") if unit else text


@cache
def _unit_in(number_format: str) -> str:
    r"""Return the unit of length that a format of numbers writes after them, "" for none.

    Examples
    --------
    >>> _unit_in('0.00" ft"'), _unit_in(r"0.00\ \f\t"), _unit_in('0" of 5"'), _unit_in("General")
    ('ft', 'ft', '', '')
    """
    parts = _LITERAL.findall(number_format.partition(";")[0])
    written = "".join(quoted or escaped for quoted, escaped in parts).strip()
    return written if written.lower() in FACTORS else ""


def _hidden(sheet: Any, grid: Grid) -> list[int]:
    """Return the numbers of the rows that hold something and are not shown."""
    found = (row for row, shown in sheet.row_dimensions.items() if shown.hidden and row <= len(grid))
    return sorted(row for row in found if any(grid[row - 1]))


def cell_text(cell: Any) -> str:
    """Return a cell of a spreadsheet as it would be written in a CSV file."""
    if cell is None or cell != cell:  # NaN is not itself
        return ""
    is_number = not isinstance(cell, (str, bytes, bool, dt.date, dt.time))
    return Number(cell) if is_number else str(cell)
