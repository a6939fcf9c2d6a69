"""The features of a document, whatever stands in them, are classes with places, or named as left out."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corewidgets.labels.geojson import from_geojson
from corewidgets.labels.geojson_features import LeftOut, read_features

from .test_geojson import collection, feature, square


def test_a_feature_is_a_class_with_polygons_and_strokes():
    line = feature([[0, 1], [4, 1]], {"name": "Crack", "color": [1, 2, 3]}, "LineString")
    (area, crack), left_out = read_features(
        collection(feature([square(0, 0, 2), square(0.5, 0.5, 1)], {"name": "Mud"}), line), has_strokes=True
    )
    assert (area.name, area.color, [len(rings) for rings in area.polygons]) == ("Mud", None, [2])
    assert (crack.name, crack.color) == ("Crack", "#010203")
    np.testing.assert_array_equal(crack.strokes, [[(0.5, -0.5), (0.5, 3.5)]])
    assert left_out.numbers == {}


def test_features_left_out_are_counted_by_their_reason():
    left_out = LeftOut()
    for number in range(1, 9):
        left_out.add(number, "no class", "give it one")
    assert str(left_out) == "Features 1, 2, 3, 4, 5 and 3 others: no class; give it one."


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
KEYS = [
    "type",
    "geometry",
    "coordinates",
    "geometries",
    "properties",
    "classification",
    "name",
    "names",
    "color",
    "colorRGB",
]
PLACES = [
    (),
    ("geometry",),
    ("geometry", "coordinates"),
    ("geometry", "coordinates", 0),
    ("properties",),
    ("properties", "classification"),
]


@pytest.mark.filterwarnings("ignore")
@given(st.sampled_from(PLACES), st.sampled_from(KEYS), JSON, st.sampled_from([None, 3.0]))
def test_whatever_stands_in_a_feature_it_is_read_or_refused(place, key, value, width):
    one = json.loads(json.dumps(feature([square(0, 0, 2)], {"name": "Matrix", "color": [1, 2, 3]})))
    target = one
    for step in place:
        target = target[step]
    target[key if isinstance(target, dict) else 0] = value
    try:
        labels, _ = from_geojson(collection(one), shape=(4, 4), stroke_width=width)
    except ValueError:
        return  # any other error fails the test
    assert labels.shape == (4, 4)
