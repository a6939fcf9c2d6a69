"""Breaks of the core are found, added, moved, marked and removed in the editor of lanes."""

from __future__ import annotations

from html import unescape
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw
from corewidgets.widgets import LaneEditor

COLUMNS = (90, 200)  # where the core of the first lane is broken


@pytest.fixture
def editor(tmp_path: Path) -> LaneEditor:
    box = np.full((120, 400, 3), 40, np.uint8)
    rock = 130 + np.random.default_rng(0).integers(-6, 7, (2, 40, 400, 1))
    box[10:50], box[70:110] = rock
    for column in COLUMNS:
        box[10:50, column : column + 3] = 30
    Image.fromarray(box).save(tmp_path / "box.png")
    return LaneEditor(
        [
            cw.Lane(tmp_path / "box.png", 10.0, 11.0, "box-1", (10, 50, 0, 400), 90),
            cw.Lane(tmp_path / "box.png", 11.0, 12.0, "box-2", (70, 110, 0, 400), 90),
        ]
    )


def columns_of(editor: LaneEditor) -> list[float]:
    return [400 * (each.depth - 10) for each in editor.breaks.breaks]


def press(editor: LaneEditor, *keys: str) -> None:
    for key in keys:
        editor.stage.press_key(key)


def test_breaks_of_all_lanes_are_found_and_shown(editor: LaneEditor) -> None:
    assert editor.pieces is None
    assert not editor.breaks.active
    editor.find_breaks()
    assert editor.breaks.active
    assert columns_of(editor) == pytest.approx([91.5, 201.5, 400], abs=2)  # the last where the lanes meet
    assert editor.stage.ink.handles["closed"] is False
    assert [column for _, column in editor.stage.ink.handles["points"]] == pytest.approx(
        [91, 201, 399.5], abs=2
    )
    assert editor.breaks.told.value == "Break 1 of 3, natural"
    editor.selected = 1
    assert editor.breaks.told.value == "No break in this lane."
    editor.breaks.edits.value = False
    assert len(editor.stage.ink.handles["points"]) == 4  # corners again


def test_a_click_adds_a_break_or_chooses_one_and_a_drag_moves_it(editor: LaneEditor) -> None:
    editor.find_breaks()
    editor.stage.click(30, 300)
    assert columns_of(editor)[2] == pytest.approx(300.5, abs=0.6)
    editor.stage.click(30, 91)
    assert len(columns_of(editor)) == 4
    assert editor.breaks.told.value == "Break 1 of 4, natural"
    editor.stage.ink._handle_custom_msg({"kind": "handle", "number": 2, "row": 12.0, "column": 320.0}, [])
    assert columns_of(editor)[2] == pytest.approx(320.5, abs=0.6)
    assert editor.lane.crop == cw.Crop(10, 50, 0, 400)  # no corner was moved
    editor.undo()
    editor.undo()
    assert len(columns_of(editor)) == 3
    editor.redo()
    assert len(columns_of(editor)) == 4


def test_keys_do_all_of_it(editor: LaneEditor) -> None:
    editor.find_breaks()
    first, second, end = columns_of(editor)
    press(editor, "b", "m")
    assert editor.breaks.told.value == "Break 2 of 3, mechanical"
    press(editor, "]", "]", "[")
    assert columns_of(editor) == pytest.approx([first, second + 1, end])
    press(editor, "i")
    assert columns_of(editor)[2] == pytest.approx((second + 1 + 400) / 2)
    press(editor, "Delete", "b", "u")
    assert len(columns_of(editor)) == 3
    assert editor.pieces is not None
    assert [piece.solid for piece in editor.pieces][:2] == [False, True]
    assert editor.pieces.recovery([(10, 11)])["n_fractures"].tolist() == [0]
    press(editor, "m", "u")
    assert editor.breaks.told.value == "Break 1 of 3, mechanical"
    assert editor.pieces.recovery([(10, 11)])["rqd"].tolist() == [1.0]


def test_a_depth_is_typed_and_what_cannot_be_is_said(
    editor: LaneEditor, shown_errors: list[Exception]
) -> None:
    editor.find_breaks()
    editor.breaks._depth.value = 10.3
    assert columns_of(editor)[0] == pytest.approx(120)
    before = editor.pieces
    editor.breaks._depth.value = 10.9
    assert "cannot be moved to 10.900 m" in str(shown_errors.pop())
    assert editor.pieces is before
    assert editor.breaks._depth.value == pytest.approx(10.3)


