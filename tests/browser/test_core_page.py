"""The hole at depth with a real mouse: tiles come, the wheel zooms, a drag moves, a click opens."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from .jupyterlab import Lab
from .workbench_page import WorkbenchPage

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MAKE = """
import numpy as np
import corewidgets as cw
from PIL import Image
from pathlib import Path
legend = cw.sample_core(240, 96).legend
Path("hole").mkdir()
for number in range(1, 6):
    sample = cw.sample_core(1200, 240, seed=number)
    Image.fromarray(sample.section.image).save(f"hole/R{number}.png", compress_level=1)
project = cw.Project.create("hole/hole.corewidgets", "hole", legend=legend)
for number in range(1, 6):
    top = 600 + 0.35 * number + (0.2 if number > 3 else 0)
    project.set_depths(f"R{number}", top, top + 0.3)
    project.write_map(f"R{number}", cw.sample_core(1200, 240, seed=number).truth)
"""

SHOW = """
bench = cw.Workbench(project)
bench.page = "core"
bench
"""


@pytest.fixture(scope="module")
def lab(open_lab: Callable[..., Lab]) -> Lab:
    return open_lab("core", MAKE, SHOW, width=1440, height=900)


def shot(lab: Lab, name: str) -> None:
    """Keep a picture of the page where the variable SHOTS names a folder, to be looked at."""
    if folder := os.environ.get("SHOTS"):
        lab.page.wait_for_timeout(600)
        lab.page.screenshot(path=f"{folder}/{name}.png")


def drawn(lab: Lab) -> None:
    lab.page.locator(".cw-core-view canvas[data-missing='0']").wait_for(timeout=60_000)


def test_the_hole_is_zoomed_moved_and_opened(lab: Lab) -> None:
    bench, page = WorkbenchPage(lab), lab.page
    canvas = page.locator(".cw-core-view canvas")
    canvas.wait_for()
    drawn(lab)
    whole = lab.ask_json("list(bench.core.view.seen)")
    assert whole[0] <= 600.35
    assert whole[1] >= 602.25
    shot(lab, "core-whole")

    box = canvas.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.4
    page.mouse.move(x, y)
    for _ in range(6):
        page.mouse.wheel(0, -300)
    lab.wait_for(f"bench.core.view.seen[1] - bench.core.view.seen[0] < {(whole[1] - whole[0]) / 8}")
    drawn(lab)
    shot(lab, "core-near")
    light = canvas.evaluate("canvas => canvas.toDataURL()")
    lab.set_theme("dark")
    told = "([canvas, light]) => canvas.toDataURL() !== light"
    page.wait_for_function(told, arg=[canvas.element_handle(), light], timeout=10_000)
    lab.set_theme("light")
    page.wait_for_function(told.replace("!==", "==="), arg=[canvas.element_handle(), light], timeout=10_000)
    near = lab.ask_json("list(bench.core.view.seen)")
    page.mouse.down()
    page.mouse.move(x, y - 150, steps=5)
    page.mouse.up()
    lab.wait_for(f"bench.core.view.seen[0] > {near[0]}")
    drawn(lab)

    # by keys: a line marks the depth whose photograph Enter opens
    bench.press("Whole")
    lab.wait_for(f"bench.core.view.seen[1] - bench.core.view.seen[0] > {(whole[1] - whole[0]) * 0.9}")
    canvas.focus()
    page.keyboard.press("+")
    page.keyboard.press("PageUp")
    page.keyboard.press("PageUp")
    lab.wait_for(f"bench.core.view.seen[0] < {whole[0]}")
    shot(lab, "core-keys")
    page.keyboard.press("Enter")
    lab.wait_for("[bench.section.name, bench.page]", ["R1", "label"])
    bench.turn_to("core", "Core")
    drawn(lab)

    page.locator(".cw-core-page button", has_text="ft").click()
    lab.wait_for("bench.core.view.unit", "ft")
    bench.press("Whole")
    lab.wait_for(f"bench.core.view.seen[1] - bench.core.view.seen[0] > {(whole[1] - whole[0]) * 0.9}")
    drawn(lab)
    page.set_viewport_size({"width": 1024, "height": 700})
    shot(lab, "core-small")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.wait_for_timeout(400)
    box = canvas.bounding_box()
    assert box is not None
    seen = lab.ask_json("list(bench.core.view.seen)")
    share = (601.75 - seen[0]) / (seen[1] - seen[0])  # in the middle of R4
    canvas.click(position={"x": x - box["x"], "y": 24 + share * (box["height"] - 24)})  # scrolls there
    lab.wait_for("bench.section.name", "R4")
    lab.wait_for("bench.page", "label")
    row = lab.ask_json("float(bench.labeler.stage.viewport.row)")
    assert row == pytest.approx(600, abs=60)
    bench.turn_to("clasts", "Clasts")
    page.locator(".cw-clasts-row span").first.wait_for(timeout=60_000)
    shot(lab, "clasts-project")
    page.set_viewport_size({"width": 1024, "height": 700})
    shot(lab, "clasts-small")
    assert lab.ask_json("bench.core.messages.error and str(bench.core.messages.error)") is None
    bench.check_errors()
