"""Depths of lanes beside their lengths in the photograph: the lanes of one photograph have one scale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median

from corewidgets.cores.core import Lane
from corewidgets.cores.depth_scale import DepthScale

__all__ = ["LARGEST_DIFFERENCE", "length_notes"]

LARGEST_DIFFERENCE = 0.1
"""Share by which the scale of a lane may differ from that of the others in its photograph."""


def length_notes(lanes: Mapping[int, Lane], scale: DepthScale) -> Iterator[tuple[int, str]]:
    """Yield the rows whose depths contradict the length of their lane by more than 10 %, and what to do.

    Parameters
    ----------
    lanes : mapping of int to Lane
        By row of the table.
    scale : DepthScale
        Unit that depths are shown in.
    """
    lengths = {number: _n_along(lane) for number, lane in lanes.items()}
    by_file: dict[Path, dict[int, Lane]] = {}
    for number, lane in lanes.items():
        if lengths[number] and not (lane.shape and lane.shape.ties):  # ties say more than the ends
            by_file.setdefault(lane.file, {})[number] = lane
    for file, beside in by_file.items():
        rates = {number: (lane.base - lane.top) / lengths[number] for number, lane in beside.items()}
        usual = median(rates.values()) if len(rates) > 2 else next(iter(rates.values()))
        for number, rate in rates.items():
            larger = max(rate, usual) / min(rate, usual) - 1
            if larger > LARGEST_DIFFERENCE:
                lane = beside[number]
                yield (
                    number,
                    f"{lane.name!r} has {scale.of(lane.base - lane.top):.6g} {scale.unit} of depth on "
                    f"{lengths[number]} pixels, which is {larger:.0%} {'more' if rate > usual else 'less'} "
                    f"per pixel than in the other lanes of '{file.name}'; correct its depths or its crop, "
                    "or make it two rows where core is missing between them",
                )


def _n_along(lane: Lane) -> int:
    """Return how many pixels a lane is long, 0 where it is the whole photograph."""
    if lane.shape is not None:
        return lane.shape.size[0]
    if lane.crop is None:
        return 0
    row, row_stop, column, column_stop = lane.crop
    return row_stop - row if lane.rotation in (0, 180) else column_stop - column
