"""What a recipe leaves to the labels is found, said in words, kept in files and used for maps."""

import numpy as np
import pytest

import corewidgets as cw

PRESET = cw.PRESETS["recommended"]


def layered(width, seed=3, size=96):
    """Return a photograph of layers of two textures, the truth, and labels of a third of it."""
    rng = np.random.default_rng(seed)
    truth = np.where(np.arange(size) // width % 3 == 0, 2, 1)[:, None].repeat(size, axis=1).astype(np.uint8)
    image = np.where(truth == 1, 120, 128)[..., None] + rng.normal(scale=5, size=(size, size, 3))
    labels = np.where(np.arange(size) < size // 3, truth, 0).astype(np.uint8)
    return np.clip(image, 0, 255).astype(np.uint8), truth, labels


def f1(said, truth, among):
    """Return the macro F1 of some pixels."""
    pairs = [((said == code) & among, (truth == code) & among) for code in np.unique(truth)]
    return np.mean([2 * (one & other).sum() / (one.sum() + other.sum()) for one, other in pairs])


@pytest.mark.slow
@pytest.mark.parametrize("width", [2, 3, 5])
def test_the_field_takes_nothing_from_thin_layers(width):
    image, truth, labels = layered(width)
    model = cw.PixelClassifier(max_training_pixels=800).fit(image, labels)
    alone = cw.PixelClassifier(max_training_pixels=800, regularizer=None).fit(image, labels)
    rest = labels == 0
    assert f1(model.predict(image), truth, rest) >= f1(alone.predict(image), truth, rest) > 0.6


def test_thin_layers_are_learned_by_color_alone_and_that_is_said(tmp_path):
    image, truth, labels = layered(5)
    model = cw.PixelClassifier(max_training_pixels=800).fit(image, labels)
    before = cw.PixelClassifier(preset="recommended-0.1", max_training_pixels=800).fit(image, labels)
    assert model.training_summary_["averages"] == "color"
    assert model.choice_.startswith("Color alone counts: macro F1 on regions held out is half ")
    assert "spatial regularization" in model.choice_.lower()
    assert "The temperature of the probabilities is" in model.choice_
    assert before.choice_ == ""
    right = [(part.predict(image) == truth)[labels == 0].mean() for part in (model, before)]
    assert right[0] > right[1]
    cw.save_model(tmp_path / "model.skops", model)
    loaded = cw.load_model(tmp_path / "model.skops")
    assert (loaded.choice_, loaded.recipe_) == (model.choice_, model.recipe_)
    assert loaded.regularizer_ == model.regularizer_
    np.testing.assert_array_equal(loaded.predict_proba(image), model.predict_proba(image))


def test_the_few_regions_of_a_first_minute_leave_it_at_the_mean():
    image, _, labels = layered(16)
    labels[:, 4:] = 0
    labels[32:] = 0
    model = cw.PixelClassifier(max_training_pixels=800).fit(image, labels)
    assert model.training_summary_["averages"] == "mean"
    assert model.choice_.startswith("Smoothed features count a third: there are too few regions")


def test_what_is_given_is_not_chosen():
    image, _, labels = layered(3)
    recipe = PRESET.patched(averages=1.0, shortens=False, temperature=2.0, self_trains=False)
    model = cw.PixelClassifier(preset=recipe, max_training_pixels=800).fit(image, labels)
    assert (model.training_summary_["averages"], model.choice_) == (1, "")
    assert model.regularizer_ == cw.Regularizer(temperature=2.0)


@pytest.mark.parametrize("averages", [-0.1, 1.1, "labels"])
def test_a_share_that_is_none_is_refused(averages):
    with pytest.raises(ValueError, match="averages must be from 0 to 1, 'color', 'mean' or 'held out'"):
        PRESET.patched(averages=averages)
