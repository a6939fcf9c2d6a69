"""The page of clasts with a real mouse and keys: table and picture, edits, the ruler."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

import pytest

from .jupyterlab import Lab, StagePage
from .workbench_page import WorkbenchPage

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MAKE = """
import numpy as np
import corewidgets as cw
rows, columns = np.mgrid[:600, :300]
codes = np.ones((600, 300), np.uint8)
for row in range(30, 600, 60):
    for column in range(30, 300, 60):
        radius = 12 + (row + column) % 13
        codes[np.hypot(rows - row, columns - column) < radius] = 2 + (row // 60 + column // 60) % 2
codes[300:330, 20:40] = 2  # touches two disks
image = np.array([(0, 0, 0), (120, 110, 100), (60, 80, 60), (190, 170, 120)], np.uint8)[codes]
section = cw.CoreSection(image, 10.0, 10.15, name="disks")  # 0.25 mm a pixel
"""

SHOW = """
bench = cw.Workbench(section, ["Matrix", "Chert", "Melt"], project=False)
bench.trainer.segmentation = codes
bench.page = "clasts"
bench
"""


@pytest.fixture(scope="module")
def lab(open_lab: Callable[..., Lab]) -> Lab:
    return open_lab("clasts", MAKE, SHOW, width=1440, height=900)


def held(lab: Lab, key: str, act: Callable[[], object]) -> None:
    lab.page.keyboard.down(key)
    act()
    lab.page.keyboard.up(key)


def test_clasts_are_selected_corrected_and_measured(lab: Lab) -> None:
    bench, page = WorkbenchPage(lab), lab.page
    page.locator(".cw-clasts-row span").first.wait_for()
    stage = StagePage(lab, "bench.clasts.stage", 1)
    stage.wait_drawn()
    drawn = page.locator(".cw-clasts-row").count()
    assert drawn < len(range(30, 600, 60)) * 5  # those in view

    # the picture selects in the table
    number = lab.ask_json("bench.clasts.table.at(90, 90)")
    stage.click(*stage.of_pixel(90, 90))
    page.locator(f".cw-clasts-row[data-number='{number}'][aria-selected=true]").wait_for()
    held(lab, "Control", lambda: stage.click(*stage.of_pixel(90, 150)))
    lab.wait_for("len(bench.clasts.selected)", 2)

    # the table selects in the picture, sorted by what is clicked
    page.locator(".cw-clasts-title", has_text="Area").click()
    page.locator(".cw-clasts-title", has_text="Area").click()
    lab.wait_for("bench.clasts.list.sort", "-area_mm2")
    largest = lab.ask_json("bench.clasts.list.order[0]")
    page.locator(f".cw-clasts-row[data-number='{largest}']").click()
    lab.wait_for("bench.clasts.selected", [largest])
    page.keyboard.press("ArrowDown")
    lab.wait_for("bench.clasts.selected == bench.clasts.list.order[1:2]")

    page.keyboard.press("Shift+ArrowDown")
    lab.wait_for("bench.clasts.selected == bench.clasts.list.order[1:3]")

    # what touches is merged, a line splits, all is undone
    before = lab.ask_json("len(bench.clasts.table)")
    stage.click(*stage.of_pixel(315, 30))
    lab.wait_for("len(bench.clasts.selected)", 1)
    touching = "bench.clasts.table.at(315, 30)"
    lab.ask(f"bench.clasts.pick({touching})")
    bench.press("Split")
    lab.wait_for("bench.clasts.stage.mode", "measure")
    stage.drag(stage.of_pixel(315, 5), stage.of_pixel(315, 55))
    lab.wait_for("bench.clasts.table.edits[-1].kind", "split")
    assert lab.ask_json("len(bench.clasts.table)") == before + 1
    assert lab.ask_json("bench.clasts.stage.mode") == "pan"
    stage.click(*stage.of_pixel(322, 30))
    held(lab, "Shift", lambda: stage.click(*stage.of_pixel(308, 30)))
    lab.wait_for("len(bench.clasts.selected)", 2)
    bench.press("Merge")
    lab.wait_for("len(bench.clasts.table)", before)
    page.locator("text=/edits?|Clast \\d+/").first.wait_for()
    stage.click(*stage.of_pixel(2, 2))
    page.keyboard.press("Control+z")
    lab.wait_for("len(bench.clasts.table)", before + 1)

    # Shift + drag is the ruler: within half a percent of what was dragged along
    start, end = stage.of_pixel(150, 20), stage.of_pixel(450, 220)
    held(lab, "Shift", lambda: stage.drag(start, end))
    lab.wait_for("bench.clasts.ruler.ruler is not None")
    length = lab.ask_json("bench.clasts.ruler.ruler.length_mm")
    assert length == pytest.approx((300**2 + 200**2) ** 0.5 * 0.25, rel=0.005)
    page.locator(".cw-ruler:visible", has_text=re.compile(rf"{length:.4g} mm")).wait_for()
    assert lab.ask_json("bench.clasts.messages.error and str(bench.clasts.messages.error)") is None
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/clasts.png")
    bench.check_errors()
