"""Depths that are written on blocks of a core box, read for a person to confirm."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

import corewidgets as cw
from corewidgets.cores.depth_marks import DepthMark, read_depth_marks, upside_down, with_depth_marks
from corewidgets.cores.depth_scale import DepthScale

IMAGE = np.zeros((300, 900, 3), np.uint8)


def lanes() -> list[cw.Lane]:
    """Two lanes that lie, their tops at the left."""
    first = cw.Lane("box.png", 53, 54, name="one", crop=(40, 140, 0, 900), rotation=90)
    second = cw.Lane("box.png", 54, 55, name="two", crop=(160, 260, 0, 900), rotation=90)
    return [first, second]


def reading(*texts: tuple[str, float, tuple[float, float]]):
    """Return a recognizer that finds texts at places of the photograph."""
    return lambda image: texts


def test_marks_are_depths_on_lanes_and_get_their_place():
    recognizer = reading(
        ("53.25", 0.99, (90, 225)),
        ("54,50 m", 0.95, (210, 450)),
        ("53.9", 0.99, (20, 700)),  # above the lanes
    )
    one, two = read_depth_marks(IMAGE, lanes(), recognizer=recognizer)
    assert one == DepthMark("one", "53.25", 53.25, 90, 225, 0.99)
    assert (two.lane, two.depth, two.problem) == ("two", 54.5, "")
    known = [with_depth_marks(lane, [one, two], (300, 900)).shape.ties for lane in lanes()]
    assert known == [((pytest.approx(0.25, abs=0.01), 53.25),), ((pytest.approx(0.5, abs=0.01), 54.5),)]


def test_what_is_unsure_or_no_depth_is_left_out():
    recognizer = reading(("53.25", 0.5, (90, 225)), ("53.2.5", 0.99, (90, 300)), ("12-3", 0.99, (210, 450)))
    assert read_depth_marks(IMAGE, lanes(), recognizer=recognizer) == []


def test_marks_that_contradict_the_lane_or_each_other_are_told_and_not_taken():
    recognizer = reading(("93.25", 0.99, (90, 225)), ("53.7", 0.99, (90, 400)), ("53.3", 0.99, (90, 600)))
    marks = read_depth_marks(IMAGE, lanes(), recognizer=recognizer)
    assert [mark.problem for mark in marks] == [
        "is not between the depths of the lane, 53 to 54 m", "", "is less than a depth above it",
    ]  # fmt: skip
    lane = with_depth_marks(lanes()[0], marks, (300, 900))
    assert [depth for _, depth in lane.shape.ties] == [53.7]


def test_numbers_are_in_the_unit_of_the_hole():
    recognizer = reading(("174", 0.99, (90, 225)), ("53.5 m", 0.99, (90, 500)))
    marks = read_depth_marks(IMAGE, lanes(), scale=DepthScale("ft"), recognizer=recognizer)
    assert [mark.depth for mark in marks] == [pytest.approx(53.0352), 53.5]


@pytest.mark.slow
def test_depths_on_blocks_are_read_by_rapidocr():
    noise = np.random.default_rng(5).normal(120, 12, (300, 900, 1)).repeat(3, axis=2)
    image = Image.fromarray(noise.clip(0, 255).astype(np.uint8))
    font = ImageFont.load_default(34)
    for (column, row), text in {(300, 45): "53.34", (700, 165): "54.78"}.items():
        block = Image.new("RGB", (94, 46), (232, 230, 224))
        ImageDraw.Draw(block).text((4, 2), text, (20, 20, 30), font)
        image.paste(block.rotate(90, expand=True), (column, row))
    marks = [mark for mark in read_depth_marks(np.asarray(image), lanes()) if not mark.problem]
    assert [(mark.lane, mark.text) for mark in marks] == [("one", "53.34"), ("two", "54.78")]
    assert [mark.column for mark in marks] == pytest.approx([323, 723], abs=8)


@pytest.mark.parametrize(
    ("depths", "told"),
    [
        ((10.0, 11.0), False),
        ((11.0, 10.0), True),
        ((10.0, 10.0), False),
        ((10.0,), False),
        ((), False),
        ((10.0, 77.0, 12.0), False),  # one of them misread
        ((12.0, 11.0, 71.0, 10.0), True),
    ],
)
def test_depths_that_become_smaller_say_that_the_photograph_may_be_upside_down(depths, told):
    marks = [DepthMark(f"box-{n}", f"{depth}", depth, 10.0, 10.0, 0.9) for n, depth in enumerate(depths)]
    assert ("may be upside down" in upside_down(marks)) is told


def test_depths_on_one_lane_alone_say_nothing_of_the_photograph():
    marks = [DepthMark("box-3", f"{depth}", depth, 10.0, 10.0, 0.9) for depth in (12.0, 11.5)]
    told = upside_down(marks)
    assert told.startswith(
        "The depths become smaller down box-3, and no other lane has any: this lane may be"
    )
    assert upside_down(marks[::-1]) == ""


def test_a_lane_that_runs_the_other_way_does_not_turn_the_photograph():
    box = [("box-1", 10.2), ("box-1", 10.8), ("box-2", 11.9), ("box-2", 11.2), ("box-2", 11.1)]
    marks = [DepthMark(lane, f"{depth}", depth, 10.0, 10.0, 0.9) for lane, depth in box]
    assert upside_down(marks) == ""
    box = [("box-1", 12.8), ("box-1", 12.5), ("box-1", 12.2), ("box-1", 12.1), ("box-2", 13.0)]
    marks = [DepthMark(lane, f"{depth}", depth, 10.0, 10.0, 0.9) for lane, depth in box]
    assert upside_down(marks) == ""
