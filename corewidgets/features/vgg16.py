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

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from corewidgets.features.vgg_table import LAYERS, Layer, layer
from corewidgets.features.weight_set import Weights

__all__ = ["LAYERS", "Layer", "Vgg16", "layer"]


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
