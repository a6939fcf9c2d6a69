"""The table that says which photograph shows which depths, checked as a whole."""

from __future__ import annotations

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
    SAME_DEPTH,
    Core,
    Lane,
    depth_problems,
    shape_problems,
)
from corewidgets.cores.crop import Crop, crop_beyond
from corewidgets.cores.depth_scale import METRES, DepthScale
from corewidgets.cores.lane_lengths import length_notes
from corewidgets.cores.lane_shape import LaneShape, parse_corners, parse_ties
from corewidgets.cores.photograph_file import find_photograph
from corewidgets.cores.section import ROTATIONS, lies_down
from corewidgets.cores.sheet import MIDNIGHT, Sheet, read_sheet
from corewidgets.cores.table_depths import TableDepths, read_depths

__all__ = ["parse_place", "read_core"]

NOT_IN_FILE_NAMES = re.compile(r'[\x00-\x1f/\\:*?"<>|]')
"""What no file can have in its name, on one system or another."""

ORIENTATION = 0x0112  # the tag of Exif


def read_core(
    path: str | os.PathLike[str],
    *,
    name: str | None = None,
    largest_gap: float | None = None,
    largest_overlap: float = 0.0,
    collar: float | None = None,
    unit: str | None = None,
    datum: str | None = None,
) -> Core:
    r"""Read the table of a core, one row per section, and check all of it.

    The columns file, top and base are needed. The columns name, crop, rotation, second_file, labels_file (or
    labels), corners and ties may be there; so may others, which are not read. See `Lane` for what they mean.
    A crop is written as rows and columns, "100:300 0:2000"; corners of a lane that is no upright rectangle as
    row,column for each, down its left side and up its right with the top up, "300,0 310,2000 110,2010 100,10"
    (its crop is then not read); depths that are known within it as place=depth, the place 0 at its top and 1
    at its base, "0.25=45.1 0.3=45.1". Photographs are not decoded.

    Tables may be written in several ways: separated by commas, semicolons or tabs, in UTF-8, UTF-16 or, with
    a warning, Windows-1252; with a title above the heading and remarks (``#``); with "from" and "to" for top
    and base; on whichever sheet of an Excel file. Depths may have decimal commas and thousands separators,
    where the table as a whole is unambiguous. Units are read in a heading ("top (ft)"), in a
    row below it, in a column "unit" and in cells ("9000 ft", "9000'6""); feet are the international foot,
    0.3048 m, and what has no unit is metres. Whatever the unit, depths of lanes are in metres; a core in feet
    is shown in feet (`Core.scale`).

    Files are looked for from the folder of the table; ``\`` may stand for ``/``, capitals may differ and the
    ending may be missing where one photograph only has that name.

    Parameters
    ----------
    path : str or path-like
        CSV or TSV, Excel (.xlsx) or Parquet file.
    name : str, optional
        Name of the hole; without it, the name of the file without its ending.
    largest_gap : float, optional
        Length between two sections from which on a gap is a problem, in the unit of the table. Without it
        none is: core gets lost. All are in `Core.gaps`.
    largest_overlap : float
        Length by which two sections may overlap, in the unit of the table. Zero for core depths that were
        assigned without stretching.
    collar : float, optional
        For a table of elevations, which decrease downwards: the elevation of the top of the hole, in
        the unit of the table. Depths are counted from there.
    unit : {"m", "ft"}, optional
        Of depths, where the table does not say it.
    datum : str, optional
        What depths are measured from, such as "along hole" or "below sea floor"; without it, what a unit in
        the table says, such as mbsf.

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
        The table cannot be read, or has problems: columns or files that are missing, cells that are no
        numbers, reversed depths, overlaps, large gaps, names that occur twice or cannot be names of files,
        crops that reach beyond the photograph or show the same part, elevations without `collar`. The error
        lists all of them with their rows.

    Warns
    -----
    UserWarning
        The table is in another encoding than it says, or has several sheets that fit; a section lies down
        in its photograph, as far as that can be seen; the depths of a lane differ by more than 10 % from what
        its length and the other lanes of its photograph say.
    """
    path = Path(path)
    sheet = read_sheet(path)
    for note in sheet.notes:
        warnings.warn(note, stacklevel=2)
    found_depths = read_depths(sheet, unit, datum, collar)
    for note in found_depths.notes:
        warnings.warn(f"'{path}': {note}.", stacklevel=2)
    rows, scale = sheet.rows, found_depths.scale
    problems = [*sheet.problems, *found_depths.problems]
    lanes, found = _lanes(sheet, found_depths, path.parent)
    problems += found
    misplaced = {number for number, _ in found}
    lanes = _with_names(lanes, {number for number, cells in rows if not cells["name"]})
    lanes, renamed = _with_names_of_boxes(lanes)
    names = {number: lanes[number].name if number in lanes else cells["name"] for number, cells in rows}
    problems += _name_problems({number: name for number, name in names.items() if name})
    gap = None if largest_gap is None else scale.to_metres(largest_gap)
    problems += _depth_order_problems(lanes, gap, scale.to_metres(largest_overlap), scale)
    problems += _shared_pixel_problems({n: lane for n, lane in lanes.items() if n not in misplaced})
    if problems:
        raise ValueError(_list_problems(path, problems))
    if not rows:
        raise ValueError(f"'{path}' has no rows; write one for each section.")
    lying = [number for number, cells in rows if not cells["rotation"] and _lies(lanes[number])]
    if lying:
        warnings.warn(_say_lying(path, lying), stacklevel=2)
    if renamed:
        warnings.warn(f"'{path}': {renamed}.", stacklevel=2)
    if contradicting := list(length_notes(lanes, scale)):
        listed = "\n".join(f"  row {number}: {note}" for number, note in contradicting)
        warnings.warn(f"'{path}': depths contradict lengths of lanes:\n{listed}", stacklevel=2)
    return Core(lanes.values(), path.stem if name is None else name, scale)


