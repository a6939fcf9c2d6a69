"""Several photographs of one piece, in register, as one: the hypercolumns of a pixel stand side by side."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from corewidgets.features.hypercolumns import Activations, Hypercolumns
from corewidgets.features.tiling import Tile


class JoinedActivations(Activations):
    """The activations of several photographs of one piece.

    Parameters
    ----------
    hypercolumns : Hypercolumns
        The recipe for each of them.
    images : sequence of numpy.ndarray
        ``(n_rows, n_columns, 3)`` uint8 RGB, of one size and in register; the first is `image`.
    """

    def __init__(self, hypercolumns: Hypercolumns, images: Sequence[np.ndarray]) -> None:
        super().__init__(hypercolumns, images[0])
        self._others = [Activations(hypercolumns, image) for image in images[1:]]

    def features(self, tile: Tile, step: int = 1) -> jax.Array:
        """Return the hypercolumns of a tile, ``n_features`` for each photograph; see `Activations`."""
        parts = [super().features(tile, step), *(other.features(tile, step) for other in self._others)]
        return jnp.concatenate(parts, axis=-1) if self._others else parts[0]

    def project(self, tile: Tile, weights: np.ndarray) -> jax.Array:
        """Return linear functions of the hypercolumns of all photographs; see `Activations`."""
        n_features = self.hypercolumns.n_features * (len(self._others) + 1)
        if len(weights) != n_features:
            raise ValueError(
                f"There are weights for {len(weights)} features, but the {len(self._others) + 1} photographs "
                f"have {n_features}; give the photographs that the classifier was trained on."
            )
        first, *others = np.split(weights, len(self._others) + 1)
        projected = super().project(tile, first)
        for other, part in zip(self._others, others, strict=True):
            projected = projected + other.project(tile, part)
        return projected

    def prepare(self, tile: Tile) -> None:
        """Compute what the hypercolumns of a tile are made of, of all photographs; see `Activations`."""
        super().prepare(tile)
        for other in self._others:
            other.prepare(tile)

    def at(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Return the hypercolumns of pixels, ``n_features`` for each photograph."""
        images = [self.image, *(other.image for other in self._others)]
        return np.concatenate([self.hypercolumns.at(image, rows, columns) for image in images], axis=1)
