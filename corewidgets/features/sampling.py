"""From cells to pixels: Gaussian averages and bilinear interpolation.

All pixels of a tile are sampled in compiled functions, single ones by NumPy: to compile would take longer.
The centre of cell ``k`` of a layer lies at pixel ``(k + 0.5) stride - 0.5``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

_TRUNCATE = 3.0
"""Standard deviations after which a Gaussian window ends."""

_TOGETHER = 64
"""Columns of cells that are averaged along in one product."""

QUICK = {"xla_gpu_autotune_level": 0}
"""Options of the compiler.  For a GPU it would try out ways to multiply each of many small matrices, which
takes 15 s a program and gains nothing that could be measured."""


class Sampled(NamedTuple):
    """Something that features are sampled from.

    Attributes
    ----------
    window : jax.Array or numpy.ndarray
        ``(n_rows, n_columns, n_channels)``: the cells of a tile and `margin` cells around it.
    margin : int
    stride : int
        Pixels along a side of a cell.
    sigma : float or None
        Standard deviation, in cells, of the window that the cells are averaged over.
    """

    window: Any
    margin: int
    stride: int
    sigma: float | None = None


def cells_of(
    source: Sampled, origin: jax.Array, shape: jax.Array, weights: jax.Array | None = None
) -> jax.Array:
    """Return the cells of a tile and the rim that interpolation needs: averaged, and times the weights."""
    cells = _needed(source)
    weights_first = weights is not None and weights.shape[1] < weights.shape[0]
    if weights is not None and weights_first:
        cells = jnp.matmul(cells, weights, precision="highest")
    if source.sigma is not None:
        down, across = _averaging(source, origin, shape, partial(_gaussian, jnp))
        cells = jnp.einsum("ij,jkc->ikc", down, cells, precision="highest")
        cells = jnp.einsum("kl,ilc->ikc", across, cells, precision="highest")
    if weights is not None and not weights_first:
        cells = jnp.matmul(cells, weights, precision="highest")
    return cells


def averaged_cells(source: Sampled, origin: np.ndarray, shape: np.ndarray) -> np.ndarray:
    """Return what `cells_of` does, without weights, by NumPy."""
    cells = np.asarray(_needed(source))
    if source.sigma is None:
        return cells
    n_columns, n = cells.shape[1:]
    down, across = _averaging(source, origin.tolist(), shape.tolist(), _kept_gaussian)
    cells = (down @ cells.reshape(len(cells), -1)).reshape(-1, n_columns, n)
    turned = cells.swapaxes(1, 2).reshape(-1, n_columns)  # few channels make slow products otherwise
    reach, n_found = n_columns - len(across), len(across)
    found = np.empty((len(turned), n_found), np.float32)
    for first in range(0, n_found, _TOGETHER):  # most of a wide matrix is 0
        stop = min(first + _TOGETHER, n_found)
        part = slice(first, stop + reach)
        np.matmul(turned[:, part], across[first:stop, part].T, out=found[:, first:stop])
    return found.reshape(-1, n, n_found).swapaxes(1, 2)


def _needed(source: Sampled) -> Any:
    """Return the cells of a tile, those of the rim around it, and those that both are averaged over."""
    return without_halo(source.window, source.margin - _around(source))


def _around(source: Sampled) -> int:
    return margin_of(source.stride, source.sigma)


def margin_of(stride: int, sigma: float | None) -> int:
    """Return the cells around a tile that sampling needs: one to interpolate, and what is averaged over."""
    return rim(stride) + (0 if sigma is None else reach_of(sigma))


def _averaging(source: Sampled, origin: Any, shape: Any, gaussian: Callable[..., Any]) -> list[Any]:
    """Return the matrices that average the cells needed over those that lie in the image, down and across."""
    return [
        gaussian(size, source.sigma, first // source.stride - _around(source), -(-n_pixels // source.stride))
        for size, first, n_pixels in zip(_needed(source).shape, origin, shape, strict=False)
    ]


def _gaussian(xp: Any, size: int, sigma: float, first: Any, n_cells: Any) -> Any:
    """Return the matrix ``(size - 2 reach, size)`` that averages along an axis over cells of the image.

    Parameters
    ----------
    xp : module
        What computes it: `numpy` or `jax.numpy`.
    size : int
        Cells along the axis; those within reach of the ends are only averaged over.
    sigma : float
        Standard deviation in cells.
    first, n_cells : int
        The row or column of the first cell, and the numbers of rows or columns that the image has.
    """
    reach = reach_of(sigma)
    cells = first + xp.arange(size)
    centres = xp.clip(cells[reach : size - reach], 0, n_cells - 1)
    distance = centres[:, None] - cells[None, :]
    window = xp.exp(-0.5 * (distance / sigma) ** 2) * (xp.abs(distance) <= reach)
    window = window * ((cells >= 0) & (cells < n_cells))[None, :]
    return window / xp.maximum(window.sum(axis=1, keepdims=True), 1e-30)


def _kept_gaussian(size: int, sigma: float, first: int, n_cells: int) -> np.ndarray:
    """Return the matrix of `_gaussian` in float32; where no border is near, all tiles share theirs."""
    before = max(0, first)
    return _kept_near_borders(size, sigma, first - before, min(n_cells, first + size) - before)


@lru_cache(maxsize=64)
def _kept_near_borders(size: int, sigma: float, first: int, n_cells: int) -> np.ndarray:
    return np.asarray(_gaussian(np, size, sigma, first, n_cells), np.float32)


def upsample(cells: jax.Array, stride: int) -> jax.Array:
    """Interpolate the cells of a tile at every pixel: all that lie alike between their cells at a time."""
    if stride == 1:
        return cells
    margin = rim(stride)
    for axis in (0, 1):
        n = cells.shape[axis] - 2 * margin
        phases = []
        for pixel in range(stride):
            low, high, fraction = _neighbors(np.array(pixel), stride)
            below, above = (
                jax.lax.slice_in_dim(cells, int(first), int(first) + n, axis=axis) for first in (low, high)
            )
            phases.append(_blend(below, above, fraction))
        shape = [*cells.shape]
        shape[axis] = n * stride
        cells = jnp.stack(phases, axis=axis + 1).reshape(shape)
    return cells


def interpolate(cells: Any, stride: int, rows: Any, columns: Any) -> Any:
    """Interpolate the cells of a tile, of NumPy or JAX, at pixels ``(n,)`` counted from the tile's first."""
    top, bottom, down = _neighbors(rows, stride)
    left, right, across = _neighbors(columns, stride)
    at_left = _blend(cells[top, left], cells[bottom, left], down[:, None])
    at_right = _blend(cells[top, right], cells[bottom, right], down[:, None])
    return _blend(at_left, at_right, across[:, None])


