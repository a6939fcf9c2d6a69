"""A linear pipeline as one matrix gives what scikit-learn gives."""

from typing import Any

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from corewidgets.learning.linear import Linear
from corewidgets.learning.predictor import predictor


def task(n_classes: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    y = np.arange(600) % n_classes
    X = rng.normal(size=(600, 30)) * rng.uniform(0.1, 50, 30) + 100 * rng.normal(size=30)
    return (X + y[:, None] * rng.normal(size=30)).astype(np.float32), y


def discriminant(scaler: object, n_classes: int) -> tuple[Any, np.ndarray]:
    X, y = task(n_classes)
    return make_pipeline(scaler, LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1)).fit(X, y), X


@pytest.mark.parametrize("n_classes", [2, 5])
def test_the_matrix_equals_scikit_learn(n_classes: int) -> None:
    classifier, X = discriminant(StandardScaler(), n_classes)
    probabilities = predictor(classifier)(X)
    np.testing.assert_allclose(probabilities, classifier.predict_proba(X), atol=2e-4)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-5)


def test_other_pipelines_use_their_own_predict_proba() -> None:
    classifier, X = discriminant(MinMaxScaler(), 5)
    assert Linear.of(classifier) is None
    np.testing.assert_array_equal(predictor(classifier)(X), classifier.predict_proba(X))
