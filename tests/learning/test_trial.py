"""A classifier that cannot predict, or predicts what is none, is found out by a trial."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from corewidgets.learning.trial import check_predictions

FEATURES = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
CODES = (np.arange(60) % 3).astype(np.uint8)


def discriminant(n_classes=3):
    return make_pipeline(StandardScaler(), LinearDiscriminantAnalysis()).fit(FEATURES, CODES % n_classes)


@pytest.mark.parametrize(
    "classifier", [LogisticRegression(), RandomForestClassifier(3), GaussianNB(), discriminant()]
)
def test_a_classifier_that_predicts_passes(classifier):
    check_predictions(classifier.fit(FEATURES, CODES), 4, 3)


def test_a_classifier_of_two_classes_passes():
    check_predictions(discriminant(2), 4, 2)


@pytest.mark.parametrize(
    ("step", "attribute"), [(1, "coef_"), (1, "intercept_"), (0, "scale_"), (0, "mean_")]
)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_coefficient_that_is_no_number_is_refused(step, attribute, value):
    classifier = discriminant()
    getattr(classifier[step], attribute)[...] = value if attribute != "scale_" else 0
    with pytest.raises(ValueError, match=r"^a coefficient is not finite$"):
        check_predictions(classifier, 4, 3)


@pytest.mark.parametrize("kind", [LogisticRegression, GaussianNB])
def test_values_that_are_no_numbers_are_refused(kind):
    classifier = kind().fit(FEATURES, CODES)
    for name in ("coef_", "theta_"):
        if hasattr(classifier, name):
            getattr(classifier, name)[1, 2] = np.nan
    with pytest.raises(ValueError, match="something other than probabilities"):
        check_predictions(classifier, 4, 3)


def test_coefficients_of_another_shape_are_refused():
    classifier = discriminant()
    classifier[1].coef_ = classifier[1].coef_[:1]
    with pytest.raises(ValueError, match=r"it has coefficients of shape \(4, 1\) and \(3,\), not \(4, 3\)"):
        check_predictions(classifier, 4, 3)


def test_an_attribute_that_is_missing_is_found():
    classifier = GaussianNB().fit(FEATURES, CODES)
    del classifier.var_
    with pytest.raises(AttributeError, match="var_"):
        check_predictions(classifier, 4, 3)


def test_probabilities_of_other_classes_or_of_another_type_are_refused():
    classifier = GaussianNB().fit(FEATURES, CODES)
    with pytest.raises(ValueError, match=r"probabilities of shape \(3,\) per pixel, not \(5,\)"):
        check_predictions(classifier, 4, 5)
    classifier = LogisticRegression().fit(FEATURES, CODES)
    classifier.coef_ = classifier.coef_.astype(complex)
    with pytest.raises(ValueError, match="probabilities of type complex128"):
        check_predictions(classifier, 4, 3)
