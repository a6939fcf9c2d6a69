"""The fastest way to probabilities gives those of the classifier, and says what is lost where it is slow."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from corewidgets.learning import predictor as module
from corewidgets.learning.linear import Linear
from corewidgets.learning.predictor import predictor

RNG = np.random.default_rng(0)
FEATURES = RNG.normal(size=(90, 5)).astype(np.float32)
CODES = np.repeat([1, 2, 3], 30)


@pytest.mark.parametrize(
    "classifier",
    [LogisticRegression(), RandomForestClassifier(7, random_state=0), GaussianNB()],
    ids=lambda classifier: type(classifier).__name__,
)
def test_probabilities_are_those_of_the_classifier(classifier):
    classifier.fit(FEATURES, CODES)
    found = predictor(classifier)(FEATURES)
    np.testing.assert_allclose(found, classifier.predict_proba(FEATURES), atol=1e-5)


def test_a_discriminant_of_scaled_features_is_linear_and_nothing_else_is():
    discriminant = make_pipeline(StandardScaler(), LinearDiscriminantAnalysis()).fit(FEATURES, CODES)
    found = predictor(discriminant)
    assert isinstance(found, Linear)
    np.testing.assert_allclose(found(FEATURES), discriminant.predict_proba(FEATURES), atol=1e-5)
    assert not isinstance(predictor(LogisticRegression().fit(FEATURES, CODES)), Linear)


def test_without_numba_a_forest_predicts_the_same_and_says_it_once(monkeypatch, caplog):
    forest = RandomForestClassifier(7, random_state=0).fit(FEATURES, CODES)
    monkeypatch.setattr(module, "can_walk", lambda: False)
    module._say_what_is_lost.cache_clear()
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            np.testing.assert_array_equal(predictor(forest)(FEATURES), forest.predict_proba(FEATURES))
    assert [record.getMessage() for record in caplog.records] == [
        "Numba is not installed, so scikit-learn evaluates the trees: the same map takes about three times "
        "as long. Install it with pip install 'corewidgets[fast]'."
    ]
