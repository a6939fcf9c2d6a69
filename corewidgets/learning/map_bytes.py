"""What a model says of a part of a photograph, in the bytes that a screen shows.

A linear model says it tile by tile, on all cores: the scores, and in one compiled call all that is shown.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from corewidgets.cores.section import CoreSection
from corewidgets.features.projection import Projection
from corewidgets.features.tiling import Tile
from corewidgets.learning.linear import Linear
from corewidgets.learning.predictor import predictor
from corewidgets.learning.tempering import LEAST
from corewidgets.learning.uncertainty import uncertainty_of
from corewidgets.machine import count_cores

__all__ = ["BytePiece", "BytePieces", "Place", "byte_pieces"]

_SIDE = 2
"""Pixels along a side of the squares of a first look: the cells of pool1."""

_KEPT = 48
"""Tiles whose products are kept from the first look to the second: 80 MiB for 14 classes."""

Place = tuple[slice, slice]
"""Rows and columns of the photograph."""

Codes = NDArray[np.uint8]


class BytePiece(NamedTuple):
    """What a model says of some rows and columns.

    Attributes
    ----------
    place : (slice, slice)
    likeliest : array, shape (n_rows, n_columns), uint8
        The number of the likeliest of the model's classes, from 0.
    uncertainty : array, shape (n_rows, n_columns), uint8
        Entropy, 255 = entirely uncertain.
    probabilities : array, shape (n_classes, n_rows, n_columns), uint8
        255 = certain.
    """

    place: Place
    likeliest: Codes
    uncertainty: Codes
    probabilities: Codes


@contextmanager
def byte_pieces(model: Any, section: CoreSection) -> Iterator[BytePieces]:
    """Give what a model says of a section.

    Parameters
    ----------
    model : PixelClassifier
        Fitted.
    section : CoreSection
        With all photographs that the model looks at.
    """
    linear = predictor(model.classifier_, model.temperature_)
    if not isinstance(linear, Linear) or model.regularizer_ is not None:
        yield BytePieces(model, section)
        return
    executor = ThreadPoolExecutor(count_cores())
    try:
        yield _OfLinear(model, section, linear, executor)
    finally:
        executor.shutdown(cancel_futures=True)


class BytePieces:
    """What a model says of a section, in parts that are asked for one by one.

    Parameters
    ----------
    model : PixelClassifier
    section : CoreSection
    """

    def __init__(self, model: Any, section: CoreSection) -> None:
        self._model, self._section = model, section

    def of(self, part: Place) -> Generator[BytePiece, None, None]:
        """Yield a part of the section, piece by piece."""
        with closing(self._model.predict_pieces(self._section, rows=part[0], columns=part[1])) as pieces:
            for place, probabilities in pieces:
                yield BytePiece(
                    place,
                    probabilities.argmax(axis=-1).astype(np.uint8),
                    np.rint(255 * uncertainty_of(probabilities).clip(0, 1)).astype(np.uint8),
                    np.moveaxis(np.rint(255 * probabilities).astype(np.uint8), -1, 0),
                )

    def first_look(self, part: Place) -> Generator[tuple[Place, Codes], None, None]:
        """Yield the likeliest class of each 2 x 2 pixels of a part, and what lies in the same tiles.

        Nothing is yielded of a model that would not be quicker at it.

        Yields
        ------
        place : (slice, slice)
        likeliest : array, shape (n_rows, n_columns), uint8
            As in `BytePiece`, the same for 2 x 2 pixels.
        """
        yield from ()


class _OfLinear(BytePieces):
    """What a linear model says; the cells of a tile are multiplied once for the first look and the second."""

    def __init__(
        self, model: Any, section: CoreSection, linear: Linear, executor: ThreadPoolExecutor
    ) -> None:
        super().__init__(model, section)
        self._activations = model._activations(section)
        self._projection = Projection(self._activations, linear.weights, _KEPT)
        self._linear, self._executor = linear, executor

    def of(self, part: Place) -> Generator[BytePiece, None, None]:
        for place, found in self._each(_bytes_of, 1, part):
            yield BytePiece(place, *found)

    def first_look(self, part: Place) -> Generator[tuple[Place, Codes], None, None]:
        for place, (likeliest,) in self._each(_likeliest_of, _SIDE, part):
            yield place, likeliest

    def _each(
        self, said: Callable[..., tuple[jax.Array, ...]], spacing: int, part: Place
    ) -> Iterator[tuple[Place, list[Codes]]]:
        """Yield what is said of the tiles of a part."""
        linear = self._linear

        def of_tile(tile: Tile) -> list[Codes]:
            scores = self._projection.of_tile(tile, spacing)
            found = said(linear.temperature != 1, scores, linear.offset, linear.temperature)
            return [np.asarray(values) for values in found]

        tiles = [tile for tile in self._activations.grid if _meets(tile, part)]
        for tile, found in zip(tiles, self._executor.map(of_tile, tiles), strict=True):
            place = tile.inside(self._activations.shape)
            n_rows, n_columns = (at.stop - at.start for at in place)
            yield place, [values[..., :n_rows, :n_columns] for values in found]


def _meets(tile: Tile, part: Place) -> bool:
    spans = ((tile.row, tile.n_rows), (tile.column, tile.n_columns))
    return all(
        first < at.stop and at.start < first + size for (first, size), at in zip(spans, part, strict=True)
    )


@partial(jax.jit, static_argnums=0)
def _bytes_of(
    tempered: bool, scores: jax.Array, offset: jax.Array, temperature: float
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Return what `Linear.of_scores` says, in bytes; the classes are turned outwards last, as bytes."""
    logarithms = jax.nn.log_softmax(scores + offset)
    if tempered:
        logarithms = jnp.maximum(logarithms, math.log(LEAST)) / temperature
        logarithms = jax.nn.log_softmax(logarithms)
    probabilities = jnp.exp(logarithms)
    entropy = -(probabilities * logarithms).sum(axis=-1) / math.log(max(probabilities.shape[-1], 2))
    return (
        probabilities.argmax(axis=-1).astype(jnp.uint8),
        jnp.rint(255 * entropy.clip(0, 1)).astype(jnp.uint8),
        jnp.moveaxis(jnp.rint(255 * probabilities).astype(jnp.uint8), -1, 0),
    )


@partial(jax.jit, static_argnums=0)
def _likeliest_of(_: bool, scores: jax.Array, offset: jax.Array, __: float) -> tuple[jax.Array]:
    """Return the likeliest class of each square, for its pixels; a temperature changes nothing of that."""
    likeliest = (scores + offset).argmax(axis=-1).astype(jnp.uint8)
    return (likeliest.repeat(_SIDE, axis=0).repeat(_SIDE, axis=1),)
