"""The slider for the size of the brush: steps that are fine where it is small."""

from __future__ import annotations

import ipywidgets as ipw

__all__ = ["BRUSH_SIZES", "BrushSlider"]

BRUSH_SIZES = (1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 26, 34, 44, 58, 76, 100, 130, 170, 220)
"""Diameters in pixels of the photograph."""


class BrushSlider(ipw.SelectionSlider):
    """Chooses one of `BRUSH_SIZES`."""

    def __init__(self, layout: ipw.Layout) -> None:
        super().__init__(options=BRUSH_SIZES, value=12, layout=layout, continuous_update=True)

    def step(self, steps: int) -> None:
        """Go up by some steps, or down where they are negative; it ends at the smallest and the largest."""
        place = self.index + steps
        self.value = BRUSH_SIZES[min(max(place, 0), len(BRUSH_SIZES) - 1)]
