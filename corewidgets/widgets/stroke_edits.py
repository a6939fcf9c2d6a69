"""What a stroke does to labels: a function for each mode of the brush that draws."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from corewidgets.labels.edits import Edit, fill_region, paint_polygon, paint_stroke
from corewidgets.widgets.stage.gestures import Stroke

__all__ = ["STROKE_EDITS", "edit_of"]

Labels = npt.NDArray[np.uint8]


def edit_of(stroke: Stroke, labels: Labels, code: int) -> Edit | None:
    """Return what a stroke changes, or None where it changes nothing.

    Parameters
    ----------
    stroke : Stroke
    labels : array, shape (n_rows, n_columns), uint8
        As they are before.
    code : int
        What it gives; 0 takes labels away.
    """
    return STROKE_EDITS[stroke.mode](stroke, labels, code)


def _brush(stroke: Stroke, labels: Labels, code: int) -> Edit | None:
    return paint_stroke(stroke.points, stroke.size, code, labels.shape)


def _polygon(stroke: Stroke, labels: Labels, code: int) -> Edit | None:
    return paint_polygon(stroke.points, code, labels.shape)


def _fill(stroke: Stroke, labels: Labels, code: int) -> Edit | None:
    row, column = (int(value) for value in np.floor(stroke.points[0] + 0.5))
    inside = 0 <= row < labels.shape[0] and 0 <= column < labels.shape[1]
    return fill_region(labels, row, column, code) if inside else None


STROKE_EDITS: dict[str, Callable[[Stroke, Labels, int], Edit | None]] = {
    "paint": _brush,
    "erase": _brush,
    "polygon": _polygon,
    "fill": _fill,
}
"""By the name of the mode."""
