"""The rim of an outline on the pixels of a photograph: moved a few pixels, to where the color changes most.

Outlines are found on cells of several pixels; a watershed of the edges, at full resolution, says where in a
band around such an outline its rim lies.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from skimage.segmentation import watershed

from corewidgets.geology.distances import around, squared_depth
from corewidgets.geology.edges import color_edges

__all__ = ["Rims"]

Mask = NDArray[np.bool_]
Part = tuple[slice, slice]

_BAND = 2.0  # cells by which a rim may move, in or out
_SHARE = 0.5  # of the depth of an outline, by which its rim may move in
_STAYS = 0.3  # unit of L*a*b*: how much stronger an edge must be to be worth a pixel of way
_KNOWN = 24  # pixels around an outline for which edges are computed ahead, for larger ones
_SEEN = 6  # pixels around a place that its edges depend on


class Rims:
    """Moves rims of outlines in a window of a photograph.

    Parameters
    ----------
    image : ndarray of uint8, (n_rows, n_columns, 3)
        The window.
    clicked : ndarray of bool, (n_rows, n_columns)
        Pixels that stay inside.
    cell : int
        Pixels along a side of the cells that the outlines were found on.
    """

    def __init__(self, image: NDArray[np.uint8], clicked: Mask, cell: int) -> None:
        self._image, self._clicked = image, clicked
        self._band = _BAND * cell
        self._known: tuple[Part, NDArray[np.float64]] | None = None

    def moved(self, mask: Mask) -> Mask:
        """Return an outline whose rim is moved to the edges that it runs near."""
        part = _within(around(mask, int(self._band) + 2), mask.shape)
        inside = mask[part]
        if inside.all():
            return mask
        depth, beyond = (np.sqrt(squared_depth(side)) for side in (inside, ~inside))
        markers = np.zeros(inside.shape, np.int32)
        markers[depth > min(self._band, _SHARE * depth.max())] = 1
        markers[beyond > min(self._band, _SHARE * beyond.max())] = 2
        markers[self._clicked[part]] = 1
        steps = depth + beyond
        near = steps <= self._band + 1.5  # with a row of what stays as it is
        hills = self._edges(part) - _STAYS * steps
        grown = watershed(hills, markers, mask=near)  # type: ignore[no-untyped-call]
        moved = mask.copy()
        moved[part][near] = grown[near] == 1
        return moved

    def _edges(self, part: Part) -> NDArray[np.float64]:
        """Return how much color changes at each pixel of a part, the same whatever was asked for before."""
        if self._known is None or not _holds(self._known[0], part):
            wide = _wider(part, _KNOWN, self._clicked.shape)
            seen = _wider(wide, _SEEN, self._clicked.shape)
            self._known = wide, color_edges(self._image[seen])[_inner(wide, seen)]
        known, edges = self._known
        return edges[_inner(part, known)]


def _within(part: Part, shape: tuple[int, ...]) -> Part:
    rows, columns = (slice(side.start, min(side.stop, size)) for side, size in zip(part, shape, strict=True))
    return rows, columns


def _wider(part: Part, by: int, shape: tuple[int, ...]) -> Part:
    rows, columns = (slice(max(side.start - by, 0), side.stop + by) for side in part)
    return _within((rows, columns), shape)


def _holds(outer: Part, part: Part) -> bool:
    return all(
        large.start <= side.start and side.stop <= large.stop for large, side in zip(outer, part, strict=True)
    )


def _inner(part: Part, outer: Part) -> Part:
    """Return where a part lies in an outer one."""
    rows, columns = (
        slice(side.start - large.start, side.stop - large.start)
        for side, large in zip(part, outer, strict=True)
    )
    return rows, columns
