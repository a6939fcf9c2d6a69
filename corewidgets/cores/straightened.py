"""A photograph of a box, warped so that lines along the lanes are rows: turned, and bent edges made straight.

Sides of lanes, dividers and walls are long lines. Where they run along rows, the change of color from one row
to the next is the same over the whole width, and its mean over the columns is sharp. So the warp is the one
with the sharpest mean: four numbers, for turn, keystone, and the bend of a lens and its change down the
photograph.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

Field = NDArray[np.float32]
Points = NDArray[np.float64]

N_BLOCKS = 48
"""Parts across the photograph; the columns of each are averaged."""

_STEEPEST = 0.105  # a turn of six degrees
_NOISE = 6.0  # grey levels: a change that is this large counts half as much as any larger
_TEXTURE = 2.0  # grey levels for one a column
_STAGES = ((2.5, 2, (3.0, 6.0, 4.0, 4.0)), (1.2, 1, (1.0, 2.0, 1.5, 1.5)))
"""Smoothing in rows, rows a step, and first steps of the four numbers in pixels."""
_LEAST_STEP = 0.2
_HARD_TO_BEND = 0.15  # share of sharpness that a turn as steep as is looked for must gain


class Straightened:
    """A photograph whose lanes run along its rows.

    Parameters
    ----------
    colors : ndarray of float32, (n_rows, n_columns, 3)
        Lightness, red against green, and yellow against blue.

    Attributes
    ----------
    image : ndarray of float32, (n_rows, n_columns, 3)
        The same, straightened.
    sharpness : float
        How much the rows differ from each other as wholes.
    """

    def __init__(self, colors: Field) -> None:
        self._shape: tuple[int, int] = (colors.shape[0], colors.shape[1])
        means, middles = block_means(with_texture(colors), N_BLOCKS)
        self._across = 2 * middles / max(1, self._shape[1] - 1) - 1
        self._bend = np.zeros(4)
        self.sharpness = self._fit(changes(means))
        self.image = self._warped(colors)

    @property
    def square(self) -> float:
        """Columns a row of what is at right angles to the lanes: where these are turned, it is slanted."""
        return float(-2 * self._bend[0] / max(1, self._shape[1] - 1))

    def to_photograph(self, points: ArrayLike) -> Points:
        """Return where points of the straightened image, rows and columns ``(n, 2)``, lie in the other."""
        points = np.asarray(points, float)
        return np.c_[points[:, 0] + self._offset(points[:, 0], points[:, 1]), points[:, 1]]

    def _offset(self, rows: Points, columns: Points) -> Points:
        down = 2 * rows / max(1, self._shape[0] - 1) - 1
        across = 2 * columns / max(1, self._shape[1] - 1) - 1
        return _displacement(self._bend, down, across)

    def _warped(self, colors: Field) -> Field:
        rows, columns = np.indices(self._shape, dtype=np.float32)
        where = [rows + self._offset(rows, columns), columns]  # type: ignore[arg-type]
        channels = [
            ndimage.map_coordinates(colors[..., channel], where, order=1, mode="nearest")
            for channel in range(colors.shape[2])
        ]
        return np.stack(channels, axis=-1)

    def _fit(self, change: Field) -> float:
        """Find the warp, coarse to fine, and return how sharp it makes the rows."""
        steepest = _STEEPEST * self._shape[1] / 2
        coarse = ndimage.gaussian_filter1d(change, 3.0, axis=0)[::3]
        turns = np.arange(-steepest, steepest + 1, 2.5)
        sharp = [self._sharpness(coarse, np.array([turn, 0, 0, 0]), 3) for turn in turns]
        self._bend[0] = turns[int(np.argmax(sharp))]
        value = 0.0
        for smoothing, step, sizes in _STAGES:
            value = self._climb(ndimage.gaussian_filter1d(change, smoothing, axis=0)[::step], step, sizes)
        return value

    def _climb(self, change: Field, step: int, sizes: Sequence[float]) -> float:
        """Change one number after the other as long as the rows get sharper."""
        steps = np.array(sizes)
        value = self._sharpness(change, self._bend, step)
        while steps[0] >= _LEAST_STEP:
            better = False
            for number in range(4):
                for sign in (1, -1):
                    trial = self._bend.copy()
                    trial[number] += sign * steps[number]
                    if (sharp := self._sharpness(change, trial, step)) > value:
                        self._bend, value, better = trial, sharp, True
                        break
            if not better:
                steps = steps / 2
        return value

    def _sharpness(self, change: Field, bend: Points, step: int) -> float:
        n_rows = len(change)
        down = np.linspace(-1, 1, n_rows)[:, None]
        rows = np.arange(n_rows)[:, None] + _displacement(bend, down, self._across[None]) / step
        outside = (rows < 0) | (rows > n_rows - 1)
        rows = rows.clip(0, n_rows - 1.001)
        first = rows.astype(int)
        share = (rows - first)[..., None].astype(np.float32)
        blocks = np.arange(change.shape[1])[None]
        moved = change[first, blocks] * (1 - share) + change[first + 1, blocks] * share
        moved[outside] = 0
        steep = np.abs(bend).max() / (_STEEPEST * self._shape[1] / 2)
        return float((moved.mean(axis=1) ** 2).sum()) * step * (1 - _HARD_TO_BEND * steep**2)


def opponent_colors(image: NDArray[np.floating]) -> Field:
    """Return lightness, red against green and yellow against blue of ``(n_rows, n_columns, 3)``."""
    red, green, blue = np.moveaxis(image, -1, 0)
    colors = np.stack([(red + green + blue) / 3, red - green, (red + green) / 2 - blue], axis=-1)
    return np.asarray(colors, np.float32)


def with_texture(colors: Field) -> Field:
    """Add a channel to colors ``(n_rows, n_columns, 3)``: how fast lightness changes along the rows."""
    fine = np.abs(ndimage.gaussian_filter1d(colors[..., :1], 1.0, axis=1, order=1))
    return np.concatenate([colors, _TEXTURE * fine], axis=-1)


def block_means(image: Field, n_blocks: int, columns: tuple[int, int] | None = None) -> tuple[Field, Points]:
    """Average the columns of each of several blocks; also return where the middles of the blocks lie.

    There are fewer blocks where they would be narrower than two columns.
    """
    start, stop = columns or (0, image.shape[1])
    n_blocks = max(1, min(n_blocks, (stop - start) // 2))
    edges = np.linspace(start, stop, n_blocks + 1).astype(int)
    sums = np.add.reduceat(image[:, :stop], edges[:-1], axis=1)
    return np.asarray(sums / np.diff(edges)[:, None], np.float32), (edges[:-1] + edges[1:] - 1) / 2


def changes(means: Field) -> Field:
    """Return how fast colors change down the rows, of length 1 where it is fast, in color's direction."""
    slope = ndimage.gaussian_filter1d(means, 1.0, axis=0, order=1) * 2.5
    strength = np.sqrt((slope**2).sum(axis=-1, keepdims=True) + _NOISE**2)
    return np.asarray(slope / strength, np.float32)


def _displacement(bend: Points, down: Points, across: Points) -> Points:
    return np.asarray(
        (bend[0] + bend[1] * down) * across + (bend[2] + bend[3] * down) * across**2, np.float64
    )
