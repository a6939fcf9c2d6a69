"""Weights in a folder, a file for each block and a manifest: the bundled ones, and others laid out so."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corewidgets.features.stored_arrays import Family, Stored, checked
from corewidgets.features.vgg_table import ARRAYS, N_BLOCKS
from corewidgets.features.weight_set import Preprocessing, Weights, content_digest, first_blocks

__all__ = ["load_bundled", "load_folder"]

_OWN = Family(
    keys={name: name for name in ARRAYS},
    outputs_first=False,
    remedy="Build the folder again with weights/build.py.",
)


def _bundled_folder() -> Path:
    """Find the weights of an installed package, or else those beside the package in a checkout."""
    package = Path(__file__).resolve().parent.parent
    folders = (package / "_weights", package.parent / "weights")
    for folder in folders:
        if (folder / "manifest.json").is_file():
            return folder
    raise FileNotFoundError(
        f"The bundled weights of VGG-16 are missing: neither {folders[0]} nor {folders[1]} holds a "
        "manifest.json. Reinstall corewidgets."
    )


def load_bundled(n_blocks: int) -> Weights:
    """Load the first blocks of the weights that come with the package; no other files are read."""
    folder = _bundled_folder()
    manifest = _bundled_manifest(folder)
    arrays: dict[str, NDArray[np.float32]] = {}
    for block in range(1, n_blocks + 1):
        arrays |= _bundled_block(folder, block)
    return first_blocks(
        arrays, manifest.preprocessing, manifest.digest, f"bundled, {manifest.name}", n_blocks
    )


def load_folder(folder: Path, n_blocks: int) -> Weights:
    """Load the first blocks from a folder laid out as the bundled one."""
    manifest = _read_manifest(folder)
    arrays: dict[str, NDArray[np.float32]] = {}
    for block in range(1, N_BLOCKS + 1):
        arrays |= _read_block(folder, manifest, block)
    digest = content_digest(arrays, manifest.preprocessing)
    return first_blocks(arrays, manifest.preprocessing, digest, str(folder), n_blocks)


@dataclass(frozen=True)
class _Manifest:
    name: str
    preprocessing: Preprocessing
    digest: str
    sha256: Mapping[str, str]  # by file name


def _read_manifest(folder: Path) -> _Manifest:
    path = folder / "manifest.json"
    if not path.is_file():
        raise FileNotFoundError(
            f"{folder} is not a folder of VGG-16 weights: it holds no manifest.json. "
            "Name the weights file itself, or the folder that weights/build.py made."
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        sha256 = {name: file["sha256"] for name, file in content["files"].items()}
        preprocessing = Preprocessing(**content["preprocessing"])
        return _Manifest(content["name"], preprocessing, content["digest"], sha256)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{path} is damaged ({type(error).__name__}: {error}). "
            "Reinstall corewidgets, or build the folder again with weights/build.py."
        ) from error


def _read_block(folder: Path, manifest: _Manifest, block: int) -> dict[str, NDArray[np.float32]]:
    """Read one block's file, once its SHA-256 is that of the manifest."""
    from safetensors.numpy import load

    path = folder / f"block{block}.safetensors"
    if not path.is_file():
        raise FileNotFoundError(
            f"{path.name} is missing from {folder}. "
            "Reinstall corewidgets, or build the folder again with weights/build.py."
        )
    content = path.read_bytes()
    sha256, expected = hashlib.sha256(content).hexdigest(), manifest.sha256.get(path.name)
    if sha256 != expected:
        raise ValueError(
            f"{path} is damaged: its SHA-256 is {sha256} but manifest.json says {expected}. "
            "Reinstall corewidgets, or build the folder again with weights/build.py."
        )
    stored = {
        key: Stored(array.shape, array.dtype.name, functools.partial(np.asarray, array))
        for key, array in load(content).items()
    }
    template = {name: shape for name, shape in ARRAYS.items() if name.startswith(f"conv{block}_")}
    return checked(stored, path, _OWN, template)


@functools.cache
def _bundled_manifest(folder: Path) -> _Manifest:
    return _read_manifest(folder)


@functools.cache
def _bundled_block(folder: Path, block: int) -> dict[str, NDArray[np.float32]]:
    return _read_block(folder, _bundled_manifest(folder), block)
