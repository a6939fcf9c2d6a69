"""A photograph's probabilities, piece by piece: memory grows with a piece, not with the photograph."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from corewidgets.features.activations import JoinedActivations, Progress
from corewidgets.features.tiling import Tile, round_up
from corewidgets.learning.linear import Linear
from corewidgets.learning.mean import JoinedPredictor
from corewidgets.learning.regularization import Regularizer
from corewidgets.learning.uncertainty import margin
from corewidgets.machine import count_cores

Piece = tuple[tuple[slice, slice], np.ndarray]
"""Rows and columns of the photograph, and their probabilities ``(n_rows, n_columns, n_classes)``."""

_SURE = 0.2
"""Refined mode: pixels whose two likeliest classes lie closer than this are computed, not interpolated."""

_BLOCK_ROWS = 512
"""Rows that are regularized at a time."""

_AHEAD = 2
"""Pieces that a core computes before they are asked for: with more, a whole photograph waits in memory."""


def probability_pieces(
    activations: JoinedActivations,
    predict_proba: Callable[[Any], np.ndarray],
    *,
    refined: bool = False,
    regularizer: Regularizer | None = None,
    near: np.ndarray | None = None,
    columns: slice | None = None,
    n_jobs: int | None = -1,
    progress: Progress | None = None,
) -> Iterator[Piece]:
    """Yield the pieces of a photograph and their probabilities, computed on several cores.

    Parameters
    ----------
    activations : JoinedActivations
        Of the photograph.
    predict_proba : callable
        From features ``(n, n_features)`` to probabilities ``(n, n_classes)``.  A `Linear` is applied before
        the features are made.
    refined : bool
        Whether to interpolate the probabilities wherever they leave no doubt; nothing is gained by it, and
        nothing done, where a classifier is linear.
    regularizer : Regularizer, optional
        What smooths them along the photograph.
    near : numpy.ndarray, optional
        The rows that matter; by default all.  Pieces without any of them may be left out.
    columns : slice, optional
        The columns that matter, from `start` to `stop`; by default all.  Pieces without any of them are left
        out where there is no regularizer, which takes whole rows.
    n_jobs : int or None
        Processor cores to use, -1 for all, None for one.
    progress : callable, optional
        Called with the number of pieces done and the number of all.
    """
    projects = isinstance(predict_proba, Linear | JoinedPredictor)
    tiles = list(activations.grid if projects else activations.bands)
    if near is not None:
        tiles = _tiles_near(tiles, near, 0 if regularizer is None else regularizer.halo)
    if columns is not None and regularizer is None:
        tiles = [
            tile
            for tile in tiles
            if columns.start < tile.column + tile.n_columns and tile.column < columns.stop
        ]
    pieces = _plain_pieces(activations, tiles, predict_proba, refined, _n_threads(n_jobs), progress)
    if regularizer is None:
        yield from pieces
    else:
        yield from _regularized(_strips(pieces), regularizer, activations.image, near)


def cut_pieces(pieces: Iterable[Piece], part: tuple[slice, slice]) -> Iterator[Piece]:
    """Yield what lies in some rows and columns, from `start` to `stop`, of pieces."""
    for place, probabilities in pieces:
        cut = [
            slice(max(at.start, of.start), min(at.stop, of.stop)) for at, of in zip(place, part, strict=True)
        ]
        if all(at.start < at.stop for at in cut):
            down, across = (
                slice(at.start - of.start, at.stop - of.start) for at, of in zip(cut, place, strict=True)
            )
            yield (cut[0], cut[1]), probabilities[down, across]


def _plain_pieces(
    activations: JoinedActivations,
    tiles: Sequence[Tile],
    predict_proba: Callable[[Any], np.ndarray],
    refined: bool,
    n_threads: int,
    progress: Progress | None,
) -> Iterator[Piece]:
    piece: Callable[[JoinedActivations, Tile, Any], np.ndarray] = _refined_piece if refined else _exact_piece
    if isinstance(predict_proba, Linear) or (isinstance(predict_proba, JoinedPredictor) and not refined):
        piece, predict_proba = _projected_piece, predict_proba.of_photograph(activations)
    executor = ThreadPoolExecutor(n_threads)
    try:
        results = _ahead(executor, lambda tile: piece(activations, tile, predict_proba), tiles, n_threads)
        for done, (tile, probabilities) in enumerate(zip(tiles, results, strict=True), start=1):
            yield tile.inside(activations.shape), probabilities
            if progress is not None:
                progress(done, len(tiles))
    finally:
        executor.shutdown(cancel_futures=True)  # an interrupt does not wait for the pieces ahead


def _ahead(
    executor: Executor, compute: Callable[[Tile], np.ndarray], tiles: Sequence[Tile], n_threads: int
) -> Iterator[np.ndarray]:
    """Yield what is computed of tiles, a few of them ahead."""
    waiting: deque[Future[np.ndarray]] = deque()
    for tile in tiles:
        waiting.append(executor.submit(compute, tile))
        if len(waiting) > _AHEAD * n_threads:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _tiles_near(tiles: Iterable[Tile], rows: np.ndarray, margin: int) -> list[Tile]:
    """Return the tiles that hold one of some rows, or lie within a margin of one."""
    rows = np.unique(rows)

    def is_near(tile: Tile) -> bool:
        first, last = np.searchsorted(rows, [tile.row - margin, tile.row + tile.n_rows + margin])
        return bool(last > first)

    return [tile for tile in tiles if is_near(tile)]


@dataclass(frozen=True, eq=False)
class _Strip:
    """Whole rows of a photograph, from `start` on: ``(n_rows, n_columns, n_classes)`` float32."""

    start: int
    probabilities: np.ndarray

    @property
    def stop(self) -> int:
        return self.start + len(self.probabilities)


def _strips(pieces: Iterable[Piece]) -> Iterator[_Strip]:
    """Yield the pieces that lie side by side as one strip each."""
    for start, beside in groupby(pieces, key=lambda piece: piece[0][0].start):
        yield _Strip(
            start, np.concatenate([probabilities for _, probabilities in beside], axis=1, dtype=np.float32)
        )


def _regularized(
    strips: Iterable[_Strip], regularizer: Regularizer, image: np.ndarray, near: np.ndarray | None
) -> Iterator[Piece]:
    """Yield rows regularized, a block at a time: strips are held until the rows around it are there too."""
    halo = round_up(regularizer.halo, 2)
    wanted = np.arange(len(image)) if near is None else near
    held: list[_Strip] = []  # one below the other, without a gap
    done = 0  # the row before which no more is to be yielded
    for strip in strips:
        if held and strip.start != held[-1].stop:
            yield from _last_block(held, done, regularizer, image, wanted)
            held = []
        if not held:
            first_wanted = int(wanted[wanted >= strip.start].min())
            done = first_wanted // 2 * 2  # the regularizer works from an even row on
        held.append(strip)
        if strip.stop - done >= _BLOCK_ROWS + halo:
            yield _block(held, slice(done, done + _BLOCK_ROWS), regularizer, image)
            done += _BLOCK_ROWS
            held = [strip for strip in held if strip.stop > done - halo]
    yield from _last_block(held, done, regularizer, image, wanted)


def _last_block(
    held: Sequence[_Strip], done: int, regularizer: Regularizer, image: np.ndarray, wanted: np.ndarray
) -> Iterator[Piece]:
    """Yield the rows from `done` to the last that is wanted of those held, if there are any."""
    if held:
        stop = int(wanted[wanted < held[-1].stop].max()) + 1
        if stop > done:
            yield _block(held, slice(done, stop), regularizer, image)


def _block(held: Sequence[_Strip], rows: slice, regularizer: Regularizer, image: np.ndarray) -> Piece:
    """Return some rows, regularized with all that are held."""
    first, last = held[0].start, held[-1].stop
    probabilities = np.concatenate([strip.probabilities for strip in held])
    smooth = regularizer.smooth(
        image[first:last], probabilities, slice(rows.start - first, rows.stop - first)
    )
    return (rows, slice(0, image.shape[1])), smooth


def _projected_piece(
    activations: JoinedActivations, tile: Tile, of_tile: Callable[[Tile], np.ndarray]
) -> np.ndarray:
    """Return the probabilities ``(n_rows, n_columns, n_classes)`` of a tile's part of the image."""
    n_rows, n_columns = (part.stop - part.start for part in tile.inside(activations.shape))
    return of_tile(tile)[:n_rows, :n_columns]


