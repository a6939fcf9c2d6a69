"""Why a pixel was classified as it was: the labelled examples it resembles, the features that counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from corewidgets.cores.section import CoreSection
from corewidgets.labels.arrays import regions
from corewidgets.learning.mean import told_by

__all__ = ["Example", "Explainer", "Explanation"]

_MOST_EXAMPLES = 1500


@dataclass(frozen=True)
class Example:
    """A labelled pixel, its code, and how much alike the model finds it: 0 to 1."""

    row: int
    column: int
    code: int
    similarity: float


@dataclass(frozen=True)
class Explanation:
    """What there is to say of a pixel.

    Parameters
    ----------
    row, column : int
        The pixel.
    code : int
        The class that the model chooses.
    probabilities : mapping of int to float
        By code, the largest first.
    examples : tuple of Example
        The labelled pixels most alike, one a region, the best first; empty without labels.
    taps : mapping of str to float
        By feature, what speaks for the chosen class (below 0: against), the weightiest first; empty where the
        classifier does not tell. Of a forest, what it adds to the probability; of a linear classifier, to the
        logarithm of the odds against the class `against`.
    layers : mapping of str to float
        The same, added up over each layer.
    against : int or None
        Code of the second likeliest class, of a linear classifier.
    alone : int
        The class that the model would choose without the pixel's neighbors.
    baseline : float
        What an average training pixel has for the chosen class, before any feature is looked at.
    decided : float
        `baseline` and what all features add, without the neighbors: of a forest the probability of the class
        `code`, of a linear classifier the logarithm of its odds against `against`; 0 of others.
    """

    row: int
    column: int
    code: int
    probabilities: Mapping[int, float]
    examples: tuple[Example, ...]
    taps: Mapping[str, float]
    layers: Mapping[str, float]
    against: int | None
    alone: int
    baseline: float = 0.0
    decided: float = 0.0


@dataclass(frozen=True, eq=False)
class LinearWeights:
    """Weights ``(n_features, n_classes)``, and mean and spread ``(n_features,)`` of the training pixels."""

    weights: npt.NDArray[np.float64]
    mean: npt.NDArray[np.float64]
    scale: npt.NDArray[np.float64]


def linear_weights(classifier: Any) -> LinearWeights | None:
    """Return the weights of standardized features in a pipeline's scores of the classes; None of others."""
    steps = [step for _, step in getattr(classifier, "steps", [])]
    if len(steps) != 2 or not hasattr(steps[0], "scale_") or not hasattr(steps[1], "coef_"):
        return None
    scaler, coefficients = steps[0], np.asarray(steps[1].coef_)
    if len(coefficients) == 1:  # of two classes only the second has weights
        coefficients = np.vstack([np.zeros_like(coefficients), coefficients])
    return LinearWeights((coefficients / scaler.scale_).T, scaler.mean_, scaler.scale_)


class Explainer:
    """Explains a model's pixels; what it needs of the labelled examples is computed once.

    Of a discriminant with trees beside it, the discriminant tells why.

    Parameters
    ----------
    model : PixelClassifier
        Fitted.
    section : CoreSection
    labels : array, shape (n_rows, n_columns), uint8, or None
        0 = unlabelled.
    """

    def __init__(self, model: Any, section: CoreSection, labels: npt.NDArray[np.uint8] | None) -> None:
        self.model, self._section = model, section
        self._rows, self._columns, self._regions = _examples(labels)
        self._codes = np.zeros(0, np.uint8) if labels is None else labels[self._rows, self._columns]
        self._known: npt.NDArray[Any] | None = None

    def explain(self, row: int, column: int, n_examples: int = 5, n_taps: int = 6) -> Explanation:
        """Return why the pixel at `row`, `column` has its class."""
        place = np.array([row]), np.array([column])
        features = self.model.features_at(self._section, *place)
        classifier, codes = self.model.classifier_, [int(code) for code in self.model.classes_]
        alone = np.asarray(classifier.predict_proba(features))[0]
        classifier = told_by(classifier)
        probabilities = self.model.predict_proba_at(self._section, *place)[0]
        chosen, second = (int(number) for number in np.argsort(-probabilities, kind="stable")[:2])
        linear = linear_weights(classifier) is not None
        weights = contributions(classifier, features, chosen, second)
        told = len(weights) > 0
        named = dict(zip(self.model.feature_names_, weights.tolist(), strict=True)) if told else {}
        decided = _decided(classifier, features, chosen, second) if told else 0.0
        layers: dict[str, float] = {}
        for name, value in named.items():
            layer = name.rpartition("/")[0]
            layers[layer] = layers.get(layer, 0.0) + value
        return Explanation(
            row, column, codes[chosen],
            _largest({code: float(p) for code, p in zip(codes, probabilities, strict=True)}, len(codes)),
            self._alike(features, n_examples), _largest(named, n_taps), layers,
            codes[second] if linear else None, codes[int(alone.argmax())],
            decided - float(weights.sum()), decided,
        )  # fmt: skip

    def _alike(self, features: npt.NDArray[np.float32], n: int) -> tuple[Example, ...]:
        if len(self._rows) == 0:
            return ()
        if self._known is None:
            self._known = self.model.features_at(self._section, self._rows, self._columns)
        alike = similarity(told_by(self.model.classifier_), features, self._known)
        order = np.argsort(-alike, kind="stable")
        _, first = np.unique(self._regions[order], return_index=True)
        best = order[np.sort(first)][:n]
        return tuple(
            Example(int(self._rows[i]), int(self._columns[i]), int(self._codes[i]), round(float(alike[i]), 4))
            for i in best
        )


