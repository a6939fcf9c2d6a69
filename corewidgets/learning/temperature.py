"""How sure a model may be: a temperature for its probabilities, found from what was labelled.

A classifier that has seen one stroke of each class knows that stroke by heart and is sure of everything.  How
sure it may be depends on how many regions it has seen.  Where classes have two regions or more, regions held
out say it; where they have not, what was found on other pictures does (docs/accuracy.md).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from corewidgets.labels.arrays import regions
from corewidgets.learning.predictor import predictor
from corewidgets.learning.recipe import Recipe
from corewidgets.learning.regularization import Regularizer
from corewidgets.learning.tempering import LEAST

__all__ = ["HeldOut", "calibrated", "effective_regions", "found_temperature", "held_out_probabilities"]

_PATCH = 40
"""Labelled pixels from which on a region counts as a whole one."""

_N_FOLDS = 3
_FOREST = 30
"""Trees of the forests that are tried on regions held out."""

_HELD_BACK = 15.0
"""As many regions held out are believed as much as what was found on other pictures."""

_MOST = 2.0
"""Regions held out change the temperature by this factor at most."""

_STRENGTHS = {False: (4.5, 0.5, 1.0), True: (2.4, 0.6, 0.7)}
"""Of a discriminant without and with the field: the prior's rise at one region, the power by which it falls
with their number, and how much of what regions held out say of the classifier goes for the result."""

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


def calibrated(
    recipe: Recipe,
    views: list[np.ndarray],
    codes: np.ndarray,
    chosen: list[tuple[np.ndarray, np.ndarray]],
    all_labels: list[np.ndarray],
    new_classifier: Callable[[], Any],
) -> tuple[Regularizer | None, float]:
    """Return the regularizer of a model with its temperature, and the temperature of a model without one.

    Parameters
    ----------
    recipe : Recipe
        What the model is made by.
    views : list of numpy.ndarray
        ``(n, n_features)`` of the training pixels, in each way that they are learned from; the first is how
        they lie.
    codes : numpy.ndarray
        ``(n,)``: their classes.
    chosen : list of (numpy.ndarray, numpy.ndarray)
        Their rows and columns in each photograph.
    all_labels : list of numpy.ndarray
        ``(n_rows, n_columns)`` of each photograph.
    new_classifier : callable
        Makes an unfitted classifier of the recipe.
    """
    regularizer, temperature = recipe.regularizer, recipe.temperature
    if isinstance(temperature, str):
        held_out = None
        if temperature == "held out":
            held_out = held_out_probabilities(views, codes, _groups(all_labels, chosen), new_classifier)
        temperature = found_temperature(
            effective_regions(all_labels),
            forest=recipe.classifier != "discriminant",
            smoothed=regularizer is not None,
            held_out=held_out,
        )
    if regularizer is None:
        return None, temperature
    return regularizer if temperature == 1 else replace(regularizer, temperature=temperature), 1.0


def _groups(all_labels: list[np.ndarray], chosen: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Return the number ``(n,)`` of the region of each training pixel, counted through all photographs."""
    numbers, n_regions = [], 0
    for labels, pixels in zip(all_labels, chosen, strict=True):
        found = regions(labels)
        numbers.append(found[pixels] + n_regions)
        n_regions += int(found.max(initial=0))
    return np.concatenate(numbers)


def effective_regions(all_labels: list[np.ndarray]) -> float:
    """Return how many regions the middle one of the classes has; a region of few pixels counts in part."""
    counts: dict[int, float] = {}
    for labels in all_labels:
        numbers = regions(labels)
        sizes = np.bincount(numbers.ravel())
        codes = np.zeros(len(sizes), np.int64)
        codes[numbers.ravel()] = labels.ravel()
        for code, size in zip(codes[1:].tolist(), sizes[1:].tolist(), strict=True):
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
    n_regions: float, *, forest: bool, smoothed: bool, held_out: HeldOut | None = None
) -> float:
    """Return what the probabilities of a model are to be tempered with.

    Parameters
    ----------
    n_regions : float
        That of `effective_regions`.
    forest : bool
        Whether trees give the probabilities, else a discriminant.
    smoothed : bool
        Whether a random field smooths them.
    held_out : HeldOut, optional
        What the classifier alone says of regions held out.
    """
    prior = _prior(n_regions, forest, smoothed)
    if held_out is None:
        return prior
    belief = held_out.n_regions / (held_out.n_regions + _HELD_BACK)
    factor = np.clip(_best(held_out) / _prior(n_regions, forest, False), 1 / _MOST, _MOST)
    return float(prior * factor ** (belief * _STRENGTHS[smoothed][2]))


def _prior(n_regions: float, forest: bool, smoothed: bool) -> float:
    """Return what was right on other pictures with as many regions."""
    if forest:
        return _FOREST_PRIORS[smoothed]
    rise, power, _ = _STRENGTHS[smoothed]
    return 1.0 + rise / max(n_regions, 0.25) ** power


def _best(held_out: HeldOut) -> float:
    """Return the temperature with which regions held out are least surprising."""
    logarithms = np.log(np.maximum(held_out.probabilities, LEAST).astype(np.float64))

    def surprise(power: float) -> float:
        tempered = logarithms / np.exp(power)
        right = np.take_along_axis(tempered, held_out.truth[:, None], axis=1)[:, 0]
        return float(np.mean(np.log(np.exp(tempered).sum(axis=1)) - right))

    return float(np.exp(minimize_scalar(surprise, bounds=(np.log(0.2), np.log(20.0)), method="bounded").x))
