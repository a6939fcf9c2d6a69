"""Smooth probabilities along the photograph: a conditional random field with windows of fixed reach.

A pixel's class is seldom alone: its neighbors of the same color belong to the same clast.  A fully connected
conditional random field says so (Kraehenbuehl and Koltun 2011, Efficient inference in fully connected CRFs
with Gaussian edge potentials, NIPS, equations 2 to 4 and algorithm 1).  Ending its windows at a fixed reach
turns each mean-field step into a convolution (Teichmann and Cipolla 2018, Convolutional CRFs for semantic
segmentation, arXiv 1805.04777, section 4), which can be computed tile by tile.

The steps run on cells of 2 x 2 pixels; the last one is taken at every pixel, with its own probabilities.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from corewidgets.hypercolumns import srgb_to_lab
from corewidgets.tiling import Tile, TileGrid, round_up

_CELL = 2
"""Pixels along a side of a cell."""

_LEAST = 1e-4
"""A class is never thought less likely than this: one forest of 100 trees cannot exclude a class."""

_MOST_COLUMNS = 512
"""Wider images are cut into tiles of about this width."""


@dataclass(frozen=True)
class Regularizer:
    """Make neighbors of like color agree on their class.

    Parameters
    ----------
    strength : float
        How much the neighbors' opinion counts beside the pixel's own: 0 leaves the segmentation as it is.
    trust : float
        Exponent of the probabilities before they are weighed against the neighbors; below 1 for a classifier
        that is surer than it is right.
    width : float
        Standard deviation, in pixels, of the window over distance.
    color_width : float
        Standard deviation of the window over color, in units of CIE L*a*b*: where the photograph changes by
        much more than this, the neighbor is not listened to.
    reach : int
        Pixels after which the window ends.
    spacing : int
        Pixels between the neighbors listened to, a multiple of 2.
    n_steps : int
        Mean-field steps.
    tile_rows : int
        Rows of a tile, a multiple of 2.

    Raises
    ------
    ValueError
        If a parameter is out of its range.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.zeros((8, 8, 3), np.uint8)
    >>> probabilities = np.full((8, 8, 2), 0.5, np.float32)
    >>> probabilities[:, :4] = 0.8, 0.2
    >>> Regularizer().smooth(image, probabilities).argmax(axis=-1).max()
    np.int64(0)
    """

    strength: float = 5.0
    trust: float = 0.3
    width: float = 16.0
    color_width: float = 4.0
    reach: int = 24
    spacing: int = 6
    n_steps: int = 3
    tile_rows: int = 512

    def __post_init__(self) -> None:
        _check_settings(self)

    @property
    def halo(self) -> int:
        """Pixels of the image around a tile that its result depends on."""
        return self.n_steps * self.reach // _CELL * _CELL + _CELL

    def smooth(self, image: np.ndarray, probabilities: np.ndarray) -> NDArray[np.float32]:
        """Return the probabilities after the neighbors have been heard.

        Parameters
        ----------
        image : numpy.ndarray
            ``(n_rows, n_columns, 3)`` uint8 RGB: the photograph.
        probabilities : numpy.ndarray
            ``(n_rows, n_columns, n_classes)`` of the same photograph.

        Returns
        -------
        numpy.ndarray
            ``(n_rows, n_columns, n_classes)`` float32, sums to 1.

        Raises
        ------
        ValueError
            If the probabilities are not of this image, or an image is not RGB bytes.
        """
        _check_pair(image, probabilities)
        smoothed = np.empty(probabilities.shape, np.float32)
        for tile in _tiles((image.shape[0], image.shape[1]), self.tile_rows):
            place = tile.inside((image.shape[0], image.shape[1]))
            n_rows, n_columns = (part.stop - part.start for part in place)
            pixels = _window(image, tile, self.halo)
            beliefs = _window(probabilities, tile, self.halo)
            origin = np.array([tile.row - self.halo, tile.column - self.halo], np.int32)
            result = _mean_field(self, pixels, beliefs, origin, np.array(image.shape[:2], np.int32))
            smoothed[place] = np.asarray(result)[:n_rows, :n_columns]
        return smoothed


@partial(jax.jit, static_argnums=0)
def _mean_field(
    settings: Regularizer, pixels: jax.Array, beliefs: jax.Array, origin: jax.Array, shape: jax.Array
) -> jax.Array:
    """Return the smoothed probabilities of a tile, given those of the tile and its halo."""
    unary = settings.trust * jnp.log(jnp.maximum(beliefs, _LEAST))
    lab = srgb_to_lab(pixels)
    cells, cell_lab = _cells(unary), _cells(lab)
    inside = _inside(cells.shape[:2], origin, shape)
    weights = _neighbor_weights(settings, cell_lab, inside)

    def step(_: int, messages: jax.Array) -> jax.Array:
        return _listen(settings, jax.nn.softmax(cells + settings.strength * messages), weights)

    messages = jax.lax.fori_loop(0, settings.n_steps, step, jnp.zeros_like(cells))
    messages = _at_pixels(messages, cell_lab, lab, inside, settings.color_width)
    logits = unary + settings.strength * messages
    return jax.nn.softmax(logits[settings.halo : -settings.halo, settings.halo : -settings.halo])


def _cells(values: jax.Array) -> jax.Array:
    """Return the means of blocks of 2 x 2 pixels."""
    n_rows, n_columns, n = values.shape
    return values.reshape(n_rows // _CELL, _CELL, n_columns // _CELL, _CELL, n).mean(axis=(1, 3))


def _inside(shape: tuple[int, ...], origin: jax.Array, image_shape: jax.Array) -> jax.Array:
    """Return which cells lie in the image, at least in part."""
    masks = []
    for axis in (0, 1):
        cell = origin[axis] // _CELL + jnp.arange(shape[axis])
        masks.append((cell >= 0) & (cell < -(-image_shape[axis] // _CELL)))
    return masks[0][:, None] & masks[1][None, :]


def _neighbor_weights(settings: Regularizer, lab: jax.Array, inside: jax.Array) -> jax.Array:
    """Return how much each cell listens to each neighbor, ``(n_neighbors, n_rows, n_columns)``, sums to 1."""

    def weight(offset: jax.Array) -> jax.Array:
        distance = ((offset * _CELL / settings.width) ** 2).sum()
        difference = ((at(lab_around, offset) - lab) ** 2).sum(axis=-1) / settings.color_width**2
        return jnp.exp(-0.5 * (distance + difference)) * at(inside_around, offset)

    lab_around, at = _around(settings, lab)
    inside_around, _ = _around(settings, inside)
    weights = jax.lax.map(weight, _offsets(settings))
    return weights / (weights.sum(axis=0) + 1e-6)


def _offsets(settings: Regularizer) -> jax.Array:
    """Return the neighbors of a cell, ``(n_neighbors, 2)``: a lattice within a circle, in cells."""
    reach, spacing = settings.reach // _CELL, settings.spacing // _CELL
    steps = np.arange(-(reach // spacing) * spacing, reach + 1, spacing)
    offsets = np.stack(np.meshgrid(steps, steps, indexing="ij"), axis=-1).reshape(-1, 2)
    distance = np.hypot(*offsets.T)
    return jnp.array(offsets[(distance > 0) & (distance <= reach)])


def _around(
    settings: Regularizer, values: jax.Array
) -> tuple[jax.Array, Callable[[jax.Array, jax.Array], jax.Array]]:
    """Return cells with a rim of zeros, and the function that reads each cell's neighbor at an offset."""
    rim = settings.reach // _CELL

    def at(around: jax.Array, offset: jax.Array) -> jax.Array:
        size = tuple(n - 2 * rim for n in around.shape[:2]) + around.shape[2:]
        start = [offset[0] + rim, offset[1] + rim] + [jnp.int32(0)] * (around.ndim - 2)
        return jax.lax.dynamic_slice(around, start, size)

    return jnp.pad(values, [(rim, rim), (rim, rim)] + [(0, 0)] * (values.ndim - 2)), at


