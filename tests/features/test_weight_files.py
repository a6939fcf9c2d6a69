"""Files of torchvision and Keras hold the bundled weights; others are told apart."""

import pickle
import re
import shutil
import struct
import sys
import zipfile

import h5py
import numpy as np
import pytest
from safetensors.numpy import save_file

from corewidgets.features.vgg_table import ARRAYS
from corewidgets.features.weight_files import TORCHVISION_KEYS
from corewidgets.features.weight_set import CAFFE, IMAGENET, content_digest
from corewidgets.features.weights import load_weights

from .weight_arrays import DIGEST, REFERENCE, as_state_dict, bundled_arrays, error_of, write_keras


@pytest.fixture
def scratch(tmp_path):
    """Give a folder for large files, which pytest would keep for three runs."""
    yield tmp_path
    shutil.rmtree(tmp_path)


def test_torchvision_keys_count_activations_and_pools():
    positions = [int(key.split(".")[1]) for key in TORCHVISION_KEYS.values() if key.endswith("weight")]
    assert positions == [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28]


def test_torchvision_safetensors_equal_the_bundled(scratch):
    arrays = bundled_arrays()
    path = scratch / "vgg16.safetensors"
    classifier = {"module.classifier.6.bias": np.zeros(1000, np.float16)}
    save_file(as_state_dict(arrays, "module.") | classifier, path)
    loaded = load_weights(path, n_blocks=3)
    assert loaded.digest == DIGEST
    assert loaded.preprocessing == IMAGENET
    assert loaded.source == str(path)
    assert list(loaded.kernels)[-1] == "conv3_3"
    np.testing.assert_array_equal(loaded.kernels["conv3_1"], arrays["conv3_1/kernel"])
    np.testing.assert_array_equal(loaded.biases["conv1_1"], arrays["conv1_1/bias"])


def test_keras_layouts_agree_and_keep_their_own_preprocessing(scratch):
    arrays = bundled_arrays()
    digests = set()
    for layout in ("W_1", "kernel", "model"):
        path = scratch / "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
        write_keras(path, arrays, layout)
        loaded = load_weights(path)
        digests.add(loaded.digest)
        assert loaded.preprocessing == CAFFE
        np.testing.assert_array_equal(loaded.kernels["conv5_3"], arrays["conv5_3/kernel"])
        np.testing.assert_array_equal(loaded.biases["conv2_1"], arrays["conv2_1/bias"])
    assert digests == {content_digest(arrays, CAFFE)}
    assert DIGEST not in digests


def test_vgg19_of_keras_is_told_apart(scratch):
    arrays = {name: np.zeros(shape, np.float32) for name, shape in ARRAYS.items()}
    path = scratch / "vgg19.h5"
    write_keras(path, arrays, "kernel")
    with h5py.File(path, "a") as file:
        file["block3_conv4/block3_conv4/bias:0"] = np.zeros(256, np.float32)
    assert error_of(path) == (
        "vgg19.h5 holds block3_conv4/bias, which VGG-16 does not have. Give Keras's "
        "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5 (not that of VGG-19)."
    )


def test_keras_kernels_in_the_theano_order(tmp_path):
    write_keras(tmp_path / "th.h5", {"conv1_1/kernel": np.zeros((64, 3, 3, 3), np.float32)}, "W_1")
    assert error_of(tmp_path / "th.h5").startswith(
        "block1_conv1/kernel (conv1_1/kernel) in th.h5 has shape (64, 3, 3, 3) but VGG-16 needs "
        "(3, 3, 3, 64). Give"
    )


def test_another_hdf5_file(tmp_path):
    with h5py.File(tmp_path / "labels.h5", "w") as file:
        file["exported_data"] = np.zeros(3)
    assert error_of(tmp_path / "labels.h5").startswith(
        "labels.h5 lacks block1_conv1/kernel (conv1_1/kernel), of shape (3, 3, 3, 64). Give Keras's"
    )


@pytest.mark.parametrize(("name", "kind"), [("a.safetensors", "a safetensors"), ("a.h5", "an HDF5")])
def test_not_what_the_suffix_says(tmp_path, name, kind):
    (tmp_path / name).write_bytes(b"\x00" * 100)
    assert error_of(tmp_path / name).startswith(f"{name} is not {kind} file, or is damaged (")


def test_missing_file_unknown_kind_and_other_folder(tmp_path):
    path = tmp_path / "vgg.safetensors"
    assert error_of(path, FileNotFoundError) == f"There is no weights file {path}."
    (tmp_path / "vgg.npz").touch()
    assert error_of(tmp_path / "vgg.npz") == (
        "vgg.npz is not a supported weights file; choose from .safetensors, .pth, .pt, .h5, .hdf5: "
        "a torchvision state_dict of vgg16, or Keras's vgg16 notop .h5."
    )
    assert error_of(tmp_path, FileNotFoundError).startswith(
        f"{tmp_path} is not a folder of VGG-16 weights: it holds no manifest.json. Name the weights "
    )


