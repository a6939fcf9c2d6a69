"""Probabilities made less sure, or surer, of the same decisions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["LEAST", "temper"]

LEAST = 1e-4
"""A class is never thought less likely than this before it is tempered, as in the random field."""


def temper(probabilities: np.ndarray, temperature: float) -> NDArray[np.float32]:
    """Return probabilities whose logarithms are divided, brought back to a sum of 1.

    Parameters
    ----------
    probabilities : numpy.ndarray
        ``(..., n_classes)``, sums to 1.
    temperature : float
        Above 1 they are less sure, below 1 surer.  The likeliest class stays the likeliest.

    Returns
    -------
    numpy.ndarray
        ``(..., n_classes)`` float32.
    """
    logarithms = np.log(np.maximum(np.asarray(probabilities, np.float32), np.float32(LEAST)))
    weights = np.exp((logarithms - logarithms.max(axis=-1, keepdims=True)) / np.float32(temperature))
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True), np.float32)
