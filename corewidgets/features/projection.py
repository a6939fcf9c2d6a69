"""Linear functions of the hypercolumns of a photograph, tile by tile, without making the hypercolumns.

Averaging and interpolating are linear too, so that the weights come first, where there are few cells.  On a
processor NumPy multiplies the cells of each tile once, for all tiles around it that average over them; on an
accelerator a compiled program does all of a tile.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from corewidgets.features.activations import Activations, JoinedActivations, sampled
from corewidgets.features.sampling import (
    QUICK,
    Sampled,
    averaged_cells,
    cells_of,
    margin_of,
    rim,
    upsample,
    without_halo,
)
from corewidgets.features.sources import Source, base_of, sigma_of
from corewidgets.features.tiling import Tile
from corewidgets.machine import count_cores, one_thread

__all__ = ["Projection"]

_FEW_CHANNELS = 4
"""Averages of a source of so few channels are kept: they take less memory than one layer's cells do."""

Cells = dict[int, Any]
"""Cells of a tile and the rim around them ``(n_rows, n_columns, n)``, by their stride."""


class Projection:
    """Linear functions of the hypercolumns of one photograph, or of several of one piece.

    Parameters
    ----------
    activations : JoinedActivations or Activations
    weights : numpy.ndarray
        ``(n_features, n)`` float32.
    n_kept : int
        Tiles whose products are kept at least; by default what is needed to go from one tile to the next.

    Raises
    ------
    ValueError
        If there is not one row of weights for each feature.
    """

    def __init__(
        self, activations: JoinedActivations | Activations, weights: np.ndarray, n_kept: int = 0
    ) -> None:
        if len(weights) != activations.n_features:
            raise ValueError(
                f"There are weights for {len(weights)} features, but {activations.n_features} describe a "
                "pixel; give the photographs and the features that the classifier was trained on."
            )
        parts = activations.parts if isinstance(activations, JoinedActivations) else (activations,)
        shares = np.split(weights, np.cumsum([part.n_features for part in parts[:-1]]))
        self._parts = [_Part(part, share, n_kept) for part, share in zip(parts, shares, strict=True)]

    def of_tile(self, tile: Tile, spacing: int = 1) -> jax.Array:
        """Return the functions in a tile; may be called from several threads at once.

        Parameters
        ----------
        tile : Tile
            A tile of the activations' `grid`.
        spacing : int
            1 for every pixel; 2 for one value for 2 x 2 pixels, in less time.

        Returns
        -------
        jax.Array
            ``(tile.n_rows / spacing, tile.n_columns / spacing, n)`` float32: the hypercolumns times the
            weights; pixels outside of the image repeat its border.
        """
        totals: Cells = {}
        for part in self._parts:
            for stride, cells in part.cells(tile, spacing).items():
                _add(totals, stride, cells)
        return _spread(tuple(totals), spacing, tuple(totals.values()))


