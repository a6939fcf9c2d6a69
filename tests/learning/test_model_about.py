"""The plain text in a model file says what the model is made of."""

from __future__ import annotations

import json

import numpy as np
import pytest

import corewidgets as cw
from corewidgets.learning.model_about import FORMAT, about_model, plain


@pytest.fixture(scope="module")
def model(sample):
    recipe = cw.PRESETS["published"].patched(layers=("pool1",), max_training_pixels=200)
    return cw.PixelClassifier(preset=recipe, random_state=np.int64(4)).fit(sample.section, sample.labels)


def test_all_is_plain_and_says_the_recipe(model, sample):
    about = json.loads(json.dumps(about_model(model, sample.legend), default=plain))
    assert about["format"] == FORMAT
    assert cw.Recipe.from_dict(about["recipe"]) == model.recipe_
    assert about["options"]["preset"] is None
    assert about["options"]["random_state"] == 4
    assert not {"hypercolumns", "classifier", "regularizer"} & set(about["options"])
    assert about["regularizer"] is None
    assert about["classes"] == model.classes_.tolist()
    assert about["weights"]["digest"] == cw.load_weights(n_blocks=1).digest
    assert cw.Legend.from_dict(about["legend"]) == sample.legend
    assert about["versions"]["corewidgets"] == cw.__version__


def test_without_a_legend_none_is_named(model):
    assert about_model(model, None)["legend"] is None


def test_numbers_and_arrays_are_plain_and_other_values_are_named():
    assert plain(np.float32(0.5)) == 0.5
    assert plain(np.array([[1, 2]])) == [[1, 2]]
    with pytest.raises(TypeError, match=r"a setting of the model is <object .*, of type object; replace it"):
        plain(object())
