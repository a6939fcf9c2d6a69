"""Polygons as QuPath exports them become labels, and labels become such polygons and come back the same."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from corewidgets.labels.files import read_labels
from corewidgets.labels.geojson import from_geojson, to_geojson
from corewidgets.labels.legend import Legend

LEGEND = Legend(["Matrix", "Impact: Dark", "Carb-Tan"], ["#FC6621", "#4D4D4D", "#0B24FB"])
LABELS = npst.arrays(
    np.uint8, npst.array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.integers(0, 3)
)


def square(x, y, size):
    return [[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]


def feature(coordinates, classification, kind="Polygon"):
    """Make an annotation with the members that QuPath 0.5 exports."""
    return {
        "type": "Feature",
        "id": "6f0b3d5e-8f4e-4d27-9c1b-1d1a5e6b7a90",
        "geometry": {"type": kind, "coordinates": coordinates},
        "properties": {"objectType": "annotation", "classification": classification, "isLocked": True},
    }


def collection(*features):
    return {"type": "FeatureCollection", "features": list(features)}


@given(LABELS, st.sampled_from([None, LEGEND]))
def test_labels_come_back(labels, legend):
    document = json.loads(json.dumps(to_geojson(labels, legend)))
    read, read_legend = from_geojson(document)
    assert read.dtype == np.uint8
    assert (read == labels).all()
    assert read_legend == legend


@given(LABELS)
def test_labels_come_back_through_a_program_that_drops_our_member(labels):
    document = to_geojson(labels, LEGEND)
    del document["corewidgets"]
    read, read_legend = from_geojson(document, shape=labels.shape, legend=LEGEND)
    assert (read == labels).all()
    assert read_legend == LEGEND


def test_what_is_written_is_what_qupath_reads():
    labels = np.array([[2, 2, 0], [2, 2, 0]], np.uint8)
    assert to_geojson(labels, LEGEND) == {
        "type": "FeatureCollection",
        "corewidgets": {"shape": [2, 3], "legend": LEGEND.to_dict()},
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]]},
                "properties": {
                    "objectType": "annotation",
                    "classification": {"name": "Impact: Dark", "color": [77, 77, 77]},
                },
            }
        ],
    }


def test_an_export_of_qupath():
    document = collection(
        feature([square(0, 0, 4), square(1, 1, 2)], {"name": "Carb-Tan", "color": [11, 36, 251]}),
        feature(
            [[square(4, 4, 1)], [square(0, 5, 1)]], {"name": "Melt", "colorRGB": -16744448}, "MultiPolygon"
        ),
        feature([square(1.4, 1.4, 1)], {"names": ["Carb-Tan"]}),
    )
    labels, legend = from_geojson(document, shape=(6, 5))
    assert labels.tolist() == [
        [1, 1, 1, 1, 0],
        [1, 1, 0, 1, 0],
        [1, 0, 0, 1, 0],
        [1, 1, 1, 1, 0],
        [0, 0, 0, 0, 2],
        [2, 0, 0, 0, 0],
    ]
    assert legend == Legend(["Carb-Tan", "Melt"], ["#0B24FB", "#008000"])


def test_a_later_polygon_is_on_top():
    document = [feature([square(0, 0, 2)], {"name": "a"}), feature([square(1, 0, 2)], {"name": "b"})]
    labels, legend = from_geojson(document, shape=(2, 3))
    assert labels.tolist() == [[1, 2, 2], [1, 2, 2]]
    assert legend.names == ("a", "b")


def test_a_legend_gives_the_codes():
    document = feature([square(0, 0, 1)], {"name": "Carb-Tan"})
    labels, legend = from_geojson(document, shape=(1, 1), legend=LEGEND)
    assert labels.tolist() == [[3]]
    assert legend is LEGEND


def test_a_derived_class_has_one_name():
    labels, _ = from_geojson(
        feature([square(0, 0, 1)], {"names": ["Impact", "Dark"]}), shape=(1, 1), legend=LEGEND
    )
    assert labels.tolist() == [[2]]


def test_polygons_may_leave_the_image():
    with pytest.warns(
        UserWarning, match="1 of 1 polygons lie mostly outside of the image: x goes from -10 to"
    ):
        labels, _ = from_geojson(feature([square(-10, 1, 100)], {"name": "a"}), shape=(3, 2))
    assert labels.tolist() == [[0, 0], [1, 1], [1, 1]]


def test_no_polygons_are_no_labels():
    labels, legend = from_geojson(collection(), shape=(1, 2))
    assert labels.tolist() == [[0, 0]]
    assert legend is None


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (
            {"type": "Topology"},
            "This is not GeoJSON: it must be a FeatureCollection with a list of features; export it again.",
        ),
        (
            [3],
            "This is not GeoJSON: it must be a FeatureCollection with a list of features; export it again.",
        ),
        (
            collection(
                feature([1, 2], {"name": "a"}, "Point"), feature([[1, 2]], {"name": "a"}, "MultiPoint")
            ),
            "There is no area with a class. Feature 1: a Point, which has no area; give stroke_width, in "
            "pixels, to have it drawn. Feature 2: a MultiPoint",
        ),
        (
            feature([square(0, 0, 1)], {"name": "Ignore*"}),
            "There is no area with a class. Feature 1: class 'Ignore*'; QuPath ignores classes",
        ),
        (
            feature([square(0, 0, 1)], None),
            "There is no area with a class. Feature 1: no class; give it one in the program that drew it, "
            "or remove it.",
        ),
        (
            feature([square(0, 0, 1)], {"name": " "}),
            "There is no area with a class. Feature 1: no class; give it one in the program that drew it, "
            "or remove it.",
        ),
        (
            feature([square(0, 0, 1)], {"name": "a", "color": [1, 2]}),
            "The color of feature 1 is neither three values nor a packed number",
        ),
        (feature([[1, 2]], {"name": "a"}), "The coordinates of feature 1 are damaged"),
        (feature([[[1, "x"]]], {"name": "a"}), "The coordinates of feature 1 are damaged"),
        (
            {**collection(), "corewidgets": {"shape": [3]}},
            "The member 'corewidgets' of this file is damaged (not enough values",
        ),
        (
            {**collection(), "corewidgets": {"shape": [-5, -5], "legend": None}},
            "The member 'corewidgets' of this file is damaged (-5 rows and -5 columns); remove it.",
        ),
        (
            {**collection(), "corewidgets": {"shape": [5, float("inf")], "legend": None}},
            "The member 'corewidgets' of this file is damaged (cannot convert float infinity",
        ),
        (
            {
                **collection(),
                "corewidgets": {"shape": [5, 5], "legend": {"classes": [{"code": 1, "name": 5}]}},
            },
            "The member 'corewidgets' of this file is damaged (The name of a class must be text",
        ),
        (
            feature([square(0, 0, 1)], {"names": 5}),
            "There is no area with a class. Feature 1: no class;",
        ),
        (
            feature([square(0, 0, 1)], {"name": "a"}, ["Polygon"]),
            "There is no area with a class. Feature 1: a ['Polygon']; labels are polygons, lines and points",
        ),
        (
            feature([square(0, 0, 1)], {"name": "a", "color": [3000, 0, 0]}),
            "The color of feature 1 is neither three values nor a packed number (3000, 0 and 0 are",
        ),
        (
            feature([[[1], [2], [3]]], {"name": "a"}),
            "The coordinates of feature 1 are damaged (a corner is not a pair of x and y)",
        ),
        (
            {**collection(), "corewidgets": {"shape": [10**9, 10**9], "legend": None}},
            "The member 'corewidgets' of this file is damaged (1000000000 rows and 1000000000 columns);",
        ),
        (
            feature([square(0, 0, 1)], {"name": "Melt"}),
            "The legend has no class 'Melt'; choose from Matrix, Impact: Dark, Carb-Tan.",
        ),
    ],
)
def test_what_is_wrong_is_told(document, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        from_geojson(document, shape=(4, 4), legend=LEGEND)


def test_the_size_must_be_known():
    message = (
        "These polygons do not say how large their image is; give shape=(n_rows, n_columns), for example "
        "shape=section.shape."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        from_geojson(collection())


def test_a_code_without_a_name_is_refused():
    with pytest.raises(ValueError, match="The legend has no code 7; its codes are 1 to 3"):
        to_geojson(np.array([[7]], np.uint8), LEGEND)


@pytest.mark.parametrize("corner", [(500, 20), (20, -90), (-400.5, -300.5)])
def test_polygons_outside_of_the_image_are_named(corner):
    away = feature([square(*corner, 30)], {"name": "Matrix"})
    with pytest.raises(ValueError, match=r"All 1 polygons lie outside of .* 60 columns and 40 rows"):
        from_geojson(collection(away), shape=(40, 60))
    here = feature([square(5, 5, 3)], {"name": "Matrix"})
    with pytest.warns(UserWarning, match=r"1 of 2 polygons lie outside of the image: .* they label nothing"):
        labels, _ = from_geojson(collection(here, away), shape=(40, 60))
    assert labels.sum() == 9


@pytest.mark.parametrize("value", [1e308, float("inf"), float("nan"), int("9" * 400), "x", None])
def test_corners_that_are_no_pixels_are_damage(value):
    ring = square(1, 1, 3)
    ring[1] = [value, 1]
    with pytest.raises(ValueError, match="The coordinates of feature 1 are damaged"):
        from_geojson(collection(feature([ring], {"name": "Matrix"})), shape=(9, 9))


def test_a_geometry_that_is_a_list_is_no_area():
    one = feature([square(1, 1, 3)], {"name": "Matrix"})
    one["geometry"] = [1, 2]
    with pytest.raises(ValueError, match="Feature 1: no geometry; labels are polygons, lines and points"):
        from_geojson(collection(one), shape=(9, 9))


# Projects as they are: more than areas, in any order


def test_what_is_no_area_is_left_out_and_listed():
    document = collection(
        feature([[0, 0], [9, 9]], {"name": "Clast"}, "LineString"),
        feature([square(0, 0, 9)], None),
        feature([square(1, 1, 3)], {"name": "Matrix"}),
        feature([square(0, 0, 9)], {"name": "Ignore*"}),
        feature([[3, 3]], {"name": "Clast"}, "MultiPoint"),
        feature([square(0, 0, 9)], None),
    )
    message = (
        "project.geojson: left out of the labels: Feature 1: a LineString, which has no area; give "
        "stroke_width, in pixels, to have it drawn. Features 2, 6: no class; give it one in the program "
        "that drew it, or remove it. Feature 4: class 'Ignore*'; QuPath ignores classes with an asterisk, "
        "as is done here. Feature 5: a MultiPoint, which has no area; give stroke_width, in pixels, "
        "to have it drawn."
    )
    with pytest.warns(UserWarning, match=f"^{re.escape(message)}$"):
        labels, legend = from_geojson(document, shape=(9, 9), source="project.geojson: ")
    assert legend.names == ("Matrix",)
    assert (labels[1:4, 1:4] == 1).all()
    assert labels.sum() == 9


def test_a_class_with_an_asterisk_counts_where_the_legend_has_it():
    document = feature([square(0, 0, 2)], {"name": "Ignore*"})
    assert from_geojson(document, shape=(2, 2), legend=Legend(["Ignore*"]))[0].sum() == 4


def test_lines_and_points_are_strokes_of_the_width_that_is_asked_for():
    document = collection(
        feature([square(0, 0, 9)], {"name": "Matrix"}),
        feature([[1.5, 4.5], [7.5, 4.5]], {"name": "Crack"}, "LineString"),
        feature([[[1.5, 8.5], [7.5, 8.5]]], {"name": "Crack"}, "MultiLineString"),
        feature([4.5, 1.5], {"name": "Clast"}, "Point"),
        feature([[0.5, 0.5], [8.5, 0.5]], {"name": "Clast"}, "MultiPoint"),
    )
    labels, legend = from_geojson(document, shape=(9, 9), stroke_width=1)
    assert legend.names == ("Matrix", "Crack", "Clast")
    expected = np.ones((9, 9), np.uint8)
    expected[4, 1:8] = expected[8, 1:8] = 2
    expected[1, 4] = expected[0, 0] = expected[0, 8] = 3
    assert (labels == expected).all()
    assert (from_geojson(document, shape=(9, 9), stroke_width=3)[0][3:6, 2:7] == 2).all()


@pytest.mark.parametrize("swapped", [False, True])
def test_an_area_within_another_is_seen_whichever_was_drawn_first(swapped):
    two = [feature([square(0, 0, 6)], {"name": "Matrix"}), feature([square(2, 2, 2)], {"name": "Clast"})]
    labels, legend = from_geojson(two[::-1] if swapped else two, shape=(6, 6))
    assert (labels == legend.code("Clast")).sum() == 4
    assert (labels == legend.code("Matrix")).sum() == 32


@given(st.permutations(range(4)))
def test_the_order_of_nested_areas_does_not_matter(order):
    nested = [feature([square(n, n, 12 - 2 * n)], {"name": LEGEND.names[n % 3]}) for n in range(4)]
    expected, _ = from_geojson(nested, shape=(12, 12), legend=LEGEND)
    labels, _ = from_geojson([nested[n] for n in order], shape=(12, 12), legend=LEGEND)
    assert (labels == expected).all()


def test_collections_of_geometries_are_their_members():
    one = {"type": "Polygon", "coordinates": [square(0, 0, 2)]}
    document = feature(None, {"name": "a"}, "GeometryCollection")
    document["geometry"] = {
        "type": "GeometryCollection",
        "geometries": [one, {**one, "coordinates": [square(3, 3, 1)]}],
    }
    assert from_geojson(document, shape=(4, 4))[0].sum() == 5
    for _ in range(100):
        document["geometry"] = {"type": "GeometryCollection", "geometries": [document["geometry"]]}
    with pytest.raises(ValueError, match="Feature 1: a GeometryCollection; labels are polygons"):
        from_geojson(document, shape=(4, 4))


def test_capitals_gaps_and_forms_of_unicode_make_no_other_class():
    document = collection(
        feature([square(0, 0, 2)], {"name": "CARB-tan"}),
        feature([square(2, 0, 2)], {"name": "impact:  dark"}),
    )
    labels, legend = from_geojson(document, shape=(2, 4), legend=LEGEND)
    assert labels.tolist() == [[3, 3, 2, 2]] * 2
    assert legend is LEGEND
    document = collection(
        *(
            feature([square(2 * n, 0, 2)], {"name": name})
            for n, name in enumerate(["Café", "Cafe\u0301", "CAFÉ"])
        )
    )
    with pytest.warns(UserWarning, match="names that differ in capitals or gaps are one class: .* as 'Café'"):
        labels, legend = from_geojson(document, shape=(2, 6))
    assert (labels == 1).all()
    assert legend.names == ("Café",)


def test_a_file_takes_the_width_of_strokes_and_is_named_in_warnings(tmp_path):
    path = tmp_path / "project.geojson"
    document = collection(
        feature([square(0, 0, 3)], {"name": "Matrix"}), feature([4.5, 4.5], {"name": "Clast"}, "Point")
    )
    path.write_text(json.dumps(document))
    with pytest.warns(UserWarning, match=re.escape(f"'{path}': left out of the labels: Feature 2: a Point")):
        assert read_labels(path, shape=(5, 5))[0].sum() == 9
    labels, _ = read_labels(path, shape=(5, 5), stroke_width=1)
    assert labels[4, 4] == 2
