"""COCO: what is written is read by COCO's own library, pixel by pixel, and the other way round."""

from __future__ import annotations

import json

import numpy as np
import pytest
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

import corewidgets as cw

from .foreign import LABELS, LEGEND, same, write


def test_labels_come_back(tmp_path):
    assert same(write(tmp_path, ".coco.json"))


def test_the_library_of_coco_reads_the_same_pixels(tmp_path, capsys):
    coco = COCO(write(tmp_path, ".coco.json"))
    drawn = np.zeros_like(LABELS)
    for annotation in coco.anns.values():
        mask = coco.annToMask(annotation)
        assert mask.sum() == annotation["area"]
        assert annotation["bbox"] == coco_mask.toBbox(coco.annToRLE(annotation)).tolist()
        drawn[mask > 0] = annotation["category_id"]
    np.testing.assert_array_equal(drawn, LABELS)
    assert {code: each["name"] for code, each in coco.cats.items()} == dict(enumerate(LEGEND.names, 1))


@pytest.mark.parametrize("is_short", [False, True])
def test_runs_of_the_library_are_read(tmp_path, is_short):
    annotations = []
    for code in (1, 2, 3):
        runs = coco_mask.encode(np.asfortranarray((code == LABELS).astype(np.uint8)))
        counts = runs["counts"].decode() if is_short else plain_counts(code == LABELS)
        outline = {"size": list(LABELS.shape), "counts": counts}
        annotations.append({"id": code, "image_id": 7, "category_id": code, "segmentation": outline})
    document = {
        "images": [{"id": 7, "height": LABELS.shape[0], "width": LABELS.shape[1]}],
        "categories": [{"id": code, "name": name} for code, name in enumerate(LEGEND.names, 1)],
        "annotations": annotations,
    }
    path = tmp_path / "foreign.json"
    path.write_text(json.dumps(document))
    labels, legend = cw.read_labels(path)
    np.testing.assert_array_equal(labels, LABELS)
    assert legend.names == LEGEND.names


def plain_counts(mask):
    flat = mask.ravel(order="F").astype(int)
    turns = np.flatnonzero(np.diff(flat, prepend=0, append=0))
    return np.diff([0, *turns, mask.size]).tolist()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            lambda document: document["images"].append({}),
            "This COCO file is of 2 images, but labels are of one",
        ),
        (lambda document: document["images"][0].pop("height"), "This COCO file is damaged"),
        (
            lambda document: document["images"][0].update(height=10**6, width=10**6),
            "This COCO file is damaged .*1000000 rows and 1000000 columns",
        ),
        (lambda document: document["annotations"][0].update(category_id=9), "This COCO file is damaged"),
        (
            lambda document: document["annotations"][0].update(segmentation={"size": [7, 9], "counts": [5]}),
            "This COCO file is damaged .*runs of 5 pixels in 7 rows and 9 columns",
        ),
        (
            lambda document: document["annotations"][0].update(
                segmentation={"size": [10**9, 9], "counts": "0"}
            ),
            "This COCO file is damaged",
        ),
    ],
)
def test_what_is_wrong_is_told(tmp_path, change, problem):
    path = write(tmp_path, ".coco.json")
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    with pytest.raises(ValueError, match=rf"labels\.coco\.json': {problem}"):
        cw.read_labels(path)


@pytest.mark.parametrize("change", [{"segmentation": []}, {"segmentation": None}, {"image_id": 9}])
def test_boxes_without_an_outline_and_outlines_of_other_images_are_told(tmp_path, change):
    path = write(tmp_path, ".coco.json")
    document = json.loads(path.read_text())
    document["annotations"][-1].update(change)
    path.write_text(json.dumps(document))
    n = len(document["annotations"])
    with pytest.warns(
        UserWarning, match=rf"left out of the labels: 1 of {n} shapes are no areas of this image"
    ):
        labels, _ = cw.read_labels(path)
    assert 0 < np.count_nonzero(labels) < np.count_nonzero(LABELS)
    del document["annotations"][:-1]
    path.write_text(json.dumps(document))
    with pytest.raises(ValueError, match=r"labels\.coco\.json': 1 of 1 shapes are no areas of this image"):
        cw.read_labels(path)
