"""The activations of one image, computed a tile at a time, and what is sampled from them.

An image is cut into tiles of one shape, so that one compiled program serves every image of a core.  The
network runs a tile at a time and its activations are kept at their own resolution (`cache` holds the latest,
up to a number of bytes).  Hypercolumns themselves are eight times as large as what they are sampled from;
they are made for the pixels or the tile asked for, used, and dropped.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from corewidgets.features.cache import cache
from corewidgets.features.image import check_image
from corewidgets.features.image_digest import image_digest
from corewidgets.features.sampling import (
    QUICK,
    Sampled,
    averaged_cells,
    cells_of,
    interpolate,
    reach_of,
    rim,
    upsample,
    without_halo,
)
from corewidgets.features.sources import Source, Window, base_of, sigma_of
from corewidgets.features.tiling import Tile, TileGrid, overlap, round_up
from corewidgets.machine import one_thread

_MOST_COLUMNS = 512
"""Wider images are cut into tiles of at most about this width."""

BAND_ROWS = 64
"""Rows of hypercolumns made at a time: few enough to stay in memory that the process has already touched."""

_NEAR = (64, 128)
"""Rows and columns that are averaged at a time where single pixels are asked for: few, so that pixels in one
corner do not have all averaged, and the same for photographs of every width."""

_MOST_REMEMBERED = 2**25
"""Bytes of hypercolumns at single pixels that are kept: those of the training pixels, for the next fit."""

Sources = tuple[Source, ...]

Progress = Callable[[int, int], None]
"""Called with how much is done and how much there is to do."""


class Activations:
    """What the sources of features say of one image, computed a tile at a time when first asked for.

    Parameters
    ----------
    sources : tuple of Source
        In the order of the features.
    image : numpy.ndarray
        ``(n_rows, n_columns, 3)`` uint8 RGB.
    tile_rows, tile_columns : int, optional
        The size of a tile in pixels, multiples of the largest stride; by default as wide as the image, in
        equal parts of up to 512 columns.

    Raises
    ------
    TypeError, ValueError
        If the image is not an RGB image of bytes, see `check_image`.
    """

    def __init__(
        self, sources: Sources, image: np.ndarray, tile_rows: int = 128, tile_columns: int | None = None
    ) -> None:
        self.sources = sources
        self.image = check_image(image)
        self.shape: tuple[int, int] = (self.image.shape[0], self.image.shape[1])
        width = tile_columns or _tile_columns(self.shape[1], stride_of(sources))
        self.grid = TileGrid(self.shape, (tile_rows, width))
        self.bands = TileGrid(self.shape, (BAND_ROWS, self.grid.tile_shape[1]))
        self._bases = {base_of(source).name: base_of(source) for source in sources}
        self._groups: dict[Any, list[Source]] = {}
        for base in self._bases.values():
            self._groups.setdefault(base.group, []).append(base)
        self._key = (self.grid, image_digest(self.image))

    @property
    def n_features(self) -> int:
        """The length of a hypercolumn."""
        return sum(source.n_channels for source in self.sources)

    @cached_property
    def of_pixels(self) -> Activations:
        """Those of the sources that are no averages over the surroundings, of the same tiles."""
        sources = tuple(source for source in self.sources if sigma_of(source) is None)
        return Activations(sources, self.image, *self.grid.tile_shape)

    def features(self, tile: Tile) -> jax.Array:
        """Return the hypercolumns of a tile.

        Parameters
        ----------
        tile : Tile
            A tile of `bands`.

        Returns
        -------
        jax.Array
            ``(tile.n_rows, tile.n_columns, n_features)`` float32; pixels outside of the image repeat its
            border.
        """
        return _sample_grid(self.sources, *self.inputs(tile))

    def kept_averages(self, few: Sources, tile: Tile, spacing: int = 1) -> dict[int, np.ndarray]:
        """Return the averaged cells of sources of few channels in a tile, those of a stride side by side.

        They are kept for the next time, as far as the cache reaches.  Those smaller than `spacing` pixels are
        averaged to that size; up to there they come without a rim.
        """
        key = ("averages", few, *self._key, tile, spacing)
        held = cache.find(key)
        if held is None:
            held = self._averages(few, tile) if spacing == 1 else self._averages_at(few, tile, spacing)
            cache.keep(key, held)
        return {int(stride): cells for stride, cells in held.items()}

    def _averages(self, few: Sources, tile: Tile) -> dict[str, np.ndarray]:
        cells = _averaged_cells(few, *self.inputs(tile, few)) if few else []
        of_stride: dict[str, list[Any]] = {}
        for source, part in zip(few, cells, strict=True):
            of_stride.setdefault(str(source.stride), []).append(part)
        return {stride: np.concatenate(parts, axis=-1) for stride, parts in of_stride.items()}

    def _averages_at(self, few: Sources, tile: Tile, spacing: int) -> dict[str, np.ndarray]:
        found = {}
        for stride, cells in self.kept_averages(few, tile).items():
            inside = without_halo(cells, rim(stride)) if stride <= spacing else cells
            found[str(stride)] = _pooled(inside, spacing // stride) if stride < spacing else inside
        return found

    def prepare(self, tile: Tile) -> None:
        """Compute, and keep as far as the cache reaches, what the hypercolumns of a tile are made of."""
        for base in self._bases.values():
            for down, across in self._tiles_around(base, tile, cell_halo(base, self.sources)):
                self.cells(base, down, across)

    def at(self, rows: np.ndarray, columns: np.ndarray, progress: Progress | None = None) -> np.ndarray:
        """Return the hypercolumns ``(n, n_features)`` of pixels; those asked for last are kept."""
        compute = partial(self._at, progress=progress)
        return _remembered((self.sources, *self._key), rows, columns, compute)

    def _at(self, rows: np.ndarray, columns: np.ndarray, progress: Progress | None = None) -> np.ndarray:
        features = np.empty((len(rows), self.n_features), np.float32)
        grid = TileGrid(self.shape, _NEAR)
        tile_of = (rows // grid.tile_shape[0]) * grid.n_across + columns // grid.tile_shape[1]
        order = np.argsort(tile_of, kind="stable")
        starts = np.flatnonzero(np.diff(tile_of[order], prepend=-1))
        done = 0
        for members in np.split(order, starts[1:]):
            if members.size:
                tile = grid.tile(*divmod(int(tile_of[members[0]]), grid.n_across))
                features[members] = self.points(tile, rows[members], columns[members])
                done += members.size
                if progress is not None:
                    progress(done, len(rows))
        return features

    def points(self, tile: Tile, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Return the hypercolumns ``(n, n_features)`` of pixels that lie in a tile."""
        rows, columns = rows - tile.row, columns - tile.column
        parts = [
            interpolate(cells, source.stride, rows, columns)
            for source, cells in zip(
                self.sources, _averaged_cells(self.sources, *self.inputs(tile)), strict=True
            )
        ]
        return np.concatenate(parts, axis=-1)

    def window(self, name: str, tile: Tile, margin: int) -> np.ndarray:
        """Return a source's cells in a tile and `margin` around it; beyond the image its border repeats.

        Parameters
        ----------
        name : str
            Of a source that is computed from pixels, such as ``"pool1"`` or ``"lab"``.
        tile : Tile
        margin : int

        Returns
        -------
        numpy.ndarray
            ``(tile.n_rows / stride + 2 margin, tile.n_columns / stride + 2 margin, n_channels)`` float32.
        """
        base = self._bases[name]
        return self.assembled(base, tile, margin, base.n_channels, partial(self.cells, base))

    def assembled(
        self, base: Source, tile: Tile, margin: int, n: int, of_tile: Callable[[int, int], np.ndarray]
    ) -> np.ndarray:
        """Return what `window` does, of `n` values for each cell that a function of a tile's place gives."""
        stride = base.stride
        top, left = tile.row // stride - margin, tile.column // stride - margin
        size = [pixels // stride + 2 * margin for pixels in (tile.n_rows, tile.n_columns)]
        window = np.empty((*size, n), np.float32)
        n_rows, n_columns = (pixels // stride for pixels in self.grid.tile_shape)
        for down, across in self._tiles_around(base, tile, margin):
            to_rows, from_rows = overlap(top, top + size[0], down * n_rows, n_rows)
            to_columns, from_columns = overlap(left, left + size[1], across * n_columns, n_columns)
            window[to_rows, to_columns] = of_tile(down, across)[from_rows, from_columns]
        n_cells = [-(-pixels // stride) for pixels in self.shape]
        return _repeat_border(window, (top, left), n_cells)

    def _tiles_around(self, base: Source, tile: Tile, margin: int) -> Iterator[tuple[int, int]]:
        """Yield which tiles of the grid hold the cells of a source in a tile and `margin` around it."""
        stride = base.stride
        downs, acrosses = (
            _covering(start // stride - margin, size // stride + 2 * margin, whole // stride, n_tiles)
            for start, size, whole, n_tiles in (
                (tile.row, tile.n_rows, self.grid.tile_shape[0], self.grid.n_down),
                (tile.column, tile.n_columns, self.grid.tile_shape[1], self.grid.n_across),
            )
        )
        return itertools.product(downs, acrosses)

    def inputs(
        self, tile: Tile, sources: Sources | None = None
    ) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
        """Return what the samplers take: windows on the cells, the tile's origin, the image's shape."""
        sources = self.sources if sources is None else sources
        windows = {
            base.name: self.window(base.name, tile, cell_halo(base, sources))
            for base in dict.fromkeys(map(base_of, sources))
        }
        return windows, np.array([tile.row, tile.column], np.int32), np.array(self.shape, np.int32)

    def cells(self, base: Source, down: int, across: int) -> np.ndarray:
        """Return the cells of a source in a tile of the grid, computed with all others of its group."""
        group = tuple(self._groups[base.group])
        compute = partial(self._compute, group, self.grid.tile(down, across))
        return cache.get((group, *self._key, down, across), compute)[base.name]

    def _compute(self, group: Sources, tile: Tile) -> dict[str, np.ndarray]:
        halo = round_up(max(source.halo for source in group), stride_of(group))
        pixels = _image_window(self.image, tile, halo)
        return type(group[0]).compute_all(group, Window(pixels, halo, tile.row, tile.column, self.shape))


class JoinedActivations:
    """The activations of several photographs of one piece, in register, as one.

    The hypercolumns of a pixel stand side by side.

    Parameters
    ----------
    parts : sequence of Activations
        One for each photograph, of one size; `image` is that of the first.

    Raises
    ------
    ValueError
        If photographs differ in size.
    """

    def __init__(self, parts: Sequence[Activations]) -> None:
        self.parts = tuple(parts)
        first = self.parts[0]
        self.image, self.shape, self.grid, self.bands = first.image, first.shape, first.grid, first.bands
        for part in self.parts[1:]:
            if part.shape != first.shape:
                raise ValueError(
                    f"One photograph of the piece has {first.shape[0]} rows and {first.shape[1]} columns, "
                    f"another {part.shape[0]} and {part.shape[1]}; register them first."
                )

    @property
    def n_features(self) -> int:
        """The length of the joined hypercolumn."""
        return sum(part.n_features for part in self.parts)

    @cached_property
    def of_pixels(self) -> JoinedActivations:
        """Those of the sources that are no averages over the surroundings; see `Activations`."""
        return JoinedActivations([part.of_pixels for part in self.parts])

    def features(self, tile: Tile) -> jax.Array:
        """Return the hypercolumns of a tile, of all photographs; see `Activations`."""
        features = [part.features(tile) for part in self.parts]
        return jnp.concatenate(features, axis=-1) if len(features) > 1 else features[0]

    def prepare(self, tile: Tile) -> None:
        """Compute what the hypercolumns of a tile are made of, of all photographs; see `Activations`."""
        for part in self.parts:
            part.prepare(tile)

    def at(self, rows: np.ndarray, columns: np.ndarray, progress: Progress | None = None) -> np.ndarray:
        """Return the hypercolumns ``(n, n_features)`` of pixels, of all photographs."""

        def tell(number: int, done: int, total: int) -> None:
            if progress is not None:
                progress(number * total + done, len(self.parts) * total)

        found = [part.at(rows, columns, partial(tell, number)) for number, part in enumerate(self.parts)]
        return np.concatenate(found, axis=1)


def stride_of(sources: Sequence[Source]) -> int:
    """Return the pixels that a tile must start on a multiple of: the largest stride."""
    return max((source.stride for source in sources), default=1)


def cell_halo(base: Source, sources: Sequence[Source]) -> int:
    """Return the cells around a tile that sampling needs: one to interpolate, and the widest window."""
    sigmas = [sigma_of(source) or 0.0 for source in sources if base_of(source) == base]
    return reach_of(max(sigmas, default=0.0) / base.stride) + rim(base.stride)


def _tile_columns(n_columns: int, stride: int) -> int:
    n_across = -(-n_columns // _MOST_COLUMNS)
    return round_up(-(-n_columns // n_across), max(16, stride))


def _remembered(
    key: Any, rows: np.ndarray, columns: np.ndarray, compute: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> np.ndarray:
    """Return the hypercolumns of pixels, out of the cache where they were asked for not long ago."""
    places = rows.astype(np.int64) << 32 | columns
    held = cache.find(key)
    if held is None:
        features, is_new = compute(rows, columns), np.ones(len(rows), bool)
    else:
        index = np.searchsorted(held["places"], places).clip(max=len(held["places"]) - 1)
        is_new = held["places"][index] != places
        features = held["features"][index]
        features[is_new] = compute(rows[is_new], columns[is_new])
    if is_new.any() and features.nbytes <= _MOST_REMEMBERED:
        _remember(key, places, features, is_new, held)
    return features


def _remember(
    key: Any, places: np.ndarray, features: np.ndarray, is_new: np.ndarray, held: dict[str, np.ndarray] | None
) -> None:
    """Keep hypercolumns in the cache, with those that it has of other pixels if they fit."""
    if held is None or held["features"].nbytes + features[is_new].nbytes > _MOST_REMEMBERED:
        held, is_new = {"places": places[:0], "features": features[:0]}, np.ones(len(places), bool)
    kept, first = np.unique(places[is_new], return_index=True)
    at = np.searchsorted(held["places"], kept)
    added = {"places": kept, "features": features[is_new][first]}
    cache.keep(key, {name: np.insert(held[name], at, values, axis=0) for name, values in added.items()})


@partial(jax.jit, static_argnums=0, compiler_options=QUICK)
def _sample_grid(
    sources: Sources, windows: dict[str, jax.Array], origin: jax.Array, shape: jax.Array
) -> jax.Array:
    """Return the hypercolumns of every pixel of a tile."""
    parts = [upsample(cells_of(source, origin, shape), source.stride) for source in sampled(sources, windows)]
    return jnp.concatenate(parts, axis=-1)


def _pooled(cells: np.ndarray, n: int) -> np.ndarray:
    """Return the means of squares of `n` by `n` cells."""
    squares = [cells[down::n, across::n] for down in range(n) for across in range(n)]
    return sum(squares[1:], start=squares[0]) / np.float32(n * n)


def _averaged_cells(
    sources: Sources, windows: dict[str, np.ndarray], origin: np.ndarray, shape: np.ndarray
) -> list[np.ndarray]:
    """Return the cells of each source in a tile, and the rim around it that interpolation needs."""
    with one_thread():
        return [averaged_cells(source, origin, shape) for source in sampled(sources, windows)]


def sampled(sources: Sources, windows: Mapping[str, Any]) -> Iterator[Sampled]:
    """Yield what is sampled, in the order of the features."""
    for source in sources:
        base, sigma = base_of(source), sigma_of(source)
        cells = None if sigma is None else sigma / base.stride
        yield Sampled(windows[base.name], cell_halo(base, sources), base.stride, cells)


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


def _covering(start: int, size: int, piece: int, n_pieces: int) -> range:
    """Return the numbers of the pieces of an axis, `piece` long each, that meet ``[start, start + size)``."""
    return range(max(0, start // piece), min(n_pieces, -(-(start + size) // piece)))


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
