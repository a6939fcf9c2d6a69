"""Settings of a trainer: checked, written, read, and made quick."""

from __future__ import annotations

import json

import pytest

import corewidgets as cw
from corewidgets.scoring.settings import Settings


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"hold_out": "luck"}, "hold_out is 'luck'; choose from 'regions', 'depth'"),
        ({"n_splits": 1}, "n_splits must be 2 or more, but is 1"),
        ({"share": 0.0}, "between 0 and 1, but is 0.0"),
        ({"share": 1.0}, "between 0 and 1, but is 1.0"),
    ],
)
def test_values_out_of_range_are_named(values, text):
    with pytest.raises(ValueError, match=text):
        Settings(**values)


def test_what_is_written_is_read():
    recipe = cw.PRESETS["quick"].patched(n_trees=7, max_training_pixels=None)
    settings = Settings(recipe, score=False, hold_out="depth", n_splits=3, share=0.2, random_state=9)
    assert Settings.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings


def test_the_model_has_the_recipe_and_the_seed():
    model = Settings(cw.PRESETS["published"], random_state=5).model()
    assert model.recipe == cw.PRESETS["published"]
    assert model.random_state == 5
    assert Settings(hold_out="depth").protocols == ("depth", "random")


@pytest.mark.parametrize(
    ("preset", "classifier"),
    [("recommended", "discriminant"), ("published", "extra_trees"), ("quick", "extra_trees")],
)
def test_quick_settings_have_the_same_features_and_less_of_all_else(preset, classifier):
    quick = Settings(cw.PRESETS[preset], random_state=4).quick()
    assert quick.recipe.features == cw.PRESETS[preset].features
    assert quick.recipe.classifier == classifier
    assert quick.recipe.regularizer is None
    assert not quick.recipe.transposed
    assert quick.recipe.n_trees <= 30 or classifier == "discriminant"
    assert quick.recipe.max_training_pixels == 3000
    assert not quick.score
    assert quick.random_state == 4


def test_settings_of_version_0_1_are_read():
    old = {"layers": ["pool1"], "lab": True, "forest": "random", "n_trees": 20, "n_splits": 4}
    settings = Settings.from_dict(old)
    assert settings.n_splits == 4
    assert settings.recipe.classifier == "random_forest"
    assert settings.recipe.n_trees == 20
    assert settings.recipe.regularizer is None
    assert not settings.recipe.transposed
    assert settings.recipe.hypercolumns.layers == ("pool1",)
