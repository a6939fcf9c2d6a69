"""The feature maps of a photograph, a layer at a time, each computed once and kept at its own resolution."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from corewidgets.features.activations import Activations
from corewidgets.features.network import VggLayer
from corewidgets.features.sampling import place_among_cells
from corewidgets.features.vgg16 import LAYERS, Layer
from corewidgets.features.vgg16 import layer as layer_called
from corewidgets.features.weights import Weights

Floats = npt.NDArray[np.float32]

MAX_BYTES = 2**30
"""What the layers kept may take together; the layer used last is kept in any case up to this."""

_SAMPLED = 20_000  # cells that the color scale of a map is taken from
_SCALE_END = 99.5  # percentile at which it ends
_HIGHEST = float(np.finfo(np.float16).max)


@dataclass(frozen=True, eq=False)
class LayerMaps:
    """All maps of one layer.

    Parameters
    ----------
    layer : Layer
        The layer of VGG-16.
    cells : array, shape (n_channels, n_cell_rows, n_cell_columns), float16
        Its activations. Half precision, three decimal digits, is more than a picture shows.
    shape : tuple of int
        Rows and columns of the photograph.
    tops : array, shape (n_channels,), float32
        Where the color scale of each map ends: its 99.5th percentile; 1 for a map that is zero everywhere.
    """

    layer: Layer
    cells: npt.NDArray[np.float16]
    shape: tuple[int, int]
    tops: Floats

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the maps: "pool1/0", ..., "pool1/63"."""
        return tuple(f"{self.layer.name}/{channel}" for channel in range(len(self.cells)))

    def map(self, channel: int) -> Floats:
        """Return one map at every pixel, as hypercolumns sample it: (n_rows, n_columns) float32."""
        values = self.cells[channel].astype(np.float32)
        for axis in (0, 1):
            low, high, fraction = self._neighbors(np.arange(self.shape[axis]), axis)
            fraction = np.expand_dims(fraction, 1 - axis)
            before = np.take(values, low, axis)
            values = before + (np.take(values, high, axis) - before) * fraction
        return values

    def at(self, rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64]) -> Floats:
        """Return all maps at some pixels: (n, n_channels) float32."""
        top, bottom, down = self._neighbors(rows, 0)
        left, right, across = self._neighbors(columns, 1)
        cells = self.cells

        def blended(row: npt.NDArray[np.int64]) -> Floats:
            before = cells[:, row, left].astype(np.float32)
            return before + (cells[:, row, right].astype(np.float32) - before) * across

        above = blended(top)
        values: Floats = (above + (blended(bottom) - above) * down).T
        return values

    def codes(self, channel: int, values: npt.NDArray[np.floating]) -> npt.NDArray[np.uint8]:
        """Return places on the color scale of a map, 0 to 255, for values of it."""
        share = np.clip(values * np.float32(1 / self.tops[channel]), 0, 1)
        return np.rint(share * 255).astype(np.uint8)

    def _neighbors(
        self, pixels: npt.NDArray[np.int64], axis: int
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Floats]:
        """Return the cells before and after pixels of an axis, and how far these lie towards the latter."""
        last = self.cells.shape[1 + axis] - 1
        low, fraction = place_among_cells(pixels, self.layer.stride)
        return np.clip(low, 0, last), np.clip(low + 1, 0, last), fraction


class LayerMapStore:
    """The layers of one photograph that were asked for.

    Parameters
    ----------
    image : array, shape (n_rows, n_columns, 3), uint8
    weights : Weights, optional
        The bundled weights where left out.
    max_bytes : int
        What the layers kept may take together.
    """

    def __init__(
        self, image: npt.NDArray[np.uint8], weights: Weights | None = None, max_bytes: int = MAX_BYTES
    ) -> None:
        self.image, self.weights, self.max_bytes = image, weights, max_bytes
        self.n_computed = 0
        self._kept: OrderedDict[str, LayerMaps] = OrderedDict()
        self._computing = threading.Lock()

    def get(self, name: str, progress: Callable[[int, int], None] = lambda _done, _total: None) -> LayerMaps:
        """Return the maps of a layer, computed where they are not kept.

        Parameters
        ----------
        name : str
            The layer, as "pool1".
        progress : callable
            Called with the number of tiles done and of all; what it raises ends the computation.

        Raises
        ------
        ValueError
            VGG-16 has no such layer, or its maps would take more than `max_bytes`.
        """
        layer = layer_called(name)
        with self._computing:
            if name not in self._kept:
                self._check_size(layer)
                maps = self._compute(layer, progress)
                self._keep(maps)
            self._kept.move_to_end(name)
            return self._kept[name]

    def _check_size(self, layer: Layer) -> None:
        n_bytes = 2 * layer.n_channels * int(np.prod(self._n_cells(layer), dtype=np.int64))
        if n_bytes > self.max_bytes:
            raise ValueError(
                f"The {layer.n_channels} maps of {layer.name} take {n_bytes / 2**30:.1f} GB for this "
                f"photograph, but at most {self.max_bytes / 2**30:.1f} GB are kept; choose a deeper layer, "
                "or cut a part out of the photograph."
            )

    def _n_cells(self, layer: Layer) -> list[int]:
        return [-(-pixels // layer.stride) for pixels in self.image.shape[:2]]

    def _compute(self, layer: Layer, progress: Callable[[int, int], None]) -> LayerMaps:
        activations = Activations((VggLayer(layer.name, self.weights),), self.image)
        n_rows, n_columns = self._n_cells(layer)
        cells = np.empty((layer.n_channels, n_rows, n_columns), np.float16)
        progress(0, len(activations.grid))
        for done, tile in enumerate(activations.grid, start=1):
            row, column = tile.row // layer.stride, tile.column // layer.stride
            window = np.minimum(activations.window(layer.name, tile, 0), _HIGHEST)
            place = cells[:, row : row + window.shape[0], column : column + window.shape[1]]
            place[:] = np.moveaxis(window[: place.shape[1], : place.shape[2]], -1, 0)
            progress(done, len(activations.grid))
        self.n_computed += 1
        return LayerMaps(layer, cells, activations.shape, _scale_ends(cells))

    def _keep(self, maps: LayerMaps) -> None:
        self._kept[maps.layer.name] = maps
        while sum(kept.cells.nbytes for kept in self._kept.values()) > self.max_bytes:
            self._kept.popitem(last=False)


def _scale_ends(cells: npt.NDArray[np.float16]) -> Floats:
    flat = cells.reshape(len(cells), -1)
    step = max(1, flat.shape[1] // _SAMPLED) | 1  # odd: not the same columns again and again
    ends = np.percentile(flat[:, ::step].astype(np.float32), _SCALE_END, axis=1)
    highest = cells.max(axis=(1, 2)).astype(np.float32)
    ends = np.where(ends > 0, ends, highest)
    return np.where(ends > 0, ends, 1).astype(np.float32)


def side(name: str) -> int:
    """Return how many rows, and columns, of the photograph a cell of a layer depends on."""
    layer = LAYERS[name]
    return layer.stride + 2 * layer.reach
