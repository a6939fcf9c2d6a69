"""How much averages over the surroundings count in a discriminant: fully, in part, or not at all.

Averages tell large clasts by their texture, and lose what is a few pixels wide; within one stroke they hardly
vary, so that a discriminant that has seen few strokes trusts them far too much.  Where classes differ in
color, hundreds of features that each say a little of it are fitted to the strokes, and the few numbers of the
color are not.  Which it is, regions held out say.  Where there are too few of these, the mean of all three
harms least.
"""

from __future__ import annotations

import copy
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from corewidgets.features.hypercolumns import Hypercolumns
from corewidgets.learning.recipe import COLOR, MEAN, SHRINKAGE
from corewidgets.learning.running_sums import RunningSums
from corewidgets.learning.temperature import HeldOut, deal_regions

__all__ = ["SHARES", "Averaging", "Kinds", "Share", "choose_averaging", "fit_averaged", "sums_of"]

Share = float | str

SHARES: dict[Share, str] = {
    MEAN: "a third",
    0.5: "half",
    1.0: "fully",
    0.0: "not at all",
    COLOR: "color alone",
}
"""How much averages count, and the words for it."""

Floats = NDArray[np.float64]

_FEWEST = 8
"""Regions that must be held out before they choose."""

_LEAD = 0.08
"""Over the number of regions held out: the macro F1 by which another share must be better than the half."""

_MANY, _LEAD_OF_MANY = 60, 0.01
"""Regions held out from which on averages count fully unless another share is better by this much: as many
tell clasts by their texture, and no longer know single ones by heart.  The mean is for want of evidence."""


_LEAD_OF_COLOR = 0.05
"""Macro F1 on regions held out by which color alone must be better: it knows nothing of texture."""


class Kinds(NamedTuple):
    """Which features are what, ``(n_features,)`` bool each.

    Attributes
    ----------
    averaged : numpy.ndarray
        Averages over the surroundings.
    color : numpy.ndarray
        The color of the pixel, alone or averaged over a few.
    """

    averaged: NDArray[np.bool_]
    color: NDArray[np.bool_]

    @classmethod
    def of(cls, hypercolumns: Hypercolumns, n_images: int) -> Kinds:
        """Return those of the features of some photographs in register."""
        return cls(*(np.tile(kind, n_images) for kind in (hypercolumns.is_averaged, hypercolumns.is_color)))

    @property
    def shares(self) -> tuple[Share, ...]:
        """What there is to choose from; the first needs no evidence where others have little."""
        if self.color.any() and not self.color.all():
            return 0.5, 1.0, 0.0, MEAN, COLOR
        return 0.5, 1.0, 0.0

    def parts(self, share: Share) -> list[tuple[float, NDArray[np.bool_]]]:
        """Return the features of each discriminant that has a say, ``(n_features,)`` bool, and its weight."""
        every = np.ones(len(self.averaged), bool)
        if share == COLOR:
            parts = [(1.0, self.color)]
        elif share == MEAN:
            parts = [(1 / 3, every), (1 / 3, ~self.averaged), (1 / 3, self.color)]
        else:
            parts = [(float(share), every), (1 - float(share), ~self.averaged)]
        return [(weight, counts) for weight, counts in parts if weight and counts.any()] or [(1.0, every)]


class Averaging(NamedTuple):
    """What was chosen, and what it rests on.

    Attributes
    ----------
    share : float or str
        One of `SHARES`.
    held_out : HeldOut or None
        What the discriminant of this share says of regions held out.
    scores : dict of float
        Macro F1 on regions held out by share, where these chose.
    sums : RunningSums
        Of all pixels, by class.
    """

    share: Share
    held_out: HeldOut | None
    scores: dict[Share, float]
    sums: RunningSums


