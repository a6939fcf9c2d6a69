"""The outline of a place that is proposed: the photograph draws it, the model helps to choose."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from corewidgets.geology.outline import Click, Growth, grow
from corewidgets.learning.maps import Maps

__all__ = ["Outline", "Said", "clast_at", "patch_at"]

_RING = 2, 7  # pixels from an outline: where what lies around it begins and ends
_MIDDLE = 0.6  # share of the largest depth of an outline: a place that is less deep is not in the middle

Mask = NDArray[np.bool_]
Box = tuple[slice, slice]


class Outline(NamedTuple):
    """An outline.

    Attributes
    ----------
    place : (int, int)
        Row and column of its middle.
    box : (slice, slice)
        Rows and columns of the photograph.
    mask : ndarray of bool, as large as the box
        Which pixels are inside.
    reach : float
        See `Growth`.
    width : float
        Times the width of the outline that is found by itself.
    """

    place: tuple[int, int]
    box: Box
    mask: Mask
    reach: float
    width: float = 1.0


class Said:
    """What a model says of outlines.

    Parameters
    ----------
    maps : Maps
        Of the photograph.
    """

    def __init__(self, maps: Maps) -> None:
        self.maps = maps
        self.doubt = np.zeros_like(maps.segmentation) if maps.uncertainty is None else maps.uncertainty

    def name(self, box: Box, mask: Mask) -> tuple[int, float]:
        """Return the likeliest class over an outline, and its probability.

        Of a photograph so large that the maps hold no probabilities, it is the commonest class and its share.
        """
        if self.maps.probabilities is None:
            counts = np.bincount(self.maps.segmentation[box][mask])
            return int(counts.argmax()), float(counts.max() / counts.sum())
        means = self.maps.probabilities[:, *box][:, mask].mean(axis=1) / 255
        return self.maps.classes[int(means.argmax())], float(means.max())

    def parted(self, outline: Outline) -> float:
        """Return by how much the class of an outline is less probable around it than inside, -1 to 1."""
        code, inside = self.name(outline.box, outline.mask)
        part, inner = _grown(outline.box, self.maps.segmentation.shape)
        within = np.zeros([side.stop - side.start for side in part], bool)
        within[inner] = outline.mask
        away = ndimage.distance_transform_edt(~within)
        ring = (away > _RING[0]) & (away <= _RING[1])
        if not ring.any():
            return inside
        probability = self.maps.probability(code)
        if probability is None:
            return inside - float((self.maps.segmentation[part][ring] == code).mean())
        return inside - float(probability[part][ring].mean()) / 255


def clast_at(image: NDArray[np.uint8], place: tuple[int, int], looks: NDArray[Any], said: Said) -> Outline:
    """Return the outline of a clast that a place lies in.

    Where the place is not in its middle, it is outlined from there again; what the model parts better from
    what lies around it counts.

    Parameters
    ----------
    image : ndarray of uint8, (n_rows, n_columns, 3)
        A photograph.
    place : (int, int)
        Row and column.
    looks : ndarray
        Of `outline_features`.
    said : Said
    """
    growth = _growth(image, place, looks)
    first = Outline(place, *_cut(growth.box, growth.mask()), growth.reach)
    middle, share = _middle(first)
    if share >= _MIDDLE:
        return first
    growth = _growth(image, middle, looks)
    again = Outline(middle, *_cut(growth.box, growth.mask()), growth.reach)
    return again if said.parted(again) > said.parted(first) else first._replace(place=middle)


def patch_at(
    image: NDArray[np.uint8], place: tuple[int, int], looks: NDArray[Any], area: int, within: Mask
) -> Outline:
    """Return a part of what an outline of a place holds, of so many pixels at the most, with its own middle.

    Parameters
    ----------
    image, place, looks
        See `clast_at`.
    area : int
        Pixels.
    within : ndarray of bool, (n_rows, n_columns)
        What it must lie in, but for the place itself.
    """
    growth = _growth(image, place, looks)
    whole = growth.mask()
    width = min(float(np.sqrt(area / whole.sum())), 1.0)
    reach = growth.wider(width)
    row, column = (at - side.start for at, side in zip(place, growth.box, strict=True))
    inside = growth.mask(reach) & within[growth.box]
    inside[row, column] = True
    numbered, _ = ndimage.label(inside)
    patch = Outline(place, *_cut(growth.box, numbered == numbered[row, column]), reach, width)
    return patch._replace(place=_middle(patch)[0])


def _growth(image: NDArray[np.uint8], place: tuple[int, int], looks: NDArray[Any]) -> Growth:
    return grow(image, [Click(*(np.array([index]) for index in place))], features=looks)


def _middle(outline: Outline) -> tuple[tuple[int, int], float]:
    """Return the deepest place of an outline, and how deep its own place is, as a share of that."""
    depth = ndimage.distance_transform_edt(np.pad(outline.mask, 1))[1:-1, 1:-1]
    row, column = np.unravel_index(depth.argmax(), depth.shape)
    top, left = (side.start for side in outline.box)
    here = depth[outline.place[0] - top, outline.place[1] - left]
    return (int(row) + top, int(column) + left), float(here / depth.max())


def _grown(box: Box, shape: tuple[int, ...]) -> tuple[Box, Box]:
    """Return a box with what may lie in the ring around it, and the box in it."""
    rows, columns = (
        slice(max(0, side.start - _RING[1] - 1), min(size, side.stop + _RING[1] + 1))
        for side, size in zip(box, shape, strict=True)
    )
    down, across = (
        slice(side.start - outer.start, side.stop - outer.start)
        for side, outer in zip(box, (rows, columns), strict=True)
    )
    return (rows, columns), (down, across)


def _cut(box: Box, mask: Mask) -> tuple[Box, Mask]:
    """Return a mask without the empty rows and columns around it."""
    sides = []
    for axis, side in enumerate(box):
        used = np.flatnonzero(mask.any(axis=1 - axis))
        sides.append((side.start, int(used[0]), int(used[-1]) + 1))
    (top, first, last), (left, near, far) = sides
    return (slice(top + first, top + last), slice(left + near, left + far)), mask[first:last, near:far]
