"""Unlabelled pixels that a discriminant is sure of: which they are, and what is learned from them."""

import dataclasses

import numpy as np
import pytest

import corewidgets as cw
from corewidgets.learning import self_training
from corewidgets.learning.live_fit import is_live
from corewidgets.learning.running_sums import RunningSums
from corewidgets.learning.self_training import learn_also, sure_pixels
from corewidgets.scoring.settings import Settings

from .pebbles import pebble_photograph

PRESET = cw.PRESETS["recommended"]
NAMES = PRESET.hypercolumns.feature_names
CLASSES = np.array([3, 7], np.uint8)


@pytest.fixture(scope="module")
def pebbles():
    """Return a photograph of pebbles of two kinds in a matrix, the truth, and strokes on a few of them."""
    return pebble_photograph()


@pytest.fixture(scope="module")
def model(pebbles):
    image, _, labels = pebbles
    return cw.PixelClassifier(max_training_pixels=300).fit(image, labels)


def activations(image):
    return cw.PixelClassifier()._activations(cw.CoreSection(image), names=("image",))


def by_brightness(weight):
    """Return what is sure of class 7 where a pixel is bright; weight is how sure."""

    def predict_proba(features):
        bright = np.asarray(features)[:, NAMES.index("lab/0")] > 48
        sure = np.where(bright, weight, 1 - weight)
        return np.stack([1 - sure, sure], axis=1)

    return predict_proba


def test_sure_pixels_have_no_label_and_are_even_over_classes(pebbles):
    image, _, labels = pebbles
    photographs = [(lambda: activations(image), labels), (lambda: activations(image[::-1]), labels[::-1])]
    found = sure_pixels(photographs, by_brightness(0.9), CLASSES, None, 400, n_jobs=None)
    assert len(found) == 2
    for part, (_, given) in zip(found, photographs, strict=True):
        assert (given[part.rows, part.columns] == 0).all()
        assert (part.rows % 2 == 0).all()
        assert (part.columns % 2 == 0).all()
    codes = np.concatenate([part.codes for part in found])
    assert dict(zip(*map(list, np.unique(codes, return_counts=True)), strict=True)) == {3: 100, 7: 100}


def test_nothing_is_taken_that_is_not_sure(pebbles):
    image, _, labels = pebbles
    photographs = [(lambda: activations(image), labels)]
    assert [len(part.codes) for part in sure_pixels(photographs, by_brightness(0.7), CLASSES, None, 400)] == [
        0
    ]
    assert [len(part.codes) for part in sure_pixels(photographs, by_brightness(0.9), CLASSES, None, 3)] == [0]


def test_a_pixel_taken_for_a_rare_class_must_be_surer(pebbles):
    image, _, labels = pebbles
    bright = np.uint8(np.where(np.arange(image.shape[1]) < 12, 200, 20))  # a strip at the left
    image = np.broadcast_to(bright[None, :, None], image.shape)
    photographs = [(lambda: activations(np.ascontiguousarray(image)), np.zeros_like(labels))]
    (found,) = sure_pixels(photographs, by_brightness(0.9), CLASSES, None, 400)
    assert set(found.codes) == {3}
    (found,) = sure_pixels(photographs, by_brightness(0.99), CLASSES, None, 400)
    assert set(found.codes) == {3, 7}


def test_of_large_photographs_parts_are_looked_at(pebbles, monkeypatch):
    image, _, labels = pebbles
    monkeypatch.setattr(self_training, "_BLOCK_ROWS", 24)
    monkeypatch.setattr(self_training, "_MOST_PIXELS", labels.size)
    asked = []

    def noted(number):
        asked.append(number)
        return activations(image)

    photographs = [(lambda number=number: noted(number), labels) for number in range(3)]
    found = sure_pixels(photographs, by_brightness(0.9), CLASSES, None, 4000, n_jobs=None)
    seen = [np.unique(part.rows // 24).tolist() for part in found]
    assert seen == [[0, 3], [1, 4], [2, 5]]
    assert asked == [0, 1, 2]


def test_each_counts_twice():
    features = np.random.default_rng(0).normal(size=(6, 2))
    sums = RunningSums(2)
    learn_also(sums, np.array([3, 7, 3, 3, 7, 3]), features)
    assert sums.sizes == {(3, 0): 8, (7, 0): 4}


def test_more_of_the_pebbles_are_found(pebbles):
    image, truth, labels = pebbles
    recipe = dataclasses.replace(PRESET, averages=0.5)  # color alone would tell these pebbles
    model, alone = (
        cw.PixelClassifier(preset=dataclasses.replace(recipe, self_trains=also), max_training_pixels=300)
        for also in (True, False)
    )
    right = [(part.fit(image, labels).predict(image) == truth)[truth > 1].mean() for part in (model, alone)]
    assert right[0] > right[1] + 0.01
    assert "unlabelled pixels with a probability above 0.8 are learned from too." in model.choice_
    assert "unlabelled" not in alone.choice_
    assert model.training_summary_["n_training_pixels"] <= 300


def test_a_fit_again_is_the_same(model, pebbles):
    image, _, labels = pebbles
    again = cw.PixelClassifier(max_training_pixels=300, n_jobs=None).fit(image, labels)
    np.testing.assert_allclose(again.classifier_[-1].coef_, model.classifier_[-1].coef_, rtol=1e-5, atol=1e-7)


def test_live_learns_from_labels_alone():
    recipe = Settings(PRESET).quick(0.5).recipe
    assert is_live(recipe)
    assert not is_live(dataclasses.replace(recipe, self_trains=True))
    assert not cw.PRESETS["recommended-trees"].self_trains
    assert not cw.PRESETS["recommended-0.1"].self_trains
    assert not PRESET.patched(regularizer=cw.Regularizer(strength=2.0)).self_trains
