"""Painting, erasing and filling of labels: arrays only."""

import operator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from skimage.segmentation import flood

from corewidgets.labels.polygons import Box, check_points, enclosing_box, fill_polygon

__all__ = ["Edit", "extent", "fill_region", "paint_polygon", "paint_stroke"]


@dataclass(frozen=True, eq=False)
class Edit:
    """Pixels to be given a code; code 0 erases.

    Attributes
    ----------
    box : tuple of slice
        Rows and columns of the labels that the edit lies in, each with a start and a stop.
    mask : ndarray of bool, as large as the box
        Which pixels of the box to change.
    code : int
        What they become, 0 to 255.
    """

    box: Box
    mask: NDArray[np.bool_]
    code: int

    def __post_init__(self) -> None:
        if not 0 <= operator.index(self.code) <= 255:
            raise ValueError(
                f"A code is 0 (unlabelled) to 255, but this edit has {self.code}; choose a class."
            )


def paint_stroke(points: ArrayLike, brush_size: float, code: int, shape: tuple[int, int]) -> Edit:
    """Paint with a round brush along a line through points.

    A pixel is painted when its center is at most half of `brush_size` away from the line, and when a point
    lies within it: a click with the smallest brush paints the pixel under the pointer.

    Parameters
    ----------
    points : array-like, (n_points, 2)
        Row and column of each point, an integer at the center of a pixel. One point is a click. They may lie
        outside the image.
    brush_size : float
        Diameter of the brush in pixels of the image, more than 0.
    code : int
        Code to paint, 0 to erase.
    shape : tuple of int
        Rows and columns of the image.

    Returns
    -------
    Edit

    Raises
    ------
    ValueError
        `points` are not finite pairs, or `brush_size` or `code` is out of range.

    Examples
    --------
    >>> paint_stroke([(1, 0), (1, 3)], 1, 2, (3, 5)).mask
    array([[ True,  True,  True,  True]])
    """
    line = check_points(points)
    if not 0 < brush_size < np.inf:
        raise ValueError(
            f"brush_size must be more than 0 pixels, but it is {brush_size}; 1 paints single pixels."
        )
    margin = max(brush_size / 2, 0.5)
    box = rows, columns = enclosing_box(line, margin, shape)
    mask = np.zeros((rows.stop - rows.start, columns.stop - columns.start), bool)
    starts = line[:-1] if len(line) > 1 else line
    for start, stop in zip(starts, line[-len(starts) :], strict=True):
        near = near_rows, near_columns = enclosing_box(np.stack([start, stop]), margin, shape)
        part = mask[_within(near_rows, rows), _within(near_columns, columns)]
        part |= _distance_squared(near, start, stop) <= (brush_size / 2) ** 2
    pixels = np.floor(line + 0.5)
    pixels = pixels[((pixels >= 0) & (pixels < shape)).all(axis=1)].astype(np.intp)
    mask[pixels[:, 0] - rows.start, pixels[:, 1] - columns.start] = True
    return Edit(box, mask, code)


def paint_polygon(points: ArrayLike, code: int, shape: tuple[int, int]) -> Edit:
    """Paint the inside of a line that is closed from its last point to the first.

    Parameters
    ----------
    points : array-like, (n_points, 2)
        Row and column of each point, an integer at the center of a pixel. They may lie outside the image.
    code : int
        Code to paint, 0 to erase.
    shape : tuple of int
        Rows and columns of the image.

    Returns
    -------
    Edit
        The pixels whose centers the line goes around (see `corewidgets.polygons.fill_polygon`).

    Raises
    ------
    ValueError
        `points` are not finite pairs, or `code` is out of range.
    """
    box, mask = fill_polygon(points, shape)
    return Edit(box, mask, code)


def fill_region(labels: NDArray[np.uint8], row: int, column: int, code: int) -> Edit:
    """Paint the region of equal label, or the unlabelled gap, that a pixel belongs to.

    Parameters
    ----------
    labels : ndarray of uint8, (n_rows, n_columns)
        Codes, 0 = unlabelled.
    row, column : int
        A pixel.
    code : int
        Code to paint, 0 to erase.

    Returns
    -------
    Edit
        The 4-connected pixels of the same label.

    Raises
    ------
    ValueError
        The pixel lies outside the labels, or `code` is out of range.
    """
    n_rows, n_columns = labels.shape
    if not (0 <= row < n_rows and 0 <= column < n_columns):
        raise ValueError(
            f"The pixel at row {row}, column {column} lies outside the labels, which have {n_rows} rows and "
            f"{n_columns} columns."
        )
    same: NDArray[np.bool_] = flood(labels, (row, column), connectivity=1)  # type: ignore[no-untyped-call]
    box = extent(same)
    return Edit(box, same[box].copy(), code)


def _within(inner: slice, outer: slice) -> slice:
    """Count a range from the start of another one."""
    return slice(inner.start - outer.start, inner.stop - outer.start)


def extent(mask: NDArray[np.bool_]) -> Box:
    """Find the rows and columns that enclose what is true in a mask."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _distance_squared(box: Box, start: NDArray[np.float64], stop: NDArray[np.float64]) -> NDArray[np.float64]:
    """Square of the distance of each pixel of a box from the line between two points."""
    row = np.arange(box[0].start, box[0].stop)[:, None] - start[0]
    column = np.arange(box[1].start, box[1].stop) - start[1]
    height, width = stop - start
    length_squared = height**2 + width**2
    along = 0.0 if length_squared == 0 else np.clip((row * height + column * width) / length_squared, 0, 1)
    squared: NDArray[np.float64] = (row - along * height) ** 2 + (column - along * width) ** 2
    return squared
