"""The network against activations that torch computed from the same weights."""

from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from corewidgets.features.vgg16 import LAYERS, Vgg16, layer
from corewidgets.features.weights import Weights, load_weights

REFERENCE = Path(__file__).parents[1] / "reference" / "vgg16.npz"


@pytest.fixture(scope="module")
def weights() -> Weights:
    return load_weights()


def preprocess(image: np.ndarray, weights: Weights) -> np.ndarray:
    recipe = weights.preprocessing
    x = image[..., list(recipe.channels)].astype(np.float32) * recipe.scale
    return ((x - recipe.mean) / recipe.std).astype(np.float32)[None]


def test_the_layers_are_those_of_the_paper() -> None:
    assert list(LAYERS) == [
        *(
            "conv1_1",
            "conv1_2",
            "pool1",
            "conv2_1",
            "conv2_2",
            "pool2",
            "conv3_1",
            "conv3_2",
            "conv3_3",
            "pool3",
        ),
        *("conv4_1", "conv4_2", "conv4_3", "pool4", "conv5_1", "conv5_2", "conv5_3", "pool5"),
    ]
    assert [LAYERS[f"pool{block}"].n_channels for block in range(1, 6)] == [64, 128, 256, 512, 512]
    assert [LAYERS[f"pool{block}"].stride for block in range(1, 6)] == [2, 4, 8, 16, 32]


def test_halos_hold_the_reach_in_whole_cells() -> None:
    assert {name: LAYERS[name].halo for name in ("conv1_2", "pool1", "conv2_2", "pool2", "conv3_3")} == {
        "conv1_2": 2,
        "pool1": 2,
        "conv2_2": 6,
        "pool2": 8,
        "conv3_3": 20,
    }


def test_an_unknown_layer_is_an_error_that_lists_the_known() -> None:
    with pytest.raises(
        ValueError, match=r"VGG-16 has no layer 'conv9_9'; choose from conv1_1, conv1_2, pool1"
    ):
        layer("conv9_9")


@pytest.mark.parametrize("size", ["even", "odd"])
def test_every_layer_agrees_with_torch(size: str, weights: Weights) -> None:
    with np.load(REFERENCE) as reference:
        image = reference[f"{size}/image"]
        activations = Vgg16(weights, LAYERS)(jnp.asarray(preprocess(image, weights)))
        for name, values in activations.items():
            mine = np.asarray(values[0])
            assert mine.shape == tuple(reference[f"{size}/{name}/shape"]), name
            sample = mine.reshape(-1)[reference[f"{size}/{name}/index"]]
            largest = float(reference[f"{size}/{name}/max"])
            assert np.abs(sample - reference[f"{size}/{name}/value"]).max() <= 1e-4 * largest, name
            means = reference[f"{size}/{name}/channel_mean"]
            assert np.abs(mine.mean(axis=(0, 1)) - means).max() <= 1e-4 * largest, name


def test_nothing_deeper_than_the_deepest_tap_is_built(weights: Weights) -> None:
    network = Vgg16(weights, ("conv2_1", "pool1"))
    assert sorted(network.convolutions) == ["conv1_1", "conv1_2", "conv2_1"]
    assert list(network(jnp.zeros((1, 8, 8, 3)))) == ["pool1", "conv2_1"]


def test_one_pixel_has_every_layer(weights: Weights) -> None:
    activations = Vgg16(weights, LAYERS)(jnp.zeros((1, 1, 1, 3)))
    assert {values.shape[1:3] for values in activations.values()} == {(1, 1)}
