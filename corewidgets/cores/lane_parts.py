"""What lies in a lane from its beginning to its end: core, rubble, blocks, and bare floor.

The floor of a lane has the color of walls and dividers, in their shade, and is as smooth along the lane as
they are; where it has another color, that is the one that most smooth places have. A block is of one color
with a straight edge at either end. All else is core: rubble, and pieces that breaks part.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from corewidgets.cores.lane_breaks import find_breaks
from corewidgets.cores.lane_part import Kind, LanePart
from corewidgets.cores.lane_rubble import find_rubble
from corewidgets.cores.straightened import changes

Field = NDArray[np.float32]
Profile = NDArray[np.float64]
Flags = NDArray[np.bool_]

_INSET = 0.18  # of a strip's rows, on either side, where shade and edges confuse
_BLOCK = (0.18, 0.95)  # shortest and longest block, in widths of the lane
_OTHER = 22.0  # in color: a block differs by more from what lies on either side
_GREY = 16.0  # sum of both colors: what has less is painted in none
_SHADE = 0.45  # of the light on a wall: the floor below it has no less
_NOISE = 1.0  # logarithm of roughness: a camera shows nothing smoother, but where it is overexposed
_N_CANDIDATES = 200  # colors that a floor may have, of those that are looked at
_MOST_ALIKE, _ALL_ALIKE = 0.5, 0.9  # of what is smooth, where that is little, and where it is much
_MOST_SMOOTH = 0.9  # of the columns: where more is smooth, no floor is told from rock
_FEW_BREAKS = 8.0  # widths of a lane, within which a floor shows no line like a break twice
_MOST_ENDS = 0.5  # of the ends of lanes: more that have one color show a wall
_BREAK = 0.5  # widths of a lane, within which it looks rough beside a break
_SHADOW = 0.02  # of the length of a lane, over which light changes
_DARKEST = 50.0  # grey levels: what is darker, such as black cloth, tells nothing of light
_NEARLY_BLACK = 16.0  # grey levels: of darker core the color hardly differs from that of any dark floor
_APART = 1.6  # distance of the color of a floor from that of most of such a box, so that it is believed
_LOW = 0.48  # of the mean of the changes of noise: their 30th percentile
_BARE, _SPILLED = 0.9, 0.5  # of a lane, that is floor; and widths of the lane left over at an end of it
_SLANT, _EDGE = 0.2, 3.0  # widths of the lane within which, and grey levels a column by which, a floor ends
_PAINTED = 0.45  # logarithm: a block is rougher than walls by less
_SHORTEST = 4  # columns of a piece
_SWITCH = 5.0  # cost of a change between floor and core, in columns of doubt


def floor_likeness(strip: Field, walls: Sequence[Profile], smooth: float) -> Profile:
    """Return for each column how much it looks like bare floor, below 0 where it does not.

    Parameters
    ----------
    strip : ndarray of float32, (n_rows, n_columns, 3)
    walls : sequence of ndarray, each (3,)
        Colors of walls and dividers.
    smooth : float
        Logarithm of the roughness of these.
    """
    inset = round(_INSET * len(strip))
    inner = strip[inset:-inset]
    color = ndimage.uniform_filter(inner, (3, 5, 1))
    fine = np.abs(ndimage.gaussian_filter1d(inner[..., 0], 1.0, axis=1, order=1))
    rough = np.log(4 * ndimage.uniform_filter(fine, (7, 7)) + 1)
    distance = np.min([_distance(color, wall) for wall in walls], axis=0)
    floor = np.minimum(1.0 - distance, (smooth + 0.45 - rough) / 0.45) > 0
    return np.asarray(2 * floor.mean(axis=0) - 1, float)  # half of a slanted edge is on either side of it


def _roughness(inner: Field) -> Profile:
    """Return the logarithm of the change of lightness along a strip, for each column."""
    fine = np.abs(ndimage.gaussian_filter1d(inner[..., 0], 1.0, axis=1, order=1))
    return np.asarray(np.log(4 * fine.mean(axis=0) + 1), float)


def _distance(color: NDArray[np.floating], wall: Profile) -> Profile:
    """Return how far colors are from a wall's in any shade: 1 where they are another."""
    light = np.clip(color[..., 0] / max(wall[0], 1.0), _SHADE, 1.12)
    shaded = light[..., None] * wall
    return np.asarray(np.abs(color - shaded).sum(axis=-1) / (8 + 0.045 * shaded[..., 0]), float)


