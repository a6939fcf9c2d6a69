"""The cells of the table of a core, as offices write them: its heading, and what its columns mean."""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from corewidgets.cores.core import COLUMNS as ALWAYS
from corewidgets.cores.core import OPTIONAL
from corewidgets.cores.depth_cell import FACTORS, Number, factor_of
from corewidgets.cores.depth_scale import datum_in
from corewidgets.cores.parquet_table import parquet_grid
from corewidgets.cores.workbook import Grid, LargeTableError, Workbook
from corewidgets.extras import import_extra, import_needed
from corewidgets.links import not_there
from corewidgets.spreadsheet import SEPARATORS, decode_text, split_rows

__all__ = ["CORE_TABLE", "Sheet", "TableKind", "read_sheet"]

COLUMNS = (*ALWAYS, *OPTIONAL)
UNIT = "unit"
MAX_TITLE_ROWS = 20  # above the heading
MIDNIGHT = re.compile(r"\d{4}-\d\d-\d\d 00:00:00")

_OTHER_NAMES = {
    "file": "filename, file name, photograph, photo, image, picture",
    "top": "from, depth from, from depth, top depth, depth top",
    "base": "to, depth to, to depth, base depth, depth base, bottom, bottom depth, depth bottom",
    UNIT: "units, depth unit, depth units",
    "second_file": "second file",
    "labels_file": "labels, labels file",
    "solid": "solid core, full diameter",
    "mechanical": "mechanical below, mechanical break",
}
_MEANINGS = {other: name for name, others in _OTHER_NAMES.items() for other in others.split(", ")}
_UNIT_NAMES = "|".join(sorted((re.escape(name) for name in FACTORS if name.isalpha()), key=len, reverse=True))
_WITH_UNIT = re.compile(rf"(.+?)(?:[\s_\-/,:]+({_UNIT_NAMES})|\s*[\[(]\s*({_UNIT_NAMES})\s*[\])])")


