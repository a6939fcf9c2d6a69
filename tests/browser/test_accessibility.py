"""What axe-core says of every page: names, roles and contrast, in the light theme and in the dark one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Browser, Page

import corewidgets as cw

from .jupyterlab import Lab
from .workbench_page import WorkbenchPage

FILES = Path(__file__).parents[1] / "files" / "0.1"

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MAKE = """
import numpy as np
import corewidgets as cw
from pathlib import Path
from PIL import Image
from corewidgets.widgets.trainer import Settings
texture = np.random.default_rng(0).integers(-12, 12, (360, 240, 1))
rock = np.full((360, 240, 3), 90) + texture
rock[60:160, 40:120] = [190, 150, 110]
rock[200:300, 120:220] = [40, 60, 50]
Path("every-eye").mkdir()
for name in ("a", "b"):
    Image.fromarray(rock.astype(np.uint8)).save(f"every-eye/{name}.png")
legend = cw.Legend(["Matrix", "Clast", "Void"])
project = cw.Project.create("every-eye/eyes.corewidgets", "every-eye", legend=legend)
project.set_depths("a", 600.0, 600.3)
project.set_depths("b", 600.3, 600.6)
"""
BENCH = """
settings = Settings(cw.PRESETS["quick"].patched(n_trees=20), n_splits=2)
bench = cw.Workbench(project, settings=settings)
start = np.zeros((360, 240), np.uint8)
start[10:30, 20:200] = start[170:190, 20:200] = start[310:330, 20:200] = 1
start[80:120, 50:100] = start[130:150, 50:100] = 2
start[220:250, 140:200] = start[260:280, 140:200] = 3
bench.labeler.labels = start
bench.trainer.train()
bench
"""
LANES = """
lanes = [cw.Lane("every-eye/a.png", 600.0, 600.3, "a-1", crop=(20, 340, 20, 110)),
         cw.Lane("every-eye/a.png", 600.3, 600.6, "a-2", crop=(20, 340, 130, 220))]
