"""What looks like a clast, and what like its surroundings: arrays of cells only.

A look is a vector a cell: its color and, where there are features, its texture.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from corewidgets.geology.distances import around, framed, squared_depth
from corewidgets.machine import one_thread

__all__ = ["ALIKE", "n_looks", "surrounding", "taken", "unlikeness"]

ALIKE = 0.4
"""Unlikeness up to which a cell looks like another."""

_RING = 2, 16  # cells from an outline: where the surroundings begin and end
_INNER = 0.35  # share of the clast's half width: where its inside begins
_N_LOOKS = 6  # of the surroundings; that of the clast is one, or for several pixels clicked:
_N_LOOKS_DRAWN = 3
_N_SAMPLED = 400  # cells that looks are found on

Mask = NDArray[np.bool_]
Cells = NDArray[np.float32]


def surrounding(here: Mask, radius: float) -> Mask:
    """Return the cells within a radius of some."""
    rows, columns = np.nonzero(here)
    margin = int(np.ceil(radius))
    near = np.zeros_like(here)
    part = (
        slice(max(0, rows.min() - margin), rows.max() + margin + 1),
        slice(max(0, columns.min() - margin), columns.max() + margin + 1),
    )
    near[part] = ndimage.distance_transform_edt(~here[part]) <= radius
    return near


def n_looks(clicked: Mask) -> int:
    """Return how many looks stand for the cells that were clicked or drawn across."""
    return 1 if np.count_nonzero(clicked) == 1 else _N_LOOKS_DRAWN


def unlikeness(look: tuple[Cells, Cells], seeds: Mask, number: int) -> Cells:
    """Return how unlike the looks of some cells every cell is: in color, and in texture."""
    parts = [_nearest(part, part[seeds], number) for part in look if part.shape[-1]]
    return np.asarray(sum(parts), np.float32)


def taken(look: Cells, clast: Mask, clicked: Mask, number: int) -> Cells:
    """Return by how much every cell looks more like the surroundings of an outline than like its inside."""
    inside, ring = _middle(clast) | clicked, _ring(clast)
    if not ring.any():
        return _nearest(look, look[inside], number) - np.float32(ALIKE)
    lengths = _lengths(look)
    return _nearest(look, look[inside], number, lengths) - _nearest(look, look[ring], _N_LOOKS, lengths)


def _middle(clast: Mask) -> Mask:
    """Return the cells of a clast that are not near its rim."""
    part = around(clast, 1)
    depth = np.sqrt(squared_depth(framed(clast[part])))[1:-1, 1:-1]
    middle = np.zeros_like(clast)
    middle[part] = depth >= _INNER * depth.max()
    return middle


def _ring(clast: Mask) -> Mask:
    """Return the cells around a clast."""
    part = around(clast, _RING[1])
    squares = squared_depth(~clast[part])
    ring = np.zeros_like(clast)
    ring[part] = (squares > _RING[0] ** 2) & (squares < _RING[1] ** 2)
    return ring


def _lengths(look: Cells) -> Cells:
    """Return the square of the length of the look of every cell."""
    return np.asarray(np.einsum("rcf,rcf->rc", look, look), np.float32)


def _nearest(look: Cells, sample: Cells, number: int, lengths: Cells | None = None) -> Cells:
    """Return how far every cell is from the nearest of the looks that stand for a sample."""
    looks = _typical(sample[:: -(-len(sample) // _N_SAMPLED)], number)
    cells = look.reshape(-1, look.shape[-1])
    with one_thread():
        products = (2 * looks) @ cells.T
    squares = np.subtract(np.einsum("nf,nf->n", looks, looks)[:, None], products, out=products).min(axis=0)
    squares = squares.reshape(look.shape[:2])
    squares += _lengths(look) if lengths is None else lengths
    return np.sqrt(np.maximum(squares, 0, out=squares), out=squares)


def _typical(sample: Cells, number: int) -> Cells:
    """Return a few vectors that stand for a sample: k-means, from starts that lie far apart."""
    means = sample.mean(axis=0, keepdims=True)
    while len(means) < min(number, len(sample)):
        means = np.concatenate([means, sample[_squares(sample, means).min(axis=1).argmax()][None]])
    for _ in range(6 if len(means) > 1 else 0):
        nearest = _squares(sample, means).argmin(axis=1)
        means = np.stack([sample[nearest == index].mean(axis=0) for index in np.unique(nearest)])
    return means


def _squares(sample: Cells, means: Cells) -> NDArray[np.float32]:
    return np.asarray(((sample[:, None] - means[None]) ** 2).sum(axis=-1), np.float32)
