"""A set of weights: kernels, biases, the preprocessing that belongs to them, and a digest of the content."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from corewidgets.features.vgg_table import CONVOLUTIONS

__all__ = ["CAFFE", "IMAGENET", "Preprocessing", "Weights", "content_digest", "first_blocks"]


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

    @cached_property
    def transposed(self) -> Weights:
        """What sees in a photograph what this sees in the transposed one, rows and columns exchanged."""
        kernels = {name: np.ascontiguousarray(kernel.swapaxes(0, 1)) for name, kernel in self.kernels.items()}
        return Weights(
            kernels,
            self.biases,
            self.preprocessing,
            f"{self.digest} transposed",
            f"{self.source}, transposed",
        )


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


def first_blocks(
    arrays: Mapping[str, NDArray[np.float32]],
    preprocessing: Preprocessing,
    digest: str,
    source: str,
    n_blocks: int,
) -> Weights:
    """Return the weights of the first blocks, out of arrays that hold them."""
    names = [name for name in CONVOLUTIONS if int(name[4]) <= n_blocks]
    kernels = {name: arrays[f"{name}/kernel"] for name in names}
    biases = {name: arrays[f"{name}/bias"] for name in names}
    return Weights(kernels, biases, preprocessing, digest, source)
