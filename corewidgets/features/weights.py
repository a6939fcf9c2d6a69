"""Weights of VGG-16's convolutions: the bundled set, or a file of the user's own.

Every set is checked against the network's template before it is used, carries the preprocessing of its own
family, and has a digest of its content which does not depend on the file format it was read from.
"""

from __future__ import annotations

import functools
import hashlib
import json
import math
import pickle
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from corewidgets.hdf5 import Hdf5DamageError, Hdf5File, open_hdf5
from corewidgets.links import not_there

N_BLOCKS = 5
"""Number of blocks of convolutions in VGG-16."""

_BLOCKS = (
    (1, 64, 2),
    (2, 128, 2),
    (3, 256, 3),
    (4, 512, 3),
    (5, 512, 3),
)  # block, n_channels, n_convolutions


def _convolutions() -> dict[str, tuple[int, int, int, int]]:
    template, n_inputs = {}, 3
    for block, n_channels, n_convolutions in _BLOCKS:
        for number in range(1, n_convolutions + 1):
            template[f"conv{block}_{number}"] = (3, 3, n_inputs, n_channels)
            n_inputs = n_channels
    return template


CONVOLUTIONS: dict[str, tuple[int, int, int, int]] = _convolutions()
"""The template: shape (height, width, inputs, outputs) of each kernel, ``conv1_1`` to ``conv5_3``.

Source: configuration D in table 1 of Simonyan and Zisserman (2015), https://arxiv.org/abs/1409.1556.
"""

_TEMPLATE: dict[str, tuple[int, ...]] = {
    name: shape
    for convolution, kernel in CONVOLUTIONS.items()
    for name, shape in ((f"{convolution}/kernel", kernel), (f"{convolution}/bias", kernel[3:]))
}


@dataclass(frozen=True)
class Preprocessing:
    """What a family of weights expects to be done to an image first.

    ``x = (image[..., channels] * scale - mean) / std`` with ``image`` (n_rows, n_columns, 3) uint8 RGB.

    Parameters
    ----------
    order : "RGB" or "BGR"
        Order of the channels which the network was trained with.
    scale : float
        Factor on the grey levels 0 to 255.
    mean, std : three floats each
        Subtracted, then divided by; in the order of `order`, after `scale`.

    Raises
    ------
    ValueError
        If the order is neither RGB nor BGR, or a number is missing, not finite or (scale, std) not positive.

    Examples
    --------
    >>> Preprocessing("BGR", 1.0, (103.939, 116.779, 123.68), (1.0, 1.0, 1.0)).channels
    (2, 1, 0)
    """

    order: Literal["RGB", "BGR"]
    scale: float
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    def __post_init__(self) -> None:
        if self.order not in ("RGB", "BGR"):
            raise ValueError(f"The channel order must be 'RGB' or 'BGR', not {self.order!r}.")
        object.__setattr__(self, "scale", float(self.scale))
        for name in ("mean", "std"):
            values = tuple(float(value) for value in getattr(self, name))
            if len(values) != 3 or not all(math.isfinite(value) for value in values):
                raise ValueError(f"{name} must be three finite numbers, one a channel, not {values}.")
            object.__setattr__(self, name, values)
        if not all(math.isfinite(value) and value > 0 for value in (self.scale, *self.std)):
            raise ValueError(
                f"scale and std must be positive, but scale is {self.scale} and std is {self.std}."
            )

    @property
    def channels(self) -> tuple[int, int, int]:
        """Index of each network input among the image's R, G, B."""
        return (0, 1, 2) if self.order == "RGB" else (2, 1, 0)


