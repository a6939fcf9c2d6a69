"""Ask a model about every pixel of a section: what is in view first, then the rest, on all cores."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from corewidgets.forest import predictor
from corewidgets.hypercolumns import Activations
from corewidgets.tiling import Tile

from ._maps import Maps

__all__ = ["View", "ViewSource", "map_section", "nearest_first"]

View: TypeAlias = tuple[slice, slice]
"""Rows and columns of the image that are on the screen."""

ViewSource: TypeAlias = Callable[[], "View | None"]
"""Says what is on the screen now; called from any thread."""

_MOST_BYTES = 2**30  # of probabilities; larger sections are mapped without them
_SHARE_EVERY = 0.8  # seconds between two looks at a map that grows


def nearest_first(tiles: Sequence[Tile], view: View | None) -> list[Tile]:
    """Return the tiles in the order of their distance to the middle of the view; without one, as given."""
    return list(tiles) if view is None else sorted(tiles, key=lambda tile: _rank(tile, view))


def map_section(
    model: Any,
    activations: Activations,
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
    activations : Activations
        Those of the model's own hypercolumns on the section's image.
    before : Maps, optional
        Stay where the model has not been yet.
    view : callable
        What to compute first; asked again and again, so that it may move.
    check : callable
        Called between pieces; raises to stop.
    share : callable
        Called with what there is when the view is done, and from time to time.
    progress : callable
        Called with the number of pieces done and of all.
    """
    sheet = _Sheet(model, activations.shape, before)
    predict = predictor(model.classifier_)
    left = list(activations.bands)
    running: dict[Future[npt.NDArray[Any]], Tile] = {}
    total, shared, view_done = len(left), time.monotonic(), False
    with ThreadPoolExecutor(_n_cores()) as pool:
        while left or running:
            while left and len(running) < _n_cores():
                left = nearest_first(left, view())
                tile = left.pop(0)
                running[pool.submit(_classify, activations, tile, predict)] = tile
            _collect(running, sheet)
            check()
            progress(total - len(left) - len(running), total)
            finished = not any(_in_view(tile, view()) for tile in (*left, *running.values()))
            if (left or running) and (finished > view_done or time.monotonic() - shared > _SHARE_EVERY):
                share(sheet.snapshot(complete=False))
                shared = time.monotonic()
            view_done = finished
    return sheet.snapshot(complete=True)


def _collect(running: dict[Future[npt.NDArray[Any]], Tile], sheet: _Sheet) -> None:
    """Wait for the next pieces and write them down."""
    for future in wait(running, return_when=FIRST_COMPLETED).done:
        sheet.write(running.pop(future), future.result())


def _classify(activations: Activations, tile: Tile, predict: Callable[[Any], Any]) -> npt.NDArray[Any]:
    """Return the probabilities ``(n_rows, n_columns, n_classes)`` of a tile's part of the image."""
    n_rows, n_columns = (part.stop - part.start for part in tile.inside(activations.shape))
    features = activations.features(tile)[:n_rows]
    probabilities = np.asarray(predict(features.reshape(-1, features.shape[-1])))
    return probabilities.reshape(n_rows, tile.n_columns, -1)[:, :n_columns]


class _Sheet:
    """Arrays that the pieces are written into."""

    def __init__(self, model: Any, shape: tuple[int, int], before: Maps | None) -> None:
        self._model, self._shape = model, shape
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

    def write(self, tile: Tile, probabilities: npt.NDArray[Any]) -> None:
        place = tile.inside(self._shape)
        self._segmentation[place] = np.asarray(self._classes, np.uint8)[probabilities.argmax(axis=-1)]
        self._uncertainty[place] = np.rint(255 * _entropy(probabilities))
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


def _entropy(probabilities: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the entropy along the last axis, over its largest value."""
    n_classes = probabilities.shape[-1]
    if n_classes < 2:
        return np.zeros(probabilities.shape[:-1])
    logarithms = np.log(np.maximum(probabilities, np.finfo(np.float32).tiny))
    return np.asarray(-(probabilities * logarithms).sum(axis=-1) / np.log(n_classes))


def _in_view(tile: Tile, view: View | None) -> bool:
    return view is not None and _distance(tile, view) == 0


def _distance(tile: Tile, view: View) -> int:
    """Return the pixels between a tile and the view, 0 where they overlap."""
    rows, columns = view
    down = max(rows.start - (tile.row + tile.n_rows - 1), tile.row - (rows.stop - 1), 0)
    across = max(columns.start - (tile.column + tile.n_columns - 1), tile.column - (columns.stop - 1), 0)
    return max(down, across)


def _rank(tile: Tile, view: View) -> tuple[int, float]:
    rows, columns = view
    down = tile.row + tile.n_rows / 2 - (rows.start + rows.stop) / 2
    across = tile.column + tile.n_columns / 2 - (columns.start + columns.stop) / 2
    return _distance(tile, view), abs(down) + abs(across)


def _n_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
