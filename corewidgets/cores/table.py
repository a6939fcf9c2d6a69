"""The table that says which photograph shows which depths, checked as a whole."""

from __future__ import annotations

import csv
import difflib
import os
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate, combinations
from pathlib import Path
from typing import Any

from PIL import Image

from corewidgets.cores.core import (
    COLUMNS,
    ROTATIONS,
    SAME_DEPTH,
    Core,
    Lane,
    depth_problems,
    shape_problems,
)
from corewidgets.cores.crop import Crop, crop_beyond
from corewidgets.extras import import_extra
from corewidgets.spreadsheet import plain_cell

__all__ = ["read_core"]

NEEDED = COLUMNS[:3]
ORIENTATION = 0x0112  # the tag of Exif


def read_core(
    path: str | os.PathLike[str],
    *,
    name: str | None = None,
    largest_gap: float | None = None,
    largest_overlap: float = 0.0,
) -> Core:
    """Read the table of a core, one row a section, and check all of it.

    The columns file, top and base are needed. The columns name, crop, rotation and second_file may be there;
    so may others, which are not read. See `Lane` for what they mean. A crop is written as rows and columns,
    "100:300 0:2000". Files are looked for from the folder of the table. Photographs are not decoded.

    Parameters
    ----------
    path : str or path-like
        CSV (UTF-8, commas), Excel (.xlsx) or Parquet file.
    name : str, optional
        Name of the hole; without it, the name of the file without its ending.
    largest_gap : float, optional
        Metres between two sections from which on a gap is a problem. Without it none is: core gets lost. All
        are in `Core.gaps`.
    largest_overlap : float
        Metres by which two sections may overlap. Zero for core depths that were assigned without stretching.

    Returns
    -------
    Core

    Raises
    ------
    FileNotFoundError
        There is no such table.
    ModuleNotFoundError
        A package that reads Excel or Parquet is missing.
    ValueError
        The table cannot be read, or has problems: columns or files that are missing, numbers that are none,
        reversed depths, overlaps, large gaps, names that are there twice or cannot be names of files, crops
        that reach beyond the photograph or show the same part. The error lists all of them with their rows.
    """
    path = Path(path)
    rows = _read_table(path)
    problems: list[tuple[int, str]] = []
    lanes: dict[int, Lane] = {}
    for number, cells in rows:
        fields, found = _parse_row(cells, path.parent)
        problems += [(number, problem) for problem in found]
        if fields is not None:
            lanes[number] = Lane(**fields)
    lanes = _with_names(lanes, {number for number, cells in rows if not cells["name"]})
    names = {number: lanes[number].name if number in lanes else cells["name"] for number, cells in rows}
    problems += _name_problems({number: name for number, name in names.items() if name})
    problems += _depth_order_problems(lanes, largest_gap, largest_overlap)
    problems += _shared_pixel_problems(lanes)
    if problems:
        raise ValueError(_list_problems(path, problems))
    if not rows:
        raise ValueError(f"'{path}' has no rows; write one for each section.")
    return Core(lanes.values(), path.stem if name is None else name)


def _list_problems(path: Path, problems: Sequence[tuple[int, str]]) -> str:
    """Say all that is wrong with a table, sorted by row."""
    n = len(problems)
    title = f"'{path}' has {n} problem{'s' if n > 1 else ''}; correct the table and read it again:"
    return "\n".join([title, *(f"  row {number}: {problem}" for number, problem in sorted(problems))])


