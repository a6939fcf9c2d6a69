"""Self-training: a discriminant learns again, with pixels without a label that it is sure of.

Labelled regions are few, and no two clasts of a class are equal.  The rest of the photograph holds more of
them, most of which a first discriminant finds; from their pixels a second one learns how its classes vary
(Yarowsky 1995, Unsupervised word sense disambiguation rivaling supervised methods, ACL, section 3).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corewidgets.features.activations import Progress
from corewidgets.learning.pieces import Piece, probability_pieces
from corewidgets.learning.reach import Photograph
from corewidgets.learning.regularization import Regularizer
from corewidgets.learning.running_sums import RunningSums
from corewidgets.learning.training_pixels import ranks

__all__ = ["SURE", "SurePixels", "learn_also", "sure_pixels"]

SURE = 0.8
"""Probability of a class above which a pixel is taken for one of it."""

_MOST, _SHARE = 4000, 0.5
"""Pixels that are taken, and the share of the number of labelled ones that they are at most."""

_MOST_PIXELS = 1_200_000
"""Looked at; of more, parts that lie evenly down the photographs."""

_BLOCK_ROWS = 256

_STEP = 2
"""Every second row and column is looked at: neighbors are nearly equal."""

_TIMES = 2
"""How often each counts: as often as a labelled pixel, which is learned from transposed as well."""


class SurePixels(NamedTuple):
    """Unlabelled pixels of a photograph, and the class that each is taken for.

    Attributes
    ----------
    rows, columns : numpy.ndarray
        ``(n,)`` int64.
    codes : numpy.ndarray
        ``(n,)`` uint8.
    """

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    codes: NDArray[np.uint8]


def sure_pixels(
    photographs: Sequence[Photograph],
    predict_proba: Callable[[Any], np.ndarray],
    classes: np.ndarray,
    regularizer: Regularizer | None,
    n_labelled: int,
    n_jobs: int | None = -1,
    progress: Progress = lambda _done, _total: None,
) -> list[SurePixels]:
    """Return unlabelled pixels of each photograph of whose class a classifier is sure, even over classes.

    Sure by its probabilities times the share of each class in all that is looked at.

    Parameters
    ----------
    photographs : sequence of (callable, numpy.ndarray)
        What the classifier learned from: what returns its activations, and its labels ``(n_rows, n_columns)``
        uint8.
    predict_proba : callable
        Of the fitted classifier, not tempered.
    classes : numpy.ndarray
        ``(n_classes,)`` uint8: its codes.
    regularizer : Regularizer or None
        What smooths the probabilities; its temperature does not matter.
    n_labelled : int
        How many labelled pixels the classifier learned from.
    n_jobs : int or None
        Processor cores to use, -1 for all, None for one.
    progress : callable
        Called with the number of photographs that were looked at, and of all.
    """
    plain = None if regularizer is None else replace(regularizer, temperature=1.0)
    per_class = int(min(_MOST, _SHARE * n_labelled)) // len(classes)
    found = [_Looked.none(len(classes))]
    wanted_rows = _wanted_rows([labels.shape for _, labels in photographs])
    for number, ((activations, labels), wanted) in enumerate(zip(photographs, wanted_rows, strict=True)):
        if wanted.any() and per_class:
            near = np.flatnonzero(wanted)
            pieces = probability_pieces(
                activations(), predict_proba, regularizer=plain, near=near, n_jobs=n_jobs
            )
            found += [_looked(number, piece, labels, wanted) for piece in pieces]
        progress(number + 1, len(photographs))
    picture, rows, columns, probabilities = (np.concatenate(part) for part in zip(*found, strict=True))
    place, sure = _sure(probabilities)
    picture, rows, columns, place = (part[sure] for part in (picture, rows, columns, place))
    kept = _of_least_rank(ranks(picture, rows, columns, np.uint64(0)), place, per_class)
    return [
        SurePixels(rows[mine], columns[mine], np.asarray(classes[place[mine]], np.uint8))
        for mine in (kept[picture[kept] == number] for number in range(len(photographs)))
    ]


def learn_also(sums: RunningSums, codes: np.ndarray, features: np.ndarray) -> None:
    """Add unlabelled pixels to what a discriminant is computed from.

    Parameters
    ----------
    sums : RunningSums
        Of the labelled pixels; changed.
    codes : numpy.ndarray
        ``(n,)`` the class that each is taken for.
    features : numpy.ndarray
        ``(n, n_features)`` of the pixels.
    """
    for code in np.unique(codes).tolist():
        for _ in range(_TIMES):
            sums.add(code, 0, features[codes == code])


def _wanted_rows(shapes: Sequence[tuple[int, ...]]) -> list[NDArray[np.bool_]]:
    """Return of each photograph which rows ``(n_rows,)`` are looked at: all, as long as they are few."""
    wanted = [np.zeros(shape[0], bool) for shape in shapes]
    blocks = [
        (rows[first : first + _BLOCK_ROWS], shape[1])
        for rows, shape in zip(wanted, shapes, strict=True)
        for first in range(0, shape[0], _BLOCK_ROWS)
    ]
    n_pixels = sum(len(rows) * n_columns for rows, n_columns in blocks)
    n_most = max(1, int(len(blocks) * min(1.0, _MOST_PIXELS / n_pixels)))
    for number in np.linspace(0, len(blocks) - 1, n_most).round().astype(int):
        blocks[number][0][:] = True
    return wanted


class _Looked(NamedTuple):
    """Unlabelled pixels: photograph, row and column ``(n,)``, and probabilities ``(n, n_classes)``."""

    picture: NDArray[np.int64]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    probabilities: NDArray[np.float32]

    @classmethod
    def none(cls, n_classes: int) -> _Looked:
        """Return no pixel."""
        nowhere = np.zeros(0, np.int64)
        return cls(nowhere, nowhere, nowhere, np.zeros((0, n_classes), np.float32))


def _looked(number: int, piece: Piece, labels: np.ndarray, wanted: np.ndarray) -> _Looked:
    """Return the unlabelled pixels of a piece that are looked at."""
    (down, across), probabilities = piece
    first = (-down.start % _STEP, -across.start % _STEP)
    some = probabilities[first[0] :: _STEP, first[1] :: _STEP]
    rows, columns = down.start + first[0], across.start + first[1]
    free = labels[rows : down.stop : _STEP, columns : across.stop : _STEP] == 0
    free &= wanted[rows : down.stop : _STEP, None]
    at = np.nonzero(free)
    return _Looked(np.full(len(at[0]), number), rows + _STEP * at[0], columns + _STEP * at[1], some[at])


def _sure(probabilities: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return the place of each pixel's class ``(n,)``, and whether it is sure.

    A classifier learns from as many pixels of each class, and counts on finding as many.  In a photograph
    that is mostly matrix, many of the pixels taken for a rare clast are matrix.  So the probabilities are
    multiplied by the share of each class in what was found.
    """
    place = probabilities.argmax(axis=1)
    if not len(place):
        return place, np.zeros(0, bool)
    shares = probabilities.mean(axis=0)
    weighted = probabilities * shares
    top = weighted[np.arange(len(place)), place] / weighted.sum(axis=1)
    return place, top > SURE


def _of_least_rank(order: np.ndarray, place: np.ndarray, n_most: int) -> NDArray[np.int64]:
    """Return, ascending, which pixels have the least rank among those of their class."""
    kept = [np.zeros(0, np.int64)]
    for one in np.unique(place):
        mine = np.flatnonzero(place == one)
        kept.append(mine[np.argsort(order[mine], kind="stable")[:n_most]])
    return np.sort(np.concatenate(kept))
