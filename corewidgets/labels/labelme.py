"""Labels as labelme keeps them: polygons with a name, and small masks where a region has holes."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from corewidgets.labels.arrays import MAX_PIXELS, regions
from corewidgets.labels.decoding import DAMAGE
from corewidgets.labels.drawings import Drawing, fill_rings, outlines
from corewidgets.labels.legend import Legend
from corewidgets.labels.polygons import from_xy, to_xy, trace_regions

__all__ = ["from_labelme", "is_labelme", "to_labelme"]

_VERSION = "5.5.0"
"""The version of labelme whose files these are."""
_ASKEW = {"oriented_rectangle", "rotation"}  # with four corners; the second of programs made from labelme


def is_labelme(document: Any) -> bool:
    """Tell whether a document is a file of labelme."""
    return isinstance(document, Mapping) and {"shapes", "imageHeight", "imageWidth"} <= set(document)


def to_labelme(labels: NDArray[np.uint8], legend: Legend, name: str) -> dict[str, Any]:
    """Return regions as the shapes of labelme.

    Parameters
    ----------
    labels : ndarray of uint8, (n_rows, n_columns)
        Codes, 0 = unlabelled.
    legend : Legend
    name : str
        Of the file of the photograph.

    Returns
    -------
    dict
        Plain values.
    """
    shape = (labels.shape[0], labels.shape[1])
    return {
        "version": _VERSION,
        "flags": {},
        "shapes": [
            {"label": legend.name(code), "group_id": None, "description": "", "flags": {}}
            | _shape(rings, shape)
            for code, rings in outlines(labels)
        ],
        "imagePath": name,
        "imageData": None,
        "imageHeight": shape[0],
        "imageWidth": shape[1],
    }


def _shape(rings: list[NDArray[np.float64]], shape: tuple[int, int]) -> dict[str, Any]:
    """Return the outline of a region, or its pixels where it has holes."""
    if len(rings) == 1:
        corners = to_xy(rings[0]).tolist()
        return {"shape_type": "polygon", "points": corners, "mask": None}
    (rows, columns), mask = fill_rings(rings, shape)
    content = io.BytesIO()
    Image.fromarray(mask).save(content, format="PNG")
    ends = [[columns.start, rows.start], [columns.stop - 1, rows.stop - 1]]
    return {
        "shape_type": "mask",
        "points": [[float(each) for each in end] for end in ends],
        "mask": base64.b64encode(content.getvalue()).decode(),
    }


def from_labelme(document: Mapping[str, Any]) -> tuple[list[Drawing], tuple[int, int]]:
    """Return what a document holds of classes, and rows and columns of its image.

    Polygons, rectangles, circles and masks are areas; lines and points are strokes.  A shape of another kind
    is a drawing of nothing.

    Raises
    ------
    ValueError
        It is damaged.
    """
    try:
        shape = int(document["imageHeight"]), int(document["imageWidth"])
        if min(shape) < 1 or shape[0] * shape[1] > MAX_PIXELS:
            raise ValueError(f"{shape[0]} rows and {shape[1]} columns")
        return [_drawing(each, shape) for each in document["shapes"]], shape
    except DAMAGE as error:
        raise ValueError(f"This file of labelme is damaged ({error!r}); save it again.") from error


def _drawing(drawn: Mapping[str, Any], shape: tuple[int, int]) -> Drawing:
    """Return what one shape holds."""
    drawing, kind = Drawing(str(drawn["label"]), None), drawn.get("shape_type", "polygon")
    points = from_xy(drawn["points"])
    if not np.isfinite(points).all():
        raise ValueError("a corner is not a number")
    if kind == "mask":
        drawing.polygons += _of_mask(drawn["mask"], np.round(points + 0.5).astype(int), shape)
    elif kind in {"polygon", *_ASKEW}:
        drawing.polygons.append([points])
    elif kind == "rectangle":
        (top, left), (bottom, right) = points.min(axis=0), points.max(axis=0)
        drawing.polygons.append([np.array([[top, left], [top, right], [bottom, right], [bottom, left]])])
    elif kind == "circle":
        turns = np.linspace(0, 2 * np.pi, 180, endpoint=False)
        around = np.column_stack([np.sin(turns), np.cos(turns)])
        drawing.polygons.append([points[0] + np.hypot(*(points[1] - points[0])) * around])
    elif kind in {"line", "linestrip"}:
        drawing.strokes.append(points)
    elif kind in {"point", "points"}:
        drawing.strokes += [point[None] for point in points]
    return drawing


def _of_mask(text: str, ends: NDArray[np.int_], shape: tuple[int, int]) -> list[list[NDArray[np.float64]]]:
    """Return the outlines of a mask that lies somewhere in the image."""
    with PngImagePlugin.PngImageFile(io.BytesIO(base64.b64decode(text))) as image:
        if image.width * image.height > shape[0] * shape[1]:
            raise ValueError(f"a mask of {image.height} rows and {image.width} columns")
        mask = np.asarray(image.convert("L")) > 0
    return [[ring + ends[0] for ring in rings] for _, rings in trace_regions(regions(mask.astype(np.uint8)))]
