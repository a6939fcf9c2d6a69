"""What is written beside the lanes tells which way up a photograph is."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import corewidgets as cw
from corewidgets.cores.depth_marks import read_depth_marks
from corewidgets.cores.writing import Text, rapidocr, writing_upside_down

IMAGE = np.zeros((300, 900, 3), np.uint8)
HEADER = (20.0, 300.0)
IN_A_LANE = (90.0, 225.0)


def lanes(rotation: int = 90) -> list[cw.Lane]:
    """One lane that lies."""
    return [cw.Lane("box.png", 53, 54, name="one", crop=(40, 140, 0, 900), rotation=rotation)]


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        ([Text("WELL 73-2", 0.99, HEADER, turned=True)], True),
        ([Text("WELL 73-2", 0.99, HEADER, turned=False)], False),
        ([Text("WELL 73-2", 0.5, HEADER, turned=True)], False),  # hardly read
        ([Text("53.25", 0.99, IN_A_LANE, turned=True)], False),  # a block lies as it fell
        ([Text("10", 0.99, HEADER, turned=True)], False),  # a number on a ruler
        ([Text("WELL 73-2", 0.99, HEADER)], False),  # runs down the photograph
        ([Text("BOX 60 OF 69", 0.9, HEADER, turned=True), Text("5 cm", 0.9, HEADER, turned=False)], True),
        ([("WELL 73-2", 0.99, HEADER)], False),  # of a recognizer that does not tell
        ([], False),
    ],
)
def test_a_header_upside_down_says_that_the_photograph_may_be(texts, told):
    assert ("may be upside down" in writing_upside_down(IMAGE, lanes(), recognizer=lambda _: texts)) is told


def test_a_photograph_that_is_known_to_be_upside_down_is_not_told_again():
    texts = [Text("WELL 73-2", 0.99, HEADER, turned=True)]
    assert writing_upside_down(IMAGE, lanes(270), recognizer=lambda _: texts) == ""


def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    rapidocr.cache_clear()
    wanted = r"Reading what is written in a photograph needs .*corewidgets\[ocr\]"
    for read in (writing_upside_down, read_depth_marks):
        with pytest.raises(ModuleNotFoundError, match=wanted):
            read(IMAGE, lanes())


@pytest.mark.slow
@pytest.mark.parametrize("seed", [20000, 20003])  # lanes that stand, and that lie
def test_a_full_box_without_depths_is_told_by_its_header(seed):
    sample = cw.sample_box(seed, size=1000)
    around = [
        (*np.floor(lane.channel.min(axis=0)), *np.ceil(lane.channel.max(axis=0))) for lane in sample.lanes
    ]
    shape = np.array(sample.image.shape[:2])
    for turned in (False, True):
        found = []
        for top, left, bottom, right in around:
            if turned:
                top, left, bottom, right = (
                    shape[0] - bottom,
                    shape[1] - right,
                    shape[0] - top,
                    shape[1] - left,
                )
            crop = tuple(int(side) for side in (top, bottom, left, right))
            found.append(cw.Lane("box.png", 1, 2, name="a", crop=crop, rotation=sample.rotation))
        image = np.ascontiguousarray(np.rot90(sample.image, 2 * turned))
        assert bool(writing_upside_down(image, found)) is turned
