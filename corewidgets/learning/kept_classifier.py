"""A fitted classifier without what no prediction uses, as a file keeps it."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.pipeline import Pipeline

from corewidgets.learning.mean import DiscriminantAndTrees

__all__ = ["kept_classifier"]


def kept_classifier(classifier: Any) -> Any:
    """Return a fitted classifier that predicts the same, without the covariance of a linear discriminant.

    scikit-learn leaves it there with two of its three solvers, ``(n_features, n_features)`` float64: nine
    tenths of the file of a recommended model. One that was asked for, with `store_covariance`, stays.

    Parameters
    ----------
    classifier : sklearn classifier
        Fitted; not changed.

    Returns
    -------
    sklearn classifier
        `classifier` itself where there is nothing to leave out, else a copy that shares its arrays.
    """
    if type(classifier) is Pipeline:
        steps = [(name, kept_classifier(step)) for name, step in classifier.steps]
        if all(new is old for (_, new), (_, old) in zip(steps, classifier.steps, strict=True)):
            return classifier
        kept = copy.copy(classifier)
        kept.steps = steps
        return kept
    if type(classifier) is DiscriminantAndTrees:
        return dataclasses.replace(classifier, discriminant=kept_classifier(classifier.discriminant))
    if type(classifier) is not LinearDiscriminantAnalysis or classifier.store_covariance:
        return classifier
    if "covariance_" not in vars(classifier):
        return classifier
    kept = copy.copy(classifier)
    del kept.covariance_
    return kept
