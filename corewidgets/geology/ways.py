"""The cheapest ways from a click, by what is inside of an outline and what around it: arrays of cells."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corewidgets.geology.cheapest import cheapest_costs
from corewidgets.geology.looks import n_looks, taken
from corewidgets.geology.reaches import FAINT, SMALLEST, Ground, Likely, cleaned, likely, reach_of, worth

__all__ = ["BySize", "Way", "by_outline", "looked_at_again", "travel"]

_EVEN = 0.001  # cost of a cell, whatever it looks like
_EDGE = 0.1  # cost of a unit of L*a*b* by which an edge is more than faint
_TAKEN = 5.0  # cost of a unit by which a cell looks more like the surroundings than like the clast
_STEP = 1.5  # times as large, or as small: then what is inside is looked at anew
_CLEARLY = 0.5  # by which the outline that is found so must be worth more

Mask = NDArray[np.bool_]
Cells = NDArray[np.float32]


class Way(NamedTuple):
    """The cheapest way to every cell: its cost, and by how much the cell looks like what is no clast."""

    cost: Cells
    unlike: Cells


def travel(edges: Cells, extra: Cells, seeds: Mask) -> Cells:
    """Return the cost of the cheapest way to every cell, over edges and what a cell costs besides."""
    cost = _EVEN + _EDGE * np.maximum(edges - FAINT, 0) + extra
    return np.asarray(cheapest_costs(cost, seeds), np.float32)


def by_outline(ground: Ground, mask: Mask) -> Way:
    """Return the way by the looks inside and around an outline."""
    unlike = taken(ground.look, mask, ground.near, n_looks(ground.seeds))
    extra = np.asarray(_TAKEN * np.maximum(unlike, 0), np.float32)
    return Way(travel(ground.edges, extra, ground.seeds), unlike)


def looked_at_again(ground: Ground, first: Cells, found: Likely) -> tuple[Way, Likely]:
    """Return the way by the looks of what was found, and what is found by it.

    Where that is much larger or smaller, an outline of its size is looked at too; the likelier one counts.
    """
    way = by_outline(ground, found.mask)
    again = likely(way.cost, ground, way.unlike)
    size = int(np.count_nonzero(again.mask))
    if abs(math.log(size / np.count_nonzero(found.mask))) <= math.log(_STEP):
        return way, again
    other = by_outline(ground, cleaned(first, ground.seeds, reach_of(first, size)))
    third = likely(other.cost, ground, other.unlike)
    return (other, third) if _is_of_click(other, ground) and third.worth > again.worth else (way, again)


def _is_of_click(way: Way, ground: Ground) -> bool:
    """Return whether the click looks like what is inside, not like what is around it."""
    return bool(way.unlike[ground.near].mean() < 0)


class BySize:
    """Outlines that are larger and smaller than the likely one.

    Where they are much larger or smaller, they are looked at anew, in steps: the looks inside and around an
    outline of that size count where its own outline is clearly the likelier one.  Larger outlines hold
    smaller ones.

    Parameters
    ----------
    ground : Ground
    first : ndarray of float32
        The cost by the look of the click alone.
    way : Way
        That of the likely outline.
    reach : float
        Its reach.
    """

    def __init__(self, ground: Ground, first: Cells, way: Way, reach: float) -> None:
        self._ground, self._first = ground, first
        self._ways = {0: way}  # by step: n is 1.5**n times as large
        self._ends: dict[tuple[int, bool], Mask] = {}
        self._size = max(int(np.count_nonzero(way.cost <= reach)), 1)

    def inside(self, reach: float) -> Mask:
        """Return the cells within reach."""
        size = max(int(np.count_nonzero(self._ways[0].cost <= reach)), 1)
        step = round(math.log(size / self._size) / math.log(_STEP))
        return self._inside(step, size) if step else cleaned(self._ways[0].cost, self._ground.seeds, reach)

    def reach_at(self, share: float) -> float:
        """Return the reach at which there are so many times the cells of the likely outline."""
        return reach_of(self._ways[0].cost, int(self._size * share))

    def _inside(self, step: int, size: int) -> Mask:
        """Return the outline of so many cells, by the way of a step."""
        if not step:
            return self._of_size(self._ways[0], size)
        grows = step > 0
        last = self._end(step - 1 if grows else step + 1, grows)
        if step not in self._ways:
            self._ways[step] = self._way(step, last)
        inside = self._of_size(self._ways[step], size)
        return inside | last if grows else inside & last

    def _end(self, step: int, grows: bool) -> Mask:
        """Return the largest outline of a step, or the smallest one."""
        if (step, grows) not in self._ends:
            size = round(self._size * _STEP ** (step + (0.5 if grows else -0.5)))
            self._ends[step, grows] = self._inside(step, size)
        return self._ends[step, grows]

    def _way(self, step: int, last: Mask) -> Way:
        """Return the way of the step before, or one by new looks if its outline is clearly likelier."""
        size = round(self._size * _STEP**step)
        before = self._nested(self._ways[step - 1 if step > 0 else step + 1], step, last)
        if size < SMALLEST:
            return before
        near = cleaned(self._first, self._ground.seeds, reach_of(self._first, size))
        anew = self._nested(by_outline(self._ground, near), step, last)
        old, new = (worth(self._of_size(way, size), self._ground, way.unlike) for way in (before, anew))
        return anew if _is_of_click(anew, self._ground) and new > old + _CLEARLY else before

    def _nested(self, way: Way, step: int, last: Mask) -> Way:
        """Return a way whose outlines hold the last one, or lie in it."""
        nested = np.where(last, 0, way.cost) if step > 0 else np.where(last, way.cost, np.inf)
        return Way(nested.astype(np.float32), way.unlike)

    def _of_size(self, way: Way, size: int) -> Mask:
        return cleaned(way.cost, self._ground.seeds, reach_of(way.cost, size))
