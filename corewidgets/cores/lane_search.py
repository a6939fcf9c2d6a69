"""Which of the lines of a box are the sides of its lanes: many hypotheses, one score.

The lanes of a box are equally wide and equally far from each other. A hypothesis is a first lane, a distance
to the next, and a number of lanes. It scores for lines where sides should be, for lanes that are rougher
than the dividers between them or of another color, and for dividers that all have one color; lines within
a lane, and dividers wider than lanes, speak against it. What lies around a box (header, ruler, color card)
is no lane because it fits into no such row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from corewidgets.cores.lane_rows import LaneRows, peaks

__all__ = ["LaneGroup", "find_groups"]

Field = NDArray[np.float32]
Profile = NDArray[np.float64]
Sides = tuple[float, float]

_MOST_LANES = 12
_MOST_LINES = 46
_WEAKEST = 0.22  # of a line
_THINNEST = 0.025  # of the height of the photograph; no lane is thinner
_THICKEST = 0.98
_TOLERANCE = 0.04  # of the width of a lane, by which its side may lie off
_LOOSE = 0.08  # the same of a lane beside those that are known: core may be thinner than its channel
_INSET = 0.09  # of the width of a lane, within which the core may part from the wall
_TYPICAL_LINE = 0.42  # a lane whose sides are weaker counts against a hypothesis
_N_JUDGED = 150
_LEAST = 0.2  # score of a lane of its own
_CLEARLY = 1.1  # times better: lanes are of two boxes rather than of one
_POOREST = 0.05  # mean score of lanes whose number is known
_TOGETHER = 0.75  # share of their blocks: more, and two lines are sides of one lane
_SAME_COLOR, _SAME_TEXTURE = 0.35, 0.3  # contrast and ratio (logarithm): less, and it is the same material
_SAME_CLOTH, _OTHER_COLOR = 0.75, 0.6  # contrasts: dark cloth that is lit unevenly; what is surely no cloth
_TABLE = 0.09  # of the blocks of a lane that look like what lies around: with more it is none
_WHOLE, _SOLID = 0.85, 0.15  # of the rows of a block, and of the blocks: core, unlike letters, is solid
_WALL, _INNER_EDGE = 0.35, 0.4  # of the width of a lane, thickest wall; weakest line at its inner edge
_CLEARER = 0.3  # of a line: so much stronger, and it is the side of a lane in place of another
_EVEN = 0.2  # contrast along a wall
_LEAST_MORE = 0.7  # times the score: a second box is rather taken to have as many lanes as the first
_COVERED = 0.55  # share of a line that must be seen where a second box begins or ends
_ALIKE = 0.12  # lanes of a second box differ in width by less


@dataclass(frozen=True)
class LaneGroup:
    """Lanes of one box.

    Attributes
    ----------
    sides : tuple of (float, float)
        First and last row of each lane of the straightened photograph, from top to bottom.
    scores : tuple of float
        Of each: above 0.5 there is little doubt, below 0.2 much.
    divider : ndarray of float64, (3,)
        Color of what lies between the lanes.
    """

    sides: tuple[Sides, ...]
    scores: tuple[float, ...]
    divider: Profile

    @property
    def width(self) -> float:
        """Typical width of a lane."""
        return float(np.median([stop - start for start, stop in self.sides]))

    @property
    def total(self) -> float:
        """Sum of the scores."""
        return sum(self.scores)


def find_groups(rows: LaneRows, n_lanes: int | None = None) -> list[LaneGroup]:
    """Find the lanes of one box, or of two that lie beside each other.

    Parameters
    ----------
    rows : LaneRows
    n_lanes : int, optional
        How many there are in all, where it is known.

    Returns
    -------
    list of LaneGroup
        From top to bottom; empty where there is nothing like a lane.
    """
    search = _Search(rows)
    groups = search.groups()
    if n_lanes is None or sum(len(group.sides) for group in groups) == n_lanes:
        return groups
    forced = [[group] for group in [search.best(n_lanes)] if group]
    if n_lanes % 2 == 0 and (first := search.best(n_lanes // 2)):
        second = search.best(n_lanes // 2, beside=first)
        forced += [[first, second]] if second else []
    best = max(forced, key=lambda each: _sum(each) / _CLEARLY ** (len(each) - 1), default=[])
    if _sum(best) < _POOREST * n_lanes:
        return groups
    return sorted(best, key=_first_row)


def _contrast(color: Profile, divider: Profile) -> float:
    """Return how far a color is from that of a divider, 0 to 1; light may differ by a fifth."""
    return min(1.0, float(np.abs(color - divider).sum()) / (3 * (12 + 0.18 * abs(divider[0]))))


def _ratio(texture: Any, other: Any) -> Any:
    """Return how much rougher something is, as a logarithm."""
    return np.log((texture + 1) / (other + 1))


def _sum(groups: Sequence[LaneGroup]) -> float:
    return sum(group.total for group in groups)


def _first_row(group: LaneGroup) -> float:
    return group.sides[0][0]


class _Search:
    def __init__(self, rows: LaneRows) -> None:
        self.rows, self.n = rows, len(rows)
        self.rough_sums = np.concatenate([[0.0], np.cumsum(rows.roughness)])
        low, high = np.percentile(rows.roughness, [10, 90])
        self.spread = max(0.25, float(high - low))
        self.near = ndimage.maximum_filter1d(rows.line, 3)

    def groups(self) -> list[LaneGroup]:
        """Return one box, and another where it looks the same."""
        return [self._on_lines(self._within_walls(group)) for group in self._boxes()]

    def _boxes(self) -> list[LaneGroup]:
        first = self.best()
        if first is None:
            return []
        found = self._with_another(self._pruned(self._extended(first)))
        n_lanes = len(first.sides)
        if n_lanes > 1 and (half := self.best(n_lanes // 2)):  # two boxes that seem to be one
            halves = self._with_another(half)  # of an odd number, the space between them seems to be a lane
            n_halves = sum(len(group.sides) for group in halves)
            if n_halves == n_lanes // 2 * 2 and _sum(halves) > _CLEARLY * _sum(found):
                return halves
        return found

    def _with_another(self, first: LaneGroup) -> list[LaneGroup]:
        """Return a box with one that lies beside it; boxes that lie together mostly have as many lanes."""
        second = self._another_box(first)
        if second is None:
            return [first]
        n_lanes = len(first.sides)
        second = self._extended(second, n_lanes, beside=first)
        if len(second.sides) < n_lanes and (as_many := self.best(n_lanes, beside=first)):
            ends = (as_many.sides[0], as_many.sides[-1])
            if as_many.total > _LEAST_MORE * second.total and not any(
                self._is_table(end, first) for end in ends
            ):
                second = as_many
        return sorted([first, second], key=_first_row)

    def _another_box(self, first: LaneGroup) -> LaneGroup | None:
        """Return what lies beside a box and is one too, without poor lanes at its ends."""
        second = self.best(beside=first)
        while second is not None and not self._is_another_box(first, second):
            if len(second.sides) == 1:
                return None
            kept = slice(1, None) if second.scores[0] < second.scores[-1] else slice(-1)
            second = LaneGroup(second.sides[kept], second.scores[kept], second.divider)
        return second

    def _pruned(self, group: LaneGroup) -> LaneGroup:
        """Leave out lanes at the ends that no wall closes and that are worse than the others: a header."""
        sides, scores = list(group.sides), list(group.scores)
        thick = max(2.0, 0.06 * group.width)
        for last in (False, True):
            while len(sides) > 1:
                at, outer = (-1, sides[-1][1]) if last else (0, sides[0][0])
                poor = scores[at] < 0.8 * float(np.median(scores)) and self.rows.coverage(outer) < 0.9
                closed = poor and self._is_closed(outer, thick if last else -thick, group.divider)
                if not self._is_table(sides[at], group) and (not poor or closed):
                    break
                del sides[at], scores[at]
        return LaneGroup(tuple(sides), tuple(scores), group.divider)

    def _on_lines(self, group: LaneGroup) -> LaneGroup:
        """Move sides that lie on hardly any line to one near by: no core is as thick as the next."""
        line, sides = self.rows.line, np.array(group.sides).ravel()
        moved = sides.copy()
        for number, row in enumerate(sides):
            inward = 1 if number % 2 == 0 else -1
            others = np.delete(sides, number)
            free = min(0.45 * float(np.abs(others - row).min()), _LOOSE * group.width)
            low, high = sorted((row - inward * free, row + inward * _LOOSE * group.width))
            rows = np.arange(max(0, round(low)), min(self.n - 1, round(high)) + 1)
            best = rows[np.argmax(line[rows])] if len(rows) else row
            if line[round(best)] > line[min(round(row), self.n - 1)] + _CLEARER:
                moved[number] = best
        pairs = moved.reshape(-1, 2).tolist()
        return LaneGroup(tuple((first, last) for first, last in pairs), group.scores, group.divider)

    def _within_walls(self, group: LaneGroup) -> LaneGroup:
        """Move sides in that are edges of the box rather than of its lanes."""
        rows = peaks(self.rows.line)
        rows = rows[self.rows.line[rows] > _INNER_EDGE].astype(float)
        sides = []
        for first, last in group.sides:
            reach = _WALL * (last - first)
            below = rows[(rows >= first + 3) & (rows < first + reach)]
            above = rows[(rows <= last - 3) & (rows > last - reach)][::-1]
            inner = next((row for row in below if self._is_wall(first, row, first - 4)), first)
            sides.append((inner, next((row for row in above if self._is_wall(row, last, last + 4)), last)))
        return LaneGroup(tuple(sides), group.scores, group.divider)

    def _is_wall(self, first: float, last: float, beyond: float) -> bool:
        """Tell whether two rows part what lies around the box, seen at a third, from one color all along."""
        rows = slice(int(first) + 2, max(int(first) + 3, int(last) - 1))
        colors = self.rows.blocks[rows].mean(axis=0)
        typical = np.median(colors, axis=0)
        around = self.rows.outside[rows].mean(axis=0)[:3]
        even = np.mean([_contrast(color, typical) for color in colors]) < _EVEN
        table = _contrast(self._color(beyond - 2, beyond + 2), around) < _SAME_COLOR
        return bool(even and table and _contrast(around, typical) > _SAME_COLOR)

    def _is_table(self, lane: Sides, group: LaneGroup) -> bool:
        """Tell whether what lies around the box goes on between two lines that do not run together.

        The sides of a lane that is filled in part run together as far as its core, and the rest of it is its
        floor. Between a wall and a header the table is seen, or, where there are no walls, letters.
        """
        first, last = lane
        inset = 0.15 * (last - first)
        rows = slice(int(first + inset), int(last - inset) + 1)
        beside = self.rows.outside[rows].mean(axis=0)
        one, two = self.rows.agreeing(first), self.rows.agreeing(last)
        if (one & two).sum() > _TOGETHER * (one | two).sum() or not np.isfinite(beside).all():
            return False
        color, texture = self.rows.blocks[rows], self.rows.textures[rows].mean(axis=0)
        alike = np.array([_contrast(each, beside[:3]) for each in color.mean(axis=0)]) < _SAME_COLOR
        alike &= np.abs(_ratio(texture, beside[3])) < _SAME_TEXTURE
        if (alike & ~(one & two)).mean() < _TABLE:
            return False
        return not (self._has_no_walls(group, beside) and self._solid_run(color, beside) > _SOLID)

    def _has_no_walls(self, group: LaneGroup, beside: Profile) -> bool:
        """Tell whether lanes lie on what is also seen around them, such as a black cloth."""
        thick = max(2.0, 0.06 * group.width)
        margins = [(first - thick, first) for first, _ in group.sides]
        margins += [(last, last + thick) for _, last in group.sides]
        rows = np.concatenate([np.arange(max(0, int(a)), min(self.n, int(b) + 1)) for a, b in margins])
        rough = float(np.abs(_ratio(np.median(self.rows.textures[rows]), beside[3])))
        return rough < _SAME_TEXTURE and _contrast(beside[:3], group.divider) < _SAME_CLOTH

    def _solid_run(self, color: Field, beside: Profile) -> float:
        """Return the longest run of blocks that are not like what lies around from one side to the other."""
        step = max(1, len(color) // 12)
        other = np.array([[_contrast(each, beside[:3]) for each in row] for row in color[::step]])
        solid = (other > _OTHER_COLOR).mean(axis=0) > _WHOLE
        runs = np.diff(np.flatnonzero(~np.r_[False, solid, False])) - 1
        return float(runs.max() / len(solid))

    def _is_another_box(self, first: LaneGroup, second: LaneGroup) -> bool:
        """Tell whether a second group is as good as the first, and neither header nor ruler."""
        if second.total / len(second.scores) < 0.6 * first.total / len(first.scores):
            return False
        outer = (second.sides[0][0], second.sides[-1][1])
        if min(self.rows.coverage(row) for row in outer) < _COVERED:
            return False
        thick = max(2.0, 0.06 * second.width)
        return all(
            self._is_closed(row, away, first.divider)
            for row, away in zip(outer, (-thick, thick), strict=True)
        )

    def best(self, n_lanes: int | None = None, beside: LaneGroup | None = None) -> LaneGroup | None:
        """Return the hypothesis with the highest score, or none where all are poor."""
        line = self.rows.line
        if beside is not None:
            line = line.copy()
            margin = 0.03 * beside.width
            line[max(0, int(beside.sides[0][0] - margin)) : int(beside.sides[-1][1] + margin) + 1] = 0
        hypotheses = self._hypotheses(line, beside)
        if not len(hypotheses):
            return None
        totals = self._totals(hypotheses, line)
        if n_lanes is not None:
            kept = np.full_like(totals, -99.0)
            if n_lanes > len(totals):
                return None
            kept[n_lanes - 1] = totals[n_lanes - 1]
            totals = kept
        order = np.argsort(-totals, axis=None)[:_N_JUDGED]
        judged = [
            self._judge(hypotheses[index], number + 1, line, beside)
            for number, index in np.transpose(np.unravel_index(order, totals.shape))
            if totals[number, index] > -1
        ]
        group = max(judged, key=lambda group: group.total, default=None)
        if group is None or (n_lanes is None and group.total < _LEAST):
            return None
        return group

    def _is_closed(self, row: float, thick: float, divider: Profile) -> bool:
        """Tell whether something of the color of the dividers lies beyond a side."""
        beyond = [sorted((row, row + thick)), sorted((row + thick, row + 2.5 * thick))]
        return min(_contrast(self._color(*pair), divider) for pair in beyond) < _COVERED

    # --- hypotheses ------------------------------------------------------------------------------

    def _hypotheses(self, line: Profile, beside: LaneGroup | None) -> Profile:
        """Return first row, width and distance of lanes ``(n, 3)``; the distance is 0 for a single one."""
        rows = peaks(line)
        rows = rows[line[rows] > _WEAKEST]
        rows = np.sort(rows[np.argsort(-line[rows])][:_MOST_LINES])
        first, last = np.triu_indices(len(rows), 1)
        width = rows[last] - rows[first]
        kept = (width >= max(10, _THINNEST * self.n)) & (width <= _THICKEST * self.n)
        kept &= line[rows[first]] + line[rows[last]] > 0.75
        if beside is not None:
            kept &= np.abs(width / beside.width - 1) < _ALIKE
        made = []
        for start, wide in zip(rows[first[kept]], width[kept], strict=True):
            made.append((start, wide, 0))
            distances = rows - start
            fits = distances[(distances >= wide + 2) & (distances <= 1.9 * wide + 4)]
            made += [(start, wide, distance) for distance in fits]
        return np.array(made, float).reshape(-1, 3)

    def _totals(self, hypotheses: Profile, line: Profile) -> Profile:
        """Return the score of each hypothesis with 1, 2, ... lanes, ``(n_lanes, n)``, quickly and roughly."""
        start, width, distance = hypotheses.T
        between = np.where(distance > 0, np.maximum(distance - width, 2), 0.08 * width)
        margin = np.minimum(between, 0.12 * width)
        totals, total = [], np.zeros(len(hypotheses))
        for number in range(_MOST_LANES):
            first = start + number * distance
            last = first + width
            sides = [self._near(line, side, _TOLERANCE * width) for side in (first, last)]
            rock = self._roughness(first + 0.1 * width, last - 0.1 * width)
            beyond = np.minimum(
                self._roughness(last + 0.1 * margin, last + 0.9 * margin),
                self._roughness(first - 0.9 * margin, first - 0.1 * margin),
            )
            lane = (sides[0] + sides[1]) / 2 - _TYPICAL_LINE
            lane += 0.45 * np.clip((rock - beyond) / self.spread, -1, 1)
            lane -= 0.5 * np.clip(self._inside(first + _INSET * width, last - _INSET * width) - 0.45, 0, None)
            lane[np.minimum(*sides) < 0.12] = -1.0
            lane[last > self.n + 1] = -9.0
            total = total + lane
            totals.append(total - (number + 1) * 0.6 * np.clip(between / width - 0.45, 0, None))
        made = np.array(totals)
        made[1:, distance == 0] = -99.0
        made[0, distance > 0] = -99.0
        return made

    def _near(self, line: Profile, rows: Profile, tolerance: Profile) -> Profile:
        """Return the strongest line near each of several rows, 0 outside the photograph."""
        at = np.rint(rows).clip(0, self.n - 1).astype(int)
        strongest = np.zeros(len(rows))
        for reach in (1, 2, 3, 4, 6, 8):
            wide = tolerance.clip(1, 8) >= reach - 0.5
            strongest = np.where(wide, ndimage.maximum_filter1d(line, 2 * reach + 1)[at], strongest)
        return np.asarray(strongest * ((rows >= -2) & (rows <= self.n + 1)))

    def _roughness(self, first: Profile, last: Profile) -> Profile:
        start = np.rint(first).clip(0, self.n - 1).astype(int)
        stop = np.maximum(np.rint(last).clip(1, self.n).astype(int), start + 1)
        return np.asarray((self.rough_sums[stop] - self.rough_sums[start]) / (stop - start))

    def _inside(self, first: Profile, last: Profile) -> Profile:
        """Return the strongest line between rows."""
        starts, stops = (np.rint(rows).clip(0, self.n).astype(int) for rows in (first, last))
        return np.array(
            [
                self.near[start:stop].max() if stop > start else 0.0
                for start, stop in zip(starts, stops, strict=True)
            ]
        )

    # --- judgement -------------------------------------------------------------------------------

    def _judge(
        self,
        hypothesis: Profile,
        n_lanes: int,
        line: Profile,
        beside: LaneGroup | None,
    ) -> LaneGroup:
        """Look at one hypothesis closely."""
        start, width, distance = map(float, hypothesis)
        sides = [
            (self._snapped(line, first, width), self._snapped(line, first + width, width))
            for first in start + distance * np.arange(n_lanes)
        ]
        thick = min(max(distance - width, 2.0), 0.12 * width) if distance else 0.08 * width
        margins = [
            (self._color(first - thick, first), self._color(last, last + thick)) for first, last in sides
        ]
        if beside is not None:
            divider = beside.divider
        else:
            inner = [color for pair in margins for color in pair]
            divider = np.median(inner[1:-1] if n_lanes > 1 else inner, axis=0)
        scores = [
            self._score(lane, pair, thick, divider, line) for lane, pair in zip(sides, margins, strict=True)
        ]
        wide = 0.6 * max(0.0, (distance - width) / width - 0.45) if distance else 0.0
        return LaneGroup(tuple(sides), tuple(score - wide for score in scores), divider)

    def _score(
        self, lane: Sides, margins: tuple[Profile, Profile], thick: float, divider: Profile, line: Profile
    ) -> float:
        first, last = lane
        width = last - first
        if width < 4:
            return -1.0
        strength = [line[min(max(round(side), 0), self.n - 1)] for side in lane]
        bounds = np.array(
            [[first + 0.1 * width, last - 0.1 * width], [first - thick, first - 1], [last + 1, last + thick]]
        )
        rock, above, below = self._roughness(*bounds.T)
        rougher = np.clip((rock - min(above, below)) / self.spread, -1, 1)
        within = self.rows.blocks[int(first + 0.15 * width) : int(last - 0.15 * width) + 1].mean(axis=0)
        colored = float(np.median([_contrast(color, divider) for color in within]))
        other = np.mean([_contrast(color, divider) for color in margins])
        strongest = self._inside(np.array([first + _INSET * width]), np.array([last - _INSET * width]))[0]
        return float(
            np.mean(strength)
            - _TYPICAL_LINE
            + 0.3 * rougher
            + 0.2 * colored
            - 0.45 * other
            - 0.5 * max(0.0, strongest - 0.45)
            - 0.8 * max(0.0, 0.45 - min(strength))
        )

    def _snapped(self, line: Profile, row: float, width: float, tolerance: float = _TOLERANCE) -> float:
        """Return the strongest line near a row, the nearer the better."""
        reach = max(1, round(tolerance * width))
        at = round(row)
        rows = np.arange(max(0, at - reach), min(self.n, at + reach + 1))
        if not len(rows):
            return row
        return float(rows[np.argmax(line[rows] - 0.3 * (np.abs(rows - row) / (reach + 1)) ** 2)])

    def _color(self, first: float, last: float) -> Profile:
        """Return the color of a margin without the blur at its side."""
        inset = min(1.0, 0.2 * (last - first))
        start = int(np.clip(round(first + inset), 0, self.n - 1))
        stop = int(np.clip(round(last - inset) + 1, start + 1, self.n))
        return np.asarray(np.median(self.rows.color[start:stop], axis=0))

    # --- lanes that are core in part -------------------------------------------------------------

    def _extended(
        self, group: LaneGroup, most: int = _MOST_LANES, beside: LaneGroup | None = None
    ) -> LaneGroup:
        """Add lanes at either end that the core fills in part, where no wall is seen."""
        if len(group.sides) < 2:
            return group
        starts = [first for first, _ in group.sides]
        distance = float(np.median(np.diff(starts)))
        sides, scores = list(group.sides), list(group.scores)
        short = 0.9 * self.rows.short_line
        for step in (1, -1):
            while len(sides) < most:
                first = sides[-1 if step > 0 else 0][0] + step * distance
                lane = (
                    self._snapped(short, first, group.width, _LOOSE),
                    self._snapped(short, first + group.width, group.width, _LOOSE),
                )
                if first < 0 or lane[1] > self.n - 1 or lane[1] - lane[0] < 0.8 * group.width:
                    break
                if beside is not None and lane[0] < beside.sides[-1][1] and lane[1] > beside.sides[0][0]:
                    break
                thick = min(max(distance - group.width, 2.0), 0.12 * group.width)
                margins = (self._color(lane[0] - thick, lane[0]), self._color(lane[1], lane[1] + thick))
                score = self._score(lane, margins, thick, group.divider, short)
                if score < _LEAST or min(short[int(side)] for side in lane) < 0.45:
                    break
                at = len(sides) if step > 0 else 0
                sides.insert(at, lane)
                scores.insert(at, score)
        return LaneGroup(tuple(sides), tuple(scores), group.divider)
