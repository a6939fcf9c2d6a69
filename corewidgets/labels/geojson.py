"""Labels as GeoJSON polygons, the way QuPath exports annotations."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corewidgets.labels.arrays import MAX_PIXELS, regions
from corewidgets.labels.legend import Legend
from corewidgets.labels.polygons import fill_polygon, trace_regions

__all__ = ["from_geojson", "to_geojson"]

OWN = "corewidgets"  # foreign member that holds what GeoJSON has no place for
_FARTHEST = 1e7  # pixels: a corner further off is damage, or no pixel at all


def to_geojson(labels: NDArray[np.uint8], legend: Legend | None = None) -> dict[str, Any]:
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
    own = {"shape": list(labels.shape), "legend": legend and legend.to_dict()}
    return {"type": "FeatureCollection", OWN: own, "features": features}


def from_geojson(
    document: Any, *, shape: tuple[int, int] | None = None, legend: Legend | None = None
) -> tuple[NDArray[np.uint8], Legend | None]:
    """Draw the polygons of a GeoJSON document as labels.

    A pixel belongs to a polygon when its center does; where polygons overlap, the later one is on top.

    Parameters
    ----------
    document : dict or list
        A FeatureCollection, a Feature, or a list of them, of Polygons and MultiPolygons. The class of each is
        `properties.classification`: its `name` (or `names`), and `color` or `colorRGB`.
    shape : tuple of int, optional
        Rows and columns of the image; needed where the document does not tell.
    legend : Legend, optional
        Codes of the names, for documents that do not come from `to_geojson`. Without it, the names get codes
        in the order in which they come.

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
        The size is unknown, something is no polygon, a polygon has no class or one that `legend` lacks, or
        the document is not complete.
    """
    features = _features(document)
    own = document.get(OWN) if isinstance(document, Mapping) else None
    own_shape, own_legend = _own(own) if own is not None else (None, None)
    size = own_shape or shape
    if size is None:
        raise ValueError(
            "These polygons do not tell how large their image is; give shape=(n_rows, n_columns), for "
            "example shape=section.shape."
        )
    drawn = [(_polygons(feature, n), *_classification(feature, n)) for n, feature in enumerate(features, 1)]
    _check_places([polygons for polygons, _, _ in drawn], size)
    found = own_legend if own is not None else legend or _legend_of(drawn)
    codes = found or Legend.of_codes(255)
    labels = np.zeros(size, np.uint8)
    for polygons, name, _ in drawn:
        for rings in polygons:
            _draw(labels, rings, codes.code(name))
    return labels, found


def _check_places(drawn: Sequence[list[list[NDArray[np.float64]]]], size: tuple[int, int]) -> None:
    """Raise where all polygons lie outside of the image, and warn where some do."""
    corners = [rings[0] for polygons in drawn for rings in polygons]
    outside = [ring for ring in corners if _misses(ring, size)]
    if not outside:
        return
    rows, columns = np.concatenate(outside).T + 0.5
    told = (
        f"lie outside of the image: x goes from {columns.min():g} to {columns.max():g} and y from "
        f"{rows.min():g} to {rows.max():g}, but the image has {size[1]} columns and {size[0]} rows"
    )
    remedy = "export them in pixels of this photograph, y downwards"
    if len(outside) == len(corners):
        raise ValueError(f"All {len(corners)} polygons {told}; {remedy}.")
    warnings.warn(
        f"{len(outside)} of {len(corners)} polygons {told}; they label nothing: {remedy}.", stacklevel=4
    )


def _misses(ring: NDArray[np.float64], size: tuple[int, int]) -> bool:
    """Return whether a ring and an image have no pixel in common, by the box around the ring."""
    low, high = ring.min(axis=0), ring.max(axis=0)
    return bool((high < -0.5).any() or (low > np.subtract(size, 0.5)).any())


def _legend_of(drawn: Sequence[tuple[Any, str, str | None]]) -> Legend | None:
    """Make a legend of the names found, in their order, each with its first color; None for no names."""
    colors: dict[str, str | None] = {}
    for _, name, color in drawn:
        colors[name] = colors.get(name) or color
    return Legend(list(colors), list(colors.values())) if colors else None


def _to_coordinates(ring: NDArray[np.float64]) -> list[list[int]]:
    """Turn rows and columns of corners into x and y, the first one repeated at the end."""
    corners = (ring[:, ::-1] + 0.5).astype(int).tolist()
    return [*corners, corners[0]]


def _draw(labels: NDArray[np.uint8], rings: Sequence[NDArray[np.float64]], code: int) -> None:
    """Fill the first ring without the others."""
    n_rows, n_columns = labels.shape
    (rows, columns), inside = fill_polygon(rings[0], (n_rows, n_columns))
    for ring in rings[1:]:
        box, hole = fill_polygon(ring - [rows.start, columns.start], (inside.shape[0], inside.shape[1]))
        inside[box] &= ~hole
    labels[rows, columns][inside] = code


def _features(document: Any) -> list[Mapping[str, Any]]:
    """List the features of a document, or raise."""
    if isinstance(document, Mapping) and document.get("type") == "Feature":
        document = [document]
    if isinstance(document, Mapping) and document.get("type") == "FeatureCollection":
        document = document.get("features")
    if not isinstance(document, list) or not all(isinstance(feature, Mapping) for feature in document):
        raise ValueError("This is not GeoJSON: it must be a FeatureCollection with a list of features.")
    return document


def _own(own: Any) -> tuple[tuple[int, int], Legend | None]:
    """Read the size of the image and the legend that `to_geojson` wrote."""
    try:
        n_rows, n_columns = (int(size) for size in own["shape"])
        legend = own["legend"]
        if not 0 < n_rows * n_columns <= MAX_PIXELS:
            raise ValueError(f"{n_rows} rows and {n_columns} columns")
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"The member {OWN!r} of this GeoJSON is damaged; take it out.") from error
    return (n_rows, n_columns), None if legend is None else Legend.from_dict(legend)


def _polygons(feature: Mapping[str, Any], number: int) -> list[list[NDArray[np.float64]]]:
    """List the rings, as rows and columns, of each polygon of a feature."""
    found = feature.get("geometry")
    geometry: Mapping[str, Any] = found if isinstance(found, Mapping) else {}
    kind = geometry.get("type")
    if kind not in {"Polygon", "MultiPolygon"}:
        raise ValueError(
            f"Feature {number} is a {kind}, but labels are made of Polygon and MultiPolygon only; "
            "take it out."
        )
    try:
        polygons = geometry["coordinates"] if kind == "MultiPolygon" else [geometry["coordinates"]]
        return [[_from_coordinates(ring) for ring in polygon] for polygon in polygons if polygon]
    except (KeyError, OverflowError, TypeError, ValueError, IndexError) as error:
        raise ValueError(
            f"The coordinates of feature {number} are damaged ({error}); export it again."
        ) from error


def _from_coordinates(ring: Any) -> NDArray[np.float64]:
    """Turn x and y of corners into rows and columns."""
    corners = np.asarray(ring, dtype=np.float64)[:, 1::-1] - 0.5
    if not (np.abs(corners) < _FARTHEST).all():
        raise ValueError(f"a corner is not a number of pixels below {_FARTHEST:g}")
    return corners


def _classification(feature: Mapping[str, Any], number: int) -> tuple[str, str | None]:
    """Return the name and the color, if any, of the class of a feature."""
    properties = feature.get("properties")
    found = properties.get("classification") if isinstance(properties, Mapping) else None
    classification = {"name": found} if isinstance(found, str) else found
    if isinstance(classification, Mapping):
        name = classification.get("name") or ": ".join(map(str, classification.get("names") or []))
        if isinstance(name, str) and name.strip():
            return name.strip(), _color(classification, number)
    raise ValueError(
        f"Feature {number} has no class; give it one in the program that drew it, or take it out."
    )


def _color(classification: Mapping[str, Any], number: int) -> str | None:
    """Return "#RRGGBB" of three values or of one packed number, as older versions of QuPath write it."""
    try:
        if "color" in classification:
            red, green, blue = classification["color"]
            return f"#{red:02X}{green:02X}{blue:02X}"
        if "colorRGB" in classification:
            return f"#{classification['colorRGB'] & 0xFFFFFF:06X}"
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"The color of feature {number} is neither three values nor a packed number ({error}); export it "
            "again."
        ) from error
    return None