editor = cw.LaneEditor(lanes)
editor
"""
TRAIN_AND_WAIT = """
import threading
from corewidgets.learning.classifier import PixelClassifier
go_on, fit = threading.Event(), PixelClassifier.fit
PixelClassifier.fit = lambda *arguments, **options: (go_on.wait(120), fit(*arguments, **options))[1]
bench.trainer.train()
"""
STOP = "go_on.set(); PixelClassifier.fit = fit; bench.trainer.stop()"
TOOLS = ".jp-OutputArea-output > .jupyter-widgets"
PAGES = ("label", "train", "map", "clasts", "features", "core")

# The body of JupyterLab's page has no height: axe-core takes all in it for hidden, and judges no contrast.
HEIGHT = "html, body { height: 100% }"
AXE = """async (where) => {
  const found = await axe.run({ include: [where] });
  const told = (node) => node.html.slice(0, 200) + ' ' + node.failureSummary;
  const contrast = found.passes.find((one) => one.id === 'color-contrast')?.nodes ?? [];
  return {
    violations: found.violations.filter((one) => ['serious', 'critical'].includes(one.impact))
      .flatMap((one) => one.nodes.map((node) => one.id + ': ' + told(node))),
    judged: contrast.filter((node) => node.any.some((any) => any.data?.contrastRatio)).length,
  };
}"""


# Controls of which a finger hits less than 32 pixels in width or height: a label counts with what is in it,
# and a slider has room around what is seen of it.
SMALL = """() => [...document.querySelectorAll(
    '.cw-workbench :is(button, input, select, summary, .noUi-handle)')]
  .filter((one) => one.offsetParent && !one.disabled)
  .map((one) => {
    const { width, height } = (one.closest('label') ?? one).getBoundingClientRect();
    const around = getComputedStyle(one, '::before').inset === '-8px' ? 16 : 0;
    return [one.className + ' ' + (one.title || one.innerText), width + around, height + around];
  })
  .filter(([, width, height]) => Math.min(width, height) < 32)"""


MOVES = """() => [...document.querySelectorAll('[class*="cw-"]')]
  .filter((one) => {
    const { transitionDuration, animationName } = getComputedStyle(one);
    return parseFloat(transitionDuration) > 0 || animationName !== 'none';
  })
  .map((one) => one.className)"""


def axe(page: Page, where: str) -> dict[str, Any]:
    """Return what axe-core finds serious or critical, and how many texts it judged the contrast of."""
    if page.evaluate("() => typeof axe === 'undefined'"):
        page.evaluate(Path(AXE_FILE_PATH).read_text(encoding="utf-8"))
        page.add_style_tag(content=HEIGHT)
    return dict(page.evaluate(AXE, where))


def test_nothing_serious_is_found_on_any_page(open_lab: Callable[..., Lab]) -> None:
    lab = open_lab("every-eye", MAKE, BENCH, width=1500, height=1100)
    WorkbenchPage(lab).stage()
    lab.wait_for("not bench.trainer.busy and bench.segmentation is not None", seconds=120)
    for name in ("Keys", "File", "Export"):
        lab.page.locator(".cw-workbench button", has_text=name).first.click()
    found = []
    for theme in ("light", "dark"):
        lab.set_theme(theme)
        for page in PAGES:
            lab.ask(f"bench.page = {page!r}")
            if page == "map":
                lab.ask("bench.overlay.stage.click(100, 80)")
                lab.page.locator(".cw-why:visible").get_by_text("Clast").first.wait_for()
            lab.wait_still()
            told = axe(lab.page, TOOLS)
            assert told["judged"] > 20, (theme, page)
            found += [f"{theme}, {page}: {violation}" for violation in told["violations"]]
    assert not found, "\n".join(found)
    _check_while_training(lab)

    # a screen that is touched, and a person whom movement disturbs
    screen = lab.page.context.new_cdp_session(lab.page)
    screen.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    lab.page.emulate_media(reduced_motion="reduce")
    small = {}
    for page in PAGES:
        lab.ask(f"bench.page = {page!r}")
        lab.wait_still()
        small[page] = lab.page.evaluate(SMALL)
    assert not any(small.values()), small
    assert lab.page.evaluate(MOVES) == []
    lab.close()


def _check_while_training(lab: Lab) -> None:
    """Judge the line that shows how far a training is, on each page that has one."""
    assert lab.ask(TRAIN_AND_WAIT) == ""
    found = []
    for theme in ("dark", "light"):
        lab.set_theme(theme)
        for page in ("label", "map", "train"):
            lab.ask(f"bench.page = {page!r}")
            line = lab.page.locator(".cw-training-status:visible")
            line.get_by_text("Training on the labels").wait_for()
            lab.wait_still()
            told = axe(lab.page, TOOLS)
            assert told["judged"] > 5, (theme, page)
            found += [f"{theme}, {page}: {violation}" for violation in told["violations"]]
    lab.ask(STOP)
    assert not found, "\n".join(found)


def test_nothing_serious_is_found_in_the_editor_of_lanes(open_lab: Callable[..., Lab]) -> None:
    lab = open_lab(
        "lanes-seen", MAKE.replace("every-eye", "every-lane"), LANES.replace("every-eye", "every-lane")
    )
    lab.page.locator(".cw-ink-root").first.wait_for()
    lab.wait_still()
    for theme in ("light", "dark"):
        lab.set_theme(theme)
        told = axe(lab.page, TOOLS)
        assert told["judged"] > 3
        assert not told["violations"], "\n".join(told["violations"])
    lab.close()


def test_nothing_serious_is_found_in_a_report(chromium: Browser, tmp_path: Path) -> None:
    scores = json.loads((FILES / "scores.json").read_text(encoding="utf-8"))
    cw.write_report(FILES / "run", tmp_path / "report.html", scores=scores)
    page = chromium.new_page()
    page.goto((tmp_path / "report.html").as_uri())
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        told = axe(page, "body")
        assert told["judged"] > 20
        assert not told["violations"], "\n".join(told["violations"])
    page.close()
