"""What lies between two lines: a lane, the wall of a box, or the table that the box stands on.

What is seen left and right of the lanes tells what lies around the box.
"""

from __future__ import annotations

from dataclasses import replace
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
_WALL = 0.35  # of the width of a lane, thickest wall
_INNER_EDGE, _FAINT_EDGE = 0.4, 0.25  # weakest line at its inner edge, and where it has a divider's color
_CLEARER = 0.3  # of a line: so much stronger, and it is the side of a lane in place of another
_EVEN = 0.2  # contrast along a wall
_DARKEST = 0.2  # of its light: what is darker, such as black cloth, tells nothing of shadows
_AS_THICK = 1.5  # times thicker: more, and two strips are not both walls of one box


def on_lines(seen: LaneRows, group: LaneGroup) -> LaneGroup:
    """Move sides to the peak of their line, or, from hardly any line, to one near by.

    No core is as thick as the next, and no lane as far from it. Where core or floor is dark at its rim, the
    lane begins at a line as clear as that of the rim, beyond it, where the divider ends.
    """
    line, sides = seen.line, np.array(group.sides).ravel()
    lines = peaks(line, 2)
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
        own = line[max(0, at - 1) : at + 2].max(initial=0.0)
        rows = lines[(lines >= start) & (lines <= stop) & (line[lines] >= own)]
        outer = [row for row in rows if inward * (row - at) < -1 and _is_other(seen, group, at, row)]
        if line[best] > own + _CLEARER:
            moved[number] = best
        elif len(outer):
            moved[number] = outer[0] if inward > 0 else outer[-1]
    return replace(group, sides=tuple((first, last) for first, last in moved.reshape(-1, 2).tolist()))


def _is_other(seen: LaneRows, group: LaneGroup, row: int, outer: int) -> bool:
    """Tell whether something else than a divider lies between two rows."""
    return contrast(seen.color_between(*sorted((row, outer))), group.divider) > _SAME_COLOR


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
    rows = rows[seen.line[rows] > _FAINT_EDGE].astype(float)
    if not np.isfinite(seen.outside).any():
        return _within_equal_walls(seen, group, np.asarray(rows, float))
    sides = []
    for first, last in group.sides:
        reach = _WALL * (last - first)
        below = rows[(rows >= first + 3) & (rows < first + reach)]
        above = rows[(rows <= last - 3) & (rows > last - reach)][::-1]
        inner = [row for row in below if _is_wall(seen, (first, row), first - 4, row, group.divider)]
        outer = [row for row in above if _is_wall(seen, (row, last), last + 4, row, group.divider)]
        sides.append((_strongest(seen, inner, first), _strongest(seen, outer, last)))
    return _moved_in(seen, group, sides)


def _moved_in(seen: LaneRows, group: LaneGroup, sides: list[Sides]) -> LaneGroup:
    """Return lanes with their new sides; the walls of a lone lane tell the color of dividers."""
    (top, bottom), (first, last) = (group.sides[0][0], group.sides[-1][1]), (sides[0][0], sides[-1][1])
    walled, divider = top < first and last < bottom, group.divider
    if walled and len(sides) == 1:
        divider = np.mean([seen.color_between(top, first), seen.color_between(last, bottom)], axis=0)
    return replace(group, sides=tuple(sides), divider=divider, walled=walled)


def _strongest(seen: LaneRows, rows: list[float], otherwise: float) -> float:
    """Return the row with the strongest line, the first of several alike."""
    return max(rows, key=lambda row: seen.line[int(row)], default=otherwise)


def _within_equal_walls(seen: LaneRows, group: LaneGroup, rows: Profile) -> LaneGroup:
    """Move in the sides of lanes that are boxes of their own, or the outermost ones of a box.

    So they are told where a box is as long as its photograph, and nothing is seen left and right of it.
    """
    rows = rows[seen.line[rows.astype(int)] > _INNER_EDGE]
    inner = [_between_walls(seen, lane, group.width, rows) for lane in group.sides]
    sides = [lane for lane in inner if lane is not None]
    if len(sides) < len(inner):
        around = _between_walls(seen, (group.sides[0][0], group.sides[-1][1]), group.width, rows)
        ends = np.array(group.sides)
        ends[0, 0], ends[-1, 1] = around or (ends[0, 0], ends[-1, 1])
        sides = [(first, last) for first, last in ends.tolist()]
    return _moved_in(seen, group, sides)


def _between_walls(seen: LaneRows, outer: Sides, width: float, rows: Profile) -> Sides | None:
    """Return the inner edges of two walls that are as thick and of one color, if there are any."""
    top, bottom = outer
    reach = _WALL * width
    for first in rows[(rows >= top + 3) & (rows < top + reach)].tolist():
        for last in rows[(rows <= bottom - 3) & (rows > bottom - reach)][::-1].tolist():
            alike = max(first - top, bottom - last) < _AS_THICK * min(first - top, bottom - last)
            if alike and _are_walls(seen, (top, first, top - 4), (last, bottom, bottom + 4)):
                return first, last
    return None


def _are_walls(seen: LaneRows, *strips: tuple[float, float, float]) -> bool:
    """Tell whether strips, each with a row beyond it, are of one color that is not the one beyond.

    A shadow across the box falls on all of them.
    """
    colors = [seen.blocks[int(first) + 2 : max(int(first) + 3, int(last) - 1)] for first, last, _ in strips]
    means = np.array([color.mean(axis=0) for color in colors])
    light = means[..., 0].mean(axis=0)
    lit = means / np.maximum(light / np.median(light), _DARKEST)[:, None]
    typical = np.median(lit, axis=(0, 1))
    uneven = [np.mean([contrast(each, typical) for each in color]) for color in lit]
    beyond = [contrast(seen.color_between(row - 2, row + 2), typical) for _, _, row in strips]
    return bool(max(uneven) < _EVEN and min(beyond) > _SAME_COLOR)


def _is_wall(seen: LaneRows, strip: Sides, beyond: float, edge: float, divider: Profile) -> bool:
    """Tell whether two rows part what lies around the box, seen at a third, from one color all along.

    Where the line at its inner edge is faint, it must be the color of the dividers.
    """
    first, last = strip
    rows = slice(int(first) + 2, max(int(first) + 3, int(last) - 1))
    colors = seen.blocks[rows].mean(axis=0)
    typical = np.median(colors, axis=0)
    around = seen.outside[rows].mean(axis=0)[:3]
    even = np.mean([contrast(color, typical) for color in colors]) < _EVEN
    table = contrast(seen.color_between(beyond - 2, beyond + 2), around) < _SAME_COLOR
    seen_well = seen.line[int(edge)] > _INNER_EDGE or contrast(typical, divider) < _SAME_COLOR
    return bool(even and table and seen_well and contrast(around, typical) > _SAME_COLOR)


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