def _read_table(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Read the cells of each row as text, with the number of the row as a spreadsheet shows it."""
    if not path.is_file():
        raise FileNotFoundError(f"There is no table '{path}'; check the name and the folder.")
    readers: dict[str, Callable[[Path], list[list[str]]]] = {
        ".csv": _read_csv_cells,
        ".xlsx": _read_excel_cells,
        ".parquet": _read_parquet_cells,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise ValueError(f"'{path}' cannot be read as the table of a core; save it as {', '.join(readers)}.")
    header, *lines = reader(path) or [[]]
    columns = _check_columns([cell.strip().lower() for cell in header], path)
    first = 1 if path.suffix.lower() == ".parquet" else 2  # a header is row 1
    rows = [
        (number, {name: line[k].strip() if k < len(line) else "" for name, k in columns.items()})
        for number, line in enumerate(lines, start=first)
        if any(cell.strip() for cell in line)
    ]
    return [(number, {column: cells.get(column, "") for column in COLUMNS}) for number, cells in rows]


def _check_columns(header: list[str], path: Path) -> dict[str, int]:
    """Return where each known column is, or raise."""
    missing = [name for name in NEEDED if name not in header]
    if missing:
        raise ValueError(
            f"'{path}' must have the columns file, top and base, separated by commas in CSV, but there is no "
            f"{' and no '.join(missing)}: its first row is '{','.join(header)}'."
        )
    for name in header:
        if name in COLUMNS and header.count(name) > 1:
            raise ValueError(f"'{path}' has the column {name} twice; remove one.")
        near = difflib.get_close_matches(name, COLUMNS, n=1, cutoff=0.8)
        if near and near[0] not in header:
            raise ValueError(f"'{path}' has a column '{name}'; should it be called '{near[0]}'? Rename it.")
    return {name: header.index(name) for name in COLUMNS if name in header}


def _read_csv_cells(path: Path) -> list[list[str]]:
    """Read a CSV file."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return [[plain_cell(cell) for cell in row] for row in csv.reader(file, skipinitialspace=True)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"'{path}' is not a table in UTF-8 ({error}); save it as CSV in UTF-8.") from error


def _read_excel_cells(path: Path) -> list[list[str]]:
    """Read the first sheet of an Excel file."""
    import pandas as pd

    import_extra("openpyxl", "core", "A table in Excel")
    try:
        table = pd.read_excel(path, header=None, dtype=object, engine="openpyxl")
    except Exception as error:  # what the libraries raise for broken bytes is not a closed list
        raise ValueError(f"'{path}' cannot be read as an Excel file ({error}); save it again.") from error
    return [[_text(cell) for cell in row] for row in table.itertuples(index=False)]


def _read_parquet_cells(path: Path) -> list[list[str]]:
    """Read a Parquet file."""
    import pandas as pd

    import_extra("pyarrow", "core", "A table in Parquet")
    try:
        table = pd.read_parquet(path)
    except Exception as error:  # what the libraries raise for broken bytes is not a closed list
        raise ValueError(f"'{path}' cannot be read as a Parquet file ({error}); write it again.") from error
    rows = [[_text(cell) for cell in row] for row in table.itertuples(index=False)]
    return [[str(name) for name in table.columns], *rows]


def _text(cell: Any) -> str:
    """Return a cell of a spreadsheet as it would be written in a CSV file."""
    return "" if cell is None or cell != cell else str(cell)  # NaN is not itself


def _parse_row(cells: Mapping[str, str], folder: Path) -> tuple[dict[str, Any] | None, list[str]]:
    """Return the fields of a lane and what is wrong with the row; no fields where a lane cannot be made."""
    files, problems = _parse_files(cells, folder)
    fields, unreadable = _parse_numbers(cells)
    fields |= {"name": cells["name"], **files}
    problems += unreadable + _fit_problems(fields)
    if "top" not in fields or "base" not in fields:
        return None, problems
    wrong = depth_problems(fields["top"], fields["base"])
    return None if wrong or "file" not in fields else fields, problems + wrong


def _parse_files(cells: Mapping[str, str], folder: Path) -> tuple[dict[str, Path], list[str]]:
    """Find the photographs of a row."""
    files = {column: folder / cells[column] for column in ("file", "second_file") if cells[column]}
    problems = [
        f"there is no {column} '{file}'; check its name and folder"
        for column, file in files.items()
        if not file.is_file()
    ]
    return files, problems if "file" in files else [*problems, "the column file is empty; name a photograph"]


def _parse_numbers(cells: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Read the cells of a row that are more than text."""
    parsers: dict[str, Callable[[str], Any]] = {"top": _number, "base": _number}
    parsers |= {"crop": _crop, "rotation": _rotation}
    fields, problems = {}, []
    for column, parse in parsers.items():
        if cells[column] or column in NEEDED:
            try:
                fields[column] = parse(cells[column])
            except ValueError as error:
                problems.append(f"{column} {cells[column]!r} {error}")
    return fields, problems


def _fit_problems(fields: dict[str, Any]) -> list[str]:
    """Say where a crop does not fit its photograph, and take it out so that a lane can be made."""
    problems = shape_problems(fields.get("crop"), fields.get("rotation", 0))
    for column in ("file", "second_file"):
        if not problems and "crop" in fields and column in fields:
            shape = _photograph_shape(fields[column])
            problem = shape and crop_beyond(fields["crop"], shape, fields[column])
            problems += [problem] if problem else []
    if problems:
        fields.pop("crop", None)
        fields.pop("rotation", None)
    return problems


def _number(text: str) -> float:
    """Read a depth."""
    try:
        return float(text)
    except ValueError:
        raise ValueError("is not a number of metres; write it like 698.41") from None


def _rotation(text: str) -> int:
    """Read an angle, which a spreadsheet may have turned into a number with a point."""
    try:
        number = float(text)
    except ValueError:
        raise ValueError("is not a number of degrees; write 0, 90, 180 or 270") from None
    if number not in ROTATIONS:
        raise ValueError("must be 0, 90, 180 or 270 degrees clockwise")
    return int(number)


def _crop(text: str) -> Crop:
    """Read a rectangle."""
    match = re.fullmatch(r"(\d+)\s*:\s*(\d+)[\s,;]+(\d+)\s*:\s*(\d+)", text)
    if match is None:
        raise ValueError("is not a rectangle; write rows and columns like '100:300 0:2000'")
    return Crop(*map(int, match.groups()))


def _photograph_shape(file: Path) -> tuple[int, int] | None:
    """Return rows and columns without decoding; None where this is not known before a thorough reading."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Pillow, that it is large
            with Image.open(file) as image:
                n_columns, n_rows = image.size
                turned = image.getexif().get(ORIENTATION, 1) in {5, 6, 7, 8}
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return (n_columns, n_rows) if turned else (n_rows, n_columns)


def _with_names(lanes: Mapping[int, Lane], unnamed: set[int]) -> dict[int, Lane]:
    """Give lanes without a name that share a photograph numbers from top to base: "box-1", "box-2"."""
    named = dict(lanes)
    n_lanes = Counter(lane.file for lane in lanes.values())
    counts: Counter[Path] = Counter()
    for number, lane in sorted(lanes.items(), key=lambda item: item[1].top):
        if number in unnamed and n_lanes[lane.file] > 1:
            counts[lane.file] += 1
            named[number] = replace(lane, name=f"{lane.file.stem}-{counts[lane.file]}")
    return named


def _name_problems(names: Mapping[int, str]) -> Iterator[tuple[int, str]]:
    """Yield names that are there twice or that no file can have."""
    seen: dict[str, int] = {}
    for number, name in names.items():
        if re.search(r'[\x00-\x1f/\\:*?"<>|]', name) or name.startswith("."):
            yield number, f"the name {name!r} cannot be the name of a file; use letters, digits, - and _"
        before = seen.setdefault(name.casefold(), number)
        if before != number:
            yield number, f"the name {name!r} is already that of row {before}; names must differ"


def _depth_order_problems(
    lanes: Mapping[int, Lane], largest_gap: float | None, largest_overlap: float
) -> Iterator[tuple[int, str]]:
    """Yield overlaps and gaps between sections that follow each other in depth."""
    ordered = sorted(lanes.items(), key=lambda item: (item[1].top, item[1].base))
    reached = accumulate(ordered, _deeper)
    for (above, deepest), (number, lane) in zip(reached, ordered[1:], strict=False):
        overlap = min(deepest.base, lane.base) - lane.top
        if overlap > largest_overlap + SAME_DEPTH:
            yield (
                number,
                f"{lane.top} to {lane.base} m overlaps row {above}, which ends at {deepest.base} m, by "
                f"{overlap:.6g} m; correct the depths, or allow for it with largest_overlap "
                "(--largest-overlap)",
            )
        if largest_gap is not None and -overlap > largest_gap + SAME_DEPTH:
            yield number, f"there is a gap of {-overlap:.6g} m between row {above} and this one; fill it"


def _deeper(one: tuple[int, Lane], other: tuple[int, Lane]) -> tuple[int, Lane]:
    """Return the row whose section reaches further down, the first where both do."""
    return other if other[1].base > one[1].base else one


def _shared_pixel_problems(lanes: Mapping[int, Lane]) -> Iterator[tuple[int, str]]:
    """Yield lanes that show more than half of another lane of the same photograph."""
    by_file: dict[Path, list[tuple[int, Crop]]] = {}
    for number, lane in lanes.items():
        everything = Crop(0, 10**9, 0, 10**9)
        by_file.setdefault(lane.file, []).append((number, lane.crop or everything))
    for file, crops in by_file.items():
        for (first, one), (second, other) in combinations(crops, 2):
            if 2 * one.overlap(other).n_pixels > min(one.n_pixels, other.n_pixels):
                yield second, f"it shows the same part of '{file}' as row {first}; correct the crop"
