"""How much averages over the surroundings count in a discriminant: all, half, or nothing.

Averages tell large clasts by their texture, and lose what is a few pixels wide; within one stroke they hardly
vary, so that a discriminant that has seen few strokes trusts them far too much.  Which it is, regions held
out say.  Where there are too few of these, the mean of both discriminants is what harms least.
"""

from __future__ import annotations

import copy
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.preprocessing import StandardScaler

from corewidgets.learning.recipe import SHRINKAGE
from corewidgets.learning.running_sums import RunningSums
from corewidgets.learning.temperature import HeldOut, deal_regions

__all__ = ["SHARES", "Averaging", "choose_averaging", "fit_averaged", "sums_of"]

SHARES = {0.5: "half", 1.0: "fully", 0.0: "not at all"}
"""How much averages count, and the words for it; with few regions the first needs no evidence."""

Floats = NDArray[np.float64]

_FEWEST = 8
"""Regions that must be held out before they choose."""

_LEAD = 0.08
"""Over the number of regions held out: the macro F1 by which another share must be better than the half."""

_MANY, _LEAD_OF_MANY = 60, 0.01
"""Regions held out from which on averages count fully unless another share is better by this much: as many
tell clasts by their texture, and no longer know single ones by heart."""


class Averaging(NamedTuple):
    """What was chosen, and what it rests on.

    Attributes
    ----------
    share : float
        One of `SHARES`.
    held_out : HeldOut or None
        What the discriminant of this share says of regions held out.
    scores : dict of float
        Macro F1 on regions held out by share, where these chose.
    sums : RunningSums
        Of all pixels, by class.
    """

    share: float
    held_out: HeldOut | None
    scores: dict[float, float]
    sums: RunningSums


def choose_averaging(
    views: list[np.ndarray],
    codes: np.ndarray,
    groups: np.ndarray,
    averaged: np.ndarray,
    shares: tuple[float, ...] = tuple(SHARES),
) -> Averaging:
    """Choose how much averages count, by discriminants that have not seen some regions.

    Parameters
    ----------
    views : list of numpy.ndarray
        ``(n, n_features)`` of the training pixels, in each way that they are learned from; the first is
        judged.
    codes, groups : numpy.ndarray
        ``(n,)``: the class and the region of each.
    averaged : numpy.ndarray
        ``(n_features,)`` bool: which features are averages.
    shares : tuple of float
        To choose from.
    """
    fold = deal_regions(codes, groups)
    out, sums = fold >= 0, sums_of(views, codes, fold)
    if not out.any():
        return Averaging(shares[0], None, {}, sums)
    classes = np.unique(codes)
    found = {share: np.empty((len(codes), len(classes))) for share in shares}
    for number in range(fold.max() + 1):
        whole, own = _both(sums.without(number), views[0], averaged)
        for share in shares:
            of_whole, of_own = _factors(_spread(whole), _spread(own), share)
            found[share][fold == number] = (of_whole * whole + of_own * own)[fold == number]
    truth, region = np.searchsorted(classes, codes[out]), groups[out]
    said = {share: softmax(scores[out], axis=1) for share, scores in found.items()}
    n_regions = len(np.unique(region))
    marks = {}
    if n_regions >= _FEWEST and 2 * len(np.unique(truth)) >= len(classes):
        marks = {share: _macro_f1(truth, part.argmax(axis=1), region) for share, part in said.items()}
    usual, lead = shares[0], _LEAD / n_regions
    if n_regions >= _MANY and 1.0 in shares:
        usual, lead = 1.0, _LEAD_OF_MANY
    best = max(shares, key=lambda share: marks.get(share, 0) + lead * (share == usual))
    return Averaging(best, HeldOut(said[best], truth, n_regions), marks, sums.joined())


