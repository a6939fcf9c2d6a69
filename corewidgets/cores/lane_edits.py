"""Corners and known depths of a lane, moved, and lanes put into the table of their core."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corewidgets.cores.core import COLUMNS, OPTIONAL, Core, Lane
from corewidgets.cores.crop import Crop
from corewidgets.cores.depth_scale import METRES, DepthScale
from corewidgets.cores.lane_shape import LaneShape, Pair
from corewidgets.cores.plain_table import check_plain
from corewidgets.cores.table import read_core

__all__ = [
    "in_reading_order", "outline_of", "place_of", "put_lanes", "turned", "with_corner", "with_depth",
    "with_side",
]  # fmt: skip

Points = NDArray[np.float64]

_END = 0.01  # of a lane: what is nearer to an end is the end
_SAME = 0.01  # of a lane: a known depth that is nearer to another takes its place


def outline_of(lane: Lane, shape: tuple[int, int]) -> LaneShape:
    """Return the corners of a lane, also of one that is a rectangle.

    Parameters
    ----------
    lane : Lane
    shape : tuple of int
        Rows and columns of the photograph.

    Returns
    -------
    LaneShape

    Examples
    --------
    >>> outline_of(Lane("box.jpg", 1, 2, crop=(10, 20, 0, 100), rotation=90), (50, 100)).corners_text
    '19.5,-0.5 19.5,99.5 9.5,99.5 9.5,-0.5'
    """
    if lane.shape is not None:
        return lane.shape
    row, row_stop, column, column_stop = np.subtract(lane.crop or Crop(0, shape[0], 0, shape[1]), 0.5)
    around = [(row, column), (row_stop, column), (row_stop, column_stop), (row, column_stop)]
    first = lane.rotation // 90
    return LaneShape(around[first:] + around[:first])


def with_corner(lane: Lane, number: int, row: float, column: float, shape: tuple[int, int]) -> Lane:
    """Return a lane with one corner elsewhere; beyond the photograph it stays at its edge.

    Parameters
    ----------
    lane : Lane
    number : int
        Which corner, from 0: down the left side with the top up, then up the right side.
    row, column : float
        Where it shall be.
    shape : tuple of int
        Rows and columns of the photograph.

    Raises
    ------
    IndexError
        There is no such corner.
    ValueError
        The sides of the lane would cross.
    """
    corners = np.array(outline_of(lane, shape).corners)
    corners[number] += _free_step(corners[[number]], np.subtract((row, column), corners[number]), shape)
    moved = f"corner {number + 1} at row {row:.0f}, column {column:.0f}"
    return replace(lane, shape=_reshaped(lane, corners, shape, moved))


def with_side(lane: Lane, number: int, rows: float, columns: float, shape: tuple[int, int]) -> Lane:
    """Return a lane with one of its sides moved; both of its corners stay on the photograph.

    A rectangle stays one: its side moves by whole pixels, and only across.

    Parameters
    ----------
    lane : Lane
    number : int
        The corner where the side begins, see `with_corner`; it ends with the next one.
    rows, columns : float
        How far it is moved.
    shape : tuple of int
        Rows and columns of the photograph.

    Raises
    ------
    IndexError
        There is no such corner.
    ValueError
        The sides of the lane would cross.
    """
    corners = np.array(outline_of(lane, shape).corners)
    ends = [number, (number + 1) % len(corners)]
    step = np.array([rows, columns], np.float64)
    if lane.shape is None:
        step = np.round(step) * (corners[ends[0]] == corners[ends[1]])
    corners[ends] += _free_step(corners[ends], step, shape)
    moved = f"the side after corner {number + 1} moved by {rows:.0f} rows and {columns:.0f} columns"
    after = _reshaped(lane, corners, shape, moved)
    return replace(lane, shape=after) if lane.shape is not None else replace(lane, crop=after.crop)


def _free_step(places: Points, step: Points, shape: tuple[int, int]) -> Points:
    """Return how much of a step down and across all places can make on the photograph."""
    return np.clip(step, (-0.5 - places).max(axis=0), (np.array(shape) - 0.5 - places).min(axis=0))


def _reshaped(lane: Lane, corners: Points, shape: tuple[int, int], moved: str) -> LaneShape:
    """Return the outline of a lane with other corners; raise ValueError where its sides would cross."""
    before = outline_of(lane, shape)
    after = LaneShape([*map(tuple, corners.tolist())], before.ties)
    if _way_around(after) in (0, -_way_around(before)):
        raise ValueError(
            f"The sides of {lane.name!r} would cross with {moved}; keep it on its own side of the lane."
        )
    return after


def with_depth(lane: Lane, row: float, column: float, depth: float | None, shape: tuple[int, int]) -> Lane:
    """Return a lane whose depth is known at one more place, or at one less.

    Parameters
    ----------
    lane : Lane
    row, column : float
        A place on it, such as the middle of a block. Within a hundredth of an end it is the end, whose depth
        is the top or the base of the lane; within a hundredth of a place that is known, that place.
    depth : float or None
        Metres; None where it is not known any more.
    shape : tuple of int
        Rows and columns of the photograph.

    Raises
    ------
    ValueError
        The depths would not go down the lane.
    """
    outline = outline_of(lane, shape)
    share = outline.share_at(row, column)
    if depth is not None and share <= _END:
        return replace(lane, top=depth)
    if depth is not None and share >= 1 - _END:
        return replace(lane, base=depth)
    ties = [tie for tie in outline.ties if abs(tie[0] - share) > _SAME]
    if depth is not None:
        near = [place for place, _ in outline.ties if abs(place - share) <= _SAME]
        ties.append((near[0] if near else share, depth))
    elif lane.shape is None:
        return lane
    return replace(lane, shape=LaneShape(outline.corners, sorted(ties)))


def turned(lane: Lane, rotation: int) -> Lane:
    """Return a lane whose top is elsewhere in the photograph; corners of its own go on with the next.

    Known depths are left out, since they were counted from the other end.

    Raises
    ------
    ValueError
        The rotation is none of 0, 90, 180 and 270, or a bent lane would be turned onto its side.
    """
    if lane.shape is None or rotation == lane.rotation:
        return replace(lane, rotation=rotation)
    corners = [*lane.shape.corners]
    turn = (rotation - lane.rotation) % 360
    if len(corners) > 4 and turn != 180:
        raise ValueError(
            f"{lane.name!r} has bent sides, so it can only be turned upside down, by 180 degrees."
        )
    first = len(corners) * turn // 360
    return replace(lane, rotation=rotation, shape=LaneShape(corners[first:] + corners[:first]))


def in_reading_order(
    lanes: Sequence[Lane], shape: tuple[int, int], *, boustrophedon: bool = False
) -> list[Lane]:
    """Return lanes with their depths in the order in which a box is read.

    Lanes that lie are read from the uppermost down, lanes that stand from the left. Together they go from the
    same top to the same base, each as long as before.

    Parameters
    ----------
    lanes : sequence of Lane
        Of one photograph.
    shape : tuple of int
        Its rows and columns.
    boustrophedon : bool
        Whether every second lane runs the other way.

    Returns
    -------
    list of Lane
        Without depths that were known within a lane, where that one gets other depths.
    """
    outlines = [outline_of(lane, shape) for lane in lanes]
    along = [np.subtract(place_of(outline, 1), place_of(outline, 0)) for outline in outlines]
    lies = abs(along[0][1]) > abs(along[0][0])
    middles = [place_of(outline, 0.5)[0 if lies else 1] for outline in outlines]
    order = np.argsort(middles, kind="stable")
    ways = [1 if step[1 if lies else 0] > 0 else -1 for step in along]
    depth, made = min(lane.top for lane in lanes), []
    for number, place in enumerate(order):
        lane, way = lanes[place], ways[order[0]]
        wanted = -way if boustrophedon and number % 2 else way
        turn = 0 if wanted == ways[place] else 180
        base = round(depth + lane.base - lane.top, 9)
        made.append(_moved(turned(lane, (lane.rotation + turn) % 360), depth, base))
        depth = base
    return made


def _moved(lane: Lane, top: float, base: float) -> Lane:
    """Return a lane between other depths; what was known within it is known no more."""
    if lane.shape is None or (top, base) == (lane.top, lane.base):
        return replace(lane, top=top, base=base)
    return replace(lane, top=top, base=base, shape=LaneShape(lane.shape.corners))


def place_of(outline: LaneShape, share: float) -> Pair:
    """Return row and column of the middle of a lane at a place along it, 0 at its top and 1 at its base."""
    left, right = outline.at(np.array([share]))
    row, column = (left[0] + right[0]) / 2
    return float(row), float(column)


def put_lanes(path: str | os.PathLike[str], lanes: Sequence[Lane], scale: DepthScale = METRES) -> Core:
    """Put the lanes of a photograph into the table of a core, in the place of those that it has of it.

    The rows of other photographs stay. A table that is not there is made.

    Parameters
    ----------
    path : path-like
        A CSV table as `Core.write_csv` writes it.
    lanes : sequence of Lane
        All lanes of one photograph.
    scale : DepthScale
        The unit of a table that is made; one that is there keeps its own.

    Returns
    -------
    Core
        What the table says now.

    Raises
    ------
    OSError
        The table cannot be read or written.
    ValueError
        It holds more than the lanes, which would be lost, or it has problems; or a name occurs twice. Then
        it stays as it is.
    """
    path = Path(path)
    core = None
    if path.exists():
        check_plain(path, (*COLUMNS, *OPTIONAL), "lanes")
        core = read_core(path)
    files = {os.path.realpath(lane.file) for lane in lanes}
    others = [lane for lane in core or () if os.path.realpath(lane.file) not in files]
    made = Core([*others, *lanes], "" if core is None else core.name, scale if core is None else core.scale)
    made.write_csv(path)
    return made


def _way_around(shape: LaneShape) -> int:
    """Return which way the corners of a lane go around it, 1 or -1; 0 where sides cross."""
    left, right = shape.sides
    parts = [np.array([left[i], left[i + 1], right[i + 1], right[i]]) for i in range(len(left) - 1)]
    turns = []
    for part in parts:
        sides = np.roll(part, -1, axis=0) - part
        following = np.roll(sides, -1, axis=0)
        turns += [*(sides[:, 0] * following[:, 1] - sides[:, 1] * following[:, 0])]
    return int(np.all(np.greater(turns, 0))) - int(np.all(np.less(turns, 0)))
