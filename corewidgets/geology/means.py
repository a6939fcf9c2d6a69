"""Means over many masks of what is known of every cell, by running sums down the columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Means"]


class Means:
    """Finds means over masks by what lies above and below where they begin and end in each column.

    Parameters
    ----------
    cells : ndarray of float32, (n_rows, n_columns, n)
    """

    def __init__(self, cells: NDArray[np.float32]) -> None:
        self._sums = np.zeros((cells.shape[0] + 1, *cells.shape[1:]), np.float32)
        for row, above, below in zip(cells, self._sums, self._sums[1:], strict=False):
            np.add(row, above, out=below)

    def of(self, mask: NDArray[np.bool_], part: tuple[slice, slice], frame: int) -> NDArray[np.float32]:
        """Return the means over a mask, (n,).

        Parameters
        ----------
        mask : ndarray of bool
            Of the rows and columns of `part`, and as many cells as `frame` around it that are False.
        part : (slice, slice)
        frame : int
        """
        line, width = mask.ravel(), mask.shape[1]
        changes = np.flatnonzero(line[width:] != line[:-width])
        rows, columns = np.divmod(changes, width)
        places = (rows + (part[0].start + 1 - frame)) * self._sums.shape[1] + columns
        places += part[1].start - frame
        signs = np.float32(1) - 2 * line[width:][changes]
        sums = self._sums.reshape(-1, self._sums.shape[2]).take(places, axis=0)
        return np.asarray(signs @ sums / np.float32(np.count_nonzero(mask)), np.float32)
