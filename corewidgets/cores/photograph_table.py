"""The photographs of a project, one a row: a table that people may edit, in metres or feet."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from corewidgets.atomic import atomic_write
from corewidgets.cores.core import depth_problems
from corewidgets.cores.depth_cell import Style
from corewidgets.cores.depth_scale import METRES, UNITS, DepthScale
from corewidgets.cores.section_entry import SectionEntry, photograph_problem
from corewidgets.cores.sheet import Sheet, read_sheet
from corewidgets.cores.table import parse_place
from corewidgets.cores.table_depths import units_named
from corewidgets.spreadsheet import safe_cell

__all__ = ["read_table", "write_table"]

COLUMNS = ("file", "top", "base", "name", "crop", "rotation", "second_file")
SHAPE_COLUMNS = ("corners", "ties")  # where a photograph has such a shape


def write_table(path: Path, entries: Iterable[SectionEntry], scale: DepthScale = METRES) -> None:
    """Write the table, in UTF-8.

    Parameters
    ----------
    path : pathlib.Path
    entries : iterable of SectionEntry
        Photographs below the folder that the project lies in are named as seen from the project, so that both
        can be moved together; others in full.
    scale : DepthScale
        The unit that depths are written in; the headings name it where it is not metres.
    """
    folder = Path(os.path.realpath(path)).parent
    with atomic_write(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        heading = {name: name + scale.heading for name in ("top", "base")}
        entries = list(entries)
        shaped = any(entry.shape is not None for entry in entries)
        columns = (*COLUMNS, *(SHAPE_COLUMNS if shaped else ()))
        writer.writerow(heading.get(name, name) for name in columns)
        for entry in entries:
            depths = ["" if depth is None else scale.of(depth) for depth in (entry.top, entry.base)]
            rotation = "" if entry.rotation is None else entry.rotation
            first, second = (_seen_from(file, folder) for file in (entry.file, entry.second_file))
            row = [first, *depths, entry.name, entry.crop or "", rotation, second]
            if shaped:
                shape = entry.shape
                row += ["", ""] if shape is None else [shape.corners_text, shape.ties_text(scale.of)]
            writer.writerow(map(safe_cell, row))


def read_table(path: Path) -> list[SectionEntry]:
    """Read the table; what is wrong with a row is its problem, and the other rows are as ever.

    Parameters
    ----------
    path : pathlib.Path
        Depths may be missing, and be in metres or feet, as in the table of a core.

    Returns
    -------
    list of SectionEntry
        In the order of the rows.

    Raises
    ------
    FileNotFoundError
        It is not there.
    ValueError
        It is no table with the columns file, top and base; two names are the same, or one cannot be that of
        a file.
    """
    sheet = read_sheet(path)
    depths = (cells[name] for _, cells in sheet.rows for name in ("top", "base") if cells[name])
    style = Style(depths, sheet.separator)
    units = units_named(sheet)
    scales = [_scale(units.get(row), sheet.datum) for row, _ in sheet.rows]
    entries = [_entry(sheet, number, style, path, scale) for number, scale in enumerate(scales)]
    _check_names(path, {row: entry.name for (row, _), entry in zip(sheet.rows, entries, strict=True)})
    return entries


def _check_names(path: Path, names: Mapping[int, str]) -> None:
    """Raise where two photographs would have the same files, or one files elsewhere than in the project."""
    seen: dict[str, int] = {}
    for row, name in names.items():
        if "\0" in name or name == ".." or Path(name).name != name:
            wrong = "cannot be the name of a file"
        elif name in seen:
            wrong = f"is already that of row {seen[name]}; names must differ"
        else:
            seen[name] = row
            continue
        raise ValueError(f"Row {row} of '{path}': the name {name!r} {wrong}. Correct the table.")


def _scale(factor: float | None, datum: str) -> DepthScale:
    """Return how a row shows its depths, by the metres of the unit that it names."""
    return DepthScale("ft" if factor == UNITS["ft"] else "m", datum)


def _entry(sheet: Sheet, number: int, style: Style, path: Path, scale: DepthScale) -> SectionEntry:
    row, cells = sheet.rows[number]
    place, problems = parse_place(cells, scale)
    depths, wrong = _depths(cells, sheet.factors[number], style)
    first, second = (
        _found(cells[name], path.parent) if cells[name] else None for name in ("file", "second_file")
    )
    name = cells["name"] or Path(cells["file"]).stem or f"row-{row}"
    entry = SectionEntry(
        name,
        first,
        *depths,
        crop=place.get("crop"),
        rotation=place.get("rotation"),
        second_file=second,
        shape=place.get("shape"),
        scale=scale,
    )
    problems = [*problems, *wrong]
    if problems:
        return replace(entry, problem=f"Row {row} of '{path}': {'; '.join(problems)}.")
    if entry.file is None:
        return replace(entry, problem=f"Row {row} of '{path}': the column file is empty; name a photograph.")
    return replace(entry, problem=photograph_problem(entry.file))


def _depths(
    cells: Mapping[str, str], factors: Mapping[str, float], style: Style
) -> tuple[list[float], list[str]]:
    """Return top and base in metres, nothing where both are missing, and what is wrong with them."""
    given = [name for name in ("top", "base") if cells[name]]
    if len(given) == 1:
        return [], [f"only {given[0]} is given; give both depths or neither"]
    depths, problems = [], []
    for name in given:
        try:
            depths.append(style.metres(cells[name], factors.get(name)))
        except ValueError as error:
            problems.append(f"{name} {cells[name]!r} {error}")
    if len(depths) == 2:
        problems += depth_problems(depths[0], depths[1])
    return ([] if problems else depths), problems


def _seen_from(file: Path | None, folder: Path) -> str:
    if file is None:
        return ""
    found = Path(os.path.realpath(file))
    if found.is_relative_to(folder.parent):
        return Path(os.path.relpath(found, folder)).as_posix()
    return str(found)


def _found(cell: str, folder: Path) -> Path:
    """Return the photograph that a cell names: there, or beside a project that was moved without it."""
    named = Path(os.path.normpath(folder / cell))
    places = [named, folder.parent / named.name]
    return next((place for place in places if place.is_file()), named)
