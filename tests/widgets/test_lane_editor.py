"""Lanes are selected by a click, drawn anew, typed over, and written as the table that is read again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from corewidgets.cores.core import Core, Crop, Lane
from corewidgets.cores.depth_scale import DepthScale
from corewidgets.cores.lane_shape import LaneShape
from corewidgets.cores.table import read_core
from corewidgets.widgets import LaneEditor
from corewidgets.widgets.stage.stage import Stroke


@pytest.fixture
def lanes(tmp_path: Path) -> list[Lane]:
    grey = np.full((120, 300, 3), 90, np.uint8)
    Image.fromarray(grey).save(tmp_path / "box.png")
    return [
        Lane(tmp_path / "box.png", 11.0, 12.0, "box-2", (70, 110, 10, 290), 90),
        Lane(tmp_path / "box.png", 10.0, 11.0, "box-1", (10, 50, 10, 290), 90),
    ]


@pytest.fixture
def editor(lanes: list[Lane]) -> LaneEditor:
    return LaneEditor(lanes)


def stroke(*points: tuple[float, float]) -> Stroke:
    return Stroke("polygon", np.array(points, np.float32))


def test_a_click_selects_the_lane_below_it(editor: LaneEditor) -> None:
    assert [lane.name for lane in editor.lanes] == ["box-1", "box-2"]
    editor.stage.click(80, 100)
    assert editor.selected == 1
    assert editor._fields["name"].value == "box-2"
    assert editor._edges["row_start"].value == 70
    editor.stage.click(60, 100)  # between the lanes
    assert editor.selected == 1
    assert editor.stage.describe(80, 100) == "box-2"
    assert editor.stage.describe(60, 100) == ""


def test_the_selected_lane_becomes_the_rectangle_around_what_is_drawn(editor: LaneEditor) -> None:
    editor._draws.value = True
    assert editor.stage.mode == "polygon"
    editor.stage.finish(stroke((5.2, 20), (48.4, 250), (30, -40)))
    assert editor.lane.crop == Crop(5, 49, 0, 251)
    assert (editor.lane.top, editor.lane.rotation) == (10.0, 90)


def test_a_new_lane_goes_below_the_others(editor: LaneEditor) -> None:
    editor._new.value = True
    editor.stage.finish(stroke((52, 10), (68, 290)))
    assert [(lane.name, lane.top, lane.base) for lane in editor.lanes][-1] == ("box-3", 12.0, 13.0)
    assert editor.selected == 2
    assert not editor._new.value
    editor.remove()
    assert [lane.name for lane in editor.lanes] == ["box-1", "box-2"]


def test_a_lane_with_corners_of_its_own_is_shown_so_and_becomes_a_rectangle_where_one_is_given(
    lanes: list[Lane],
) -> None:
    shape = LaneShape([(40, 10), (44, 210), (4, 212), (0, 12)])
    editor = LaneEditor([Lane(lanes[0].file, 10.0, 11.0, "tilted", rotation=90, shape=shape)])
    assert editor.stage.describe(20, 100) == "tilted"
    assert editor.stage.describe(42, 20) == ""  # in the rectangle around, but not in the lane
    editor._edges["row_start"].value = 5
    assert editor.lane.crop == Crop(5, 45, 10, 213)
    assert editor.lane.shape is None
    editor.edit(shape=shape)
    editor.add(Crop(60, 100, 10, 213))
    assert (editor.lane.crop, editor.lane.shape) == (Crop(60, 100, 10, 213), None)


def test_what_is_typed_is_taken_over_and_lanes_stay_in_order(editor: LaneEditor) -> None:
    editor._edges["row_stop"].value = 55
    assert editor.lane.crop == Crop(10, 55, 10, 290)
    editor._fields["base"].value = 14.5
    editor._fields["top"].value = 13.5
    assert [lane.name for lane in editor.lanes] == ["box-2", "box-1"]
    assert editor.lane.name == "box-1"
    editor._fields["name"].value = "last"
    editor._chosen.value = 0
    assert editor.lane.name == "box-2"


def test_what_cannot_be_a_lane_is_said_and_not_taken_over(
    editor: LaneEditor, shown_errors: list[Exception]
) -> None:
    before = editor.lanes
    editor._fields["base"].value = 9.0
    editor._edges["row_stop"].value = 500
    editor._fields["name"].value = "box-2"
    texts = [str(error) for error in shown_errors]
    assert "The base of a section must lie below its top, but top is 10.0 m and base is 9.0 m" in texts[0]
    assert "reaches beyond" in texts[1]
    assert "Names of sections must differ, but 'box-2' is there twice" in texts[2]
    assert editor.lanes == before
    editor.remove()
    with pytest.raises(ValueError, match="This is the last lane; draw it where it belongs"):
        editor.remove()
    shown_errors.clear()


def test_the_table_is_read_again(editor: LaneEditor, tmp_path: Path) -> None:
    editor.edit(top=10.1)
    editor.write_csv(tmp_path / "box.csv")
    assert read_core(tmp_path / "box.csv").lanes == editor.lanes


def test_lanes_of_several_boxes_are_refused(lanes: list[Lane], tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match="A lane editor takes 1 to 250 lanes of one photograph, but there are 0"
    ):
        LaneEditor([])
    with pytest.raises(ValueError, match="but there are 3 of 2; edit one box at a time"):
        LaneEditor([*lanes, Lane(tmp_path / "other.png", 1.0, 2.0)])


def test_depths_are_shown_typed_and_written_in_the_unit_of_the_hole(
    lanes: list[Lane], tmp_path: Path
) -> None:
    editor = LaneEditor(Core(lanes, scale=DepthScale("ft")))
    assert [editor._fields[name].description for name in ("top", "base")] == ["Top (ft)", "Base (ft)"]
    assert editor._fields["top"].value == pytest.approx(10 / 0.3048)
    editor._fields["base"].value = 35.5
    assert editor.lanes[0].base == pytest.approx(35.5 * 0.3048)
    assert editor.lanes[0].top == 10.0  # not rounded by way of feet
    editor.write_csv(tmp_path / "box.csv")
    written = read_core(tmp_path / "box.csv")
    assert written.scale.unit == "ft"
    assert written.lanes[0].base == pytest.approx(35.5 * 0.3048)
