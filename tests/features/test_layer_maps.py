"""Maps of a layer are what hypercolumns sample; each layer is computed once."""

from __future__ import annotations

import numpy as np
import pytest

from corewidgets.features.hypercolumns import Hypercolumns
from corewidgets.features.layer_maps import LayerMapStore, side


@pytest.mark.parametrize("name", ["conv1_2", "pool1", "conv2_1", "pool2"])
def test_maps_are_those_that_hypercolumns_sample(name):
    image = np.random.default_rng(1).integers(0, 256, (71, 45, 3), dtype=np.uint8)
    maps = LayerMapStore(image).get(name)
    expected = Hypercolumns((name,)).dense(image)
    near = {"rtol": 2e-3, "atol": 1e-3}  # half precision
    np.testing.assert_allclose(maps.map(5), expected[..., 5], **near)
    rows, columns = np.array([0, 35, 70]), np.array([44, 20, 0])
    np.testing.assert_allclose(maps.at(rows, columns), expected[rows, columns], **near)


def test_a_layer_is_computed_once_and_the_oldest_is_forgotten_first():
    image = np.random.default_rng(1).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    store = LayerMapStore(image, max_bytes=2 * (20 * 20 * 64 + 10 * 10 * 128))
    for name in ("pool1", "pool2", "pool1", "pool2"):
        assert store.get(name).layer.name == name
    assert store.n_computed == 2
    store.get("pool3")
    store.get("pool2")
    assert store.n_computed == 3
    store.get("pool1")
    assert store.n_computed == 4


def test_a_layer_that_is_too_large_is_refused_before_it_is_computed():
    store = LayerMapStore(np.zeros((4000, 4000, 3), np.uint8))
    message = (
        r"^The 64 maps of conv1_1 take 1\.9 GB for this photograph, but at most 1\.0 GB are kept; choose "
        r"a deeper layer, or cut a part out of the photograph\.$"
    )
    with pytest.raises(ValueError, match=message):
        store.get("conv1_1")


def test_a_map_that_is_zero_everywhere_has_a_color_scale_all_the_same():
    maps = LayerMapStore(np.zeros((8, 8, 3), np.uint8)).get("pool1")
    assert (maps.tops > 0).all()
    assert not maps.codes(0, np.zeros((2, 2), np.float32)).any()


def test_progress_is_told_of_each_tile_and_may_end_the_computation():
    image = np.random.default_rng(1).integers(0, 256, (150, 40, 3), dtype=np.uint8)
    store, calls = LayerMapStore(image), []
    store.get("pool1", lambda *counts: calls.append(counts))
    assert calls == [(0, 2), (1, 2), (2, 2)]

    def stop(done, total):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        store.get("conv1_2", stop)
    assert store.n_computed == 1
    assert store.get("pool1").names[-1] == "pool1/63"


def test_there_are_as_many_cells_as_cover_the_photograph():
    maps = LayerMapStore(np.zeros((71, 45, 3), np.uint8)).get("pool2")
    assert maps.cells.shape == (128, 18, 12)
    assert maps.map(0).shape == maps.shape == (71, 45)


def test_the_color_scale_ends_where_nearly_all_values_do():
    image = np.random.default_rng(1).integers(0, 256, (71, 45, 3), dtype=np.uint8)
    maps = LayerMapStore(image).get("pool1")
    values = maps.cells.reshape(64, -1).astype(np.float32)
    np.testing.assert_allclose(maps.tops, np.percentile(values, 99.5, axis=1), rtol=1e-3, atol=1e-3)
    top = maps.tops[5]
    assert maps.codes(5, np.array([-1.0, 0.0, 0.6 * top, top, 9 * top])).tolist() == [0, 0, 153, 255, 255]


def test_an_unknown_layer_is_told_at_once():
    with pytest.raises(ValueError, match="VGG-16 has no layer 'pool9'"):
        LayerMapStore(np.zeros((8, 8, 3), np.uint8)).get("pool9")


def test_a_cell_depends_on_the_pixels_that_its_kernels_reach():
    """Changing a pixel changes exactly the cells whose square of pixels it lies in."""
    assert (side("conv1_1"), side("pool1"), side("pool2")) == (3, 6, 16)
    image = np.full((64, 64, 3), 128, np.uint8)
    before = LayerMapStore(image).get("pool1").cells
    changed = image.copy()
    changed[32, 32] = 255
    differs = (LayerMapStore(changed).get("pool1").cells != before).any(axis=0)
    rows, columns = np.nonzero(differs)
    reach = (side("pool1") - 2) // 2
    allowed = [cell for cell in range(32) if 2 * cell - reach <= 32 < 2 * cell + 2 + reach]
    assert set(rows) | set(columns) <= set(allowed)
    assert {rows.min(), rows.max()} == {allowed[0], allowed[-1]}