def test_pth_without_torch(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert error_of(REFERENCE / "state_dict_zip.pth", ImportError) == (
        "Reading state_dict_zip.pth needs torch, which could not be imported. Install torch, or convert the "
        "file where torch is: safetensors.torch.save_file(torch.load('state_dict_zip.pth', "
        "weights_only=True), 'state_dict_zip.safetensors')."
    )


class FakeTorch:
    """Stands for torch where it is not installed: `load` gives, or raises, what the test wants."""

    class Tensor:
        def __init__(self, array):
            self._array = array
            self.shape, self.dtype = array.shape, f"torch.{array.dtype}"

        def detach(self):
            return self

        def numpy(self):
            return self._array

    def __init__(self, content):
        self._content = content

    def load(self, path, *, map_location, weights_only):
        assert (map_location, weights_only) == ("cpu", True)
        if isinstance(self._content, Exception):
            raise self._content
        return self._content


@pytest.mark.parametrize("nested", [False, True])
def test_pth_equals_the_bundled(tmp_path, monkeypatch, nested):
    content = {
        key: FakeTorch.Tensor(array) for key, array in as_state_dict(bundled_arrays(), "module.").items()
    }
    content["epoch"] = 3
    monkeypatch.setitem(sys.modules, "torch", FakeTorch({"state_dict": content} if nested else content))
    (tmp_path / "vgg16.PTH").touch()
    loaded = load_weights(tmp_path / "vgg16.PTH", n_blocks=1)
    assert loaded.digest == DIGEST
    assert loaded.preprocessing == IMAGENET


@pytest.mark.parametrize(
    "error",
    [
        pickle.UnpicklingError("weights only"),
        struct.error("unpack requires a buffer of 4 bytes"),
        AssertionError("saved_id must be a tuple, got int"),
        AttributeError("dtype"),
        OverflowError("too large"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_pth_that_torch_refuses(tmp_path, monkeypatch, error):
    path = tmp_path / "evil.pt"
    path.touch()
    monkeypatch.setitem(sys.modules, "torch", FakeTorch(error))
    assert error_of(path) == (
        "evil.pt is not a state_dict, or is damaged; nothing in it was executed. Save the model's arrays "
        "alone: torch.save(model.state_dict(), 'evil.pt')."
    )


def test_pth_that_unpacks_to_gigabytes(tmp_path, monkeypatch):
    path = tmp_path / "evil.pt"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data/0", bytes(100 * 2**20))
    monkeypatch.setitem(sys.modules, "torch", FakeTorch({}))
    assert re.fullmatch(
        r"evil\.pt is not a file that torch saved: it unpacks to 104,857,600 bytes, more than the 67,\d+,\d+ "
        r"that are read\. Save the model's arrays again: torch\.save\(model\.state_dict\(\), 'evil\.pt'\)\.",
        error_of(path),
    )


def test_pth_that_the_system_cannot_read_or_that_holds_something_else(tmp_path, monkeypatch):
    path = tmp_path / "evil.pt"
    path.touch()
    monkeypatch.setitem(sys.modules, "torch", FakeTorch(OSError(22, "Invalid argument")))
    assert error_of(path, OSError) == (
        "evil.pt cannot be read ([Errno 22] Invalid argument): it is damaged, or the disk has "
        "failed. Copy it again."
    )
    monkeypatch.setitem(sys.modules, "torch", FakeTorch([1]))
    assert error_of(path).startswith("evil.pt holds a list, not a state_dict. Give the state_dict of")


@pytest.mark.parametrize("of", ["values", "shape"])
def test_pth_with_an_array_that_is_sparse_or_nested(tmp_path, monkeypatch, of):
    class Odd(FakeTorch.Tensor):
        def numpy(self):
            raise TypeError("can't convert Sparse layout tensor to numpy")

        if of == "shape":

            @property
            def shape(self):
                raise RuntimeError("nested tensors have no sizes")

            @shape.setter
            def shape(self, _):
                pass

    path = tmp_path / "odd.pth"
    path.touch()
    key = "features.0.weight"
    content = {key: Odd(as_state_dict(bundled_arrays(1))[key])}
    monkeypatch.setitem(sys.modules, "torch", FakeTorch(content))
    reason = (
        "can't convert Sparse layout tensor to numpy" if of == "values" else "nested tensors have no sizes"
    )
    assert error_of(path) == (
        f"{key} in odd.pth is not a plain array ({reason}). Give the state_dict of torchvision's vgg16 "
        "(not of vgg16_bn or vgg19)."
    )
