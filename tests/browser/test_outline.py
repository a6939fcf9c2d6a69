"""Outline clasts with a real mouse, keys and a finger: press, drag, keep."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from .jupyterlab import Lab, StagePage
from .lit import n_lit, wait_lit

pytestmark = pytest.mark.browser

PHOTOGRAPH = """
import numpy as np
from scipy import ndimage
from PIL import Image
rows, columns = np.mgrid[:420, :300]
def clast(row, column, down, across):
    return ((rows - row) / down) ** 2 + ((columns - column) / across) ** 2 <= 1
clasts = [clast(110, 90, 55, 45), clast(110, 220, 45, 50), clast(290, 150, 60, 80)]
image = np.full((420, 300, 3), 90.0)
for mask, color in zip(clasts, [(150, 110, 80), (80, 110, 150), (130, 140, 90)]):
    image[mask] = color
image = ndimage.gaussian_filter(image, (0.7, 0.7, 0)) + np.random.default_rng(0).normal(0, 3, image.shape)
image = image.clip(0, 255).astype(np.uint8)
"""

LABELER = """
from corewidgets.labels.legend import Legend
from corewidgets.widgets import Labeler
labeler = Labeler(image, legend=Legend(["Matrix", "Clast", "Void"], ["#FF0000", "#00FF00", "#0000FF"]))
strokes = []
labeler.stage.on_stroke(lambda stroke: strokes.append(stroke.mode))
def agreement(code, *numbers):
    found, truth = labeler.labels == code, np.logical_or.reduce([clasts[number] for number in numbers])
    return float((found & truth).sum() / max((found | truth).sum(), 1))