IMAGENET = Preprocessing("RGB", 1 / 255, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""torchvision's: RGB in [0, 1], minus the mean of ImageNet, over its standard deviation."""

CAFFE = Preprocessing("BGR", 1.0, (103.939, 116.779, 123.68), (1.0, 1.0, 1.0))
"""That of the original Caffe weights, which Keras distributes: BGR in 0..255 minus the mean of ImageNet."""


@dataclass(frozen=True, eq=False)
class Weights:
    """Kernels and biases of VGG-16's first blocks, with what is needed to use and to name them.

    Attributes
    ----------
    kernels : dict of str to (3, 3, n_inputs, n_outputs) float32
        By the name of the convolution, ``conv1_1`` .. ``conv5_3``, read-only.
    biases : dict of str to (n_outputs,) float32
        By the same names, read-only.
    preprocessing : Preprocessing
        What is done to an image before the first convolution.
    digest : str
        SHA-256 over the values of all 13 convolutions and the preprocessing: equal for the same network
        whatever file it came from, and however many of its blocks were asked for.
    source : str
        Where the values come from, for people to read.
    """

    kernels: dict[str, NDArray[np.float32]] = field(repr=False)
    biases: dict[str, NDArray[np.float32]] = field(repr=False)
    preprocessing: Preprocessing
    digest: str
    source: str


def content_digest(arrays: Mapping[str, NDArray[np.float32]], preprocessing: Preprocessing) -> str:
    """Compute the digest of a set of weights, independent of how files hold it.

    Parameters
    ----------
    arrays : mapping of str to float32 array
        By names such as ``conv1_1/kernel`` (height, width, inputs, outputs) and ``conv1_1/bias``.
    preprocessing : Preprocessing
        What belongs to them.

    Returns
    -------
    str
        64 hexadecimal digits.

    Examples
    --------
    >>> content_digest({"conv1_1/bias": np.zeros(64, np.float32)}, IMAGENET)[:8]
    '37ba859a'
    """
    sha256 = hashlib.sha256()
    for name in sorted(arrays):
        sha256.update(f"{name} float32 {list(arrays[name].shape)}\n".encode())
        sha256.update(np.ascontiguousarray(arrays[name], dtype="<f4").data)
    sha256.update(json.dumps(asdict(preprocessing), sort_keys=True).encode())
    return sha256.hexdigest()


def load_weights(source: str | Path | None = None, *, n_blocks: int = N_BLOCKS) -> Weights:
    """Load VGG-16's convolutions, checked against the template.

    Parameters
    ----------
    source : path, optional
        None takes the bundled weights (torchvision's vgg16-397923af) and reads only the files of the blocks
        asked for. Otherwise the path of

        * a torchvision ``state_dict`` of vgg16, ``.safetensors``, or ``.pth`` / ``.pt`` where torch is
          installed; a prefix ``module.`` and the classifier's layers are ignored;
        * Keras's ``vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5`` (``.h5``, ``.hdf5``), which comes with
          another preprocessing: BGR in 0..255 minus a mean;
        * a folder laid out as the bundled one, with a ``manifest.json``.
    n_blocks : int, default 5
        How many of the five blocks are needed, 1 to 5. The digest is that of all five in any case.

    Returns
    -------
    Weights
        float32; kernels (3, 3, n_inputs, n_outputs).

    Raises
    ------
    FileNotFoundError
        If there is no such file, or a bundled one is missing.
    ValueError
        If a file is damaged, of an unknown kind, or not VGG-16's: the first array which differs is named
        with both shapes.
    ImportError
        If a ``.pth`` is given and torch is not installed.

    Examples
    --------
    >>> load_weights(n_blocks=1).kernels["conv1_2"].shape
    (3, 3, 64, 64)
    """
    if not 1 <= n_blocks <= N_BLOCKS:
        raise ValueError(f"n_blocks must be 1 to {N_BLOCKS}, the blocks of VGG-16, not {n_blocks}.")
    if source is None:
        return _load_bundled(n_blocks)
    path = Path(source).expanduser()
    if path.is_dir():
        return _load_folder(path, n_blocks)
    return _load_file(path, n_blocks)


# The bundled files, and folders laid out like them


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


def _load_bundled(n_blocks: int) -> Weights:
    folder = _bundled_folder()
    manifest = _bundled_manifest(folder)
    arrays: dict[str, NDArray[np.float32]] = {}
    for block in range(1, n_blocks + 1):
        arrays |= _bundled_block(folder, block)
    return _weights(arrays, manifest.preprocessing, manifest.digest, f"bundled, {manifest.name}", n_blocks)


def _load_folder(folder: Path, n_blocks: int) -> Weights:
    manifest = _read_manifest(folder)
    arrays: dict[str, NDArray[np.float32]] = {}
    for block in range(1, N_BLOCKS + 1):
        arrays |= _read_block(folder, manifest, block)
    digest = content_digest(arrays, manifest.preprocessing)
    return _weights(arrays, manifest.preprocessing, digest, str(folder), n_blocks)


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
        key: _Stored(array.shape, array.dtype.name, functools.partial(np.asarray, array))
        for key, array in load(content).items()
    }
    template = {name: shape for name, shape in _TEMPLATE.items() if name.startswith(f"conv{block}_")}
    return _checked(stored, path, _OWN, template)


@functools.cache
def _bundled_manifest(folder: Path) -> _Manifest:
    return _read_manifest(folder)


@functools.cache
def _bundled_block(folder: Path, block: int) -> dict[str, NDArray[np.float32]]:
    return _read_block(folder, _bundled_manifest(folder), block)


