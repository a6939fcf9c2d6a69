"""A recipe is checked when it is made, patched field by field, and written as plain values."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError

import pytest
from sklearn.linear_model import LogisticRegression

import corewidgets as cw
from corewidgets.learning.recipe import Recipe

RECOMMENDED = cw.PRESETS["recommended"]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"classifier": "oracle"}, "classifier is 'oracle'; choose from .*'discriminant'"),
        ({"n_trees": 0}, "n_trees must be 1 or more, but is 0"),
        ({"max_training_pixels": 1}, "max_training_pixels must be 2 or more, but is 1"),
        ({"features": ()}, "There is nothing to compute"),
    ],
)
def test_wrong_values_are_named(values, text):
    with pytest.raises(ValueError, match=text):
        Recipe(**{"features": RECOMMENDED.features, **values})


def test_a_recipe_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        RECOMMENDED.n_trees = 3


def test_a_patch_replaces_the_field_that_it_names_only():
    patched = RECOMMENDED.patched(layers=("pool1",))
    made, before = patched.hypercolumns, RECOMMENDED.hypercolumns
    assert made.layers == ("pool1",)
    assert (made.smoothing, made.lab, made.lab_smoothing) == (
        before.smoothing,
        before.lab,
        before.lab_smoothing,
    )
    assert patched.regularizer == RECOMMENDED.regularizer
    assert patched.patched(layers=before.layers) == RECOMMENDED
    with pytest.raises(TypeError):
        RECOMMENDED.patched(color=True)


def test_another_classifier_leaves_what_belongs_to_the_one_before():
    patched = RECOMMENDED.patched(classifier="random_forest")
    assert patched.regularizer is None
    assert not patched.transposed
    assert RECOMMENDED.patched(classifier="random_forest", transposed=True).transposed
    assert RECOMMENDED.patched(classifier="discriminant") == RECOMMENDED


def test_a_classifier_of_ones_own_is_cloned():
    own = LogisticRegression(C=3.0)
    made = RECOMMENDED.patched(classifier=own).new_classifier()
    assert made is not own
    assert made.get_params() == own.get_params()


def test_what_is_written_is_read_and_other_fields_are_named():
    values = json.loads(json.dumps(RECOMMENDED.to_dict()))
    assert Recipe.from_dict(values) == RECOMMENDED
    with pytest.raises(ValueError, match="but these differ: n_trees"):
        Recipe.from_dict({name: values[name] for name in values if name != "n_trees"})
    with pytest.raises(ValueError, match="but these differ: weather"):
        Recipe.from_dict({**values, "weather": "fine"})
