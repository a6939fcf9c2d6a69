"""The mean of a linear discriminant and extremely randomized trees: each is right where the other errs.

The discriminant of features that go together is far too sure and would always outvote the trees, so it is
tempered, and then both have an equal say.  The trees see the features of the pixel itself only: averages over
the surroundings hardly vary within a stroke, and trees would know strokes by heart from them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.preprocessing import StandardScaler

from corewidgets.features.activations import JoinedActivations
from corewidgets.features.tiling import Tile
from corewidgets.learning.linear import Linear
from corewidgets.learning.tempering import temper

__all__ = ["DiscriminantAndTrees", "JoinedPredictor", "told_by"]


@dataclass(frozen=True, eq=False)
class DiscriminantAndTrees:
    """A fitted classifier whose probabilities are the mean of those of two others.

    Parameters
    ----------
    discriminant : sklearn pipeline
        Fitted `StandardScaler` and `LinearDiscriminantAnalysis` of all features.
    temperature : float
        What the probabilities of the discriminant are tempered with.
    trees : ExtraTreesClassifier
        Fitted on the same classes, and on some of the features.
    columns : numpy.ndarray
        ``(n_features_of_the_trees,)`` int64: which ones, ascending.
    """

    discriminant: Any
    temperature: float
    trees: ExtraTreesClassifier
    columns: NDArray[np.int64]

    @property
    def classes_(self) -> np.ndarray:
        """The codes ``(n_classes,)``, ascending."""
        return np.asarray(self.trees.classes_)

    @property
    def n_features_in_(self) -> int:
        """How many features it takes."""
        return int(self.discriminant.n_features_in_)

    def predict_proba(self, features: np.ndarray) -> NDArray[np.float32]:
        """Return the probabilities ``(n, n_classes)`` float32 of features ``(n, n_features)`` float32."""
        tempered = temper(self.discriminant.predict_proba(features), self.temperature)
        return _mean(tempered, self.trees.predict_proba(features[:, self.columns]))

    def check(self) -> None:
        """Raise ValueError unless its members are what they must be, and agree."""
        steps = [type(step) for _, step in getattr(self.discriminant, "steps", ())]
        if steps != [StandardScaler, LinearDiscriminantAnalysis]:
            raise ValueError("the discriminant of a mean is none")
        if type(self.trees) is not ExtraTreesClassifier:
            raise ValueError("the trees of a mean are none")
        if not np.array_equal(self.discriminant.classes_, self.trees.classes_):
            raise ValueError("the members of a mean do not know the same classes")
        if not (type(self.temperature) is float and 0 < self.temperature < math.inf):
            raise ValueError(f"the temperature in a mean is {self.temperature!r}, not a number above 0")
        columns = self.columns
        if not isinstance(columns, np.ndarray) or columns.dtype.kind != "i" or columns.ndim != 1:
            raise ValueError("the features of the trees of a mean are not numbers")
        ordered = len(columns) > 0 and columns[0] >= 0 and (np.diff(columns) > 0).all()
        inside = ordered and columns[-1] < self.n_features_in_
        if not inside or len(columns) != self.trees.n_features_in_:
            raise ValueError("the features of the trees of a mean are not among those of the discriminant")


def told_by(classifier: Any) -> Any:
    """Return what tells why a classifier decides so: of a mean the discriminant, else itself."""
    return classifier.discriminant if type(classifier) is DiscriminantAndTrees else classifier


@dataclass(frozen=True, eq=False)
class JoinedPredictor:
    """Gives the probabilities of `DiscriminantAndTrees` by functions of its members.

    Parameters
    ----------
    linear : Linear
        Of the discriminant, tempered.
    trees : callable
        From the features of the trees ``(n, n_features_of_the_trees)`` to probabilities ``(n, n_classes)``.
    columns : numpy.ndarray
        ``(n_features_of_the_trees,)`` int64.
    """

    linear: Linear
    trees: Callable[[Any], np.ndarray]
    columns: NDArray[np.int64]

    def __call__(self, features: Any) -> NDArray[np.float32]:
        """Return the probabilities ``(n, n_classes)`` of features ``(n, n_features)``."""
        values = np.asarray(features)
        return _mean(self.linear(values), self.trees(values[:, self.columns]))

    def of_photograph(self, activations: JoinedActivations) -> Callable[[Tile], NDArray[np.float32]]:
        """Return what `Linear.of_photograph` does; nothing is averaged that the trees do not look at."""
        linear, own = self.linear.of_photograph(activations), activations.of_pixels
        looks_at_averages = own.n_features != len(self.columns)

        def of_tile(tile: Tile) -> NDArray[np.float32]:
            looked_at = activations if looks_at_averages else own
            features = np.asarray(looked_at.features(tile)).reshape(-1, looked_at.n_features)
            if looks_at_averages:
                features = features[:, self.columns]
            shares = linear(tile)
            return _mean(shares, self.trees(features).reshape(shares.shape))

        return of_tile


def _mean(first: np.ndarray, second: np.ndarray) -> NDArray[np.float32]:
    return np.asarray((first + second) / 2, np.float32)
