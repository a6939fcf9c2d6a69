"""Labels as GeoJSON polygons, the way QuPath exports annotations."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corewidgets.labels.arrays import MAX_PIXELS, regions
from corewidgets.labels.class_names import code_of, spellings
from corewidgets.labels.edits import paint_stroke
from corewidgets.labels.geojson_features import Drawing, read_features
from corewidgets.labels.legend import Legend
from corewidgets.labels.photograph_mark import mark_in
from corewidgets.labels.placement import area, check_places
from corewidgets.labels.polygons import fill_polygon, trace_regions

__all__ = ["from_geojson", "photograph_of", "to_geojson"]

OWN = "corewidgets"  # foreign member that holds what GeoJSON has no place for


def to_geojson(
    labels: NDArray[np.uint8], legend: Legend | None = None, *, photograph: str | None = None
) -> dict[str, Any]:
    """Outline each region of labels as a polygon with the name and color of its class.

    Coordinates are x, y in pixels from the upper left corner of the image, as in QuPath, so that pixel
    (row, column) covers x from column to column + 1. Outlines run along the edges of pixels: `from_geojson`
    gives back the same labels. The size of the image and the legend go along in the member "corewidgets",
    which other programs pass over.

    Parameters
    ----------
    labels : ndarray of uint8, (n_rows, n_columns)
        Codes, 0 = unlabelled.
    legend : Legend, optional
        Names and colors of the codes; without it they are called "Class 1" and so on.
    photograph : str, optional
        Digest of the photograph that they were drawn on (`CoreSection.digest`).

    Returns
    -------
    dict
        A FeatureCollection of plain values (RFC 7946), one Polygon with its holes a region.
    """
    classes = legend or Legend.of_codes(255)
    colors = classes.rgb().tolist()
    numbered = regions(labels)
    first = np.unique(numbered, return_index=True)
    codes = dict(zip(first[0].tolist(), labels.ravel()[first[1]].tolist(), strict=True))
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": [_to_coordinates(ring) for ring in rings]},
            "properties": {
                "objectType": "annotation",
                "classification": {"name": classes.name(codes[region]), "color": colors[codes[region]]},
            },
        }
        for region, rings in trace_regions(numbered)
    ]
    own: dict[str, Any] = {"shape": list(labels.shape), "legend": legend and legend.to_dict()}
    if photograph is not None:
        own["photograph"] = photograph
    return {"type": "FeatureCollection", OWN: own, "features": features}


def from_geojson(
    document: Any,
    *,
    shape: tuple[int, int] | None = None,
    legend: Legend | None = None,
    stroke_width: float | None = None,
    source: str = "",
) -> tuple[NDArray[np.uint8], Legend | None]:
    """Draw the polygons of a GeoJSON document as labels.

    A pixel belongs to a polygon when its center does; where polygons overlap, the smaller is on top, and of
    two of one size the later. So an area that lies in another is seen whichever was drawn first.

    Parameters
    ----------
    document : dict or list
        A FeatureCollection, a Feature, or a list of them, of Polygons and MultiPolygons. The class of each is
        `properties.classification`: its `name` (or `names`), and `color` or `colorRGB`. Features without a
        class, those of a class that QuPath ignores (it ends with an asterisk), and other geometries are left
        out.
    shape : tuple of int, optional
        Rows and columns of the image; needed where the document does not tell.
    legend : Legend, optional
        Codes of the names, in any capitals, for documents that do not come from `to_geojson`. Without it, the
        names get codes in the order in which they come.
    stroke_width : float, optional
        Width in pixels in which lines and points are drawn, on top of areas; without it they are left out.
    source : str
        What warnings begin with, such as the file's name and a colon.

    Returns
    -------
    labels : ndarray of uint8, (n_rows, n_columns)
        Codes, 0 outside of all polygons.
    legend : Legend or None
        Names and colors of the codes: of the document where it has a legend, else `legend` or the names
        found; None for labels that were written without any.

    Raises
    ------
    ValueError
        The size is unknown, nothing is left to draw, a class is none of `legend`, all polygons lie outside of
        the image, or the document is not complete.

    Warns
    -----
    UserWarning
        Something was left out, lies outside of the image, or seems to be in another scale.
    """
    own = document.get(OWN) if isinstance(document, Mapping) else None
    own_shape, own_legend = _own(own) if own is not None else (None, None)
    given = own_legend or legend
    drawings, left_out = read_features(
        document, has_strokes=stroke_width is not None, known=frozenset(given.names if given else ())
    )
    size = own_shape or shape
    if size is None:
        raise ValueError(
            "These polygons do not tell how large their image is; give shape=(n_rows, n_columns), for "
            "example shape=section.shape."
        )
    drawings = [one for one in drawings if one.polygons or (one.strokes and stroke_width is not None)]
    if left_out.numbers and not drawings:
        raise ValueError(f"There is no area with a class. {left_out}")
    if left_out.numbers:
        warnings.warn(f"{source}left out of the labels: {left_out}", stacklevel=4)
    found = own_legend if own is not None else legend or _legend_of(drawings, source)
    labels = np.zeros(size, np.uint8)
    codes = found or Legend.of_codes(255)
    _draw_areas(labels, drawings, codes, source, is_ours=own is not None)
    if stroke_width is not None:
        _draw_strokes(labels, drawings, codes, stroke_width)
    return labels, found


def photograph_of(document: Any) -> str | None:
    """Return the digest of the photograph that the labels in a document were drawn on, if it is known."""
    own = document.get(OWN) if isinstance(document, Mapping) else None
    return mark_in(own.get("photograph")) if isinstance(own, Mapping) else None


def _draw_areas(
    labels: NDArray[np.uint8], drawings: Sequence[Drawing], codes: Legend, source: str, *, is_ours: bool
) -> None:
    """Draw polygons, the largest first, and raise or warn where they miss the image."""
    areas = [(rings, code_of(codes, drawing.name)) for drawing in drawings for rings in drawing.polygons]
    areas.sort(key=lambda drawn: -area(drawn[0][:1]))
    n_pixels = [_draw(labels, rings, code) for rings, code in areas]
    size = (labels.shape[0], labels.shape[1])
    check_places([rings for rings, _ in areas], n_pixels, size, source, is_ours=is_ours)


def _draw_strokes(
    labels: NDArray[np.uint8], drawings: Sequence[Drawing], codes: Legend, width: float
) -> None:
    """Draw lines and points in some width."""
    for drawing in drawings:
        for points in drawing.strokes:
            edit = paint_stroke(
                points, width, code_of(codes, drawing.name), (labels.shape[0], labels.shape[1])
            )
            labels[edit.box][edit.mask] = edit.code


def _legend_of(drawings: Sequence[Drawing], source: str) -> Legend | None:
    """Make a legend of the names found, in their order, each with its first color; None for no names."""
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


def _to_coordinates(ring: NDArray[np.float64]) -> list[list[int]]:
    """Turn rows and columns of corners into x and y, the first one repeated at the end."""
    corners = (ring[:, ::-1] + 0.5).astype(int).tolist()
    return [*corners, corners[0]]


def _draw(labels: NDArray[np.uint8], rings: Sequence[NDArray[np.float64]], code: int) -> int:
    """Fill the first ring without the others, and return how many pixels that are."""
    n_rows, n_columns = labels.shape
    (rows, columns), inside = fill_polygon(rings[0], (n_rows, n_columns))
    for ring in rings[1:]:
        box, hole = fill_polygon(ring - [rows.start, columns.start], (inside.shape[0], inside.shape[1]))
        inside[box] &= ~hole
    labels[rows, columns][inside] = code
    return int(np.count_nonzero(inside))


def _own(own: Any) -> tuple[tuple[int, int], Legend | None]:
    """Read the size of the image and the legend that `to_geojson` wrote."""
    try:
        n_rows, n_columns = (int(size) for size in own["shape"])
        if min(n_rows, n_columns) < 1 or n_rows * n_columns > MAX_PIXELS:
            raise ValueError(f"{n_rows} rows and {n_columns} columns")
        return (n_rows, n_columns), None if own["legend"] is None else Legend.from_dict(own["legend"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"The member {OWN!r} of this GeoJSON is damaged ({error}); take it out.") from error
