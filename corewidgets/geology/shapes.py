"""Masks made wider, joined and filled: exactly, and each step for all cells at once.

A mask has a frame of cells that are outside, so that what is shifted by a row or a column is shifted in the
line of all its cells.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from corewidgets.geology.compiled import Loop

__all__ = ["connected", "filled", "grown", "within"]

Mask = NDArray[np.bool_]
Line = NDArray[np.bool_]


def grown(mask: Mask, times: int = 1) -> Mask:
    """Return a mask and the cells beside it, above and below, so many times.

    Parameters
    ----------
    mask : ndarray of bool, (n_rows, n_columns)
        Twice as far from its left and right border as it grows, together; what it is beyond does not count.
    times : int
    """
    line, width = mask.ravel(), mask.shape[1]
    for _ in range(times):
        wider = line.copy()
        _shifted(wider, line, 1)
        _shifted(wider, line, width)
        line = wider
    return line.reshape(mask.shape)


def within(mask: Mask, radius: float) -> Mask:
    """Return the cells that lie within a radius of those of a mask, as distances between middles of cells.

    Parameters
    ----------
    mask : ndarray of bool, (n_rows, n_columns)
        As `radius` from its left and right border, or True along these.
    radius : float
        In cells, 0 or more.
    """
    line, width = mask.ravel(), mask.shape[1]
    square = math.floor(radius**2)
    upright, found, height = line.copy(), np.zeros_like(line), 0
    for across in range(math.isqrt(square), -1, -1):
        highest = math.isqrt(square - across**2)
        while height < highest:
            height += 1
            _shifted(upright, line, height * width)
        _shifted(found, upright, across)
    return found.reshape(mask.shape)


def connected(mask: Mask, starts: NDArray[np.intp]) -> Mask:
    """Return the cells of a mask from which one gets to some by steps within it, along rows and columns.

    Parameters
    ----------
    mask : ndarray of bool, (n_rows, n_columns)
        False along its border.
    starts : ndarray of int
        Places in the line of all cells.
    """
    if _FLOOD.run is None:
        numbered, n = ndimage.label(mask)
        reached = np.zeros(n + 1, bool)
        reached[numbered.ravel()[starts]] = True
        reached[0] = False
        return np.asarray(reached[numbered])
    left = mask.copy()
    _FLOOD.run(left.ravel(), starts, mask.shape[1])
    return mask ^ left


def filled(mask: Mask, share: float) -> Mask:
    """Return a mask with those of its holes that are no larger than a share of it.

    Parameters
    ----------
    mask : ndarray of bool, (n_rows, n_columns)
        False along its border, two cells wide.
    share : float
        Of the number of its cells.
    """
    open_ = ~mask
    open_[[0, -1]] = open_[:, [0, -1]] = False
    holes = open_ ^ connected(open_, np.array([mask.shape[1] + 1]))
    most = share * np.count_nonzero(mask)
    if np.count_nonzero(holes) > most:
        numbered, _ = ndimage.label(holes)
        is_small = np.bincount(numbered.ravel()) <= most
        is_small[0] = False
        holes = is_small[numbered]
    return mask | holes


def _shifted(to: Line, line: Line, by: int) -> None:
    """Add to a line what another one is when it is shifted either way."""
    if by == 0:
        to |= line
    elif by < len(line):
        to[by:] |= line[:-by]
        to[:-by] |= line[by:]


def _flooded(left: np.ndarray, starts: np.ndarray, width: int) -> None:
    """Take from a line of cells all that are connected with some."""
    reached = np.empty(len(left), np.int32)
    size = 0
    for start in starts:
        if left[start]:
            left[start] = False
            reached[size] = start
            size += 1
    while size:
        size -= 1
        cell = reached[size]
        for step in (-1, 1, -width, width):
            other = cell + step
            if left[other]:
                left[other] = False
                reached[size] = other
                size += 1


_FLOOD = Loop(_flooded, np.zeros(9, bool), np.array([4]), 3)
