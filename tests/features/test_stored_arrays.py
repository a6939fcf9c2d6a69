"""The first array that is not VGG-16's is named."""

import numpy as np
import pytest
from safetensors.numpy import save_file

from .weight_arrays import as_state_dict, bundled_arrays, error_of, state_dict_of_two_layers


def test_first_array_of_another_shape_is_named_with_both_shapes(tmp_path):
    arrays = as_state_dict(bundled_arrays(n_blocks=2))
    arrays["features.5.weight"] = np.zeros((128, 64, 5, 5), np.float32)
    arrays["features.7.weight"] = np.zeros((1, 1, 1, 1), np.float32)
    save_file(arrays, tmp_path / "wide.safetensors")
    assert error_of(tmp_path / "wide.safetensors") == (
        "features.5.weight (conv2_1/kernel) in wide.safetensors has shape (128, 64, 5, 5) but VGG-16 needs "
        "(128, 64, 3, 3). Give the state_dict of torchvision's vgg16 (not of vgg16_bn or vgg19)."
    )


def test_missing_array(tmp_path):
    save_file(state_dict_of_two_layers(), tmp_path / "short.safetensors")
    assert error_of(tmp_path / "short.safetensors") == (
        "short.safetensors lacks features.5.weight (conv2_1/kernel), of shape (128, 64, 3, 3). "
        "Give the state_dict of torchvision's vgg16 (not of vgg16_bn or vgg19)."
    )


def test_batch_normalization_is_told_apart(tmp_path):
    arrays = {
        "features.0.weight": np.zeros((64, 3, 3, 3), np.float32),
        "features.0.bias": np.zeros(64, np.float32),
    }
    arrays["features.1.weight"] = np.zeros(64, np.float32)
    arrays["features.3.weight"] = np.zeros((64, 64, 3, 3), np.float32)
    save_file(arrays, tmp_path / "vgg16_bn.safetensors")
    assert error_of(tmp_path / "vgg16_bn.safetensors").startswith(
        "vgg16_bn.safetensors lacks features.2.weight (conv1_2/kernel), of shape (64, 64, 3, 3). Give"
    )


@pytest.mark.parametrize("dtype", ["float16", "float64", "int32"])
def test_other_dtype(tmp_path, dtype):
    arrays = state_dict_of_two_layers()
    arrays["features.0.bias"] = arrays["features.0.bias"].astype(dtype)
    save_file(arrays, tmp_path / "half.safetensors")
    written = {"int32": "I32"}.get(dtype, dtype)
    assert error_of(tmp_path / "half.safetensors") == (
        f"features.0.bias (conv1_1/bias) in half.safetensors has dtype {written} but the network computes "
        "with float32 weights. Convert the file's arrays to float32."
    )


def test_not_a_number(tmp_path):
    arrays = state_dict_of_two_layers()
    arrays["features.2.weight"][0, 0, 0] = (np.nan, np.inf, 0)
    save_file(arrays, tmp_path / "failed.safetensors")
    assert error_of(tmp_path / "failed.safetensors") == (
        "features.2.weight (conv1_2/kernel) in failed.safetensors holds 2 of 36864 values that are NaN or "
        "infinite. Use the file of a network whose training succeeded, and copy it completely."
    )