def smoothed(likeness: Profile) -> Flags:
    """Return which columns are floor: the sequence of two states that costs least."""
    likeness = np.clip(likeness, -1, 1)
    costs = np.stack([np.maximum(likeness, 0), np.maximum(-likeness, 0)])  # of core, of floor
    best = costs[:, 0].copy()
    came = np.zeros((2, likeness.size), int)
    for column in range(1, likeness.size):
        for state in (0, 1):
            stay, change = best[state], best[1 - state] + _SWITCH
            came[state, column] = state if stay <= change else 1 - state
        best = np.minimum(best, best[::-1] + _SWITCH) + costs[:, column]
    state = int(np.argmin(best))
    floor = np.zeros(likeness.size, bool)
    for column in range(likeness.size - 1, -1, -1):
        floor[column] = bool(state)
        state = came[state, column]
    return floor


def between_edges(floor: Flags, strip: Field, width: float) -> Flags:
    """Return which columns are floor that ends at edges, or at the ends of the lane.

    Rock that looks like floor goes over into other rock.

    Parameters
    ----------
    floor : ndarray of bool, (n_columns,)
    strip : ndarray of float32, (n_rows, n_columns, 3)
    width : float
        Columns that are as long as the lane is wide.
    """
    inset = round(_INSET * len(strip))
    change = np.abs(ndimage.gaussian_filter1d(strip[inset:-inset], 1.5, axis=1, order=1)).sum(axis=-1)
    reach = max(3, round(_SLANT * width))
    kept = floor.copy()
    ends = np.flatnonzero(np.diff(np.r_[False, floor, False].astype(np.int8))).reshape(-1, 2)
    for start, stop in ends:
        bare = stop - start > _BARE * floor.size
        near = max(reach, round(_SPILLED * width)) if bare else reach
        if stop - start > 2 * reach:  # what is left before a wall is its shade, the wall, or lies beyond it
            start, stop = (0 if start < near else start), (floor.size if floor.size - stop < near else stop)
            kept[start:stop] = True
        inner = [end for end in (start, stop) if 0 < end < floor.size]
        steps = [np.median(change[:, max(0, end - reach) : end + reach].max(axis=1)) for end in inner]
        if steps and min(steps) < _EDGE:
            kept[start:stop] = False
    return kept


def find_blocks(strip: Field, width: float, smooth: float = np.inf) -> list[tuple[int, int]]:
    """Return first and last column of things of one color with straight ends: blocks, tags, spacers.

    Parameters
    ----------
    strip : ndarray of float32, (n_rows, n_columns, 3)
    width : float
        Columns that are as long as the lane is wide.
    smooth : float
        Logarithm of the roughness of walls: what is painted is hardly rougher, but for what is written on it.
    """
    inset = round(0.1 * len(strip))
    inner = strip[inset:-inset]
    change = changes(np.ascontiguousarray(inner.swapaxes(0, 1)))  # columns first: along the lane
    mean = change.mean(axis=1)
    strength = np.sqrt((mean**2).sum(axis=-1))
    edges = np.flatnonzero((strength == ndimage.maximum_filter1d(strength, 7)) & (strength > 0.6))
    found: list[tuple[int, int]] = []
    for start in edges:
        for stop in edges[(edges > start + _BLOCK[0] * width) & (edges < start + _BLOCK[1] * width)]:
            within = inner[:, start + 3 : stop - 2, 0]
            if within.shape[1] > 4 and _typical_roughness(within) > smooth + _PAINTED:
                continue
            if (not found or start >= found[-1][1] - 2) and _is_block(inner, int(start), int(stop), mean):
                found.append((int(start), int(stop)))
                break
    return found


