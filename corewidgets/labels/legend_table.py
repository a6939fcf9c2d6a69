"""The table of a legend as offices write it: its heading, its cells, and what they mean."""

import csv
import re
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import ImageColor

from corewidgets.labels.legend_checks import MAX_CLASSES
from corewidgets.links import not_there
from corewidgets.spreadsheet import SEPARATORS, decode_text, split_rows

__all__ = ["LegendRow", "read_legend_table"]

_NEEDED = ("value", "name")
_MAX_TITLE_ROWS = 20  # above the heading
_OTHER_NAMES = {
    "value": "code, id, class id, class code, label value, pixel value, index, number, no, nr",
    "name": "class, class name, label, label name, rock type, lithology, facies, description",
    "color": "colour, hex, hex color, hex colour, html, html color, rgb",
    "rock": "is rock",
}
_MEANINGS = {other: name for name, others in _OTHER_NAMES.items() for other in others.split(", ")}
_YES, _NO = {"", "yes", "y", "true", "1", "rock"}, {"no", "n", "false", "0", "not rock"}
_HEX = re.compile(r"(?:#|0x)?([0-9a-f]{6})(?:ff)?", re.IGNORECASE)
_THREE = re.compile(r"(?:rgb)?\s*\(?\s*(\d{1,3})[\s,;]+(\d{1,3})[\s,;]+(\d{1,3})\s*\)?", re.IGNORECASE)


class LegendRow(NamedTuple):
    """One class of a table.

    Attributes
    ----------
    row : int
        Its number, as a spreadsheet shows it.
    code : int
    name : str
    color : str or None
        "#RRGGBB".
    is_rock : bool
    """

    row: int
    code: int
    name: str
    color: str | None
    is_rock: bool


def read_legend_table(path: Path) -> list[LegendRow]:
    """Read the rows of a table of classes, those of code 0, which is unlabelled, left out.

    Parameters
    ----------
    path : Path
        A table of text: UTF-8, UTF-16 or Windows-1252, separated by commas, semicolons, tabs or bars.

    Returns
    -------
    list of LegendRow

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError
        It is no such table, a cell is not what it must be, or a value or a name occurs twice.
    """
    if not path.is_file():
        raise not_there(path, f"There is no file '{path}'; check the name and the folder.")
    grid, separator = _grid(path)
    found = [_columns(line) for line in grid[:_MAX_TITLE_ROWS]]
    heading = max(range(len(found)), key=lambda row: (_n_needed(found[row]), -row), default=0)
    columns = found[heading] if found else {}
    if _n_needed(columns) < len(_NEEDED):
        missing = " and no ".join(name for name in _NEEDED if name not in columns)
        first = separator.join(grid[heading])[:200] if grid else ""
        raise ValueError(
            f"'{path}' must have the columns value, name and color, separated by commas, but there is no "
            f"{missing}: its row {heading + 1} is '{first}'. Name the columns in its first row."
        )
    rows = []
    for number, line in enumerate(grid[heading + 1 :], start=heading + 2):
        if any(cell.strip() for cell in line) and not _is_comment(line, columns):
            rows.append(_row(number, line, columns, f"'{path}', row {number}", len(grid[heading])))
    rows = [row for row in rows if row.code != 0]
    _check_rows(rows, f"'{path}'")
    return rows


def _grid(path: Path) -> tuple[list[list[str]], str]:
    """Return the cells of each row, and what separates them."""
    content = path.read_bytes()
    if content.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        raise ValueError(f"'{path}' is a file of a spreadsheet; save it as CSV in UTF-8.")
    try:
        text, is_plain = decode_text(content)
        grids = {separator: split_rows(text, separator) for separator in SEPARATORS}
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"'{path}' is not a table in UTF-8 ({error}); save it as CSV in UTF-8.") from error
    separator = max(SEPARATORS, key=lambda one: _most_needed(grids[one]))
    foreign = [cell for line in grids[separator] for cell in line if not cell.isascii()]
    if not is_plain and foreign:
        warnings.warn(
            f"'{path}' is not in UTF-8; it is read as Western European (Windows-1252), which makes "
            f"'{foreign[0][:60]}' of a cell. Save it as CSV in UTF-8 if that is wrong.",
            stacklevel=4,
        )
    return grids[separator], separator


def _most_needed(grid: Sequence[Sequence[str]]) -> int:
    return max((_n_needed(_columns(line)) for line in grid[:_MAX_TITLE_ROWS]), default=0)