def _listen(settings: Regularizer, beliefs: jax.Array, weights: jax.Array) -> jax.Array:
    """Return each cell's weighted average of its neighbors' beliefs."""
    around, at = _around(settings, beliefs)
    offsets = _offsets(settings)

    def add(k: int, total: jax.Array) -> jax.Array:
        return total + weights[k][..., None] * at(around, offsets[k])

    return jax.lax.fori_loop(0, len(offsets), add, jnp.zeros_like(beliefs))


def _at_pixels(
    cells: jax.Array, cell_lab: jax.Array, lab: jax.Array, inside: jax.Array, color_width: float
) -> jax.Array:
    """Interpolate cells at pixels, out of those that have the pixel's color.

    Joint bilateral upsampling (Kopf, Cohen, Lischinski and Uyttendaele 2007, ACM Transactions on Graphics 26,
    article 96): an edge of color stays where the photograph has it, not where the cells end.
    """
    total, share = jnp.zeros((*lab.shape[:2], cells.shape[-1])), jnp.full((*lab.shape[:2], 1), 1e-12)
    for down, across in ((0, 0), (0, 1), (1, 0), (1, 1)):
        difference = ((_beside(cell_lab, down, across) - lab) ** 2).sum(axis=-1, keepdims=True)
        nearness = (0.25 if down else 0.75) * (0.25 if across else 0.75)
        weight = nearness * jnp.exp(-0.5 * jnp.minimum(difference / color_width**2, 40.0))
        weight *= _beside(inside[..., None], down, across)
        total, share = total + weight * _beside(cells, down, across), share + weight
    return total / share


