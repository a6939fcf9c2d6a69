"""Smooth probabilities along the photograph: a conditional random field with windows of fixed reach.

A pixel's class is seldom alone: its neighbors of the same color belong to the same clast.  A fully connected
conditional random field says so (Kraehenbuehl and Koltun 2011, Efficient inference in fully connected CRFs
with Gaussian edge potentials, NIPS, equations 2 to 4 and algorithm 1).  Ending its windows at a fixed reach
turns each mean-field step into a convolution (Teichmann and Cipolla 2018, Convolutional CRFs for semantic
segmentation, arXiv 1805.04777, section 4), which can be computed tile by tile.

The steps run on cells of 2 x 2 pixels; the last one is taken at every pixel, with its own probabilities.
`field` takes them on a processor; here is the program that is compiled for an accelerator.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from corewidgets.features.color import srgb_to_lab
from corewidgets.features.image import check_image
from corewidgets.features.tiling import TileGrid, round_up
from corewidgets.learning.field import (
    CELL,
    LEAST,
    MOST_UNLIKE,
    Amounts,
    Lattice,
    nearness,
    smoothed,
    steps_of,
)

_STEP_ROWS = 128
"""Tiles that are compiled for are as many rows high, or a multiple, so that there are few programs."""

_MOST_COLUMNS = 512
"""Wider images are cut into tiles of about this width."""


@dataclass(frozen=True)
class Regularizer:
    """Make neighbors of similar color agree on their class.

    Parameters
    ----------
    strength : float
        Weight of the neighbors beside the pixel itself: 0 leaves the segmentation as it is.
    trust : float
        Exponent of the probabilities before they are weighed against the neighbors; below 1 for
        an overconfident classifier.
    temperature : float
        What the result is tempered with: above 1, its probabilities are less certain, and no decision
        changes.
    width : float
        Standard deviation, in pixels, of the window over distance.
    color_width : float
        Standard deviation of the window over color, in units of CIE L*a*b*: where the photograph changes by
        much more than this, the neighbor has no weight.
    reach : int
        Pixels after which the window ends.
    spacing : int
        Pixels between the neighbors used, a multiple of 2.
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
    temperature: float = 1.5
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
        return self.n_steps * self.reach // CELL * CELL + CELL

    def smooth(
        self, image: np.ndarray, probabilities: np.ndarray, rows: slice | None = None
    ) -> NDArray[np.float32]:
        """Return the probabilities after regularization.

        Parameters
        ----------
        image : numpy.ndarray
            ``(n_rows, n_columns, 3)`` uint8 RGB: the photograph.
        probabilities : numpy.ndarray
            ``(n_rows, n_columns, n_classes)`` of the same photograph.
        rows : slice, optional
            The rows to return, from an even one; by default all.  The others are used as neighbors.

        Returns
        -------
        numpy.ndarray
            ``(n_rows, n_columns, n_classes)`` float32, sums to 1; of `rows` only, if given.

        Raises
        ------
        TypeError, ValueError
            If the probabilities are not of this image, or an image is not RGB bytes.
        """
        _check_pair(image, probabilities)
        shape = (image.shape[0], image.shape[1])
        first, stop, _ = (rows or slice(None)).indices(shape[0])
        found = np.empty((stop - first, *probabilities.shape[1:]), np.float32)
        compiles = _compiles()
        grid = _tiles(found.shape[:2], self.tile_rows, _STEP_ROWS if compiles else CELL)
        halo = (self.halo, self.halo if grid.n_across > 1 else 0)
        lattice = Lattice(self.reach // CELL, self.spacing // CELL, self.n_steps)
        amounts = Amounts(*(float(getattr(self, name)) for name in Amounts._fields))
        smooth = partial(_mean_field if compiles else smoothed, lattice, halo, amounts)
        for tile in grid:
            place = tile.inside(grid.shape)
            n_rows, n_columns = (part.stop - part.start for part in place)
            origin = (first + tile.row - halo[0], tile.column - halo[1])
            size = (tile.n_rows + 2 * halo[0], tile.n_columns + 2 * halo[1])
            result = smooth(
                _window(image, origin, size),
                _window(probabilities, origin, size),
                np.array(origin, np.int32),
                np.array(shape, np.int32),
            )
            found[place] = np.asarray(result)[:n_rows, :n_columns]
        return found


def _compiles() -> bool:
    """Return whether a compiled program smooths: on an accelerator, where it is worth the time it takes."""
    return jax.default_backend() != "cpu"


@partial(jax.jit, static_argnums=(0, 1))
def _mean_field(
    lattice: Lattice,
    halo: tuple[int, int],
    amounts: Amounts,
    pixels: jax.Array,
    beliefs: jax.Array,
    origin: jax.Array,
    shape: jax.Array,
) -> jax.Array:
    """Return the smoothed probabilities of a tile, given those of the tile and its halo."""
    unary = amounts.trust * jnp.log(jnp.maximum(beliefs, LEAST))
    lab = srgb_to_lab(pixels)
    cells, cell_lab = _cells(unary), _cells(lab)
    inside = _inside(cells.shape[:2], origin, shape)
    weights = _neighbor_weights(lattice, amounts, cell_lab, inside)

    def step(_: int, messages: jax.Array) -> jax.Array:
        return _listen(lattice, jax.nn.softmax(cells + amounts.strength * messages), weights)

    messages = jax.lax.fori_loop(0, lattice.n_steps, step, jnp.zeros_like(cells))
    messages, cell_lab, is_inside = (
        _core(values, halo) for values in (messages, cell_lab, inside[..., None].astype(jnp.float32))
    )
    messages = _at_pixels(messages, cell_lab, is_inside, _center(lab, halo), amounts.color_width)
    logits = _center(unary, halo) + amounts.strength * messages
    return jax.nn.softmax(logits / amounts.temperature)


def _center(values: jax.Array, halo: tuple[int, int]) -> jax.Array:
    """Return what lies within a halo."""
    return values[halo[0] : values.shape[0] - halo[0], halo[1] : values.shape[1] - halo[1]]


def _core(cells: jax.Array, halo: tuple[int, int]) -> jax.Array:
    """Return the cells within a halo and one more on each side; without a halo, zeros are one more."""
    padded = jnp.pad(cells, [(1, 1), (1, 1), (0, 0)])
    return _center(padded, (halo[0] // CELL, halo[1] // CELL))


def _cells(values: jax.Array) -> jax.Array:
    """Return the means of blocks of 2 x 2 pixels."""
    n_rows, n_columns, n = values.shape
    return values.reshape(n_rows // CELL, CELL, n_columns // CELL, CELL, n).mean(axis=(1, 3))


def _inside(shape: tuple[int, ...], origin: jax.Array, image_shape: jax.Array) -> jax.Array:
    """Return which cells lie in the image, at least in part."""
    masks = []
    for axis in (0, 1):
        cell = origin[axis] // CELL + jnp.arange(shape[axis])
        masks.append((cell >= 0) & (cell < -(-image_shape[axis] // CELL)))
    return masks[0][:, None] & masks[1][None, :]


def _neighbor_weights(lattice: Lattice, amounts: Amounts, lab: jax.Array, inside: jax.Array) -> jax.Array:
    """Return how much each cell listens to each neighbor of the lattice, sums to 1.

    ``(n_steps, n_steps, n_rows, n_columns)``: steps down, steps across.  One row of the lattice is compiled,
    and used for all.
    """
    steps, is_near = steps_of(lattice)
    n_rows, n_columns = inside.shape
    rim = lattice.reach
    here = [*jnp.moveaxis(lab, -1, 0), inside]
    padded = [jnp.pad(plane, rim) for plane in here]

    def weights_of_row(down: jax.Array) -> jax.Array:
        beside = [jax.lax.dynamic_slice(plane, (down + rim, 0), (n_rows, plane.shape[1])) for plane in padded]
        weights = []
        for across in steps:
            *color, is_inside = (plane[:, rim + across : rim + across + n_columns] for plane in beside)
            distance = (down**2 + across**2) * (CELL / amounts.width) ** 2
            for there, own in zip(color, here[:-1], strict=True):
                distance += ((there - own) / amounts.color_width) ** 2
            weights.append(jnp.exp(-0.5 * distance) * is_inside)
        return jnp.stack(weights)

    weights = jax.lax.map(weights_of_row, jnp.array(steps)) * is_near[..., None, None]
    return weights / (weights.sum(axis=(0, 1)) + 1e-6)


def _listen(lattice: Lattice, beliefs: jax.Array, weights: jax.Array) -> jax.Array:
    """Return each cell's weighted average of its neighbors' beliefs."""
    steps, is_near = steps_of(lattice)
    n_rows, n_columns, _ = beliefs.shape
    rim = lattice.reach
    around = jnp.pad(beliefs, [(rim, rim), (rim, rim), (0, 0)])
    total = jnp.zeros_like(beliefs)
    for i, j in np.argwhere(is_near):
        down, across = rim + steps[i], rim + steps[j]
        total += weights[i, j][..., None] * around[down : down + n_rows, across : across + n_columns]
    return total


def _at_pixels(
    cells: jax.Array, cell_lab: jax.Array, inside: jax.Array, lab: jax.Array, color_width: float | jax.Array
) -> jax.Array:
    """Interpolate cells, which have a rim of one, at pixels, out of those that have the pixel's color.

    Joint bilateral upsampling (Kopf, Cohen, Lischinski and Uyttendaele 2007, ACM Transactions on Graphics 26,
    article 96): an edge of color stays where the photograph has it, not where the cells end.
    """
    n_rows, n_columns = (size // CELL for size in lab.shape[:2])
    phases = []
    for phase in np.ndindex(CELL, CELL):
        here = lab[phase[0] :: CELL, phase[1] :: CELL]
        total, share = (
            jnp.zeros((n_rows, n_columns, cells.shape[-1])),
            jnp.full((n_rows, n_columns, 1), 1e-12),
        )
        for down, across in np.ndindex(2, 2):  # the pixel's cell, or the next nearest
            top, left = 1 + down * (2 * phase[0] - 1), 1 + across * (2 * phase[1] - 1)
            place = (slice(top, top + n_rows), slice(left, left + n_columns))
            difference = ((cell_lab[place] - here) ** 2).sum(axis=-1, keepdims=True)
            unlike = jnp.minimum(difference / color_width**2, MOST_UNLIKE)
            weight = nearness(down, across) * jnp.exp(-0.5 * unlike) * inside[place]
            total, share = total + weight * cells[place], share + weight
        phases.append(total / share)
    pixels = jnp.stack(phases, axis=2).reshape(n_rows, n_columns, CELL, CELL, -1)
    return pixels.swapaxes(1, 2).reshape(*lab.shape[:2], -1)


def _tiles(shape: tuple[int, int], tile_rows: int, step: int) -> TileGrid:
    """Cut an image into equal tiles, multiples of a step high, and no wider than about 512 pixels."""
    n_across = -(-shape[1] // _MOST_COLUMNS)
    n_columns = round_up(-(-shape[1] // n_across), 16)
    n_down = -(-shape[0] // tile_rows)
    height = round_up(-(-shape[0] // n_down), step)
    return TileGrid(shape, (min(tile_rows, height), n_columns))


def _window(values: np.ndarray, origin: tuple[int, int], size: tuple[int, int]) -> np.ndarray:
    """Return a rectangle of an image; beyond the image its border is repeated."""
    inside, beyond = [], []
    for first, wanted, there in zip(origin, size, values.shape, strict=False):
        inside.append(slice(max(first, 0), min(first + wanted, there)))
        beyond.append((max(-first, 0), max(first + wanted - there, 0)))
    picked = values[tuple(inside)]
    return np.pad(picked, [*beyond, (0, 0)], mode="edge") if np.any(beyond) else picked


def _check_settings(settings: Regularizer) -> None:
    for name in ("strength", "trust", "temperature", "width", "color_width"):
        value = getattr(settings, name)
        if not (math.isfinite(value) and value >= 0) or (value == 0 and name != "strength"):
            raise ValueError(
                f"{name} must be {'0 or more' if name == 'strength' else 'above 0'}, but is {value}."
            )
    for name in ("spacing", "tile_rows"):
        value = getattr(settings, name)
        if value < CELL or value % CELL:
            raise ValueError(f"{name} must be a positive multiple of {CELL} pixels, but is {value}.")
    if settings.reach < settings.spacing or settings.n_steps < 1:
        raise ValueError(
            f"There must be a neighbor within reach and a step, but reach is {settings.reach}, spacing "
            f"{settings.spacing} and n_steps {settings.n_steps}; make reach at least spacing, n_steps at "
            "least 1."
        )


def _check_pair(image: np.ndarray, probabilities: np.ndarray) -> None:
    check_image(image)
    if probabilities.ndim != 3 or probabilities.shape[:2] != image.shape[:2]:
        raise ValueError(
            f"probabilities have shape {probabilities.shape} but the image has {image.shape[0]} rows and "
            f"{image.shape[1]} columns; predict them on this section."
        )
