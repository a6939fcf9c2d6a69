"""A classifier sees several photographs of a piece at once, tile by tile as in the whole."""

from __future__ import annotations

import numpy as np
import pytest
from cores.test_registration import in_ultraviolet
from sklearn.ensemble import ExtraTreesClassifier

import corewidgets as cw
from corewidgets.features.cache import cache
from corewidgets.features.hypercolumns import activations_of
from corewidgets.features.projection import Projection
from corewidgets.features.tiling import Tile

RECIPE = cw.Hypercolumns(("pool1", "pool2"), smoothing=(4.0,), lab=True, lab_smoothing=(3.0,))


@pytest.fixture(scope="module")
def pair(sample):
    image = sample.section.image
    return cw.CoreSection(image, name="72-2", others={"second": in_ultraviolet(image)})


@pytest.fixture(scope="module")
def model(pair, sample):
    return cw.PixelClassifier(RECIPE, max_training_pixels=1000).fit(pair, sample.labels)


def test_features_of_both_stand_side_by_side(pair):
    first, second = pair.images.values()
    joined = activations_of(RECIPE, first, second)
    rows, columns = np.random.default_rng(0).integers(0, 160, (2, 50))
    expected = np.hstack([RECIPE.at(first, rows, columns), RECIPE.at(second, rows, columns)])
    assert np.array_equal(joined.at(rows, columns), expected)
    tile = joined.bands.tile(1, 0)
    dense = np.asarray(joined.features(tile))
    inside = (rows >= tile.row) & (rows < tile.row + tile.n_rows)
    assert dense[rows[inside] - tile.row, columns[inside]] == pytest.approx(expected[inside], abs=1e-4)


def test_linear_functions_of_both_are_those_of_their_features(pair):
    joined = activations_of(RECIPE, *pair.images.values())
    weights = np.random.default_rng(0).normal(size=(2 * RECIPE.n_features, 3)).astype(np.float32)
    band, tile = joined.bands.tile(0, 0), joined.grid.tile(0, 0)
    projected = np.asarray(Projection(joined, weights).of_tile(tile))[: band.n_rows]
    assert projected == pytest.approx(np.asarray(joined.features(band)) @ weights, rel=1e-3, abs=2e-2)


@pytest.mark.slow
def test_a_tile_of_another_size_that_starts_at_the_same_place_is_another_tile(sample):
    activations = activations_of(RECIPE, sample.section.image)
    weights = np.random.default_rng(1).normal(size=(RECIPE.n_features, 3)).astype(np.float32)
    for tile in (activations.grid.tile(0, 0), Tile(0, 0, 32, 48)):
        projected = np.asarray(Projection(activations, weights).of_tile(tile))
        assert projected.shape == (tile.n_rows, tile.n_columns, 3)
        expected = np.asarray(activations.features(tile)) @ weights
        assert projected == pytest.approx(expected, rel=1e-3, abs=2e-2)


def test_pixels_asked_for_not_long_ago_are_computed_once(sample, monkeypatch):
    activations = activations_of(cw.Hypercolumns(("pool1",)), sample.section.image).parts[0]
    every = np.arange(40)
    expected = activations._at(every, 2 * every)
    computed = []

    def counted(tile, rows, columns, points=activations.points):
        computed.extend(rows.tolist())
        return points(tile, rows, columns)

    monkeypatch.setattr(activations, "points", counted)
    cache.clear()
    for rows in ([30, 10], [10, 20, 10, 5, 39], [39, 30, 20, 5], [0]):
        assert np.array_equal(activations.at(np.array(rows), 2 * np.array(rows)), expected[rows])
    assert sorted(set(computed)) == [0, 5, 10, 20, 30, 39]
    assert len(computed) == 6


def test_one_photograph_is_as_without_this(sample):
    rows, columns = np.arange(10), np.arange(10)
    joined = activations_of(RECIPE, sample.section.image)
    assert np.array_equal(joined.at(rows, columns), RECIPE.at(sample.section.image, rows, columns))


def test_a_classifier_learns_from_both(model, pair, sample):
    assert model.image_names_ == ("image", "second")
    assert model.n_features_in_ == 2 * RECIPE.n_features == model.classifier_.n_features_in_
    segmentation = model.predict(pair)
    assert (segmentation == sample.truth)[sample.labels == 0].mean() > 0.8
    other = cw.CoreSection(pair.image, others={"second": 255 - pair.images["second"]})
    assert not np.array_equal(model.predict(other), segmentation)


@pytest.mark.slow
@pytest.mark.parametrize("classifier", [None, ExtraTreesClassifier(10, random_state=0)])
def test_tiled_results_equal_whole_ones(pair, sample, classifier):
    results = []
    for tile_rows in (64, 480):
        recipe = cw.Hypercolumns(("pool1", "pool2"), tile_rows=tile_rows)
        model = cw.PixelClassifier(recipe, classifier, regularizer=None, max_training_pixels=500)
        results.append(model.fit(pair, sample.labels).predict_proba(pair))
    assert results[0] == pytest.approx(results[1], abs=1e-3)
    assert (results[0].argmax(axis=-1) == results[1].argmax(axis=-1)).mean() > 0.999


def test_the_photographs_of_fit_are_asked_for_again(model, pair, sample):
    with pytest.raises(
        ValueError,
        match=r"trained on the photographs image, second of each section, but this one has no second;",
    ):
        model.predict(pair.image)
    single = cw.PixelClassifier(RECIPE, max_training_pixels=500).fit(sample.section, sample.labels)
    assert np.array_equal(single.predict(pair), single.predict(pair.image))
    with pytest.raises(
        ValueError, match="One section has the photographs image, second, another image; train"
    ):
        cw.PixelClassifier(RECIPE).fit([pair, sample.section], [sample.labels, sample.labels])


def test_a_model_file_keeps_the_photographs(model, pair, tmp_path):
    cw.save_model(tmp_path / "model.skops", model)
    again = cw.load_model(tmp_path / "model.skops")
    assert (again.image_names_, again.n_features_in_) == (model.image_names_, model.n_features_in_)
    assert np.array_equal(again.predict(pair), model.predict(pair))


@pytest.mark.slow
def test_scores_and_drift_take_pairs(pair, sample):
    model = cw.PixelClassifier(RECIPE, max_training_pixels=500).fit(pair, sample.labels)
    few = {"protocols": "depth", "n_splits": 2, "max_scored_pixels": 500}
    assert cw.evaluate(model, pair, sample.labels, **few)["depth"].weighted_f1 > 0.6
    assert cw.measure_drift(model, pair, pair, n_pixels=200).flagged == []
