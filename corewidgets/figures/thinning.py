"""Long images are thinned for display only: photographs and maps are averaged, classes are picked."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Codes: TypeAlias = NDArray[np.uint8]

MOST_PIXELS = 4000  # along either side of what is handed to matplotlib


def block_size(size: int) -> int:
    """Return how many pixels along one side become one on display."""
    return math.ceil(size / MOST_PIXELS)


def averaged(values: NDArray[Any]) -> NDArray[Any]:
    """Thin a photograph or map for display by averaging blocks of pixels."""
    thinned = values
    for axis in (0, 1):
        step = block_size(values.shape[axis])
        if step > 1:
            starts = np.arange(0, values.shape[axis], step)
            sums = np.add.reduceat(thinned, starts, axis=axis, dtype=np.float64)
            lengths = np.diff(starts, append=values.shape[axis])
            thinned = sums / lengths.reshape([-1 if k == axis else 1 for k in range(values.ndim)])
    rounds = values.dtype == np.uint8 and thinned is not values
    return np.rint(thinned).astype(np.uint8) if rounds else thinned


def picked(codes: Codes) -> Codes:
    """Thin codes for display by picking the pixel in the middle of each block."""
    rows, columns = (
        np.minimum(np.arange(0, size, block_size(size)) + block_size(size) // 2, size - 1)
        for size in codes.shape
    )
    return codes[np.ix_(rows, columns)]
