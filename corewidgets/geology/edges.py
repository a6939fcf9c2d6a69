"""Hand-drawn shapes that keep to the edges of a photograph: arrays only.

An edge is where color changes at once, measured by the Sobel operator on L*a*b* smoothed over a pixel.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage
from skimage.color import rgb2lab
from skimage.graph import route_through_array
from skimage.segmentation import watershed

__all__ = ["Wire", "color_edges", "keep_to_edges", "wire"]

Box = tuple[slice, slice]
Mask = NDArray[np.bool_]
Place = tuple[int, int]

_SMOOTHED = 1.0  # pixels: standard deviation of the window over which color is averaged
_BAND = 6.0  # pixels by which a rim may move, in or out
_SHARE = 0.5  # of the depth of a shape, by which its rim may move in
_MARGIN = 24  # pixels around two corners within which the way between them may go
_MOST_PIXELS = 4_000_000  # of a window: corners that lie farther apart are joined by a straight line
_STRAIGHT = 0.08  # cost of a pixel on the strongest edge: more makes ways straighter
_NO_WAY: NDArray[Any] = np.empty((0, 2), int)


def keep_to_edges(image: NDArray[np.uint8], box: Box, mask: Mask) -> tuple[Box, Mask]:
    """Move the rim of a shape to the edges that it runs near.

    Parameters
    ----------
    image : ndarray of uint8, (n_rows, n_columns, 3)
        A photograph.
    box : (slice, slice)
        Rows and columns of it.
    mask : ndarray of bool, as large as the box
        The shape.

    Returns
    -------
    (slice, slice)
        Rows and columns that the new shape lies in.
    ndarray of bool, as large as these
        The rim moves by 6 pixels at most, inwards by half of the depth of the shape at most.  Where there is
        no edge near, it stays about where it was.
    """
    if not mask.any():
        return box, mask
    margin = int(_BAND) + 2
    outer, shape = _padded(box, mask, margin, image.shape[:2])
    depth = ndimage.distance_transform_edt(np.pad(shape, 1, mode="edge"))[1:-1, 1:-1]
    beyond = ndimage.distance_transform_edt(~shape)
    pieces, n = ndimage.label(shape, np.ones((3, 3)))
    deepest = np.array([0.0, *np.atleast_1d(ndimage.maximum(depth, pieces, range(1, n + 1)))])[pieces]
    markers = np.zeros(shape.shape, np.int32)
    markers[shape & (depth > np.minimum(_BAND, _SHARE * deepest))] = 1
    markers[beyond > _BAND] = 2
    steps = depth + beyond  # where nothing is to be seen, the rim stays
    hills = color_edges(image[outer]) + 1e-3 * (steps.max() - steps)
    grown = watershed(hills, markers)  # type: ignore[no-untyped-call]
    return outer, np.asarray(grown == 1)


def wire(image: NDArray[np.uint8], corners: ArrayLike) -> NDArray[np.float64]:
    """Lead a line from corner to corner along the edges between them, and back to the first.

    Parameters
    ----------
    image : ndarray of uint8, (n_rows, n_columns, 3)
        A photograph.
    corners : array-like, (n, 2)
        Row and column of each, an integer is the middle of a pixel.  Those that lie outside are moved to its
        border.

    Returns
    -------
    ndarray of float, (n_points, 2)
        The pixels of the cheapest way: one on an edge costs little.
    """
    return np.concatenate(Wire(image).sides(corners, closed=True)).astype(float)


class Wire:
    """Leads lines along the edges of a photograph, again and again while their corners are set.

    Parameters
    ----------
    image : ndarray of uint8, (n_rows, n_columns, 3)
        A photograph.
    """

    def __init__(self, image: NDArray[np.uint8]) -> None:
        self._image = image
        self._found: dict[tuple[Place, Place], NDArray[Any]] = {}  # those of the corners given last

    def sides(self, corners: ArrayLike, *, closed: bool) -> list[NDArray[Any]]:
        """Return the cheapest way from each corner to the next one.

        Parameters
        ----------
        corners : array-like, (n, 2)
            See `wire`.
        closed : bool
            Whether there is also a way from the last one to the first.

        Returns
        -------
        list of ndarray of int, (n_points, 2)
            The pixels of each way, without the corner that it ends at.
        """
        last = np.array(self._image.shape[:2]) - 1
        rounded = np.clip(np.floor(np.asarray(corners, float).reshape(-1, 2) + 0.5), 0, last).astype(int)
        places: list[Place] = [(int(row), int(column)) for row, column in rounded]
        pairs = list(itertools.pairwise([*places, *places[:1]] if closed else places))
        self._found = {pair: self._found.get(pair, _NO_WAY) for pair in pairs}
        for pair, way in self._found.items():
            if way is _NO_WAY:
                self._found[pair] = _way(self._image, *np.array(pair))
        return [self._found[pair] for pair in pairs]


def _way(image: NDArray[np.uint8], start: NDArray[Any], end: NDArray[Any]) -> NDArray[Any]:
    """Return the pixels of the cheapest way between two, without the last one."""
    if (start == end).all():
        return start[None]
    low = np.maximum(np.minimum(start, end) - _MARGIN, 0)
    high = np.maximum(start, end) + _MARGIN + 1
    if np.prod(high - low) > _MOST_PIXELS:
        n = int(np.abs(end - start).max())
        return np.rint(np.linspace(start, end, n, endpoint=False)).astype(int)
    edges = color_edges(image[low[0] : high[0], low[1] : high[1]])
    cost = _STRAIGHT + 1 / (1 + edges)
    path, _ = route_through_array(cost, start - low, end - low)  # type: ignore[no-untyped-call]
    return np.asarray(path[:-1]) + low


def color_edges(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return by how much color changes at each pixel, in units of L*a*b*."""
    color = ndimage.gaussian_filter(rgb2lab(image), (_SMOOTHED, _SMOOTHED, 0))
    squares = [ndimage.sobel(color[..., channel], axis) ** 2 for channel in range(3) for axis in (0, 1)]
    return np.asarray(np.sqrt(np.sum(squares, axis=0)) / 8)


def _padded(box: Box, mask: Mask, margin: int, size: tuple[int, ...]) -> tuple[Box, Mask]:
    """Return a box with a margin, as far as the photograph goes, and the mask in it."""
    outer = tuple(
        slice(max(0, side.start - margin), min(length, side.stop + margin))
        for side, length in zip(box, size, strict=True)
    )
    around = [
        (side.start - large.start, large.stop - side.stop) for side, large in zip(box, outer, strict=True)
    ]
    return (outer[0], outer[1]), np.pad(mask, around)
