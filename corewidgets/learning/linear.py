"""A fitted linear classifier on standardized features as one matrix, applied where the features are."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from corewidgets.features.activations import JoinedActivations
from corewidgets.features.projection import Projection
from corewidgets.features.tiling import Tile
from corewidgets.learning.tempering import LEAST


@dataclass(frozen=True, eq=False)
class Linear:
    """Scores of classes that are linear in the features; their softmax is the probabilities.

    Parameters
    ----------
    weights : numpy.ndarray
        ``(n_features, n_classes)`` float32.
    offset : numpy.ndarray
        ``(n_classes,)`` float32.
    temperature : float
        What the probabilities are tempered with; 1 leaves them.
    """

    weights: np.ndarray
    offset: np.ndarray
    temperature: float = 1.0

    @classmethod
    def of(cls, classifier: Any) -> Linear | None:
        """Return the matrix of a fitted pipeline, or None where only the classifier itself can predict.

        Parameters
        ----------
        classifier : sklearn classifier
            A matrix is made of `StandardScaler` followed by `LinearDiscriminantAnalysis`.
        """
        steps = [step for _, step in classifier.steps] if type(classifier) is Pipeline else []
        if [type(step) for step in steps] != [StandardScaler, LinearDiscriminantAnalysis]:
            return None
        scaler, discriminant = steps
        weights = (discriminant.coef_ / scaler.scale_).T
        offset = discriminant.intercept_ - scaler.mean_ @ weights
        if len(discriminant.classes_) == 2:  # scikit-learn scores the second against the first
            weights, offset = np.pad(weights, [(0, 0), (1, 0)]), np.pad(offset, [(1, 0)])
        return cls(weights.astype(np.float32), offset.astype(np.float32))

    def __call__(self, features: jax.Array | np.ndarray) -> np.ndarray:
        """Return the class probabilities ``(n, n_classes)`` float32 of features ``(n, n_features)``."""
        scores = jnp.matmul(jnp.asarray(features), self.weights, precision="highest")
        return self.of_scores(scores)

    def of_photograph(self, activations: JoinedActivations) -> Callable[[Tile], np.ndarray]:
        """Return what gives the probabilities ``(tile.n_rows, tile.n_columns, n_classes)`` of a tile.

        The hypercolumns are not made.  It may be called from several threads at once.
        """
        projection = Projection(activations, self.weights)
        return lambda tile: self.of_scores(projection.of_tile(tile))

    def of_scores(self, scores: jax.Array) -> np.ndarray:
        """Return the class probabilities ``(..., n_classes)`` float32 of features times `weights`."""
        if self.temperature == 1:
            return np.asarray(_softmax(scores, self.offset))
        return np.asarray(_tempered(scores, self.offset, self.temperature))


@jax.jit
def _softmax(scores: jax.Array, offset: jax.Array) -> jax.Array:
    return jax.nn.softmax(scores + offset)


@jax.jit
def _tempered(scores: jax.Array, offset: jax.Array, temperature: float) -> jax.Array:
    """Return what `temper` makes of the probabilities."""
    logarithms = jnp.maximum(jax.nn.log_softmax(scores + offset), math.log(LEAST))
    return jax.nn.softmax(logarithms / temperature)
