"""Tables of drill runs and of pieces, as they are written while a hole is logged, and of core recovery."""

from __future__ import annotations

import csv
import itertools
import os
import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from corewidgets.atomic import atomic_write
from corewidgets.cores.core import SAME_DEPTH, Interval, depth_problems
from corewidgets.cores.depth_scale import METRES, DepthScale
from corewidgets.cores.sheet import TableKind, read_sheet
from corewidgets.cores.table_depths import read_depths, units_named
from corewidgets.geology.recovery import RockPiece

__all__ = ["read_pieces", "read_runs", "recovery_in", "write_pieces", "write_recovery"]

RUNS = TableKind("a table of drill runs", ("top", "base"))
PIECES = TableKind("a table of pieces", ("top", "base"), ("solid", "mechanical"))

_YES = {"yes", "y", "true", "1", "1.0", "x"}
_NO = {"no", "n", "false", "0", "0.0", ""}


class _Rows(NamedTuple):
    """What a table of depths holds."""

    intervals: dict[int, Interval]  # in metres, by the number of the row
    cells: dict[int, Mapping[str, str]]
    scale: DepthScale


def read_runs(path: str | os.PathLike[str], *, unit: str | None = None) -> list[Interval]:
    """Read a table of drill runs: the columns top and base ("from" and "to"), one row per run.

    Parameters
    ----------
    path : str or path-like
        CSV, TSV, Excel or Parquet, written as the table of a core may be (see `read_core`).
    unit : {"m", "ft"}, optional
        Of depths, where the table does not say it; metres by default.

    Returns
    -------
    list of Interval
        In metres, in the order of depth.

    Raises
    ------
    FileNotFoundError, ModuleNotFoundError
        There is no such table, or a package that reads it is missing.
    ValueError
        It cannot be read, is empty, or a row has no depths, reversed ones, or depths that overlap another
        row's; all rows are named.
    """
    return sorted(_read(Path(path), RUNS, unit, "run").intervals.values())


def read_pieces(path: str | os.PathLike[str], *, unit: str | None = None) -> list[RockPiece]:
    """Read a table of the pieces of a core, one row per piece.

    The columns top and base are needed. A column `solid` says which pieces have the full diameter (yes, no;
    all do without it), `mechanical` below which the break was made by drilling or handling.

    Parameters
    ----------
    path : str or path-like
        See `read_runs`.
    unit : {"m", "ft"}, optional
        Of depths, where the table does not say it; metres by default.

    Returns
    -------
    list of RockPiece
        In the order of depth.

    Raises
    ------
    FileNotFoundError, ModuleNotFoundError, ValueError
        As `read_runs`, or a cell is neither yes nor no.
    """
    found = _read(Path(path), PIECES, unit, "piece")
    pieces, problems = [], []
    for number, (top, base) in found.intervals.items():
        cells = found.cells[number]
        told = {name: cells[name].strip().lower() for name in PIECES.other}
        problems += [
            (number, f"{name} {cells[name]!r} is neither yes nor no")
            for name, text in told.items()
            if text not in _YES | _NO
        ]
        solid = told["solid"] in _YES or not told["solid"]
        pieces.append(RockPiece(top, base, solid, told["mechanical"] in _YES))
    _raise(Path(path), problems)
    return sorted(pieces, key=lambda piece: piece.top)


def recovery_in(table: Any, scale: DepthScale) -> Any:
    """Return a table of `core_recovery` in a unit, which the headings name: "top (ft)", "tcr (V/V)"."""
    lengths = [name for name in ("top", "base", "recovered") if name in table]
    shown = table.assign(**{name: table[name].map(scale.of) for name in lengths})
    units = dict.fromkeys(lengths, scale.unit) | dict.fromkeys(("tcr", "scr", "rqd"), "V/V")
    if "fracture_frequency" in table:
        shown["fracture_frequency"] *= scale.to_metres(1.0)
        units["fracture_frequency"] = f"1/{scale.unit}"
    return shown.rename(columns={name: f"{name} ({unit})" for name, unit in units.items()})


def write_recovery(table: Any, path: str | os.PathLike[str], *, scale: DepthScale = METRES) -> None:
    """Write a table of `core_recovery` or `map_recovery` as CSV, with units in its headings.

    Parameters
    ----------
    table : pandas.DataFrame
    path : str or path-like
        File to write. What is missing is left empty.
    scale : DepthScale
        The unit of depths, such as `Core.scale`.
    """
    with atomic_write(path) as temporary:
        recovery_in(table, scale).to_csv(temporary, index=False, float_format="%.10g", lineterminator="\n")


def write_pieces(
    pieces: Iterable[RockPiece], path: str | os.PathLike[str], *, scale: DepthScale = METRES
) -> None:
    """Write a table of pieces as CSV, which `read_pieces` and ``--pieces`` read.

    Parameters
    ----------
    pieces : iterable of RockPiece
        Such as a `PieceLog`.
    path : str or path-like
        File to write.
    scale : DepthScale
        The unit of depths, which the heading names.
    """
    with atomic_write(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow([f"top ({scale.unit})", f"base ({scale.unit})", "solid", "mechanical"])
        for piece in pieces:
            depths = [f"{scale.of(depth):.12g}" for depth in (piece.top, piece.base)]
            told = ["yes" if each else "no" for each in (piece.solid, piece.mechanical_below)]
            rows.writerow([*depths, *told])


def _read(path: Path, kind: TableKind, unit: str | None, row: str) -> _Rows:
    """Read the depths of a table, and raise where some are wrong or it is empty."""
    sheet = read_sheet(path, kind)
    depths = read_depths(sheet, None if units_named(sheet) else unit, None, None)
    for note in [*sheet.notes, *(f"'{path}': {note}." for note in depths.notes)]:
        warnings.warn(note, stacklevel=4)
    if not sheet.rows:
        raise ValueError(f"'{path}' has no rows; write one for each {row}.")
    problems = [*sheet.problems, *depths.problems]
    intervals = {}
    for number, (top, base) in depths.metres.items():
        wrong = [] if depths.are_elevations else depth_problems(top, base, depths.scale)
        problems += [(number, problem.replace("a section", f"a {row}")) for problem in wrong]
        if not wrong:
            intervals[number] = Interval(top, base)
    problems += _overlaps(intervals, depths.scale, row)
    _raise(path, problems)
    return _Rows(intervals, dict(sheet.rows), depths.scale)


def _overlaps(intervals: Mapping[int, Interval], scale: DepthScale, row: str) -> Iterator[tuple[int, str]]:
    """Yield rows that show the same depths."""
    ordered = sorted(intervals.items(), key=lambda item: item[1])
    for (above, upper), (number, lower) in itertools.pairwise(ordered):
        overlap = min(upper.base, lower.base) - lower.top
        if overlap > SAME_DEPTH:
            yield (
                number,
                f"the {row} from {scale.span(*lower)} overlaps that of row {above}, {scale.span(*upper)}, by "
                f"{scale.text(overlap)}; rock there would count twice: correct the depths of one of them",
            )


def _raise(path: Path, problems: list[tuple[int, str]]) -> None:
    """Raise all that is wrong with a table, sorted by row."""
    if problems:
        n = len(problems)
        title = f"'{path}' has {n} problem{'s' if n > 1 else ''}; correct the table and read it again:"
        raise ValueError("\n".join([title, *(f"  row {row}: {what}" for row, what in sorted(problems))]))
