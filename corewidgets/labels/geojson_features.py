"""The features of a GeoJSON document: areas, lines and points with their classes, and the rest."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corewidgets.labels.drawings import Drawing

__all__ = ["LeftOut", "read_features"]

_FARTHEST = 1e7  # pixels: a corner further off is damage, or no pixel at all
_DEEPEST = 20  # collections of geometries in each other
_AREAS = {"Polygon", "MultiPolygon"}
_STROKES = {"LineString", "MultiLineString", "Point", "MultiPoint"}

Points = NDArray[np.float64]


@dataclass
class LeftOut:
    """Features that label nothing, by the reason, as the end of a sentence and its remedy."""

    numbers: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def add(self, number: int, reason: str, remedy: str) -> None:
        """Note a feature."""
        self.numbers.setdefault((reason, remedy), []).append(number)

    def __str__(self) -> str:
        return " ".join(_sentence(*told, numbers) for told, numbers in self.numbers.items())


def _sentence(reason: str, remedy: str, numbers: list[int]) -> str:
    """Say of which features something is true."""
    shown = ", ".join(map(str, numbers[:5])) + (f" and {len(numbers) - 5} others" if len(numbers) > 5 else "")
    return f"Feature{'s' if len(numbers) > 1 else ''} {shown}: {reason}; {remedy}."


def read_features(
    document: Any, *, has_strokes: bool, known: frozenset[str] = frozenset()
) -> tuple[list[Drawing], LeftOut]:
    """Read what a document holds of classes.

    Parameters
    ----------
    document : dict or list
        A FeatureCollection, a Feature, or a list of them.
    has_strokes : bool
        Whether lines and points count.
    known : frozenset of str
        Names of classes that count though QuPath ignores them, as it does all that end with an asterisk.

    Returns
    -------
    drawings : list of Drawing
    left_out : LeftOut

    Raises
    ------
    ValueError
        It is no GeoJSON, or a feature is damaged.
    """
    drawings, left_out = [], LeftOut()
    for number, feature in enumerate(_features(document), 1):
        found = _classification(feature, number)
        if found is None:
            left_out.add(number, "no class", "give it one in the program that drew it, or remove it")
            continue
        if found.name.endswith("*") and found.name not in known:
            left_out.add(
                number, f"class {found.name!r}", "QuPath ignores classes with an asterisk, as is done here"
            )
            continue
        for kind, coordinates in _geometries(feature.get("geometry")):
            _add(found, kind, coordinates, number)
            if kind in _STROKES and not has_strokes:
                left_out.add(
                    number, f"a {kind}, which has no area", "give stroke_width, in pixels, to have it drawn"
                )
            elif kind not in _AREAS | _STROKES:
                what = f"a {kind}" if kind else "no geometry"
                left_out.add(number, what, "labels are polygons, lines and points: remove it")
        drawings.append(found)
    return drawings, left_out


def _features(document: Any) -> list[Mapping[str, Any]]:
    """List the features of a document, or raise."""
    if isinstance(document, Mapping) and document.get("type") == "Feature":
        document = [document]
    if isinstance(document, Mapping) and document.get("type") == "FeatureCollection":
        document = document.get("features")
    if not isinstance(document, list) or not all(isinstance(feature, Mapping) for feature in document):
        raise ValueError(
            "This is not GeoJSON: it must be a FeatureCollection with a list of features; export it again."
        )
    return document


def _geometries(geometry: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Yield the kind and the coordinates of a geometry, of those in a collection one after the other."""
    found: Mapping[str, Any] = geometry if isinstance(geometry, Mapping) else {}
    kind, members = found.get("type"), found.get("geometries")
    if kind == "GeometryCollection" and isinstance(members, list) and depth < _DEEPEST:
        for member in members:
            yield from _geometries(member, depth + 1)
        return
    yield "" if kind is None else str(kind), found.get("coordinates")


def _add(drawing: Drawing, kind: str, coordinates: Any, number: int) -> None:
    """Add a geometry to a drawing."""
    if kind not in _AREAS | _STROKES:
        return
    try:
        if kind in _AREAS:
            polygons = coordinates if kind == "MultiPolygon" else [coordinates]
            drawing.polygons += [[_points(ring) for ring in polygon] for polygon in polygons if polygon]
        elif kind == "MultiPoint":
            drawing.strokes += [_points([point]) for point in coordinates]
        else:
            lines = {"LineString": [coordinates], "Point": [[coordinates]]}.get(kind, coordinates)
            drawing.strokes += [_points(line) for line in lines]
    except (KeyError, OverflowError, TypeError, ValueError, IndexError) as error:
        raise ValueError(
            f"The coordinates of feature {number} are damaged ({error}); export it again."
        ) from error


def _points(places: Any) -> Points:
    """Turn x and y into rows and columns."""
    corners = np.asarray(places, dtype=np.float64)[:, 1::-1] - 0.5
    if corners.shape[1] != 2:
        raise ValueError("a corner is not a pair of x and y")
    if not (np.abs(corners) < _FARTHEST).all():
        raise ValueError(f"a corner is not a number of pixels below {_FARTHEST:g}")
    return corners


def _classification(feature: Mapping[str, Any], number: int) -> Drawing | None:
    """Return the class of a feature, and its color if it has one; None where there is no class."""
    properties = feature.get("properties")
    found = properties.get("classification") if isinstance(properties, Mapping) else None
    classification = {"name": found} if isinstance(found, str) else found
    if not isinstance(classification, Mapping):
        return None
    names = classification.get("names")
    name = classification.get("name") or (": ".join(map(str, names)) if isinstance(names, list) else "")
    if not isinstance(name, str) or not name.strip():
        return None
    return Drawing(name.strip(), _color(classification, number))


def _color(classification: Mapping[str, Any], number: int) -> str | None:
    """Return "#RRGGBB" of three values or of one packed number, as older versions of QuPath write it."""
    try:
        if classification.get("color") is not None:
            red, green, blue = (int(value) for value in classification["color"])
            if not all(0 <= value <= 255 for value in (red, green, blue)):
                raise ValueError(f"{red}, {green} and {blue} are not all from 0 to 255")
            return f"#{red:02X}{green:02X}{blue:02X}"
        if classification.get("colorRGB") is not None:
            return f"#{classification['colorRGB'] & 0xFFFFFF:06X}"
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(
            f"The color of feature {number} is neither three values nor a packed number ({error}); export it "
            "again."
        ) from error
    return None