class TableKind(NamedTuple):
    """What a table is about.

    Attributes
    ----------
    name : str
        What it is called in messages, such as "the table of a core".
    needed : tuple of str
        Columns that must be there; top and base are among them.
    other : tuple of str
        Columns that may be there.
    """

    name: str
    needed: tuple[str, ...]
    other: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that are read."""
        return (*self.needed, *self.other)


CORE_TABLE = TableKind("the table of a core", COLUMNS[:3], COLUMNS[3:])


@dataclass
class Sheet:
    """The rows of a table of a core, or of another with depths.

    Attributes
    ----------
    rows : list of (int, dict of str to str)
        Number of the row as a spreadsheet shows it, and the cells of the columns of its kind; those that are
        not there are empty.
    factors : list of dict of str to float
        For each row, the metres of the units that headings, a row of units or a column of units name.
    problems : list of (int, str)
        Rows whose unit is none.
    notes : list of str
        What to warn of.
    datum : str
        What depths are measured from, as far as a unit says it.
    separator : str
        What stands between the cells of a table of text; a comma for other tables.
    """

    rows: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    factors: list[dict[str, float]] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    datum: str = ""
    separator: str = ","


@dataclass
class _Heading:
    """A row of names: where each column is, and the metres of the unit in its name."""

    row: int
    columns: dict[str, int]
    factors: dict[str, float]
    names: list[str]


def read_sheet(path: Path, kind: TableKind = CORE_TABLE) -> Sheet:
    """Read the cells of each row of a table as text.

    Raises
    ------
    FileNotFoundError
        There is no such table.
    ModuleNotFoundError
        A package that reads Excel or Parquet is missing.
    ValueError
        The file is no table, or no row of it names the columns that are needed, such as file, top and base.
    """
    if not path.is_file():
        raise not_there(path, f"There is no table '{path}'; check the name and the folder.")
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise ValueError(f"'{path}' cannot be read as {kind.name}; save it as {', '.join(_READERS)}.")
    _check_content(path)
    sheet = Sheet()
    grid, sheet.separator = reader(path, sheet.notes, kind)
    heading = _heading(grid, path, sheet.separator, kind)
    first = 0 if path.suffix.lower() == ".parquet" else 1  # a heading is row 1, that of Parquet is none
    start = heading.row + 1
    told = [heading.names[heading.columns[name]] for name in ("top", "base")]
    if start < len(grid) and (units := _units(grid[start], heading)) is not None:
        for name, factor in units.items():
            if heading.factors.setdefault(name, factor) != factor:
                raise ValueError(f"'{path}' names two units for {name}, in its heading and below; keep one.")
        told += [_cell(grid[start], heading.columns[name]) for name in ("top", "base")]
        start += 1
    lines = [
        (number, line, {name: _cell(line, k) for name, k in heading.columns.items()})
        for number, line in enumerate(grid[start:], start=first + start)
    ]
    rows = [
        (n, cells) for n, line, cells in lines if any(map(str.strip, line)) and not _is_comment(line, cells)
    ]
    if not any(factor_of(cells.get(UNIT, "")) for _, cells in rows):
        rows = [(number, cells | {UNIT: ""}) for number, cells in rows]  # units of rock, not of length
    for number, cells in rows:
        _add_row(sheet, number, dict.fromkeys(kind.columns, "") | cells, heading)
    told += [cells.get(UNIT, "") for _, cells in rows]
    sheet.datum = next(filter(None, map(datum_in, told)), "")
    return sheet


def _add_row(sheet: Sheet, number: int, cells: dict[str, str], heading: _Heading) -> None:
    """Add a row, with the units that hold for it."""
    factors, unit = dict(heading.factors), cells.get(UNIT, "")
    factor = factor_of(unit)
    if unit and factor is None:
        sheet.problems.append((number, f"unit {unit!r} is not known; write m, ft, cm or mm"))
    for name in ("top", "base"):
        if factor is not None and factors.setdefault(name, factor) != factor:
            problem = f"the unit {unit!r} differs from that in the heading of {name}; keep one"
            sheet.problems.append((number, problem))
    sheet.rows.append((number, {column: text for column, text in cells.items() if column != UNIT}))
    sheet.factors.append(factors)


def _cell(line: Sequence[str], column: int) -> str:
    """Return a cell without the space around it, empty beyond the end of a row."""
    text = line[column] if column < len(line) else ""
    return text if isinstance(text, Number) else text.strip()


def _is_comment(line: Sequence[str], cells: dict[str, str]) -> bool:
    """Tell whether a row is a remark: it begins with #, and has not both depths."""
    first = next((cell.strip() for cell in line if cell.strip()), "")
    depths = (cells["top"], cells["base"])
    return first.startswith("#") and not all(re.search(r"\d", cell) for cell in depths)


# ---------------------------------------------------------------------------------------------------- heading


def _heading(grid: Grid, path: Path, separator: str, kind: TableKind) -> _Heading:
    """Return the row that names the columns, or raise."""
    needed = kind.needed
    best = max(
        _headings(grid, kind),
        key=lambda heading: sum(name in heading.columns for name in needed),
        default=None,
    )
    missing = [name for name in needed if best is None or name not in best.columns]
    if best is None or missing:
        row = best.row if best is not None and len(missing) < len(needed) else 0
        names = separator.join(cell.strip().lower() for cell in grid[row]) if grid else ""
        place = "first row" if row == 0 else f"row {row + 1}"
        raise ValueError(
            f"'{path}' must have the columns {', '.join(needed[:-1])} and {needed[-1]}, separated by commas "
            f"in CSV, but there is no {' and no '.join(missing)}: its {place} is '{names[:200]}'."
        )
    _check_names(best.names, best.columns, path, kind)
    return best


def _headings(grid: Grid, kind: TableKind) -> list[_Heading]:
    """Return what may be the heading: each of the first rows, and each two of them that make one."""
    rows = grid[:MAX_TITLE_ROWS]
    single = [_names(row, line, kind) for row, line in enumerate(rows)]
    pairs = enumerate(pairwise(rows), start=1)
    return single + [_names(row, list(map(_joined_name, *_filled(*both))), kind) for row, both in pairs]


