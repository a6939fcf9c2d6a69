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
    assert "Names of sections must differ, but 'box-2' occurs twice" in texts[2]
    assert editor.lanes == before
    editor.remove()
    with pytest.raises(ValueError, match="This is the last lane; draw it where it belongs"):
        editor.remove()
    shown_errors.clear()


def test_the_table_is_read_again(editor: LaneEditor, tmp_path: Path) -> None:
    editor.edit(top=10.05)
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
    editor._fields["base"].value = 35.8
    assert editor.lanes[0].base == pytest.approx(35.8 * 0.3048)
    assert editor.lanes[0].top == 10.0  # not rounded by way of feet
    editor.write_csv(tmp_path / "box.csv")
    written = read_core(tmp_path / "box.csv")
    assert written.scale.unit == "ft"
    assert written.lanes[0].base == pytest.approx(35.8 * 0.3048)


def drag(editor: LaneEditor, number: int, row: float, column: float) -> None:
    """Say what the page says of a corner that was dragged."""
    content = {"kind": "handle", "number": number, "row": row, "column": column}
    editor.stage.ink._handle_custom_msg(content, [])


def type_in_place(editor: LaneEditor, text: str | None) -> None:
    editor.stage.ink._handle_custom_msg({"kind": "typed", "text": text}, [])


def test_dragged_corners_straighten_a_tilted_lane(lanes: list[Lane], tmp_path: Path) -> None:
    image = np.full((120, 300, 3), 7, np.uint8)
    corners = np.array([(70.0, 20.0), (50.0, 260.0), (20.0, 257.5), (40.0, 17.5)])  # of a tilted lane
    rows, columns = np.indices(image.shape[:2])
    along, across = corners[1] - corners[0], corners[3] - corners[0]
    to_lane = np.linalg.inv(np.stack([along, across], axis=1))
    share, side = np.tensordot(to_lane, np.stack([rows - 70.0, columns - 20.0]), axes=1)
    inside = (share >= 0) & (share <= 1) & (side >= 0) & (side <= 1)
    image[inside] = (20 + 200 * share[inside])[:, None].astype(np.uint8)
    Image.fromarray(image).save(tmp_path / "box.png")

    editor = LaneEditor([Lane(tmp_path / "box.png", 10.0, 11.0, "tilted", (20, 70, 20, 255), 90)])
    shown = editor.stage.ink.handles["points"]
    assert shown == [[69.5, 19.5], [69.5, 254.5], [19.5, 254.5], [19.5, 19.5]]
    for number, corner in enumerate(corners):
        drag(editor, number, *corner)
    assert editor.stage.ink.handles["points"] == corners.tolist()
    assert editor.stage.ink.handles["active"] == 3
    straight = editor.lane.read().image[3:-3, 3:-3, 0].astype(float)
    assert straight.std(axis=1).max() < 1.5  # the same across the lane
    assert (np.diff(straight.mean(axis=1)) > -0.5).all()  # brighter from its top to its base
    assert editor.stage.describe(45, 140) == "tilted"
    assert editor.stage.describe(22, 30) == ""


def test_a_corner_that_cannot_be_there_is_said_and_goes_back(
    editor: LaneEditor, shown_errors: list[Exception]
) -> None:
    before, said = editor.lanes, []
    editor.stage.ink.send = lambda content, buffers=None: said.append(content)
    drag(editor, 0, 0.0, 280.0)
    assert "The sides of 'box-1' would cross with corner 1" in str(shown_errors.pop())
    assert editor.lanes == before
    assert said == [{"kind": "handled"}]  # the page draws it where it is


def test_changes_are_undone_and_made_again(editor: LaneEditor) -> None:
    first = editor.lanes
    drag(editor, 0, 55, 12)
    editor.add(Crop(112, 118, 10, 290))
    editor.remove()
    third = editor.lanes
    editor.stage.press_key("ctrl+z")
    assert len(editor.lanes) == 3
    editor.stage.press_key("ctrl+z")
    editor.stage.press_key("ctrl+z")
    assert editor.lanes == first
    editor.stage.press_key("ctrl+z")  # nothing more
    assert editor.lanes == first
    for _ in range(3):
        editor.stage.press_key("ctrl+y")
    assert editor.lanes == third
    editor.undo()
    editor.edit(name="other")
    editor.redo()  # nothing: it was changed otherwise meanwhile
    assert "other" in [lane.name for lane in editor.lanes]


