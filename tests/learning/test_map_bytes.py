"""The bytes of a map are what the model says, however they are computed."""

from __future__ import annotations

import numpy as np
import pytest

import corewidgets as cw
from corewidgets.features.color import Lab
from corewidgets.features.sources import Averaged
from corewidgets.learning.map_bytes import byte_pieces

RECIPE = cw.PRESETS["recommended"].patched(
    features=(Lab(), Averaged(Lab(), 3.0)), regularizer=None, transposed=False, averages=1.0,
    max_training_pixels=300,
)  # fmt: skip


@pytest.fixture(scope="module")
def section():
    rng = np.random.default_rng(0)
    colors = rng.integers(0, 256, (8, 5, 3)).repeat(20, axis=0).repeat(14, axis=1)
    return cw.CoreSection(np.clip(colors + rng.normal(0, 30, colors.shape), 0, 255).astype(np.uint8))


def labels_of(section, n_classes):
    labels = np.zeros(section.shape, np.uint8)
    for code in range(1, n_classes + 1):
        labels[20 * code : 20 * code + 12, 4:40] = 2 * code
    return labels


@pytest.mark.parametrize("n_classes", [2, 5])
@pytest.mark.parametrize("temperature", [1.0, 2.5])
@pytest.mark.parametrize("most_columns", [512, 32])
def test_a_linear_model_is_asked_in_one_call_for_all_that_is_shown(
    section, monkeypatch, n_classes, temperature, most_columns
):
    monkeypatch.setattr("corewidgets.features.activations._MOST_COLUMNS", most_columns)
    recipe = RECIPE.patched(temperature=temperature)
    model = cw.PixelClassifier(preset=recipe).fit(section, labels_of(section, n_classes))
    codes, probabilities, doubt = model.predict(
        section, return_probabilities=True, return_uncertainty="entropy"
    )
    seen = np.zeros(section.shape, int)
    with byte_pieces(model, section) as said:
        for piece in said.of((slice(0, section.n_rows), slice(0, section.n_columns))):
            seen[piece.place] += 1
            assert np.array_equal(model.classes_[piece.likeliest], codes[piece.place])
            said = np.moveaxis(probabilities[piece.place], -1, 0)
            assert np.abs(piece.probabilities / 255 - said).max() <= 0.5 / 255 + 1e-5
            assert np.abs(piece.uncertainty / 255 - doubt[piece.place]).max() <= 0.5 / 255 + 1e-5
    assert (seen == 1).all()


def test_a_part_is_computed_alone(section, monkeypatch):
    monkeypatch.setattr("corewidgets.features.activations._MOST_COLUMNS", 32)
    model = cw.PixelClassifier(preset=RECIPE).fit(section, labels_of(section, 2))
    width = model.piece_columns(section)
    with byte_pieces(model, section) as said:
        (piece,) = said.of((slice(0, 128), slice(width, 2 * width)))
    assert piece.place == (slice(0, 128), slice(width, 2 * width))


def test_what_is_not_linear_is_asked_as_it_is(section):
    recipe = RECIPE.patched(classifier="random_forest", n_trees=5)
    model = cw.PixelClassifier(preset=recipe).fit(section, labels_of(section, 3))
    codes = model.predict(section)
    with byte_pieces(model, section) as said:
        for piece in said.of((slice(0, 70), slice(10, 50))):
            assert np.array_equal(model.classes_[piece.likeliest], codes[piece.place])
            assert piece.place[0].stop <= 70
            assert piece.place[1].start >= 10


@pytest.mark.parametrize("n_classes", [2, 5])
def test_the_first_look_is_the_class_of_the_mean_color_of_four_pixels(section, n_classes):
    model = cw.PixelClassifier(preset=RECIPE).fit(section, labels_of(section, n_classes))
    with byte_pieces(model, section) as said:
        looked_at = list(said.first_look((slice(10, 20), slice(0, 5))))
        pieces = list(said.of((slice(0, section.n_rows), slice(0, section.n_columns))))
    [(place, likeliest)], piece = looked_at, pieces[0]
    assert place == piece.place == (slice(0, 128), slice(0, section.n_columns))
    assert likeliest.shape == piece.likeliest.shape
    for down, across in ((1, 0), (0, 1), (1, 1)):
        assert np.array_equal(likeliest[::2, ::2], likeliest[down::2, across::2])
    same = likeliest == piece.likeliest
    assert 0.7 < same.mean() < 1  # the section is noisy, and the mean of four pixels is less so


def test_what_is_not_linear_is_not_looked_at_first(section):
    forest = RECIPE.patched(classifier="random_forest", n_trees=5)
    regularized = RECIPE.patched(regularizer=cw.PRESETS["recommended"].regularizer)
    for recipe in (forest, regularized):
        model = cw.PixelClassifier(preset=recipe).fit(section, labels_of(section, 3))
        with byte_pieces(model, section) as said:
            assert not list(said.first_look((slice(0, 70), slice(0, 50))))