def test_core_that_was_broken_at_the_end_of_a_lane_is_one_piece(
    editor: LaneEditor, shown_errors: list[Exception]
) -> None:
    """Such breaks could not be chosen, so each lane of a box added a natural break."""
    editor.find_breaks()
    press(editor, "b", "b", "m")
    assert editor.breaks.told.value == "Break 3 of 3, mechanical, end of the lane"
    assert editor.pieces is not None
    assert editor.pieces.recovery([(10, 12)])["n_fractures"].tolist() == [2]
    before = editor.pieces
    press(editor, "]")
    assert "11 m is the end of 'box-1' and cannot be moved" in str(shown_errors.pop())
    assert editor.pieces is before


def test_the_last_piece_of_a_lane_can_be_rubble(editor: LaneEditor) -> None:
    editor.find_breaks()
    press(editor, "b", "d")
    editor.selected = 1
    assert [button.disabled for button in editor.breaks._buttons] == [True, False, False, True]
    press(editor, "u")
    assert editor.pieces is not None
    assert [piece.solid for piece in editor.pieces] == [True, True, False, False]
    press(editor, "d")
    assert [piece.solid for piece in editor.pieces] == [True, True, False, True]


def test_a_corner_that_is_not_shown_is_not_moved(editor: LaneEditor) -> None:
    editor.find_breaks()
    press(editor, "shift+ArrowDown")
    assert editor.lane.shape is None
    editor.breaks.edits.value = False
    press(editor, "shift+ArrowDown")
    assert editor.lane.shape is not None


def test_without_pieces_keys_and_clicks_change_nothing(editor: LaneEditor) -> None:
    press(editor, "b", "i", "m", "u", "[", "Delete")
    editor.stage.click(30, 100)
    assert editor.pieces is None
    assert editor.breaks._depth.disabled
    assert (
        editor.breaks.told.value == "No breaks are known yet. Press Find breaks; then they can be corrected."
    )
    editor.breaks.edits.value = False
    assert editor.breaks.told.value == ""


def test_pieces_are_saved_beside_the_table_and_are_there_again(editor: LaneEditor, tmp_path: Path) -> None:
    table = tmp_path / "hole.csv"
    editor.save(table)
    assert not (tmp_path / "hole.pieces.csv").exists()
    editor.find_breaks()
    press(editor, "m")
    editor.save(table)
    said = unescape(editor.stage.messages.text)
    assert f"Saved 2 lanes of 'box.png' in '{table}', and 4 pieces of core in 'hole.pieces.csv' bes" in said
    again = LaneEditor(cw.read_core(table).lanes, table=table)
    assert again.pieces is not None
    assert again.breaks.told.value == "Break 1 of 3, mechanical"
    before = again.pieces
    press(again, "u")
    again.save(table)
    again.undo()
    assert again.pieces == before
    again.save(table)
    saved = cw.read_pieces(tmp_path / "hole.pieces.csv")
    assert [(piece.solid, piece.mechanical_below) for piece in saved] == [(True, True), *[(True, False)] * 3]
    assert [piece.base for piece in saved] == pytest.approx([piece.base for piece in before])


def test_a_lane_at_other_depths_takes_its_pieces_with_it(editor: LaneEditor, tmp_path: Path) -> None:
    editor.find_breaks()
    editor.save(tmp_path / "hole.csv")
    editor.selected = 1
    editor.edit(top=21.0, base=22.0)
    editor.find_breaks()
    editor.save(tmp_path / "hole.csv")
    saved = cw.read_pieces(tmp_path / "hole.pieces.csv")
    assert [saved[0].top, saved[-1].top, saved[-1].base] == [10.0, 21.0, 22.0]
    assert len(saved) == 4


def test_damaged_pieces_are_told_and_neither_table_is_written(
    editor: LaneEditor, tmp_path: Path, shown_errors: list[Exception]
) -> None:
    table, beside = tmp_path / "hole.csv", tmp_path / "hole.pieces.csv"
    editor.save(table)
    beside.write_text("top,base\n10,soon\n")
    before = table.read_bytes()
    again = LaneEditor(cw.read_core(table).lanes, table=table)
    assert "'soon' is not a number" in str(shown_errors.pop())
    again.find_breaks()
    again.edit(name="other")
    with pytest.raises(ValueError, match="'soon' is not a number"):
        again.save(table)
    assert (table.read_bytes(), beside.read_text()) == (before, "top,base\n10,soon\n")