def _lies(lane: Lane) -> bool:
    """Tell whether what shows a section is much wider than tall."""
    crop = lane.crop
    if lane.shape is not None:
        return lies_down(lane.shape.size)  # its corners say which way is up
    if crop is not None:
        return lies_down((crop.row_stop - crop.row_start, crop.column_stop - crop.column_start))
    shape = _photograph_shape(lane.file)
    return shape is not None and lies_down(shape)


def _say_lying(path: Path, numbers: Sequence[int]) -> str:
    """Ask for the rotation of sections that seem to lie on their side."""
    named = ", ".join(map(str, numbers[:5])) + (f" and {len(numbers) - 5} more" if len(numbers) > 5 else "")
    return (
        f"'{path}': in row{'s' if len(numbers) > 1 else ''} {named} the picture of the section is more than "
        "twice as wide as tall, but without a rotation rows run down the core. Write 90 into the column "
        "rotation where the top is at the left, 270 where it is at the right, and 0 where the core stands."
    )


def _list_problems(path: Path, problems: Sequence[tuple[int, str]]) -> str:
    """Say all that is wrong with a table, sorted by row."""
    n = len(problems)
    title = f"'{path}' has {n} problem{'s' if n > 1 else ''}; correct the table and read it again:"
    return "\n".join([title, *(f"  row {number}: {problem}" for number, problem in sorted(problems))])


def _lanes(sheet: Sheet, depths: TableDepths, folder: Path) -> tuple[dict[int, Lane], list[tuple[int, str]]]:
    """Return the lanes of the rows that can be read, and what is wrong with the others."""
    lanes: dict[int, Lane] = {}
    problems = []
    for number, cells in sheet.rows:
        fields, found = _parse_row(cells, folder, depths.scale)
        problems += [(number, problem) for problem in found]
        if number not in depths.metres:
            continue
        top, base = depths.metres[number]
        wrong = depth_problems(top, base, depths.scale)
        problems += [] if depths.are_elevations else [(number, problem) for problem in wrong]
        beyond = fields["shape"].depth_problem(top, base) if not wrong and "shape" in fields else ""
        problems += [(number, beyond)] if beyond else []
        if not wrong and not beyond and "file" in fields:
            lanes[number] = Lane(**fields, top=top, base=base)
    return lanes, problems


def _parse_row(cells: Mapping[str, str], folder: Path, scale: DepthScale) -> tuple[dict[str, Any], list[str]]:
    """Return the fields of a lane, as far as they can be read, and what is wrong with the row."""
    files, problems = _parse_files(cells, folder)
    fields, unreadable = parse_place(cells, scale)
    fields |= {"name": cells["name"], **files}
    return fields, problems + unreadable + _fit_problems(fields)


def _parse_files(cells: Mapping[str, str], folder: Path) -> tuple[dict[str, Path], list[str]]:
    """Find the photographs of a row."""
    files, problems = {}, []
    for column in ("file", "second_file"):
        if cells[column]:
            files[column], problem = find_photograph(cells[column], folder, column)
            problems += [problem] if problem else []
    if cells["labels_file"]:  # whether it is there matters to those who learn from it
        files["labels_file"], _ = find_photograph(cells["labels_file"], folder, "labels_file")
    return files, problems if "file" in files else [*problems, "the column file is empty; name a photograph"]


def parse_place(cells: Mapping[str, str], scale: DepthScale = METRES) -> tuple[dict[str, Any], list[str]]:
    """Read crop, rotation and shape of a row, as far as they are there, and say what is wrong with them."""
    parsers: dict[str, Callable[[str], Any]] = {
        "crop": _crop,
        "rotation": _rotation,
        "corners": parse_corners,
        "ties": lambda text: parse_ties(text, scale.to_metres),
    }
    fields, problems = {}, []
    for column, parse in parsers.items():
        if cells[column]:
            try:
                fields[column] = parse(cells[column])
            except ValueError as error:
                problems.append(f"{column} {cells[column]!r} {error}")
    corners, ties = fields.pop("corners", None), fields.pop("ties", None)
    if corners is not None:
        try:
            fields["shape"] = LaneShape(corners, ties or ())
            fields["crop"] = fields["shape"].crop
        except ValueError as error:
            problems.append(str(error).rstrip("."))
    elif ties is not None:
        problems.append("ties need corners; write corners of the lane as well")
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
        for name in ("crop", "rotation", "shape"):
            fields.pop(name, None)
    return problems


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


