"""The bundled weights are torchvision's, whole, and read once."""

import hashlib
import json
import re
import shutil

import numpy as np
import pytest
from safetensors.numpy import load_file

from corewidgets.features import weight_folder
from corewidgets.features.vgg_table import CONVOLUTIONS
from corewidgets.features.weight_set import IMAGENET, content_digest
from corewidgets.features.weights import load_weights

from .weight_arrays import (
    DIGEST,
    FOLDER,
    bundled_arrays,
)


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
    monkeypatch.setattr(weight_folder, "_bundled_folder", lambda: tmp_path)


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
    monkeypatch.setattr(weight_folder, "__file__", str(package / "features" / "weight_folder.py"))
    with pytest.raises(
        FileNotFoundError, match=r"The bundled weights of VGG-16 are missing: neither .* holds a"
    ):
        weight_folder._bundled_folder()
    for folder in (tmp_path / "site" / "weights", package / "_weights"):
        folder.mkdir()
        (folder / "manifest.json").touch()
        assert weight_folder._bundled_folder() == folder


def test_folder_of_weights_has_the_digest_of_its_content():
    loaded = load_weights(FOLDER, n_blocks=1)
    assert loaded.digest == DIGEST
    assert loaded.source == str(FOLDER)
    assert list(loaded.kernels) == ["conv1_1", "conv1_2"]
