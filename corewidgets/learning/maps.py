"""What a model says of a section: classes, probabilities, doubt; and what to draw of them. Only arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from corewidgets.labels.legend import Legend
from corewidgets.learning.light import Light

Codes = npt.NDArray[np.uint8]

__all__ = ["Maps", "doubt_palette", "least_sure", "likelihood_palette", "outlines", "share_of_classes"]

# Ever lighter, so that the order is seen without a key.
_DOUBT = ("#781c6d", "#bc3754", "#ed6925", "#fbb61a", "#fcffa4")


@dataclass(frozen=True, eq=False)
class Maps:
    """One value per pixel; all in bytes, which is as fine as a screen shows.

    Parameters
    ----------
    segmentation : array, shape (n_rows, n_columns), uint8
        Codes, 0 where nothing has been computed yet.
    uncertainty : array, shape (n_rows, n_columns), uint8, or None
        Entropy of the probabilities over its largest value, 255 = entirely uncertain.
    probabilities : array, shape (n_classes, n_rows, n_columns), uint8, or None
        255 = certain.
    classes : tuple of int
        Code of each probability.
    model : PixelClassifier or None
        Where they come from.
    complete : bool
        Whether every pixel was computed by this model; otherwise some are those of the model before, or 0.
    lights : mapping of str to Light
        What the model corrected before it mapped, by the name of the photograph; known of complete maps.
    """

    segmentation: Codes
    uncertainty: Codes | None = None
    probabilities: Codes | None = None
    classes: tuple[int, ...] = ()
    model: Any = None
    complete: bool = True
    lights: Mapping[str, Light] = field(default_factory=dict)

    def probability(self, code: int) -> Codes | None:
        """Return the probability of a class ``(n_rows, n_columns)`` uint8; None where it is not known."""
        if self.probabilities is None or code not in self.classes:
            return None
        return self.probabilities[self.classes.index(code)]


def outlines(codes: Codes, width: int) -> Codes:
    """Return the codes along the borders between classes, and 0 inside of them.

    Parameters
    ----------
    codes : array, shape (n_rows, n_columns), uint8
    width : int
        How far a line reaches into its class, in pixels; 1 or more.
    """
    # find_boundaries of scikit-image draws lines of one width, and takes three times as long
    border = np.zeros(codes.shape, bool)
    for axis in (0, 1):
        lines, marks = np.moveaxis(codes, axis, 0), np.moveaxis(border, axis, 0)
        differs = lines[width:] != lines[:-width]
        marks[width:] |= differs
        marks[: len(marks) - width] |= differs
    return np.where(border, codes, 0).astype(np.uint8)


def least_sure(
    uncertainty: Codes, labels: Codes | None, n: int = 20, size: int = 16
) -> list[tuple[int, int]]:
    """Return the places where the model knows least and nothing is labelled, the worst first.

    Parameters
    ----------
    uncertainty : array, shape (n_rows, n_columns), uint8
    labels : array, shape (n_rows, n_columns), uint8, or None
        0 = unlabelled.
    n : int
        The largest number of places.
    size : int
        Side in pixels of the square over which the doubt is averaged; single pixels on a border between two
        rocks are always in doubt, and labelling them teaches little. Two places are three sides apart.

    Returns
    -------
    list of (row, column)
    """
    doubt = _block_means(uncertainty, size)
    if labels is not None:
        doubt = np.where(_block_means((labels > 0).astype(np.uint8), size) > 0, -1.0, doubt)
    places: list[tuple[int, int]] = []
    for flat in np.argsort(-doubt, axis=None, kind="stable"):
        down, across = divmod(int(flat), doubt.shape[1])
        if doubt[down, across] <= 0 or len(places) == n:
            break
        row = min(down * size + size // 2, uncertainty.shape[0] - 1)
        column = min(across * size + size // 2, uncertainty.shape[1] - 1)
        if all(max(abs(row - other), abs(column - beside)) >= 3 * size for other, beside in places):
            places.append((row, column))
    return places


def _block_means(values: Codes, size: int) -> npt.NDArray[np.float64]:
    """Return the mean of each whole square; of a smaller image, that of its only one.

    Not `skimage.measure.block_reduce`: it pads the blocks at the border with a constant, which is no pixel.
    """
    n_down, n_across = (max(length // size, 1) for length in values.shape)
    whole = values[: n_down * size, : n_across * size].astype(np.uint32)
    down, across = (np.arange(n) * size for n in (n_down, n_across))
    sums = np.add.reduceat(np.add.reduceat(whole, down, axis=0), across, axis=1)
    return np.asarray(sums / (min(size, values.shape[0]) * min(size, values.shape[1])))


def share_of_classes(segmentation: Codes, n_classes: int) -> npt.NDArray[np.float64]:
    """Return the share of the pixels that each code 1 ... `n_classes` has, of those that are known."""
    counts = np.bincount(segmentation.ravel(), minlength=n_classes + 1)[1 : n_classes + 1]
    return np.asarray(counts / max(int(counts.sum()), 1))


def class_palette(legend: Legend, hidden: frozenset[int]) -> Codes:
    """Return red, green, blue and opacity of each code ``(n + 1, 4)``; what is hidden is transparent."""
    table = np.zeros((len(legend) + 1, 4), np.uint8)
    table[:, :3] = legend.rgb()
    table[1:, 3] = 255
    table[[code for code in hidden if code < len(table)], 3] = 0
    return table


def likelihood_palette(color: str) -> Codes:
    """Return 256 colors, from nothing at 0 to the class's own color at 255."""
    table = np.empty((256, 4), np.uint8)
    table[:, :3] = _rgb(color)
    table[:, 3] = np.arange(256)
    return table


def doubt_palette() -> Codes:
    """Return 256 colors: the photograph shines through where the model is sure, and glows where it is not."""
    stops = np.array([_rgb(color) for color in _DOUBT], float)
    levels = np.linspace(0, 1, 256)
    places = np.linspace(0, 1, len(stops))
    table = np.empty((256, 4), np.uint8)
    for channel in range(3):
        table[:, channel] = np.rint(np.interp(levels, places, stops[:, channel]))
    table[:, 3] = np.rint(255 * levels)
    return table


def _rgb(color: str) -> tuple[int, int, int]:
    red, green, blue = (int(color[start : start + 2], 16) for start in (1, 3, 5))
    return red, green, blue
