"""One lane of a straightened box, its sides traced column by column, and cut out as a strip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from corewidgets.cores.lane_group import contrast
from corewidgets.cores.straightened import block_means, changes, with_texture

Field = NDArray[np.float32]
Profile = NDArray[np.float64]

N_ROWS = 40
"""Rows of a strip, whatever the width of the lane."""

_N_BLOCKS = 160
_REACH = 0.06  # of a lane's width, within which its side is traced
_BEND = 2  # degree of the curve of a side
_AGREES = 0.35
_SKEW = 0.06  # columns a row: perspective turns the ends of lanes by less from a right angle
_AGAINST_SKEW = 4.0  # ends of sides that must agree so that a turn by so much is believed
_NEAR_END = 6.0  # columns within which the ends of sides agree
_SEEN, _HARDLY_SEEN = 0.8, 0.6  # of the length: a side that is bent as it is seen, and one that is as another
_LEAST_LENGTH = 12.0  # columns of a lane
_ALIKE = 0.35  # contrast: less, and a color is that of the box, or of what it stands on
_WALL = 0.6  # mean over lanes of how far the rows of each agree that there is an edge


@dataclass(frozen=True)
class TracedLane:
    """A lane with curved sides.

    Parameters
    ----------
    upper, lower : ndarray of float64, (3,)
        Polynomials: rows of the straightened image as functions of the share of its columns, 0 to 1.
    start, stop : float
        Columns between which its sides are seen.
    """

    upper: Profile
    lower: Profile
    start: float
    stop: float

    def side(self, columns: Profile, n_columns: int, *, lower: bool) -> Profile:
        """Return the rows of a side at several columns."""
        return np.asarray(np.polyval(self.lower if lower else self.upper, columns / n_columns))

    def width(self, columns: Profile, n_columns: int) -> Profile:
        """Return how many rows lie between the sides at several columns."""
        return self.side(columns, n_columns, lower=True) - self.side(columns, n_columns, lower=False)

    def strip(self, image: Field, first: int, last: int) -> Field:
        """Cut the lane out between two columns: ``(N_ROWS, last - first, n_channels)``."""
        columns = np.arange(first, last, dtype=float)
        upper, lower = (self.side(columns, image.shape[1], lower=lower) for lower in (False, True))
        share = (np.arange(N_ROWS)[:, None] + 0.5) / N_ROWS
        where = [upper + share * (lower - upper), np.broadcast_to(columns, (N_ROWS, len(columns)))]
        channels = [
            ndimage.map_coordinates(image[..., channel], where, order=1, mode="nearest")
            for channel in range(image.shape[2])
        ]
        return np.stack(channels, axis=-1)


def trace_lanes(
    image: Field,
    sides: Sequence[tuple[float, float]],
    columns: tuple[int, int],
    square: float = 0.0,
    around: tuple[Profile, Profile] | None = None,
    *,
    walled: bool = False,
) -> list[TracedLane]:
    """Trace the sides of lanes.

    Parameters
    ----------
    image : ndarray of float32, (n_rows, n_columns, 3)
        Straightened.
    sides : sequence of (float, float)
        First and last row of each lane.
    columns : tuple of int
        Roughly where the lanes begin and end.
    square : float
        Columns a row of a line at right angles to the lanes, see `Straightened.square`.
    around : tuple of ndarray, each (3,), optional
        Colors of the box and of what it stands on, where they differ.
    walled : bool
        Whether the sides are surely those of lanes, since they lie within walls.

    Returns
    -------
    list of TracedLane
    """
    if not sides:
        return []
    means, middles = block_means(with_texture(image), _N_BLOCKS)
    change = changes(means)
    slope = ndimage.gaussian_filter1d(means, 1.0, axis=0, order=1)
    known = (middles >= columns[0]) & (middles < columns[1])
    rows = [row for lane in sides for row in lane]
    reaches = [max(2, round(_REACH * (last - first))) for first, last in sides for _ in range(2)]

    def trace(number: int, like: Profile | None = None) -> tuple[Profile, Profile]:
        return _trace((change, slope), middles, (rows[number], reaches[number]), known, image.shape[1], like)

    found = [trace(number) for number in range(len(rows))]
    seen = [float((agreement[known] > _AGREES).mean()) for _, agreement in found]
    whole = [number for number, share in enumerate(seen) if share > _SEEN]
    for number in [number for number, share in enumerate(seen) if whole and share < _HARDLY_SEEN]:
        nearest = min(whole, key=lambda each: abs(rows[each] - rows[number]))
        found[number] = trace(number, like=found[nearest][0])
    runs = [_run(agreement, middles) for _, agreement in found]
    traced = [
        (found[number][0], found[number + 1][0], runs[number : number + 2])
        for number in range(0, len(rows), 2)
    ]
    ends = _common_ends([runs for _, _, runs in traced], sides, square, walled=walled)
    lanes = [TracedLane(upper, lower, *end) for (upper, lower, _), end in zip(traced, ends, strict=True)]
    shifts = [_wall_shift(image, lanes, around, at_stop=at_stop) for at_stop in (False, True)]
    moved = [(lane.start + shifts[0], lane.stop + shifts[1]) for lane in lanes]
    return [
        TracedLane(lane.upper, lane.lower, *(end if end[1] - end[0] > _LEAST_LENGTH else columns))
        for lane, end in zip(lanes, moved, strict=True)
    ]


def _wall_shift(
    image: Field, lanes: Sequence[TracedLane], around: tuple[Profile, Profile] | None, *, at_stop: bool
) -> float:
    """Return how far the ends of lanes must be moved to the walls that close them, 0 where none is seen.

    A wall is a straight edge across all lanes. Of several, the innermost is where lanes end, unless it is the
    outer edge of the box: then that of the lanes is not seen.
    """
    seen, colors = [], []
    reach = round(
        float(np.median([0.45 * lane.width(np.array([lane.start]), image.shape[1])[0] for lane in lanes]))
    )
    for lane in lanes:
        end = round(lane.stop if at_stop else lane.start)
        strip = lane.strip(image, end - reach, end + reach)[N_ROWS // 6 : -N_ROWS // 6]
        mean = changes(np.ascontiguousarray(strip.swapaxes(0, 1))).mean(axis=1)
        seen.append(np.sqrt((mean**2).sum(axis=-1)))
        colors.append(np.median(strip, axis=0))
    wall = ndimage.maximum_filter1d(np.array(seen), 3, axis=1).mean(axis=0)
    found = np.flatnonzero((wall == ndimage.maximum_filter1d(wall, 7)) & (wall > _WALL))
    if not len(found):
        return 0.0
    at = int(found[0] if at_stop else found[-1])
    if around is not None and _is_outer_edge(np.array(colors), at if at_stop else at - 2 * reach, around):
        return 0.0
    return float(at - reach)


def _is_outer_edge(colors: Profile, at: int, around: tuple[Profile, Profile]) -> bool:
    """Tell whether the box lies on the inner side of a column, and what it stands on beyond it.

    Parameters
    ----------
    colors : ndarray of float64, (n_lanes, n_columns, 3)
    at : int
        Column, counted from the end, below 0, where the inner side is the one after it.
    around : tuple of ndarray
        Colors of the box and of what it stands on.
    """
    away = np.arange(2, 5)
    inner, outer = (at - away, at + away) if at >= 0 else (at + away, at - away)
    n_columns = colors.shape[1]
    if not all((-n_columns <= side).all() and (side < n_columns).all() for side in (inner, outer)):
        return False
    differences = [
        np.median([contrast(np.median(lane[side], axis=0), color) for lane in colors])
        for side, color in zip((inner, outer), around, strict=True)
    ]
    return bool(max(differences) < _ALIKE)


def _trace(
    fields: tuple[Field, Field],
    middles: Profile,
    where: tuple[float, int],
    known: NDArray[np.bool_],
    n_columns: int,
    like: Profile | None,
) -> tuple[Profile, Profile]:
    """Return the curve of a side, and how far each block agrees that it is one.

    Beyond core that fills a lane in part nothing is seen of its sides: they are as bent as another (`like`).
    """
    change, slope = fields
    row, reach = where
    at = round(row)
    rows = np.arange(max(0, at - reach), min(len(change), at + reach + 1))
    near = change[max(0, at - 1) : at + 2][:, known].mean(axis=(0, 1))
    direction = near / max(float(np.sqrt((near**2).sum())), 1e-6)
    near_by = np.exp(-0.5 * ((rows - row) / (0.5 * reach)) ** 2)[:, None]
    strength = (
        near_by * np.clip(slope[rows] @ direction, 0, None) ** 2
    )  # the highest step, not the many small ones
    found = (strength * rows[:, None]).sum(axis=0) / np.maximum(strength.sum(axis=0), 1e-6)
    weight = np.where(known, np.clip(change[rows] @ direction, 0, None).max(axis=0) ** 2, 0.0)
    share = middles / n_columns
    bend = np.array([0.0, 0.0, 0.0]) if like is None else np.r_[like[:-1], 0.0]
    curve = bend + np.array([0.0, 0.0, row - np.average(np.polyval(bend, share), weights=weight + 1e-9)])
    for _ in range(4):  # blocks where something else lies near the side are let go
        off = np.abs(found - np.polyval(curve, share)) / max(1.0, 0.25 * reach)
        trusted = weight / (1 + off**2)
        if like is not None:
            curve[-1] = np.average(found - np.polyval(bend, share), weights=trusted + 1e-9)
        elif (trusted > 1e-3).sum() > 4 * (_BEND + 1):
            curve = np.polyfit(share, found, _BEND, w=np.sqrt(trusted) + 1e-9)
    along = np.rint(np.polyval(curve, share)).clip(1, len(change) - 2).astype(int)
    blocks = np.arange(len(middles))
    agreement = np.max([change[along + shift, blocks] @ direction for shift in (-1, 0, 1)], axis=0)
    return np.asarray(curve), np.asarray(agreement)


def _run(agreement: Profile, middles: Profile) -> tuple[float, float]:
    """Return the columns between which a side is seen."""
    smooth = ndimage.uniform_filter1d(agreement, 3) - _AGREES
    best, current, start, run = 0.0, 0.0, 0, (0, len(smooth) - 1)
    for index, value in enumerate(smooth):
        if current <= 0:
            current, start = 0.0, index
        current += float(value)
        if current > best:
            best, run = current, (start, index)
    half = (middles[1] - middles[0]) / 2
    return float(middles[run[0]] - half), float(middles[run[1]] + half)


def _common_ends(
    runs: Sequence[Sequence[tuple[float, float]]],
    sides: Sequence[tuple[float, float]],
    square: float,
    *,
    walled: bool = False,
) -> list[tuple[float, float]]:
    """Return where each lane begins and ends: on the lines that most of the sides agree on."""
    rows = np.array([row for lane in sides for row in lane])
    ends = np.array([run for lane in runs for run in lane])
    middles = np.mean(sides, axis=1)
    if len(sides) == 1 and walled:  # where one of two is not seen it has the color of the wall
        return [(float(ends[:, 0].min()), float(ends[:, 1].max()))]
    if len(sides) == 1:  # one of two that lie beyond each other is the edge of something else
        lengths = ends[:, 1] - ends[:, 0]
        ends = ends[lengths > _HARDLY_SEEN * lengths.max()]
        return [(float(ends[:, 0].max()), float(ends[:, 1].min()))]
    fitted = [np.polyval(_common_line(rows, ends[:, number], square), middles) for number in (0, 1)]
    return [(float(start), float(stop)) for start, stop in zip(*fitted, strict=True)]


def _common_line(rows: Profile, ends: Profile, square: float) -> Profile:
    """Return slope and start of the line nearly at right angles to the lanes that most ends lie on."""
    slopes = square + _SKEW * np.linspace(-1, 1, 21)
    starts = ends - slopes[:, None] * rows  # of lines through each of the ends
    off = ends - slopes[:, None, None] * rows - starts[..., None]
    agreed = (1 / (1 + (off / _NEAR_END) ** 2)).sum(axis=-1)
    agreed -= _AGAINST_SKEW * ((slopes - square) / _SKEW)[:, None] ** 2
    slope = slopes[np.unravel_index(np.argmax(agreed), agreed.shape)[0]]
    start = starts.ravel()[np.argmax(agreed)]
    for _ in range(6):  # between the ends that agree
        weight = 1 / (1 + ((ends - slope * rows - start) / _NEAR_END) ** 2) ** 2
        start = np.average(ends - slope * rows, weights=weight)
    return np.array([slope, start])
