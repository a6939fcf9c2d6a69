"""Files of JSON are told apart by what they hold."""

from __future__ import annotations

import json

import pytest
from shapely.geometry import shape as geometry_of

from .foreign import LABELS, same, write


@pytest.mark.parametrize("ending", [".geojson", ".coco.json", ".labelme.json"])
def test_the_kind_is_found_under_any_name(tmp_path, ending):
    assert same(write(tmp_path, ending).rename(tmp_path / "labels.json"))


def test_a_library_of_geometry_reads_areas_of_as_many_pixels(tmp_path):
    document = json.loads(write(tmp_path, ".geojson").read_text())
    areas = {}
    for feature in document["features"]:
        name = feature["properties"]["classification"]["name"]
        areas[name] = areas.get(name, 0) + geometry_of(feature["geometry"]).area
    assert areas == {
        name: (code == LABELS).sum() for code, name in enumerate(("Matrix", "Clast", "Vein 2"), 1)
    }
