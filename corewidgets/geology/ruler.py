"""A ruler on a photograph: how long a line is, how it lies, and what is seen along it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corewidgets.features.sampling import place_among_cells

__all__ = ["Profile", "Ruler", "sample"]

Floats = NDArray[np.float64]


class Profile(NamedTuple):
    """Values along a line.

    Attributes
    ----------
    distance : ndarray, (n,)
        From its start, in millimetres, or in pixels where their size is unknown.
    values : ndarray, (n,) or (n, n_channels)
    """

    distance: Floats
    values: Floats


@dataclass(frozen=True)
class Ruler:
    """A straight line on a photograph.

    Parameters
    ----------
    start, end : tuple of float
        Row and column; an integer is the center of a pixel.
    pixel_size_mm : float, optional
        Without it lengths are in pixels only.

    Examples
    --------
    >>> ruler = Ruler((10, 5), (7, 9), pixel_size_mm=0.2)
    >>> ruler.length_px, round(ruler.length_mm, 9), round(ruler.angle, 2)
    (5.0, 1.0, 36.87)
    """

    start: tuple[float, float]
    end: tuple[float, float]
    pixel_size_mm: float | None = None

    @property
    def length_px(self) -> float:
        """Pixels from end to end."""
        return math.dist(self.start, self.end)

    @property
    def length_mm(self) -> float | None:
        """Millimetres from end to end, None where the size of a pixel is unknown."""
        return None if self.pixel_size_mm is None else self.length_px * self.pixel_size_mm

    @property
    def angle(self) -> float:
        """Degrees from across the core, above -90 to 90, positive where the line rises to the right."""
        up, right = self.start[0] - self.end[0], self.end[1] - self.start[1]
        if right < 0 or (right == 0 and up < 0):
            up, right = -up, -right
        return math.degrees(math.atan2(up, right))

    def profile(self, values: NDArray[Any]) -> Profile:
        """Return values along the line, about one a pixel.

        Parameters
        ----------
        values : ndarray, (n_rows, n_columns) or (n_rows, n_columns, n_channels)
            A photograph, or a probability.

        Returns
        -------
        Profile
            Both ends included; beyond the image its edge goes on.
        """
        steps = np.linspace(0, 1, max(math.ceil(self.length_px), 1) + 1)
        rows, columns = (
            start + steps * (end - start) for start, end in zip(self.start, self.end, strict=True)
        )
        length = self.length_px if self.length_mm is None else self.length_mm
        return Profile(steps * length, sample(values, rows, columns))


def sample(values: NDArray[Any], rows: Floats, columns: Floats) -> Floats:
    """Interpolate an image between the centers of its pixels.

    Parameters
    ----------
    values : ndarray, (n_rows, n_columns) or (n_rows, n_columns, n_channels)
    rows, columns : ndarray, (n,)
        Positions; beyond the image its edge goes on.

    Returns
    -------
    ndarray, (n,) or (n, n_channels)
    """
    down, across = (
        place_among_cells(np.clip(places, 0, size - 1), 1)
        for places, size in zip((rows, columns), values.shape, strict=False)
    )
    (top, below), (left, beside) = ((cells.astype(np.intp), fraction) for cells, fraction in (down, across))
    bottom, right = np.minimum(top + 1, values.shape[0] - 1), np.minimum(left + 1, values.shape[1] - 1)
    shape = (-1, *[1] * (values.ndim - 2))
    below, beside = below.reshape(shape).astype(np.float64), beside.reshape(shape).astype(np.float64)
    upper = values[top, left] * (1 - beside) + values[top, right] * beside
    lower = values[bottom, left] * (1 - beside) + values[bottom, right] * beside
    return np.asarray(upper * (1 - below) + lower * below, np.float64)
