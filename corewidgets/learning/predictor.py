"""The fastest way to the class probabilities of a fitted classifier."""

from __future__ import annotations

import copy
import dataclasses
import logging
from collections.abc import Callable
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from corewidgets.learning.forest import Forest, can_walk
from corewidgets.learning.linear import Linear
from corewidgets.learning.mean import DiscriminantAndTrees, JoinedPredictor
from corewidgets.learning.tempering import temper


def predictor(classifier: Any, temperature: float = 1.0) -> Callable[[Any], np.ndarray]:
    """Return the fastest function that gives a fitted classifier's class probabilities.

    Parameters
    ----------
    classifier : sklearn classifier
        Fitted on float32 features.
    temperature : float
        What the probabilities are tempered with; 1 leaves them.

    Returns
    -------
    callable
        From features ``(n, n_features)`` float32 to probabilities ``(n, n_classes)``.  It may be called from
        several threads at once; each call computes on one processor core, or on the accelerator if there is
        one.
    """
    linear = Linear.of(classifier)
    if linear is not None:
        return dataclasses.replace(linear, temperature=temperature)
    plain = _untempered(classifier)
    return plain if temperature == 1 else lambda features: temper(plain(features), temperature)


def _untempered(classifier: Any) -> Callable[[Any], np.ndarray]:
    """Return the fastest function that gives the probabilities of a classifier that is not linear."""
    if type(classifier) is DiscriminantAndTrees:
        return _joined(classifier)
    forest = Forest.of(classifier)
    if forest is None:
        return lambda features: np.asarray(classifier.predict_proba(np.asarray(features)))
    if jax.default_backend() == "cpu" and not can_walk():
        _say_what_is_lost()
        return lambda features: np.asarray(classifier.predict_proba(np.asarray(features)))
    if jax.default_backend() == "cpu":
        return lambda features: forest.predict_proba(np.asarray(features))
    return lambda features: np.asarray(forest.predict_proba_on_device(jnp.asarray(features)))


def _joined(classifier: DiscriminantAndTrees) -> JoinedPredictor:
    linear = Linear.of(classifier.discriminant)
    if linear is None:
        raise TypeError(f"The discriminant of a mean is a {type(classifier.discriminant).__name__}.")
    tempered = dataclasses.replace(linear, temperature=classifier.temperature)
    return JoinedPredictor(tempered, _untempered(one_core(classifier.trees)), classifier.columns)


def is_projected(classifier: Any) -> bool:
    """Return whether what is linear in features is taken of a tile of activations, without the features."""
    return type(classifier) is DiscriminantAndTrees or Linear.of(classifier) is not None


def one_core(classifier: Any) -> Any:
    """Return the classifier, set to predict on one core: several pieces are predicted at once."""
    if getattr(classifier, "n_jobs", None) in (None, 1):
        return classifier
    single = copy.copy(classifier)
    single.n_jobs = 1
    return single


@cache
def _say_what_is_lost() -> None:
    """Log, once, that a forest is slower than it could be."""
    logging.getLogger(__name__).warning(
        "Numba is not installed, so scikit-learn evaluates the trees: the same map takes about three times "
        "as long. Install it with pip install 'corewidgets[fast]'."
    )
