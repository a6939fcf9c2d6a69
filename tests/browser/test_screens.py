"""The workbench on screens as people have them: with more pixels than the page, and small ones."""

from __future__ import annotations

import os
from collections.abc import Callable

import psutil
import pytest

from .jupyterlab import Lab, StagePage
from .workbench_page import WorkbenchPage

pytestmark = pytest.mark.browser

PHOTOGRAPH = """
import numpy as np
from PIL import Image
texture = np.random.default_rng(0).integers(-12, 12, (1200, 700, 1))
rock = np.full((1200, 700, 3), 90) + texture
rock[60:160, 40:120] = [190, 150, 110]
Image.fromarray(rock.astype(np.uint8)).save("screens.png")
"""

WORKBENCH = """
import corewidgets as cw
section = cw.read_section("screens.png")
bench = cw.Workbench(section, classes=["Matrix", "Clast"], autosave=False, session=False)
bench
"""

PAGES = {"map": "Inspect", "features": "Features", "train": "Settings and scores", "label": "Label"}


def shot(lab: Lab, name: str) -> None:
    """Keep a picture of the page where the variable SHOTS names a folder, to be looked at."""
    if folder := os.environ.get("SHOTS"):
        lab.page.screenshot(path=f"{folder}/{name}.png")


def zooms(lab: Lab) -> list[str]:
    """Return what the footers on the page say of the zoom."""
    texts = lab.page.locator(".cw-footer:visible").all_inner_texts()
    return [text.split()[-2] + " %" for text in texts]


@pytest.mark.slow
@pytest.mark.parametrize("ratio", [2.0, 1.5])
def test_the_zoom_is_the_same_on_all_pages(open_lab: Callable[..., Lab], ratio: float) -> None:
    lab = open_lab(f"ratio-{ratio:g}", PHOTOGRAPH, WORKBENCH, width=1500, height=1100, ratio=ratio)
    bench = WorkbenchPage(lab)
    stage = bench.stage()
    lab.wait_for("bench.labeler.stage.ink.pixel_ratio", ratio)

    # 1:1 is 100 %: one pixel of the photograph for one of the page
    bench.press("1:1")
    lab.page.locator(".cw-footer:visible", has_text="100 %").wait_for()
    (left, top), (right, bottom) = (stage.on_page(*stage.of_pixel(*at)) for at in ((300, 300), (400, 400)))
    assert (right - left, bottom - top) == pytest.approx((100, 100), abs=1)

    told = "[bench.labeler.stage.viewport." + ", bench.labeler.stage.viewport.".join(
        ("scale", "row", "column]")
    )
    seen = lab.ask_json(told)
    for _ in range(2):
        for page, title in PAGES.items():
            bench.turn_to(page, title)
            if page == "train":
                continue
            lab.wait_idle()
            lab.page.locator(".cw-footer:visible", has_text="100 %").first.wait_for()
            wanted = {"map": 1, "features": 2, "label": 1}[page]
            for number in range(wanted):
                last = lab.page.locator(".cw-ink-root:visible").nth(number)
                last.wait_for()
            assert zooms(lab) == ["100 %"] * wanted
            assert lab.ask_json(told) == pytest.approx(seen)
    ratios = (
        "[s.ink.pixel_ratio for s in (bench.overlay.stage, bench.explorer.stage, bench.explorer.map_stage)]"
    )
    assert lab.ask_json(ratios) == [ratio] * 3

    # who zooms on one page finds it on the others
    bench.turn_to("map", "Inspect")
    shown = StagePage(lab, "bench.overlay.stage", 1)
    lab.page.locator(".cw-toolbar:visible button[title^='Zoom in']").click()
    lab.page.locator(".cw-footer:visible", has_text="150 %").wait_for()
    assert (
        shown.on_page(*shown.of_pixel(400, 400))[0] - shown.on_page(*shown.of_pixel(300, 300))[0]
    ) == pytest.approx(150, abs=1)
    bench.turn_to("label", "Label")
    lab.page.locator(".cw-footer:visible", has_text="150 %").wait_for()
    bench.turn_to("features", "Features")
    lab.page.locator(".cw-footer:visible", has_text="150 %").nth(1).wait_for()
    bench.check_errors()
    lab.close()


@pytest.mark.slow
def test_a_cell_run_again_leaves_no_widgets_and_loses_no_stroke(open_lab: Callable[..., Lab]) -> None:
    saved = WORKBENCH.replace("autosave=False, ", "")
    lab = open_lab("again", PHOTOGRAPH, saved, width=1500, height=1100)
    bench = WorkbenchPage(lab)
    counts = "len(__import__('ipywidgets').widgets.widget._instances)"
    first = lab.ask_json(counts)
    for row in (300, 340, 380):
        bench.paint(bench.stage(), (row, 300), (row, 400))
        painted = lab.ask_json("int((bench.labels > 0).sum())")
        lab.page.evaluate("""async () => {
            const notebook = window.jupyterapp.shell.currentWidget;
            notebook.content.activeCellIndex = 1;
            await window.jupyterapp.commands.execute('notebook:run-cell');
        }""")
        lab.wait_idle()
        lab.wait_for(counts, first)
        assert lab.ask_json("int((bench.labels > 0).sum())") == painted
    bench.stage()
    assert lab.page.locator(".cw-workbench").count() == 1
    bench.check_errors()
    lab.close()


