"""The outline of the clast under a click: how far one gets from it without crossing an edge or another look.

A way costs where the color changes at once (an edge) and where a pixel looks unlike the place clicked, in
color and, where there are features, in texture.  The reach is the largest cost that still belongs to the
clast; every reach gives an outline, and larger ones hold more.  By default it is the reach at which the
outline runs along edges, what lies outside looks other than what lies inside, and the growth is least.  That
is done twice: what the first outline parts says what looks like the clast, and what like its surroundings.
Arrays only: features come in as an array (`outline_features` makes one).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage
from skimage.color import rgb2lab
from skimage.graph import MCP_Geometric

from corewidgets.cores.section import CoreSection, as_section

__all__ = ["CELL", "WITHIN", "Click", "Growth", "grow", "outline"]

CELL = 2
"""Rows and columns of pixels that make a cell: outlines are found on cells, and drawn on pixels."""

WITHIN = 170
"""Pixels around the click that an outline may reach, unless it is said otherwise."""

_MOST_CELLS = 2**17  # a window of more cells is made of larger ones
_SEED = 8.0  # pixels: the radius of the disc whose look is that of the click

_SMOOTHED = 1.0  # cells: standard deviation of the window over which color is averaged
_EVEN = 0.001  # cost of a cell, whatever it looks like
_EDGE = 0.1  # cost of a unit of L*a*b* by which neighbors differ more than:
_FAINT = 3.0
_UNLIKE = 1.0  # cost of the square of the unlikeness beyond:
_ALIKE = 0.4
_SAME = 0.1, 1.0  # largest unlikeness, and change of color, of what is one place
_COLORS = 25.0  # difference in L*a*b* that is one of unlikeness
_TEXTURES = 12.0  # difference in features that is one of unlikeness

_TAKEN = 5.0  # cost of a unit by which a cell looks more like the surroundings than like the clast
_RING = 2, 16  # cells from the first outline: where the surroundings begin and end
_INNER = 0.35  # share of the clast's half width: where its inside begins
_N_LOOKS = 6  # of the surroundings; that of the clast is one, or for several pixels clicked:
_N_LOOKS_DRAWN = 3
_N_SAMPLED = 400  # cells that looks are found on

_OPENED = 0.5, 0.18  # cells, and share of the radius: necks thinner than twice that are cut
_SMALLEST = 60  # cells of an outline that is found by itself
_GROWING = 1.5  # what counts against a reach: growth,
_LEAVING = 0.5  # and touching the border of the photograph
_ALONG = 1.5  # what counts for it: running along edges,
_LARGE = 0.05  # and size
_REACHES = np.geomspace(0.03, 60.0, 24)

Mask = NDArray[np.bool_]
Cells = NDArray[np.float32]
Box = tuple[slice, slice]
Ends = tuple[bool, ...]


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
    _cost: Cells
    _seeds: Mask
    _cell: int

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
        inside = _cleaned(self._cost, self._seeds, wanted)
        return _on_pixels(inside, self._cell, self.box)

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
        costs = self._cost.ravel()
        wanted = int(np.count_nonzero(costs <= self.reach) * by**2)
        place = min(max(wanted - 1, 0), costs.size - 1)
        return max(float(np.partition(costs, place)[place]), float(_REACHES[0]) / 1e3)


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
        features are those of a photograph of another size.

    Examples
    --------
    >>> image = np.full((60, 60, 3), 40, np.uint8)
    >>> image[20:40, 10:40] = 200
    >>> int(outline(image, 30, 25).sum())
    600
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
    look = np.asarray(smooth / _COLORS, np.float32), _features_of(features, box, cell, edges.shape)
    cost = np.full(edges.shape, np.inf, np.float32)
    unlike = np.full(edges.shape, np.inf, np.float32)
    seeds = np.zeros(edges.shape, bool)
    for click in clicks:
        here = _cells_clicked(click, box, cell, edges.shape)
        unlikeness = _unlikeness(look, _surrounding(here, _SEED / cell), _n_looks(here))
        extra = _UNLIKE * np.maximum(unlikeness - _ALIKE, 0) ** 2
        np.minimum(cost, _travel(edges, extra, here), out=cost)
        np.minimum(unlike, unlikeness, out=unlike)
        seeds |= here
    if unlike.max() <= _SAME[0] and edges.max() <= _SAME[1]:
        return Growth(box, float(_REACHES[-1]), True, cost, seeds, cell)
    ends = _ends(box, image.shape[:2])
    first = _cleaned(cost, seeds, _likely_reach(cost, seeds, edges, unlike, ends))
    taken = _taken(np.concatenate(look, axis=-1), first, _surrounding(seeds, _SEED / cell), _n_looks(seeds))
    cost = _travel(edges, np.asarray(_TAKEN * np.maximum(taken, 0), np.float32), seeds)
    return Growth(box, _likely_reach(cost, seeds, edges, taken, ends), False, cost, seeds, cell)


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
        raise ValueError("An outline starts at a click: give as many rows as columns, at least one of each.")
    for click in clicks:
        for name, pixels, size in (("row", click.rows, shape[0]), ("column", click.columns, shape[1])):
            outside = pixels[(pixels < 0) | (pixels >= size)]
            if len(outside):
                raise ValueError(
                    f"There is no {name} {outside[0]}: the photograph has {shape[0]} rows and {shape[1]} "
                    "columns, counted from 0; click inside of it."
                )


def _check_features(features: NDArray[Any] | None, shape: tuple[int, ...]) -> None:
    expected = tuple(-(-size // CELL) for size in shape)
    if features is not None and (features.ndim != 3 or features.shape[:2] != expected):
        raise ValueError(
            f"features must have shape {(*expected, 'n')} for a photograph of {shape[0]} rows and {shape[1]} "
            f"columns, but they have {features.shape}; outline_features(section) makes them."
        )


def _check_reach(reach: float) -> float:
    if not 0 < reach < np.inf:
        raise ValueError(f"reach must be above 0 and finite, but it is {reach}; try 0.1 to 60.")
    return float(reach)


def _window(clicks: Sequence[Click], shape: tuple[int, ...], within: int) -> tuple[Box, int]:
    """Return the rows and columns around clicks, and the pixels along a side of a cell."""
    if not within > 0:
        raise ValueError(f"within must be above 0 pixels, but it is {within}; try {WITHIN}.")
    sides = []
    for axis, size in enumerate(shape):
        pixels = np.concatenate([click[axis] for click in clicks])
        start = max(0, int(pixels.min()) - within) // CELL * CELL
        sides.append(slice(start, min(size, int(pixels.max()) + within + 1)))
    area = (sides[0].stop - sides[0].start) * (sides[1].stop - sides[1].start)
    cell = CELL
    while area > _MOST_CELLS * cell**2:
        cell *= 2
    return (sides[0], sides[1]), cell


def _ends(box: Box, shape: tuple[int, ...]) -> Ends:
    """Return which ends of a window (top, base, left, right) lie inside of the photograph."""
    rows, columns = box
    return rows.start > 0, rows.stop < shape[0], columns.start > 0, columns.stop < shape[1]


def _cells_of(pixels: NDArray[Any], cell: int) -> Cells:
    """Return means of `cell` rows and columns; at the end, the last pixels count again."""
    after = [(0, -size % cell) for size in pixels.shape[:2]]
    padded = np.pad(pixels, [*after, (0, 0)], mode="edge")
    n_rows, n_columns = (size // cell for size in padded.shape[:2])
    split = padded.reshape(n_rows, cell, n_columns, cell, -1)
    return split.mean(axis=(1, 3), dtype=np.float32)


def _features_of(features: NDArray[Any] | None, box: Box, cell: int, shape: tuple[int, ...]) -> Cells:
    if features is None:
        return np.zeros((*shape, 0), np.float32)
    rows, columns = (slice(side.start // CELL, -(-side.stop // CELL)) for side in box)
    part = features[rows, columns].astype(np.float32) / np.float32(_TEXTURES)
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


def _surrounding(here: Mask, radius: float) -> Mask:
    rows, columns = np.nonzero(here)
    margin = int(np.ceil(radius))
    near = np.zeros_like(here)
    part = (
        slice(max(0, rows.min() - margin), rows.max() + margin + 1),
        slice(max(0, columns.min() - margin), columns.max() + margin + 1),
    )
    near[part] = ndimage.distance_transform_edt(~here[part]) <= radius
    return near


def _n_looks(clicked: Mask) -> int:
    return 1 if np.count_nonzero(clicked) == 1 else _N_LOOKS_DRAWN


def _unlikeness(look: tuple[Cells, Cells], seeds: Mask, n_looks: int) -> Cells:
    """Return how unlike the looks of some cells every cell is: in color, and in texture."""
    parts = [_nearest(part, part[seeds], n_looks) for part in look if part.shape[-1]]
    return np.asarray(sum(parts), np.float32)


def _taken(look: Cells, clast: Mask, clicked: Mask, n_looks: int) -> Cells:
    """Return by how much every cell looks more like the surroundings of an outline than like its inside."""
    depth = ndimage.distance_transform_edt(np.pad(clast, 1))[1:-1, 1:-1]
    distance = ndimage.distance_transform_edt(~clast)
    inside = (depth >= _INNER * depth.max()) | clicked
    ring = (distance > _RING[0]) & (distance < _RING[1])
    if not ring.any():
        return _nearest(look, look[inside], n_looks) - np.float32(_ALIKE)
    return _nearest(look, look[inside], n_looks) - _nearest(look, look[ring], _N_LOOKS)


def _nearest(look: Cells, sample: Cells, number: int) -> Cells:
    """Return how far every cell is from the nearest of the looks that stand for a sample."""
    looks = _typical(sample[:: -(-len(sample) // _N_SAMPLED)], number)
    squares = np.stack([np.einsum("rcf,rcf->rc", look - one, look - one) for one in looks])
    return np.asarray(np.sqrt(squares.min(axis=0)), np.float32)


def _typical(sample: Cells, number: int) -> Cells:
    """Return a few vectors that stand for a sample: k-means, from starts that lie far apart."""
    means = sample.mean(axis=0, keepdims=True)
    while len(means) < min(number, len(sample)):
        means = np.concatenate([means, sample[_squares(sample, means).min(axis=1).argmax()][None]])
    for _ in range(6):
        nearest = _squares(sample, means).argmin(axis=1)
        means = np.stack([sample[nearest == index].mean(axis=0) for index in np.unique(nearest)])
    return means


def _squares(sample: Cells, means: Cells) -> NDArray[np.float32]:
    return np.asarray(((sample[:, None] - means[None]) ** 2).sum(axis=-1), np.float32)


def _travel(edges: Cells, extra: Cells, seeds: Mask) -> Cells:
    """Return the cost of the cheapest way to every cell, over edges and what a cell costs besides."""
    cost = _EVEN + _EDGE * np.maximum(edges - _FAINT, 0) + extra
    costs, _ = MCP_Geometric(cost).find_costs(np.argwhere(seeds))
    return np.asarray(costs, np.float32)


def _cleaned(cost: Cells, seeds: Mask, reach: float) -> Mask:
    """Return what is within reach, without necks and what hangs on them, and without holes."""
    inside = np.zeros(cost.shape, bool)
    near = cost <= reach
    near |= seeds
    rows, columns = (np.flatnonzero(near.any(axis=axis)) for axis in (1, 0))
    part = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    whole = np.pad(near[part], 1)
    start = np.pad(seeds[part], 1)
    radius = _OPENED[0] + _OPENED[1] * np.sqrt(whole.sum() / np.pi)
    core = ndimage.distance_transform_edt(whole) > radius
    numbered, _ = ndimage.label(core)
    kept = np.unique(numbered[start & core])
    if len(kept):
        core = np.isin(numbered, kept)
        whole = (ndimage.distance_transform_edt(~core) <= radius) | start
    inside[part] = _filled(np.pad(whole, 1))[2:-2, 2:-2]
    return inside


def _likely_reach(cost: Cells, seeds: Mask, edges: Cells, unlike: Cells, ends: Ends) -> float:
    """Return the reach whose outline runs along edges, parts what looks different, and hardly grows."""
    sizes, worths = [], []
    for reach in _REACHES:
        mask = _cleaned(cost, seeds, reach)
        sizes.append(float(mask.sum()))
        worths.append(_worth(mask, edges, unlike))
        if _meets(mask, ends):
            break
    growth = np.gradient(np.log(sizes)) if len(sizes) > 1 else np.zeros(1)
    worth = np.array(worths) - _GROWING * growth + _LARGE * np.log(sizes)
    worth[np.array(sizes) < _SMALLEST] -= 1e6
    if len(sizes) < len(_REACHES):
        worth[-1] -= 1e3  # it runs out of the window
    return float(_REACHES[np.argmax(worth)])


def _worth(mask: Mask, edges: Cells, unlike: Cells) -> float:
    """Return how much an outline runs along edges and parts what looks different."""
    grown = _grown(mask)
    at_border = any(side.any() for side in (mask[0], mask[-1], mask[:, 0], mask[:, -1]))
    rim = grown & _grown(~mask)
    outside = _grown(_grown(grown)) & ~mask
    along = (edges[rim] > _FAINT).mean() if rim.any() else 0.0
    apart = max(unlike[outside].mean() - unlike[mask].mean(), 0.01) if outside.any() else 0.01
    return float(np.log(apart + 0.3) + _ALONG * np.log(along + 0.1) - _LEAVING * at_border)


def _grown(mask: Mask) -> Mask:
    """Return a mask and the cells beside it."""
    grown = mask.copy()
    grown[1:] |= mask[:-1]
    grown[:-1] |= mask[1:]
    grown[:, 1:] |= mask[:, :-1]
    grown[:, :-1] |= mask[:, 1:]
    return grown


def _filled(mask: Mask) -> Mask:
    """Return a mask, False along its border, without holes."""
    outside, _ = ndimage.label(~mask)
    return np.asarray(outside != outside[0, 0])


def _meets(mask: Mask, ends: Ends) -> bool:
    """Tell whether a mask reaches an end of the window that is not the photograph's."""
    sides = mask[0], mask[-1], mask[:, 0], mask[:, -1]
    return any(side.any() for side, end in zip(sides, ends, strict=True) if end)


def _on_pixels(inside: Mask, cell: int, box: Box) -> Mask:
    """Return a mask of cells on the pixels of a box, its corners rounded between cells."""
    shape = [side.stop - side.start for side in box]
    padded = np.pad(inside, 1)
    signed = ndimage.distance_transform_edt(padded) - ndimage.distance_transform_edt(~padded)
    signed = np.clip(signed[1:-1, 1:-1], -3, 3).astype(np.float32)
    for axis, size in enumerate(shape):
        place = np.clip((np.arange(size) + 0.5) / cell - 0.5, 0, signed.shape[axis] - 1)
        low = np.minimum(place.astype(int), max(signed.shape[axis] - 2, 0))
        high = np.minimum(low + 1, signed.shape[axis] - 1)
        share = (place - low).astype(np.float32)
        share = share[:, None] if axis == 0 else share
        signed = signed.take(low, axis) * (1 - share) + signed.take(high, axis) * share
    return np.asarray(signed > 0)
