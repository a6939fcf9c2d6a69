"""What a model says of a part of a photograph, in the bytes that a screen shows.

A linear model says it in two compiled calls a tile, on all cores: the scores, and all that is shown of them.
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
from corewidgets.features.activations import JoinedActivations
from corewidgets.features.tiling import Tile
from corewidgets.learning.linear import Linear
from corewidgets.learning.predictor import predictor
from corewidgets.learning.tempering import LEAST
from corewidgets.learning.uncertainty import uncertainty_of
from corewidgets.machine import count_cores

__all__ = ["BytePiece", "Place", "byte_pieces"]

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


Pieces = Generator[BytePiece, None, None]


@contextmanager
def byte_pieces(model: Any, section: CoreSection) -> Iterator[Callable[[Place], Pieces]]:
    """Give a function that yields a part of a section, piece by piece.

    Parameters
    ----------
    model : PixelClassifier
        Fitted.
    section : CoreSection
        With all photographs that the model looks at.
    """
    linear = predictor(model.classifier_, model.temperature_)
    if not isinstance(linear, Linear) or model.regularizer_ is not None:
        yield partial(_of_any, model, section)
        return
    executor = ThreadPoolExecutor(count_cores())
    try:
        yield partial(_of_linear, model._activations(section), linear, executor)
    finally:
        executor.shutdown(cancel_futures=True)


def _of_any(model: Any, section: CoreSection, part: Place) -> Pieces:
    with closing(model.predict_pieces(section, rows=part[0], columns=part[1])) as pieces:
        for place, probabilities in pieces:
            yield BytePiece(
                place,
                probabilities.argmax(axis=-1).astype(np.uint8),
                np.rint(255 * uncertainty_of(probabilities).clip(0, 1)).astype(np.uint8),
                np.moveaxis(np.rint(255 * probabilities).astype(np.uint8), -1, 0),
            )


def _of_linear(
    activations: JoinedActivations, linear: Linear, executor: ThreadPoolExecutor, part: Place
) -> Pieces:
    """Yield the tiles of a part, which must not cut through them."""
    tiles = [tile for tile in activations.grid if _meets(tile, part)]
    for tile, found in zip(
        tiles, executor.map(lambda tile: _said(activations, linear, tile), tiles), strict=True
    ):
        place = tile.inside(activations.shape)
        n_rows, n_columns = (at.stop - at.start for at in place)
        yield BytePiece(place, *(values[..., :n_rows, :n_columns] for values in found))


def _meets(tile: Tile, part: Place) -> bool:
    spans = ((tile.row, tile.n_rows), (tile.column, tile.n_columns))
    return all(
        first < at.stop and at.start < first + size for (first, size), at in zip(spans, part, strict=True)
    )


def _said(activations: JoinedActivations, linear: Linear, tile: Tile) -> tuple[Codes, Codes, Codes]:
    scores = activations.project(tile, linear.weights)
    likeliest, uncertainty, probabilities = _bytes_of(
        linear.temperature != 1, scores, linear.offset, linear.temperature
    )
    return np.asarray(likeliest), np.asarray(uncertainty), np.asarray(probabilities)


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