def _typical_roughness(lightness: Field) -> float:
    """Return the logarithm of the roughness of a surface, whatever is written on it."""
    fine = np.abs(ndimage.gaussian_filter1d(lightness, 1.0, axis=1, order=1))
    return float(np.log(4 * np.percentile(fine, 30) / _LOW + 1))


def _is_block(inner: Field, start: int, stop: int, mean: Field) -> bool:
    """Tell whether what lies between two straight edges is painted in one color."""
    if (
        float(mean[start] @ mean[stop]) > -0.25
    ):  # it is lighter, or another color, than what lies on both sides
        return False
    within = inner[:, start + 3 : stop - 2]
    near = max(4, (stop - start) // 2)
    around = (inner[:, max(0, start - near) : max(1, start - 2)], inner[:, stop + 3 : stop + near])
    if within.shape[1] < 4:
        return False
    typical = np.median(within, axis=(0, 1))
    beside = [np.median(part, axis=(0, 1)) for part in around if part.size]
    if any(np.abs(color - typical).sum() < _OTHER for color in beside):
        return False
    grey = np.abs(typical[1:]).sum() < _GREY and typical[0] > _NEARLY_BLACK
    if grey and all(typical[0] < color[0] for color in beside):
        return False  # a dark bed
    flat = np.abs(within - typical).sum(axis=-1) < 14
    return bool(flat.mean() > 0.62)


def read_lanes(
    image: Field, lanes: Sequence[Any], groups: Sequence[Any]
) -> list[list[tuple[LanePart, float]]]:
    """Tell what lies in each lane.

    Parameters
    ----------
    image : ndarray of float32, (n_rows, n_columns, 3)
        Straightened.
    lanes : sequence of TracedLane
    groups : sequence of LaneGroup
        To which they belong, in the same order.

    Returns
    -------
    list of list of (LanePart, float)
        For each lane its parts in shares of its columns, and their true lengths as shares of the lane.
    """
    dividers = [group.divider for group in groups for _ in group.sides]
    made = []
    smooth = _smoothness(image, lanes)
    ends = [(max(0, round(lane.start)), min(image.shape[1], round(lane.stop))) for lane in lanes]
    strips = [lane.strip(image, *end) for lane, end in zip(lanes, ends, strict=True)]
    lights = [_light(image, lane, *end) for lane, end in zip(lanes, ends, strict=True)]
    lit = [strip / light[:, None] for strip, light in zip(strips, lights, strict=True)]
    seen = [_walls(image, lane, (light[0], light[-1])) for lane, light in zip(lanes, lights, strict=True)]
    walls = _wall_colors(seen, dividers) if seen else []
    middles = [
        float(lane.width(np.array([np.mean(end)]), image.shape[1])[0])
        for lane, end in zip(lanes, ends, strict=True)
    ]
    floors = _floors(lit, middles, walls, smooth)
    rubble = find_rubble(strips, middles)
    looks = zip(strips, floors, rubble, strict=True)
    for lane, end, middle, (strip, floor, broken) in zip(lanes, ends, middles, looks, strict=True):
        kinds = np.where(broken, 3, np.where(between_edges(floor, strip, middle), 1, 0))
        for start, stop in find_blocks(strip, middle, smooth):
            kinds[start : stop + 1] = 2
        breaks = find_breaks(strip, middle)
        made.append(_with_lengths(kinds, _true_lengths(lane, *end, image.shape[1]), breaks))
    return made


def _floors(
    strips: Sequence[Field], widths: Sequence[float], walls: Sequence[list[Profile]], smooth: float
) -> list[Flags]:
    """Return for each lane which columns are floor; that of one lane tells the color of the others."""
    if not strips:
        return []
    first = _floors_of(strips, walls, smooth)
    seen = [floor_color(strip, floor) for strip, floor in zip(strips, first, strict=True)]
    known = [color for color in seen if color is not None] or _smooth_floor(strips, widths, smooth)
    common = [np.median(known, axis=0)] if known else []
    colors = [[*wall, *common] for wall in walls]
    floors = _floors_of(strips, colors, smooth)
    columns = np.concatenate([_color(strip) for strip in strips])
    core = columns[~np.concatenate(floors)]
    if np.median((core if len(core) else columns)[:, 0]) > _NEARLY_BLACK:
        return floors
    most = np.median(columns, axis=0)[None]
    told = [[color for color in each if _distance(most, color)[0] > _APART] for each in colors]
    return _floors_of(strips, told, smooth)


def _floors_of(strips: Sequence[Field], colors: Sequence[list[Profile]], smooth: float) -> list[Flags]:
    """Return for each lane which columns are floor, of which colors it may have."""
    return [
        smoothed(floor_likeness(strip, each, smooth)) if each else np.zeros(strip.shape[1], bool)
        for strip, each in zip(strips, colors, strict=True)
    ]


def _color(strip: Field) -> Field:
    """Return the typical color of each column."""
    inset = round(_INSET * len(strip))
    return np.asarray(np.median(strip[inset:-inset], axis=0), np.float32)


def _wall_colors(
    walls: Sequence[tuple[Profile, Profile]], dividers: Sequence[Profile]
) -> list[list[Profile]]:
    """Return for each lane colors that its floor may have: of foam that parts the lanes it has none.

    Where ends of lanes show the color of what parts them, or most of the ends one color, the others show core
    that reaches beyond.
    """
    ends = np.concatenate(walls)
    typical = np.median(ends, axis=0)
    alike = [_near(pair, divider) for pair, divider in zip(walls, dividers, strict=True)]
    if any(alike):
        return [[*_middle(own), divider] for own, divider in zip(alike, dividers, strict=True)]
    if len(_near(ends, typical)) > _MOST_ENDS * len(ends):
        return [_middle(_near(pair, typical)) or [typical] for pair in walls]
    return [_middle(pair) for pair in walls]


def _near(colors: Sequence[Profile] | Profile, wall: Profile) -> list[Profile]:
    """Return the colors that are that of a wall."""
    return [color for color in colors if _distance(color[None], wall)[0] < 1]


def _middle(colors: Sequence[Profile]) -> list[Profile]:
    return [np.median(colors, axis=0)] if len(colors) else []


def _smooth_floor(strips: Sequence[Field], widths: Sequence[float], smooth: float) -> list[Profile]:
    """Return the color of most of what is as smooth as a wall where most else is rough, if it has one.

    Even rock may be as smooth, but it has breaks or bedding.
    """
    inset = round(_INSET * len(strips[0]))
    inner = [strip[inset:-inset] for strip in strips]
    rough = np.concatenate([ndimage.uniform_filter1d(_roughness(each), 9) for each in inner])
    color = np.concatenate([_color(strip) for strip in strips])
    even = rough < smooth + 0.2
    if not 0.01 < even.mean() < _MOST_SMOOTH or np.median(rough[~even]) < smooth + 0.4:
        return []
    candidates = color[even][:: max(1, int(even.sum()) // _N_CANDIDATES)]
    alike = [_distance(color[even], candidate) < 1 for candidate in candidates]
    most = max(alike, key=np.count_nonzero)
    least = _MOST_ALIKE if even.mean() < 0.35 else _ALL_ALIKE
    floor = np.zeros(even.size, bool)
    floor[even] = most
    if most.mean() < least or _is_broken(strips, widths, floor):
        return []
    return [np.median(color[floor], axis=0)]


def _is_broken(strips: Sequence[Field], widths: Sequence[float], among: Flags) -> bool:
    """Tell whether breaks lie between columns among which they are looked for, lane after lane."""
    width = float(np.median(widths))
    inner = ndimage.binary_closing(among, np.ones(round(_BREAK * width)))
    columns = np.cumsum([0, *(strip.shape[1] for strip in strips)])
    looks = zip(strips, widths, columns, strict=False)
    n_breaks = sum(int(inner[first + find_breaks(strip, width)].sum()) for strip, width, first in looks)
    return n_breaks * _FEW_BREAKS * width > inner.sum()


def floor_color(strip: Field, floor: Flags) -> Profile | None:
    """Return the color of columns that are floor, or none where these are few."""
    if floor.sum() < max(6, 0.01 * floor.size):
        return None
    inset = round(_INSET * len(strip))
    return np.asarray(np.median(strip[inset:-inset, floor], axis=(0, 1)), float)


def _smoothness(image: Field, lanes: Sequence[Any]) -> float:
    """Return the logarithm of the roughness of what lies right outside of the lanes.

    White foam that is overexposed has none at all, while its floor has that of the camera.
    """
    seen = []
    for lane in lanes:
        first, last = max(0, round(lane.start)), min(image.shape[1], round(lane.stop))
        columns = np.arange(first, last)
        width = lane.width(columns, image.shape[1])
        for lower, away in ((False, -1), (True, 1)):
            rows = np.rint(
                lane.side(columns, image.shape[1], lower=lower) + away * (2 + 0.03 * width)
            ).astype(int)
            rows = rows.clip(0, len(image) - 1)
            fine = np.abs(ndimage.gaussian_filter1d(image[rows, columns, 0], 1.0, order=1))
            seen.append(np.log(4 * np.median(fine) / 0.84 + 1))
    return max(_NOISE, float(np.percentile(seen, 25))) if seen else _NOISE


def _light(image: Field, lane: Any, first: int, last: int) -> Profile:
    """Return how bright each column of a lane is lit, as what lies right outside of its sides tells.

    A shadow that falls across a box makes one floor look like two.
    """
    columns = np.arange(first, last)
    away = 2 + 0.03 * lane.width(columns, image.shape[1])
    seen = []
    for lower, sign in ((False, -1), (True, 1)):
        rows = np.rint(lane.side(columns, image.shape[1], lower=lower) + sign * away).astype(int)
        beside = image[rows.clip(0, len(image) - 1), columns, 0]
        smooth = ndimage.gaussian_filter1d(beside.astype(float), _SHADOW * len(columns), mode="nearest")
        if np.median(smooth) < _DARKEST:
            return np.ones(len(columns))
        seen.append(smooth / float(np.median(smooth)))
    return np.asarray(np.clip(np.mean(seen, axis=0), 0.4, 2.0))


def _walls(image: Field, lane: Any, lights: tuple[float, float]) -> tuple[Profile, Profile]:
    """Return the color of the wall at either end of a lane, each lit so brightly."""
    made = []
    for end, away, light in ((lane.start, -1, lights[0]), (lane.stop, 1, lights[1])):
        columns = np.rint(end + away * np.array([3, 4, 5, 6])).clip(0, image.shape[1] - 1)
        upper, lower = (lane.side(columns, image.shape[1], lower=lower) for lower in (False, True))
        rows = [np.rint(upper + share * (lower - upper)) for share in (0.3, 0.5, 0.7)]
        seen = [image[row.clip(0, len(image) - 1).astype(int), columns.astype(int)] / light for row in rows]
        made.append(np.median([np.median(each, axis=0) for each in seen], axis=0))
    return made[0], made[1]


def _true_lengths(lane: Any, first: int, last: int, n_columns: int) -> Profile:
    """Return how much of the lane each column is: what is nearer to the camera is larger both ways."""
    columns = np.arange(first, last, dtype=float)
    width = np.maximum(lane.width(columns, n_columns), 1.0)
    slope, start = np.polyfit(columns, width, 1)
    weight = 1 / np.maximum(slope * columns + start, 1.0) ** 2
    return np.asarray(weight / weight.sum())


_KINDS: tuple[Kind, ...] = ("piece", "gap", "block", "rubble")


def _with_lengths(
    kinds: NDArray[np.int64], lengths: Profile, breaks: Sequence[int] | NDArray[np.int64] = ()
) -> list[tuple[LanePart, float]]:
    """Return runs of columns of one kind as parts, those of core parted at breaks."""
    ends = np.flatnonzero(np.diff(kinds)) + 1
    bounds = [0, *ends.tolist(), kinds.size]
    inner = [at for at in breaks if kinds[at] == 0 and min(abs(at - end) for end in bounds) > _SHORTEST]
    bounds = sorted([*bounds, *map(int, inner)])
    return [
        (
            LanePart(start / kinds.size, stop / kinds.size, _KINDS[int(kinds[start])]),
            float(lengths[start:stop].sum()),
        )
        for start, stop in pairwise(bounds)
    ]
