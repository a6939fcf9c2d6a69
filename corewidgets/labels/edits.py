"""Painting, erasing and filling of labels, with undo and redo without limit: arrays only."""

import operator
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, NDArray
from skimage.segmentation import flood

from corewidgets.labels.arrays import check_labels
from corewidgets.labels.polygons import Box, check_points, enclosing_box, fill_polygon

__all__ = ["Edit", "LabelHistory", "fill_region", "paint_polygon", "paint_stroke"]


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
    box = _extent(same)
    return Edit(box, same[box].copy(), code)


@dataclass(frozen=True)
class _Step:
    """What a box held before and after a change, compressed."""

    box: Box
    before: bytes
    after: bytes


class LabelHistory:
    """Labels that can be edited, and every edit undone and done again, without limit.

    Only the boxes that changed are kept, compressed.

    Parameters
    ----------
    labels : array-like, (n_rows, n_columns)
        Codes to begin with, 0 = unlabelled; they are copied.
    protected : iterable of int, optional
        Codes that `apply` does not paint over.

    Examples
    --------
    >>> history = LabelHistory(np.zeros((2, 3)))
    >>> box = history.apply(paint_stroke([(0, 0), (0, 2)], 1, 7, (2, 3)))
    >>> history.labels
    array([[7, 7, 7],
           [0, 0, 0]], dtype=uint8)
    >>> box = history.undo()
    >>> history.labels.any()
    np.False_
    """

    def __init__(self, labels: ArrayLike, *, protected: Iterable[int] = ()) -> None:
        self._labels = check_labels(labels).copy()
        self._done: list[_Step] = []
        self._undone: list[_Step] = []
        self.protected = protected

    @property
    def labels(self) -> NDArray[np.uint8]:
        """Codes now, (n_rows, n_columns) uint8: a view that follows all edits and cannot be written to."""
        view = self._labels.view()
        view.flags.writeable = False
        return view

    @property
    def protected(self) -> frozenset[int]:
        """Codes that `apply` does not paint over; 0 protects what is unlabelled."""
        return self._protected

    @protected.setter
    def protected(self, codes: Iterable[SupportsIndex]) -> None:
        self._protected = frozenset(operator.index(code) for code in codes)

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to undo."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone edit to do again."""
        return bool(self._undone)

    def apply(self, edit: Edit) -> Box | None:
        """Do an edit, except where a protected code is; it can be undone.

        Parameters
        ----------
        edit : Edit
            Made for labels of this size.

        Returns
        -------
        tuple of slice or None
            Rows and columns that enclose all changed pixels; None where nothing changed, which is not kept.

        Raises
        ------
        ValueError
            The edit lies outside the labels.
        """
        values = self._labels[edit.box]
        if values.shape != edit.mask.shape:
            raise ValueError(
                f"An edit of {edit.mask.shape} pixels does not fit in labels of shape {self._labels.shape}; "
                "make it with their shape."
            )
        mask = edit.mask & ~np.isin(values, list(self._protected))
        return self._change(edit.box, np.where(mask, np.uint8(edit.code), values))

    def replace(self, labels: ArrayLike) -> Box | None:
        """Put other labels in the place of all of these, protected or not; it can be undone.

        Parameters
        ----------
        labels : array-like, (n_rows, n_columns)
            Codes, in the same shape.

        Returns
        -------
        tuple of slice or None
            Rows and columns that enclose all changed pixels; None where nothing changed.

        Raises
        ------
        TypeError, ValueError
            They are no labels or have another shape.
        """
        n_rows, n_columns = self._labels.shape
        return self._change(
            (slice(0, n_rows), slice(0, n_columns)), check_labels(labels, (n_rows, n_columns))
        )

    def undo(self) -> Box | None:
        """Take the last edit back.

        Returns
        -------
        tuple of slice or None
            Rows and columns that enclose all changed pixels; None where there is nothing to undo.
        """
        if not self._done:
            return None
        step = self._done.pop()
        self._undone.append(step)
        return self._restore(step.box, step.before)

    def redo(self) -> Box | None:
        """Do again what was undone last.

        Returns
        -------
        tuple of slice or None
            Rows and columns that enclose all changed pixels; None where there is nothing to do again.
        """
        if not self._undone:
            return None
        step = self._undone.pop()
        self._done.append(step)
        return self._restore(step.box, step.after)

    def _change(self, box: Box, values: NDArray[np.uint8]) -> Box | None:
        """Write values to a box and remember the part of it that changes."""
        changed = values != self._labels[box]
        if not changed.any():
            return None
        part = _extent(changed)
        inner = (
            slice(box[0].start + part[0].start, box[0].start + part[0].stop),
            slice(box[1].start + part[1].start, box[1].start + part[1].stop),
        )
        step = _Step(inner, _pack(self._labels[inner]), _pack(values[part]))
        self._done.append(step)
        self._undone.clear()
        self._labels[inner] = values[part]
        return inner

    def _restore(self, box: Box, packed: bytes) -> Box:
        """Write remembered values to a box."""
        values = self._labels[box]
        values[...] = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(values.shape)
        return box


def _pack(values: NDArray[np.uint8]) -> bytes:
    """Compress values, fast rather than small."""
    return zlib.compress(values.tobytes(), level=1)


def _within(inner: slice, outer: slice) -> slice:
    """Count a range from the start of another one."""
    return slice(inner.start - outer.start, inner.stop - outer.start)


def _extent(mask: NDArray[np.bool_]) -> Box:
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
