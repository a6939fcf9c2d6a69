"""How sure a model may be: a temperature for its probabilities, found from what was labelled.

A classifier that has seen one stroke of each class knows that stroke by heart and is sure of everything.  How
sure it may be depends on how many regions it has seen.  Where classes have two regions or more, regions held
out say it; where they have not, what was found on other pictures does (docs/accuracy.md).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from corewidgets.labels.labelled_pixels import listed
from corewidgets.learning.predictor import predictor
from corewidgets.learning.recipe import COLOR, MEAN
from corewidgets.learning.tempering import LEAST
from corewidgets.learning.training_pixels import Labels

__all__ = ["HeldOut", "effective_regions", "found_temperature", "held_out_probabilities"]

_PATCH = 40
"""Labelled pixels from which on a region counts as a whole one."""

_N_FOLDS = 3
_FOREST = 30
"""Trees of the forests that are tried on regions held out."""

_HELD_BACK = 15.0
"""As many regions held out are believed as much as what was found on other pictures."""

_MOST = 2.0
"""Regions held out change the temperature by this factor at most."""

_ALONE = ((2.5, 2.0), (0.75, -0.25))
"""Of a discriminant alone, without averages and what these add at their full share: by how much one region
raises the temperature above 1, and the power by which that falls with the number of regions."""

_SMOOTHED, _SHORT = ((1.25, 1.15), (0.6, 0.0)), (0.1, 0.7)
"""The same with a field of 24 pixels, and what a short one adds to the rise."""

_THROUGH_FIELD = 0.7
"""Power with which what regions held out say of the classifier alone goes for the smoothed result."""

_JOINED_PRIOR = 0.6
"""Of the mean of a tempered discriminant and trees, which is too modest, with few regions."""

_FOREST_PRIORS = {False: 0.7, True: 1.0}
"""Of trees without and with the field."""


class HeldOut(NamedTuple):
    """What a classifier says of pixels of regions that it has not learned from.

    Attributes
    ----------
    probabilities : numpy.ndarray
        ``(n, n_classes)``.
    truth : numpy.ndarray
        ``(n,)``: the place of the class of each among the classes.
    n_regions : int
        Regions that the pixels are of.
    """

    probabilities: NDArray[np.floating]
    truth: NDArray[np.int64]
    n_regions: int


def effective_regions(all_labels: Labels) -> float:
    """Return how many regions the middle one of the classes has; a region of few pixels counts in part."""
    counts: dict[int, float] = {}
    for pixels in listed(all_labels):
        for code, size in zip(pixels.region_codes.tolist(), pixels.region_sizes.tolist(), strict=True):
            counts[code] = counts.get(code, 0.0) + min(size / _PATCH, 1.0)
    return float(np.median(list(counts.values())))


def held_out_probabilities(
    views: list[np.ndarray], codes: np.ndarray, groups: np.ndarray, new_classifier: Callable[[], Any]
) -> HeldOut | None:
    """Return what classifiers say of the regions that each has not seen, or None where no class has two.

    Parameters
    ----------
    views : list of numpy.ndarray
        ``(n, n_features)`` of the training pixels, in each way that they are learned from; the first is
        judged.
    codes, groups : numpy.ndarray
        ``(n,)``: the class and the region of each.
    new_classifier : callable
        Makes an unfitted classifier.
    """
    fold = deal_regions(codes, groups)
    if not (fold >= 0).any():
        return None
    classes = np.unique(codes)
    found = np.zeros((len(codes), len(classes)), np.float32)
    for number in range(fold.max() + 1):
        learned, out = fold != number, fold == number
        training = np.concatenate([view[learned] for view in views])
        classifier = new_classifier()
        if hasattr(classifier, "n_estimators"):
            classifier.n_estimators = min(classifier.n_estimators, _FOREST)
        classifier.fit(training, np.tile(codes[learned], len(views)))
        found[out] = predictor(classifier)(views[0][out])
    out = fold >= 0
    return HeldOut(found[out], np.searchsorted(classes, codes[out]), len(np.unique(groups[out])))


def deal_regions(codes: np.ndarray, groups: np.ndarray) -> NDArray[np.int64]:
    """Return the fold ``(n,)`` that holds each pixel out, -1 where its class has a single region.

    The regions of a class are dealt by size, each to the fold that has the fewest of its pixels, so that
    every fold leaves some of it to learn from.
    """
    fold = np.full(len(codes), -1)
    for code in np.unique(codes):
        names, sizes = np.unique(groups[codes == code], return_counts=True)
        if len(names) < 2:
            continue
        totals = np.zeros(_N_FOLDS)
        for name, size in sorted(zip(names, sizes, strict=True), key=lambda one: -one[1]):
            number = int(totals.argmin())
            fold[(groups == name) & (codes == code)] = number
            totals[number] += size
    return fold


def found_temperature(
    n_regions: float,
    *,
    joined: bool = False,
    forest: bool = False,
    averages: float | str = 1.0,
    reach: int | None = None,
    held_out: HeldOut | None = None,
) -> float:
    """Return what the probabilities of a model are to be tempered with.

    Parameters
    ----------
    n_regions : float
        That of `effective_regions`.
    joined : bool
        Whether a tempered discriminant and trees give the probabilities; nothing else matters then.
    forest : bool
        Whether trees give the probabilities, else a discriminant.
    averages : float or str
        How much averages count in a discriminant, as in `Recipe`.
    reach : int, optional
        Pixels that the random field reaches; None where nothing smooths the probabilities.
    held_out : HeldOut, optional
        What the classifier alone says of regions held out.
    """
    if joined:
        return _JOINED_PRIOR
    prior = _prior(n_regions, forest, averages, reach)
    if held_out is None:
        return prior
    belief = held_out.n_regions / (held_out.n_regions + _HELD_BACK)
    factor = np.clip(_best(held_out) / _prior(n_regions, forest, averages, None), 1 / _MOST, _MOST)
    return float(prior * factor ** (belief * (1.0 if reach is None else _THROUGH_FIELD)))


def _prior(n_regions: float, forest: bool, averages: float | str, reach: int | None) -> float:
    """Return what was right on other pictures with as many regions."""
    if forest:
        return _FOREST_PRIORS[reach is not None]
    if averages == COLOR:
        return 1.0
    if averages == MEAN:
        averages, n_regions = 1 / 3, max(n_regions, 1.0)
    share = float(averages) ** 2  # half of them is nearer to none
    rise, power = (low + more * share for low, more in (_ALONE if reach is None else _SMOOTHED))
    if reach is not None:
        rise += (_SHORT[0] + _SHORT[1] * share) * max(24 - reach, 0) / 18
    return float(1.0 + rise / max(n_regions, 0.25) ** power)


def _best(held_out: HeldOut) -> float:
    """Return the temperature with which regions held out are least surprising."""
    logarithms = np.log(np.maximum(held_out.probabilities, LEAST).astype(np.float64))

    def surprise(power: float) -> float:
        tempered = logarithms / np.exp(power)
        right = np.take_along_axis(tempered, held_out.truth[:, None], axis=1)[:, 0]
        return float(np.mean(np.log(np.exp(tempered).sum(axis=1)) - right))

    return float(np.exp(minimize_scalar(surprise, bounds=(np.log(0.2), np.log(20.0)), method="bounded").x))
