"""Local binary patterns as a source of features: an example of a source of one's own.

Ojala, Pietikaeinen and Maeenpaeae (2002), Multiresolution gray-scale and rotation invariant texture
classification with local binary patterns, IEEE TPAMI 24, 971-987.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from skimage.color import rgb2gray
from skimage.feature import local_binary_pattern

import corewidgets as cw


@dataclass(frozen=True)
class LocalBinaryPatterns(cw.Source):
    """Which uniform pattern the gray values around a pixel make, a channel for each.

    Parameters
    ----------
    radius : int
        Pixels from the middle to the eight neighbors.
    """

    kind: ClassVar[str] = "local_binary_patterns"

    radius: int = 2

    @property
    def name(self) -> str:
        """For example ``"lbp2"``."""
        return f"lbp{self.radius}"

    @property
    def n_channels(self) -> int:
        """Eight neighbors have nine uniform patterns, and one number stands for all others."""
        return 10

    @property
    def halo(self) -> int:
        """The neighbors lie this far outside of a tile."""
        return self.radius + 1

    def compute(self, window: cw.Window) -> np.ndarray:
        """Return 1 in the channel of each pixel's pattern, else 0."""
        gray = np.rint(255 * rgb2gray(window.pixels)).astype(np.uint8)
        patterns = local_binary_pattern(gray, P=8, R=self.radius, method="uniform").astype(int)
        inner = slice(window.halo, -window.halo)
        return np.eye(10, dtype=np.float32)[patterns[inner, inner]]
