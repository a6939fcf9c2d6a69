"""A linear pipeline as one matrix gives what scikit-learn gives."""

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from corewidgets.linear import Linear
from corewidgets.predictor import predictor


def task(n_classes: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    y = np.arange(600) % n_classes
    X = rng.normal(size=(600, 30)) * rng.uniform(0.1, 50, 30) + 100 * rng.normal(size=30)
    return (X + y[:, None] * rng.normal(size=30)).astype(np.float32), y


def discriminant(scaler: object, n_classes: int) -> tuple[object, np.ndarray]:
    X, y = task(n_classes)
    return make_pipeline(scaler, LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1)).fit(X, y), X


def test_the_matrix_equals_scikit_learn() -> None:
    classifier, X = discriminant(StandardScaler(), 5)
    np.testing.assert_allclose(Linear.of(classifier).predict_proba(X), classifier.predict_proba(X), atol=2e-4)
    np.testing.assert_allclose(predictor(classifier)(X).sum(axis=1), 1.0, atol=1e-5)


def test_other_pipelines_use_their_own_predict_proba() -> None:
    for scaler, n_classes in ((MinMaxScaler(), 5), (StandardScaler(), 2)):
        classifier, X = discriminant(scaler, n_classes)
        assert Linear.of(classifier) is None
        np.testing.assert_array_equal(predictor(classifier)(X), classifier.predict_proba(X))
