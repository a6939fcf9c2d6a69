"""Weights in files of other programs: torchvision's and Keras's."""

from __future__ import annotations

import functools
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from corewidgets.features.stored_arrays import Family, Stored, checked
from corewidgets.features.vgg_table import ARRAYS, CONVOLUTIONS
from corewidgets.features.weight_set import CAFFE, IMAGENET, Weights, content_digest, first_blocks
from corewidgets.hdf5 import Hdf5DamageError, Hdf5File, open_hdf5
from corewidgets.links import not_there
from corewidgets.unpacking import check_unpacked, most_unpacked

__all__ = ["TORCHVISION_KEYS", "load_file"]

_WHOLE_MODEL = "model_weights/"  # the group in which a whole saved model keeps its weights


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

_TORCHVISION = Family(
    keys=TORCHVISION_KEYS,
    outputs_first=True,
    remedy="Give the state_dict of torchvision's vgg16 (not of vgg16_bn or vgg19).",
)
_KERAS = Family(
    keys={name: re.sub(r"conv(\d)_(\d)", r"block\1_conv\2", name) for name in ARRAYS},
    outputs_first=False,
    remedy="Give Keras's vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5 (not that of VGG-19).",
)


def load_file(path: Path, n_blocks: int) -> Weights:
    """Load the first blocks from a file of another program; see `load_weights`."""
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
            f"{path.name} is not a supported weights file; choose from {', '.join(openers)}: "
            "a torchvision state_dict of vgg16, or Keras's vgg16 notop .h5."
        )
    path.open("rb").close()  # PermissionError and the like, before a library words it in its own way
    open_file, family, preprocessing = openers[path.suffix.lower()]
    with open_file(path) as stored:
        arrays = checked(stored, path, family, ARRAYS)
    return first_blocks(arrays, preprocessing, content_digest(arrays, preprocessing), str(path), n_blocks)


@contextmanager
def _open_safetensors(path: Path) -> Iterator[dict[str, Stored]]:
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
            stored[key.removeprefix("module.")] = Stored(tuple(part.get_shape()), dtype, read)
        yield stored


@contextmanager
def _open_torch(path: Path) -> Iterator[dict[str, Stored]]:
    try:
        import torch
    except ImportError as error:
        raise ImportError(
            f"Reading {path.name} needs torch, which could not be imported. Install torch, or convert the "
            f"file where torch is: safetensors.torch.save_file(torch.load({path.name!r}, weights_only=True), "
            f"{path.with_suffix('.safetensors').name!r})."
        ) from error
    _check_archive(path)
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:  # it asks for a place that no file has, or the disk fails
        raise OSError(
            f"{path.name} cannot be read ({error}): it is damaged, or the disk has failed. Copy it again."
        ) from error
    except Exception as error:  # what torch raises for broken bytes is not a closed list
        raise ValueError(
            f"{path.name} is not a state_dict, or is damaged; nothing in it was executed. "
            f"Save the model's arrays alone: torch.save(model.state_dict(), {path.name!r})."
        ) from error
    if isinstance(content, Mapping) and isinstance(content.get("state_dict"), Mapping):
        content = content["state_dict"]
    if not isinstance(content, Mapping):
        raise ValueError(
            f"{path.name} holds a {type(content).__name__}, not a state_dict. {_TORCHVISION.remedy}"
        )
    yield {
        str(key).removeprefix("module."): _tensor(tensor, str(key), path)
        for key, tensor in content.items()
        if isinstance(tensor, torch.Tensor)
    }


def _check_archive(path: Path) -> None:
    """Raise where a file would unpack to more than it takes, as none does that torch wrote."""
    try:
        with zipfile.ZipFile(path) as archive:
            check_unpacked(archive, most_unpacked(0) + path.stat().st_size)
    except ValueError as error:
        raise ValueError(
            f"{path.name} is not a file that torch saved: {error}. Save the model's arrays again: "
            f"torch.save(model.state_dict(), {path.name!r})."
        ) from error
    except (zipfile.BadZipFile, zlib.error, RuntimeError):
        pass  # of the first versions of torch, or damaged, which torch says


def _tensor(tensor: Any, key: str, path: Path) -> Stored:
    """Return an array of torch's, not read yet; a sparse or a nested one gives no values, or no shape."""

    def plain(value: Callable[[], Any]) -> Any:
        try:
            return value()
        except (TypeError, RuntimeError) as error:
            raise ValueError(
                f"{key} in {path.name} is not a plain array ({error}). {_TORCHVISION.remedy}"
            ) from error

    shape = plain(lambda: tuple(tensor.shape))
    return Stored(
        shape, str(tensor.dtype).removeprefix("torch."), lambda: plain(lambda: tensor.detach().numpy())
    )


@contextmanager
def _open_keras(path: Path) -> Iterator[dict[str, Stored]]:
    try:
        with open_hdf5(path) as file:
            whole = any(name.startswith(_WHOLE_MODEL) for name in file.datasets)
            names = [name for name in file.datasets if name.startswith(_WHOLE_MODEL) or not whole]
            yield dict(filter(None, (_collect_keras(file, name) for name in names)))
    except Hdf5DamageError as error:
        raise ValueError(f"{path.name} is not an HDF5 file, or is damaged ({error}).") from error


def _collect_keras(file: Hdf5File, name: str) -> tuple[str, Stored] | None:
    """Return a layer's array, by either of Keras's names: ``block1_conv1_W_1:0``, or ``kernel:0``."""
    layer, _, rest = name.removeprefix(_WHOLE_MODEL).partition("/")
    role = re.fullmatch(r"(?:.*/)?(?:block\d+_conv\d+_)?(kernel|bias|W|b)(?:_1)?(?::0)?", rest)
    if role is None or not re.fullmatch(r"block\d+_conv\d+", layer):
        return None
    dataset = file.datasets[name]
    read = functools.partial(file.read, name, most=dataset.size)
    key = f"{layer}/{ {'W': 'kernel', 'b': 'bias'}.get(role[1], role[1]) }"
    return key, Stored(tuple(dataset.shape), dataset.dtype, read)