labeler
"""

RESET = """
labeler.mode = "outline"
labeler.palette.protected = frozenset()
labeler.labels = np.zeros(image.shape[:2], np.uint8)
labeler.selected_class, labeler.stage.labels_opacity = "Clast", 0.5
labeler.outlining.over.value = False
labeler.stage.viewport = labeler.stage.viewport.turned(0).fit()
labeler.messages.clear()
labeler.outlining._kept = None
strokes.clear()
"""


@pytest.fixture(scope="module")
def lab(open_lab: Callable[..., Lab]) -> Lab:
    return open_lab("outline", PHOTOGRAPH, LABELER)


@pytest.fixture
def stage(lab: Lab) -> StagePage:
    assert lab.ask(RESET) == ""
    lab.wait_for("labeler.outlining.wait(60)", seconds=90)
    found = StagePage(lab, "labeler.stage")
    found.page.mouse.move(5, 5)
    yield found
    assert lab.ask_json("labeler.messages.error and str(labeler.messages.error)") is None
    assert lab.script_errors == []


def wait_shown(stage: StagePage, more_than: int = 300) -> int:
    """Wait until an outline is shown, and long enough that a drag is about its width."""
    wait_lit(stage, lambda n: n > more_than)
    stage.page.wait_for_timeout(200)
    return n_lit(stage)


def press(stage: StagePage, row: float, column: float) -> tuple[float, float]:
    at = stage.of_pixel(row, column)
    stage.page.mouse.move(*stage.on_page(*at))
    stage.page.mouse.down()
    return at


def n_labelled(lab: Lab, code: int = 2) -> int:
    return int(lab.ask_json(f"int((labeler.labels == {code}).sum())"))


def test_the_key_chooses_it_and_a_click_is_kept_as_the_selected_class(lab, stage, tmp_path):
    lab.ask('labeler.mode = "paint"')
    stage.ink.focus()
    stage.page.keyboard.press("s")
    lab.wait_for("labeler.mode", "outline")
    assert stage.page.locator(".cw-modes button.mod-active").inner_text().strip() == "Outline"
    press(stage, 110, 90)
    wait_shown(stage)
    stage.page.screenshot(path=tmp_path / "pressed.png")
    assert n_labelled(lab) == 0
    stage.page.mouse.up()
    lab.wait_for("strokes", ["outline"])
    assert lab.ask_json("agreement(2, 0)") > 0.93
    wait_lit(stage, lambda n: n == 0)
    stage.page.screenshot(path=tmp_path / "kept.png")
    stage.page.keyboard.press("Control+z")
    lab.wait_for("int(labeler.labels.any())", 0)
    assert lab.ask_json("labeler._history.can_undo") is False


def test_a_drag_outwards_widens_it_and_inwards_narrows_it(lab, stage):
    x, y = press(stage, 110, 118)  # right of the middle
    shown = wait_shown(stage)
    stage.page.mouse.move(*stage.on_page(x + 30, y), steps=6)
    wait_lit(stage, lambda n: n > 1.1 * shown)
    stage.page.mouse.move(*stage.on_page(x - 25, y), steps=6)
    wait_lit(stage, lambda n: n < 0.8 * shown)
    stage.page.mouse.up()
    lab.wait_for("strokes", ["outline"])
    area = math.pi * 55 * 45
    assert 0.05 * area < n_labelled(lab) < 0.6 * area


def test_the_wheel_changes_it_while_it_is_pressed_and_the_view_stays(lab, stage):
    before = lab.ask_json("labeler.stage.viewport.scale")
    press(stage, 110, 90)
    shown = wait_shown(stage)
    for _ in range(3):
        stage.page.mouse.wheel(0, 120)  # towards the hand
    wait_lit(stage, lambda n: n < 0.8 * shown)
    stage.page.mouse.up()
    lab.wait_for("strokes", ["outline"])
    assert n_labelled(lab) < 0.8 * math.pi * 55 * 45
    assert lab.ask_json("labeler.stage.viewport.scale") == before


def test_escape_gives_it_up(lab, stage):
    press(stage, 110, 90)
    wait_shown(stage)
    stage.page.keyboard.press("Escape")
    wait_lit(stage, lambda n: n == 0)
    stage.page.mouse.up()
    lab.wait_idle()
    assert n_labelled(lab) == 0
    assert lab.ask_json("strokes") == []


def test_shift_adds_a_click_and_alt_takes_a_part_away(lab, stage):
    stage.click(*stage.of_pixel(110, 90))
    lab.wait_for("strokes", ["outline"])
    stage.page.keyboard.down("Shift")
    stage.click(*stage.of_pixel(110, 220))
    stage.page.keyboard.up("Shift")
    lab.wait_for("strokes", ["outline", "outline"])
    assert lab.ask_json("agreement(2, 0, 1)") > 0.88
    stage.page.keyboard.press("Control+z")  # one step for both
    lab.wait_for("int(labeler.labels.any())", 0)
    lab.ask("labeler.labels = np.full(image.shape[:2], 2, np.uint8)")
    stage.wait_drawn()
    stage.page.keyboard.down("Alt")
    stage.click(*stage.of_pixel(290, 150))
    stage.page.keyboard.up("Alt")
    lab.wait_for("len(strokes)", 3)
    assert lab.ask_json("agreement(0, 2)") > 0.93
    assert lab.ask_json("labeler.selected_class") == "Clast"  # nothing was picked


def test_a_drag_at_once_is_a_scribble_whose_pixels_are_all_inside(lab, stage):
    places = [stage.of_pixel(*pixel) for pixel in ((290, 90), (290, 200), (270, 200))]
    lab.ask("send = labeler.stage.ink.send; labeler.stage.ink.send = lambda *_: None")  # no outline is seen
    stage.drag(*places)
    lab.wait_for("strokes", ["outline"])
    lab.ask("labeler.stage.ink.send = send")
    assert lab.ask_json("bool((labeler.labels[290, 92:199] == 2).all())")
    assert lab.ask_json("agreement(2, 2)") > 0.9


def test_a_finger_outlines_and_widens(lab, stage):
    session = stage.page.context.new_cdp_session(stage.page)

    def touch(kind, *points):
        places = [dict(zip("xy", stage.on_page(*point), strict=True), id=n) for n, point in enumerate(points)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    x, y = stage.of_pixel(110, 90)
    touch("touchStart", (x, y))
    shown = wait_shown(stage)
    for step in range(1, 6):
        touch("touchMove", (x + 6 * step, y))
    wait_lit(stage, lambda n: n > 1.1 * shown)
    touch("touchEnd")
    lab.wait_for("strokes", ["outline"])
    assert n_labelled(lab) > 1.1 * math.pi * 55 * 45
    touch("touchStart", (x, y))
    wait_shown(stage)
    touch("touchStart", (x, y), (x + 40, y))  # a second finger: nothing is kept
    touch("touchEnd")
    lab.wait_idle()
    assert lab.ask_json("strokes") == ["outline"]
    session.detach()


@pytest.mark.slow
def test_what_cannot_be_is_said_in_the_widget(lab, stage):
    lab.ask(
        "labeler.labels = np.where(clasts[0], 1, 0).astype(np.uint8); labeler.palette.toggle_protected(1)"
    )
    stage.wait_drawn()
    stage.click(*stage.of_pixel(110, 90))
    lab.wait_for("strokes", ["outline"])
    said = stage.page.locator(".cw-message:visible").inner_text()
    assert "Nothing was changed. Matrix is locked there" in said
    assert lab.ask_json("agreement(1, 0)") == 1


def test_a_click_beside_the_photograph_is_told(lab, stage):
    _, y = stage.of_pixel(200, 10)
    stage.click(lab.ask_json("labeler.stage.viewport.box.left") / 2, y)
    said = stage.page.locator(".cw-message:visible")
    said.wait_for()
    assert "Nothing was changed. The click lies outside the photograph" in said.inner_text()
    assert lab.ask_json("int(labeler.labels.max())") == 0


def test_it_turns_with_the_core(lab, stage):
    lab.ask("labeler.stage.turn()")
    stage.wait_drawn()
    press(stage, 290, 150)
    wait_shown(stage)
    inside, corner = stage.of_pixel(290, 90), stage.of_pixel(232, 72)
    drawn = stage.ink.locator(".cw-ink-outline").evaluate(
        """(canvas, places) => places.map(
        ([x, y]) => canvas.getContext('2d').getImageData(x - 3, y - 3, 7, 7).data.some(value => value))""",
        [[int(value) for value in place] for place in (inside, corner)],
    )
    assert drawn == [True, False]
    stage.page.mouse.up()
    lab.wait_for("strokes", ["outline"])
    assert lab.ask_json("agreement(2, 2)") > 0.93


def test_the_page_follows_a_drag_by_itself_and_what_was_seen_last_is_kept(lab, stage):
    x, y = press(stage, 290, 200)
    shown = wait_shown(stage)
    lab.wait_for("labeler.outlining._widening.busy", False)
    lab.wait_idle()
    lab.ask("send = labeler.stage.ink.send; labeler.stage.ink.send = lambda *_: None")  # no answer comes
    for away, much in ((8, 1.05), (16, 1.2), (-14, 0.85), (-22, 0.75)):
        stage.page.mouse.move(*stage.on_page(x + away, y), steps=3)
        wait_lit(stage, lambda n, much=much: n > much * shown if much > 1 else n < much * shown)
    seen = n_lit(stage)
    stage.page.mouse.up()
    lab.ask("labeler.stage.ink.send = send")
    lab.wait_for("strokes", ["outline"])
    kept = n_labelled(lab) * lab.ask_json("labeler.stage.viewport.scale") ** 2
    assert abs(seen - kept) < 0.12 * kept  # with the line around it


def lit_near(stage: StagePage, x: float, y: float) -> bool:
    """Return whether a white line is drawn within a few pixels of a place of the sheet over the core."""
    return bool(
        stage.ink.locator(".cw-ink-outline").evaluate(
            """(canvas, [x, y]) => {
            const d = canvas.getContext('2d').getImageData(x - 4, y - 4, 9, 9).data;
            for (let i = 0; i < d.length; i += 4) {
                if (d[i] > 200 && d[i + 1] > 200 && d[i + 2] > 200 && d[i + 3] > 200) return true;
            }
            return false }""",
            [x, y],
        )
    )


def test_an_open_polygon_runs_along_the_edge_to_the_pointer_and_straight_without(lab, stage, tmp_path):
    lab.ask('labeler.mode = "polygon"; labeler.edges.on.value = True')
    angle = math.radians(-45)  # on the rim of the first clast, between the corner and the pointer
    rim = stage.of_pixel(110 + 55 * math.sin(angle), 90 + 45 * math.cos(angle))
    straight = stage.of_pixel(82.5, 112.5)
    pointer = stage.on_page(*stage.of_pixel(55, 90))
    stage.ink.focus()
    stage.click(*stage.of_pixel(110, 135))
    stage.page.mouse.move(*pointer, steps=4)
    for _ in range(200):
        if lit_near(stage, *rim):
            break
        stage.page.wait_for_timeout(25)
    stage.page.screenshot(path=tmp_path / "wired.png")
    assert lit_near(stage, *rim)
    assert not lit_near(stage, *straight)
    assert n_labelled(lab) == 0
    stage.page.keyboard.press("k")
    lab.wait_for("labeler.edges.on.value", False)
    lab.wait_idle()
    stage.page.wait_for_timeout(200)
    assert not lit_near(stage, *rim)
    assert lit_near(stage, *straight)
    stage.page.keyboard.press("Escape")


@pytest.mark.slow
def test_brush_and_polygon_keep_to_edges_while_that_is_on(lab, stage):
    lab.ask('labeler.mode = "polygon"')
    stage.ink.focus()
    stage.page.keyboard.press("k")
    lab.wait_for("labeler.edges.on.value")
    for row, column in ((110, 135), (55, 90), (110, 45), (165, 90)):
        stage.click(*stage.of_pixel(row, column))
    stage.page.keyboard.press("Enter")
    lab.wait_for("strokes", ["polygon"])
    assert lab.ask_json("agreement(2, 0)") > 0.9
    stage.page.keyboard.press("b")
    lab.wait_for("labeler.mode", "paint")
    lab.ask("labeler._side.brush.value = 20")
    stage.drag(stage.of_pixel(290, 77), stage.of_pixel(310, 80))
    lab.wait_for("strokes", ["polygon", "paint"])
    spilt = lab.ask_json("int(((labeler.labels == 2) & ~clasts[0] & ~clasts[2])[200:].sum())")
    assert 0 <= spilt < 60
    assert lab.ask_json("int((labeler.labels == 2)[200:].sum())") > 200
    stage.page.keyboard.press("k")
    lab.wait_for("labeler.edges.on.value", False)
