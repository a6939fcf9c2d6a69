"""The outline of the clast under a click: how far one gets from it without crossing an edge or another look.

A way costs where the color changes at once (an edge) and where a pixel looks unlike the place clicked, in
color and, where there are features, in texture.  The reach is the largest cost that still belongs to the
clast; every reach gives an outline, and larger ones hold more.  By default it is the reach at which the
outline runs along edges, what lies outside looks other than what lies inside, and the growth is least.  What
an outline parts says what looks like the clast, and what like its surroundings, so that it is found again by
these; so are outlines much larger or smaller than the likely one.  All of this is done on cells of 2 x 2
pixels; at last the rim moves to the edge that is nearby on the pixels.  Arrays only: features come in as an
array (`outline_features` makes one).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage
from skimage.color import rgb2lab

from corewidgets.cores.section import CoreSection, as_section
from corewidgets.geology.distances import around, framed, squared_depth
from corewidgets.geology.looks import ALIKE, n_looks, surrounding, unlikeness
from corewidgets.geology.reaches import REACHES, Ground, likely
from corewidgets.geology.rims import Rims
from corewidgets.geology.ways import BySize, Way, looked_at_again, travel

__all__ = ["CELL", "WITHIN", "Click", "Growth", "grow", "outline"]

CELL = 2
"""Rows and columns of pixels that make a cell: outlines are found on cells, and drawn on pixels."""

WITHIN = 170
"""Pixels around the click that an outline may reach, unless it is said otherwise."""

_MOST_REACH = float(np.finfo(np.float32).max)  # as costs are float32
_MOST_FEATURE = float(np.finfo(np.float16).max)
_CLEAR = 4  # cells around an outline beyond which no pixel is inside
_MOST_CELLS = 2**17  # a window of more cells is made of larger ones
_SEED = 8.0  # pixels: the radius of the disc whose look is that of the click

_SMOOTHED = 1.0  # cells: standard deviation of the window over which color is averaged
_UNLIKE = 1.0  # cost of the square of the unlikeness beyond `ALIKE`
_SAME = 0.1, 1.0  # largest unlikeness, and change of color, of what is one place
_COLORS = 25.0  # difference in L*a*b* that is one of unlikeness
_TEXTURES = 12.0  # difference in features that is one of unlikeness

Mask = NDArray[np.bool_]
Cells = NDArray[np.float32]
Box = tuple[slice, slice]


class Click(NamedTuple):
    """Pixels that were clicked or drawn across: one look."""

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Growth:
    """The outlines of a click for every reach.

    Attributes
    ----------
    box : (slice, slice)
        The rows and columns of the photograph that they lie in.
    reach : float
        The one where the outline is most likely that of a clast.
    is_even : bool
        Whether nothing parts the click from what lies around it: the photograph is of one color and look
        there.  Every outline then holds all of the box.
    """

    box: Box
    reach: float
    is_even: bool
    _by_size: BySize
    _cell: int
    _rims: Rims

    def mask(self, reach: float | None = None) -> Mask:
        """Return which pixels of the box are inside.

        Parameters
        ----------
        reach : float, optional
            Above 0; by default `reach`.

        Returns
        -------
        ndarray of bool, as large as the box
        """
        wanted = self.reach if reach is None else _check_reach(reach)
        if self.is_even:
            return np.ones([side.stop - side.start for side in self.box], bool)
        return self._rims.moved(_on_pixels(self._by_size.inside(wanted), self._cell, self.box))

    def wider(self, by: float) -> float:
        """Return the reach at which what is inside is about `by` times as wide as at `reach`.

        Parameters
        ----------
        by : float
            Above 0.

        Returns
        -------
        float
            It changes little where `by` does, whatever the photograph.
        """
        if by == 1:
            return self.reach
        return max(self._by_size.reach_at(by**2), float(REACHES[0]) / 1e3)


def outline(
    section_or_image: CoreSection | ArrayLike,
    row: int | Sequence[int],
    column: int | Sequence[int],
    reach: float | None = None,
    *,
    features: NDArray[Any] | None = None,
    within: int = WITHIN,
) -> Mask:
    """Return the clast that a click lies in.

    Parameters
    ----------
    section_or_image : CoreSection or ndarray of uint8, (n_rows, n_columns, 3)
        A section or a photograph.
    row, column : int or sequence of int
        The pixel clicked, or those of a scribble: all of these are inside, and their look is the clast's.
        Outlines of two clicks are joined by ``|``.
    reach : float, optional
        How far the outline reaches, above 0: about 0.03 to 60, larger ones hold more; by default one is found
        by itself.
    features : ndarray, optional
        What `outline_features` returns for the photograph; without it the color decides alone.
    within : int
        Pixels around the click, or the scribble, that the outline may reach, above 0; larger for larger
        clasts.

    Returns
    -------
    ndarray of bool, (n_rows, n_columns)
        Where the photograph is of one color around the click, all that lies `within`.

    Raises
    ------
    TypeError, ValueError
        It is no photograph, the pixel lies outside of it, the reach is not above 0, `within` is not, or the
        features are those of a photograph of another size, or not finite.

    Examples
    --------
    >>> rows, columns = np.ogrid[:60, :60]
    >>> clast = np.hypot(rows - 30, columns - 25) < 12
    >>> image = np.where(clast[..., None], 200, 40).astype(np.uint8).repeat(3, axis=2)
    >>> found = outline(image, 30, 25)
    >>> bool((found & clast).sum() > 0.9 * (found | clast).sum())
    True
    """
    image = as_section(section_or_image).image
    growth = grow(image, [_click(row, column)], features=features, within=within)
    mask = np.zeros(image.shape[:2], bool)
    mask[growth.box] = growth.mask(reach)
    return mask


def grow(
    image: NDArray[np.uint8],
    clicks: Sequence[Click],
    *,
    features: NDArray[Any] | None = None,
    within: int = WITHIN,
) -> Growth:
    """Find the outlines of one click, or of several that lie in one clast, for every reach.

    Parameters
    ----------
    image : ndarray of uint8, (n_rows, n_columns, 3)
        A photograph.
    clicks : sequence of Click
        Each has a look of its own; an outline holds what is near to any.
    features, within
        See `outline`.

    Returns
    -------
    Growth

    Raises
    ------
    ValueError
        See `outline`.
    """
    _check_clicks(clicks, image.shape[:2])
    _check_features(features, image.shape[:2])
    box, cell = _window(clicks, image.shape[:2], within)
    color = rgb2lab(_cells_of(image[box], cell) / 255.0).astype(np.float32)
    smooth = np.stack(
        [ndimage.gaussian_filter(color[..., channel], _SMOOTHED, truncate=3) for channel in range(3)], axis=-1
    )
    edges = _edges(smooth)
    parts = np.asarray(smooth / _COLORS, np.float32), _features_of(features, box, cell, edges.shape)
    first = np.full(edges.shape, np.inf, np.float32)
    unlike = np.full(edges.shape, np.inf, np.float32)
    seeds = np.zeros(edges.shape, bool)
    for click in clicks:
        here = _cells_clicked(click, box, cell, edges.shape)
        from_here = unlikeness(parts, surrounding(here, _SEED / cell), n_looks(here))
        extra = _UNLIKE * np.maximum(from_here - ALIKE, 0) ** 2
        np.minimum(first, travel(edges, extra, here), out=first)
        np.minimum(unlike, from_here, out=unlike)
        seeds |= here
    near = surrounding(seeds, _SEED / cell)
    ground = Ground(edges, np.concatenate(parts, axis=-1), seeds, near, _ends(box, image.shape[:2]))
    is_even = bool(unlike.max() <= _SAME[0] and edges.max() <= _SAME[1])
    if is_even:
        way, reach = Way(first, unlike), float(REACHES[-1])
    else:
        way, found = looked_at_again(ground, first, likely(first, ground, unlike))
        reach = found.reach
    rims = Rims(image[box], _pixels_clicked(clicks, box), cell)
    return Growth(box, reach, is_even, BySize(ground, first, way, reach), cell, rims)


def _click(row: int | Sequence[int], column: int | Sequence[int]) -> Click:
    rows, columns = np.atleast_1d(np.asarray(row)), np.atleast_1d(np.asarray(column))
    for name, pixels in (("row", rows), ("column", columns)):
        if (pixels.size and pixels.dtype.kind not in "iu") or pixels.ndim != 1:
            raise TypeError(
                f"{name} must be a whole number or several, counted from 0, but it is {pixels.tolist()!r}."
            )
    return Click(rows.astype(np.intp), columns.astype(np.intp))


def _check_clicks(clicks: Sequence[Click], shape: tuple[int, ...]) -> None:
    if not clicks or any(len(click.rows) == 0 or len(click.rows) != len(click.columns) for click in clicks):
        raise ValueError("An outline starts at a click: give as many rows as columns, at least one.")
    for click in clicks:
        for name, pixels, size in (("row", click.rows, shape[0]), ("column", click.columns, shape[1])):
            outside = pixels[(pixels < 0) | (pixels >= size)]
            if len(outside):
                raise ValueError(
                    f"There is no {name} {outside[0]}: the photograph has {shape[0]} rows and {shape[1]} "
                    "columns, counted from 0; click inside it."
                )


def _check_features(features: NDArray[Any] | None, shape: tuple[int, ...]) -> None:
    expected = tuple(-(-size // CELL) for size in shape)
    if features is None:
        return
    if not isinstance(features, np.ndarray) or features.dtype.kind not in "fiu":
        raise TypeError(
            f"features must be an array of numbers, but they are {type(features).__name__}"
            f"{f' of {features.dtype}' if isinstance(features, np.ndarray) else ''}; "
            "outline_features(section) makes them."
        )
    if features.ndim != 3 or features.shape[:2] != expected:
        raise ValueError(
            f"features must have shape {(*expected, 'n')} for a photograph of {shape[0]} rows and {shape[1]} "
            f"columns, but they have {features.shape}; outline_features(section) makes them."
        )


def _check_reach(reach: float) -> float:
    if not 0 < _number("reach", reach) < np.inf:
        raise ValueError(f"reach must be above 0 and finite, but it is {reach}; try 0.1 to 60.")
    return min(float(reach), _MOST_REACH)


def _number(name: str, value: Any) -> float:
    if np.ndim(value) or np.asarray(value).dtype.kind not in "biuf":
        raise TypeError(f"{name} must be a number, but it is {value!r}.")
    return float(value)


def _window(clicks: Sequence[Click], shape: tuple[int, ...], within: float) -> tuple[Box, int]:
    """Return the rows and columns around clicks, and the pixels along a side of a cell."""
    if not _number("within", within) > 0:
        raise ValueError(f"within must be above 0 pixels, but it is {within}; try {WITHIN}.")
    margin = math.ceil(min(float(within), max(shape)))
    sides = []
    for axis, size in enumerate(shape):
        pixels = np.concatenate([click[axis] for click in clicks])
        start = max(0, int(pixels.min()) - margin) // CELL * CELL
        sides.append(slice(start, min(size, int(pixels.max()) + margin + 1)))
    area = (sides[0].stop - sides[0].start) * (sides[1].stop - sides[1].start)
    cell = CELL
    while area > _MOST_CELLS * cell**2:
        cell *= 2
    return (sides[0], sides[1]), cell


def _ends(box: Box, shape: tuple[int, ...]) -> tuple[bool, ...]:
    """Return which ends of a window (top, base, left, right) lie inside of the photograph."""
    rows, columns = box
    return rows.start > 0, rows.stop < shape[0], columns.start > 0, columns.stop < shape[1]


def _cells_of(pixels: NDArray[Any], cell: int) -> Cells:
    """Return means of `cell` rows and columns; at the end, the last pixels count again."""
    after = [(0, -size % cell) for size in pixels.shape[:2]]
    padded = np.pad(pixels, [*after, (0, 0)], mode="edge") if any(map(any, after)) else pixels
    total = np.zeros((padded.shape[0] // cell, padded.shape[1] // cell, pixels.shape[2]), np.float32)
    for down in range(cell):
        for across in range(cell):
            total += padded[down::cell, across::cell]
    return np.asarray(total / np.float32(cell**2))


def _features_of(features: NDArray[Any] | None, box: Box, cell: int, shape: tuple[int, ...]) -> Cells:
    if features is None:
        return np.zeros((*shape, 0), np.float32)
    rows, columns = (slice(side.start // CELL, -(-side.stop // CELL)) for side in box)
    part = features[rows, columns].astype(np.float32)
    largest = np.abs(part).max(initial=0)
    if not largest <= _MOST_FEATURE:
        raise ValueError(
            f"features must be numbers from -{_MOST_FEATURE:,.0f} to {_MOST_FEATURE:,.0f}, but around the "
            f"click there is {largest:g}; outline_features(section) makes them."
        )
    part /= np.float32(_TEXTURES)
    return _cells_of(part, cell // CELL) if cell > CELL else part


def _edges(color: Cells) -> Cells:
    """Return by how much color changes from one cell to the next."""
    squares = np.zeros(color.shape[:2], np.float32)
    for channel in range(color.shape[-1]):
        for axis in (0, 1):
            squares += ndimage.sobel(color[..., channel], axis) ** 2
    return np.asarray(np.sqrt(squares) / 8, np.float32)


def _cells_clicked(click: Click, box: Box, cell: int, shape: tuple[int, ...]) -> Mask:
    here = np.zeros(shape, bool)
    here[(click.rows - box[0].start) // cell, (click.columns - box[1].start) // cell] = True
    return here


def _pixels_clicked(clicks: Sequence[Click], box: Box) -> Mask:
    here = np.zeros([side.stop - side.start for side in box], bool)
    for click in clicks:
        here[click.rows - box[0].start, click.columns - box[1].start] = True
    return here


def _on_pixels(inside: Mask, cell: int, box: Box) -> Mask:
    """Return a mask of cells on the pixels of a box, its corners rounded between cells."""
    shape = [side.stop - side.start for side in box]
    part = around(inside, _CLEAR)
    padded = framed(inside[part])
    signed = np.sqrt(squared_depth(padded)) - np.sqrt(squared_depth(~padded))
    signed = np.clip(signed[1:-1, 1:-1], -3, 3).astype(np.float32)
    for axis, (side, size) in enumerate(zip(part, shape, strict=True)):
        pixels = np.arange(side.start * cell, min(side.stop * cell, size))
        place = np.clip((pixels + 0.5) / cell - 0.5, side.start, side.stop - 1) - side.start
        low = np.minimum(place.astype(int), max(signed.shape[axis] - 2, 0))
        high = np.minimum(low + 1, signed.shape[axis] - 1)
        share = (place - low).astype(np.float32)
        share = share[:, None] if axis == 0 else share
        signed = signed.take(low, axis) * (1 - share) + signed.take(high, axis) * share
    mask = np.zeros(shape, bool)
    rows, columns = (slice(side.start * cell, side.stop * cell) for side in part)
    mask[rows, columns] = signed > 0
    return mask
