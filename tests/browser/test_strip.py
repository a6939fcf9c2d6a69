"""The strip of photographs on a page of JupyterLab: 3 of them, and 1,400."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .jupyterlab import Lab
from .workbench_page import WorkbenchPage

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MAKE = """
import numpy as np
import corewidgets as cw
from PIL import Image
from pathlib import Path
def make(folder, n, shape):
    Path(folder).mkdir()
    rng = np.random.default_rng(0)
    rock = 120 + 40 * np.sin(np.arange(shape[0]) / 9)[:, None, None] + rng.normal(0, 15, (*shape, 3))
    lanes = []
    for number in range(1, n + 1):
        image = np.roll(rock, 17 * number, axis=0).astype(np.uint8)
        image[:40] = (number % 256, 200 - number % 200, 90)
        file = Path(folder, f"R{number}.png")
        Image.fromarray(image).save(file, compress_level=1)
        top = 600 + 0.62 * number + (0.4 if number > 2 else 0)
        lanes.append(cw.Lane(file, top, top + 0.62))
    cw.Core(lanes).write_csv(Path(folder, "core.csv"))
"""

HOLD = """() => new Promise((held) => {
  const code = `
import time
from corewidgets.widgets.turn import TURN
with TURN:
    print("held", flush=True)
    time.sleep(2)`;
  const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
  kernel.requestExecute({ code, store_history: false }).onIOPub = (message) => {
    if (message.header.msg_type === "stream") held();
  };
})"""
"""Lets the kernel take no message of a widget for two seconds, from the return on."""

LOSE = """
channel = bench._desk.strip.comm
publish, lost = channel.publish_msg, []
def lose(kind, data=None, *args, **kwargs):
    if not lost and all(word in str(data) for word in ("opened", "R2")):
        lost.append(data)
    else:
        publish(kind, data, *args, **kwargs)
