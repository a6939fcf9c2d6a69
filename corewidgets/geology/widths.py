"""The outlines of a click in steps of their width, each inside the next wider one, as one array."""

from __future__ import annotations

import math
import threading

import numpy as np
from numpy.typing import NDArray

from corewidgets.geology.outline import Growth

__all__ = ["MOST", "OUTSIDE", "STEP", "Widths", "step_of"]

STEP = 2 ** (1 / 16)
"""Times as wide as the outline of the step before."""

MOST = 64
"""Steps up and down from the likely outline: to 16 times as wide, and to a sixteenth."""

OUTSIDE = 127
"""Step of a pixel that is in none of the outlines that are known."""

Mask = NDArray[np.bool_]
Steps = NDArray[np.int8]


def step_of(width: float) -> int:
    """Return the step whose outline is about `width` times as wide as the likely one."""
    return max(-MOST, min(MOST, round(math.log(width) / math.log(STEP))))


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
                self._first[self._at(wider) & (self._first == OUTSIDE)] = wider
            for narrower in range(lowest - 1, step - 1, -1):
                self._first[self._at(narrower) & (self._first == narrower + 1)] = narrower
            self._known = min(lowest, step), max(highest, step)

    def known(self) -> tuple[tuple[int, int], Steps]:
        """Return the lowest and the highest known step, and the step from which each pixel is inside."""
        with self._lock:
            return self._known, self._first.copy()

    def _at(self, step: int) -> Mask:
        return self._growth.mask(self._growth.wider(STEP**step))
