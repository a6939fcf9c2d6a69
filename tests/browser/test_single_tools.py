"""Tools that are opened by themselves, without a workbench: axe-core, touch, and room on a small screen."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from .jupyterlab import Lab
from .test_accessibility import SMALL, TOOLS, axe
from .workbench_page import photograph_cell

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MAKE = f"""
{photograph_cell("single.png")}
import corewidgets as cw
section = cw.read_section("single.png", top=600.0, base=600.3)
legend = cw.Legend(["Matrix", "Clast", "Void"])
labels = np.zeros(section.shape, np.uint8)
labels[10:30, 20:200] = labels[170:190, 20:200] = 1
labels[80:120, 50:100] = labels[130:150, 50:100] = 2
model = cw.PixelClassifier(preset="quick").fit(section, labels)
"""
CELLS = {
    "labeler": "labeler = cw.Labeler(section, legend=legend, labels=labels, autosave=False)\nlabeler",
    "trainer": "trainer = cw.Trainer(section, labels, legend)\ntrainer",
    "overlay": "overlay = cw.Overlay(section, model, legend=legend, labels=labels)\noverlay",
    "explorer": "explorer = cw.FeatureExplorer(section, labels, legend=legend)\nexplorer",
    "network": "network = cw.NetworkFigure(section)\nnetwork.pixel = (100, 80)\nnetwork",
    "lanes": """
lanes = [cw.Lane("single.png", 600.0, 600.3, "1", crop=(20, 340, 20, 110)),
         cw.Lane("single.png", 600.3, 600.6, "2", crop=(20, 340, 130, 220))]
editor = cw.LaneEditor(lanes)
editor
""",
}
LAID_OUT = """(number) => {
  const notebook = document.querySelector('.jp-WindowedPanel-outer');
  const tool = document.querySelectorAll('.jp-OutputArea-output > .jupyter-widgets')[number];
  const output = tool.closest('.jp-OutputArea-output');
  const scrolls = [output, tool, ...tool.querySelectorAll('*')].filter((part) => {
    const style = getComputedStyle(part);
    const [across, down] = [style.overflowX, style.overflowY].map((how) => /auto|scroll/.test(how));
    const lists = 'pre, .cw-explorer-sheet, .cw-training-status';
    return part.offsetParent && !part.closest(lists)
      && ((across && part.scrollWidth > part.clientWidth) || (down && part.scrollHeight > part.clientHeight));
  });
  const right = [...tool.querySelectorAll('button')].filter((one) => one.offsetParent)
    .map((one) => one.getBoundingClientRect().right);
  return {
    room: notebook.clientHeight,
    needs: tool.offsetHeight,
    scrolls: scrolls.map((part) => part.className),
    right: Math.max(0, ...right),
  };
}"""
ONE_SCREEN = ("labeler", "overlay", "lanes")
"""What is seen whole on a screen; the others are read downwards, with the scroll bar of the notebook."""


@pytest.fixture(scope="module")
def lab(open_lab: Callable[..., Lab]) -> Iterator[Lab]:
    lab = open_lab("single", MAKE, *CELLS.values(), width=1024, height=700)
    lab.page.locator(TOOLS).nth(len(CELLS) - 1).wait_for()
    lab.wait_idle()
    yield lab
    lab.close()


def test_each_has_room_on_a_small_screen(lab: Lab) -> None:
    for number, name in enumerate(CELLS):
        tool = lab.page.locator(TOOLS).nth(number)
        tool.evaluate("tool => tool.scrollIntoView()")
        lab.wait_still()
        if folder := os.environ.get("SHOTS"):
            lab.page.screenshot(path=f"{folder}/single-{name}.png")
        found = lab.page.evaluate(LAID_OUT, number)
        assert found["scrolls"] == [], name
        assert found["right"] <= 1024, name
        if name in ONE_SCREEN:
            assert found["needs"] <= found["room"], name


def test_nothing_serious_is_found_and_a_finger_hits_each_control(lab: Lab) -> None:
    found = []
    for theme in ("dark", "light"):
        lab.set_theme(theme)
        for number, name in enumerate(CELLS):
            # axe-core judges the contrast of what is in view
            lab.page.locator(TOOLS).nth(number).evaluate(
                "tool => { tool.id = 'judged'; tool.scrollIntoView() }"
            )
            lab.wait_still()
            told = axe(lab.page, "#judged")
            lab.page.locator("#judged").evaluate("tool => tool.removeAttribute('id')")
            assert told["judged"] > 3, (theme, name)
            found += [f"{theme}, {name}: {violation}" for violation in told["violations"]]
    assert not found, "\n".join(found)
    screen = lab.page.context.new_cdp_session(lab.page)
    screen.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    lab.wait_still()
    assert lab.page.evaluate(SMALL.replace(".cw-workbench", TOOLS)) == []
    assert lab.script_errors == []