def choose_averaging(
    views: list[np.ndarray],
    codes: np.ndarray,
    groups: np.ndarray,
    kinds: Kinds,
    shares: tuple[Share, ...] | None = None,
) -> Averaging:
    """Choose how much averages count, by discriminants that have not seen some regions.

    Parameters
    ----------
    views : list of numpy.ndarray
        ``(n, n_features)`` of the training pixels, in each way that they are learned from; the first is
        judged.
    codes, groups : numpy.ndarray
        ``(n,)``: the class and the region of each.
    kinds : Kinds
        Of the features.
    shares : tuple, optional
        To choose from; by default all that make a difference.
    """
    shares = shares or kinds.shares
    fold = deal_regions(codes, groups)
    out, sums = fold >= 0, sums_of(views, codes, fold)
    untold = MEAN if MEAN in shares else shares[0]
    if not out.any():
        return Averaging(untold, None, {}, sums)
    classes = np.unique(codes)
    found = {share: np.empty((len(codes), len(classes))) for share in shares}
    for number in range(fold.max() + 1):
        for share, scores in _scores(sums.without(number), views[0], kinds, shares).items():
            found[share][fold == number] = scores[fold == number]
    truth, region = np.searchsorted(classes, codes[out]), groups[out]
    said = {share: softmax(scores[out], axis=1) for share, scores in found.items()}
    n_regions = len(np.unique(region))
    marks = {}
    if n_regions >= _FEWEST and 2 * len(np.unique(truth)) >= len(classes):
        marks = {share: _macro_f1(truth, part.argmax(axis=1), region) for share, part in said.items()}
    ahead = {COLOR: -_LEAD_OF_COLOR, shares[0] if marks else untold: _LEAD / n_regions}
    if n_regions >= _MANY and 1.0 in shares:
        ahead = {COLOR: -_LEAD_OF_COLOR, MEAN: -np.inf, 1.0: _LEAD_OF_MANY}
    best = max(shares, key=lambda share: marks.get(share, 0) + ahead.get(share, 0))
    return Averaging(best, HeldOut(said[best], truth, n_regions), marks, sums.joined())


def fit_averaged(sums: RunningSums, kinds: Kinds, share: Share) -> Any:
    """Return a fitted discriminant in which averages count as much as a share says.

    Parameters
    ----------
    sums : RunningSums
        Of all pixels to learn from.
    kinds : Kinds
        Of the features.
    share : float or str
        One of `SHARES`, or another number: 1 is the plain discriminant.

    Returns
    -------
    sklearn pipeline
        `StandardScaler` and `LinearDiscriminantAnalysis` of all features; coefficients of those that do not
        count are 0.
    """
    whole = sums.discriminant(shrinkage=SHRINKAGE)
    parts = kinds.parts(share)
    if len(parts) == 1 and parts[0][1].all():
        return whole.pipeline
    weights, offsets, spreads = [], [], []
    for _, counts in parts:
        part = sums if counts.all() else sums.of_features(counts)
        own = whole if counts.all() else part.discriminant(shrinkage=SHRINKAGE)
        weight, offset = _raw(own.pipeline)
        weights.append(np.zeros((len(weight), len(counts))))
        weights[-1][:, counts] = weight
        offsets.append(offset)
        spreads.append(part.spread_of_scores(own.weights, own.offset))
    factors = _factors([weight for weight, _ in parts], spreads)
    return _with_weights(whole.pipeline, _added(factors, weights), _added(factors, offsets))


def _with_weights(fitted: Any, weights: Floats, offset: Floats) -> Any:
    """Return a pipeline like a fitted one, whose scores are ``features @ weights.T + offset``."""
    (scaled, scaler), (decided, discriminant) = fitted.steps
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


def _factors(weights: list[float], spreads: list[float]) -> list[float]:
    """Return what the scores of discriminants, of some spread, are multiplied by before they are added.

    All vary as much then: the one that is too sure would outvote the others.
    """
    if len(weights) == 1 or min(spreads) == 0:
        return weights
    middle = sum(spreads) / len(spreads)
    return [weight * middle / spread for weight, spread in zip(weights, spreads, strict=True)]


def _added(factors: list[float], parts: list[Floats]) -> Floats:
    """Return the sum of arrays, each times its factor."""
    return np.sum([factor * part for factor, part in zip(factors, parts, strict=True)], axis=0)


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


def _scores(
    sums: RunningSums, features: np.ndarray, kinds: Kinds, shares: tuple[Share, ...]
) -> dict[Share, Floats]:
    """Return the scores ``(n, n_classes)`` by share."""
    known: dict[bytes, Floats] = {}
    found = {}
    for share in shares:
        parts = kinds.parts(share)
        for _, counts in parts:
            if counts.tobytes() not in known:
                known[counts.tobytes()] = _scores_of(sums, features, counts)
        scores = [known[counts.tobytes()] for _, counts in parts]
        factors = _factors([weight for weight, _ in parts], [_spread(part) for part in scores])
        found[share] = _added(factors, scores)
    return found


def _scores_of(sums: RunningSums, features: np.ndarray, counts: NDArray[np.bool_]) -> Floats:
    """Return the scores ``(n, n_classes)`` of a discriminant of some features."""
    if not counts.all():
        sums, features = sums.of_features(counts), features[:, counts]
    found = sums.discriminant(shrinkage=SHRINKAGE)
    return features @ found.weights + found.offset


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
