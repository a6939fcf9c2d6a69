"""Ask a model about every pixel of a section: what is in view first, then the rest, on all cores."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import check_is_fitted

from corewidgets.cores.section import CoreSection
from corewidgets.learning.map_bytes import BytePiece, BytePieces, byte_pieces
from corewidgets.learning.maps import Maps
from corewidgets.machine import count_cores

__all__ = ["View", "ViewSource", "map_section", "nearest_first"]

View: TypeAlias = tuple[slice, slice]
"""Rows and columns of the image that are on the screen."""

ViewSource: TypeAlias = Callable[[], "View | None"]
"""Says what is on the screen now; called from any thread."""

_MOST_BYTES = 2**30  # of probabilities; larger sections are mapped without them
_SHARE_EVERY = 0.8  # seconds between two looks at a map that grows
_SHARE_VIEW_EVERY = 0.25  # the same, while what is in view is not done
_REGULARIZED_ROWS = 512  # enough that the rows around them, which are computed too, are few


def nearest_first(
    blocks: Sequence[View], view: View | None, focus: tuple[float, float] | None = None
) -> list[View]:
    """Return parts of the image by their distance to the view, and to a place in it; or as given.

    Parameters
    ----------
    blocks : sequence of (slice, slice)
    view : (slice, slice), optional
        What is on the screen.
    focus : (float, float), optional
        Row and column of the place; by default the middle of the view.
    """
    if view is None:
        return list(blocks)
    place = focus or (_middle(view[0]), _middle(view[1]))

    def order(block: View) -> tuple[float, float]:
        down, across = (_middle(part) - at for part, at in zip(block, place, strict=True))
        return _distance(block, view), math.hypot(down, across)

    return sorted(blocks, key=order)


def map_section(
    model: Any,
    section: CoreSection,
    *,
    before: Maps | None = None,
    view: ViewSource = lambda: None,
    focus: tuple[float, float] | None = None,
    check: Callable[[], None] = lambda: None,
    share: Callable[[Maps], None] = lambda _: None,
    view_shared: Callable[[int], None] = lambda _: None,
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
        Stay where the model has not been yet. Those that are not complete are written into, and end so.
    view : callable
        What to compute first; asked again and again, so that it may move.
    focus : (float, float), optional
        Row and column of what was drawn last: the parts of the view nearest to it come first.  By default the
        middle of the view.
    check : callable
        Called between pieces; raises to stop.
    share : callable
        Called with what there is when the view is done, and from time to time.  Before that, where a model is
        quick at it, with the classes of the view, one for 2 x 2 pixels.
    view_shared : callable
        Called with the number of pixels that are left when the view has been shared and others are left.
    progress : callable
        Called with the number of blocks done and of all.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        The model was not fitted.
    """
    check_is_fitted(model, "classifier_")
    sheet = _Sheet(model, section.shape, before)
    left = _blocks(section, model)
    total, shared, view_done = len(left), time.monotonic(), False
    with byte_pieces(model, section) as said:
        looked_at = _look_at_view(said, view(), sheet, check, share)
        while left:
            block, *left = nearest_first(left, view(), focus)
            with closing(said.of(block)) as pieces:
                for piece in pieces:
                    sheet.write(piece)
                    check()
            progress(total - len(left), total)
            seen = view()
            finished = seen is not None and not any(_distance(block, seen) == 0 for block in left)
            wait = _SHARE_EVERY if seen is None or finished or looked_at else _SHARE_VIEW_EVERY
            if left and (finished > view_done or time.monotonic() - shared > wait):
                share(sheet.snapshot(complete=False))
                if finished > view_done:
                    view_shared(sum(_size(block) for block in left))
                shared = time.monotonic()
            view_done = finished
    return replace(sheet.snapshot(complete=True), lights=model.light_of(section))


