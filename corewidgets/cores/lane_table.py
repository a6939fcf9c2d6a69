"""What lies between two lines: a lane, the wall of a box, or the table that the box stands on.

What is seen left and right of the lanes tells what lies around the box.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from corewidgets.cores.lane_group import LaneGroup, Sides, contrast
from corewidgets.cores.lane_rows import LaneRows, peaks

Field = NDArray[np.float32]
Profile = NDArray[np.float64]

LOOSE = 0.08  # of the width of a lane, by which a side may lie off: core may be thinner than its channel
_TOGETHER = 0.75  # share of their blocks: more, and two lines are sides of one lane
_SAME_COLOR, _SAME_TEXTURE = 0.35, 0.3  # contrast and ratio (logarithm): less, and it is the same material
_SAME_CLOTH, _OTHER_COLOR = 0.75, 0.6  # contrasts: dark cloth that is lit unevenly; what is surely no cloth
_TABLE = 0.09  # of the blocks of a lane that look like what lies around: with more it is none
_WHOLE, _SOLID = 0.85, 0.15  # of the rows of a block, and of the blocks: core, unlike letters, is solid
_AS_SOLID = 0.3  # of what the lanes are: rock as light as what it lies on is solid, too, but it is not seen
_WALL, _INNER_EDGE = 0.35, 0.4  # of the width of a lane, thickest wall; weakest line at its inner edge
_CLEARER = 0.3  # of a line: so much stronger, and it is the side of a lane in place of another
_EVEN = 0.2  # contrast along a wall
_AS_THICK = 1.5  # times thicker: more, and two strips are not both walls of one box


def on_lines(seen: LaneRows, group: LaneGroup) -> LaneGroup:
    """Move sides to the peak of their line, or, from hardly any line, to one near by.

    No core is as thick as the next, and no lane as far from it.
    """
    line, sides = seen.line, np.array(group.sides).ravel()
    moved = sides.copy()
    for number, row in enumerate(sides):
        inward = 1 if number % 2 == 0 else -1
        others = np.delete(sides, number)
        free = min(0.45 * float(np.abs(others - row).min()), LOOSE * group.width)
        low, high = sorted((row - inward * free, row + inward * LOOSE * group.width))
        start, stop = (min(max(0, round(end)), len(seen) - 1) for end in (low, high))
        best = start + int(line[start : stop + 1].argmax())
        at = _climbed(line, min(max(start, round(row)), stop), (start, stop))
        moved[number] = at if abs(at - row) > 1 else row
        if line[best] > line[max(0, at - 1) : at + 2].max(initial=0.0) + _CLEARER:
            moved[number] = best
    pairs = moved.reshape(-1, 2).tolist()
    return LaneGroup(tuple((first, last) for first, last in pairs), group.scores, group.divider)


def _climbed(line: Profile, row: int, within: tuple[int, int]) -> int:
    """Return the peak that the flank at a row leads to."""
    while True:
        near = [near for near in (row - 1, row + 1) if within[0] <= near <= within[1]]
        higher = max(near, key=lambda each: line[each], default=row)
        if line[higher] <= line[row]:
            return row
        row = higher


def within_walls(seen: LaneRows, group: LaneGroup) -> LaneGroup:
    """Move sides in that are edges of the box rather than of its lanes."""
    rows = peaks(seen.line)
    rows = rows[seen.line[rows] > _INNER_EDGE].astype(float)
    if not np.isfinite(seen.outside).any():
        return _within_equal_walls(seen, group, np.asarray(rows, float))
    sides = []
    for first, last in group.sides:
        reach = _WALL * (last - first)
        below = rows[(rows >= first + 3) & (rows < first + reach)]
        above = rows[(rows <= last - 3) & (rows > last - reach)][::-1]
        inner = next((row for row in below if _is_wall(seen, first, row, first - 4)), first)
        sides.append((inner, next((row for row in above if _is_wall(seen, row, last, last + 4)), last)))
    return LaneGroup(tuple(sides), group.scores, group.divider)


def _within_equal_walls(seen: LaneRows, group: LaneGroup, rows: Profile) -> LaneGroup:
    """Move the outermost sides in where both walls are as thick and of one color.

    So they are told where a box is as long as its photograph, and nothing is seen left and right of it.
    """
    top, bottom = group.sides[0][0], group.sides[-1][1]
    reach = _WALL * group.width
    for first in rows[(rows >= top + 3) & (rows < top + reach)]:
        for last in rows[(rows <= bottom - 3) & (rows > bottom - reach)][::-1]:
            alike = max(first - top, bottom - last) < _AS_THICK * min(first - top, bottom - last)
            if alike and _are_walls(seen, (top, first, top - 4), (last, bottom, bottom + 4)):
                sides = np.array(group.sides)
                sides[0, 0], sides[-1, 1] = first, last
                return LaneGroup(tuple((a, b) for a, b in sides.tolist()), group.scores, group.divider)
    return group


def _are_walls(seen: LaneRows, *strips: tuple[float, float, float]) -> bool:
    """Tell whether strips, each with a row beyond it, are of one color that is not the one beyond."""
    colors = [seen.blocks[int(first) + 2 : max(int(first) + 3, int(last) - 1)] for first, last, _ in strips]
    typical = np.median(np.concatenate([color.mean(axis=0) for color in colors]), axis=0)
    uneven = [np.mean([contrast(each, typical) for each in color.mean(axis=0)]) for color in colors]
    beyond = [contrast(seen.color_between(row - 2, row + 2), typical) for _, _, row in strips]
    return bool(max(uneven) < _EVEN and min(beyond) > _SAME_COLOR)


def _is_wall(seen: LaneRows, first: float, last: float, beyond: float) -> bool:
    """Tell whether two rows part what lies around the box, seen at a third, from one color all along."""
    rows = slice(int(first) + 2, max(int(first) + 3, int(last) - 1))
    colors = seen.blocks[rows].mean(axis=0)
    typical = np.median(colors, axis=0)
    around = seen.outside[rows].mean(axis=0)[:3]
    even = np.mean([contrast(color, typical) for color in colors]) < _EVEN
    table = contrast(seen.color_between(beyond - 2, beyond + 2), around) < _SAME_COLOR
    return bool(even and table and contrast(around, typical) > _SAME_COLOR)


def is_table(seen: LaneRows, lane: Sides, group: LaneGroup) -> bool:
    """Tell whether what lies around the box goes on between two lines that do not run together.

    The sides of a lane that is filled in part run together as far as its core, and the rest of it is its
    floor. Between a wall and a header the table is seen, or, where there are no walls, letters.
    """
    first, last = lane
    rows = _inner_rows(lane)
    beside = seen.outside[rows].mean(axis=0)
    if not np.isfinite(beside).all():
        return False
    if _has_no_walls(seen, group, beside):
        usual = np.median([_solid_run(seen.blocks[_inner_rows(each)], beside) for each in group.sides])
        return _solid_run(seen.blocks[rows], beside) < min(_SOLID, _AS_SOLID * float(usual))
    one, two = seen.agreeing(first), seen.agreeing(last)
    if (one & two).sum() > _TOGETHER * (one | two).sum():
        return False
    return bool((_like_table(seen, lane) & ~(one & two)).mean() > _TABLE)


def is_all_table(seen: LaneRows, lane: Sides, group: LaneGroup) -> bool:
    """Tell whether nothing but what lies around the box is seen between two lines."""
    beside = seen.outside[_inner_rows(lane)].mean(axis=0)
    known = np.isfinite(beside).all() and not _has_no_walls(seen, group, beside)
    return bool(known and _like_table(seen, lane).mean() > _WHOLE)


def _like_table(seen: LaneRows, lane: Sides) -> NDArray[np.bool_]:
    """Return which blocks of a lane have color and texture of what lies around the box."""
    rows = _inner_rows(lane)
    beside = seen.outside[rows].mean(axis=0)
    colors, texture = seen.blocks[rows].mean(axis=0), seen.textures[rows].mean(axis=0)
    alike = np.array([contrast(color, beside[:3]) for color in colors]) < _SAME_COLOR
    return np.asarray(alike & (np.abs(_ratio(texture, beside[3])) < _SAME_TEXTURE))


def _has_no_walls(seen: LaneRows, group: LaneGroup, beside: Profile) -> bool:
    """Tell whether lanes lie on what is also seen around them, such as a black cloth."""
    thick = max(2.0, 0.06 * group.width)
    margins = [(first - thick, first) for first, _ in group.sides]
    margins += [(last, last + thick) for _, last in group.sides]
    rows = np.concatenate([np.arange(max(0, int(a)), min(len(seen), int(b) + 1)) for a, b in margins])
    rough = float(np.abs(_ratio(np.median(seen.textures[rows]), beside[3])))
    return rough < _SAME_TEXTURE and contrast(beside[:3], group.divider) < _SAME_CLOTH


def _solid_run(color: Field, beside: Profile) -> float:
    """Return the longest run of blocks that are not like what lies around from one side to the other."""
    step = max(1, len(color) // 12)
    other = np.array([[contrast(each, beside[:3]) for each in row] for row in color[::step]])
    solid = (other > _OTHER_COLOR).mean(axis=0) > _WHOLE
    runs = np.diff(np.flatnonzero(~np.r_[False, solid, False])) - 1
    return float(runs.max() / len(solid))


def _ratio(texture: Any, other: Any) -> Any:
    """Return how much rougher something is, as a logarithm."""
    return np.log((texture + 1) / (other + 1))


def _inner_rows(lane: Sides) -> slice:
    """Return the rows of a lane that are surely within it."""
    inset = 0.15 * (lane[1] - lane[0])
    return slice(int(lane[0] + inset), int(lane[1] - inset) + 1)
