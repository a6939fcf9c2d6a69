"""Labels as GeoJSON polygons, the way QuPath exports annotations."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corewidgets.labels.arrays import MAX_PIXELS
from corewidgets.labels.drawings import draw, legend_of, outlines
from corewidgets.labels.geojson_features import read_features
from corewidgets.labels.legend import Legend
from corewidgets.labels.photograph_mark import mark_in
from corewidgets.labels.polygons import to_xy

__all__ = ["from_geojson", "own_member", "own_of", "photograph_of", "to_geojson"]

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
        A FeatureCollection of plain values (RFC 7946), one Polygon with its holes per region.
    """
    classes = legend or Legend.of_codes(255)
    colors = classes.rgb().tolist()
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": [_to_coordinates(ring) for ring in rings]},
            "properties": {
                "objectType": "annotation",
                "classification": {"name": classes.name(code), "color": colors[code]},
            },
        }
        for code, rings in outlines(labels)
    ]
    return {"type": "FeatureCollection", **own_member(labels, legend, photograph), "features": features}


def own_member(labels: NDArray[np.uint8], legend: Legend | None, photograph: str | None) -> dict[str, Any]:
    """Return the member of a document that holds what other programs have no place for, and pass over."""
    own: dict[str, Any] = {"shape": list(labels.shape), "legend": legend and legend.to_dict()}
    return {OWN: own | ({} if photograph is None else {"photograph": photograph})}


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
    own = own_of(document)
    own_shape, own_legend = own or (None, None)
    given = own_legend or legend
    drawings, left_out = read_features(
        document, has_strokes=stroke_width is not None, known=frozenset(given.names if given else ())
    )
    size = own_shape or shape
    if size is None:
        raise ValueError(
            "These polygons do not say how large their image is; give shape=(n_rows, n_columns), for "
            "example shape=section.shape."
        )
    drawings = [one for one in drawings if one.polygons or (one.strokes and stroke_width is not None)]
    if left_out.numbers and not drawings:
        raise ValueError(f"There is no area with a class. {left_out}")
    if left_out.numbers:
        warnings.warn(f"{source}left out of the labels: {left_out}", stacklevel=4)
    found = own_legend if own is not None else legend or legend_of(drawings, source)
    codes = found or Legend.of_codes(255)
    return draw(
        drawings, size, codes, stroke_width=stroke_width, source=source, is_ours=own is not None
    ), found


def photograph_of(document: Any) -> str | None:
    """Return the digest of the photograph that the labels in a document were drawn on, if it is known."""
    own = document.get(OWN) if isinstance(document, Mapping) else None
    return mark_in(own.get("photograph")) if isinstance(own, Mapping) else None


def _to_coordinates(ring: NDArray[np.float64]) -> list[list[int]]:
    """Turn rows and columns of corners into x and y, the first one repeated at the end."""
    corners = to_xy(ring).tolist()
    return [*corners, corners[0]]


def own_of(document: Any) -> tuple[tuple[int, int], Legend | None] | None:
    """Return rows and columns of the image and the legend that this package wrote into a document, if it did.

    Raises
    ------
    ValueError
        What it wrote is damaged.
    """
    own = document.get(OWN) if isinstance(document, Mapping) else None
    if own is None:
        return None
    try:
        n_rows, n_columns = (int(size) for size in own["shape"])
        if min(n_rows, n_columns) < 1 or n_rows * n_columns > MAX_PIXELS:
            raise ValueError(f"{n_rows} rows and {n_columns} columns")
        return (n_rows, n_columns), None if own["legend"] is None else Legend.from_dict(own["legend"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"The member {OWN!r} of this file is damaged ({error}); remove it.") from error