def _with_names_of_boxes(lanes: Mapping[int, Lane]) -> tuple[dict[int, Lane], str]:
    """Put the name of the box before names that lanes of several boxes have, and say that.

    Lanes are often counted in each box anew, and boxes in each folder.
    """
    files: dict[str, set[Path]] = {}
    for lane in lanes.values():
        files.setdefault(lane.name.casefold(), set()).add(lane.file)
    whole = {lane.name.casefold() for lane in lanes.values() if lane.crop is None}
    shared = [
        number
        for number, lane in lanes.items()
        if len(files[lane.name.casefold()]) > 1 and lane.name.casefold() not in whole
    ]
    if not shared:
        return dict(lanes), ""
    by_stem: dict[str, set[Path]] = {}
    for lane in lanes.values():
        by_stem.setdefault(lane.file.stem.casefold(), set()).add(lane.file)
    named = dict(lanes)
    for number in shared:
        lane = lanes[number]
        folder = f"{lane.file.parent.name}-" if len(by_stem[lane.file.stem.casefold()]) > 1 else ""
        own = "" if lane.name.startswith(lane.file.stem) else f"{lane.file.stem}-"
        named[number] = replace(lane, name=f"{folder}{own}{lane.name}")
    first = shared[0]
    return named, (
        f"several boxes have sections of the same name, so that {lanes[first].name!r} in row {first} is "
        f"called {named[first].name!r}; write other names into the table where you want them"
    )


def _name_problems(names: Mapping[int, str]) -> Iterator[tuple[int, str]]:
    """Yield names that are there twice or that no file can have."""
    seen: dict[str, int] = {}
    for number, name in names.items():
        if MIDNIGHT.fullmatch(name):
            yield (
                number,
                f"the name {name!r} was turned into a date by a spreadsheet; format the cell as text",
            )
        elif NOT_IN_FILE_NAMES.search(name) or name.startswith("."):
            yield number, f"the name {name!r} cannot be the name of a file; use letters, digits, - and _"
        before = seen.setdefault(name.casefold(), number)
        if before != number:
            yield number, f"the name {name!r} is already that of row {before}; names must differ"


def _depth_order_problems(
    lanes: Mapping[int, Lane], largest_gap: float | None, largest_overlap: float, scale: DepthScale
) -> Iterator[tuple[int, str]]:
    """Yield overlaps and gaps between sections that follow each other in depth."""
    unit = scale.unit
    ordered = sorted(lanes.items(), key=lambda item: (item[1].top, item[1].base))
    reached = accumulate(ordered[:-1], _deeper)
    for (above, deepest), (number, lane) in zip(reached, ordered[1:], strict=True):
        overlap = min(deepest.base, lane.base) - lane.top
        if overlap > largest_overlap + SAME_DEPTH:
            yield (
                number,
                f"{scale.of(lane.top)} to {scale.of(lane.base)} {unit} overlaps row {above}, which ends at "
                f"{scale.of(deepest.base)} {unit}, by {scale.of(overlap):.6g} {unit}; correct the depths, or "
                "allow for it with largest_overlap (--largest-overlap)",
            )
        if largest_gap is not None and -overlap > largest_gap + SAME_DEPTH:
            yield (
                number,
                f"there is a gap of {scale.of(-overlap):.6g} {unit} between row {above} and this one; fill "
                "it",
            )


def _deeper(one: tuple[int, Lane], other: tuple[int, Lane]) -> tuple[int, Lane]:
    """Return the row whose section reaches further down, the first where both do."""
    return other if other[1].base > one[1].base else one


def _shared_pixel_problems(lanes: Mapping[int, Lane]) -> Iterator[tuple[int, str]]:
    """Yield lanes that show more than half of another lane of the same photograph."""
    by_file: dict[Path, list[tuple[int, Lane]]] = {}
    for number, lane in lanes.items():
        by_file.setdefault(lane.file, []).append((number, lane))
    for file, beside in by_file.items():
        for (first, one), (second, other) in combinations(beside, 2):
            if _share_pixels(one, other):
                yield second, f"it shows the same part of '{file}' as row {first}; correct the crop"


def _share_pixels(one: Lane, other: Lane) -> bool:
    everything = Crop(0, 10**9, 0, 10**9)
    crops = [lane.crop or everything for lane in (one, other)]
    if 2 * crops[0].overlap(crops[1]).n_pixels <= min(crop.n_pixels for crop in crops):
        return False
    if one.shape is None and other.shape is None:
        return True
    smaller, larger = sorted((one, other), key=lambda lane: (lane.crop or everything).n_pixels)
    return _outline(larger, everything).holds_half(_outline(smaller, everything))


def _outline(lane: Lane, everything: Crop) -> LaneShape:
    if lane.shape is not None:
        return lane.shape
    row, row_stop, column, column_stop = lane.crop or everything
    return LaneShape([(row, column), (row_stop, column), (row_stop, column_stop), (row, column_stop)])
