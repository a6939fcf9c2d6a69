"""Depths read on blocks are shown, and taken when a person agrees."""

from __future__ import annotations

from html import unescape
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw
from corewidgets.cores.writing import Text
from corewidgets.widgets import LaneEditor


@pytest.fixture
def editor(tmp_path: Path) -> LaneEditor:
    Image.fromarray(np.full((120, 300, 3), 90, np.uint8)).save(tmp_path / "box.png")
    return LaneEditor(
        [
            cw.Lane(tmp_path / "box.png", 10.0, 11.0, "box-1", (10, 50, 0, 300), 90),
            cw.Lane(tmp_path / "box.png", 11.0, 12.0, "box-2", (70, 110, 0, 300), 90),
        ]
    )


def of_each_lane(*texts: str):
    """Return a recognizer that finds a text in the middle of each lane, in their order."""
    return lambda image: [(text, 0.99, (row, 150.0)) for text, row in zip(texts, (30.0, 90.0), strict=True)]


def test_what_was_read_is_taken_in_one_step_when_a_person_agrees(editor: LaneEditor) -> None:
    before = editor.lanes
    editor.marks.read(of_each_lane("10.4", "11.7"))
    assert "10.4 m on box-1, 11.7 m on box-2" in editor.marks.question.text
    assert editor.lanes == before
    editor.marks.question.agree.click()
    assert [lane.shape.ties[0][1] for lane in editor.lanes] == [10.4, 11.7]
    editor.undo()
    assert editor.lanes == before


def test_what_cannot_be_right_is_told_and_left_out(editor: LaneEditor) -> None:
    editor.marks.read(of_each_lane("10.4", "77"))
    told = editor.marks.question.text
    assert "10.4 m on box-1" in told
    assert "Left out: &#39;77&#39; on box-2 is not between the depths of the lane, 11 to 12 m" in told
    editor.marks.question.agree.click()
    assert editor.lanes[1].shape is None


def test_nothing_read_is_said_and_asks_nothing(editor: LaneEditor) -> None:
    editor.marks.read(of_each_lane("WELL", "BOX"))
    assert editor.marks.question.text == ""
    assert editor.stage.messages.text == "No depth was read on a lane."


def test_a_photograph_that_may_be_upside_down_is_told_and_nothing_is_turned(editor: LaneEditor) -> None:
    before = editor.lanes
    editor.marks.read(of_each_lane("11.7", "10.4"))
    assert unescape(editor.stage.messages.text) == (
        "No depth was read on a lane. Left out: '11.7' on box-1 is not between the depths of the lane, 10 to "
        "11 m; '10.4' on box-2 is not between the depths of the lane, 11 to 12 m. The depths become smaller "
        "from box-1 to box-2: the photograph may be upside down. If it is, propose the lanes again with the "
        "other rotation, or turn each lane by 180 degrees."
    )
    assert editor.lanes == before


def test_a_header_upside_down_is_told_where_no_depth_tells_it(editor: LaneEditor) -> None:
    before = editor.lanes
    editor.marks.read(lambda image: [Text("WELL 73-2", 0.99, (60.0, 150.0), turned=True)])
    assert unescape(editor.stage.messages.text) == (
        "No depth was read on a lane. 'WELL 73-2' is written upside down beside the lanes: the photograph "
        "may be upside down. If it is, propose the lanes again with the other rotation, or turn each lane by "
        "180 degrees."
    )
    assert editor.lanes == before
