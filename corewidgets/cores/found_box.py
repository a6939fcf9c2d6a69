"""The lanes of a core box as they lie in its photograph, and what lies in each, found from its pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corewidgets.cores import lane_parts
from corewidgets.cores.crop import Crop
from corewidgets.cores.lane_group import contrast
from corewidgets.cores.lane_part import CORE, LanePart
from corewidgets.cores.lane_rows import LaneRows
from corewidgets.cores.lane_search import LaneGroup, find_groups
from corewidgets.cores.lane_strip import TracedLane, trace_lanes
from corewidgets.cores.section import as_section
from corewidgets.cores.straightened import Straightened, opponent_colors

__all__ = ["BoxLane", "FoundBox", "find_box"]

Field = NDArray[np.float32]
Points = NDArray[np.float64]

LONGEST = 1600
"""Pixels of the longer side of what is looked at."""

_SIDE_POINTS = 17
_CLEARLY = 3.0  # times sharper: lanes run this way and not the other
_EMPTY = 0.04  # share of a lane: less core may be the edge of a wall
_UPRIGHT = 0.08  # of the width of a lane, by which its sides may bend within a rectangle
_LATE = 0.3  # of a lane without core
_LEAST = 0.7  # sum of scores: below, a long photograph rather shows one section
_LITTLE_DOUBT = 0.5  # score of each lane of a box that stands out from what is seen around it
_LONG = 2.5  # times longer than wide
_GUESS = 0.25  # confidence of such a guess
_EVEN = 0.5  # grey levels
_SHORTEST, _SMALLEST = 0.5, 0.1  # of its length, and of the photograph, as which lanes count in full
_OTHER = 0.35  # contrast: more, and a box is not of the color of what it stands on
_SURE, _UNSURE = 0.62, 0.15  # scores of lanes for which confidence is 1 and 0


@dataclass(frozen=True, eq=False)
class BoxLane:
    """A lane of a box.

    Parameters
    ----------
    left, right : ndarray of float64, (n_points, 2)
        Rows and columns of its sides in the photograph, from the beginning of the lane to its end; left and
        right as seen with the beginning up.
    parts : tuple of LanePart
        What lies in it, from its beginning on, in shares of its length.
    lengths : tuple of float
        How long each part is in truth, as a share of the lane: perspective is taken out.
    rotation : {0, 90, 180, 270}
        Degrees, clockwise, that bring its beginning up, roughly.
    confidence : float
        0 to 1: how sure it is that there is a lane.
    """

    left: Points
    right: Points
    parts: tuple[LanePart, ...]
    lengths: tuple[float, ...]
    rotation: int
    confidence: float

    @property
    def recovered(self) -> float:
        """Share of the lane that is core."""
        return sum(size for part, size in zip(self.parts, self.lengths, strict=True) if part.kind in CORE)

    @property
    def empty(self) -> bool:
        """Whether there is no core in it."""
        return self.recovered < _EMPTY

    def corners(self, start: float = 0.0, stop: float = 1.0, n_points: int = 5) -> Points:
        """Return points around a stretch of it, ``(2 n_points, 2)``: down its left side, up its right."""
        shares = np.linspace(start, stop, n_points)
        return np.concatenate([_along(self.left, shares), _along(self.right, shares)[::-1]])

    @property
    def crop(self) -> Crop:
        """The rectangle around the lane."""
        around = self.corners(n_points=_SIDE_POINTS)
        first, last = around.min(axis=0), around.max(axis=0)
        across = 0 if self.rotation in (90, 270) else 1
        width = float(np.hypot(*(self.right - self.left).T).mean())
        sides = sorted((self.left[:, across], self.right[:, across]), key=np.mean)
        if max(np.ptp(side) for side in sides) < _UPRIGHT * width:  # what bends less is a matter of tracing
            first[across], last[across] = (float(np.median(side)) for side in sides)
        start, stop = np.floor(first + 0.5).clip(0), np.ceil(last + 0.5)
        return Crop(int(start[0]), int(stop[0]), int(start[1]), int(stop[1]))


@dataclass(frozen=True, eq=False)
class FoundBox:
    """What was found in the photograph of a box.

    Parameters
    ----------
    lanes : tuple of BoxLane
        In the order of reading, empty ones among them.
    confidence : float
        0 to 1. Below 0.5, look at each lane.
    """

    lanes: tuple[BoxLane, ...]
    confidence: float

    @property
    def filled_from_end(self) -> bool:
        """Whether the core begins late and ends late, as it does in a photograph that is upside down."""
        return _bare(self.lanes) > _LATE and _bare(self.lanes[::-1], backwards=True) < _LATE / 2


def _bare(lanes: Sequence[BoxLane], *, backwards: bool = False) -> float:
    """Return how many lanes lie before the first core."""
    bare = 0.0
    for lane in lanes:
        parts = [*zip(lane.parts, lane.lengths, strict=True)]
        for part, length in parts[::-1] if backwards else parts:
            if part.kind in CORE and not lane.empty and length > _EMPTY:
                return bare
            bare += length
    return bare


def _along(side: Points, shares: Points) -> Points:
    known = np.linspace(0, 1, len(side))
    return np.stack([np.interp(shares, known, side[:, axis]) for axis in (0, 1)], axis=-1)


def find_box(
    image: ArrayLike, *, n_lanes: int | None = None, rotation: int | None = None, boustrophedon: bool = False
) -> FoundBox:
    """Find the lanes of one box, or of two that lie beside each other in the photograph.

    Parameters
    ----------
    image : ndarray of uint8, (n_rows, n_columns, 3)
        The photograph. The box may lie or stand, turned by up to six degrees.
    n_lanes : int, optional
        How many lanes there are, empty ones among them, where it is known.
    rotation : {0, 90, 180, 270}, optional
        Degrees, clockwise, that bring the beginning of each lane up. Without it 0 for lanes that run down the
        photograph and 90, the beginning at the left, for lanes that run across. With 180 and 270 the
        photograph is upside down: the first lane is the last in it.
    boustrophedon : bool
        Whether each second lane of a box is read backwards.

    Returns
    -------
    FoundBox
        Without lanes where nothing looks like one.

    Raises
    ------
    ValueError
        The photograph is of one even color.

    Examples
    --------
    >>> import corewidgets as cw
    >>> box = cw.sample_box(26, size=800)
    >>> found = find_box(box.image)
    >>> len(found.lanes) == len(box.lanes), found.confidence > 0.5
    (True, True)
    """
    photograph = as_section(image).image
    if photograph.std(axis=(0, 1)).max() < _EVEN:
        raise ValueError(
            "No lanes were found: the photograph is of one even color; check that it is the one of the box."
        )
    factor = max(1, round(max(photograph.shape[:2]) / LONGEST))
    thinned = _thin(photograph, factor)
    may_be_section = n_lanes in (None, 1) and _is_long(photograph.shape)
    view = _View(thinned, None if may_be_section else n_lanes, rotation)
    if may_be_section and sum(view.scores) < _LEAST and not view.stands_out:
        return _whole(photograph.shape, rotation)
    if may_be_section and n_lanes is not None:
        view = _View(thinned, n_lanes, rotation)
    lanes = [
        _box_lane(view, traced, score, parts, factor)
        for traced, score, parts in zip(view.traced, view.scores, view.parts(), strict=True)
    ]
    turn = rotation if rotation is not None else 0 if view.stands else 90
    step = -1 if turn in (0, 270) else 1
    numbers = [number for group in view.groups[::step] for number in range(len(group.sides))]  # in each box
    read = tuple(
        _read(lane, (turn + 180) % 360 if boustrophedon and number % 2 else turn)
        for number, lane in zip(numbers, lanes[::step], strict=True)
    )
    sure = [lane.confidence for lane in read]
    return FoundBox(read, float(0.5 * np.mean(sure) + 0.5 * min(sure)) if sure else 0.0)


def _is_long(shape: Sequence[int]) -> bool:
    return max(shape[:2]) >= _LONG * min(shape[:2])


def _whole(shape: Sequence[int], rotation: int | None) -> FoundBox:
    """Return a photograph that is much longer than wide as one lane, as a section is; that is a guess."""
    n_rows, n_columns = shape[:2]
    turn = rotation if rotation is not None else 0 if n_rows > n_columns else 90
    rows, columns = (np.array([-0.5, size - 0.5]) for size in (n_rows, n_columns))
    if turn in (0, 180):
        left, right = (np.c_[rows, np.full(2, column)] for column in columns)
    else:
        left, right = (np.c_[np.full(2, row), columns] for row in rows[::-1])
    lane = BoxLane(left, right, (LanePart(0.0, 1.0, "piece"),), (1.0,), turn, _GUESS)
    if turn in (180, 270):
        lane = BoxLane(right[::-1], left[::-1], lane.parts, lane.lengths, turn, _GUESS)
    return FoundBox((lane,), _GUESS)


def _thin(photograph: NDArray[np.uint8], factor: int) -> Field:
    """Average blocks of pixels; what is left over at the end is dropped."""
    n_rows, n_columns = (size // factor for size in photograph.shape[:2])
    blocks = photograph[: n_rows * factor, : n_columns * factor]
    return np.asarray(blocks.reshape(n_rows, factor, n_columns, factor, 3).mean(axis=(1, 3)), np.float32)


class _View:
    """The photograph, turned and straightened so that lanes run along its rows."""

    def __init__(self, thinned: Field, n_lanes: int | None, rotation: int | None) -> None:
        self.shape = thinned.shape[:2]
        turns = (False, True) if rotation is None else (rotation in (0, 180),)
        tried = [(stands, Straightened(opponent_colors(np.rot90(thinned, int(stands))))) for stands in turns]
        tried.sort(key=lambda each: -each[1].sharpness)
        if len(tried) == 2 and tried[0][1].sharpness > _CLEARLY * tried[1][1].sharpness:
            tried = tried[:1]
        seen = [(*each, LaneRows(each[1].image)) for each in tried]
        found = [(*each, find_groups(each[2])) for each in seen]
        best = max(found, key=lambda each: _total(*each[2:]))
        if n_lanes is not None and _n_lanes(best[3]) != n_lanes:  # so that a number never makes it worse
            forced = [(*each, find_groups(each[2], n_lanes)) for each in seen]
            best = max(forced, key=lambda each: (_n_lanes(each[3]) == n_lanes, _total(*each[2:])))
        self.stands, self.straight, self.rows, self.groups = best
        self.traced: list[TracedLane] = []
        self.scores: list[float] = []
        for group in self.groups:
            self.traced += trace_lanes(
                self.straight.image,
                group.sides,
                self.rows.columns,
                self.straight.square,
                _around(self.rows, group),
                walled=group.walled,
            )
            self.scores += group.scores

    @property
    def stands_out(self) -> bool:
        """Whether each lane is clear, and of a box of another color than what is seen around it."""
        apart = [group.walled or _around(self.rows, group) is not None for group in self.groups]
        return bool(apart) and all(apart) and min(self.scores) > _LITTLE_DOUBT

    def parts(self) -> list[list[tuple[LanePart, float]]]:
        """Return what lies in each lane, with true lengths, from the left of the straightened image."""
        return lane_parts.read_lanes(self.straight.image, self.traced, self.groups)

    def to_thinned(self, points: Points) -> Points:
        """Return rows and columns of the thinned photograph."""
        seen = self.straight.to_photograph(points)
        return np.c_[seen[:, 1], self.shape[1] - 1 - seen[:, 0]] if self.stands else seen


def _around(rows: LaneRows, group: LaneGroup) -> tuple[Points, Points] | None:
    """Return the colors of a box and of what it stands on, where both are seen and differ."""
    beside = rows.outside[int(group.sides[0][0]) : int(group.sides[-1][1]) + 1, :3]
    table = np.asarray(np.median(beside, axis=0), np.float64)
    if not np.isfinite(table).all() or contrast(table, group.divider) < _OTHER:
        return None
    return group.divider, table


def _n_lanes(groups: Sequence[LaneGroup]) -> int:
    return sum(len(group.sides) for group in groups)


def _total(rows: LaneRows, groups: Sequence[LaneGroup]) -> float:
    """Return the score of a way in which lanes may run: as small as a color card they count little."""
    reach = (rows.columns[1] - rows.columns[0]) / rows.n_columns
    height = sum(group.sides[-1][1] - group.sides[0][0] for group in groups) / len(rows)
    weight = min(1.0, reach / _SHORTEST) * min(1.0, reach * height / _SMALLEST)
    return sum(group.total for group in groups) * weight


def _box_lane(
    view: _View, traced: TracedLane, score: float, parts: Sequence[tuple[LanePart, float]], factor: int
) -> BoxLane:
    """Return a lane in the photograph, its beginning where the straightened image has its left."""
    columns = np.linspace(traced.start, traced.stop, _SIDE_POINTS)
    n_columns = view.straight.image.shape[1]
    sides: list[Any] = []
    for lower in (True, False):
        points = np.c_[traced.side(columns, n_columns, lower=lower), columns]
        sides.append((view.to_thinned(points) + 0.5) * factor - 0.5)
    confidence = float(np.clip((score - _UNSURE) / (_SURE - _UNSURE), 0, 1))
    return BoxLane(
        sides[0], sides[1], tuple(part for part, _ in parts), tuple(size for _, size in parts), 90, confidence
    )


def _read(lane: BoxLane, rotation: int) -> BoxLane:
    """Return a lane that begins where its rotation says."""
    if rotation in (0, 90):
        return BoxLane(lane.left, lane.right, lane.parts, lane.lengths, rotation, lane.confidence)
    parts = tuple(LanePart(1 - part.stop, 1 - part.start, part.kind) for part in lane.parts[::-1])
    return BoxLane(lane.right[::-1], lane.left[::-1], parts, lane.lengths[::-1], rotation, lane.confidence)