def _exact_piece(
    activations: JoinedActivations, tile: Tile, predict_proba: Callable[[Any], np.ndarray]
) -> np.ndarray:
    """Return the probabilities ``(n_rows, n_columns, n_classes)`` of a tile's part of the image."""
    n_rows, n_columns = (part.stop - part.start for part in tile.inside(activations.shape))
    features = activations.features(tile)[:n_rows]
    probabilities = predict_proba(features.reshape(-1, features.shape[-1]))
    return probabilities.reshape(n_rows, tile.n_columns, -1)[:, :n_columns]


def _refined_piece(
    activations: JoinedActivations, tile: Tile, predict_proba: Callable[[Any], np.ndarray]
) -> np.ndarray:
    """Return what `_exact_piece` does, with the probabilities interpolated wherever they leave no doubt."""
    n_rows, n_columns = (part.stop - part.start for part in tile.inside(activations.shape))
    features = np.asarray(activations.features(tile))[:n_rows, :n_columns]
    rows, columns = (np.union1d(np.arange(0, size, 2), size - 1) for size in (n_rows, n_columns))
    crossings = features[np.ix_(rows, columns)]
    known = predict_proba(crossings.reshape(-1, features.shape[-1]))
    probabilities = known.reshape(len(rows), len(columns), -1).astype(np.float32)
    for axis, (at, size) in enumerate(((rows, n_rows), (columns, n_columns))):
        probabilities = _fill_between(probabilities, at, size, axis)
    doubtful = margin(probabilities) < _SURE
    doubtful[np.ix_(rows, columns)] = False
    if doubtful.any():
        probabilities[doubtful] = predict_proba(features[doubtful])
    return probabilities


def _fill_between(values: np.ndarray, at: np.ndarray, size: int, axis: int) -> np.ndarray:
    """Interpolate values known `at` some positions of an axis to all its `size` positions."""
    positions = np.arange(size)
    low = np.searchsorted(at, positions, side="right") - 1
    high = np.searchsorted(at, positions)
    between = np.take(values, low, axis) + np.take(values, high, axis)
    return np.asarray(between * np.float32(0.5))


def _n_threads(n_jobs: int | None) -> int:
    if n_jobs is None:
        return 1
    return max(1, count_cores() + 1 + n_jobs) if n_jobs < 0 else n_jobs