def _beside(cells: jax.Array, down: int, across: int) -> jax.Array:
    """Return, at each pixel, its cell (0) or the next nearest (1), by axis."""
    for axis, step in ((0, down), (1, across)):
        along = jnp.moveaxis(cells, axis, 0)
        before = jnp.concatenate([along[:step], along[: len(along) - step]])
        after = jnp.concatenate([along[step:], along[len(along) - step :]])
        pairs = jnp.stack([before, after], axis=1)
        cells = jnp.moveaxis(pairs.reshape(_CELL * len(along), *along.shape[1:]), 0, axis)
    return cells


def _tiles(shape: tuple[int, int], tile_rows: int) -> TileGrid:
    """Cut an image into equal tiles: no taller than it, no wider than about 512 pixels."""
    n_across = -(-shape[1] // _MOST_COLUMNS)
    n_columns = round_up(-(-shape[1] // n_across), 16)
    return TileGrid(shape, (min(tile_rows, round_up(shape[0], 16)), n_columns))


def _window(values: np.ndarray, tile: Tile, halo: int) -> np.ndarray:
    """Return the pixels of a tile and its halo; beyond the image its border is repeated."""
    picked = values
    for axis, (first, size) in enumerate(((tile.row, tile.n_rows), (tile.column, tile.n_columns))):
        wanted = np.arange(first - halo, first + size + halo).clip(0, values.shape[axis] - 1)
        picked = np.take(picked, wanted, axis)
    return picked


def _check_settings(settings: Regularizer) -> None:
    for name in ("strength", "trust", "width", "color_width"):
        value = getattr(settings, name)
        if not (math.isfinite(value) and value >= 0) or (value == 0 and name != "strength"):
            raise ValueError(
                f"{name} must be {'0 or more' if name == 'strength' else 'above 0'}, but is {value}."
            )
    for name in ("spacing", "tile_rows"):
        value = getattr(settings, name)
        if value < _CELL or value % _CELL:
            raise ValueError(f"{name} must be a positive multiple of {_CELL} pixels, but is {value}.")
    if settings.reach < settings.spacing or settings.n_steps < 1:
        raise ValueError(
            f"There must be a neighbor within reach and a step, but reach is {settings.reach}, spacing "
            f"{settings.spacing} and n_steps {settings.n_steps}; make reach at least spacing, n_steps at "
            "least 1."
        )


def _check_pair(image: np.ndarray, probabilities: np.ndarray) -> None:
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ValueError(
            f"An image has shape (n_rows, n_columns, 3) and dtype uint8, but this one has {image.shape} and "
            f"{image.dtype}; read_section makes one from a file."
        )
    if probabilities.ndim != 3 or probabilities.shape[:2] != image.shape[:2]:
        raise ValueError(
            f"probabilities have shape {probabilities.shape} but the image has {image.shape[0]} rows and "
            f"{image.shape[1]} columns; predict them on this section."
        )
