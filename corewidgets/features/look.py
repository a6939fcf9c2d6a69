"""How the places of a photograph look, in a dozen numbers: to compare places, not to learn from.

`pool1` and `pool2` of VGG-16, averaged over a Gaussian window, turned into their principal components in the
photograph itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corewidgets.features.hypercolumns import Hypercolumns, activations_of
from corewidgets.features.network import VggLayer
from corewidgets.features.projection import Projection
from corewidgets.features.sources import Averaged

__all__ = ["outline_features"]

_SIGMA = 4.0  # pixels of the window
_N_COMPONENTS = 12
_STRIDE = 2  # pixels along a side of a cell
_N_SAMPLED = 4000  # pixels that the components are found on


def outline_features(
    image: NDArray[np.uint8], *, progress: Callable[[int, int], None] | None = None
) -> NDArray[np.float32]:
    """Return the features, besides color, by which `outline` compares places of a photograph.

    Parameters
    ----------
    image : ndarray of uint8, (n_rows, n_columns, 3)
        A photograph.
    progress : callable, optional
        Called with the number of tiles done and of all; what it raises ends the work.

    Returns
    -------
    ndarray of float32, (n_rows / 2, n_columns / 2, 12), rounded up
        A vector for every two rows and columns.

    Raises
    ------
    ValueError
        If it is no RGB photograph of bytes.
    """
    layers = [Averaged(VggLayer(name), _SIGMA) for name in ("pool1", "pool2")]
    activations = activations_of(Hypercolumns(sources=layers), image)
    n_tiles = len(activations.grid)
    components = _components(activations, n_tiles, progress)
    n_rows, n_columns = (-(-size // _STRIDE) for size in activations.shape)
    looks = np.empty((n_rows, n_columns, _N_COMPONENTS), np.float32)
    projection = Projection(activations, components)
    for number, tile in enumerate(activations.grid):
        values = np.asarray(projection.of_tile(tile))
        cells = values.reshape(tile.n_rows // _STRIDE, _STRIDE, tile.n_columns // _STRIDE, _STRIDE, -1)
        row, column = tile.row // _STRIDE, tile.column // _STRIDE
        into = looks[row : row + len(cells), column : column + cells.shape[2]]
        into[...] = cells.mean(axis=(1, 3))[: into.shape[0], : into.shape[1]]
        if progress is not None:
            progress(n_tiles + number + 1, 2 * n_tiles)
    return looks


def _components(
    activations: Any, n_tiles: int, progress: Callable[[int, int], None] | None
) -> NDArray[np.float32]:
    """Return the directions ``(n_features, 12)`` in which places of the photograph differ most."""
    for number, tile in enumerate(activations.grid):
        activations.prepare(tile)
        if progress is not None:
            progress(number + 1, 2 * n_tiles)
    n_rows, n_columns = activations.shape
    step = max(1, int(np.sqrt(n_rows * n_columns / _N_SAMPLED)))
    rows, columns = np.mgrid[step // 2 : n_rows : step, step // 2 : n_columns : step].reshape(2, -1)
    sample = activations.at(rows, columns).astype(np.float64)
    sample -= sample.mean(axis=0)
    _, directions = np.linalg.eigh(sample.T @ sample)
    return directions[:, : -_N_COMPONENTS - 1 : -1].astype(np.float32)
