"""A synthetic section of impact breccia: clasts of seven rocks in a matrix of their fragments, in a liner.

Nothing is read from disk.  Rocks differ in texture (grain, vesicles, bedding, crystals) more than in color;
each clast has a shade, a coarseness and an orientation of its own; light falls off towards the sides, and the
camera blurs a little.  Labels are drawn as a person would: a few clasts of each rock filled or scribbled on,
away from their edges, and strokes on matrix, liner and void.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from corewidgets.labels.legend import Legend

Field = NDArray[np.float32]

LEGEND = Legend(
    [
        *("Melt-Light", "Melt-Dark", "Carbonate", "Granite", "Glass-Green", "Siltstone-Red", "Dolerite"),
        *("Matrix", "Void", "Liner"),
    ],
    [
        *("#B8B4AC", "#5B5F73", "#2FB5E8", "#F06EA9", "#1BB56B", "#B5482A", "#7A3FA0"),
        *("#F5A623", "#111111", "#FFFFFF"),
    ],
    not_rock=("Void", "Liner"),
)
_N_ROCKS = 7
_MATRIX, _VOID, _LINER = 8, 9, 10
_SMALLEST = (240, 96)
_LABELLED_CLASTS = 6
"""Clasts of each rock that are labelled."""


class Core(NamedTuple):
    """What `make_core` returns: image, sparse labels, dense truth, and their legend."""

    image: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    truth: NDArray[np.uint8]
    legend: Legend


def make_core(n_rows: int, n_columns: int, seed: int) -> Core:
    """Make a section of breccia.

    Parameters
    ----------
    n_rows, n_columns : int
        The size of the photograph.
    seed : int
        The same seed makes the same arrays.

    Returns
    -------
    Core
        ``(n_rows, n_columns, 3)`` and ``(n_rows, n_columns)`` uint8.

    Raises
    ------
    ValueError
        If the photograph is too small to hold clasts of every rock.
    """
    if n_rows < _SMALLEST[0] or n_columns < _SMALLEST[1]:
        raise ValueError(
            f"A synthetic core needs at least {_SMALLEST[0]} rows and {_SMALLEST[1]} columns to hold clasts "
            f"of every rock, but {n_rows} and {n_columns} were asked for."
        )
    rng = np.random.default_rng(seed)
    texture = _Texture(rng, (n_rows, n_columns))
    truth = np.full((n_rows, n_columns), _MATRIX, np.uint8)
    image = _matrix(texture)
    clasts = _pack(rng, n_rows, n_columns)
    number = np.zeros((n_rows, n_columns), np.int32)
    for index, clast in enumerate(clasts, start=1):
        _draw_clast(rng, texture, clast, index, image, truth, number)
    _draw_void(rng, texture, image, truth)
    _draw_liner(rng, image, truth)
    labels = _label(rng, truth, number, clasts)
    return Core(_photograph(rng, image), labels, truth, LEGEND)


@dataclass(frozen=True)
class _Clast:
    """One fragment: its rock, centre, mean radius in pixels, and its outline's radius by direction."""

    rock: int
    row: float
    column: float
    radius: float
    elongation: float
    angle: float
    outline: NDArray[np.float64]


class _Texture:
    """Smooth noise of several grain sizes, made once and read at random places; mean 0, variance 1."""

    GRAINS = (0.8, 1.6, 3.0, 6.0, 14.0)

    def __init__(self, rng: np.random.Generator, shape: tuple[int, int]) -> None:
        self.rng, self.shape = rng, shape
        self.fields = {grain: _noise(rng, shape, grain) for grain in self.GRAINS}

    def noise(self, grain: float, shape: tuple[int, int]) -> Field:
        """Return a piece ``shape`` of noise, read at a random place and wrapped around."""
        down, across = self.rng.integers(0, self.shape)
        field = self.fields[grain]
        rows = (np.arange(shape[0]) + down) % self.shape[0]
        columns = (np.arange(shape[1]) + across) % self.shape[1]
        return field[np.ix_(rows, columns)]

    def colors(self, shape: tuple[int, int], color: tuple[int, int, int], relief: Field) -> Field:
        """Return a color ``(n_rows, n_columns, 3)`` with a relief in grey levels, a little uneven in hue."""
        hue = 1.8 * np.stack([self.noise(14.0, shape) for _ in range(3)], axis=-1)
        return np.asarray(np.array(color, np.float32) + relief[..., None] + hue, np.float32)


def _noise(rng: np.random.Generator, shape: tuple[int, int], grain: float) -> Field:
    noise = ndimage.gaussian_filter(rng.standard_normal(shape, np.float32), grain, mode="wrap")
    return np.asarray(noise / noise.std(), np.float32)


