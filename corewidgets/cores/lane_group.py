"""Lanes of one box among the lines of a straightened photograph, and how far two colors differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Profile = NDArray[np.float64]
Sides = tuple[float, float]


@dataclass(frozen=True)
class LaneGroup:
    """Lanes of one box.

    Attributes
    ----------
    sides : tuple of (float, float)
        First and last row of each lane of the straightened photograph, from top to bottom.
    scores : tuple of float
        Of each: above 0.5 there is little doubt, below 0.2 much.
    divider : ndarray of float64, (3,)
        Color of what lies between the lanes.
    walled : bool
        Whether walls of another color than the table close the box above and below.
    """

    sides: tuple[Sides, ...]
    scores: tuple[float, ...]
    divider: Profile
    walled: bool = False

    @property
    def width(self) -> float:
        """Typical width of a lane."""
        return float(np.median([stop - start for start, stop in self.sides]))

    @property
    def total(self) -> float:
        """Sum of the scores."""
        return sum(self.scores)


def contrast(color: Profile, divider: Profile) -> float:
    """Return how far a color is from that of a divider, 0 to 1; light may differ by a fifth."""
    return min(1.0, float(np.abs(color - divider).sum()) / (3 * (12 + 0.18 * abs(divider[0]))))
