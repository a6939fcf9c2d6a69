"""Layers of VGG-16 as sources of features: all that are asked for in one pass of the network a tile."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from corewidgets.features import vgg16
from corewidgets.features.sampling import without_halo
from corewidgets.features.sources import Source, Window
from corewidgets.features.weights import Preprocessing, Weights, load_weights


@dataclass(frozen=True)
class VggLayer(Source):
    """A layer of VGG-16.

    Parameters
    ----------
    layer : str
        The paper's name: ``conv1_1`` to ``conv5_3`` (after the rectifier), ``pool1`` to ``pool5``.
    weights : Weights, optional
        The network's weights; by default the bundled ImageNet weights of torchvision.

    Raises
    ------
    ValueError
        If VGG-16 has no such layer.
    """

    kind: ClassVar[str] = "vgg16"

    layer: str
    weights: Weights | None = None

    def __post_init__(self) -> None:
        vgg16.layer(self.layer)

    @property
    def name(self) -> str:
        """The paper's name."""
        return self.layer

    @property
    def n_channels(self) -> int:
        """The number of its feature maps."""
        return vgg16.layer(self.layer).n_channels

    @property
    def stride(self) -> int:
        """Image pixels from one cell to the next."""
        return vgg16.layer(self.layer).stride

    @property
    def halo(self) -> int:
        """Pixels that a tile needs around it."""
        return vgg16.layer(self.layer).halo

    def compute(self, window: Window) -> np.ndarray:
        """Return the layer's cells."""
        return self.compute_all((self,), window)[self.name]

    @property
    def group(self) -> Hashable:
        """All layers of one network."""
        return self.kind, self.weights

    @classmethod
    def compute_all(cls, sources: Sequence[VggLayer], window: Window) -> dict[str, np.ndarray]:
        """Return the cells of layers, from one pass of the network."""
        return _run_network(sources, window)

    def to_dict(self) -> dict[str, Any]:
        """Return the kind and the layer; weights are named apart, by their digest."""
        return {"kind": self.kind, "layer": self.layer}


def _run_network(taps: Sequence[VggLayer], window: Window) -> dict[str, np.ndarray]:
    """Return the cells ``(n_rows / stride, n_columns / stride, n_channels)`` of each layer in a tile."""
    weights = weights_of(taps)
    network = _network(weights, tuple(tap.layer for tap in taps))
    activations = _run(
        network.graph,
        weights.preprocessing,
        window.halo,
        network.state,
        window.pixels,
        np.array([window.row, window.column], np.int32),
        np.array(window.shape, np.int32),
    )
    return {name: np.asarray(values) for name, values in activations.items()}


def weights_of(taps: Sequence[VggLayer]) -> Weights:
    """Return the weights that layers are computed with: their own, or as much of the bundled as they need."""
    own = next((tap.weights for tap in taps if tap.weights is not None), None)
    return own or _bundled_weights(max((vgg16.layer(tap.layer).block for tap in taps), default=1))


@dataclass(frozen=True)
class _Network:
    graph: Any
    state: Any


@lru_cache(maxsize=4)
def _network(weights: Weights, layers: tuple[str, ...]) -> _Network:
    return _Network(*nnx.split(vgg16.Vgg16(weights, layers)))


@lru_cache(maxsize=5)
def _bundled_weights(n_blocks: int) -> Weights:
    return load_weights(n_blocks=n_blocks)


@partial(jax.jit, static_argnums=(0, 1, 2))
def _run(
    graph: Any,
    preprocessing: Preprocessing,
    halo: int,
    state: Any,
    pixels: jax.Array,
    origin: jax.Array,
    shape: jax.Array,
) -> dict[str, jax.Array]:
    """Return the tapped layers ``(n_rows / stride, n_columns / stride, n_channels)`` of a tile."""

    def inside(stride: int) -> jax.Array:
        masks = []
        for axis in (0, 1):
            cells = (origin[axis] - halo) // stride + jnp.arange(pixels.shape[axis] // stride)
            masks.append((cells >= 0) & (cells < -(-shape[axis] // stride)))
        return (masks[0][:, None] & masks[1][None, :])[..., None].astype(jnp.float32)

    x = pixels[..., jnp.array(preprocessing.channels)].astype(jnp.float32) * preprocessing.scale
    x = (x - jnp.array(preprocessing.mean, jnp.float32)) / jnp.array(preprocessing.std, jnp.float32)
    activations = nnx.merge(graph, state)((x * inside(1))[None], inside)
    return {
        name: without_halo(values[0], halo // vgg16.layer(name).stride)
        for name, values in activations.items()
    }