# What of the workbench scrolls by itself, and what its parts need beside what the notebook shows.
SHOWN = {
    "map": ".cw-overlay:visible .cw-ink-root",
    "features": ".cw-explorer:visible .cw-ink-root",
    "train": ".cw-settings:visible",
    "label": ".cw-labeler:visible .cw-ink-root",
}
LAID_OUT = """() => {
  const notebook = document.querySelector('.jp-WindowedPanel-outer');
  const bench = document.querySelector('.cw-workbench');
  const outputs = document.querySelectorAll('.jp-OutputArea-output');
  const parts = [bench, ...bench.querySelectorAll('*'), ...outputs];
  const scrolls = parts.filter((part) => {
    const style = getComputedStyle(part);
    const [across, down] = [style.overflowX, style.overflowY].map((how) => /auto|scroll/.test(how));
    const lists = 'pre, .cw-explorer-sheet, .cw-training-status, .cw-strip-list, .cw-clasts-list';
    return part.offsetParent && !part.closest(lists)
      && ((across && part.scrollWidth > part.clientWidth) || (down && part.scrollHeight > part.clientHeight));
  });
  return {
    room: notebook.clientHeight,
    needs: bench.offsetHeight,
    scrolls: scrolls.map((part) => part.className),
    widths: [...bench.querySelectorAll('.cw-ink-root')].filter((one) => one.offsetParent)
      .map((one) => one.offsetWidth),
    shares: [...bench.querySelectorAll('.cw-shown-classes')].filter((one) => one.offsetParent)
      .map((one) => [one.clientHeight, one.scrollHeight]),
  };
}"""


@pytest.mark.slow
@pytest.mark.parametrize(("width", "height", "sidebar"), [(1280, 720, False), (1024, 768, True)])
def test_small_screens_show_all_of_a_page_without_a_second_scroll_bar(
    open_lab: Callable[..., Lab], width: int, height: int, sidebar: bool
) -> None:
    lab = open_lab(f"small-{width}", PHOTOGRAPH, WORKBENCH, width=width, height=height)
    bench = WorkbenchPage(lab)
    if sidebar:
        lab.page.evaluate("async () => window.jupyterapp.commands.execute('filebrowser:activate')")
        lab.page.locator(".jp-DirListing").wait_for()
    bench.stage()
    for page, title in PAGES.items():
        bench.turn_to(page, title)
        lab.page.locator(SHOWN[page]).first.wait_for()
        lab.wait_still()
        found = lab.page.evaluate(LAID_OUT)
        assert found["scrolls"] == [], page
        if page in ("label", "map") or (page == "features" and not sidebar):
            assert found["needs"] <= found["room"], page
        if page != "train":
            assert min(found["widths"]) > 200, page
        for shown, needed in found["shares"]:
            assert shown >= needed > 20
    bench.check_errors()
    lab.close()


PROJECT = """
import numpy as np
import corewidgets as cw
from PIL import Image
from pathlib import Path
folder = Path("small")
folder.mkdir()
sample = cw.sample_core(1200, 240, seed=1)
names = ["R1", "R2", "R3"]
for name in names:
    Image.fromarray(sample.section.image).save(folder / f"{name}.png", compress_level=1)
project = cw.Project.create(folder / "small.corewidgets", folder, legend=sample.legend)
for number, name in enumerate(names):
    project.set_depths(name, 600 + number, 600.9 + number)
    project.write_map(name, sample.truth)
bench = cw.Workbench(project)
bench
"""
IN_A_PROJECT = {
    "label": ("Label", ".cw-labeler:visible .cw-ink-root"),
    "core": ("Core", ".cw-core-view:visible canvas[data-missing='0']"),
    "clasts": ("Clasts", ".cw-clast-page:visible .cw-ink-root"),
}


@pytest.mark.slow
def test_a_project_has_room_on_small_screens(open_lab: Callable[..., Lab]) -> None:
    lab = open_lab("small-hole", PROJECT, width=1280, height=720)
    bench = WorkbenchPage(lab)
    for width, height in ((1280, 720), (1024, 700)):
        lab.page.set_viewport_size({"width": width, "height": height})
        for page, (title, part) in IN_A_PROJECT.items():
            bench.turn_to(page, title)
            lab.page.locator(part).first.wait_for(timeout=60_000)
            _check_room_in_a_project(lab, page, width)
    bench.check_errors()
    lab.close()


def _check_room_in_a_project(lab: Lab, page: str, width: int) -> None:
    lab.wait_still()
    lab.page.locator(".cw-workbench").evaluate("bench => bench.scrollIntoView()")
    shot(lab, f"hole-{page}-{width}")
    found = lab.page.evaluate(LAID_OUT)
    lists = [name for name in found["scrolls"] if "cw-classes" not in name.split()]  # ten classes
    assert lists == [], page
    if page != "clasts":  # its table goes below the picture where there is no room beside
        assert found["needs"] <= found["room"], page
    strip = lab.page.locator(".cw-strip").bounding_box()
    assert strip["width"] > 200, page
    assert 300 < strip["height"] <= max(found["needs"], 320), page
    for button in lab.page.locator(".cw-workbench button:visible").all():
        box = button.bounding_box()
        assert box["x"] + box["width"] <= width, page  # none is cut off at the side