def _n_needed(columns: Mapping[str, int]) -> int:
    return sum(name in columns for name in _NEEDED)


def _columns(line: Sequence[str]) -> dict[str, int]:
    """Return where the columns are that the cells of a row name; their own names go before others."""
    names = [" ".join(re.split(r"[\s_\-]+", cell.strip().lower())) for cell in line]
    columns: dict[str, int] = {}
    for position, name in enumerate(names):
        meaning = name if name in _OTHER_NAMES else _MEANINGS.get(name)
        if meaning is not None and (name == meaning or meaning not in names):
            columns.setdefault(meaning, position)
    if "value" not in columns and "name" in names and "class" in names:
        columns["value"] = names.index("class")
    return columns


def _is_comment(line: Sequence[str], columns: Mapping[str, int]) -> bool:
    """Return whether a row is a remark: it begins with #, and has no number."""
    first = next(cell.strip() for cell in line if cell.strip())
    return first.startswith("#") and not re.search(r"\d", _cell(line, columns, "value"))


def _cell(line: Sequence[str], columns: Mapping[str, int], name: str) -> str:
    position = columns.get(name, len(line))
    return line[position].strip() if position < len(line) else ""


def _row(number: int, line: Sequence[str], columns: Mapping[str, int], where: str, n_cells: int) -> LegendRow:
    """Return what a row says, or raise; `where` names it."""
    if any(cell.strip() for cell in line[n_cells:]):
        raise ValueError(
            f"{where} has more cells than the heading; put a name that contains the separator in quotes."
        )
    name = _cell(line, columns, "name")
    if not name:
        raise ValueError(f"{where}: the name of the class is empty; give it one, or remove the row.")
    code = _code(_cell(line, columns, "value"), where)
    color = _color(_cell(line, columns, "color"), name, where)
    return LegendRow(number, code, name, color, _is_rock(_cell(line, columns, "rock"), where))


def _code(text: str, where: str) -> int:
    """Return the value of a row as a number, or raise."""
    found = re.fullmatch(r"(\d{1,6})(?:[.,]0*)?", text)
    if found is None:
        raise ValueError(
            f"{where}: a value must be a whole number, but there is {text!r}; number the classes 1, 2, 3."
        )
    if int(found[1]) > MAX_CLASSES:
        raise ValueError(
            f"{where}: a value must be from 1 to {MAX_CLASSES}, but there is "
            f"{text!r}; number the classes from 1."
        )
    return int(found[1])


def _color(text: str, name: str, where: str) -> str | None:
    """Return a color as "#RRGGBB", None for none, or raise."""
    if not text:
        return None
    if (found := _HEX.fullmatch(text)) is not None:
        return f"#{found[1].upper()}"
    if (found := _THREE.fullmatch(text)) is not None:
        red, green, blue = map(int, found.groups())
        if max(red, green, blue) <= 255:
            return f"#{red:02X}{green:02X}{blue:02X}"
    try:
        red, green, blue, *alpha = ImageColor.getrgb(text.lower())
    except ValueError:
        alpha = [0]
    if alpha not in ([], [255]):
        raise ValueError(
            f"{where}: The color of {name!r} must look like '#1BD69E', but it is {text!r}; write it so, or "
            "as "
            "a name such as red."
        )
    return f"#{red:02X}{green:02X}{blue:02X}"


def _is_rock(text: str, where: str) -> bool:
    """Return whether a row is that of a rock, or raise."""
    answer = text.lower()
    if answer not in _YES | _NO:
        raise ValueError(
            f"{where}: the column rock must say yes or no, but there is {text!r}; write yes or no."
        )
    return answer in _YES


def _check_rows(rows: Sequence[LegendRow], source: str) -> None:
    """Raise where a row of a table has the value or the name of one above."""
    values: dict[int, int] = {}
    names: dict[str, int] = {}
    for row in rows:
        first = values.setdefault(row.code, row.row)
        if first != row.row:
            raise ValueError(
                f"{source}, row {row.row}: the value {row.code} is that of row {first} too; number each "
                "class once."
            )
        first = names.setdefault(row.name, row.row)
        if first != row.row:
            raise ValueError(
                f"{source}, row {row.row}: Names of classes must differ, but {row.name!r} is that of row "
                f"{first} too; rename one."
            )
