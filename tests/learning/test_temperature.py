"""Probabilities as sure as they are right: what labels say, what regions held out say, what comes of it."""

import dataclasses

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import ExtraTreesClassifier

import corewidgets as cw
from corewidgets.learning.temperature import (
    HeldOut,
    deal_regions,
    effective_regions,
    found_temperature,
    held_out_probabilities,
)


def labels_with(*sizes):
    """Return labels of two classes that both have regions of some sizes, in rows of their own."""
    labels = np.zeros((4 * len(sizes), 200), np.uint8)
    for number, size in enumerate(sizes):
        labels[4 * number, :size] = 1
        labels[4 * number + 2, :size] = 2
    return labels


def said(confidence, share_right, n_regions, n=1000):
    """Return what a classifier that is this sure of the first of two classes says, right in this share."""
    probabilities = np.tile([confidence, 1 - confidence], (n, 1)).astype(np.float32)
    return HeldOut(probabilities, (np.arange(n) >= share_right * n).astype(np.int64), n_regions)


def test_a_region_of_few_pixels_counts_in_part():
    assert effective_regions([labels_with(40, 100)]) == 2
    assert effective_regions([labels_with(20)]) == 0.5
    assert effective_regions([labels_with(40), labels_with(10, 100)]) == 2.25


@pytest.mark.parametrize("reach", [None, 24, 6])
@pytest.mark.parametrize("averages", [0.0, 0.5, 1.0])
def test_the_less_is_labelled_the_less_sure_it_is(averages, reach):
    found = [found_temperature(n, averages=averages, reach=reach) for n in (0.5, 1, 2, 5, 20)]
    assert found == sorted(found, reverse=True)
    assert found[0] > 2.5
    assert 1 < found[-1] < 2.1


def test_regions_held_out_correct_what_labels_say_and_the_more_the_more_there_are():
    prior = found_temperature(5)
    wrong = [found_temperature(5, held_out=said(0.99, 0.6, n)) for n in (2, 10, 100)]
    assert prior < wrong[0] < wrong[1] < wrong[2] <= 2 * prior
    right = found_temperature(5, held_out=said(0.99, 1.0, 100))
    assert prior / 2 <= right < 0.6 * prior


def test_with_many_regions_the_temperature_is_the_one_that_makes_confidence_right():
    """The odds of 0.9 are 9 and those of 0.75 are 3: their logarithms have the ratio 2."""
    held_out = said(0.9, 0.75, 10**6)
    assert found_temperature(81, held_out=held_out) == pytest.approx(2, rel=0.01)


def test_every_fold_leaves_a_region_of_each_class():
    codes = np.repeat([1, 1, 1, 1, 1, 2, 2, 3], [9, 8, 7, 2, 1, 5, 5, 6])
    groups = np.repeat(np.arange(8), [9, 8, 7, 2, 1, 5, 5, 6])
    fold = deal_regions(codes, groups)
    assert (fold[codes == 3] == -1).all()
    for code in (1, 2):
        assert len(np.unique(fold[codes == code])) >= 2
        assert (fold[codes == code] >= 0).all()
    assert all(len(np.unique(fold[groups == group])) == 1 for group in range(8))


def test_held_out_regions_are_judged_by_what_has_not_seen_them():
    """A class lies elsewhere in each region, so that only one that has seen a region knows it."""
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(8), 50)
    codes = np.where(groups < 4, 3, 7)
    places = rng.normal(scale=20, size=(8, 5))
    features = (places[groups] + rng.normal(scale=0.1, size=(400, 5))).astype(np.float32)
    new = lambda: ExtraTreesClassifier(20, random_state=0)  # noqa: E731
    found = held_out_probabilities([features], codes, groups, new)
    assert found.n_regions == 8
    assert found.probabilities.shape == (400, 2)
    assert (found.probabilities.argmax(axis=1) == found.truth).mean() < 0.9
    assert new().fit(features, codes).score(features, codes) == 1
    assert held_out_probabilities([features], codes, codes, new) is None


def test_regions_of_one_class_alone_are_enough():
    rng = np.random.default_rng(1)
    groups = np.repeat([0, 1, 2], 30)
    codes = np.where(groups < 2, 1, 2)
    features = rng.normal(size=(90, 3)).astype(np.float32) + codes[:, None]
    found = held_out_probabilities([features], codes, groups, LinearDiscriminantAnalysis)
    assert found.n_regions == 2
    assert (found.truth == 0).all()


def fitted(sample, **options):
    return cw.PixelClassifier(max_training_pixels=800, **options).fit(sample.section, sample.labels)


@pytest.fixture(scope="module")
def sample():
    return cw.sample_core(n_rows=256, n_columns=128)


def test_a_model_is_less_sure_of_the_same_map(sample):
    recipe = cw.PRESETS["recommended"]
    model = fitted(sample)
    plain = fitted(sample, preset=recipe.patched(temperature=1.0))
    assert plain.regularizer_ == dataclasses.replace(recipe.regularizer, reach=12, width=6.0, spacing=4)
    assert model.regularizer_.temperature != plain.regularizer_.temperature
    assert (model.regularizer_.reach, model.temperature_) == (plain.regularizer_.reach, 1.0)
    np.testing.assert_array_equal(model.predict(sample.section), plain.predict(sample.section))


@pytest.mark.parametrize("classifier", ["discriminant", "extra_trees"])
def test_without_neighbors_the_model_itself_is_tempered_on_every_way_to_a_map(sample, classifier):
    recipe = cw.PRESETS["recommended"].patched(classifier=classifier, n_trees=10, regularizer=None)
    model = fitted(sample, preset=recipe)
    plain = fitted(sample, preset=recipe.patched(temperature=1.0))
    assert model.temperature_ != 1
    said = plain.predict_proba(sample.section)
    logarithms = np.log(np.maximum(said, 1e-4)) / model.temperature_
    expected = np.exp(logarithms) / np.exp(logarithms).sum(axis=-1, keepdims=True)
    whole = model.predict_proba(sample.section)
    np.testing.assert_allclose(whole, expected, atol=1e-5)
    rows, columns = np.array([0, 100, 255]), np.array([127, 3, 64])
    np.testing.assert_allclose(
        model.predict_proba_at(sample.section, rows, columns), whole[rows, columns], atol=1e-5
    )


def test_the_temperature_is_in_the_file(sample, tmp_path):
    model = fitted(sample, regularizer=None)
    cw.save_model(tmp_path / "model.skops", model)
    loaded = cw.load_model(tmp_path / "model.skops")
    assert loaded.temperature_ == model.temperature_ != 1
    assert loaded.recipe_ == model.recipe_
    np.testing.assert_array_equal(loaded.predict_proba(sample.section), model.predict_proba(sample.section))


def test_published_and_a_regularizer_of_ones_own_stay_as_they_are(sample):
    assert fitted(sample, preset="published").temperature_ == 1
    own = cw.Regularizer(temperature=3.0)
    assert fitted(sample, regularizer=own).regularizer_ == own
    assert fitted(sample, preset="recommended-0.1").regularizer_ == cw.Regularizer()


@pytest.mark.parametrize(
    ("temperature", "error"),
    [("warm", "'warm'; give a number, or one of 'labels', 'held out'"), (0, "above 0")],
)
def test_a_temperature_that_is_none_is_refused(temperature, error):
    with pytest.raises(ValueError, match=error):
        cw.PRESETS["recommended"].patched(temperature=temperature)
