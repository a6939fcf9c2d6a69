"""Clasts as other programs read them."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from corewidgets.geology.clast_table import ClastTable
from corewidgets.labels.geojson import from_geojson

from .clast_shapes import LEGEND, PIXEL, ellipse, section_of


def ring_and_disk():
    codes = np.ones((70, 120), np.uint8)
    codes[ellipse(codes.shape, 35, 35, 25, 25) & ~ellipse(codes.shape, 35, 35, 8, 8)] = 2
    codes[ellipse(codes.shape, 35, 95, 15, 15)] = 3
    return codes


@pytest.fixture(scope="module")
def table():
    codes = ring_and_disk()
    made = ClastTable(section_of(codes.shape), codes, LEGEND, neck=None)
    made.set_class([made.at(35, 95)], "Chert")
    return made


def test_a_spreadsheet_has_units_in_its_headings(table, tmp_path):
    table.write_csv(tmp_path / "clasts.csv")
    with (tmp_path / "clasts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {"depth (m)", "area (mm2)", "diameter (mm)", "orientation (deg)", "row (px)", "roundness"} <= set(
        rows[0]
    )
    assert [row["class"] for row in rows] == ["Chert", "Chert"]
    assert {row["edited"] for row in rows} == {"True", "False"}
    areas = sorted(float(row["area (mm2)"]) for row in rows)
    assert areas == pytest.approx(sorted(np.bincount(ring_and_disk().ravel())[2:] * PIXEL**2))
    table.write_csv(tmp_path / "one.csv", table.numbers(edited=True))
    assert len((tmp_path / "one.csv").read_text(encoding="utf-8").splitlines()) == 2


def test_annotations_of_qupath(table, tmp_path):
    path = tmp_path / "clasts.geojson"
    table.write_geojson(path)
    document = json.loads(path.read_text(encoding="utf-8"))
    for feature, row in zip(document["features"], table.rows(), strict=True):
        properties = feature["properties"]
        assert properties["objectType"] == "annotation"
        assert properties["classification"] == {"name": "Chert", "color": LEGEND.rgb()[2].tolist()}
        measures = {one["name"]: one["value"] for one in properties["measurements"]}
        assert measures["area (mm2)"] == row["area_mm2"]
        assert measures["touches edge"] == 0.0
        assert all(isinstance(one["value"], float) for one in properties["measurements"])
        assert properties["metadata"] == {"edited": "yes" if row["edited"] else "no"}
    labels, _ = from_geojson(document, shape=ring_and_disk().shape, legend=LEGEND)
    np.testing.assert_array_equal(labels == 2, ring_and_disk() > 1)


def decoded(segmentation, shape):
    """Draw what COCO has: runs down the columns, or a polygon."""
    if isinstance(segmentation, dict):
        assert segmentation["size"] == list(shape)
        inside = np.arange(len(segmentation["counts"])) % 2 == 1
        return np.repeat(inside, segmentation["counts"]).reshape(shape, order="F")
    (corners,) = segmentation
    places = np.array(corners).reshape(-1, 2)
    inside = np.zeros(shape, bool)
    for row in range(shape[0]):  # even-odd: crossings at the left of the centers of pixels
        y, crossings = row + 0.5, []
        for (x0, y0), (x1, y1) in zip(places, np.roll(places, -1, axis=0), strict=True):
            if min(y0, y1) < y < max(y0, y1):
                crossings.append(x0 + (x1 - x0) * (y - y0) / (y1 - y0))
        for left, right in zip(*[iter(sorted(crossings))] * 2, strict=True):
            inside[row, round(left) : round(right)] = True
    return inside


def test_coco_holds_the_same_pixels(table, tmp_path):
    path = tmp_path / "clasts.json"
    table.write_coco(path)
    document = json.loads(path.read_text(encoding="utf-8"))
    (image,) = document["images"]
    shape = ring_and_disk().shape
    assert (image["height"], image["width"]) == shape
    assert [one["name"] for one in document["categories"]] == ["Chert", "Melt"]
    assert [type(one["segmentation"]) for one in document["annotations"]] in ([dict, list], [list, dict])
    for one in document["annotations"]:
        assert one["category_id"] == 2
        mask = decoded(one["segmentation"], shape)
        np.testing.assert_array_equal(mask, table.numbered == one["number"])
        rows, columns = np.nonzero(mask)
        assert one["bbox"] == [
            columns.min(), rows.min(), columns.max() - columns.min() + 1, rows.max() - rows.min() + 1
        ]  # fmt: skip
        assert one["area"] == mask.sum()
