"""Labels as files of JSON: GeoJSON, COCO and labelme, which are told apart by what they hold."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corewidgets.labels.coco import from_coco, is_coco, to_coco
from corewidgets.labels.decoding import decoding
from corewidgets.labels.drawings import Drawing, draw, legend_of
from corewidgets.labels.geojson import from_geojson, own_member, own_of, photograph_of, to_geojson
from corewidgets.labels.labelme import from_labelme, is_labelme, to_labelme
from corewidgets.labels.legend import Legend

__all__ = ["read_json", "write_coco", "write_geojson", "write_labelme"]

Codes = NDArray[Any]
_PHOTOGRAPH = "photograph"  # what files name where it is not known


def read_json(
    path: Path, shape: tuple[int, int] | None, legend: Legend | None, stroke_width: float | None = None
) -> tuple[Codes, Legend | None, str | None]:
    """Read a file of outlines."""
    with decoding(path):
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    source = f"'{path}': "
    try:
        for is_kind, read in ((is_coco, from_coco), (is_labelme, from_labelme)):
            if is_kind(document):
                codes, own = _drawn(document, read, legend, stroke_width, source)
                break
        else:
            codes, own = from_geojson(
                document, shape=shape, legend=legend, stroke_width=stroke_width, source=source
            )
    except (TypeError, ValueError) as error:
        raise ValueError(f"{source}{error}") from error
    return codes, own, photograph_of(document)


def _drawn(
    document: Mapping[str, Any],
    read: Callable[[Any], tuple[list[Drawing], tuple[int, int]]],
    legend: Legend | None,
    stroke_width: float | None,
    source: str,
) -> tuple[Codes, Legend | None]:
    """Draw what a document holds."""
    found, shape = read(document)
    drawings = [each for each in found if each.polygons or (each.strokes and stroke_width is not None)]
    if len(drawings) < len(found):
        told = (
            f"{len(found) - len(drawings)} of {len(found)} shapes are no areas of this image (lines, points, "
            "boxes without an outline, other kinds, other images); export areas as polygons or masks, and "
            "give stroke_width, in pixels, to have lines and points drawn."
        )
        if not drawings:
            raise ValueError(told)
        warnings.warn(f"{source}left out of the labels: {told}", stacklevel=5)
    own = own_of(document)
    classes = own[1] if own is not None else legend or legend_of(drawings, source)
    codes = classes or Legend.of_codes(255)
    is_ours = own is not None
    labels = draw(drawings, shape, codes, stroke_width=stroke_width, source=source, is_ours=is_ours)
    return labels, classes


def write_geojson(
    path: Path, labels: NDArray[np.uint8], legend: Legend | None, photograph: str | None = None
) -> None:
    """Write a file of polygons as QuPath has them."""
    _write(path, to_geojson(labels, legend, photograph=photograph))


def write_coco(
    path: Path,
    labels: NDArray[np.uint8],
    legend: Legend | None,
    photograph: str | None = None,
    *,
    photograph_name: str | None = None,
) -> None:
    """Write a file of COCO annotations."""
    document = to_coco(labels, legend or Legend.of_codes(255), photograph_name or _PHOTOGRAPH)
    _write(path, document | own_member(labels, legend, photograph))


def write_labelme(
    path: Path,
    labels: NDArray[np.uint8],
    legend: Legend | None,
    photograph: str | None = None,
    *,
    photograph_name: str | None = None,
) -> None:
    """Write a file of labelme."""
    document = to_labelme(labels, legend or Legend.of_codes(255), photograph_name or _PHOTOGRAPH)
    _write(path, document | own_member(labels, legend, photograph))


def _write(path: Path, document: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(document, separators=(",", ":")), encoding="utf-8")
