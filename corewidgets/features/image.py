"""What counts as a photograph."""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

__all__ = ["check_image"]


def check_image(image: object) -> NDArray[np.uint8]:
    """Return an image as an array, or raise unless it is a photograph: RGB, a byte each, at least one pixel.

    Parameters
    ----------
    image : array-like
        ``(n_rows, n_columns, 3)`` uint8.

    Raises
    ------
    TypeError
        If it is the name of a file, or holds other numbers than bytes.
    ValueError
        If it has another shape, or no pixels.
    """
    if isinstance(image, (str, os.PathLike)):
        raise TypeError(
            f"image must be an array, but it is the name {str(image)!r}; read it with read_section."
        )
    array = np.asarray(image)
    if array.dtype != np.uint8:
        raise TypeError(
            f"image must be an array of uint8, 0 to 255, but it is of type {array.dtype}; scale it and "
            "convert it with .astype('uint8')."
        )
    if array.ndim != 3 or array.shape[2] != 3:
        raise ValueError(
            f"image must have shape (n_rows, n_columns, 3), but it has {array.shape}; repeat a grey channel "
            "three times, leave transparency out."
        )
    if array.size == 0:
        raise ValueError(f"image has no pixels: its shape is {array.shape}.")
    return array
