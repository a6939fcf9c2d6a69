"""A classifier is kept without what no prediction uses, and predicts bit by bit the same."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import corewidgets as cw
from corewidgets.learning.kept_classifier import kept_classifier

RNG = np.random.default_rng(0)
FEATURES = RNG.normal(size=(90, 6))
CODES = np.repeat([1, 2, 3], 30)


@pytest.mark.parametrize("solver", ["lsqr", "eigen"])
def test_the_covariance_is_left_out_and_probabilities_stay(solver):
    model = make_pipeline(StandardScaler(), LinearDiscriminantAnalysis(solver=solver, shrinkage=0.1))
    model.fit(FEATURES, CODES)
    kept = kept_classifier(model)
    assert "covariance_" not in vars(kept[-1])
    np.testing.assert_array_equal(kept.predict_proba(FEATURES), model.predict_proba(FEATURES))
    assert kept[-1].coef_ is model[-1].coef_
    assert model[-1].covariance_.shape == (6, 6)


def test_a_covariance_that_was_asked_for_stays():
    for solver in ("lsqr", "svd"):
        model = LinearDiscriminantAnalysis(solver=solver, store_covariance=True).fit(FEATURES, CODES)
        assert kept_classifier(model) is model
        assert kept_classifier(model).covariance_.shape == (6, 6)


def test_what_has_none_is_the_same_object():
    forest = RandomForestClassifier(3, random_state=0).fit(FEATURES, CODES)
    assert kept_classifier(forest) is forest
    chain = make_pipeline(StandardScaler(), LinearDiscriminantAnalysis()).fit(FEATURES, CODES)
    assert kept_classifier(chain) is chain


@pytest.mark.slow
def test_the_file_of_a_recommended_model_is_small(tmp_path, sample):
    model = cw.PixelClassifier(max_training_pixels=300).fit(sample.section, sample.labels)
    cw.save_model(tmp_path / "model.skops", model)
    assert (tmp_path / "model.skops").stat().st_size < 250_000
    loaded = cw.load_model(tmp_path / "model.skops")
    assert "covariance_" not in vars(loaded.classifier_[-1])
    part = sample.section.image[:64, :64]
    np.testing.assert_array_equal(loaded.predict_proba(part), model.predict_proba(part))
    cw.save_model(tmp_path / "again.skops", loaded)
    np.testing.assert_array_equal(
        cw.load_model(tmp_path / "again.skops").predict_proba(part), model.predict_proba(part)
    )
