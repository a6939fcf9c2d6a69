"""Linear functions of hypercolumns are the same however they are computed, by any number of threads."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import jax
import numpy as np
import pytest

from corewidgets.features import projection
from corewidgets.features.hypercolumns import Hypercolumns, activations_of
from corewidgets.features.projection import Projection

RECIPE = Hypercolumns(("pool1", "conv2_1"), smoothing=(2.0, 5.0), lab=True, lab_smoothing=(3.0,))


def random_image(n_rows, n_columns):
    return np.random.default_rng(0).integers(0, 256, (n_rows, n_columns, 3), np.uint8)


def projected(recipe, image, n=3, seed=1):
    activations = activations_of(recipe, image)
    weights = np.random.default_rng(seed).normal(size=(recipe.n_features, n)).astype(np.float32)
    return activations, weights, Projection(activations, weights)


def squares_of(values):
    """Return the means of 2 x 2 values."""
    n_rows, n_columns, n = values.shape
    return values.reshape(n_rows // 2, 2, n_columns // 2, 2, n).mean(axis=(1, 3))


@pytest.mark.parametrize(
    "recipe", [Hypercolumns(("pool2",), smoothing=(8.0,)), Hypercolumns((), lab_smoothing=(4.0,))]
)
def test_squares_of_pixels_are_the_means_of_what_varies_evenly_in_them(recipe):
    activations, _, found = projected(recipe, random_image(150, 37))
    for tile in activations.grid:
        pixels, squares = np.asarray(found.of_tile(tile)), np.asarray(found.of_tile(tile, 2))
        np.testing.assert_allclose(squares, squares_of(pixels), atol=1e-5 * np.abs(pixels).max())


def test_squares_of_pixels_as_large_as_cells_are_the_cells():
    activations, weights, found = projected(Hypercolumns(("pool1",)), random_image(150, 37))
    for tile in activations.grid:
        cells = activations.parts[0].window("pool1", tile, 0)
        np.testing.assert_allclose(np.asarray(found.of_tile(tile, 2)), cells @ weights, atol=1e-4)


@pytest.mark.parametrize("spacing", [1, 2])
def test_an_accelerator_computes_the_same(monkeypatch, spacing):
    activations, _, found = projected(RECIPE, random_image(150, 37))
    tiles = list(activations.grid)
    on_processor = [np.asarray(found.of_tile(tile, spacing)) for tile in tiles]
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    for tile, wanted in zip(tiles, on_processor, strict=True):
        compiled = np.asarray(found.of_tile(tile, spacing))
        assert compiled.shape == (tile.n_rows // spacing, tile.n_columns // spacing, 3)
        np.testing.assert_allclose(compiled, wanted, atol=1e-5 * np.abs(wanted).max())


def test_each_cell_is_multiplied_once_for_all_tiles_and_threads(monkeypatch):
    activations, weights, _ = projected(RECIPE, random_image(512, 40))
    expected = [np.asarray(Projection(activations, weights).of_tile(tile)) for tile in activations.grid]
    multiplied = []

    class Counted(projection._Kept):
        def get(self, key, compute):
            def counted():
                multiplied.append(key)
                return compute()

            return super().get(key, counted)

    monkeypatch.setattr(projection, "_Kept", Counted)
    found = Projection(activations, weights)
    with ThreadPoolExecutor(4) as executor:
        tiles = list(executor.map(found.of_tile, activations.grid))
    for tile, wanted in zip(tiles, expected, strict=True):
        np.testing.assert_array_equal(np.asarray(tile), wanted)
    assert len(multiplied) == len(set(multiplied)) == 2 * len(activations.grid)  # of pool1 and conv2_1


def test_what_failed_is_computed_again_and_the_oldest_are_forgotten():
    kept = projection._Kept(2)

    def fail():
        raise InterruptedError

    with pytest.raises(InterruptedError):
        kept.get("a", fail)
    computed = []
    for key in ("a", "b", "a", "c", "a", "b"):
        kept.get(key, lambda key=key: computed.append(key))
    assert computed == ["a", "b", "c", "b"]


def test_a_thread_waits_for_what_another_computes():
    kept, begun, go_on = projection._Kept(2), threading.Event(), threading.Event()

    def compute():
        begun.set()
        assert go_on.wait(30)
        return "computed once"

    with ThreadPoolExecutor(2) as executor:
        first = executor.submit(kept.get, "a", compute)
        assert begun.wait(30)
        second = executor.submit(kept.get, "a", lambda: "computed again")
        go_on.set()
        assert first.result(30) == second.result(30) == "computed once"


def test_weights_of_other_features_are_refused():
    activations, weights, _ = projected(RECIPE, random_image(16, 16))
    with pytest.raises(
        ValueError, match=r"There are weights for 5 features, but \d+ describe a pixel; give the"
    ):
        Projection(activations, weights[:5])