def similarity(
    classifier: Any, features: npt.NDArray[np.float32], known: npt.NDArray[np.float32]
) -> npt.NDArray[np.float64]:
    """Return how much alike a classifier finds one pixel and each of `known`, 0 to 1.

    Of a forest it is the share of the trees in which the two end in the same leaf, its proximity (Breiman,
    2002, Manual on setting up, using, and understanding random forests, section "Proximities"); of a linear
    classifier it falls with the distance of their scores, of another with that of the features, each over
    its spread.
    """
    if hasattr(classifier, "estimators_") and hasattr(classifier, "apply"):
        same = classifier.apply(known) == classifier.apply(features)
        return np.asarray(same.mean(axis=1))
    linear = linear_weights(classifier)
    if linear is not None:
        distance = np.sqrt((((known - features) @ linear.weights) ** 2).mean(axis=1))
    else:
        distance = np.sqrt((((known - features) / (known.std(axis=0) + 1e-6)) ** 2).mean(axis=1))
    return np.asarray(1 / (1 + distance), np.float64)


def contributions(
    classifier: Any, features: npt.NDArray[np.float32], chosen: int, second: int
) -> npt.NDArray[np.float64]:
    """Return what each feature speaks for a class.

    Of a linear classifier it is what a feature adds to the logarithm of the odds against the class `second`,
    compared with the mean of the training pixels; of a forest, what it adds to the probability.

    On its way down a tree a pixel passes nodes whose training pixels have ever purer classes; the change at
    each step belongs to the feature that was asked there. All changes and the share of the class in the
    training pixels add up to the probability (Palczewska, Palczewski, Robinson and Neagu, 2013, Interpreting
    random forest models using a feature contribution method, IEEE IRI, section 3).

    Returns
    -------
    numpy.ndarray
        ``(n_features,)``; empty where the classifier does not tell.
    """
    linear = linear_weights(classifier)
    if linear is not None:
        return (linear.weights[:, chosen] - linear.weights[:, second]) * (features[0] - linear.mean)
    trees = getattr(classifier, "estimators_", [])
    if not len(trees) or not all(hasattr(tree, "tree_") for tree in trees):
        return np.zeros(0)
    total = np.zeros(features.shape[1])
    for estimator in trees:
        tree = estimator.tree_
        path = tree.decision_path(features).indices
        values = tree.value[path, 0, :]
        share = values[:, chosen] / values.sum(axis=1)
        np.add.at(total, tree.feature[path[:-1]], np.diff(share))
    return total / len(trees)


def _decided(classifier: Any, features: npt.NDArray[np.float32], chosen: int, second: int) -> float:
    """Return what all contributions add up to: log-odds of a linear classifier, of a forest a probability."""
    if linear_weights(classifier) is None:
        return float(classifier.predict_proba(features)[0, chosen])
    logarithms = classifier.predict_log_proba(features)[0]
    return float(logarithms[chosen] - logarithms[second])


def _examples(labels: npt.NDArray[np.uint8] | None) -> tuple[npt.NDArray[Any], ...]:
    """Return rows, columns and regions of some labelled pixels, about evenly drawn over the regions."""
    if labels is None or not labels.any():
        return (np.zeros(0, np.intp),) * 3
    rows, columns = np.nonzero(labels)
    region = regions(labels)[rows, columns]
    order = np.argsort(region, kind="stable")
    _, starts, sizes = np.unique(region[order], return_index=True, return_counts=True)
    each = max(1, _MOST_EXAMPLES // len(starts))
    drawn = [
        start + np.unique(np.linspace(0, size - 1, min(size, each)).round().astype(int))
        for start, size in zip(starts, sizes, strict=True)
    ]
    kept = order[np.concatenate(drawn)]
    return rows[kept], columns[kept], region[kept]


def _largest(values: Mapping[Any, float], n: int) -> dict[Any, float]:
    """Return the `n` entries of the largest size, the largest first."""
    return dict(sorted(values.items(), key=lambda item: -abs(item[1]))[:n])
