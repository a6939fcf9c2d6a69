"""A whole session by keyboard alone: no mouse is there, nothing is focused by a script."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from .jupyterlab import Lab, StagePage
from .workbench_page import WorkbenchPage, photograph_cell

pytestmark = pytest.mark.browser

PHOTOGRAPH = photograph_cell("keyboard.png")

WORKBENCH = """
import numpy as np
import corewidgets as cw
from corewidgets.widgets.trainer import Settings
section = cw.read_section("keyboard.png", top=698.41, base=698.5)
settings = Settings(cw.PRESETS["quick"].patched(n_trees=20), n_splits=2)
bench = cw.Workbench(section, classes=["Matrix", "Clast", "Void"], settings=settings)
bench
"""

# What takes the keys now, and what it is called.
FOCUSED = """() => {
  const at = document.activeElement;
  const name = at.getAttribute('aria-label') || at.innerText || at.title || at.labels?.[0]?.innerText || '';
  const bench = at.closest('.cw-workbench');
  return { inside: !!bench, name: name.trim(), title: at.title, core: at.matches('.cw-ink-root') };
}"""

# Keep what has the focus, with its looks; tell which controls of the workbench had none, or looked as always.
KEEP = """() => {
  window.looksOf = (one) => {
    const { outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor } = getComputedStyle(one);
    return [outlineStyle === 'none' ? '' : outlineWidth + outlineColor, boxShadow, borderColor].join();
  };
  (window.kept ??= new Map()).set(document.activeElement, looksOf(document.activeElement));
}"""
MISSED = """() => {
  document.activeElement.blur();
  const controls = 'button, input, select, textarea, summary, a[href], [role=slider], [tabindex="0"]';
  const wanted = [...document.querySelectorAll('.cw-workbench')]
    .flatMap((bench) => [...bench.querySelectorAll(controls)])
    .filter((one) => one.offsetParent && !one.disabled && getComputedStyle(one).visibility === 'visible');
  const told = (one) => one.className + ' ' + (one.title || one.innerText);
  const without = wanted.filter((one) => !window.kept.has(one));
  const unseen = wanted.filter((one) => window.kept.get(one) === looksOf(one));
  return { count: wanted.length, without: without.map(told), unseen: unseen.map(told) };
}"""


class Hand:
    """Two hands on a keyboard, and eyes on the page."""

    def __init__(self, lab: Lab) -> None:
        self.lab, self.page = lab, lab.page
        self.press = lab.page.keyboard.press

    def tab_to(self, name: str = "", *, core: bool = False, back: bool = False) -> None:
        """Press Tab until what is wanted has the focus."""
        seen = []
        for _ in range(120):
            self.press("Shift+Tab" if back else "Tab")
            found = self.page.evaluate(FOCUSED)
            if found["core"] if core else found["inside"] and name in (found["name"], found["title"]):
                return
            seen.append(found["name"] or "-")
        raise AssertionError(f"Tab does not lead to {'the core' if core else name}, but to {seen}.")

    def through(self) -> None:
        """Press Tab through all of the workbench, from its first control to behind its last."""
        self.tab_to("Label")
        for _ in range(120):
            self.page.evaluate(KEEP)
            self.press("Tab")
            if not self.page.evaluate(FOCUSED)["inside"]:
                return
        raise AssertionError("Tab does not lead out of the workbench.")

    def lead(self, stage: StagePage, row: int, column: int) -> None:
        """Lead the crosshair to a pixel with the arrows."""
        wanted = stage.on_page(*stage.of_pixel(row, column))
        for axis, less, more in ((0, "ArrowLeft", "ArrowRight"), (1, "ArrowUp", "ArrowDown")):
            for keys, step in (("Shift+", 40), ("", 4)):
                for _ in range(4):  # a step is a whole number of pixels of the photograph
                    off = wanted[axis] - self.crosshair(stage)[axis]
                    for _ in range(round(abs(off) / step)):
                        self.press(keys + (more if off > 0 else less))
            assert abs(wanted[axis] - self.crosshair(stage)[axis]) <= step

    def crosshair(self, stage: StagePage) -> tuple[float, float]:
        """Return where on the page the middle of the crosshair is."""
        box = stage.ink.locator(".cw-ink-crosshair").bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.slow
def test_label_train_look_and_save_without_a_mouse(open_lab: Callable[..., Lab]) -> None:
    lab = open_lab("keyboard", PHOTOGRAPH, WORKBENCH, width=1500, height=1100)
    bench, hand = WorkbenchPage(lab), Hand(lab)
    stage = bench.stage()
    hand.press("Escape")

    # every control is reached, and is seen to be
    hand.through()
    missed = lab.page.evaluate(MISSED)
    assert missed["count"] > 40
    assert (missed["without"], missed["unseen"]) == ([], [])

    # strokes of two classes
    hand.tab_to(core=True)
    mark = stage.ink.locator(".cw-ink-crosshair")
    mark.wait_for()
    for key, name, begin, end in (
        ("1", "Matrix", (20, 20), (20, 200)),
        ("2", "Clast", (80, 60), (120, 100)),
        ("1", "Matrix", (180, 30), (180, 100)),
    ):
        hand.press(key)
        lab.wait_for("bench.labeler.selected_class", name)
        hand.lead(stage, *begin)
        hand.press("Enter")
        hand.lead(stage, *end)
        hand.press("Enter")
        lab.wait_for(f"bench.legend.name(int(bench.labels[{end[0]}, {end[1]}]) or 3)", name)
        assert lab.ask_json(f"bench.legend.name(int(bench.labels[{begin[0]}, {begin[1]}]) or 3)") == name

    # a stroke that is given up
    before = lab.ask_json("int((bench.labels > 0).sum())")
    hand.press("Enter")
    hand.lead(stage, 340, 100)
    hand.press("Escape")
    hand.press("Enter")
    hand.press("Escape")
    assert lab.ask_json("int((bench.labels > 0).sum())") == before

    # a polygon, corner by corner
    hand.press("3")
    hand.press("p")
    lab.wait_for("[bench.labeler.selected_class, bench.labeler.mode]", ["Void", "polygon"])
    for corner in ((220, 140), (220, 200), (280, 200), (280, 140)):
        hand.lead(stage, *corner)
        hand.press("Enter")
    hand.press("Enter")
    lab.wait_for("int(bench.labels[250, 170])", 3)

    # a straight line from the end of the last stroke; an outline, and one more click of it
    hand.press("1")
    hand.press("b")
    lab.wait_for("[bench.labeler.selected_class, bench.labeler.mode]", ["Matrix", "paint"])
    hand.lead(stage, 310, 180)
    hand.press("Enter")
    hand.press("Enter")
    lab.wait_for("int(bench.labels[310, 180])", 1)
    hand.lead(stage, 310, 60)
    hand.press("Shift+Enter")
    lab.wait_for("int(bench.labels[310, 120])", 1)
    hand.press("2")
    hand.press("s")
    lab.wait_for("[bench.labeler.selected_class, bench.labeler.mode]", ["Clast", "outline"])
    steps, before = "len(bench.labeler._history._done)", lab.ask_json("len(bench.labeler._history._done)")
    hand.lead(stage, 150, 110)
    hand.press("Enter")
    hand.press("Enter")
    lab.wait_for(f"[int(bench.labels[150, 110]), {steps}]", [2, before + 1])
    hand.lead(stage, 208, 128)
    hand.press("Shift+Enter")
    hand.press("Enter")
    lab.wait_for(f"[int(bench.labels[208, 128]), int(bench.labels[150, 110]), {steps}]", [2, 2, before + 1])
    hand.press("Control+z")
    lab.wait_for(f"[int(bench.labels[208, 128]), int(bench.labels[150, 110]), {steps}]", [0, 0, before])

    # nearer, around the crosshair, which stays on its pixel
    at = hand.crosshair(stage)
    hand.press("+")
    lab.wait_for("bench.labeler.stage.viewport.scale > 1")
    stage.wait_drawn()
    assert hand.crosshair(stage) == pytest.approx(at, abs=3)

    # train, look why, save
    hand.tab_to("Train", back=True)
    hand.press("Enter")
    lab.wait_for("bench.segmentation is not None and not bench.trainer.busy", seconds=90)
    assert [bench.predicted(100, 80), bench.predicted(250, 170)] == ["Clast", "Void"]
    hand.tab_to("Inspect", back=True)
    hand.press("Enter")
    lab.wait_for("bench.page", "map")
    shown = StagePage(lab, "bench.overlay.stage", 1)
    lab.wait_still()
    hand.tab_to(core=True)
    hand.lead(shown, 100, 80)
    hand.press("Enter")
    lab.wait_for("bench.overlay.position is not None", seconds=30)
    assert lab.ask_json("list(bench.overlay.position)") == pytest.approx([100, 80], abs=6)
    lab.page.locator(".cw-why:visible").get_by_text("Clast").first.wait_for()

    # a ruler on the map, and one on the clasts
    measured = lab.page.locator(".cw-ruler:visible", has_text=re.compile(r"\d mm, -?\d"))
    hand.press("m")
    hand.lead(shown, 160, 80)
    hand.press("m")
    measured.wait_for()
    hand.tab_to("Clasts", back=True)
    hand.press("Enter")
    lab.wait_for("bench.page", "clasts")
    pieces = StagePage(lab, "bench.clasts.stage", 2)
    lab.wait_for("bench.clasts.table is not None")
    lab.wait_still()
    hand.tab_to(core=True)
    hand.lead(pieces, 60, 60)
    hand.press("m")
    hand.lead(pieces, 60, 160)
    hand.press("Enter")
    measured.wait_for()
    length = "bench.clasts.ruler.ruler.length_mm / bench.section.pixel_size_mm"
    assert float(lab.ask(f"print({length})")) == pytest.approx(100, abs=12)
    hand.tab_to("Save", back=True)
    hand.press("Space")
    lab.page.locator(".cw-session-status").get_by_text("Saved ").wait_for()
    bench.check_errors()
