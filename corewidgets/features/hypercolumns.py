"""One vector a pixel: what the layers of VGG-16 say of it, sampled at the pixel.

Hariharan, Arbelaez, Girshick and Malik (2015), Hypercolumns for object segmentation and fine-grained
localization, CVPR, section 2.  The published method for drill core takes ``pool1`` and ``pool2``: 64 + 128 =
192 numbers a pixel.

An image is cut into tiles of one shape, so that one compiled program serves every image of a core.  The
network runs a tile at a time and its activations are kept at their own resolution (`cache` holds the latest,
up to a number of bytes).  Hypercolumns themselves are eight times as large as what they are sampled from;
they are made for the pixels or the tile asked for, used, and dropped.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from corewidgets.features import vgg16
from corewidgets.features.cache import cache
from corewidgets.features.color import srgb_to_lab
from corewidgets.features.sampling import Source, cells_of, interpolate, reach_of, rim, upsample, without_halo
from corewidgets.features.tiling import Tile, TileGrid, overlap, round_up
from corewidgets.features.weights import Preprocessing, Weights, load_weights

_MOST_COLUMNS = 512
"""Wider images are cut into tiles of at most about this width."""

BAND_ROWS = 64
"""Rows of hypercolumns made at a time: few enough to stay in memory that the process has already touched."""

_POINTS = 4096
"""Pixels that one call of the compiled point sampler takes."""


_MOST_REMEMBERED = 2**25
"""Bytes of hypercolumns at single pixels that are kept: those of the training pixels, for the next fit."""


@dataclass(frozen=True)
class Hypercolumns:
    """The recipe for the features of a pixel.

    Parameters
    ----------
    layers : tuple of str
        Layers of VGG-16 by the paper's names: ``conv1_1`` to ``conv5_3`` (after the rectifier), ``pool1`` to
        ``pool5``.
    smoothing : tuple of float
        Standard deviations, in image pixels, of Gaussian windows: each adds every layer once more, averaged
        over the window (local texture statistics).
    lab : bool
        Whether the pixel's CIE L*a*b* color is added.
    lab_smoothing : tuple of float
        Standard deviations, in image pixels, of Gaussian windows over which L*a*b* is averaged and added.
    weights : Weights, optional
        The network's weights; by default the bundled ImageNet weights of torchvision.
    tile_rows, tile_columns : int, optional
        The size of a tile in pixels, multiples of `stride`.  By default 128 rows, and as many columns as the
        image has, rounded up to a multiple of 16 (or of the stride); an image wider than 512 is cut into
        equal parts.  Give `tile_columns` to make photographs of different widths share one compiled program.

    Raises
    ------
    ValueError
        If a layer is unknown or named twice, there is nothing to compute, a standard deviation is not
        positive, or a tile is not a multiple of the stride.

    Examples
    --------
    >>> Hypercolumns().n_features
    192
    >>> Hypercolumns(layers=("conv1_1",), lab=True).feature_names[-2:]
    ('lab/1', 'lab/2')
    """

    layers: tuple[str, ...] = ("pool1", "pool2")
    smoothing: tuple[float, ...] = ()
    lab: bool = False
    lab_smoothing: tuple[float, ...] = ()
    weights: Weights | None = None
    tile_rows: int = 128
    tile_columns: int | None = None

    def __post_init__(self) -> None:
        for name in ("layers", "smoothing", "lab_smoothing"):
            value = getattr(self, name)
            if isinstance(value, (str, float, int)):
                value = (value,)
            object.__setattr__(self, name, tuple(value))
        _check_recipe(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Hypercolumns:
        """Return the recipe itself: it never changes, and `clone` need not copy the weights."""
        return self

    @property
    def stride(self) -> int:
        """Pixels a tile must start on a multiple of: the deepest layer's stride."""
        return max((vgg16.layer(name).stride for name in self.layers), default=1)

    @property
    def halo(self) -> int:
        """Pixels of the image around a tile that its hypercolumns depend on."""
        taps = [
            _cell_margin(vgg16.layer(name).stride, self.smoothing) * vgg16.layer(name).stride
            + vgg16.layer(name).halo
            for name in self.layers
        ]
        return round_up(max([*taps, self._lab_margin]), self.stride)

    @cached_property
    def feature_names(self) -> tuple[str, ...]:
        """The name of each feature: ``"pool1/28"``, smoothed ``"pool1~8/28"``, ``"lab/0"``, ``"lab~8/0"``."""
        sources = [(name, vgg16.layer(name).n_channels) for name in self.layers]
        sources += [
            (f"{name}~{sigma:g}", vgg16.layer(name).n_channels)
            for name in self.layers
            for sigma in self.smoothing
        ]
        sources += [("lab", 3)] * self.lab + [(f"lab~{sigma:g}", 3) for sigma in self.lab_smoothing]
        return tuple(f"{name}/{channel}" for name, n_channels in sources for channel in range(n_channels))

    @property
    def n_features(self) -> int:
        """The length of a hypercolumn."""
        return len(self.feature_names)

    def at(self, image: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Return the hypercolumns of some pixels; the network runs only on the tiles that these lie in.

        Parameters
        ----------
        image : numpy.ndarray
            ``(n_rows, n_columns, 3)`` uint8 RGB.
        rows, columns : numpy.ndarray
            ``(n,)`` integers: the pixels.

        Returns
        -------
        numpy.ndarray
            ``(n, n_features)`` float32.

        Raises
        ------
        ValueError
            If the image is not an RGB image of bytes, or a pixel lies outside of it.
        """
        activations = Activations(self, image)
        rows, columns = check_pixels(rows, columns, activations.shape)
        return _remembered((self, *activations._key), rows, columns, activations.at)

    def tiles(self, image: np.ndarray) -> Iterator[tuple[tuple[slice, slice], np.ndarray]]:
        """Yield an image piece by piece, each with its hypercolumns, made when asked for.

        Parameters
        ----------
        image : numpy.ndarray
            ``(n_rows, n_columns, 3)`` uint8 RGB.

        Yields
        ------
        (slice, slice)
            The rows and columns of the piece.
        numpy.ndarray
            ``(n_rows, n_columns, n_features)`` of the piece, float32.
        """
        activations = Activations(self, image)
        for tile in activations.bands:
            place = tile.inside(activations.shape)
            n_rows, n_columns = (part.stop - part.start for part in place)
            yield place, np.asarray(activations.features(tile))[:n_rows, :n_columns]

    def dense(self, image: np.ndarray) -> np.ndarray:
        """Return the hypercolumns of every pixel at once: 768 bytes a pixel for the default layers.

        Parameters
        ----------
        image : numpy.ndarray
            ``(n_rows, n_columns, 3)`` uint8 RGB.

        Returns
        -------
        numpy.ndarray
            ``(n_rows, n_columns, n_features)`` float32.
        """
        features = np.empty((*_check_image(image).shape[:2], self.n_features), np.float32)
        for place, part in self.tiles(image):
            features[place] = part
        return features

    def feature_map(self, image: np.ndarray, name: str) -> np.ndarray:
        """Return one feature of every pixel.

        Parameters
        ----------
        image : numpy.ndarray
            ``(n_rows, n_columns, 3)`` uint8 RGB.
        name : str
            One of `feature_names`, such as ``"pool1/28"``: layer pool1, channel 28, counted from 0.

        Returns
        -------
        numpy.ndarray
            ``(n_rows, n_columns)`` float32.

        Raises
        ------
        ValueError
            If there is no such feature.
        """
        if name not in self.feature_names:
            raise ValueError(
                f"There is no feature {name!r} among the {self.n_features} of these hypercolumns; "
                f"choose from {self.feature_names[0]}, ..., {self.feature_names[-1]}."
            )
        index = self.feature_names.index(name)
        feature_map = np.empty(_check_image(image).shape[:2], np.float32)
        for place, part in self.tiles(image):
            feature_map[place] = part[..., index]
        return feature_map

    @property
    def _lab_margin(self) -> int:
        return reach_of(max(self.lab_smoothing, default=0.0))

    def _tile_shape(self, shape: tuple[int, int]) -> tuple[int, int]:
        if self.tile_columns is not None:
            return self.tile_rows, self.tile_columns
        n_across = -(-shape[1] // _MOST_COLUMNS)
        return self.tile_rows, round_up(-(-shape[1] // n_across), max(16, self.stride))


class Activations:
    """The activations of one image, computed a tile at a time when first asked for.

    Parameters
    ----------
    hypercolumns : Hypercolumns
        Which layers, and in which tiles.
    image : numpy.ndarray
        ``(n_rows, n_columns, 3)`` uint8 RGB.

    Raises
    ------
    ValueError
        If the image is not an RGB image of bytes.
    """

    def __init__(self, hypercolumns: Hypercolumns, image: np.ndarray) -> None:
        self.hypercolumns = hypercolumns
        self.image = _check_image(image)
        self.shape: tuple[int, int] = self.image.shape[:2]
        self.grid = TileGrid(self.shape, hypercolumns._tile_shape(self.shape))
        self.bands = TileGrid(self.shape, (BAND_ROWS, self.grid.tile_shape[1]))
        self._weights = hypercolumns.weights or _bundled_weights(_n_blocks(hypercolumns.layers))
        digest = hashlib.blake2b(np.ascontiguousarray(self.image).data, digest_size=16).hexdigest()
        self._key = (self._weights.digest, hypercolumns.layers, self.grid, digest)

    def features(self, tile: Tile, step: int = 1) -> jax.Array:
        """Return the hypercolumns of a tile, or of every `step`-th row and column of it.

        Parameters
        ----------
        tile : Tile
            A tile of `bands`.
        step : int
            A divisor of the tile's size.

        Returns
        -------
        jax.Array
            ``(tile.n_rows / step, tile.n_columns / step, n_features)`` float32; pixels outside of the image
            repeat its border.
        """
        return _sample_grid(self.hypercolumns, step, *self._inputs(tile))

    def project(self, tile: Tile, weights: np.ndarray) -> jax.Array:
        """Return linear functions of the hypercolumns of a tile, without making the hypercolumns.

        Averaging and interpolating are linear too, so that the weights come first, where there are few cells.

        Parameters
        ----------
        tile : Tile
            A tile of `grid`.
        weights : numpy.ndarray
            ``(n_features, n)`` float32.

        Returns
        -------
        jax.Array
            ``(tile.n_rows, tile.n_columns, n)`` float32: ``features(tile) @ weights``.
        """
        if len(weights) != self.hypercolumns.n_features:
            raise ValueError(
                f"There are weights for {len(weights)} features, but {self.hypercolumns.n_features} describe "
                "a pixel; project with the weights of a classifier that was trained on these features."
            )
        return _project_grid(self.hypercolumns, *self._inputs(tile), weights)

    def prepare(self, tile: Tile) -> None:
        """Compute, and keep as far as the cache reaches, what the hypercolumns of a tile are made of."""
        self._inputs(tile)

    def at(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Return the hypercolumns ``(n, n_features)`` of pixels of the image."""
        features = np.empty((len(rows), self.hypercolumns.n_features), np.float32)
        grid = self.bands
        tile_of = (rows // grid.tile_shape[0]) * grid.n_across + columns // grid.tile_shape[1]
        order = np.argsort(tile_of, kind="stable")
        starts = np.flatnonzero(np.diff(tile_of[order], prepend=-1))
        for members in np.split(order, starts[1:]):
            if members.size:
                tile = grid.tile(*divmod(int(tile_of[members[0]]), grid.n_across))
                features[members] = self.points(tile, rows[members], columns[members])
        return features

    def points(self, tile: Tile, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Return the hypercolumns ``(n, n_features)`` of pixels that lie in a tile."""
        inputs = self._inputs(tile)
        rows, columns = rows - tile.row, columns - tile.column
        parts = []
        for start in range(0, len(rows), _POINTS):
            part = slice(start, start + _POINTS)
            n = len(rows[part])
            padded = [np.resize(pixels[part], _POINTS).astype(np.int32) for pixels in (rows, columns)]
            parts.append(np.asarray(_sample_points(self.hypercolumns, *inputs, *padded))[:n])
        return np.concatenate(parts)

    def window(self, name: str, tile: Tile, margin: int) -> np.ndarray:
        """Return a layer's cells in a tile and `margin` cells around it; beyond the image its border repeats.

        Parameters
        ----------
        name : str
            A layer of the recipe, or ``"lab"``: the color of each pixel.
        tile : Tile
        margin : int

        Returns
        -------
        numpy.ndarray
            ``(tile.n_rows / stride + 2 margin, tile.n_columns / stride + 2 margin, n_channels)`` float32.
        """
        stride, n_channels, of_tile = (1, 3, self._lab) if name == "lab" else self._layer(name)
        top, left = tile.row // stride - margin, tile.column // stride - margin
        size = [pixels // stride + 2 * margin for pixels in (tile.n_rows, tile.n_columns)]
        window = np.empty((*size, n_channels), np.float32)
        n_rows, n_columns = (pixels // stride for pixels in self.grid.tile_shape)
        for down in _covering(top, size[0], n_rows, self.grid.n_down):
            to_rows, from_rows = overlap(top, top + size[0], down * n_rows, n_rows)
            for across in _covering(left, size[1], n_columns, self.grid.n_across):
                to_columns, from_columns = overlap(left, left + size[1], across * n_columns, n_columns)
                window[to_rows, to_columns] = of_tile(down, across)[name][from_rows, from_columns]
        n_cells = [-(-pixels // stride) for pixels in self.shape]
        return _repeat_border(window, (top, left), n_cells)

    def _inputs(self, tile: Tile) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
        """Return what the samplers take: windows on the layers, the tile's origin, the image's shape."""
        recipe = self.hypercolumns
        windows = {
            name: self.window(name, tile, _cell_margin(vgg16.layer(name).stride, recipe.smoothing))
            for name in recipe.layers
        }
        if _has_lab(recipe):
            windows["lab"] = self.window("lab", tile, recipe._lab_margin)
        return windows, np.array([tile.row, tile.column], np.int32), np.array(self.shape, np.int32)

    def _layer(self, name: str) -> tuple[int, int, Callable[[int, int], dict[str, np.ndarray]]]:
        layer = vgg16.layer(name)
        return layer.stride, layer.n_channels, self._tile

    def _tile(self, down: int, across: int) -> dict[str, np.ndarray]:
        return cache.get((*self._key, down, across), partial(self._compute, self.grid.tile(down, across)))

    def _lab(self, down: int, across: int) -> dict[str, np.ndarray]:
        return cache.get(
            ("lab", *self._key[2:], down, across), partial(self._compute_lab, self.grid.tile(down, across))
        )

    def _compute_lab(self, tile: Tile) -> dict[str, np.ndarray]:
        return {"lab": np.asarray(_jitted_lab(_image_window(self.image, tile, 0)))}

    def _compute(self, tile: Tile) -> dict[str, np.ndarray]:
        network = _network(self._weights, self.hypercolumns.layers)
        halo = max(vgg16.layer(name).halo for name in self.hypercolumns.layers)
        halo = round_up(halo, self.hypercolumns.stride)
        activations = _run_network(
            network.graph,
            self._weights.preprocessing,
            halo,
            network.state,
            _image_window(self.image, tile, halo),
            np.array([tile.row, tile.column], np.int32),
            np.array(self.shape, np.int32),
        )
        return {name: np.asarray(values) for name, values in activations.items()}


def _remembered(
    key: Any, rows: np.ndarray, columns: np.ndarray, compute: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> np.ndarray:
    """Return the hypercolumns of pixels, out of the cache where they were asked for not long ago."""
    places = rows.astype(np.int64) << 32 | columns
    held = cache.find(key)
    if held is None:
        features = compute(rows, columns)
    else:
        index = np.searchsorted(held["places"], places).clip(max=len(held["places"]) - 1)
        is_new = held["places"][index] != places
        features = held["features"][index]
        features[is_new] = compute(rows[is_new], columns[is_new])
    if 0 < features.nbytes <= _MOST_REMEMBERED:
        _remember(key, places, features, held)
    return features


def _remember(key: Any, places: np.ndarray, features: np.ndarray, held: dict[str, np.ndarray] | None) -> None:
    """Keep hypercolumns in the cache, with those that it has of other pixels if they fit."""
    if held is not None and held["features"].nbytes + features.nbytes <= _MOST_REMEMBERED:
        places = np.concatenate([places, held["places"]])
        features = np.concatenate([features, held["features"]])
    kept, first = np.unique(places, return_index=True)
    cache.keep(key, {"places": kept, "features": features[first]})


@dataclass(frozen=True)
class _Network:
    graph: Any
    state: Any


@lru_cache(maxsize=4)
def _network(weights: Weights, layers: tuple[str, ...]) -> _Network:
    return _Network(*nnx.split(vgg16.Vgg16(weights, layers)))


@lru_cache(maxsize=5)
def _bundled_weights(n_blocks: int) -> Weights:
    return load_weights(n_blocks=n_blocks)


def _n_blocks(layers: tuple[str, ...]) -> int:
    return max((vgg16.layer(name).block for name in layers), default=1)


@partial(jax.jit, static_argnums=(0, 1, 2))
def _run_network(
    graph: Any,
    preprocessing: Preprocessing,
    halo: int,
    state: Any,
    pixels: jax.Array,
    origin: jax.Array,
    shape: jax.Array,
) -> dict[str, jax.Array]:
    """Return the tapped layers ``(n_rows / stride, n_columns / stride, n_channels)`` of a tile."""

    def inside(stride: int) -> jax.Array:
        masks = []
        for axis in (0, 1):
            cells = (origin[axis] - halo) // stride + jnp.arange(pixels.shape[axis] // stride)
            masks.append((cells >= 0) & (cells < -(-shape[axis] // stride)))
        return (masks[0][:, None] & masks[1][None, :])[..., None].astype(jnp.float32)

    x = pixels[..., jnp.array(preprocessing.channels)].astype(jnp.float32) * preprocessing.scale
    x = (x - jnp.array(preprocessing.mean, jnp.float32)) / jnp.array(preprocessing.std, jnp.float32)
    activations = nnx.merge(graph, state)((x * inside(1))[None], inside)
    return {
        name: without_halo(values[0], halo // vgg16.layer(name).stride)
        for name, values in activations.items()
    }


@partial(jax.jit, static_argnums=(0, 1))
def _sample_grid(
    recipe: Hypercolumns, step: int, windows: dict[str, jax.Array], origin: jax.Array, shape: jax.Array
) -> jax.Array:
    """Return the hypercolumns of every `step`-th row and column of a tile."""
    parts = [
        upsample(cells_of(source, origin, shape), source.stride, step) for source in _sources(recipe, windows)
    ]
    return jnp.concatenate(parts, axis=-1)


@partial(jax.jit, static_argnums=0)
def _project_grid(
    recipe: Hypercolumns,
    windows: dict[str, jax.Array],
    origin: jax.Array,
    shape: jax.Array,
    weights: jax.Array,
) -> jax.Array:
    """Return linear functions of the hypercolumns of every pixel of a tile."""
    totals: dict[int, jax.Array] = {}
    first = 0
    for source in _sources(recipe, windows):
        stop = first + source.window.shape[-1]
        cells = cells_of(source, origin, shape, weights[first:stop])
        totals[source.stride] = totals.get(source.stride, 0.0) + cells
        first = stop
    parts = [upsample(cells, stride, 1) for stride, cells in totals.items()]
    return sum(parts[1:], start=parts[0])


@partial(jax.jit, static_argnums=0)
def _sample_points(
    recipe: Hypercolumns,
    windows: dict[str, jax.Array],
    origin: jax.Array,
    shape: jax.Array,
    rows: jax.Array,
    columns: jax.Array,
) -> jax.Array:
    """Return the hypercolumns ``(n, n_features)`` at pixels counted from the tile's first."""
    parts = [
        interpolate(cells_of(source, origin, shape), source.stride, rows, columns)
        for source in _sources(recipe, windows)
    ]
    return jnp.concatenate(parts, axis=-1)


def _sources(recipe: Hypercolumns, windows: dict[str, jax.Array]) -> Iterator[Source]:
    """Yield what is sampled, in the order of the features."""
    layers = []
    for name in recipe.layers:
        stride = vgg16.layer(name).stride
        layers.append(Source(windows[name], _cell_margin(stride, recipe.smoothing), stride))
    yield from layers
    for layer in layers:
        for sigma in recipe.smoothing:
            yield layer._replace(sigma=sigma / layer.stride)
    if _has_lab(recipe):
        lab = Source(windows["lab"], recipe._lab_margin, 1)
        if recipe.lab:
            yield lab
        for sigma in recipe.lab_smoothing:
            yield lab._replace(sigma=sigma)


_jitted_lab = jax.jit(srgb_to_lab)


def _image_window(image: np.ndarray, tile: Tile, margin: int) -> np.ndarray:
    """Return the pixels of a tile and `margin` pixels around it, black outside of the image."""
    window = np.zeros((tile.n_rows + 2 * margin, tile.n_columns + 2 * margin, 3), np.uint8)
    top, left = tile.row - margin, tile.column - margin
    to_rows, from_rows = overlap(top, top + window.shape[0], 0, image.shape[0])
    to_columns, from_columns = overlap(left, left + window.shape[1], 0, image.shape[1])
    window[to_rows, to_columns] = image[from_rows, from_columns]
    return window


def _repeat_border(window: np.ndarray, origin: Sequence[int], size: Sequence[int]) -> np.ndarray:
    """Fill a window beyond the image of `size` rows and columns with its nearest cells, in place."""
    for axis in (0, 1):
        cells = window if axis == 0 else window.swapaxes(0, 1)
        before, inside = max(0, -origin[axis]), size[axis] - origin[axis]
        cells[:before] = cells[before : before + 1]
        cells[inside:] = cells[inside - 1 : inside]
    return window


def _cell_margin(stride: int, smoothing: tuple[float, ...]) -> int:
    """Return the cells around a tile that sampling needs: one to interpolate, and the widest window."""
    return reach_of(max(smoothing, default=0.0) / stride) + rim(stride)


def _covering(start: int, size: int, piece: int, n_pieces: int) -> range:
    """Return the numbers of the pieces of an axis, `piece` long each, that meet ``[start, start + size)``."""
    return range(max(0, start // piece), min(n_pieces, -(-(start + size) // piece)))


def _has_lab(recipe: Hypercolumns) -> bool:
    return recipe.lab or bool(recipe.lab_smoothing)


def _check_recipe(recipe: Hypercolumns) -> None:
    for name in recipe.layers:
        vgg16.layer(name)
        if recipe.layers.count(name) > 1:
            raise ValueError(f"The layer {name!r} is named twice; name each layer once.")
    for sigma in (*recipe.smoothing, *recipe.lab_smoothing):
        if not (math.isfinite(sigma) and sigma > 0):
            raise ValueError(
                f"A Gaussian window needs a standard deviation above 0 pixels, but it is {sigma}."
            )
    if not recipe.layers and not _has_lab(recipe):
        raise ValueError("There is nothing to compute: name at least one layer, or ask for lab color.")
    for axis, size in (("tile_rows", recipe.tile_rows), ("tile_columns", recipe.tile_columns)):
        if size is not None and (size < 1 or size % recipe.stride):
            raise ValueError(
                f"{axis} is {size}, but tiles of {', '.join(recipe.layers)} must be a multiple of the stride "
                f"{recipe.stride}; try {round_up(max(size, 1), recipe.stride)}."
            )


def _check_image(image: np.ndarray) -> np.ndarray:
    image = np.asarray(image)
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or 0 in image.shape:
        raise ValueError(
            f"An image has shape (n_rows, n_columns, 3) and dtype uint8, but this one has {image.shape} and "
            f"{image.dtype}; read_section makes one from a file."
        )
    return image


def check_pixels(
    rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return rows and columns ``(n,)`` as arrays, or raise unless all lie in an image of `shape`."""
    rows, columns = np.asarray(rows), np.asarray(columns)
    for name, pixels, size in (("row", rows, shape[0]), ("column", columns, shape[1])):
        outside = (pixels < 0) | (pixels >= size)
        if outside.any():
            raise ValueError(
                f"There is no {name} {pixels[outside][0]}: the image has {shape[0]} rows and "
                f"{shape[1]} columns, counted from 0."
            )
    return rows, columns
