"""Recipes by name: the published one, and the one that did best on clasts that nobody had labelled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from corewidgets.features.hypercolumns import Hypercolumns
from corewidgets.learning.regularization import Regularizer


@dataclass(frozen=True)
class Preset:
    """Features, classifier and regularizer that belong together.

    Parameters
    ----------
    hypercolumns : Hypercolumns
        The features.
    classifier : callable
        From `n_jobs` and `random_state` to an unfitted scikit-learn classifier.
    regularizer : Regularizer or None
        What is done to its probabilities; its settings belong to this classifier.
    turned : bool
        Whether it learns from each photograph with rows and columns exchanged as well: a texture has no
        direction then.
    """

    hypercolumns: Hypercolumns
    classifier: Callable[[int | None, int | None], Any]
    regularizer: Regularizer | None = None
    turned: bool = False


def _forest(n_jobs: int | None, random_state: int | None) -> Any:
    return RandomForestClassifier(100, n_jobs=n_jobs, random_state=random_state)


def _discriminant(n_jobs: int | None, random_state: int | None) -> Any:
    del n_jobs, random_state  # nothing in it is random, and it is fitted in a moment
    return make_pipeline(StandardScaler(), LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1))


PRESETS = {
    "recommended": Preset(
        Hypercolumns(smoothing=(8.0,), lab=True, lab_smoothing=(3.0, 8.0, 24.0)),
        _discriminant,
        Regularizer(),
        turned=True,
    ),
    "published": Preset(Hypercolumns(), _forest),
}
"""``recommended``: docs/accuracy.md; ``published``: 192 features and a plain random forest."""
