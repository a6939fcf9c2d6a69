"""A photograph's probabilities, piece by piece: memory grows with a piece, not with the photograph."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from corewidgets.features.activations import JoinedActivations
from corewidgets.features.tiling import Tile, round_up
from corewidgets.learning.linear import Linear
from corewidgets.learning.regularization import Regularizer
from corewidgets.machine import count_cores

Piece = tuple[tuple[slice, slice], np.ndarray]
"""Rows and columns of the photograph, and their probabilities ``(n_rows, n_columns, n_classes)``."""

Progress = Callable[[int, int], None]
"""Called with the number of pieces done and the number of all."""

_SURE = 0.2
"""Refined mode: pixels whose two likeliest classes lie closer than this are computed, not interpolated."""


_BLOCK_ROWS = 1024
"""Rows that are regularized at a time."""


def probability_pieces(
    activations: JoinedActivations,
    predict_proba: Callable[[Any], np.ndarray],
    *,
    refined: bool = False,
    regularizer: Regularizer | None = None,
    near: np.ndarray | None = None,
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
    n_jobs : int or None
        Processor cores to use, -1 for all, None for one.
    progress : callable, optional
        Called with the number of pieces done and the number of all.
    """
    tiles = list(activations.grid if isinstance(predict_proba, Linear) else activations.bands)
    if near is not None:
        tiles = _tiles_near(tiles, near, 0 if regularizer is None else regularizer.halo)
    pieces = _plain_pieces(activations, tiles, predict_proba, refined, _n_threads(n_jobs), progress)
    if regularizer is None:
        yield from pieces
    else:
        for run in _runs(pieces):
            yield from _regularized(run, regularizer, activations.image, near)


def _plain_pieces(
    activations: JoinedActivations,
    tiles: Sequence[Tile],
    predict_proba: Callable[[Any], np.ndarray],
    refined: bool,
    n_threads: int,
    progress: Progress | None,
) -> Iterator[Piece]:
    piece: Callable[[JoinedActivations, Tile, Any], np.ndarray] = _refined_piece if refined else _exact_piece
    if isinstance(predict_proba, Linear):
        piece = _linear_piece
    executor = ThreadPoolExecutor(n_threads)
    try:
        results = executor.map(lambda tile: piece(activations, tile, predict_proba), tiles)
        for done, (tile, probabilities) in enumerate(zip(tiles, results, strict=True), start=1):
            yield tile.inside(activations.shape), probabilities
            if progress is not None:
                progress(done, len(tiles))
    finally:
        executor.shutdown(cancel_futures=True)  # an interrupt does not wait for the pieces ahead


def _tiles_near(tiles: Iterable[Tile], rows: np.ndarray, margin: int) -> list[Tile]:
    """Return the tiles that hold one of some rows, or lie within a margin of one."""
    rows = np.unique(rows)

    def is_near(tile: Tile) -> bool:
        first, last = np.searchsorted(rows, [tile.row - margin, tile.row + tile.n_rows + margin])
        return bool(last > first)

    return [tile for tile in tiles if is_near(tile)]


def _runs(pieces: Iterable[Piece]) -> Iterator[Iterator[list[Piece]]]:
    """Yield runs of pieces without a gap between their rows; each run yields its rows of pieces."""
    rows_of_pieces = _rows_of_pieces(pieces)
    waiting = next(rows_of_pieces, None)

    def run() -> Iterator[list[Piece]]:
        nonlocal waiting
        follows = True
        while waiting is not None and follows:
            current, waiting = waiting, next(rows_of_pieces, None)
            yield current
            follows = waiting is not None and waiting[0][0][0].start == current[0][0][0].stop

    while waiting is not None:
        yield run()


def _rows_of_pieces(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    """Yield lists of the pieces that lie side by side."""
    row: list[Piece] = []
    for piece in pieces:
        if row and piece[0][0] != row[0][0][0]:
            yield row
            row = []
        row.append(piece)
    if row:
        yield row


def _regularized(
    run: Iterator[list[Piece]], regularizer: Regularizer, image: np.ndarray, near: np.ndarray | None
) -> Iterator[Piece]:
    """Yield the pieces of a run regularized, a block of rows at a time with the rows around it."""
    halo = round_up(regularizer.halo, 2)
    held: list[Piece] = []  # whole rows of the photograph, one below the other
    done: int | None = None
    for row in run:
        held.append(_joined(row))
        rows = held[-1][0][0]
        if done is None:
            done = rows.start if near is None else int(near[near >= rows.start].min()) // 2 * 2
        if rows.stop - done >= _BLOCK_ROWS + halo:
            yield _block(held, done, done + _BLOCK_ROWS, regularizer, image)
            done += _BLOCK_ROWS
            held = [piece for piece in held if piece[0][0].stop > done - halo]
    if done is not None and held:
        last = held[-1][0][0].stop
        stop = last if near is None else int(near[near < last].max()) + 1
        if stop > done:
            yield _block(held, done, stop, regularizer, image)


def _joined(row: list[Piece]) -> Piece:
    """Return pieces that lie side by side as one."""
    (rows, first), _ = row[0]
    probabilities = np.concatenate([values for _, values in row], axis=1, dtype=np.float32)
    return (rows, slice(first.start, row[-1][0][1].stop)), probabilities


def _block(held: list[Piece], start: int, stop: int, regularizer: Regularizer, image: np.ndarray) -> Piece:
    """Return the rows from `start` to `stop`, regularized with all rows that are held."""
    first, last = held[0][0][0].start, held[-1][0][0].stop
    probabilities = np.concatenate([values for _, values in held])
    smooth = regularizer.smooth(image[first:last], probabilities, slice(start - first, stop - first))
    return (slice(start, stop), held[0][0][1]), smooth


def _linear_piece(activations: JoinedActivations, tile: Tile, linear: Any) -> np.ndarray:
    """Return the probabilities ``(n_rows, n_columns, n_classes)`` of a tile's part of the image."""
    n_rows, n_columns = (part.stop - part.start for part in tile.inside(activations.shape))
    return linear.of_scores(activations.project(tile, linear.weights))[:n_rows, :n_columns]


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


def margin(probabilities: np.ndarray) -> np.ndarray:
    """Return the difference of the two largest probabilities, along the last axis."""
    if probabilities.shape[-1] == 1:
        return np.ones(probabilities.shape[:-1], np.float32)
    largest = np.partition(probabilities, -2, axis=-1)[..., -2:]
    return np.asarray(largest[..., 1] - largest[..., 0])


def _n_threads(n_jobs: int | None) -> int:
    if n_jobs is None:
        return 1
    return max(1, count_cores() + 1 + n_jobs) if n_jobs < 0 else n_jobs
