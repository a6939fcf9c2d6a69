"""Core recovery of a run, by drill runs that are given as a table, as intervals, or by their length."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

from corewidgets.batch.core_run import CoreRun
from corewidgets.cores.core import Core, Interval
from corewidgets.geology.recovery import RockPiece, core_recovery, map_recovery, mapped_core
from corewidgets.geology.recovery_table import read_pieces, read_runs

__all__ = ["pieces_of", "run_recovery", "runs_of"]

Table = str | os.PathLike[str]


def run_recovery(
    run: CoreRun, drilled: Table | float | Iterable[Interval], pieces: Table | None = None
) -> Any:
    """Measure the recovery of a run.

    Parameters
    ----------
    run : CoreRun
    drilled : path-like, float or iterable of Interval
        The drill runs: a table that `read_runs` reads, their intervals in metres, or how long each is, from
        the top of the core, in the unit of the core.
    pieces : path-like, optional
        A table that `read_pieces` reads; without it rock is what the maps show.

    Returns
    -------
    pandas.DataFrame
        See `core_recovery`, and `map_recovery` without pieces.

    Raises
    ------
    FileNotFoundError, ValueError
        A table cannot be read, lies beside the core, or the length is none.
    """
    core = run.core
    runs = runs_of(core, drilled)
    if pieces is None:
        return map_recovery(mapped_core(run.done, run.segmentations(), run.legend), runs)
    return core_recovery(pieces_of(core, pieces), runs)


def pieces_of(core: Core, pieces: Table) -> list[RockPiece]:
    """Read the pieces of a core; raise as `run_recovery` does."""
    found = read_pieces(pieces, unit=core.scale.unit)
    _check_place(pieces, [depth for each in found for depth in (each.top, each.base)], core)
    return found


def runs_of(core: Core, drilled: Table | float | Iterable[Interval]) -> Sequence[Interval]:
    """Return the drill runs of a core as intervals; raise as `run_recovery` does."""
    if isinstance(drilled, (str, os.PathLike)):
        runs = read_runs(drilled, unit=core.scale.unit)
        _check_place(drilled, [depth for each in runs for depth in each], core)
        return runs
    if not isinstance(drilled, (int, float)):
        return list(drilled)
    if not drilled > 0:
        raise ValueError(
            f"The length of drill runs must be above 0, but it is {drilled:g} {core.scale.unit}."
        )
    length = core.scale.to_metres(drilled)
    return [
        Interval(core.top + k * length, min(core.top + (k + 1) * length, core.base))
        for k in range(-int(-(core.base - core.top - 1e-6) // length))
    ]


def _check_place(table: Table, depths: Sequence[float], core: Core) -> None:
    """Raise where all depths of a table lie beside the core, as with another unit."""
    if max(depths) < core.top or min(depths) > core.base:
        scale = core.scale
        raise ValueError(
            f"'{os.fspath(table)}' is about {scale.span(min(depths), max(depths))}, but the core about "
            f"{scale.span(core.top, core.base)}. If its unit is different, name it in the heading, such as "
            "'top (m)' or 'top (ft)'."
        )
