"""The layers of VGG-16 and the arrays of its convolutions, from one table.

Source: configuration D in table 1 of Simonyan and Zisserman (2015), https://arxiv.org/abs/1409.1556.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["ARRAYS", "CONVOLUTIONS", "LAYERS", "N_BLOCKS", "Layer", "layer"]

_BLOCKS = ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))
"""The number of convolutions of each block and the number of their channels."""

N_BLOCKS = len(_BLOCKS)


@dataclass(frozen=True)
class Layer:
    """A layer of the network: what one of its cells covers.

    Parameters
    ----------
    name : str
        The paper's name, ``"conv2_1"`` or ``"pool2"``.
    block : int
        The number of its block, from 1.
    n_channels : int
        The number of its feature maps.
    stride : int
        Image pixels from one cell to the next.
    reach : int
        Image pixels beyond a cell's own that its value depends on, on each side.
    """

    name: str
    block: int
    n_channels: int
    stride: int
    reach: int

    @property
    def halo(self) -> int:
        """Pixels that a tile needs around it: the reach, as whole cells."""
        return -(-self.reach // self.stride) * self.stride

    @property
    def is_convolution(self) -> bool:
        """Whether the layer is a convolution with its rectifier, rather than a maximum."""
        return self.name.startswith("conv")


def _table() -> Iterable[Layer]:
    reach = 0
    for block, (n_convolutions, n_channels) in enumerate(_BLOCKS, start=1):
        stride = 2 ** (block - 1)
        for number in range(1, n_convolutions + 1):
            reach += stride
            yield Layer(f"conv{block}_{number}", block, n_channels, stride, reach)
        yield Layer(f"pool{block}", block, n_channels, 2 * stride, reach)


LAYERS: dict[str, Layer] = {layer.name: layer for layer in _table()}
"""Every layer that can be tapped, from the image inwards."""


def layer(name: str) -> Layer:
    """Return the layer called `name`.

    Raises
    ------
    ValueError
        If VGG-16 has no such layer.
    """
    if name not in LAYERS:
        raise ValueError(f"VGG-16 has no layer {name!r}; choose from {', '.join(LAYERS)}.")
    return LAYERS[name]


def _convolutions() -> Iterable[tuple[str, tuple[int, int, int, int]]]:
    n_inputs = 3
    for one in LAYERS.values():
        if one.is_convolution:
            yield one.name, (3, 3, n_inputs, one.n_channels)
            n_inputs = one.n_channels


CONVOLUTIONS: dict[str, tuple[int, int, int, int]] = dict(_convolutions())
"""Shape (height, width, inputs, outputs) of each kernel, ``conv1_1`` to ``conv5_3``."""

ARRAYS: dict[str, tuple[int, ...]] = {
    name: shape
    for convolution, kernel in CONVOLUTIONS.items()
    for name, shape in ((f"{convolution}/kernel", kernel), (f"{convolution}/bias", kernel[3:]))
}
"""Shape of each array of a set of weights, by names such as ``conv1_1/kernel``."""
