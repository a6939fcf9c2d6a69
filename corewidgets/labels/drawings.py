"""What was drawn of classes in a file of outlines, and drawing it as labels."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from corewidgets.labels.arrays import regions
from corewidgets.labels.class_names import code_of, spellings
from corewidgets.labels.edits import paint_stroke
from corewidgets.labels.legend import Legend
from corewidgets.labels.placement import area, check_places
from corewidgets.labels.polygons import Box, fill_polygon, trace_regions

__all__ = ["Drawing", "draw", "fill_rings", "legend_of", "outlines"]

Points = NDArray[np.float64]


@dataclass
class Drawing:
    """What was drawn of one class.

    Attributes
    ----------
    name : str
        Of the class.
    color : str or None
        "#RRGGBB".
    polygons : list
        Of each polygon its rings, (n_corners, 2) rows and columns; those after the first are holes.
    strokes : list
        Of each line, and of each point, its points.
    """

    name: str
    color: str | None
    polygons: list[list[Points]] = field(default_factory=list)
    strokes: list[Points] = field(default_factory=list)


def draw(
    drawings: Sequence[Drawing],
    shape: tuple[int, int],
    legend: Legend,
    *,
    stroke_width: float | None,
    source: str,
    is_ours: bool,
) -> NDArray[np.uint8]:
    """Draw polygons, the largest first, and on top of them lines and points.

    A pixel belongs to a polygon when its center does; where polygons overlap, the smaller is on top, and of
    two of one size the later.

    Parameters
    ----------
    drawings : sequence of Drawing
    shape : tuple of int
        Rows and columns of the image.
    legend : Legend
        The codes of the names, in any capitals.
    stroke_width : float or None
        In pixels; None leaves lines and points out.
    source : str
        What warnings begin with.
    is_ours : bool
        Whether this package wrote the outlines, so that their places need no check.

    Returns
    -------
    ndarray of uint8, (n_rows, n_columns)

    Raises
    ------
    ValueError
        A class is none of `legend`, or all polygons lie outside of the image.
    """
    labels = np.zeros(shape, np.uint8)
    areas = [(rings, code_of(legend, drawing.name)) for drawing in drawings for rings in drawing.polygons]
    areas.sort(key=lambda drawn: -area(drawn[0][:1]))
    n_pixels = [_draw(labels, rings, code) for rings, code in areas]
    check_places([rings for rings, _ in areas], n_pixels, shape, source, is_ours=is_ours)
    for drawing in drawings if stroke_width is not None else ():
        for points in drawing.strokes:
            edit = paint_stroke(points, stroke_width or 0.0, code_of(legend, drawing.name), shape)
            labels[edit.box][edit.mask] = edit.code
    return labels


def outlines(labels: NDArray[np.uint8]) -> list[tuple[int, list[Points]]]:
    """Return code and rings of each region of labels; see `trace_regions`."""
    numbered = regions(labels)
    first = np.unique(numbered, return_index=True)
    codes = dict(zip(first[0].tolist(), labels.ravel()[first[1]].tolist(), strict=True))
    return [(codes[region], rings) for region, rings in trace_regions(numbered)]


def fill_rings(rings: Sequence[Points], shape: tuple[int, int]) -> tuple[Box, NDArray[np.bool_]]:
    """Find the pixels in the first ring that are in none of the others; see `fill_polygon`."""
    (rows, columns), inside = fill_polygon(rings[0], shape)
    for ring in rings[1:]:
        box, hole = fill_polygon(ring - [rows.start, columns.start], (inside.shape[0], inside.shape[1]))
        inside[box] &= ~hole
    return (rows, columns), inside


def _draw(labels: NDArray[np.uint8], rings: Sequence[Points], code: int) -> int:
    """Fill the first ring without the others, and return how many pixels that are."""
    box, inside = fill_rings(rings, (labels.shape[0], labels.shape[1]))
    labels[box][inside] = code
    return int(np.count_nonzero(inside))


def legend_of(drawings: Sequence[Drawing], source: str) -> Legend | None:
    """Make a legend of the names found, in their order, each with its first color; None for no names.

    Warns
    -----
    UserWarning
        Names differ in capitals or gaps only, and are taken for one.
    """
    first = spellings(drawing.name for drawing in drawings)
    others = [f"{name!r} as {same!r}" for name, same in first.items() if name != same]
    if others:
        warnings.warn(
            f"{source}names that differ in capitals or gaps are one class: {', '.join(others)}.", stacklevel=5
        )
    colors: dict[str, str | None] = {}
    for drawing in drawings:
        name = first[drawing.name]
        colors[name] = colors.get(name) or drawing.color
    return Legend(list(colors), list(colors.values())) if colors else None
