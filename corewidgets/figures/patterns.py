"""Patterns of the classes: lines and dots over their colors, where colors alone do not tell them apart.

As in lithology logs, a pattern goes with a class wherever it is drawn: it depends on the code alone.
"""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Patch

from corewidgets.figures.thinning import Codes
from corewidgets.labels.legend import Legend, LegendEntry

__all__ = ["LINE", "PATTERNS", "class_patch", "draw_patterns", "hatching", "ink_over", "pattern_of"]

PATTERNS = (
    "...", "\\\\\\\\", "---", "xxx", "ooo", "|||", "+++", "O", "**", "--..",
    "\\\\\\\\..", "||oo", "xx..", "++oo", "-\\\\", "|\\\\",
)  # fmt: skip
"""By code, the first that of code 1; slanted lines the other way ("////") stand for core loss."""

_MOST_PIXELS = 800  # along either side of what patterns are led around
_PALE = 0.4  # luminance from which on a color wants dark ink
LINE = 0.7
"""Width of the lines of patterns, in points."""


def pattern_of(code: int) -> str:
    """Return the pattern of a class; from the 17th class on they come again."""
    return PATTERNS[(code - 1) % len(PATTERNS)]


def ink_over(color: str) -> str:
    """Return the color of lines that are seen on a color: black or white."""
    luminance = np.dot([0.2126, 0.7152, 0.0722], np.power(to_rgb(color), 2.2))
    return "black" if luminance > _PALE else "white"


def hatching(color: str, code: int) -> dict[str, Any]:
    """Return the settings of a patch in the color and the pattern of a class, without an edge."""
    return {"facecolor": color, "hatch": pattern_of(code), "edgecolor": ink_over(color), "linewidth": 0.0}


def class_patch(entry: LegendEntry, *, hatched: bool) -> Patch:
    """Return what shows a class in a legend."""
    if hatched:
        return Patch(**hatching(entry.color, entry.code))
    return Patch(facecolor=entry.color, edgecolor="0.3", linewidth=0.5)


def draw_patterns(ax: Axes, codes: Codes, legend: Legend, extent: tuple[float, float, float, float]) -> None:
    """Draw the pattern of each class over the pixels that have it; code 0 has none.

    Parameters
    ----------
    ax : matplotlib Axes
    codes : array, shape (n_rows, n_columns), uint8
    legend : Legend
    extent : tuple of float
        Left, right, bottom and top of the array on the axes.
    """
    steps = [max(1, -(-size // _MOST_PIXELS)) for size in codes.shape]
    thinned = np.pad(codes[:: steps[0], :: steps[1]], 1, mode="edge")  # patterns reach to the sides
    left, right, bottom, top = extent
    down, across = (bottom - top) / (thinned.shape[0] - 2), (right - left) / (thinned.shape[1] - 2)
    rows = top + down * (np.arange(thinned.shape[0]) - 0.5)
    columns = left + across * (np.arange(thinned.shape[1]) - 0.5)
    with mpl.rc_context({"hatch.linewidth": LINE}):
        for entry in legend:
            here = thinned == entry.code
            if here.any():
                areas = ax.contourf(
                    columns, rows, here, [0.5, 1.5], colors="none", hatches=[pattern_of(entry.code)]
                )
                areas.set(edgecolor=ink_over(entry.color), linewidth=0.0)
