"""Arrays as files of weights hold them, checked against the table of VGG-16 as they are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Family", "Stored", "checked"]


@dataclass(frozen=True)
class Stored:
    """An array in a file, not read yet."""

    shape: tuple[int, ...]
    dtype: str
    read: Callable[[], NDArray[Any]]


@dataclass(frozen=True)
class Family:
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


def checked(
    stored: Mapping[str, Stored], path: Path, family: Family, template: Mapping[str, tuple[int, ...]]
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


def _check_header(stored: Stored | None, where: str, path: Path, shape: tuple[int, ...], remedy: str) -> None:
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
            "Use the file of a network whose training succeeded, and copy it completely."
        )