def test_corners_are_reached_by_keys_and_by_numbers(editor: LaneEditor) -> None:
    corners = editor.points.outline.corners
    editor.stage.press_key("c")
    editor.stage.press_key("shift+ArrowUp")
    moved = editor.lane.shape
    assert moved is not None
    step = corners[1][0] - moved.corners[1][0]
    assert step > 0
    assert np.delete(moved.corners, 1, axis=0).tolist() == np.delete(corners, 1, axis=0).tolist()
    editor.points._corners.value = 2
    editor.points._place[0].value = 4.0
    assert editor.lane.shape is not None
    assert editor.lane.shape.corners[2] == (4.0, 289.5)


def test_a_depth_is_typed_where_the_lane_is_clicked(
    editor: LaneEditor, shown_errors: list[Exception]
) -> None:
    said: list[dict[str, object]] = []
    editor.stage.ink.send = lambda content, buffers=None: said.append(content)
    editor.points._asks.value = True
    editor.stage.click(30, 79)
    assert said[-1]["kind"] == "ask"
    assert said[-1]["text"] == "10.248"
    assert said[-1]["label"] == "Depth here in m; empty where it is not known"
    type_in_place(editor, "10,4")
    assert editor.lane.shape is not None
    assert editor.lane.shape.ties == ((pytest.approx(0.248, abs=1e-3), 10.4),)
    assert editor.stage.ink.handles["texts"] == [
        {"row": pytest.approx(29.5), "column": pytest.approx(79, abs=0.2), "text": "10.4 m"}
    ]
    assert editor.points._ties.value.endswith("=10.4")
    for text, what in (
        ("soon", "The depth 'soon' is not a number"),
        ("12", "The known depth 12 m does not lie"),
    ):
        editor.stage.click(30, 79)
        type_in_place(editor, text)
        assert what in str(shown_errors.pop())
    editor.stage.click(30, 79)
    type_in_place(editor, None)  # Escape
    assert editor.lane.shape.ties
    editor.stage.click(30, 79)
    type_in_place(editor, "")
    assert editor.lane.shape.ties == ()
    editor.points._ties.value = "0.25=10.3 0.5=10.3"
    assert editor.lane.shape.ties == ((0.25, 10.3), (0.5, 10.3))
    editor.stage.click(80, 79)  # another lane is selected, not asked for
    assert editor.selected == 1


def test_turning_a_lane_turns_its_corners(editor: LaneEditor) -> None:
    drag(editor, 0, 55, 12)
    before = editor.points.outline.corners
    editor._fields["rotation"].value = 270
    assert editor.points.outline.corners == before[2:] + before[:2]


def test_the_lanes_are_ordered_and_saved_in_the_table_of_the_core(lanes: list[Lane], tmp_path: Path) -> None:
    Image.new("RGB", (300, 120)).save(tmp_path / "next.png")
    table = tmp_path / "hole.csv"
    below = Lane(tmp_path / "next.png", 12.0, 13.0, "next", (0, 50, 0, 300), 90)
    Core([*lanes, below]).write_csv(table)
    editor = LaneEditor(lanes, table=table)
    drag(editor, 0, 55, 12)
    editor.order(boustrophedon=True)
    editor.save(table)
    found = read_core(table)
    assert found.lanes == (*editor.lanes, below)
    assert [lane.rotation for lane in found] == [90, 270, 90]


def test_a_side_that_was_dragged_is_one_step_of_undo(editor: LaneEditor) -> None:
    editor.stage.ink._handle_custom_msg({"kind": "side", "number": 1, "rows": 4.0, "columns": -30.2}, [])
    assert editor.lane.crop == Crop(10, 50, 10, 260)
    assert (editor.lane.shape, editor.selected) == (None, 0)
    editor.undo()
    assert editor.lane.crop == Crop(10, 50, 10, 290)
    editor.move_side(0, 7, 0)
    assert editor.lane.crop == Crop(10, 57, 10, 290)
