"""Correct the lanes of a core box with a real mouse."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .jupyterlab import Lab, StagePage

pytestmark = pytest.mark.browser

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
