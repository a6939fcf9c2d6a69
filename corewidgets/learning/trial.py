"""A trial of a classifier from a file: that it predicts, and gives probabilities."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from corewidgets.learning.linear import Linear
from corewidgets.learning.mean import DiscriminantAndTrees, told_by

__all__ = ["check_predictions"]


def check_predictions(classifier: Any, n_features: int, n_classes: int) -> None:
    """Raise unless a classifier gives the probabilities of its classes for any features.

    Attributes that were changed show only when they are used: one that is missing ends a prediction in the
    middle of a map, and a coefficient that is no number gives every pixel to the first class.

    Parameters
    ----------
    classifier : sklearn classifier
        Fitted.
    n_features, n_classes : int
        Of the features that it takes and the classes that it knows.

    Raises
    ------
    ValueError
        It gives something other than a probability for each class.
    Exception
        Whatever a classifier raises that is not complete.
    """
    features = np.stack([np.zeros(n_features), np.linspace(-1, 1, n_features), np.ones(n_features)])
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        if type(classifier) is DiscriminantAndTrees:
            classifier.check()
        if (linear := Linear.of(told_by(classifier))) is not None:
            _check_matrix(linear, n_features, n_classes)
        found = np.asarray(classifier.predict_proba(features.astype(np.float32)))
    if found.shape != (len(features), n_classes):
        raise ValueError(f"it gives probabilities of shape {found.shape[1:]} per pixel, not ({n_classes},)")
    if found.dtype.kind != "f":
        raise ValueError(f"it gives probabilities of type {found.dtype}")
    if not ((found >= 0) & (found <= 1)).all() or not np.allclose(found.sum(axis=1), 1, rtol=0, atol=1e-3):
        raise ValueError("it gives something other than probabilities: a value in it is not finite, or wrong")


def _check_matrix(linear: Linear, n_features: int, n_classes: int) -> None:
    """Raise unless the matrix of a linear classifier is one of numbers, of the right size."""
    if linear.weights.shape != (n_features, n_classes) or linear.offset.shape != (n_classes,):
        raise ValueError(
            f"it has coefficients of shape {linear.weights.shape} and {linear.offset.shape}, not "
            f"{(n_features, n_classes)} and {(n_classes,)}"
        )
    if not (np.isfinite(linear.weights).all() and np.isfinite(linear.offset).all()):
        raise ValueError("a coefficient is not finite")
