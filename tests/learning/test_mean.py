"""Trees beside a discriminant: what they say together, on every way to a map, and in a file."""

import dataclasses

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import corewidgets as cw
from corewidgets.learning.explanation import Explainer
from corewidgets.learning.kept_classifier import kept_classifier
from corewidgets.learning.live_fit import is_live
from corewidgets.learning.mean import DiscriminantAndTrees
from corewidgets.learning.predictor import predictor
from corewidgets.learning.trial import check_predictions
from corewidgets.scoring.settings import Settings
from corewidgets.widgets import trainer
from corewidgets.widgets.score_views import importances_by_layer

from .pebbles import pebble_photograph

RNG = np.random.default_rng(0)
CODES = np.repeat([1, 2, 4], 40)
FEATURES = (RNG.normal(size=(120, 6)) + CODES[:, None] / 3).astype(np.float32)
COLUMNS = np.array([0, 2, 5])
PRESET = cw.PRESETS["recommended-trees"]


@pytest.fixture(scope="module")
def mean():
    discriminant = make_pipeline(StandardScaler(), LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1))
    discriminant.fit(FEATURES, CODES)
    trees = ExtraTreesClassifier(5, random_state=0, max_depth=3).fit(FEATURES[:, COLUMNS], CODES)
    return DiscriminantAndTrees(discriminant, 4.0, trees, COLUMNS)


@pytest.fixture(scope="module")
def model():
    image, _, labels = pebble_photograph()
    return cw.PixelClassifier(preset=PRESET, max_training_pixels=300).fit(image, labels)


def test_it_says_the_mean_of_a_tempered_discriminant_and_the_trees(mean):
    scores = np.log(np.maximum(mean.discriminant.predict_proba(FEATURES), 1e-4))
    expected = (softmax(scores / 4, axis=1) + mean.trees.predict_proba(FEATURES[:, COLUMNS])) / 2
    np.testing.assert_allclose(mean.predict_proba(FEATURES), expected, atol=1e-6)
    np.testing.assert_allclose(predictor(mean)(FEATURES), expected, atol=1e-5)
    np.testing.assert_array_equal(mean.classes_, [1, 2, 4])
    assert mean.n_features_in_ == 6


def test_it_is_kept_without_the_covariance(mean):
    kept = kept_classifier(mean)
    assert "covariance_" not in vars(kept.discriminant[-1])
    np.testing.assert_array_equal(kept.predict_proba(FEATURES), mean.predict_proba(FEATURES))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"columns": np.array([0, 2, 6])}, "are not among those of the discriminant"),
        ({"columns": np.array([-1, 2, 5])}, "are not among those of the discriminant"),
        ({"columns": np.array([0, 2])}, "are not among those of the discriminant"),
        ({"columns": np.array([0.0, 2.0, 5.0])}, "are not numbers"),
        ({"temperature": float("nan")}, "temperature in a mean is nan"),
        ({"temperature": 0.0}, r"temperature in a mean is 0\.0"),
        ({"trees": RandomForestClassifier(2).fit(FEATURES[:, COLUMNS], CODES)}, "trees of a mean are none"),
        (
            {"discriminant": LinearDiscriminantAnalysis().fit(FEATURES, CODES)},
            "discriminant of a mean",
        ),
        ({"trees": ExtraTreesClassifier(2).fit(FEATURES[:, COLUMNS], CODES + 1)}, "the same classes"),
    ],
)
def test_a_mean_from_a_file_whose_parts_do_not_fit_is_refused(mean, changed, message):
    check_predictions(mean, 6, 3)
    with pytest.raises(ValueError, match=message):
        check_predictions(dataclasses.replace(mean, **changed), 6, 3)


@pytest.mark.slow
def test_trees_have_a_say_where_few_regions_are_labelled(model):
    assert isinstance(model.classifier_, DiscriminantAndTrees)
    assert len(model.classifier_.columns) == 195  # pool1, pool2 and the color of the pixel
    assert "Trees of the pixel's own features have an equal say" in model.choice_
    assert "The temperature of the probabilities is 0.6" in model.choice_
    image, truth, labels = pebble_photograph()
    labels[truth == 2] = 2  # seven regions each
    labels[truth == 3] = 3
    many = cw.PixelClassifier(preset=PRESET, max_training_pixels=300).fit(image, labels)
    assert not isinstance(many.classifier_, DiscriminantAndTrees)
    assert "Trees" not in many.choice_


@pytest.mark.slow
def test_trees_see_what_a_discriminant_of_strokes_does_not(model):
    image, truth, labels = pebble_photograph()
    preset = dataclasses.replace(PRESET, joins_trees=False)
    alone = cw.PixelClassifier(preset=preset, max_training_pixels=300).fit(image, labels)
    right = [(part.predict(image) == truth)[truth > 1].mean() for part in (model, alone)]
    assert right[0] > right[1] > 0.85


def test_all_ways_to_a_map_say_the_same(model, tmp_path):
    image, _, _ = pebble_photograph()
    whole = model.predict_proba(image)
    rows, columns = np.array([0, 60, 127]), np.array([95, 40, 3])
    np.testing.assert_allclose(model.predict_proba_at(image, rows, columns), whole[rows, columns], atol=1e-5)
    bare = dataclasses.replace(PRESET, regularizer=None)
    plain = cw.PixelClassifier(preset=bare, max_training_pixels=300).fit(image, pebble_photograph()[2])
    at = plain.predict_proba_at(image, rows, columns)
    np.testing.assert_allclose(at, plain.predict_proba(image)[rows, columns], atol=1e-5)
    cw.save_model(tmp_path / "model.skops", model)
    loaded = cw.load_model(tmp_path / "model.skops")
    np.testing.assert_array_equal(loaded.predict_proba(image), whole)
    assert loaded.recipe_ == model.recipe_


def test_the_discriminant_tells_why(model):
    image, _, labels = pebble_photograph()
    told = Explainer(model, cw.CoreSection(image), labels).explain(12, 12)
    assert told.code == 2
    assert len(told.layers) > 2
    assert told.examples[0].code == 2


def test_live_is_the_discriminant_alone_and_the_trainer_says_what_stands_beside_it(model):
    assert is_live(Settings(PRESET).quick(0.5).recipe)
    assert not is_live(dataclasses.replace(Settings(PRESET).quick(0.5).recipe, joins_trees=True))
    assert trainer._summary(model, live=False).startswith("Linear discriminant and 24 trees from ")
    assert importances_by_layer(model).keys() > {"pool1", "pool2"}
