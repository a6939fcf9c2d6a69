"""A random field that takes nothing from what is labelled: its reach is shortened until that is so.

Neighbors of like color decide together.  Where a class is a few pixels wide, they outvote it.  The labelled
pixels show it: what the field takes from these, it takes from others like them.  What it adds to them it
adds to others too, so a shorter reach that adds more is preferred.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from corewidgets.features.activations import JoinedActivations, Progress
from corewidgets.learning.pieces import probability_pieces
from corewidgets.learning.regularization import Regularizer

__all__ = ["MOST_PIXELS", "Photograph", "Reach", "shortened"]

_SHORTER = ((12, 6.0, 4), (6, 3.0, 2))
"""Reach, width and spacing that are tried one after the other."""

_TAKEN, _TAKEN_LEAST = 0.001, 0.005
"""Macro F1 on labelled pixels that a field may take, and that the shortest may: it helps elsewhere."""

_MORE = 0.01
"""Macro F1 on labelled pixels by which a shorter reach must be better than one that takes nothing."""

_FEWEST = 10
"""Labelled pixels without which a class is not judged: a single one would decide for all."""

MOST_PIXELS = 400_000
"""Looked at through one discriminant."""

_BLOCK_ROWS = 256


Photograph = tuple[Callable[[], JoinedActivations], np.ndarray]
"""What returns the activations of one, and its labels ``(n_rows, n_columns)`` uint8."""


class Reach(NamedTuple):
    """What was chosen, and what it rests on.

    Attributes
    ----------
    regularizer : Regularizer or None
        None where each takes something.
    scores : dict of float
        Macro F1 on labelled pixels by the reach that was tried, in pixels; 0 is without a field.
    """

    regularizer: Regularizer | None
    scores: dict[int, float]


class _Block(NamedTuple):
    """Rows of a photograph, what the classifier says of them, and their labels."""

    image: np.ndarray
    probabilities: np.ndarray
    labels: np.ndarray


def shortened(
    regularizer: Regularizer,
    photographs: Sequence[Photograph],
    predict_proba: Callable[[Any], np.ndarray],
    classes: np.ndarray,
    n_jobs: int | None = -1,
    n_most: int = MOST_PIXELS,
    progress: Progress = lambda _done, _total: None,
) -> Reach:
    """Return the regularizer, with the longest reach that takes nothing from what is labelled.

    A shorter one is preferred where labelled pixels are clearly better with it.

    Parameters
    ----------
    regularizer : Regularizer
        The first that is tried.
    photographs : sequence of (callable, numpy.ndarray)
        What the classifier learned from: what returns its activations, and its labels ``(n_rows, n_columns)``
        uint8; of large ones the rows with the most labels are looked at.
    predict_proba : callable
        Of the fitted classifier.
    classes : numpy.ndarray
        ``(n_classes,)`` uint8: its codes.
    n_jobs : int or None
        Processor cores to use, -1 for all, None for one.
    n_most : int
        Pixels that are looked at.
    progress : callable
        Called with the number of parts that are classified, and of all.
    """
    blocks: list[_Block] = []
    parts = _most_labelled(photographs, n_most)
    for activations, labels, rows in parts:
        blocks.append(_block(activations(), labels, rows, predict_proba, len(classes), n_jobs))
        progress(len(blocks), len(parts))
    scores = {0: _macro_f1(blocks, (block.probabilities for block in blocks), classes)}
    chosen: Regularizer | None = None
    candidates = _candidates(regularizer)
    for tried in candidates:
        smooth = (tried.smooth(block.image, block.probabilities) for block in blocks)
        scores[tried.reach] = _macro_f1(blocks, smooth, classes)
        may_take = _TAKEN_LEAST if tried is candidates[-1] else _TAKEN
        if scores[tried.reach] >= (scores[chosen.reach] + _MORE if chosen else scores[0] - may_take):
            chosen = tried
        elif chosen:
            break
    return Reach(chosen, scores)


def _candidates(regularizer: Regularizer) -> list[Regularizer]:
    shorter = [
        replace(regularizer, reach=reach, width=width, spacing=spacing) for reach, width, spacing in _SHORTER
    ]
    return [regularizer, *(one for one in shorter if one.reach < regularizer.reach)]


def _most_labelled(
    photographs: Sequence[Photograph],
    n_most: int,
) -> list[tuple[Callable[[], JoinedActivations], np.ndarray, slice]]:
    """Return blocks of rows with many labelled pixels, as many as there is time for, one at least."""
    found = [
        (np.count_nonzero(labels[first : first + _BLOCK_ROWS]), activations, labels, first)
        for activations, labels in photographs
        for first in range(0, labels.shape[0], _BLOCK_ROWS)
    ]
    found.sort(key=lambda one: -one[0])
    chosen: list[tuple[Callable[[], JoinedActivations], np.ndarray, slice]] = []
    n_pixels = 0
    for n_labelled, activations, labels, first in found:
        rows = slice(first, min(first + _BLOCK_ROWS, labels.shape[0]))
        n_pixels += (rows.stop - rows.start) * labels.shape[1]
        if n_labelled == 0 or (chosen and n_pixels > n_most):
            break
        chosen.append((activations, labels, rows))
    return chosen


def _block(
    activations: JoinedActivations,
    labels: np.ndarray,
    rows: slice,
    predict_proba: Callable[[Any], np.ndarray],
    n_classes: int,
    n_jobs: int | None,
) -> _Block:
    """Return what a classifier says of some rows."""
    pieces = probability_pieces(
        activations, predict_proba, near=np.arange(rows.start, rows.stop), n_jobs=n_jobs
    )
    whole = np.zeros((rows.stop - rows.start, labels.shape[1], n_classes), np.float32)
    for (down, across), probabilities in pieces:
        low, high = max(down.start, rows.start), min(down.stop, rows.stop)
        inside = slice(low - down.start, high - down.start)
        whole[low - rows.start : high - rows.start, across] = probabilities[inside]
    return _Block(activations.image[rows], whole, labels[rows])


def _macro_f1(blocks: list[_Block], probabilities: Iterable[np.ndarray], classes: np.ndarray) -> float:
    """Return the mean F1 of the classes, of the labelled pixels."""
    truth = np.concatenate([block.labels[block.labels > 0] for block in blocks])
    said = np.concatenate(
        [
            classes[part[block.labels > 0].argmax(axis=-1)]
            for part, block in zip(probabilities, blocks, strict=True)
        ]
    )
    codes, counts = np.unique(truth, return_counts=True)
    enough = counts >= min(_FEWEST, counts.max())
    scores = [
        2
        * np.count_nonzero((truth == code) & (said == code))
        / (np.count_nonzero(truth == code) + np.count_nonzero(said == code))
        for code in codes[enough]
    ]
    return float(np.mean(scores))
