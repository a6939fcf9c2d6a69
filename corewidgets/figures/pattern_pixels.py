"""Patterns of the classes as pixels: for maps that are looked at on a screen, at any magnification."""

from __future__ import annotations

from functools import cache

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from corewidgets.figures.patterns import LINE, PATTERNS, ink_over
from corewidgets.figures.thinning import Codes
from corewidgets.labels.legend import Legend

__all__ = ["MOST_CLASSES", "pattern_pixels", "with_patterns"]

MOST_CLASSES = 253
"""Two codes are those of the inks."""

_SIDE = 144  # matplotlib draws a pattern on a square of one inch, and repeats it
_DARK = 128


def with_patterns(codes: Codes, palette: Codes, legend: Legend, width: int) -> tuple[Codes, Codes]:
    """Return codes and palette with the pattern of each class drawn into them, in black or white.

    Parameters
    ----------
    codes : array, shape (n_rows, n_columns), uint8
        0 has no pattern.
    palette : array, shape (n_classes + 1, 4), uint8
        Red, green, blue and opacity of each code; what is transparent gets no pattern.
    legend : Legend
    width : int
        Of the lines, in pixels of the array; 1 or more.

    Returns
    -------
    codes : array, shape (n_rows, n_columns), uint8
        Two more codes are the inks.
    palette : array, shape (n_classes + 3, 4), uint8

    Raises
    ------
    ValueError
        The legend has more than 253 classes.
    """
    if len(legend) > MOST_CLASSES:
        raise ValueError(
            f"Patterns are drawn for {MOST_CLASSES} classes at most, but the legend has {len(legend)}; "
            "show them filled or by their outlines."
        )
    black = len(legend) + 1
    drawn = codes.copy()
    rows, columns = (np.arange(size) // width % _SIDE for size in codes.shape)
    for entry in legend:
        if palette[entry.code, 3]:
            here = pattern_pixels(entry.code)[rows][:, columns] & (codes == entry.code)
            drawn[here] = black if ink_over(entry.color) == "black" else black + 1
    inks = np.array([[0, 0, 0, 255], [255, 255, 255, 255]], np.uint8)
    return drawn, np.concatenate([palette, inks])


def pattern_pixels(code: int) -> npt.NDArray[np.bool_]:
    """Return where the pattern of a class has ink ``(144, 144)``; it goes on seamlessly on all sides."""
    return _pixels((code - 1) % len(PATTERNS))


@cache
def _pixels(number: int) -> npt.NDArray[np.bool_]:
    figure = Figure((1, 1), dpi=_SIDE)
    canvas = FigureCanvasAgg(figure)
    with mpl.rc_context({"hatch.linewidth": LINE}):
        whole = Rectangle(
            (0, 0), 1, 1, facecolor="white", edgecolor="black", linewidth=0, hatch=PATTERNS[number]
        )
    figure.add_artist(whole)
    canvas.draw()  # type: ignore[no-untyped-call]
    pixels = np.asarray(canvas.buffer_rgba())[..., 0] < _DARK  # type: ignore[no-untyped-call]
    pixels.flags.writeable = False
    return pixels
