"""How a photograph looks as a whole: lightness, contrast, color cast, sharpness, on a sample of its rows."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.color import rgb2lab

__all__ = ["N_STRETCHES", "Appearance", "sample_rows", "stretches"]

N_STRETCHES = 4
"""Parts of equal depth that a photograph is cut into, to see how much it varies within itself."""

_BANDS = 2 * N_STRETCHES
_BAND_ROWS = 32
_FINE, _COARSE = (
    1.0,
    4.0,
)  # standard deviations in pixels between which sharp and blurred detail are told apart


class Appearance(NamedTuple):
    """Lightness, contrast, color and sharpness of a photograph.

    Attributes
    ----------
    lightness : float
        Mean L*, 0 (black) to 100 (white).
    contrast : float
        Standard deviation of L*.
    red_green, yellow_blue : float
        Mean a* (red is positive) and mean b* (yellow is positive).
    sharpness : float
        Detail finer than a pixel's surroundings over detail a few pixels wide: the standard deviation of L*
        less its Gaussian of 1 pixel, over that of the Gaussian of 1 pixel less the one of 4. It does not
        depend on contrast; blur lowers it.
    """

    lightness: float
    contrast: float
    red_green: float
    yellow_blue: float
    sharpness: float


def sample_rows(n_rows: int) -> list[slice]:
    """Return which rows of a photograph to look at: 8 bands of 32, evenly spaced, or all of a short one.

    Examples
    --------
    >>> [band.start for band in sample_rows(2693)]
    [0, 380, 760, 1140, 1520, 1900, 2280, 2661]
    >>> sample_rows(100)
    [slice(0, 25, None), slice(25, 50, None), slice(50, 75, None), slice(75, 100, None)]
    """
    if n_rows < _BANDS * _BAND_ROWS:
        edges = np.unique(np.linspace(0, n_rows, N_STRETCHES + 1).astype(int)).tolist()
        return [slice(start, stop) for start, stop in pairwise(edges)]
    starts = np.linspace(0, n_rows - _BAND_ROWS, _BANDS).astype(int).tolist()
    return [slice(start, start + _BAND_ROWS) for start in starts]


def stretches(image: NDArray[np.uint8]) -> list[Appearance]:
    """Return how each of the stretches of a photograph looks, from top to base.

    Parameters
    ----------
    image : array of shape (n_rows, n_columns, 3), uint8

    Returns
    -------
    list of Appearance
        `N_STRETCHES`, fewer where there are fewer rows.
    """
    bands = [_planes(image[band]) for band in sample_rows(len(image))]
    groups = np.array_split(np.arange(len(bands)), min(N_STRETCHES, len(bands)))
    return [_appearance(np.concatenate([bands[index] for index in group], axis=1)) for group in groups]


def _planes(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return L*, a*, b*, fine and coarse detail of each pixel, ``(5, n_pixels)``."""
    lightness, red_green, yellow_blue = np.moveaxis(rgb2lab(image), -1, 0)
    smooth, smoother = (ndimage.gaussian_filter(lightness, sigma) for sigma in (_FINE, _COARSE))
    planes = [lightness, red_green, yellow_blue, lightness - smooth, smooth - smoother]
    return np.stack([plane.ravel() for plane in planes])


def _appearance(planes: NDArray[np.float64]) -> Appearance:
    """Return the statistics of some pixels."""
    means, spreads = planes.mean(axis=1), planes.std(axis=1)
    sharpness = spreads[3] / max(spreads[4], 1e-6)  # an even area has no detail at all
    return Appearance(*(float(value) for value in (means[0], spreads[0], means[1], means[2], sharpness)))