def _neighbors(pixels: Any, stride: int) -> tuple[Any, Any, Any]:
    """Return, along one axis, the cells before and after each pixel, and how far it lies towards the latter.

    Pixels are counted from the tile's first, cells from the first of the rim around it.
    """
    margin = rim(stride)
    low, fraction = place_among_cells(pixels, stride)
    return low + margin, low + 2 * margin, fraction


def place_among_cells(pixels: Any, stride: int) -> tuple[Any, Any]:
    """Return, along one axis, the cell whose centre is at each pixel or before it, and how far beyond it is.

    Parameters
    ----------
    pixels : numpy.ndarray or jax.Array
        ``(n,)`` integers.
    stride : int
        Pixels along a side of a cell.

    Returns
    -------
    cells : numpy.ndarray or jax.Array
        ``(n,)`` integers; -1 before the centre of the first cell.
    fraction : numpy.ndarray or jax.Array
        ``(n,)`` float32, from 0 at the centre of that cell to below 1, towards the next.
    """
    doubled = 2 * pixels + 1 - stride
    cells = doubled // (2 * stride)
    fraction = (doubled - 2 * stride * cells) / np.float32(2 * stride)
    return cells, fraction.astype(np.float32)


def _blend(low: Any, high: Any, fraction: Any) -> Any:
    return low + (high - low) * fraction


def without_halo(values: Any, margin: int) -> Any:
    """Return what lies `margin` cells or more within the border."""
    return values[margin : values.shape[0] - margin, margin : values.shape[1] - margin]


def reach_of(sigma: float) -> int:
    """Return the cells after which a Gaussian window of a standard deviation ends."""
    return math.ceil(_TRUNCATE * sigma)


def rim(stride: int) -> int:
    """Return the cells around a tile that interpolation needs."""
    return int(stride > 1)
