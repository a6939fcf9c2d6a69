"""Layers of one network are computed in one pass, and a tile's cells are those of the whole image."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from corewidgets.features import network
from corewidgets.features.network import VggLayer, weights_of
from corewidgets.features.sources import Window, source_from_dict
from corewidgets.features.weights import load_weights

IMAGE = np.random.default_rng(3).integers(0, 256, (48, 40, 3), dtype=np.uint8)


def window_on(row, column, n_rows, n_columns, halo):
    """Return a tile of the image and its halo, black outside."""
    padded = np.pad(IMAGE, [(halo, halo + n_rows), (halo, halo + n_columns), (0, 0)])
    pixels = padded[row : row + n_rows + 2 * halo, column : column + n_columns + 2 * halo]
    return Window(pixels, halo, row, column, IMAGE.shape[:2])


def test_a_layer_says_what_the_paper_does():
    layer = VggLayer("conv3_2")
    assert (layer.name, layer.n_channels, layer.stride, layer.halo) == ("conv3_2", 256, 4, 16)
    with pytest.raises(ValueError, match="VGG-16 has no layer 'conv1_9'"):
        VggLayer("conv1_9")


@pytest.mark.parametrize(("row", "column"), [(0, 0), (16, 8), (32, 24)])
def test_the_cells_of_a_tile_are_those_of_the_whole_image(row, column):
    layers = (VggLayer("pool1"), VggLayer("conv2_1"), VggLayer("pool2"))
    whole = VggLayer.compute_all(layers, window_on(0, 0, 48, 40, 0))
    tile = VggLayer.compute_all(layers, window_on(row, column, 16, 16, 8))
    for layer in layers:
        first, left = row // layer.stride, column // layer.stride
        expected = whole[layer.name][first : first + 16 // layer.stride, left : left + 16 // layer.stride]
        assert tile[layer.name].shape == (16 // layer.stride, 16 // layer.stride, layer.n_channels)
        inside = tile[layer.name][: expected.shape[0], : expected.shape[1]]
        np.testing.assert_allclose(inside, expected, rtol=1e-4, atol=1e-3)


def test_one_layer_alone_is_the_same_as_among_others():
    window = window_on(0, 0, 16, 16, 8)
    together = VggLayer.compute_all((VggLayer("pool1"), VggLayer("pool2")), window)
    np.testing.assert_allclose(VggLayer("pool1").compute(window), together["pool1"], rtol=1e-5, atol=1e-4)


def test_layers_of_one_network_are_a_group_and_those_of_another_are_not():
    other = load_weights(n_blocks=1)
    assert VggLayer("pool1").group == VggLayer("pool2").group
    assert VggLayer("pool1").group != VggLayer("pool1", other).group
    assert weights_of([VggLayer("pool1"), VggLayer("conv1_1", other)]) is other


def test_no_more_weights_are_read_than_the_deepest_layer_needs(monkeypatch):
    read = []
    monkeypatch.setattr(network, "_bundled_weights", read.append)
    weights_of([VggLayer("conv1_1"), VggLayer("conv2_2"), VggLayer("pool1")])
    assert read == [2]


def test_a_layer_goes_to_files_and_processes_by_its_name():
    layer = VggLayer("pool3")
    assert layer.to_dict() == {"kind": "vgg16", "layer": "pool3"}
    assert source_from_dict(layer.to_dict()) == pickle.loads(pickle.dumps(layer)) == layer
    own = load_weights(n_blocks=1)
    assert source_from_dict(layer.to_dict(), own).weights is own