def _filled(above: Sequence[str], below: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return two rows of a heading of equal length; merged cells hold their text in the first column only."""
    length = max(len(above), len(below))
    upper, lower = ([*row, *[""] * (length - len(row))] for row in (above, below))
    for k in range(1, length):
        if not upper[k].strip() and lower[k].strip() and lower[k - 1].strip():
            upper[k] = upper[k - 1]
    return upper, lower


def _joined_name(above: str, below: str) -> str:
    """Return the name of a column that two rows of a heading give: "Depth (ft)" over "From"."""
    group, name = _name(above), _name(below)
    if not (group and name):
        return group or name
    unit = _WITH_UNIT.fullmatch(group)
    own = _meaning(name)[0]
    if own in ("top", "base"):
        return f"{name} ({unit[2] or unit[3]})" if unit and _meaning(name)[1] is None else name
    return name if own else f"{group} {name}"


def _check_names(names: list[str], columns: dict[str, int], path: Path, kind: TableKind) -> None:
    """Raise where a column occurs twice, or has nearly the name of one that is not there."""
    meant = [_meaning(name)[0] for name in names]
    for name, k in columns.items():
        if names.count(name) > 1:
            raise ValueError(f"'{path}' has the column {name} twice; remove one.")
        if names[k] != name and meant.count(name) > 1:
            both = " and ".join(f"'{other}'" for other, its in zip(names, meant, strict=True) if its == name)
            raise ValueError(f"'{path}' has two columns for {name}, {both}; name the right one '{name}'.")
    for name, meaning in zip(names, meant, strict=True):
        near = difflib.get_close_matches(name, kind.columns, n=1, cutoff=0.8)
        if near and near[0] not in columns and meaning not in columns:
            raise ValueError(f"'{path}' has a column '{name}'; should it be called '{near[0]}'? Rename it.")


def _names(row: int, line: Sequence[str], kind: TableKind) -> _Heading:
    """Return what the cells of a row mean as names of columns; its own name goes before other names."""
    found: dict[str, int] = {}
    factors: dict[str, float] = {}
    names = [_name(cell) for cell in line]
    for k, name in enumerate(names):
        meaning, factor = _meaning(name)
        if meaning is not None and meaning not in found and (name == meaning or meaning not in names):
            found[meaning] = k
            factors |= {} if factor is None else {meaning: factor}
    ordered = {name: found[name] for name in (*kind.columns, UNIT) if name in found}
    return _Heading(row, ordered, factors, names)


def _name(cell: str) -> str:
    """Return a cell as the name of a column."""
    return cell.strip().lower()


def _meaning(name: str) -> tuple[str | None, float | None]:
    """Return the column that a name stands for, and the metres of its unit."""
    if name in (*COLUMNS, *_OTHER_NAMES):
        return name, None
    spaced = " ".join(re.split(r"[\s_\-]+", name))
    if spaced in _MEANINGS:
        return _MEANINGS[spaced], None
    found = _WITH_UNIT.fullmatch(name)
    if found is None:
        return None, None
    column = (
        found[1] if found[1] in ("top", "base") else _MEANINGS.get(" ".join(re.split(r"[\s_\-]+", found[1])))
    )
    return (column, FACTORS[found[2] or found[3]]) if column in ("top", "base") else (None, None)


def _units(line: Sequence[str], heading: _Heading) -> dict[str, float] | None:
    """Return the units that the row below the heading consists of; None where it is a row of the table."""
    units = {name: factor_of(_cell(line, heading.columns[name])) for name in ("top", "base")}
    known = {name: factor for name, factor in units.items() if factor is not None}
    return known if len(known) == len(units) else None


# ---------------------------------------------------------------------------------------------------- readers


_NOT_TEXT = {
    rb"PK\x03\x04": "an Excel file, or another spreadsheet; open it there, and save it as CSV or .xlsx.",
    rb"PAR1[\x00-\x08\x0e-\x1f]": "a Parquet file; name it .parquet, or save the table as CSV.",
}
"""What a file is that is no text, by how it begins; a title of text may begin with the letters PAR1."""
_OPEN_DOCUMENT = b"mimetypeapplication/vnd.oasis.opendocument"  # the first file in its archive


def _check_content(path: Path) -> None:
    """Raise where a file is another kind of table than its name says."""
    with path.open("rb") as file:
        start = file.read(100)
    if start.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise ValueError(
            f"'{path}' is an Excel file with a password, or one of before 2007 (.xls); open it in a "
            "spreadsheet program, and save it as .xlsx without a password."
        )
    if start.startswith(b"PK") and _OPEN_DOCUMENT in start:
        raise ValueError(
            f"'{path}' is an OpenDocument spreadsheet (.ods), which is not read; open it in a spreadsheet "
            "program, and save it as .xlsx or CSV."
        )
    what = next((kind for begins, kind in _NOT_TEXT.items() if re.match(begins, start)), "")
    if what and _READERS[path.suffix.lower()] is _read_text:
        raise ValueError(f"'{path}' is named {path.suffix}, but it is {what}")


def _read_text(path: Path, notes: list[str], kind: TableKind) -> tuple[Grid, str]:
    """Read a table of text, and what separates its cells."""
    try:
        text, plain = decode_text(path.read_bytes())
        grids = {separator: split_rows(text, separator) for separator in SEPARATORS}
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"'{path}' is not a table in UTF-8 ({error}); save it as CSV in UTF-8.") from error
    separator = max(SEPARATORS, key=lambda separator: _n_found(grids[separator], kind))
    grid = grids[separator]
    foreign = [cell for line in grid for cell in line if not cell.isascii()]
    if not plain and foreign:
        notes.append(
            f"'{path}' is not in UTF-8; it is read as Western European (Windows-1252), which makes "
            f"'{foreign[0][:60]}' of a cell. Save it as CSV in UTF-8 if that is wrong."
        )
    return grid, separator


def _n_found(grid: Grid, kind: TableKind) -> int:
    """Return how many of the needed columns the best heading names."""
    found = (sum(name in heading.columns for name in kind.needed) for heading in _headings(grid, kind))
    return max(found, default=0)


def _read_excel(path: Path, notes: list[str], kind: TableKind) -> tuple[Grid, str]:
    """Read the sheet of an Excel file that has the columns needed."""
    import_extra("openpyxl", "core", "A table in Excel")
    content = path.read_bytes()
    try:
        book = Workbook(content)
        grids = book.grids
        fitting = [name for name, grid in grids.items() if _n_found(grid, kind) == len(kind.needed)]
        if book.too_large and not fitting:
            raise LargeTableError(book.too_large[0])
        chosen = next(iter(fitting or grids))
        book.add_formulas(chosen)
    except LargeTableError as error:
        raise ValueError(f"'{path}' is too large for {kind.name}: {error}.") from error
    except Exception as error:  # what the libraries raise for broken bytes is not a closed list
        raise ValueError(f"'{path}' cannot be read as an Excel file ({error}); save it again.") from error
    if len(fitting) > 1:
        others = ", ".join(f"'{name}'" for name in fitting[1:])
        notes.append(f"'{path}' has several sheets with {kind.name}; '{chosen}' is read, not {others}.")
    if hidden := book.hidden[chosen]:
        notes.append(
            f"'{path}' has rows that are hidden in the sheet '{chosen}', the first is row {hidden[0]}; they "
            "are read as well. Delete them if that is not meant."
        )
    return grids[chosen], ","


def _read_parquet(path: Path, _: list[str], kind: TableKind) -> tuple[Grid, str]:
    """Read a Parquet file."""
    import_needed("pandas", "A table in Parquet")
    import_extra("pyarrow", "core", "A table in Parquet")
    try:
        return parquet_grid(path), ","
    except LargeTableError as error:
        raise ValueError(f"'{path}' is too large for {kind.name}: {error}.") from error
    except Exception as error:  # what the libraries raise for broken bytes is not a closed list
        raise ValueError(f"'{path}' cannot be read as a Parquet file ({error}); write it again.") from error


_READERS: dict[str, Callable[[Path, list[str], TableKind], tuple[Grid, str]]] = {
    ".csv": _read_text,
    ".xlsx": _read_excel,
    ".parquet": _read_parquet,
    ".tsv": _read_text,
}
