"""Clasts as files of other programs: a spreadsheet, QuPath, and what reads COCO."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from corewidgets.atomic import atomic_write
from corewidgets.cores.section import CoreSection
from corewidgets.extras import import_needed
from corewidgets.labels.coco import coco_runs
from corewidgets.labels.legend import Legend
from corewidgets.labels.polygons import Box, to_xy
from corewidgets.spreadsheet import safe_table

__all__ = ["write_coco", "write_csv", "write_geojson"]

HEADINGS = {
    "depth": "depth (m)", "top": "top (m)", "base": "base (m)", "row": "row (px)", "column": "column (px)",
    "area_mm2": "area (mm2)", "diameter_mm": "diameter (mm)", "major_axis_mm": "major axis (mm)",
    "minor_axis_mm": "minor axis (mm)", "aspect_ratio": "aspect ratio", "orientation": "orientation (deg)",
    "perimeter_mm": "perimeter (mm)", "touches_edge": "touches edge", "touches_not_rock": "touches not rock",
}  # fmt: skip
"""Headings with units, by the names of columns; others are called by their names."""

_NO_MEASURES = {"section", "class", "code", "number", "edited"}


class Exported(Protocol):
    """What the writers ask of a table of clasts; `ClastTable` is one."""

    section: CoreSection
    legend: Legend

    @property
    def classes(self) -> list[str]:
        """Names of the classes that have clasts."""

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""

    def rows(self, numbers: Sequence[int] | None = None) -> list[dict[str, Any]]:
        """Return the measures of clasts."""

    def outline(self, number: int) -> list[NDArray[np.float64]]:
        """Return the rings of a clast."""

    def region(self, number: int) -> tuple[Box, NDArray[np.bool_]]:
        """Return the pixels of a clast."""


def write_csv(table: Exported, path: Path, numbers: Sequence[int]) -> None:
    """Write clasts as rows of a spreadsheet."""
    pd = import_needed("pandas", "A table of clasts")
    frame = pd.DataFrame(table.rows(numbers), columns=table.columns).rename(columns=HEADINGS)
    with atomic_write(path) as temporary:
        safe_table(frame).to_csv(temporary, index=False, float_format="%.10g", lineterminator="\n")


def write_geojson(table: Exported, path: Path, numbers: Sequence[int]) -> None:
    """Write clasts as annotations of QuPath: a list of measurements is what all its versions read."""
    colors = table.legend.rgb().tolist()
    features = [
        {
            "type": "Feature",
            "geometry": {
                "type": "Polygon",
                "coordinates": [_closed(to_xy(ring).tolist()) for ring in table.outline(row["number"])],
            },
            "properties": {
                "objectType": "annotation",
                "name": f"Clast {row['number']}",
                "classification": {"name": row["class"], "color": colors[row["code"]]},
                "measurements": _measurements(row),
                "metadata": {"edited": "yes" if row["edited"] else "no"},
            },
        }
        for row in table.rows(numbers)
    ]
    _write(path, {"type": "FeatureCollection", "features": features})


def write_coco(table: Exported, path: Path, numbers: Sequence[int]) -> None:
    """Write clasts as COCO annotations: polygons, and runs of pixels for those with holes."""
    n_rows, n_columns = table.section.shape
    name = table.section.path.name if table.section.path is not None else table.section.name
    document = {
        "info": {"description": f"Clasts of {table.section.name}, written by corewidgets"},
        "images": [{"id": 1, "file_name": name, "height": n_rows, "width": n_columns}],
        "categories": [
            {"id": table.legend.code(each), "name": each, "supercategory": "clast"} for each in table.classes
        ],
        "annotations": [_annotation(table, row, place) for place, row in enumerate(table.rows(numbers), 1)],
    }
    _write(path, document)


def _annotation(table: Exported, row: dict[str, Any], place: int) -> dict[str, Any]:
    (rows, columns), mask = table.region(row["number"])
    rings = table.outline(row["number"])
    outline: Any = [to_xy(rings[0]).ravel().tolist()]
    if len(rings) > 1:
        outline = coco_runs(mask, rows, columns, table.section.shape)
    return {
        "id": place,
        "image_id": 1,
        "category_id": row["code"],
        "segmentation": outline,
        "area": int(np.count_nonzero(mask)),
        "bbox": [columns.start, rows.start, columns.stop - columns.start, rows.stop - rows.start],
        "iscrowd": 0,
        "number": row["number"],
    }


def _measurements(row: dict[str, Any]) -> list[dict[str, Any]]:
    """Return measures as QuPath has them: numbers by names with units; what is no number is left out."""
    return [
        {"name": HEADINGS.get(name, name), "value": float(value)}
        for name, value in row.items()
        if name not in _NO_MEASURES and math.isfinite(value)
    ]


def _closed(corners: list[list[int]]) -> list[list[int]]:
    return [*corners, corners[0]]


def _write(path: Path, document: dict[str, Any]) -> None:
    with atomic_write(path) as temporary:
        temporary.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
