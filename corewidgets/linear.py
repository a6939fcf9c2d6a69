"""A fitted linear classifier on standardized features as one matrix, applied where the features are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler


@dataclass(frozen=True, eq=False)
class Linear:
    """Scores of classes that are linear in the features; their softmax is the probabilities.

    Parameters
    ----------
    weights : numpy.ndarray
        ``(n_features, n_classes)`` float32.
    offset : numpy.ndarray
        ``(n_classes,)`` float32.
    """

    weights: np.ndarray
    offset: np.ndarray

    @classmethod
    def of(cls, classifier: Any) -> Linear | None:
        """Return the matrix of a fitted pipeline, or None where only the classifier itself can predict.

        Parameters
        ----------
        classifier : sklearn classifier
            A matrix is made of `StandardScaler` followed by `LinearDiscriminantAnalysis` of three or more
            classes.
        """
        steps = [step for _, step in classifier.steps] if type(classifier) is Pipeline else []
        if [type(step) for step in steps] != [StandardScaler, LinearDiscriminantAnalysis]:
            return None
        scaler, discriminant = steps
        if len(discriminant.classes_) < 3:
            return None
        weights = (discriminant.coef_ / scaler.scale_).T
        offset = discriminant.intercept_ - scaler.mean_ @ weights
        return cls(weights.astype(np.float32), offset.astype(np.float32))

    def predict_proba(self, features: jax.Array | np.ndarray) -> np.ndarray:
        """Return the class probabilities ``(n, n_classes)`` float32 of features ``(n, n_features)``."""
        return np.asarray(_softmax(jnp.asarray(features), self.weights, self.offset))


@jax.jit
def _softmax(features: jax.Array, weights: jax.Array, offset: jax.Array) -> jax.Array:
    return jax.nn.softmax(jnp.matmul(features, weights, precision="highest") + offset)
