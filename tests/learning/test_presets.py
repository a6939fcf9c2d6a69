"""The presets are what the documents say of them."""

from __future__ import annotations

import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.pipeline import Pipeline

from corewidgets.learning.presets import PRESETS
from corewidgets.learning.recipe import Recipe
from corewidgets.learning.regularization import Regularizer


def test_the_published_method_is_192_features_and_a_plain_forest():
    recipe = PRESETS["published"]
    assert recipe.hypercolumns.n_features == 192
    forest = recipe.new_classifier(random_state=3)
    assert type(forest) is RandomForestClassifier
    assert (forest.n_estimators, forest.random_state) == (100, 3)
    assert recipe.regularizer is None
    assert not recipe.transposed


def test_the_recommended_one_is_a_discriminant_of_the_same_and_smoothed_features():
    recipe = PRESETS["recommended"]
    classifier = recipe.new_classifier()
    assert type(classifier) is Pipeline
    assert type(classifier[-1]) is LinearDiscriminantAnalysis
    assert recipe.hypercolumns.n_features == 2 * 192 + 4 * 3
    assert recipe.regularizer == Regularizer()
    assert recipe.transposed
    assert (recipe.averages, recipe.shortens, recipe.temperature) == ("held out", True, "held out")


def test_the_one_of_version_0_1_stays_as_it_was():
    recipe = PRESETS["recommended-0.1"]
    hypercolumns = recipe.hypercolumns
    assert (hypercolumns.layers, hypercolumns.smoothing) == (("pool1", "pool2"), (8.0,))
    assert (hypercolumns.lab, hypercolumns.lab_smoothing) == (True, (3.0, 8.0, 24.0))
    assert recipe.regularizer == Regularizer(5.0, 0.3, 1.5, 16.0, 4.0, 24, 6, 3)
    assert recipe == Recipe(
        hypercolumns.sources,
        "discriminant",
        100,
        recipe.regularizer,
        transposed=True,
        max_training_pixels=8000,
    )


def test_the_quick_one_is_few_trees_on_one_layer():
    classifier = PRESETS["quick"].new_classifier()
    assert type(classifier) is ExtraTreesClassifier
    assert classifier.n_estimators == 50
    assert PRESETS["quick"].hypercolumns.layers == ("pool1",)


@pytest.mark.parametrize("name", PRESETS)
def test_each_is_written_and_read(name):
    assert Recipe.from_dict(PRESETS[name].to_dict()) == PRESETS[name]
