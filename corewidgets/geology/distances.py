"""Distances of cells to where a mask begins and ends, and the part of a window that they are needed in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

__all__ = ["around", "framed", "squared_depth"]

Mask = NDArray[np.bool_]


def around(mask: Mask, margin: int) -> tuple[slice, slice]:
    """Return the rows and columns of a mask, and as many cells on each side."""
    rows = np.flatnonzero(mask.any(axis=1))
    columns = np.flatnonzero(mask[rows[0] : rows[-1] + 1].any(axis=0))
    return (
        slice(max(rows[0] - margin, 0), rows[-1] + margin + 1),
        slice(max(columns[0] - margin, 0), columns[-1] + margin + 1),
    )


def framed(mask: Mask, width: int = 1) -> Mask:
    """Return a mask with a border of some cells that is outside; `np.pad` takes longer."""
    whole = np.zeros((mask.shape[0] + 2 * width, mask.shape[1] + 2 * width), bool)
    whole[width:-width, width:-width] = mask
    return whole


def squared_depth(mask: Mask) -> NDArray[np.int32]:
    """Return the square of the distance of every cell to the nearest one outside of a mask.

    SciPy's own distances take as long again, for their numbers of double length and their roots.
    """
    nearest = ndimage.distance_transform_edt(mask, return_distances=False, return_indices=True)
    down = nearest[0] - np.arange(mask.shape[0], dtype=np.int32)[:, None]
    across = nearest[1] - np.arange(mask.shape[1], dtype=np.int32)
    return np.asarray(down * down + across * across)
