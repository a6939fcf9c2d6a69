"""How unsure probabilities are, from 0 to 1."""

from __future__ import annotations

import numpy as np
from scipy.special import entr

__all__ = ["UNCERTAINTIES", "margin", "uncertainty_of"]

UNCERTAINTIES = ("entropy", "margin")


def uncertainty_of(probabilities: np.ndarray, kind: str = "entropy") -> np.ndarray:
    """Return the uncertainty of probabilities along the last axis; of a single class it is 0.

    Parameters
    ----------
    probabilities : numpy.ndarray
        ``(..., n_classes)``, sums to 1.
    kind : {"entropy", "margin"}
        Their entropy over its largest value, or 1 less the difference of the two largest.

    Returns
    -------
    numpy.ndarray
        ``(...)``, from 0 (certain) to 1; the entropy may be above 1 by rounding.
    """
    if kind == "margin":
        return 1.0 - margin(probabilities)
    n_classes = probabilities.shape[-1]
    if n_classes == 1:
        return np.zeros(probabilities.shape[:-1], probabilities.dtype)
    return np.asarray(entr(probabilities).sum(axis=-1) / np.log(n_classes))


def margin(probabilities: np.ndarray) -> np.ndarray:
    """Return the difference of the two largest probabilities, along the last axis; 1 of a single class."""
    if probabilities.shape[-1] == 1:
        return np.ones(probabilities.shape[:-1], np.float32)
    largest = np.partition(probabilities, -2, axis=-1)[..., -2:]
    return np.asarray(largest[..., 1] - largest[..., 0])