@pytest.mark.slow
def test_a_picture_takes_the_room_of_lines_that_went(open_lab: Callable[..., Lab]) -> None:
    lab = open_lab("room", PHOTOGRAPH, WORKBENCH, width=1440, height=900)
    bench = WorkbenchPage(lab)
    ink = bench.stage().ink
    whole = ink.bounding_box()["height"]
    # as while the tools of another photograph are still on the page
    lab.page.evaluate("""() => {
        const other = document.createElement("div");
        other.style.cssText = "height: 700px; flex: 0 0 auto";
        other.className = "other-tools";
        document.querySelector(".cw-workbench").append(other);
    }""")
    lab.page.set_viewport_size({"width": 1380, "height": 900})
    lab.page.wait_for_function(
        "() => document.querySelector('.cw-labeler .cw-ink-root').offsetHeight < 260", timeout=10_000
    )
    lab.wait_still()
    for name in ("Matrix", "Clast"):
        bench.choose_class(name)  # the list is seen, however low the picture is
    lab.page.evaluate("() => document.querySelector('.other-tools').remove()")
    lab.page.wait_for_function(
        "(whole) => document.querySelector('.cw-labeler .cw-ink-root').offsetHeight > whole - 5",
        arg=whole,
        timeout=10_000,
    )
    bench.check_errors()
    lab.close()


@pytest.mark.slow
def test_errors_and_reasons_are_seen_beside_the_core_and_go_when_mended(open_lab: Callable[..., Lab]) -> None:
    lab = open_lab("seen", PHOTOGRAPH, WORKBENCH, width=1440, height=900)
    bench = WorkbenchPage(lab)
    stage = bench.stage()

    def is_seen(place: str) -> bool:
        found = lab.page.locator(place)
        found.wait_for()
        box = found.bounding_box()
        return 0 <= box["y"] <= box["y"] + min(box["height"], 24) <= 900 and box["x"] + box["width"] <= 1440

    lab.ask("bench.labeler.messages.fail(ValueError('Something is wrong.'))")
    assert is_seen(".cw-stage:visible > .cw-message")
    error = lab.page.locator(".cw-stage:visible > .cw-message").bounding_box()
    assert error["y"] + error["height"] <= stage.ink.bounding_box()["y"] + 1
    lab.ask("bench.labeler.messages.clear(); bench.labeler.messages.error = None")

    bench.press("Train")
    told = lab.page.locator(".cw-message:visible").get_by_text("Paint at least two classes.").first
    told.wait_for()
    for row, name in ((300, "Matrix"), (400, "Clast")):
        bench.choose_class(name)
        bench.paint(stage, (row, 300), (row, 400))
    told.wait_for(state="hidden")
    lab.ask("bench.trainer.messages.error = None")

    bench.turn_to("map", "Inspect")
    shown = StagePage(lab, "bench.overlay.stage", 1)
    shown.click(*shown.of_pixel(300, 300))
    assert is_seen(".cw-why:visible")
    bench.check_errors()
    lab.close()


@pytest.mark.slow
def test_a_kernel_that_died_is_not_called_busy(open_lab: Callable[..., Lab]) -> None:
    lab = open_lab("killed", PHOTOGRAPH, WORKBENCH, width=1500, height=1100)
    bench = WorkbenchPage(lab)
    stage = bench.stage()
    bench.paint(stage, (300, 300), (300, 400))
    hint = stage.ink.locator(".cw-ink-hint.cw-shown")

    # frozen: it is not known to be dead, and what was drawn waits
    places = [stage.of_pixel(400, 300), stage.of_pixel(400, 400)]
    kernel = psutil.Process(lab.ask_json("__import__('os').getpid()"))
    kernel.suspend()
    stage.drag(*places)
    hint.get_by_text("The kernel does not answer: 1 stroke waits for it").wait_for(timeout=10_000)

    # killed: the server starts another one, which does not know the tool
    kernel.kill()
    lost = "The kernel has ended and was started anew; 1 stroke did not reach it: draw it again."
    hint.get_by_text(lost).wait_for(timeout=30_000)
    lab.page.keyboard.press("Escape")  # JupyterLab's own dialog
    assert not hint.get_by_text("busy").is_visible()

    # shut down by hand: there is none
    lab.page.evaluate("async () => { await window.jupyterapp.shell.currentWidget.sessionContext.shutdown() }")
    hint.get_by_text("The kernel is gone; 1 stroke did not reach it").wait_for(timeout=10_000)
    box, within = hint.bounding_box(), stage.ink.bounding_box()
    assert within["x"] <= box["x"]
    assert box["x"] + box["width"] <= within["x"] + within["width"]
    lab.page.close()