def _weights(
    arrays: Mapping[str, NDArray[np.float32]],
    preprocessing: Preprocessing,
    digest: str,
    source: str,
    n_blocks: int,
) -> Weights:
    names = [name for name in CONVOLUTIONS if int(name[4]) <= n_blocks]
    kernels = {name: arrays[f"{name}/kernel"] for name in names}
    biases = {name: arrays[f"{name}/bias"] for name in names}
    return Weights(kernels, biases, preprocessing, digest, source)


# Files of the user's own


_WHOLE_MODEL = "model_weights/"  # the group in which a whole saved model keeps its weights


@dataclass(frozen=True)
class _Stored:
    """An array in a file, not read yet."""

    shape: tuple[int, ...]
    dtype: str
    read: Callable[[], NDArray[Any]]


@dataclass(frozen=True)
class _Family:
    """How one kind of file names and lays out what the template holds."""

    keys: Mapping[str, str]  # by the template's names
    outputs_first: bool  # kernels are (outputs, inputs, height, width)
    remedy: str

    def shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Give the shape in the file of an array with `shape` in the template."""
        if self.outputs_first and len(shape) == 4:
            return (shape[3], shape[2], shape[0], shape[1])
        return shape

    def array(self, array: NDArray[Any]) -> NDArray[Any]:
        """Bring an array from the file's layout to the template's."""
        return array.transpose(2, 3, 1, 0) if self.outputs_first and array.ndim == 4 else array


def _torchvision_keys() -> dict[str, str]:
    """Count as torchvision's ``features`` do: a ReLU follows each convolution, a pool each block."""
    keys, position, block = {}, 0, 1
    for name in CONVOLUTIONS:
        if int(name[4]) > block:
            block, position = block + 1, position + 1
        keys[f"{name}/kernel"] = f"features.{position}.weight"
        keys[f"{name}/bias"] = f"features.{position}.bias"
        position += 2
    return keys


TORCHVISION_KEYS: dict[str, str] = _torchvision_keys()
"""Name in torchvision's ``state_dict``, such as ``features.0.weight``, of each array of the template."""

_OWN = _Family(
    keys={name: name for name in _TEMPLATE},
    outputs_first=False,
    remedy="Build the folder again with weights/build.py.",
)
_TORCHVISION = _Family(
    keys=TORCHVISION_KEYS,
    outputs_first=True,
    remedy="Bring the state_dict of torchvision's vgg16 (not of vgg16_bn or vgg19).",
)
_KERAS = _Family(
    keys={name: re.sub(r"conv(\d)_(\d)", r"block\1_conv\2", name) for name in _TEMPLATE},
    outputs_first=False,
    remedy="Bring Keras's vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5 (not that of VGG-19).",
)


def _load_file(path: Path, n_blocks: int) -> Weights:
    openers = {
        ".safetensors": (_open_safetensors, _TORCHVISION, IMAGENET),
        ".pth": (_open_torch, _TORCHVISION, IMAGENET),
        ".pt": (_open_torch, _TORCHVISION, IMAGENET),
        ".h5": (_open_keras, _KERAS, CAFFE),
        ".hdf5": (_open_keras, _KERAS, CAFFE),
    }
    if not path.exists():
        raise not_there(path, f"There is no weights file {path}.")
    if path.suffix.lower() not in openers:
        raise ValueError(
            f"{path.name} is not a kind of weights file known here; choose from {', '.join(openers)}: "
            "a torchvision state_dict of vgg16, or Keras's vgg16 notop .h5."
        )
    path.open("rb").close()  # PermissionError and the like, before a library words it in its own way
    open_file, family, preprocessing = openers[path.suffix.lower()]
    with open_file(path) as stored:
        arrays = _checked(stored, path, family, _TEMPLATE)
    return _weights(arrays, preprocessing, content_digest(arrays, preprocessing), str(path), n_blocks)


@contextmanager
def _open_safetensors(path: Path) -> Iterator[dict[str, _Stored]]:
    from safetensors import SafetensorError, safe_open

    dtypes = {"F32": "float32", "F64": "float64", "F16": "float16", "BF16": "bfloat16"}
    try:
        file: Any = safe_open(path, framework="np")
    except SafetensorError as error:
        raise ValueError(f"{path.name} is not a safetensors file, or is damaged ({error}).") from error
    with file:
        stored = {}
        for key in file.keys():  # noqa: SIM118  (the file is no mapping)
            part = file.get_slice(key)
            dtype = dtypes.get(part.get_dtype(), part.get_dtype())
            read = functools.partial(file.get_tensor, key)
            stored[key.removeprefix("module.")] = _Stored(tuple(part.get_shape()), dtype, read)
        yield stored


