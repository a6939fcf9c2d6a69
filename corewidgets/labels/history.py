"""Labels and their classes with undo and redo without limit: arrays and legends only."""

import operator
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corewidgets.labels.arrays import check_labels
from corewidgets.labels.class_list import carry_on, delete_class
from corewidgets.labels.edits import Edit, extent
from corewidgets.labels.legend import Legend
from corewidgets.labels.polygons import Box

__all__ = ["LabelHistory"]

_NOWHERE: Box = (slice(0, 0), slice(0, 0))


@dataclass(frozen=True)
class _Step:
    """What a box held before and after a change, compressed, and the legend where that changed too."""

    box: Box
    before: bytes
    after: bytes
    legends: tuple[Legend, Legend] | None


class LabelHistory:
    """Labels and classes that can be edited, and every edit undone and done again, without limit.

    Only the boxes that changed are kept, compressed. A code that was given to a class stays with it, undone
    or not (see `corewidgets.labels.class_list`).

    Parameters
    ----------
    labels : array-like, (n_rows, n_columns)
        Codes to begin with, 0 = unlabelled; they are copied.
    legend : Legend, optional
        Classes to begin with.
    protected : iterable of int, optional
        Codes that `apply` does not paint over.

    Examples
    --------
    >>> from corewidgets.labels.edits import paint_stroke
    >>> history = LabelHistory(np.zeros((2, 3)))
    >>> box = history.apply(paint_stroke([(0, 0), (0, 2)], 1, 7, (2, 3)))
    >>> history.labels
    array([[7, 7, 7],
           [0, 0, 0]], dtype=uint8)
    >>> box = history.undo()
    >>> history.labels.any()
    np.False_
    """

    def __init__(
        self, labels: ArrayLike, *, legend: Legend | None = None, protected: Iterable[int] = ()
    ) -> None:
        self._labels = check_labels(labels).copy()
        self._legend = legend
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
    def legend(self) -> Legend | None:
        """Classes now; None where none were given."""
        return self._legend

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

    def replace(self, labels: ArrayLike, legend: Legend | None = None) -> Box | None:
        """Put other labels in the place of all of these, protected or not; it can be undone.

        Parameters
        ----------
        labels : array-like, (n_rows, n_columns)
            Codes, in the same shape.
        legend : Legend, optional
            Their classes, in the same step; without it, those that there are.

        Returns
        -------
        tuple of slice or None
            Rows and columns that enclose all changed pixels, none where only classes changed; None where
            nothing changed.

        Raises
        ------
        TypeError, ValueError
            They are no labels or have another shape.
        """
        n_rows, n_columns = self._labels.shape
        checked = check_labels(labels, (n_rows, n_columns))
        return self._change((slice(0, n_rows), slice(0, n_columns)), checked, legend)

    def change_classes(self, legend: Legend) -> Box | None:
        """Rename, recolor, order or add classes; it can be undone.

        Parameters
        ----------
        legend : Legend
            Classes in the place of those that there are.

        Returns
        -------
        tuple of slice or None
            No rows and columns, since no label changes; None where the classes are these.
        """
        return self._change(_NOWHERE, self._labels[_NOWHERE], legend)

    def delete_class(self, name: str) -> Box | None:
        """Delete a class with its labels, in one step; it can be undone.

        Parameters
        ----------
        name : str
            Name of a class of the legend.

        Returns
        -------
        tuple of slice
            Rows and columns that enclose all labels that it had, none where it had none.

        Raises
        ------
        ValueError
            There is no legend, no such class in it, it is the only one, or it is protected.
        """
        if self._legend is None:
            raise ValueError(
                f"There is no class {name!r}: these labels have no legend; give one at the start."
            )
        legend, code = delete_class(self._legend, name), self._legend.code(name)
        if code in self._protected:
            raise ValueError(f"{name!r} is protected; unlock it before you delete it.")
        return self.replace(np.where(self._labels == code, np.uint8(0), self._labels), legend)

    def undo(self) -> Box | None:
        """Take the last edit back.

        Returns
        -------
        tuple of slice or None
            Rows and columns that enclose all changed pixels, none where only classes changed; None where
            there is nothing to undo.
        """
        if not self._done:
            return None
        step = self._done.pop()
        self._undone.append(step)
        return self._restore(step.box, step.before, step.legends and step.legends[0])

    def redo(self) -> Box | None:
        """Do again what was undone last.

        Returns
        -------
        tuple of slice or None
            Rows and columns that enclose all changed pixels, none where only classes changed; None where
            there is nothing to do again.
        """
        if not self._undone:
            return None
        step = self._undone.pop()
        self._done.append(step)
        return self._restore(step.box, step.after, step.legends and step.legends[1])

    def _change(self, box: Box, values: NDArray[np.uint8], legend: Legend | None = None) -> Box | None:
        """Write values to a box, take a legend over, and remember what changes of them."""
        legends = None
        if legend is not None and legend != self._legend:
            legends = (self._legend or legend, legend)
        inner, part = _changed_part(box, values != self._labels[box])
        if part is None and legends is None:
            return None
        new = self._labels[inner] if part is None else values[part]
        self._done.append(_Step(inner, _pack(self._labels[inner]), _pack(new), legends))
        self._undone.clear()
        self._labels[inner] = new
        self._legend = legend or self._legend
        return inner

    def _restore(self, box: Box, packed: bytes, legend: Legend | None) -> Box:
        """Write remembered values to a box, and take a remembered legend over."""
        values = self._labels[box]
        values[...] = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(values.shape)
        if legend is not None:
            self._legend = legend if self._legend is None else carry_on(legend, self._legend)
        return box


def _changed_part(box: Box, changed: NDArray[np.bool_]) -> tuple[Box, Box | None]:
    """Return what changes of a box, counted in the image and in the box; nowhere and None for nothing."""
    if not changed.any():
        return _NOWHERE, None
    part = extent(changed)
    rows, columns = (
        slice(outer.start + inner.start, outer.start + inner.stop)
        for outer, inner in zip(box, part, strict=True)
    )
    return (rows, columns), part


def _pack(values: NDArray[np.uint8]) -> bytes:
    """Compress values, fast rather than small."""
    return zlib.compress(values.tobytes(), level=1)
