"""Labels as COCO annotations: polygons, or runs of pixels down the columns where a region has holes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corewidgets.labels.arrays import MAX_PIXELS, regions
from corewidgets.labels.drawings import Drawing, fill_rings, outlines
from corewidgets.labels.legend import Legend
from corewidgets.labels.polygons import from_xy, to_xy, trace_regions

__all__ = ["coco_runs", "from_coco", "is_coco", "to_coco"]

_DAMAGE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def is_coco(document: Any) -> bool:
    """Tell whether a document holds COCO annotations."""
    return isinstance(document, Mapping) and {"images", "annotations", "categories"} <= set(document)


def to_coco(labels: NDArray[np.uint8], legend: Legend, name: str) -> dict[str, Any]:
    """Return labels as COCO annotations: one image, the classes as categories, an annotation per region.

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
    colors = legend.rgb().tolist()
    return {
        "info": {"description": "Labels, written by corewidgets"},
        "images": [{"id": 1, "file_name": name, "height": shape[0], "width": shape[1]}],
        "categories": [
            {"id": code, "name": legend.name(code), "color": colors[code], "supercategory": "rock"}
            for code in np.unique(labels[labels > 0]).tolist()
        ],
        "annotations": [
            {"id": number, "image_id": 1, "category_id": code, "iscrowd": 0} | _segmentation(rings, shape)
            for number, (code, rings) in enumerate(outlines(labels), 1)
        ],
    }


def _segmentation(rings: list[NDArray[np.float64]], shape: tuple[int, int]) -> dict[str, Any]:
    """Return the pixels of a region, their number and the box around them."""
    (rows, columns), mask = fill_rings(rings, shape)
    corners = to_xy(rings[0]).ravel().tolist()
    return {
        "segmentation": [corners] if len(rings) == 1 else coco_runs(mask, rows, columns, shape),
        "area": int(np.count_nonzero(mask)),
        "bbox": [columns.start, rows.start, columns.stop - columns.start, rows.stop - rows.start],
    }


def coco_runs(mask: NDArray[np.bool_], rows: slice, columns: slice, shape: tuple[int, int]) -> dict[str, Any]:
    """Return the lengths of runs down the columns of a photograph, outside and inside by turns.

    Parameters
    ----------
    mask : ndarray of bool
        The pixels of a part of the photograph, given by `rows` and `columns`.
    rows, columns : slice
    shape : tuple of int
        Rows and columns of the photograph.

    Examples
    --------
    >>> coco_runs(np.ones((1, 2), bool), slice(1, 2), slice(0, 2), (3, 2))
    {'size': [3, 2], 'counts': [1, 1, 2, 1, 1]}
    """
    n_rows, n_columns = shape
    within = np.zeros((n_rows, mask.shape[1]), bool)
    within[rows] = mask
    turns = np.flatnonzero(np.diff(within.ravel(order="F"), prepend=False, append=False))
    edges = np.concatenate([[0], turns + columns.start * n_rows, [n_rows * n_columns]])
    return {"size": [n_rows, n_columns], "counts": np.diff(edges).tolist()}


def from_coco(document: Mapping[str, Any]) -> tuple[list[Drawing], tuple[int, int]]:
    """Return what a document holds of classes, and rows and columns of its image.

    An annotation without an outline, or of another image, is a drawing of nothing.

    Raises
    ------
    ValueError
        It has several images, or is damaged.
    """
    images = document["images"]
    if not isinstance(images, list) or len(images) != 1:
        number = len(images) if isinstance(images, list) else 0
        raise ValueError(
            f"This COCO file is of {number} images, but labels are of one; export each image "
            "to a file of its own."
        )
    try:
        shape = int(images[0]["height"]), int(images[0]["width"])
        if min(shape) < 1 or shape[0] * shape[1] > MAX_PIXELS:
            raise ValueError(f"{shape[0]} rows and {shape[1]} columns")
        categories = {each["id"]: each for each in document["categories"]}
        known = images[0].get("id")
        found = [
            _drawing(
                each if each.get("image_id", known) == known else {**each, "segmentation": []},
                categories,
                shape,
            )
            for each in document["annotations"]
        ]
    except _DAMAGE as error:
        raise ValueError(f"This COCO file is damaged ({error!r}); export it again.") from error
    return found, shape


def _drawing(annotation: Mapping[str, Any], categories: Mapping[int, Any], shape: tuple[int, int]) -> Drawing:
    """Return what one annotation holds."""
    category, outline = categories[annotation["category_id"]], annotation.get("segmentation") or []
    color = category.get("color")
    drawing = Drawing(str(category["name"]), "#{:02X}{:02X}{:02X}".format(*color) if color else None)
    if isinstance(outline, Mapping):
        drawing.polygons += [rings for _, rings in trace_regions(regions(_filled(outline, shape)))]
    else:
        drawing.polygons += [[from_xy(each)] for each in outline]
    return drawing


def _filled(outline: Mapping[str, Any], shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Return the pixels that runs tell."""
    counts, size = outline["counts"], tuple(int(each) for each in outline["size"])
    lengths = np.array(list(_unpacked(counts)) if isinstance(counts, str | bytes) else counts, np.int64)
    if size != shape or lengths.min(initial=0) < 0 or lengths.sum() != size[0] * size[1]:
        raise ValueError(f"runs of {lengths.sum()} pixels in {size[0]} rows and {size[1]} columns")
    inside = (np.arange(len(lengths)) % 2).astype(np.uint8)
    return np.repeat(inside, lengths).reshape(size, order="F")


def _unpacked(text: str | bytes) -> Iterator[int]:
    """Yield the lengths of runs in COCO's short form: five bits a sign, differences from the third on."""
    values: list[int] = []
    value, shift = 0, 0
    for sign in text.encode() if isinstance(text, str) else text:
        bits = sign - 48
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        if bits & 16:
            value -= 1 << shift
        values.append(value + (values[-2] if len(values) > 2 else 0))
        value, shift = 0, 0
    yield from values
