"""Correct the lanes of a core box with a real mouse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .jupyterlab import Lab, StagePage

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BOX = """
import numpy as np
from PIL import Image
import corewidgets as cw
grey = np.full((240, 600, 3), 40, np.uint8)
grey[20:100, 20:580] = 150
grey[140:220, 20:580] = 120
Image.fromarray(grey).save("box.png")
lanes = [
    cw.Lane("box.png", 10.0, 11.0, "box-1", crop=(20, 100, 20, 580), rotation=90),
    cw.Lane("box.png", 11.0, 12.0, "box-2", crop=(140, 220, 20, 580), rotation=90),
]
editor = cw.LaneEditor(lanes)
editor
"""


@pytest.fixture(scope="module")
def lab(open_lab: Callable[..., Lab]) -> Lab:
    return open_lab("lanes", BOX)


def test_a_lane_is_selected_by_a_click_and_drawn_anew(lab: Lab) -> None:
    stage = StagePage(lab, "editor.stage")
    lab.ask("editor.stage.fit()")
    stage.wait_drawn()
    stage.click(*stage.of_pixel(180, 300))
    lab.wait_for("editor.selected", 1)
    lab.page.get_by_role("button", name="Draw").click()
    lab.wait_for("editor.stage.mode", "polygon")
    corners = [(130, 50), (130, 500), (230, 500), (230, 50)]
    stage.drag(*(stage.of_pixel(*corner) for corner in corners))
    lab.wait_for("editor.lane.crop.row_start < 135 and editor.lane.crop.row_stop > 225")
    assert lab.ask_json("list(editor.lane.crop)") == pytest.approx([130, 231, 50, 501], abs=3)
    assert lab.page.get_by_label("row start").input_value() == lab.ask("print(editor.lane.crop[0])").strip()
    assert lab.ask_json("editor.stage.messages.error and str(editor.stage.messages.error)") is None
    assert lab.script_errors == []


def test_a_side_is_dragged_with_both_of_its_corners_and_one_undo_takes_it_back(
    lab: Lab, notebooks: Path
) -> None:
    stage = StagePage(lab, "editor.stage")
    if lab.ask_json("editor.stage.mode") != "pan":
        lab.page.get_by_role("button", name="Draw").click()
        lab.wait_for("editor.stage.mode", "pan")
    lab.ask("editor.stage.fit()")
    stage.wait_drawn()
    stage.click(*stage.of_pixel(60, 300))
    lab.wait_for("editor.selected", 0)
    lower, upper, left = stage.of_pixel(99.5, 300), stage.of_pixel(19.5, 300), stage.of_pixel(60, 19.5)
    down, beyond, right = stage.of_pixel(119.5, 340), stage.of_pixel(-30, 300), stage.of_pixel(70, 59.5)

    # the pointer tells which way a side goes; a click beside it moves nothing
    for place, cursor in ((lower, "ns-resize"), (left, "ew-resize")):
        lab.page.mouse.move(*stage.on_page(*place))
        lab.page.wait_for_function(
            "(cursor) => document.querySelector('.cw-ink-root').style.cursor === cursor", arg=cursor
        )
    n_steps = lab.ask_json("len(editor._before)")
    stage.click(*lower)

    stage.drag(lower, down)
    lab.wait_for("list(editor.lane.crop)", [20, 120, 20, 580])
    stage.drag(left, right)
    lab.wait_for("list(editor.lane.crop)", [20, 120, 60, 580])
    stage.drag(upper, beyond)
    lab.wait_for("list(editor.lane.crop)", [0, 120, 60, 580])
    lab.page.screenshot(path=str(notebooks / "lane-sides.png"))
    assert lab.ask_json("len(editor._before)") == n_steps + 3
    for crop in ([20, 120, 60, 580], [20, 120, 20, 580], [20, 100, 20, 580]):
        lab.page.keyboard.press("Control+z")
        lab.wait_for("list(editor.lane.crop)", crop)
    assert lab.ask_json("editor.stage.messages.error and str(editor.stage.messages.error)") is None
    assert lab.script_errors == []


BROKEN = """
rock = np.random.default_rng(0).integers(120, 140, (240, 600, 1)).repeat(3, 2).astype(np.uint8)
rock[20:100, 200:204] = 20
rock[:20] = rock[100:140] = rock[220:] = 40
Image.fromarray(rock).save("broken.png")
lane = cw.Lane("broken.png", 10.0, 11.0, "one", crop=(20, 100, 0, 600), rotation=90)
broken = cw.LaneEditor([lane], height=220)
broken
"""


def test_breaks_are_found_by_a_button_added_by_a_click_and_moved_by_a_drag(
    open_lab: Callable[..., Lab], notebooks: Path
) -> None:
    lab = open_lab("breaks", BOX.removesuffix("editor\n") + BROKEN)
    stage = StagePage(lab, "broken.stage")
    lab.ask("broken.stage.fit()")
    stage.wait_drawn()
    depths = "[round(600 * (each.depth - 10)) for each in broken.pieces.breaks]"
    lab.page.locator(".widget-button:visible", has_text="Find breaks").last.click()
    lab.wait_for("broken.pieces is not None")
    assert lab.ask_json(depths) == pytest.approx([202], abs=3)
    stage.click(*stage.of_pixel(60, 450))
    lab.wait_for("len(broken.pieces.breaks)", 2)
    assert lab.ask_json(depths)[1] == pytest.approx(450, abs=3)
    stage.drag(stage.of_pixel(60, 450), stage.of_pixel(80, 380))
    lab.wait_for(f"{depths}[1] < 400")
    assert lab.ask_json(depths)[1] == pytest.approx(380, abs=3)
    lab.page.keyboard.press("m")
    lab.wait_for("broken.pieces.breaks[1].mechanical", True)
    lab.page.screenshot(path=str(notebooks / "lane-breaks.png"))
    lab.page.keyboard.press("Delete")
    lab.wait_for("len(broken.pieces.breaks)", 1)
    assert lab.ask_json("broken.stage.messages.error and str(broken.stage.messages.error)") is None
    assert lab.script_errors == []


TILTED = """
rows, columns = np.indices((240, 600))
shares = (columns - 30) / 520
inside = (abs(rows - 120 + 40 * (shares - 0.5)) < 45) & (shares > 0) & (shares < 1)
rock = np.where(inside, 60 + 150 * shares.clip(0, 1), 25).astype(np.uint8)
Image.fromarray(np.stack([rock] * 3, -1)).save("tilted.png")
cw.Core(lanes).write_csv("hole.csv")
tilted = cw.LaneEditor([cw.Lane("tilted.png", 12.0, 13.0, "tilted", crop=(60, 180, 30, 550), rotation=90)],
                       table="hole.csv")
