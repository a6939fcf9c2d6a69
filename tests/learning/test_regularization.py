"""Neighbors of like color agree; edges of color stay; tiles give what the whole gives."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corewidgets.learning import regularization
from corewidgets.learning.regularization import Regularizer

SMALL = Regularizer(reach=8, spacing=4, n_steps=2, tile_rows=16)


def noisy(shape, n_classes, seed):
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (*shape, 3), dtype=np.uint8)
    probabilities = rng.dirichlet(np.ones(n_classes), shape).astype(np.float32)
    return image, probabilities


def two_halves(seed=0):
    """A dark and a light half, and probabilities that are right for two pixels in three."""
    rng = np.random.default_rng(seed)
    truth = np.zeros((64, 64), int)
    truth[:, 31:] = 1
    image = np.where(truth[..., None] == 1, 220, 30).astype(np.uint8).repeat(3, axis=2)
    said = np.where(rng.random(truth.shape) < 2 / 3, truth, 1 - truth)
    return truth, image, np.where(said[..., None] == np.arange(2), 0.8, 0.2).astype(np.float32)


def test_neighbors_of_like_color_agree_and_edges_of_color_stay():
    truth, image, probabilities = two_halves()
    before = (probabilities.argmax(axis=-1) == truth).mean()
    after = Regularizer().smooth(image, probabilities).argmax(axis=-1)
    assert before < 0.7
    assert (after == truth).mean() > 0.99
    assert (after[:, 31] == 1).all()
    assert (after[:, 30] == 0).all()


def test_without_color_the_edge_is_lost():
    """The photograph, not distance alone, is what keeps a thin clast."""
    image = np.full((64, 64, 3), 60, np.uint8)
    probabilities = np.full((64, 64, 2), (0.7, 0.3), np.float32)
    probabilities[:, 30:34] = 0.3, 0.7
    assert (Regularizer().smooth(image, probabilities).argmax(axis=-1) == 0).all()
    image[:, 30:34] = 250, 200, 90
    kept = Regularizer().smooth(image, probabilities).argmax(axis=-1)
    assert (kept[:, 30:34] == 1).all()
    assert (kept[:, :30] == 0).all()


SLOW = pytest.mark.slow  # each shape is compiled


@pytest.mark.parametrize("shape", [(70, 17), (1, 1), (33, 40)])
def test_tiles_give_what_the_whole_image_gives(shape):
    image, probabilities = noisy(shape, 3, seed=shape[0])
    whole = replace(SMALL, tile_rows=128)
    np.testing.assert_allclose(
        SMALL.smooth(image, probabilities), whole.smooth(image, probabilities), atol=2e-5
    )


def test_columns_are_cut_as_rows_are():
    image, probabilities = noisy((20, 530), 2, 3)
    upright = SMALL.smooth(image.swapaxes(0, 1).copy(), probabilities.swapaxes(0, 1).copy())
    np.testing.assert_allclose(SMALL.smooth(image, probabilities), upright.swapaxes(0, 1), atol=2e-5)


def test_nothing_beyond_the_halo_matters_and_something_within_does():
    image, probabilities = noisy((80, 16), 3, 5)
    settings_ = replace(SMALL, tile_rows=128)
    changed = probabilities.copy()
    far = 10 + settings_.halo + 2
    changed[far:] = changed[far:, :, ::-1]
    difference = settings_.smooth(image, changed) - settings_.smooth(image, probabilities)
    assert np.abs(difference[:10]).max() < 1e-6
    assert np.abs(difference[far - 4 : far]).max() > 1e-4


@given(seed=st.integers(0, 20))
@settings(max_examples=5)
def test_the_result_is_a_distribution(seed):
    image, probabilities = noisy((30, 20), 4, seed)
    smoothed = SMALL.smooth(image, probabilities)
    assert smoothed.dtype == np.float32
    assert smoothed.min() >= 0
    np.testing.assert_allclose(smoothed.sum(axis=-1), 1, atol=1e-5)


def test_strength_0_keeps_every_decision():
    image, probabilities = noisy((31, 18), 5, 1)
    smoothed = replace(SMALL, strength=0.0).smooth(image, probabilities)
    np.testing.assert_array_equal(smoothed.argmax(axis=-1), probabilities.argmax(axis=-1))


def test_a_higher_temperature_is_less_sure_and_keeps_every_decision():
    image, probabilities = noisy((31, 18), 5, 1)
    sharp, soft = (replace(SMALL, temperature=value).smooth(image, probabilities) for value in (1.0, 1.5))
    np.testing.assert_array_equal(soft.argmax(axis=-1), sharp.argmax(axis=-1))
    assert (soft.max(axis=-1) < sharp.max(axis=-1)).all()
    tempered = sharp ** (1 / 1.5)
    np.testing.assert_allclose(soft, tempered / tempered.sum(axis=-1, keepdims=True), atol=1e-5)


@pytest.mark.parametrize(
    ("settings_", "shape", "rows"),
    [
        (SMALL, (38, 21), None),
        pytest.param(Regularizer(reach=6, width=3.0, spacing=2), (70, 30), slice(12, 51), marks=SLOW),
        pytest.param(SMALL, (22, 530), None, marks=SLOW),
    ],
)
def test_a_processor_finds_what_the_compiled_program_finds(monkeypatch, settings_, shape, rows):
    image, probabilities = noisy(shape, 5, 6)
    here = settings_.smooth(image, probabilities, rows)
    monkeypatch.setattr(regularization, "_compiles", lambda: True)
    there = settings_.smooth(image, probabilities, rows)
    np.testing.assert_allclose(here, there, atol=1e-5)


def test_one_program_serves_all_amounts(monkeypatch):
    """A model that has learned again has found another temperature, and nothing is compiled for that."""
    monkeypatch.setattr(regularization, "_compiles", lambda: True)
    compiled, weigh = [], regularization._neighbor_weights
    monkeypatch.setattr(
        regularization, "_neighbor_weights", lambda *given: compiled.append(given) or weigh(*given)
    )
    image, probabilities = noisy((22, 14), 7, 4)
    before = SMALL.smooth(image, probabilities)
    for name in ("temperature", "strength", "trust", "width", "color_width"):
        after = replace(SMALL, **{name: 2.5}).smooth(image, probabilities)
        assert np.abs(after - before).max() > 1e-3, name
    assert len(compiled) == 1


@pytest.mark.slow
def test_few_programs_serve_all_heights(monkeypatch):
    """Each fold and each view shows other rows, and compiling takes longer than smoothing them."""
    monkeypatch.setattr(regularization, "_compiles", lambda: True)
    compiled, weigh = [], regularization._neighbor_weights
    monkeypatch.setattr(
        regularization, "_neighbor_weights", lambda *given: compiled.append(given) or weigh(*given)
    )
    model = Regularizer(reach=6, spacing=6, n_steps=1, tile_rows=256)
    for n_rows in (9, 70, 127, 140, 190, 255, 300, 390, 511):
        image, probabilities = noisy((n_rows, 10), 6, 2)
        assert model.smooth(image, probabilities).shape == probabilities.shape
    assert len(compiled) == 2


def test_classes_keep_their_places():
    image, probabilities = noisy((24, 18), 4, 2)
    order = [2, 0, 3, 1]
    np.testing.assert_allclose(
        SMALL.smooth(image, probabilities[..., order]),
        SMALL.smooth(image, probabilities)[..., order],
        atol=1e-5,
    )


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("strength", -1.0, r"strength must be 0 or more, but is -1.0\."),
        ("trust", 0.0, r"trust must be above 0, but is 0.0\."),
        ("temperature", 0.0, r"temperature must be above 0, but is 0.0\."),
        ("color_width", float("nan"), r"color_width must be above 0, but is nan\."),
        ("spacing", 5, r"spacing must be a positive multiple of 2 pixels, but is 5\."),
        ("tile_rows", 0, r"tile_rows must be a positive multiple of 2 pixels, but is 0\."),
        (
            "reach",
            4,
            r"reach is 4, spacing 6 and n_steps 3; make reach at least spacing, n_steps at least 1\.",
        ),
    ],
)
def test_settings_out_of_range_are_named(name, value, message):
    with pytest.raises(ValueError, match=message):
        Regularizer(**{name: value})


def test_probabilities_of_another_image_are_refused():
    image, probabilities = noisy((10, 12), 2, 0)
    with pytest.raises(
        ValueError,
        match=r"probabilities have shape \(9, 12, 2\) but the image has 10 rows and 12 columns; "
        r"predict them on this section\.",
    ):
        Regularizer().smooth(image, probabilities[:9])
    with pytest.raises(TypeError, match=r"an array of uint8, 0 to 255, but it is of type float64; scale it"):
        Regularizer().smooth(image.astype(float), probabilities)