@contextmanager
def _open_torch(path: Path) -> Iterator[dict[str, _Stored]]:
    try:
        import torch
    except ImportError as error:
        raise ImportError(
            f"Reading {path.name} needs torch, which could not be imported. Install torch, or convert the "
            f"file where torch is: safetensors.torch.save_file(torch.load({path.name!r}, weights_only=True), "
            f"{path.with_suffix('.safetensors').name!r})."
        ) from error
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, LookupError, TypeError) as error:
        raise ValueError(
            f"{path.name} is not a state_dict, or is damaged; nothing in it was run. "
            f"Save the model's arrays alone: torch.save(model.state_dict(), {path.name!r})."
        ) from error
    if isinstance(content, Mapping) and isinstance(content.get("state_dict"), Mapping):
        content = content["state_dict"]
    if not isinstance(content, Mapping):
        raise ValueError(
            f"{path.name} holds a {type(content).__name__}, not a state_dict. {_TORCHVISION.remedy}"
        )
    yield {
        str(key).removeprefix("module."): _Stored(
            tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."), tensor.detach().numpy
        )
        for key, tensor in content.items()
        if isinstance(tensor, torch.Tensor)
    }


@contextmanager
def _open_keras(path: Path) -> Iterator[dict[str, _Stored]]:
    try:
        with open_hdf5(path) as file:
            whole = any(name.startswith(_WHOLE_MODEL) for name in file.datasets)
            names = [name for name in file.datasets if name.startswith(_WHOLE_MODEL) or not whole]
            yield dict(filter(None, (_collect_keras(file, name) for name in names)))
    except Hdf5DamageError as error:
        raise ValueError(f"{path.name} is not an HDF5 file, or is damaged ({error}).") from error


def _collect_keras(file: Hdf5File, name: str) -> tuple[str, _Stored] | None:
    """Return a layer's array, by either of Keras's names: ``block1_conv1_W_1:0``, or ``kernel:0``."""
    layer, _, rest = name.removeprefix(_WHOLE_MODEL).partition("/")
    role = re.fullmatch(r"(?:.*/)?(?:block\d+_conv\d+_)?(kernel|bias|W|b)(?:_1)?(?::0)?", rest)
    if role is None or not re.fullmatch(r"block\d+_conv\d+", layer):
        return None
    dataset = file.datasets[name]
    read = functools.partial(file.read, name, most=dataset.size)
    key = f"{layer}/{ {'W': 'kernel', 'b': 'bias'}.get(role[1], role[1]) }"
    return key, _Stored(tuple(dataset.shape), dataset.dtype, read)


def _checked(
    stored: Mapping[str, _Stored], path: Path, family: _Family, template: Mapping[str, tuple[int, ...]]
) -> dict[str, NDArray[np.float32]]:
    """Read what the template names, in its order, up to the first array which differs."""
    arrays = {}
    for name, shape in template.items():
        key = family.keys[name]
        where = key if key == name else f"{key} ({name})"
        _check_header(stored.get(key), where, path, family.shape(shape), family.remedy)
        array = np.ascontiguousarray(family.array(stored[key].read()), dtype=np.float32)
        _check_finite(array, where, path)
        array.flags.writeable = False
        arrays[name] = array
    known = {family.keys[name] for name in template}
    for key in sorted(stored.keys() - known):
        if key.startswith(
            ("features.", "block", "conv")
        ):  # a classifier, whatever its names, does not matter
            raise ValueError(f"{path.name} holds {key}, which VGG-16 does not have. {family.remedy}")
    return arrays


def _check_header(
    stored: _Stored | None, where: str, path: Path, shape: tuple[int, ...], remedy: str
) -> None:
    if stored is None:
        raise ValueError(f"{path.name} lacks {where}, of shape {shape}. {remedy}")
    if stored.shape != shape:
        raise ValueError(
            f"{where} in {path.name} has shape {stored.shape} but VGG-16 needs {shape}. {remedy}"
        )
    if stored.dtype != "float32":
        raise ValueError(
            f"{where} in {path.name} has dtype {stored.dtype} but the network computes with float32 weights. "
            "Convert the file's arrays to float32."
        )


def _check_finite(array: NDArray[np.float32], where: str, path: Path) -> None:
    n_bad = array.size - np.count_nonzero(np.isfinite(array))
    if n_bad:
        raise ValueError(
            f"{where} in {path.name} holds {n_bad} of {array.size} values that are NaN or infinite. "
            "Use a file of a network that was trained without failure, and copied whole."
        )
