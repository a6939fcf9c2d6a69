"""Which of the lines of a box are the sides of its lanes: many hypotheses, one score.

The lanes of a box are equally wide and equally far from each other. A hypothesis is a first lane, a distance
to the next, and a number of lanes. It scores for lines where sides should be, for lanes that are rougher
than the dividers between them or of another color, and for dividers that all have one color; lines within
a lane, and dividers wider than lanes, speak against it. What lies around a box (header, ruler, color card)
is no lane because it fits into no such row.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from corewidgets.cores.lane_group import LaneGroup, Sides, contrast
from corewidgets.cores.lane_rows import LaneRows, peaks
from corewidgets.cores.lane_table import LOOSE, is_all_table, is_table, on_lines, within_walls

__all__ = ["LaneGroup", "find_groups"]

Profile = NDArray[np.float64]

_MOST_LANES = 12
_MOST_LINES = 46
_WEAKEST = 0.22  # of a line
_THINNEST = 0.025  # of the height of the photograph; no lane is thinner
_THICKEST = 0.98  # of the same
_TOLERANCE = 0.04  # of the width of a lane, by which its side may lie off
_THICK = 4.0  # rows: of thinner dividers the two sides are one line
_INSET = 0.09  # of the width of a lane, within which the core may part from the wall
_TYPICAL_LINE = 0.42  # a lane whose sides are weaker counts against a hypothesis
_N_JUDGED = 150
_LEAST = 0.2  # score of a lane of its own
_CLEARLY = 1.1  # times better: lanes are of two boxes rather than of one
_POOREST = 0.05  # mean score of lanes whose number is known
_PARTED, _CLEAR, _NARROW = 0.2, 0.75, 0.6  # of its width inside of a lane, a line; and the width of its parts
_LEAST_MORE = 0.7  # times the score: a second box is rather taken to have as many lanes as the first
_SAME_DISTANCE = 0.05  # of the width of a lane: so little, and a distance is that to the next lane of a box
_COVERED = 0.55  # share of a line that must be seen where a second box begins or ends
_SHADE = 0.6  # of the light on one box, that another has at least
_ALIKE = 0.12  # lanes of a second box differ in width by less


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
    return [on_lines(rows, within_walls(rows, group)) for group in sorted(best, key=_first_row)]


def _halves(group: LaneGroup) -> list[LaneGroup]:
    """Return what lies above and below the lane in the middle as two groups."""
    middle = len(group.sides) // 2
    parts = (slice(middle), slice(middle + 1, None))
    return [LaneGroup(group.sides[part], group.scores[part], group.divider) for part in parts]


def _joined(groups: Sequence[LaneGroup]) -> list[LaneGroup]:
    """Return two groups as one box where lanes go on at the same distance: between boxes lie two walls."""
    if len(groups) < 2 or max(len(group.sides) for group in groups) < 2:
        return [*groups]
    first, second = groups
    steps = [np.diff([start for start, _ in group.sides]) for group in groups]
    between = second.sides[0][0] - first.sides[-1][0]
    if abs(between - np.median(np.concatenate(steps))) > _SAME_DISTANCE * first.width:
        return [*groups]
    return [LaneGroup(first.sides + second.sides, first.scores + second.scores, first.divider)]


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
        boxes = self._boxes()
        if len(joined := _joined(boxes)) < len(boxes):
            joined = [self._pruned(group) for group in joined]
        return [on_lines(self.rows, within_walls(self.rows, group)) for group in joined]

    def _boxes(self) -> list[LaneGroup]:
        first = self.best()
        if first is None:
            return []
        n_lanes = len(first.sides)
        first = self._pruned(self._extended(first))
        middle = len(first.sides) // 2
        if middle and len(first.sides) % 2 and is_all_table(self.rows, first.sides[middle], first):
            return _halves(first)
        found = self._with_another(first)
        if self._is_parted(first) and (narrow := self.best(widest=_NARROW * first.width)):
            lanes = self._with_another(narrow)
            if _sum(lanes) > _CLEARLY * _sum(found):
                return lanes
        if n_lanes > 1 and (half := self.best(n_lanes // 2)):  # two boxes that seem to be one
            halves = self._with_another(half)  # of an odd number, the space between them seems to be a lane
            n_halves = sum(len(group.sides) for group in halves)
            if n_halves == n_lanes // 2 * 2 and _sum(halves) > _CLEARLY * _sum(found):
                return halves
        return found

    def _is_parted(self, group: LaneGroup) -> bool:
        """Tell whether a line as clear as a side runs along each lane, as in one that is a box of its own."""
        first, last = np.array(group.sides).T
        inset = _PARTED * (last - first)
        return bool(self._inside(first + inset, last - inset).min() > _CLEAR)

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
                is_table(self.rows, end, first) for end in ends
            ):
                second = as_many
        return sorted([first, second], key=_first_row)

    def _another_box(self, first: LaneGroup) -> LaneGroup | None:
        """Return what lies beside a box and is one too, without poor lanes at its ends."""
        second = self.best(beside=first)
        while second is not None:
            letters = [is_table(self.rows, second.sides[end], first) for end in (0, -1)]
            if not any(letters) and self._is_another_box(first, second):
                return second
            if len(second.sides) == 1:
                return None
            worse = letters[0] if any(letters) else second.scores[0] < second.scores[-1]
            kept = slice(1, None) if worse else slice(-1)
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
                likely = scores[at] > 0  # what speaks against the others is none, closed or not
                closed = poor and likely and self._is_closed(outer, thick if last else -thick, group.divider)
                if not is_table(self.rows, sides[at], group) and (not poor or closed):
                    break
                del sides[at], scores[at]
        return LaneGroup(tuple(sides), tuple(scores), group.divider)

    def _is_another_box(self, first: LaneGroup, second: LaneGroup) -> bool:
        """Tell whether a second group is as good as the first, and neither header nor ruler."""
        if second.total / len(second.scores) < 0.6 * first.total / len(first.scores):
            return False
        outer = (second.sides[0][0], second.sides[-1][1])
        if min(self.rows.coverage(row) for row in outer) < _COVERED:
            return False
        thick = max(2.0, 0.06 * second.width)
        divider = self._lit(first.divider, second)
        return all(
            self._is_closed(row, away, divider) for row, away in zip(outer, (-thick, thick), strict=True)
        )

    def _lit(self, divider: Profile, group: LaneGroup) -> Profile:
        """Return the color of a divider in the light of another box, which may lie in shade."""
        pairs = pairwise(group.sides)
        between = [self.rows.color_between(above[1], below[0])[0] for above, below in pairs]
        light = float(np.median(between or divider[:1])) / max(float(divider[0]), 1.0)
        return np.asarray(divider * np.clip(light, _SHADE, 1 / _SHADE))

    def best(
        self, n_lanes: int | None = None, beside: LaneGroup | None = None, widest: float = np.inf
    ) -> LaneGroup | None:
        """Return the hypothesis with the highest score, or none where all are poor."""
        line = self.rows.line
        if beside is not None:
            line = line.copy()
            margin = 0.03 * beside.width
            line[max(0, int(beside.sides[0][0] - margin)) : int(beside.sides[-1][1] + margin) + 1] = 0
        hypotheses = self._hypotheses(line, beside)
        hypotheses = hypotheses[hypotheses[:, 1] < widest]
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
        return min(contrast(self.rows.color_between(*pair), divider) for pair in beyond) < _COVERED

    # --- hypotheses ------------------------------------------------------------------------------

    def _hypotheses(self, line: Profile, beside: LaneGroup | None) -> Profile:
        """Return first row, width and distance of lanes ``(n, 3)``; the distance is 0 for a single one."""
        rows = peaks(line)
        rows = rows[line[rows] > _WEAKEST]
        rows = np.sort(rows[np.argsort(-line[rows])][:_MOST_LINES])
        first, last = np.triu_indices(len(rows), 1)
        width = rows[last] - rows[first]
        thickest = min(_THICKEST * self.n, self.rows.columns[1] - self.rows.columns[0])  # no wider than long
        kept = (width >= max(10, _THINNEST * self.n)) & (width <= thickest)
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
        sides = self._lanes_from(start + distance * np.arange(n_lanes, dtype=np.float64), width, line)
        thick = min(max(distance - width, 2.0), 0.12 * width) if distance else 0.08 * width
        margins = [
            (self.rows.color_between(first - thick, first), self.rows.color_between(last, last + thick))
            for first, last in sides
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

    def _lanes_from(self, starts: Profile, width: float, line: Profile) -> list[Sides]:
        """Return lanes with their sides on lines; a divider between two of them has a line on either side."""
        lanes = [
            (self._snapped(line, first, width), self._snapped(line, first + width, width)) for first in starts
        ]
        for number in range(1, len(lanes)):
            (first, last), (start, stop) = lanes[number - 1 : number + 1]
            expected = starts[number - 1] + width, starts[number]
            thick = expected[1] - expected[0]
            if thick < _THICK or start - last > 0.4 * thick:
                continue
            rows = peaks(line, 1)
            if abs(last - expected[0]) > abs(start - expected[1]):
                rows = rows[np.abs(rows - expected[0]) < 0.4 * thick]
                last = rows[np.argmax(line[rows])] if len(rows) else expected[0]
            else:
                rows = rows[np.abs(rows - expected[1]) < 0.4 * thick]
                start = rows[np.argmax(line[rows])] if len(rows) else expected[1]
            lanes[number - 1 : number + 1] = [(first, float(last)), (float(start), stop)]
        return lanes

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
        colored = float(np.median([contrast(color, divider) for color in within]))
        other = np.mean([contrast(color, divider) for color in margins])
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

    # --- lanes that are core in part -------------------------------------------------------------

    def _extended(
        self, group: LaneGroup, most: int = _MOST_LANES, beside: LaneGroup | None = None
    ) -> LaneGroup:
        """Add lanes at either end that the core fills in part, where no wall is seen.

        Each lane that is added tells better how far the next one is.
        """
        longer = self._longer(group, most, beside)
        while len(longer.sides) > len(group.sides):
            group, longer = longer, self._longer(longer, most, beside)
        return longer

    def _longer(self, group: LaneGroup, most: int, beside: LaneGroup | None) -> LaneGroup:
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
                    self._snapped(short, first, group.width, LOOSE),
                    self._snapped(short, first + group.width, group.width, LOOSE),
                )
                if first < 0 or lane[1] > self.n - 1 or lane[1] - lane[0] < 0.8 * group.width:
                    break
                if beside is not None and lane[0] < beside.sides[-1][1] and lane[1] > beside.sides[0][0]:
                    break
                thick = min(max(distance - group.width, 2.0), 0.12 * group.width)
                margins = (
                    self.rows.color_between(lane[0] - thick, lane[0]),
                    self.rows.color_between(lane[1], lane[1] + thick),
                )
                score = self._score(lane, margins, thick, group.divider, short)
                if score < _LEAST or min(short[int(side)] for side in lane) < 0.45:
                    break
                at = len(sides) if step > 0 else 0
                sides.insert(at, lane)
                scores.insert(at, score)
        return LaneGroup(tuple(sides), tuple(scores), group.divider)
