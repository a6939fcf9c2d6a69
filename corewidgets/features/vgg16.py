"""The convolutional part of VGG-16 in Flax NNX, every layer to be tapped by its name in the paper.

Simonyan and Zisserman (2015), Very deep convolutional networks for large-scale image recognition, ICLR, table
1, configuration D: five blocks of 3 x 3 convolutions, each followed by a rectifier, and a 2 x 2 maximum after
each block. A layer named ``conv1_2`` is taken after its rectifier.

Two choices make every pixel of every image count.  The maximum keeps an incomplete last window (``ceil``
mode), so an image of any size, one pixel included, has all its layers.  And a tile larger than its image
gives what the image alone would: outside of the image each layer is set back to the zeros with which 'same'
convolution pads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from corewidgets.features.weights import Weights

_BLOCKS = ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))
"""The number of convolutions of each block and the number of their channels."""


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


class Vgg16(nnx.Module):
    """The stack of convolutions, down to the deepest layer asked for and no further.

    Parameters
    ----------
    weights : Weights
        Kernels and biases of at least the blocks that are needed.
    layers : iterable of str
        The layers to return, by the paper's names.

    Raises
    ------
    ValueError
        If a layer is unknown.
    """

    def __init__(self, weights: Weights, layers: Iterable[str]) -> None:
        self.taps = tuple(layer(name).name for name in layers)
        names = list(LAYERS)
        self.path = tuple(names[: 1 + max(names.index(name) for name in self.taps)])
        self.convolutions = nnx.Dict(
            {
                name: _convolution(weights.kernels[name], weights.biases[name])
                for name in self.path
                if LAYERS[name].is_convolution
            }
        )

    def __call__(
        self, x: jax.Array, inside: Callable[[int], jax.Array] | None = None
    ) -> dict[str, jax.Array]:
        """Compute the tapped layers.

        Parameters
        ----------
        x : jax.Array
            ``(n_images, n_rows, n_columns, 3)`` float32, preprocessed, zero outside of the image.
        inside : callable, optional
            From a stride to a mask that broadcasts to that stride's cells: 1 in the image, 0 outside.

        Returns
        -------
        dict of str to jax.Array
            ``(n_images, ceil(n_rows / stride), ceil(n_columns / stride), n_channels)`` for each tap.
        """
        activations = {}
        for name in self.path:
            if LAYERS[name].is_convolution:
                x = nnx.relu(self.convolutions[name](x))
                if inside is not None:
                    x = x * inside(LAYERS[name].stride)
            else:
                x = nnx.max_pool(x, (2, 2), strides=(2, 2), padding="SAME")  # type: ignore[no-untyped-call]
            if name in self.taps:
                activations[name] = x
        return activations


def _convolution(kernel: np.ndarray, bias: np.ndarray) -> nnx.Conv:
    """Return a 'same' convolution with the given kernel ``(3, 3, n_in, n_out)`` and bias ``(n_out,)``."""
    n_in, n_out = kernel.shape[2:]
    return nnx.Conv(
        n_in,
        n_out,
        kernel.shape[:2],
        precision="highest",  # an accelerator would otherwise round to fewer bits
        kernel_init=lambda *_: jnp.asarray(kernel),
        bias_init=lambda *_: jnp.asarray(bias),
        rngs=nnx.Rngs(0),
    )