def _waves(texture: _Texture, shape: tuple[int, int], angle: float, period: float, unrest: float) -> Field:
    """Return bedding: waves across a direction, their phase disturbed, from -1 to 1."""
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    across = rows * np.cos(angle) + columns * np.sin(angle)
    return np.asarray(np.sin(2 * np.pi * across / period + unrest * texture.noise(6.0, shape)), np.float32)


def _melt_light(texture: _Texture, shape: tuple[int, int], angle: float, size: float) -> Field:
    relief = 7 * texture.noise(0.8, shape) + 5 * texture.noise(3.0, shape)
    return texture.colors(shape, (158, 154, 147), relief + 4 * _waves(texture, shape, angle, 22 * size, 2.5))


def _melt_dark(texture: _Texture, shape: tuple[int, int], angle: float, size: float) -> Field:
    bubbles = texture.noise(1.6 if size < 1 else 3.0, shape)
    relief = 5 * texture.noise(0.8, shape) + np.where(bubbles > 1.25, 58, 0) - np.where(bubbles < -1.5, 24, 0)
    return texture.colors(shape, (84, 83, 88), relief)


def _carbonate(texture: _Texture, shape: tuple[int, int], angle: float, size: float) -> Field:
    bedding = _waves(texture, shape, angle, 11 * size, 1.2)
    return texture.colors(shape, (176, 163, 138), 14 * bedding + 4 * texture.noise(0.8, shape))


def _granite(texture: _Texture, shape: tuple[int, int], angle: float, size: float) -> Field:
    grain = 1.6 if size < 1 else 3.0
    mineral = texture.noise(grain, shape)
    quartz, mica = mineral > 0.55, mineral < -0.9
    colors = texture.colors(shape, (172, 143, 130), 6 * texture.noise(1.6, shape))
    colors[quartz] += np.array([18, 34, 40], np.float32)
    colors[mica] -= np.array([98, 74, 62], np.float32)
    return colors


def _glass_green(texture: _Texture, shape: tuple[int, int], angle: float, size: float) -> Field:
    relief = 17 * texture.noise(6.0 if size < 1 else 3.0, shape)
    return texture.colors(shape, (112, 128, 108), relief + 3 * texture.noise(0.8, shape))


def _siltstone(texture: _Texture, shape: tuple[int, int], angle: float, size: float) -> Field:
    lamination = _waves(texture, shape, angle, 4.5 * size, 0.8)
    return texture.colors(shape, (132, 101, 88), 8 * lamination + 7 * texture.noise(1.6, shape))


def _dolerite(texture: _Texture, shape: tuple[int, int], angle: float, size: float) -> Field:
    laths = _waves(texture, shape, angle, 6 * size, 3.5) + _waves(texture, shape, angle + 1.3, 7 * size, 3.5)
    relief = np.where(laths > 1.05, 62, 0) + 6 * texture.noise(0.8, shape)
    return texture.colors(shape, (78, 82, 79), relief)


_ROCKS: tuple[Callable[[_Texture, tuple[int, int], float, float], Field], ...] = (
    *(_melt_light, _melt_dark, _carbonate, _granite, _glass_green, _siltstone, _dolerite),
)


def _matrix(texture: _Texture) -> Field:
    """Return a groundmass of fragments of all rocks, too small to tell apart."""
    grey = texture.colors(texture.shape, (124, 117, 108), 9 * texture.noise(0.8, texture.shape))
    for color in ((38, 36, 34), (34, 22, 2), (-44, -42, -38), (16, -14, -20), (-18, 6, -8)):
        for grain, level in ((0.8, 1.7), (1.6, 1.45)):
            grey[texture.noise(grain, texture.shape) > level] += np.array(color, np.float32)
    return grey


