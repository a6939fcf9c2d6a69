"""The table is configuration D of the paper."""

import numpy as np

from corewidgets.features.vgg_table import ARRAYS, CONVOLUTIONS, LAYERS


def test_template_is_configuration_d():
    assert len(CONVOLUTIONS) == 13
    assert list(CONVOLUTIONS)[:3] == ["conv1_1", "conv1_2", "conv2_1"]
    assert list(CONVOLUTIONS)[-1] == "conv5_3"
    assert CONVOLUTIONS["conv1_1"] == (3, 3, 3, 64)
    assert CONVOLUTIONS["conv4_1"] == (3, 3, 256, 512)
    assert sum(np.prod(shape) + shape[3] for shape in CONVOLUTIONS.values()) == 14_714_688


def test_layers_and_arrays_are_of_one_table():
    assert [name for name, layer in LAYERS.items() if layer.is_convolution] == list(CONVOLUTIONS)
    assert {name: shape[3] for name, shape in CONVOLUTIONS.items()} == {
        name: LAYERS[name].n_channels for name in CONVOLUTIONS
    }
    assert list(ARRAYS)[:2] == ["conv1_1/kernel", "conv1_1/bias"]
    assert ARRAYS["conv2_1/bias"] == (128,)