channel.publish_msg = lose
"""
"""Loses the message that the tools of R2 are there."""

THREE = """
make("three", 3, (600, 120))
bench = cw.Workbench("three/core.csv", ["Matrix", "Clast"])
bench
"""

MANY = """
make("many", 1400, (240, 40))
bench = cw.Workbench("many/core.csv", ["Matrix", "Clast"])
bench
"""


@pytest.fixture(scope="module")
def three(open_lab: Callable[..., Lab]) -> Lab:
    return open_lab("three", MAKE, THREE, width=1500, height=1000)


@pytest.fixture(scope="module")
def many(open_lab: Callable[..., Lab]) -> Lab:
    return open_lab("many", MAKE, MANY, width=1500, height=1000)


def rows(lab: Lab) -> list[str]:
    """Return the names of the rows that are on the page, from top to base."""
    found = lab.page.locator(".cw-strip-row").evaluate_all(
        "rows => rows.map(row => [parseFloat(row.style.top), row.querySelector('b').textContent])"
    )
    return [name for _, name in sorted(found)]


def painted(lab: Lab) -> None:
    """Wait until each row in view shows its picture."""
    lab.page.wait_for_function(
        "() => [...document.querySelectorAll('.cw-strip-row canvas')].every(each => each.dataset.painted)",
        timeout=60_000,
    )


def test_three_photographs_are_labelled_one_after_the_other(three: Lab, tmp_path: Path) -> None:
    bench, page = WorkbenchPage(three), three.page
    painted(three)
    assert rows(three) == ["R1", "R2", "R3"]
    assert page.locator(".cw-strip-below-gap b").all_inner_texts() == ["R3"]
    assert page.locator(".cw-strip-gap").all_inner_texts() == ["gap of 0.40 m"]

    stage = bench.stage()
    bench.paint(stage, (100, 30), (100, 90))
    page.locator(".cw-strip-row", has_text="R1").locator(".cw-strip-labelled").wait_for()
    assert three.ask_json("cw.Project(bench.project.folder).labelled") == ["R1"]  # as the disk has it

    scale = three.ask_json("bench.labeler.stage.viewport.scale")
    bench.open_photograph("R3")
    assert three.ask_json("bench.labeler.stage.viewport.scale") == pytest.approx(scale)
    bench.choose_class("Clast")
    bench.paint(bench.stage(), (200, 30), (200, 90))
    assert three.ask_json("bench.project.labelled") == ["R1", "R3"]

    page.keyboard.press("PageUp")  # the focus is on the photograph
    three.wait_for("bench.section.name", "R2")
    page.keyboard.press("PageUp")  # and now on the strip
    three.wait_for("bench.section.name", "R1")
    assert three.ask_json("int(bench.labels[100, 60])") == 1
    page.keyboard.press("PageUp")
    page.keyboard.press("PageDown")
    three.wait_for("bench.section.name", "R2")

    page.keyboard.press("ArrowDown")
    three.wait_for("bench.section.name", "R3")
    page.keyboard.press("ArrowUp")
    three.wait_for("bench.section.name", "R2")

    # search and filter
    search, state = page.locator(".cw-strip-search"), page.locator(".cw-strip-state")
    state.select_option("labelled")
    assert rows(three) == ["R1", "R3"]
    assert page.locator(".cw-strip-total").inner_text() == "2 of 3 photographs, 2 labelled, 0 mapped"
    search.fill("clast")
    assert rows(three) == ["R3"]
    state.select_option("")
    search.fill("601,3 m")
    assert rows(three) == ["R2"]
    search.fill("")
    assert rows(three) == ["R1", "R2", "R3"]
    painted(three)
    page.screenshot(path=tmp_path / "three.png")
    bench.check_errors()


def test_a_click_while_a_photograph_is_opened_is_one_on_its_tools(three: Lab) -> None:
    bench, page = WorkbenchPage(three), three.page
    bench.open_photograph("R1")
    bench.choose_class("Matrix")
    page.evaluate(HOLD)
    page.locator(".cw-strip-row", has_text="R3").click()
    assert page.locator(".cw-of-photograph").evaluate_all("all => all.every((one) => one.inert)")
    page.locator(".cw-palette:visible .cw-name", has_text="Clast").click()  # waits until that can be done
    three.wait_for("[bench.section.name, bench.labeler.selected_class]", ["R3", "Clast"])
    bench.paint(bench.stage(), (400, 30), (400, 90))
    assert three.ask_json("int(bench.labels[400, 60])") == 2
    bench.open_photograph("R2")
    assert three.ask_json("bench.labeler.selected_class") == "Clast"
    bench.check_errors()


def test_tools_can_be_used_though_the_page_was_not_told_that_they_are_there(three: Lab) -> None:
    bench, page = WorkbenchPage(three), three.page
    bench.open_photograph("R1")
    assert three.ask(LOSE) == ""
    page.locator(".cw-strip-row", has_text="R2").click()
    three.wait_for("[bench.section.name, len(lost)]", ["R2", 1])
    bench.choose_class("Clast")  # waits until that can be done
    bench.paint(bench.stage(), (300, 30), (300, 90))
    bench.check_errors()


@pytest.mark.slow
def test_of_1400_photographs_only_those_in_view_cost_anything(many: Lab, tmp_path: Path) -> None:
    bench, page = WorkbenchPage(many), many.page
    painted(many)
    first = rows(many)
    assert first[:3] == ["R1", "R2", "R3"]
    assert len(first) < 20
    kept = "len(list((bench.project.folder / 'thumbnails').iterdir()))"
    assert many.ask_json(kept) == len(first)

    page.locator(".cw-strip-list").evaluate("list => { list.scrollTop = list.scrollHeight }")
    page.locator(".cw-strip-row", has_text="R1400").wait_for()  # the page tells of a scroll later
    painted(many)
    assert rows(many)[-1] == "R1400"
    assert len(rows(many)) < 20
    assert many.ask_json(kept) <= len(first) + len(rows(many))

    page.locator(".cw-strip-row", has_text="R1399").click()
    many.wait_for("bench.section.name", "R1399")
    page.keyboard.press("PageDown")
    many.wait_for("bench.section.name", "R1400")
    page.locator(".cw-strip-search").fill("R70")
    assert rows(many) == ["R70", *(f"R70{digit}" for digit in range(10))]
    page.locator(".cw-strip-search").fill("")
    many.ask("bench._desk.strip.selected = 'R700'")
    page.locator(".cw-strip-row[aria-selected=true]", has_text="R700").wait_for()  # it is scrolled to
    painted(many)
    page.screenshot(path=tmp_path / "many.png")
    bench.check_errors()