def fit_averaged(sums: RunningSums, averaged: np.ndarray, share: float) -> Any:
    """Return a fitted discriminant in which averages count as much as a share says.

    Parameters
    ----------
    sums : RunningSums
        Of all pixels to learn from.
    averaged : numpy.ndarray
        ``(n_features,)`` bool: which features are averages.
    share : float
        1 is the plain discriminant.

    Returns
    -------
    sklearn pipeline
        `StandardScaler` and `LinearDiscriminantAnalysis` of all features; without averages their coefficients
        are 0.
    """
    whole = sums.discriminant(shrinkage=SHRINKAGE)
    if share == 1 or averaged.all() or not averaged.any():
        return whole.pipeline
    part = sums.of_features(~averaged)
    own = part.discriminant(shrinkage=SHRINKAGE)
    weight, offset = _raw(own.pipeline)
    padded = np.zeros((len(weight), len(averaged)))
    padded[:, ~averaged] = weight
    scaler = whole.pipeline.steps[0][1]
    if share == 0:
        return _with_weights(own.pipeline, scaler, padded, offset)
    weight_of_whole, offset_of_whole = _raw(whole.pipeline)
    of_whole, of_own = _factors(
        sums.spread_of_scores(whole.weights, whole.offset),
        part.spread_of_scores(own.weights, own.offset),
        share,
    )
    return _with_weights(
        whole.pipeline,
        scaler,
        of_whole * weight_of_whole + of_own * padded,
        of_whole * offset_of_whole + of_own * offset,
    )


def _with_weights(fitted: Any, scaler: StandardScaler, weights: Floats, offset: Floats) -> Any:
    """Return a pipeline like a fitted one, whose scores are ``features @ weights.T + offset``."""
    (scaled, _), (decided, discriminant) = fitted.steps
    changed = copy.copy(discriminant)
    changed.coef_ = weights * scaler.scale_
    changed.intercept_ = offset + weights @ scaler.mean_
    changed.n_features_in_ = len(scaler.mean_)
    made = copy.copy(fitted)
    made.steps = [(scaled, scaler), (decided, changed)]
    return made


def _raw(pipeline: Any) -> tuple[Floats, Floats]:
    """Return the coefficients of features that are not standardized, and the intercepts."""
    scaler, discriminant = (step for _, step in pipeline.steps)
    weights = discriminant.coef_ / scaler.scale_
    return weights, discriminant.intercept_ - weights @ scaler.mean_


def _factors(whole: float, own: float, share: float) -> tuple[float, float]:
    """Return what the scores of both discriminants, of some spread, are multiplied by before they are added.

    Both vary as much then: the one that is too sure would outvote the other.
    """
    if share in (0, 1) or min(whole, own) == 0:
        return share, 1 - share
    middle = (whole + own) / 2
    return share * middle / whole, (1 - share) * middle / own


def _spread(scores: Floats) -> float:
    """Return how much the scores of two classes, ``(n,)``, or of more, ``(n, n_classes)``, vary."""
    return float((scores if scores.ndim == 1 else scores - scores.mean(axis=1, keepdims=True)).std())


def sums_of(views: list[np.ndarray], codes: np.ndarray, fold: np.ndarray | None = None) -> RunningSums:
    """Return the sums of the training pixels, by class and, if given, fold.

    Parameters
    ----------
    views : list of numpy.ndarray
        ``(n, n_features)`` in each way that they are learned from.
    codes, fold : numpy.ndarray
        ``(n,)`` of each.
    """
    fold = np.zeros(len(codes), int) if fold is None else fold
    sums = RunningSums(views[0].shape[1])
    for code in np.unique(codes):
        for number in np.unique(fold[codes == code]):
            mine = (codes == code) & (fold == number)
            for view in views:
                sums.add(int(code), int(number), view[mine])
    return sums


def _both(sums: RunningSums, features: np.ndarray, averaged: np.ndarray) -> tuple[Floats, Floats]:
    """Return the scores ``(n, n_classes)`` of all features, and of those that are no averages."""
    parts = sums, sums.of_features(~averaged)
    whole, own = (part.discriminant(shrinkage=SHRINKAGE) for part in parts)
    return (
        features @ whole.weights + whole.offset,
        features[:, ~averaged] @ own.weights + own.offset,
    )


def _macro_f1(truth: np.ndarray, said: np.ndarray, region: np.ndarray) -> float:
    """Return the mean F1 of the classes in the truth, in which each region of a class counts the same."""
    pairs, place, sizes = np.unique(
        np.stack([truth, region]), axis=1, return_inverse=True, return_counts=True
    )
    per_class = np.bincount(pairs[0])
    weights = 1 / (sizes[place.ravel()] * per_class[truth])
    scores = []
    for code in np.unique(truth):
        hits = weights[(truth == code) & (said == code)].sum()
        scores.append(2 * hits / (weights[truth == code].sum() + weights[said == code].sum()))
    return float(np.mean(scores))