tilted
"""


def test_dragged_corners_straighten_a_lane_and_a_depth_is_typed_on_it(
    open_lab: Callable[..., Lab], notebooks: Path
) -> None:
    lab = open_lab("corners", BOX + TILTED)
    stage = StagePage(lab, "tilted.stage")
    lab.ask("tilted.stage.fit()")
    stage.wait_drawn()
    corners = [(185, 30), (145, 550), (55, 550), (95, 30)]  # of what is drawn, down its left side and up
    for number, corner in enumerate(corners):
        start = stage.of_pixel(*lab.ask_json(f"tilted.points.outline.corners[{number}]"))
        stage.drag(start, stage.of_pixel(*corner))
        lab.wait_for(f"abs(tilted.points.outline.corners[{number}][0] - {corner[0]}) < 2")
    found = lab.ask_json("tilted.lane.shape.corners")
    assert [x for pair in found for x in pair] == pytest.approx([x for pair in corners for x in pair], abs=2)
    straight = "tilted.lane.read().image[8:-8, 8:-8, 0].astype(float)"
    assert lab.ask_json(f"{straight}.std(axis=1).max()") < 2

    # a corner is where the hand left it also after a view that moved meanwhile, and Ctrl+Z takes it back
    lab.page.keyboard.press("Control+z")
    lab.wait_for("tilted.points.outline.corners[3][0] > 58")
    lab.page.keyboard.press("Control+y")
    lab.wait_for("abs(tilted.points.outline.corners[3][0] - 95) < 2")

    lab.page.get_by_role("button", name="Depth here").click()
    lab.wait_for("tilted.points.asks", True)
    stage.click(*stage.of_pixel(120, 290))
    field = lab.page.locator(".cw-ink-field")
    field.wait_for()
    assert field.input_value() == "12.500"
    field.fill("12.4")
    lab.page.screenshot(path=str(notebooks / "lane-corners-typing.png"))
    field.press("Enter")
    lab.wait_for("[depth for _, depth in tilted.lane.shape.ties]", [12.4])
    lab.page.locator(".widget-button:visible", has_text="Save").click()
    lab.wait_for("cw.read_core('hole.csv')['tilted'].shape == tilted.lane.shape")
    lab.page.screenshot(path=str(notebooks / "lane-corners.png"))
    assert lab.ask_json("[lane.name for lane in cw.read_core('hole.csv')]") == ["box-1", "box-2", "tilted"]
    assert lab.ask_json("tilted.stage.messages.error and str(tilted.stage.messages.error)") is None
    assert lab.script_errors == []