def _look_at_view(
    said: BytePieces,
    seen: View | None,
    sheet: _Sheet,
    check: Callable[[], None],
    share: Callable[[Maps], None],
) -> bool:
    """Share the classes in view, one for a few pixels, if the model can tell these sooner; return whether."""
    shared, told, looked_at = time.monotonic(), True, False
    with closing(said.first_look(seen or (slice(0, 0), slice(0, 0)))) as pieces:
        for place, likeliest in pieces:
            sheet.write_classes(place, likeliest)
            check()
            looked_at = True
            told = time.monotonic() - shared > _SHARE_VIEW_EVERY
            if told:
                share(sheet.snapshot(complete=False))
                shared = time.monotonic()
    if not told:
        share(sheet.snapshot(complete=False))
    return looked_at


def _blocks(section: CoreSection, model: Any) -> list[View]:
    """Return the parts that are computed one after the other: a piece for each core, or whole rows."""
    n_rows, n_columns = section.shape
    height, width = _REGULARIZED_ROWS, n_columns
    if model.regularizer_ is None:
        height, width = model.piece_rows_ * max(count_cores(), 2), model.piece_columns(section)
    return [
        (slice(row, min(row + height, n_rows)), slice(column, min(column + width, n_columns)))
        for row in range(0, n_rows, height)
        for column in range(0, n_columns, width)
    ]


class _Sheet:
    """Arrays that the pieces are written into."""

    def __init__(self, model: Any, shape: tuple[int, int], before: Maps | None) -> None:
        self._model = model
        self._classes = tuple(int(code) for code in model.classes_)
        known = before is not None and before.segmentation.shape == shape
        old = before if known and before is not None else Maps(np.zeros(shape, np.uint8))
        self._segmentation = _writable(old.segmentation, old)
        self._uncertainty = (
            np.zeros(shape, np.uint8) if old.uncertainty is None else _writable(old.uncertainty, old)
        )
        self._probabilities: npt.NDArray[np.uint8] | None = None
        if len(self._classes) * shape[0] * shape[1] <= _MOST_BYTES:
            self._probabilities = self._known_probabilities(old)

    def _known_probabilities(self, old: Maps) -> npt.NDArray[np.uint8]:
        if old.probabilities is not None and old.classes == self._classes:
            return _writable(old.probabilities, old)
        found = np.zeros((len(self._classes), *old.segmentation.shape), np.uint8)
        for values, code in zip(found, self._classes, strict=True):
            if (known := old.probability(code)) is not None:
                values[:] = known
        return found

    def write(self, piece: BytePiece) -> None:
        self.write_classes(piece.place, piece.likeliest)
        self._uncertainty[piece.place] = piece.uncertainty
        if self._probabilities is not None:
            self._probabilities[:, *piece.place] = piece.probabilities

    def write_classes(self, place: View, likeliest: npt.NDArray[np.uint8]) -> None:
        """Write classes only; what else there is stays as it was before."""
        self._segmentation[place] = np.asarray(self._classes, np.uint8)[likeliest]

    def snapshot(self, complete: bool) -> Maps:
        """Return the maps as they are; while more is written, they show it."""

        def shown(values: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
            values = values if complete else values.view()
            values.flags.writeable = False
            return values

        probabilities = None if self._probabilities is None else shown(self._probabilities)
        segmentation, uncertainty = shown(self._segmentation), shown(self._uncertainty)
        return Maps(segmentation, uncertainty, probabilities, self._classes, self._model, complete)


def _writable(values: npt.NDArray[np.uint8], old: Maps) -> npt.NDArray[np.uint8]:
    """Return what maps that are not complete look at, or a copy."""
    base = values.base
    ours = not old.complete and isinstance(base, np.ndarray) and base.flags.writeable
    return base if ours and isinstance(base, np.ndarray) and base.shape == values.shape else values.copy()


def _distance(block: View, view: View) -> int:
    """Return the rows and columns between two parts of the image, 0 where they overlap."""
    return sum(
        int(max(at.start - (part.stop - 1), part.start - (at.stop - 1), 0))
        for part, at in zip(block, view, strict=True)
    )


def _middle(part: slice) -> float:
    return float(part.start + part.stop) / 2


def _size(block: View) -> int:
    return int((block[0].stop - block[0].start) * (block[1].stop - block[1].start))
