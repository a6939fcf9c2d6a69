"""labelme: polygons, masks and other shapes."""

from __future__ import annotations

import json

import globox
import numpy as np
import pytest

import corewidgets as cw
from corewidgets.labels.arrays import regions

from .foreign import LABELS, LEGEND, same, write


def test_labels_come_back(tmp_path):
    assert same(write(tmp_path, ".labelme.json"))


def test_another_library_finds_the_same_photograph_names_and_boxes(tmp_path):
    path = tmp_path / "core.labelme.json"
    cw.write_labels(path, LABELS, LEGEND, photograph_name="core.jpg")
    found = globox.Annotation.from_labelme(path, include_poly=True)  # it leaves out the masks
    assert (found.image_id, found.image_size) == ("core.jpg", LABELS.shape[::-1])
    numbers = regions(LABELS)
    boxes = {
        (LEGEND.name(LABELS[numbers == number][0]), *extent(numbers == number))
        for number in range(1, numbers.max() + 1)
    }
    with_holes = ("Matrix", 1, 1, 8, 5)
    drawn = {(box.label, box.xmin, box.ymin, box.xmax, box.ymax) for box in found.boxes}
    assert boxes - drawn == {with_holes}
    assert drawn < boxes


def extent(mask):
    """Return left, upper, right and lower edge."""
    rows, columns = np.nonzero(mask)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


@pytest.mark.parametrize("ending", [".coco.json", ".labelme.json"])
def test_without_a_name_the_photograph_is_called_photograph(tmp_path, ending):
    document = json.loads(write(tmp_path, ending).read_text())
    name = document["imagePath"] if "imagePath" in document else document["images"][0]["file_name"]
    assert name == "photograph"


def test_regions_with_holes_are_masks_and_others_polygons(tmp_path):
    document = json.loads(write(tmp_path, ".labelme.json").read_text())
    assert (document["imageHeight"], document["imageWidth"]) == LABELS.shape
    kinds = [(shape["label"], shape["shape_type"]) for shape in document["shapes"]]
    assert kinds.count(("Matrix", "mask")) == 1
    assert ("Clast", "polygon") in kinds
    mask = next(shape for shape in document["shapes"] if shape["shape_type"] == "mask")
    assert mask["points"] == [[1.0, 1.0], [7.0, 4.0]]


def foreign(folder, *shapes):
    path = folder / "labels.json"
    shapes = [{"label": label, "points": points, "shape_type": kind} for label, kind, points in shapes]
    path.write_text(json.dumps({"version": "5.0", "shapes": shapes, "imageHeight": 20, "imageWidth": 30}))
    return path


def test_shapes_of_labelme_are_read(tmp_path):
    path = foreign(
        tmp_path,
        ("A", "polygon", [[0, 0], [4, 0], [4, 3], [0, 3]]),
        ("B", "rectangle", [[20, 10], [10, 5]]),
        ("C", "circle", [[25, 15], [25, 18]]),
        ("A", "linestrip", [[0, 19], [29, 19]]),
    )
    with pytest.warns(
        UserWarning, match=r"labels\.json': left out of the labels: 1 of 4 shapes are no areas of"
    ):
        labels, legend = cw.read_labels(path)
    assert legend.names == ("A", "B", "C")
    assert (labels[:3, :4] == 1).all()
    assert (labels == 1).sum() == 12
    assert (labels[5:10, 10:20] == 2).all()
    assert (labels == 2).sum() == 50
    assert (labels == 3).sum() == pytest.approx(np.pi * 9, abs=4)
    drawn, _ = cw.read_labels(path, stroke_width=1)
    assert (drawn[18] == 1).sum() + (drawn[19] == 1).sum() >= 29


@pytest.mark.parametrize("kind", ["oriented_rectangle", "rotation"])  # of labelme 6, of programs made from it
def test_rectangles_that_lie_askew_are_read_and_unknown_kinds_told(tmp_path, kind):
    askew = ("A", kind, [[2, 2], [10, 2], [10, 6], [2, 6]])
    other = ("B", "ellipse", [[2, 2], [10, 10], [4, 4]])
    with pytest.warns(UserWarning, match=r"1 of 2 shapes are no areas of this image"):
        labels, legend = cw.read_labels(foreign(tmp_path, askew, other), stroke_width=3)
    assert legend.names == ("A",)
    assert (labels == 1).sum() == 32
    with pytest.raises(
        ValueError, match=r"labels\.json': 1 of 1 shapes are no areas of this image \(lines, points"
    ):
        cw.read_labels(foreign(tmp_path, other), stroke_width=3)


@pytest.mark.parametrize(
    "shape",
    [
        ("A", "polygon", [[0], [1, 2]]),
        ("A", "polygon", [[0, float("nan")], [1, 2], [3, 4]]),
        ("A", "mask", [[0, 0]]),
    ],
)
def test_what_is_damaged_is_told(tmp_path, shape):
    with pytest.raises(ValueError, match=r"labels\.json': This file of labelme is damaged"):
        cw.read_labels(foreign(tmp_path, shape))
