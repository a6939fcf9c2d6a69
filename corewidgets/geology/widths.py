"""The outlines of a click in steps of their width, each inside the next wider one, as one array.

What an outline gains or loses in one step is limited: where it crosses an edge, it follows in several steps,
through the outlines between.
"""

from __future__ import annotations

import math
import threading

import numpy as np
from numpy.typing import NDArray

from corewidgets.geology.distances import around, squared_depth
from corewidgets.geology.outline import Growth

__all__ = ["MOST", "OUTSIDE", "STEP", "Widths", "resized", "step_of"]

STEP = 2 ** (1 / 16)
"""Times as wide as the outline of the step before."""

MOST = 64
"""Steps up and down from the likely outline: to 16 times as wide, and to a sixteenth."""

OUTSIDE = 127
"""Step of a pixel that is in none of the outlines that are known."""

_GROWS = 1.14  # times the pixels of the step below that an outline has at the most; by its width, it is 1.09
_CATCHES_UP = 0.25  # share of the pixels by which it lags that it may gain or lose even so,
_FEW = 8  # and so many pixels

Mask = NDArray[np.bool_]
Steps = NDArray[np.int8]


def step_of(width: float) -> int:
    """Return the step whose outline is about `width` times as wide as the likely one."""
    return max(-MOST, min(MOST, round(math.log(width) / math.log(STEP))))


def resized(growth: Growth, inside: Mask, width: float, by: float) -> tuple[Mask, float]:
    """Return an outline made wider or narrower, and its width; unchanged where no width changes it.

    Parameters
    ----------
    growth : Growth
    inside : ndarray of bool
        An outline of it.
    width : float
        Times the width of the likely one.
    by : float
        Times as wide as it is; where an edge holds the outline, in as many steps as change it.
    """
    share = by**2 * _GROWS / STEP**2
    changed, changed_width = inside, width
    while (changed == inside).all():
        if step_of(changed_width) in (MOST, -MOST):
            return inside, width
        changed_width *= by
        wanted = growth.mask(growth.wider(changed_width))
        if by > 1:
            changed = _along(inside, [wanted], _most(inside, share, wanted & ~inside))
        else:
            changed = ~_along(~inside, [~wanted], _most(inside, share, inside & ~wanted))
    return changed, changed_width


class Widths:
    """The steps from which pixels are inside: found one by one, outwards and inwards from the likely outline.

    An outline holds those of all steps below, so that one array says all of them, and a page that has it can
    draw each. Several threads may use it.

    Parameters
    ----------
    growth : Growth

    Examples
    --------
    >>> from corewidgets.geology.outline import Click, grow
    >>> rows, columns = np.ogrid[:60, :60]
    >>> image = np.where(np.hypot(rows - 30, columns - 25)[..., None] < 12, 200, 40).astype(np.uint8)
    >>> widths = Widths(grow(image.repeat(3, axis=2), [Click(np.array([30]), np.array([25]))]))
    >>> bool(widths.mask(5)[widths.mask(-5)].all())
    True
    """

    def __init__(self, growth: Growth) -> None:
        self._growth = growth
        self._first = np.where(growth.mask(), 0, OUTSIDE).astype(np.int8)
        self._known = 0, 0
        # not reached yet: outlines that are wider, and what lies outside of narrower ones
        self._ahead: tuple[list[Mask], list[Mask]] = [], []
        self._lock = threading.Lock()

    def mask(self, step: int) -> Mask:
        """Return which pixels of the box of the growth are inside at a step."""
        self.find(step)
        return np.asarray(self._first <= step)

    def find(self, step: int) -> None:
        """Find the outlines from the likely one to that of a step, if they are not known."""
        with self._lock:
            lowest, highest = self._known
            for wider in range(highest + 1, step + 1):
                inside = self._first != OUTSIDE
                self._ahead[0].append(self._at(wider))
                most = _most(inside, _GROWS, self._ahead[0][-1] & ~inside)
                self._first[_along(inside, self._ahead[0], most) & ~inside] = wider
            for narrower in range(lowest - 1, step - 1, -1):
                inside = self._first <= narrower + 1
                self._ahead[1].append(~self._at(narrower))
                most = _most(inside, 1 / _GROWS, self._ahead[1][-1] & inside)
                self._first[~_along(~inside, self._ahead[1], most)] = narrower
            self._known = min(lowest, step), max(highest, step)

    def known(self) -> tuple[tuple[int, int], Steps]:
        """Return the lowest and the highest known step, and the step from which each pixel is inside."""
        with self._lock:
            return self._known, self._first.copy()

    def _at(self, step: int) -> Mask:
        return self._growth.mask(self._growth.wider(STEP**step))


def _most(inside: Mask, share: float, lag: Mask) -> int:
    """Return how many pixels an outline may gain, or with a share below 1 lose, at the most."""
    by_size = int(abs(share - 1) * np.count_nonzero(inside))
    return max(by_size, int(_CATCHES_UP * np.count_nonzero(lag)), _FEW)


def _along(inside: Mask, ahead: list[Mask], most: int) -> Mask:
    """Return a mask with so many pixels more of those ahead, in turn; those that are reached are dropped."""
    while ahead:
        new = int(np.count_nonzero(ahead[0] & ~inside))
        if new > most:
            return _added(inside, ahead[0], most) if most else inside
        inside = inside | ahead.pop(0)
        most -= new
    return inside


def _added(inside: Mask, wanted: Mask, most: int) -> Mask:
    """Return a mask and, of the pixels that are wanted besides, so many that are nearest to it."""
    new = wanted & ~inside
    rows, columns = around(new, 1)
    there = np.nonzero(new[rows, columns])
    nearest = np.argsort(squared_depth(~inside[rows, columns])[there], kind="stable")[:most]
    grown = inside.copy()
    grown[there[0][nearest] + rows.start, there[1][nearest] + columns.start] = True
    return grown
