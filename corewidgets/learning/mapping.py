"""Ask a model about every pixel of a section: what is in view first, then the rest, on all cores."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from corewidgets.cores.section import CoreSection
from corewidgets.learning.maps import Maps
from corewidgets.learning.uncertainty import uncertainty_of
from corewidgets.machine import count_cores

__all__ = ["View", "ViewSource", "map_section", "nearest_first"]

View: TypeAlias = tuple[slice, slice]
"""Rows and columns of the image that are on the screen."""

ViewSource: TypeAlias = Callable[[], "View | None"]
"""Says what is on the screen now; called from any thread."""

_MOST_BYTES = 2**30  # of probabilities; larger sections are mapped without them
_SHARE_EVERY = 0.8  # seconds between two looks at a map that grows
_REGULARIZED_ROWS = 512  # enough that the rows around them, which are computed too, are few


def nearest_first(blocks: Sequence[slice], view: View | None) -> list[slice]:
    """Return ranges of rows in the order of their distance to the middle of the view, or as given."""
    if view is None:
        return list(blocks)
    rows = view[0]
    return sorted(blocks, key=lambda block: (_distance(block, rows), abs(_middle(block) - _middle(rows))))


def map_section(
    model: Any,
    section: CoreSection,
    *,
    before: Maps | None = None,
    view: ViewSource = lambda: None,
    check: Callable[[], None] = lambda: None,
    share: Callable[[Maps], None] = lambda _: None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Maps:
    """Return the maps of a section.

    Parameters
    ----------
    model : PixelClassifier
        Fitted.
    section : CoreSection
        With all photographs that the model looks at.
    before : Maps, optional
        Stay where the model has not been yet.
    view : callable
        What to compute first; asked again and again, so that it may move.
    check : callable
        Called between pieces; raises to stop.
    share : callable
        Called with what there is when the view is done, and from time to time.
    progress : callable
        Called with the number of blocks of rows done and of all.
    """
    sheet = _Sheet(model, section.shape, before)
    left = _blocks(section.shape[0], model)
    total, shared, view_done = len(left), time.monotonic(), False
    while left:
        block, *left = nearest_first(left, view())
        _compute(model, section, block, sheet, check)
        progress(total - len(left), total)
        rows = view()
        finished = rows is not None and not any(_distance(block, rows[0]) == 0 for block in left)
        if left and (finished > view_done or time.monotonic() - shared > _SHARE_EVERY):
            share(sheet.snapshot(complete=False))
            shared = time.monotonic()
        view_done = finished
    return sheet.snapshot(complete=True)


def _blocks(n_rows: int, model: Any) -> list[slice]:
    """Return the ranges of rows that are computed one after the other: a piece for each core."""
    size = model.piece_rows_ * max(count_cores(), 2) if model.regularizer_ is None else _REGULARIZED_ROWS
    return [slice(first, min(first + size, n_rows)) for first in range(0, n_rows, size)]


def _compute(
    model: Any, section: CoreSection, block: slice, sheet: _Sheet, check: Callable[[], None]
) -> None:
    """Write a block of rows."""
    with closing(model.predict_pieces(section, rows=block)) as pieces:
        for place, probabilities in pieces:
            sheet.write(place, probabilities)
            check()


class _Sheet:
    """Arrays that the pieces are written into."""

    def __init__(self, model: Any, shape: tuple[int, int], before: Maps | None) -> None:
        self._model = model
        self._classes = tuple(int(code) for code in model.classes_)
        known = before is not None and before.segmentation.shape == shape
        old = before if known and before is not None else Maps(np.zeros(shape, np.uint8))
        self._segmentation = old.segmentation.copy()
        self._uncertainty = np.zeros(shape, np.uint8) if old.uncertainty is None else old.uncertainty.copy()
        self._probabilities: npt.NDArray[np.uint8] | None = None
        if len(self._classes) * shape[0] * shape[1] <= _MOST_BYTES:
            self._probabilities = np.zeros((len(self._classes), *shape), np.uint8)
            for values, code in zip(self._probabilities, self._classes, strict=True):
                values[:] = 0 if (found := old.probability(code)) is None else found

    def write(self, place: tuple[slice, slice], probabilities: npt.NDArray[Any]) -> None:
        self._segmentation[place] = np.asarray(self._classes, np.uint8)[probabilities.argmax(axis=-1)]
        self._uncertainty[place] = np.rint(255 * uncertainty_of(probabilities).clip(0, 1))
        if self._probabilities is not None:
            self._probabilities[:, *place] = np.moveaxis(np.rint(255 * probabilities), -1, 0)

    def snapshot(self, complete: bool) -> Maps:
        """Return the maps as they are; copies, unless nothing is written any more."""
        arrays = (self._segmentation, self._uncertainty, self._probabilities)
        if not complete:
            arrays = tuple(None if array is None else array.copy() for array in arrays)  # type: ignore[assignment]
        for array in arrays:
            if array is not None:
                array.flags.writeable = False
        return Maps(*arrays, self._classes, self._model, complete)


def _distance(block: slice, rows: slice) -> int:
    """Return the rows between two ranges, 0 where they overlap."""
    return int(max(rows.start - (block.stop - 1), block.start - (rows.stop - 1), 0))


def _middle(rows: slice) -> float:
    return float(rows.start + rows.stop) / 2