def _pack(rng: np.random.Generator, n_rows: int, n_columns: int) -> list[_Clast]:
    """Return clasts that do not overlap, the largest placed first, rocks in turn."""
    largest = 0.27 * n_columns
    n_wanted = max(5 * _N_ROCKS, int(n_rows * n_columns / 2600))
    radii = np.minimum(largest, 6.0 * (1 - rng.random(n_wanted)) ** (-1 / 1.35))
    radii[: 4 * _N_ROCKS] = np.maximum(radii[: 4 * _N_ROCKS], rng.uniform(9, 13, 4 * _N_ROCKS))
    rocks = np.concatenate([rng.permutation(_N_ROCKS) + 1 for _ in range(-(-n_wanted // _N_ROCKS))])
    order = np.argsort(-radii)
    placed: list[_Clast] = []
    where = np.zeros((0, 3))
    for index in order:
        for _ in range(60):
            row, column = rng.uniform(0, n_rows), rng.uniform(0, n_columns)
            gaps = np.hypot(where[:, 0] - row, where[:, 1] - column) - where[:, 2] - 1.12 * radii[index]
            if (gaps > 1).all():
                placed.append(_shape(rng, int(rocks[index]), row, column, radii[index]))
                where = np.vstack([where, [row, column, 1.12 * radii[index]]])
                break
    return placed


def _shape(rng: np.random.Generator, rock: int, row: float, column: float, radius: float) -> _Clast:
    """Return a clast with an outline between round and angular."""
    directions = np.linspace(0, 2 * np.pi, 256, endpoint=False)
    outline = np.ones(256)
    for wave in range(2, 9):
        outline += rng.normal(scale=0.16 / wave) * np.cos(wave * directions + rng.uniform(0, 2 * np.pi))
    for _ in range(rng.integers(3, 8)):  # broken faces: cut off what lies beyond a straight line
        facing = np.cos(directions - rng.uniform(0, 2 * np.pi))
        distance = rng.uniform(0.62, 0.98)
        outline = np.minimum(outline, np.where(facing > 0.05, distance / np.maximum(facing, 0.05), 9.0))
    return _Clast(rock, row, column, radius, rng.uniform(1.0, 1.5), rng.uniform(0, np.pi), outline)


def _draw_clast(
    rng: np.random.Generator,
    texture: _Texture,
    clast: _Clast,
    index: int,
    image: Field,
    truth: NDArray[np.uint8],
    number: NDArray[np.int32],
) -> None:
    """Draw a clast onto the image, its rock onto the truth and its index onto `number`, in place."""
    reach = 1.25 * clast.radius + 2
    window = tuple(
        slice(max(0, int(centre - reach)), min(size, int(centre + reach) + 1))
        for centre, size in zip((clast.row, clast.column), truth.shape, strict=True)
    )
    rows, columns = np.mgrid[window]
    down, across = rows - clast.row, columns - clast.column
    along = down * np.cos(clast.angle) + across * np.sin(clast.angle)
    beside = (across * np.cos(clast.angle) - down * np.sin(clast.angle)) * clast.elongation
    direction = (np.arctan2(beside, along) / (2 * np.pi) * 256).astype(int) % 256
    depth = clast.outline[direction] * clast.radius - np.hypot(along, beside)
    inside = (depth > 0) & (truth[window] == _MATRIX)
    shape = inside.shape
    size = float(rng.choice([0.75, 1.0, 1.3]))
    colors: NDArray[np.floating] = _ROCKS[clast.rock - 1](texture, shape, rng.uniform(0, np.pi), size)
    contrast, shade = rng.uniform(0.8, 1.15), rng.normal(scale=9) + rng.normal(scale=2.5, size=3)
    rim = 12 * np.exp(-np.maximum(depth, 0) / 1.5)  # thin, altered
    colors = (colors - 128) * contrast + (128 + shade - rim[..., None])
    image[window][inside] = colors[inside].astype(np.float32)
    truth[window][inside] = clast.rock
    number[window][inside] = index


def _draw_void(rng: np.random.Generator, texture: _Texture, image: Field, truth: NDArray[np.uint8]) -> None:
    """Break the core across once or twice, and crack it, in place."""
    n_rows, n_columns = truth.shape
    columns = np.arange(n_columns)
    void = np.zeros(truth.shape, bool)
    rows = np.arange(n_rows)[:, None]
    for _ in range(max(3, n_rows // 450)):
        slope, place = rng.normal(scale=0.25), rng.uniform(0.03, 0.97) * n_rows
        rough = 5 * texture.noise(14.0, (1, n_columns))[0] + 2.0 * texture.noise(3.0, (1, n_columns))[0]
        course = place + slope * (columns - n_columns / 2) + rough
        width = rng.uniform(3.5, 9) + 2.0 * texture.noise(6.0, (1, n_columns))[0]
        void |= np.abs(rows - course[None]) < np.maximum(width, 0)[None] / 2
    image[void] = 16 + 4 * texture.noise(3.0, truth.shape)[void][:, None] + np.array([2, 1, 0], np.float32)
    truth[void] = _VOID


def _draw_liner(rng: np.random.Generator, image: Field, truth: NDArray[np.uint8]) -> None:
    """Put the core into a plastic liner, with a dark gap to it, in place."""
    n_rows, n_columns = truth.shape
    wall = max(5, n_columns // 24)
    wander = ndimage.gaussian_filter1d(rng.standard_normal((2, n_rows)), 40, axis=1) * 12
    from_side = np.arange(n_columns)
    for side, distance in enumerate((from_side, from_side[::-1])):
        edge = wall + np.abs(wander[side])[:, None]
        liner = np.broadcast_to(distance < wall, truth.shape)
        gap = (distance[None] >= wall) & (distance[None] < edge + rng.uniform(1.0, 2.5))
        image[gap], truth[gap] = np.array([20, 19, 18], np.float32), _VOID
        shine = 205 + 26 * np.sin(np.pi * distance / wall) - 6 * side
        image[liner] = np.broadcast_to(shine[None, :, None], image.shape)[liner] + np.array(
            [0, 0, 3], np.float32
        )
        truth[liner] = _LINER


def _photograph(rng: np.random.Generator, image: Field) -> NDArray[np.uint8]:
    """Return what a line camera sees: uneven light, a little blur, and noise."""
    n_rows, n_columns = image.shape[:2]
    across = np.linspace(-1, 1, n_columns, dtype=np.float32)
    light = 1.04 - 0.13 * across**2 + 0.03 * across
    noise = _noise(rng, (n_rows, 1), min(120.0, n_rows / 4))[:, 0]
    drift = 1 + 0.03 * noise.clip(-3, 3)  # the noise of a short core is mostly its mean, however large
    seen = ndimage.gaussian_filter(image, (0.55, 0.55, 0)) * (drift[:, None] * light[None])[..., None]
    seen += rng.normal(scale=2.2, size=seen.shape)
    return np.clip(np.rint(seen), 0, 255).astype(np.uint8)


def _label(
    rng: np.random.Generator, truth: NDArray[np.uint8], number: NDArray[np.int32], clasts: list[_Clast]
) -> NDArray[np.uint8]:
    """Return sparse labels ``(n_rows, n_columns)``: clasts filled or scribbled on, strokes on the rest."""
    labels = np.zeros_like(truth)
    for rock in range(1, _N_ROCKS + 1):
        for nth, index in enumerate(_visible(rng, truth, number, clasts, rock)):
            clast = clasts[index - 1]
            window = np.s_[
                max(0, int(clast.row - 1.3 * clast.radius)) : int(clast.row + 1.3 * clast.radius) + 1,
                max(0, int(clast.column - 1.3 * clast.radius)) : int(clast.column + 1.3 * clast.radius) + 1,
            ]
            inside = ndimage.binary_erosion((number[window] == index) & (truth[window] == rock), iterations=2)
            if nth % 3 == 2:
                inside &= _scribble(rng, inside)
            labels[window][inside] = rock
    for code, n_strokes, width in ((_MATRIX, 12, 7.0), (_VOID, 8, 5.0), (_LINER, 6, 3.0)):
        interior = ndimage.binary_erosion(truth == code, border_value=1)
        labels[_strokes(rng, interior, n_strokes, width) & (labels == 0)] = code
    return labels


def _visible(
    rng: np.random.Generator,
    truth: NDArray[np.uint8],
    number: NDArray[np.int32],
    clasts: list[_Clast],
    rock: int,
) -> list[int]:
    """Return the indices of the clasts of a rock that are worth a label: some of the larger."""
    sizes = np.bincount(number[truth == rock], minlength=len(clasts) + 1)
    large = np.argsort(-sizes)[: 2 * _LABELLED_CLASTS]
    large = large[sizes[large] > 90]
    sure, others = large[:3], large[3:]
    drawn = rng.permutation(others)[: _LABELLED_CLASTS - 3]
    return [int(index) for index in np.concatenate([sure, drawn])]


def _scribble(rng: np.random.Generator, inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return a brush stroke to and fro over a shape."""
    rows, columns = np.mgrid[: inside.shape[0], : inside.shape[1]]
    period = max(14.0, inside.shape[0] / 3)
    swing = np.sin(2 * np.pi * rows / period + rng.uniform(0, 6))
    course = inside.shape[1] * (0.5 + 0.33 * swing)
    return np.asarray(np.abs(columns - course) < max(4.0, inside.shape[1] / 9))


def _strokes(
    rng: np.random.Generator, interior: NDArray[np.bool_], n_strokes: int, width: float
) -> NDArray[np.bool_]:
    """Return short brush strokes, spread over the length of the core, that stay inside."""
    strokes = np.zeros_like(interior)
    n_rows = len(interior)
    for part in np.array_split(np.arange(n_rows), n_strokes):
        rows, columns = np.nonzero(interior[part])
        if len(rows) == 0:
            continue
        start = rng.integers(len(rows))
        length = rng.uniform(18, 60)
        steps = np.linspace(0, 1, 40)
        sideways = rng.normal(scale=length / 2)
        course = np.stack([part[rows[start]] + steps * length, columns[start] + steps * sideways])
        near = np.s_[max(0, int(course[0, 0] - 8)) : int(course[0, -1] + 8)]
        grid = np.indices(interior[near].shape).transpose(1, 2, 0)[..., None, :] + [near.start, 0]
        distance = np.hypot(*np.moveaxis(grid - course.T, -1, 0)).min(axis=-1)
        strokes[near] |= distance < width
    return strokes & interior