class _Part:
    """What `Projection` is of one photograph."""

    def __init__(self, activations: Activations, weights: np.ndarray, n_kept: int) -> None:
        self._activations = activations
        sources = activations.sources
        shares = np.split(weights, np.cumsum([source.n_channels for source in sources[:-1]]))
        self._weights = dict(zip(sources, shares, strict=True))
        self._few, self._others = (
            tuple(source for source in sources if (source.n_channels <= _FEW_CHANNELS) == is_few)
            for is_few in (True, False)
        )
        self._of_base: dict[Source, list[Source]] = {}
        for source in self._others:
            self._of_base.setdefault(base_of(source), []).append(source)
        neighbors = 2 * activations.grid.n_across + 3  # from the first to the last of a tile, row by row
        self._products = _Kept(len(self._of_base) * max(n_kept, neighbors + count_cores()))

    def cells(self, tile: Tile, spacing: int) -> Cells:
        """Return the functions of the cells of a tile; those of the spacing come without a rim."""
        few = {
            stride: (
                cells,
                np.concatenate([self._weights[each] for each in self._few if each.stride == stride]),
            )
            for stride, cells in self._activations.kept_averages(self._few, tile, spacing).items()
        }
        if jax.default_backend() != "cpu":
            inputs = self._activations.inputs(tile, self._others)
            shares = [self._weights[source] for source in self._others]
            compiled: Cells = _cells(self._others, spacing, *inputs, shares, few)
            return compiled
        with one_thread():
            totals = self._added(tile)
            if spacing in totals:
                totals[spacing] = without_halo(totals[spacing], rim(spacing))
            for stride, (cells, weights) in few.items():
                _add(totals, max(stride, spacing), np.matmul(cells, weights))
        return totals

    def _added(self, tile: Tile) -> Cells:
        """Return the functions of the sources of many channels: products first, then averages of these."""
        totals: Cells = {}
        origin, shape = np.array([tile.row, tile.column]), np.array(self._activations.shape)
        for source in self._others:
            base, sigma = base_of(source), sigma_of(source)
            in_cells = None if sigma is None else sigma / base.stride
            margin = margin_of(base.stride, in_cells)
            n = self._weights[source].shape[1]
            window = self._activations.assembled(base, tile, margin, n, partial(self._product, source))
            averaged = averaged_cells(Sampled(window, margin, base.stride, in_cells), origin, shape)
            _add(totals, base.stride, averaged)
        return totals

    def _product(self, source: Source, down: int, across: int) -> np.ndarray:
        """Return the cells of a source in a tile of the grid, times its weights."""
        base, n = base_of(source), self._weights[source].shape[1]
        alike = self._of_base[base]

        def multiply() -> np.ndarray:
            weights = np.concatenate([self._weights[each] for each in alike], axis=1)
            return np.matmul(self._activations.cells(base, down, across), weights)

        first = n * alike.index(source)
        return self._products.get((base, down, across), multiply)[..., first : first + n]


class _Kept:
    """What was computed last; a thread that asks for what another one computes waits for it."""

    def __init__(self, n: int) -> None:
        self._n = n
        self._lock = threading.Lock()
        self._entries: OrderedDict[Hashable, Future[np.ndarray]] = OrderedDict()

    def get(self, key: Hashable, compute: Callable[[], np.ndarray]) -> np.ndarray:
        with self._lock:
            known = self._entries.get(key)
            future = self._entries.setdefault(key, Future())
            self._entries.move_to_end(key)
            while len(self._entries) > self._n:
                self._entries.popitem(last=False)
        if known is None:
            try:
                future.set_result(compute())
            except BaseException as error:  # noqa: BLE001 - raised below, and in all threads that wait
                with self._lock:
                    self._entries.pop(key, None)
                future.set_exception(error)
        return future.result()


def _add(totals: Cells, stride: int, cells: Any) -> None:
    totals[stride] = totals[stride] + cells if stride in totals else cells


@partial(jax.jit, static_argnums=(0, 1), compiler_options=QUICK)
def _cells(
    sources: tuple[Source, ...],
    spacing: int,
    windows: dict[str, jax.Array],
    origin: jax.Array,
    shape: jax.Array,
    weights: list[jax.Array],
    few: dict[int, tuple[jax.Array, jax.Array]],
) -> Cells:
    """Return what `_Part.cells` does, for an accelerator.

    Parameters
    ----------
    sources : tuple of Source
        Those of many channels.
    spacing : int
    windows, origin, shape
        As `Activations.inputs` gives them.
    weights : list of jax.Array
        ``(n_channels, n)`` of each source.
    few : dict of int to (jax.Array, jax.Array)
        Cells of the other sources, and the weights of these, by stride.
    """
    totals: Cells = {}
    for source, share in zip(sampled(sources, windows), weights, strict=True):
        _add(totals, source.stride, cells_of(source, origin, shape, share))
    if spacing in totals:
        totals[spacing] = without_halo(totals[spacing], rim(spacing))
    for stride, (cells, share) in few.items():
        _add(totals, max(stride, spacing), jnp.matmul(cells, share, precision="highest"))
    return totals


@partial(jax.jit, static_argnums=(0, 1), compiler_options=QUICK)
def _spread(strides: tuple[int, ...], spacing: int, totals: tuple[jax.Array, ...]) -> jax.Array:
    """Return the sum of cells of several strides, at every pixel or at squares of some."""
    first, *others = (
        cells if stride == spacing else upsample(cells, stride // spacing)
        for stride, cells in zip(strides, totals, strict=True)
    )
    return sum(others, start=first)
