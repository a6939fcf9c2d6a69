"""Sets of weights to write into files, and what it says of files that are none."""

import re
from pathlib import Path

import h5py
import numpy as np
import pytest

from corewidgets.features.weight_files import TORCHVISION_KEYS
from corewidgets.features.weights import load_weights

FOLDER = Path(__file__).parents[2] / "weights"
REFERENCE = Path(__file__).parents[1] / "reference"
DIGEST = "6d6f690c1abb6d9d882127d0e43aff5e695a41df737e922c901accdba8c42f0c"


def bundled_arrays(n_blocks=5):
    loaded = load_weights(n_blocks=n_blocks)
    return {
        f"{name}/{role}": arrays[name]
        for name in loaded.kernels
        for role, arrays in (("kernel", loaded.kernels), ("bias", loaded.biases))
    }


def as_state_dict(arrays, prefix=""):
    return {
        prefix + TORCHVISION_KEYS[name]: np.ascontiguousarray(
            array.transpose(3, 2, 0, 1) if array.ndim == 4 else array
        )
        for name, array in arrays.items()
    }


def write_keras(path, arrays, layout):
    """Write an .h5 as Keras 1 ("W_1"), as tf.keras ("kernel") or as a whole model saved by it ("model")."""
    with h5py.File(path, "w") as file:
        root = file.create_group("model_weights") if layout == "model" else file
        for name, array in arrays.items():
            layer, role = re.sub(r"conv(\d)_", r"block\1_conv", name).split("/")
            if layout == "W_1":
                key = f"{layer}/{layer}_{'W' if role == 'kernel' else 'b'}_1:0"
            else:
                key = f"{layer}/{layer}/{role}:0"
            root[key] = array
        root.create_group("block1_pool")
        if layout == "model":
            file["optimizer_weights/block1_conv1/kernel:0"] = np.zeros(1)


def state_dict_of_two_layers():
    return as_state_dict(bundled_arrays(n_blocks=1))


def error_of(path, error=ValueError):
    with pytest.raises(error) as caught:
        load_weights(path)
    return str(caught.value)
