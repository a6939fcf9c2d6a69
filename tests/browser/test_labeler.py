"""Label a core with a real mouse: what is on the screen, and what is in the kernel."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .jupyterlab import Lab, StagePage

pytestmark = pytest.mark.browser

PHOTOGRAPH = """
from pathlib import Path
import numpy as np
from PIL import Image
grey = np.full((900, 240, 3), 120, np.uint8)
grey[::30] = 135
Image.fromarray(grey).save("core.png")
"""

LABELER = """
import numpy as np
from corewidgets.labels.legend import Legend
from corewidgets.cores.section import read_section
from corewidgets.widgets import Labeler
section = read_section("core.png", top=100.0, base=100.9)
legend = Legend(["Matrix", "Clast", "Void"], ["#FF0000", "#00FF00", "#0000FF"])
labeler = Labeler(section, legend=legend)
labeler.stage.on_stroke(lambda stroke: strokes.append(stroke.mode))
strokes = []
labeler
"""

RESET = """
labeler.labels = np.zeros(section.shape, np.uint8)
labeler.mode, labeler.selected_class, labeler.stage.labels_opacity = "paint", "Matrix", 0.5
labeler._side.brush.value = 12
labeler.palette.hidden = labeler.palette.protected = frozenset()
labeler.stage.viewport = labeler.stage.viewport.turned(0).opening()
labeler.messages.clear()
strokes.clear()
"""
GREY, RED_OVER_GREY, GREEN_OVER_GREY = (120, 120, 120), (188, 60, 60), (60, 188, 60)


@pytest.fixture(scope="module")
def lab(open_lab: Callable[..., Lab]) -> Lab:
    return open_lab("label", PHOTOGRAPH, LABELER)


@pytest.fixture
def stage(lab: Lab) -> StagePage:
    assert lab.ask(RESET) == ""
    found = StagePage(lab, "labeler.stage")
    yield found
    assert lab.ask_json("labeler.messages.error and str(labeler.messages.error)") is None
    assert lab.script_errors == []


def label(lab: Lab, row: int, column: int) -> int:
    return int(lab.ask_json(f"int(labeler.labels[{row}, {column}])"))


def wait_strokes(lab: Lab, *modes: str) -> None:
    lab.wait_for("strokes", list(modes))


def test_ink_is_under_the_pointer_at_once_and_one_message_later_in_the_labels(lab, stage):
    start, end = stage.of_pixel(100, 60), stage.of_pixel(100, 180)
    mouse = stage.page.mouse
    mouse.move(*stage.on_page(*start))
    mouse.down()
    mouse.move(*stage.on_page(*end), steps=10)
    assert stage.ink_color(*stage.of_pixel(100, 120)) == (255, 0, 0, 255)  # the button is still down
    assert lab.ask_json("strokes") == []
    mouse.up()
    wait_strokes(lab, "paint")
    stage.wait_color(*stage.of_pixel(101, 120), RED_OVER_GREY)
    stage.page.wait_for_function(
        """(canvas) => !canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
        .data.some(value => value)""",
        arg=stage.ink.locator(".cw-ink-strokes").element_handle(),
    )
    extent = lab.ask_json("[[int(v.min()), int(v.max())] for v in np.nonzero(labeler.labels)]")
    assert extent == [pytest.approx([94, 106], abs=1), pytest.approx([54, 186], abs=1)]


def test_the_cursor_is_as_large_as_the_brush(lab, stage):
    lab.ask("labeler.stage.show(100, 120, scale=3); labeler._side.brush.value = 20")
    stage.page.mouse.move(*stage.on_page(*stage.of_pixel(100, 120)))
    cursor = stage.ink.locator(".cw-ink-cursor")
    cursor.wait_for(state="visible")
    stage.page.wait_for_function(
        "(cursor) => Math.round(cursor.getBoundingClientRect().width) === 60", arg=cursor.element_handle()
    )


def test_zooming_with_the_wheel_keeps_the_place_and_the_right_pixel_is_painted(lab, stage):
    where = stage.of_pixel(200, 100)
    stage.click(*where)  # the focus is on the core from now on
    wait_strokes(lab, "paint")
    lab.ask("labeler.undo(); labeler._side.brush.value = 1")
    scale = lab.ask_json("labeler.stage.viewport.scale")
    for _ in range(8):
        stage.page.mouse.wheel(0, -240)
    lab.wait_for(f"labeler.stage.viewport.scale > {scale * 10}")
    stage.wait_drawn()
    assert stage.of_pixel(200, 100) == pytest.approx(where, abs=12)
    stage.click(*stage.of_pixel(203, 97))
    wait_strokes(lab, "paint", "paint")
    assert lab.ask_json("np.argwhere(labeler.labels).tolist()") == [[203, 97]]


def test_polygons_are_drawn_around_or_set_by_clicks(lab, stage):
    stage.page.mouse.move(*stage.on_page(*stage.of_pixel(100, 100)))
    stage.ink.focus()
    stage.page.keyboard.press("p")
    lab.wait_for("labeler.mode", "polygon")
    corners = [stage.of_pixel(row, column) for row, column in ((50, 50), (50, 150), (150, 150), (150, 50))]
    stage.drag(*corners, corners[0])
    wait_strokes(lab, "polygon")
    assert label(lab, 100, 100) == 1
    lab.ask('labeler.selected_class = "Clast"')
    for row, column in ((200, 50), (200, 150), (300, 100)):
        stage.click(*stage.of_pixel(row, column))
    assert label(lab, 220, 100) == 0
    stage.page.keyboard.press("Enter")
    wait_strokes(lab, "polygon", "polygon")
    assert label(lab, 220, 100) == 2
    stage.wait_color(*stage.of_pixel(220, 100), GREEN_OVER_GREY)


def test_undo_is_that_of_the_strokes_while_another_tool_is_taken_beside_an_open_polygon(lab, stage):
    stage.drag(stage.of_pixel(400, 60), stage.of_pixel(400, 180))
    wait_strokes(lab, "paint")
    stage.page.keyboard.press("p")
    lab.wait_for("labeler.mode", "polygon")
    for row, column in ((50, 50), (50, 150), (150, 150), (300, 100)):
        stage.click(*stage.of_pixel(row, column))
    stage.page.keyboard.press("Control+z")  # the corner at row 300, not the stroke
    stage.page.keyboard.press("b")
    lab.wait_for("labeler.mode", "paint")
    stage.drag(stage.of_pixel(500, 60), stage.of_pixel(500, 180))
    wait_strokes(lab, "paint", "paint")
    stage.page.keyboard.press("Control+z")  # the second stroke, and no corner
    lab.wait_for("int(labeler.labels[500, 120])", 0)
    assert label(lab, 400, 120) == 1
    stage.page.keyboard.press("Enter")
    wait_strokes(lab, "paint", "paint", "polygon")
    assert (label(lab, 60, 140), label(lab, 200, 110)) == (1, 0)


def test_erase_by_key_and_by_the_right_button(lab, stage):
    lab.ask("labels = np.zeros(section.shape, np.uint8); labels[:300] = 1; labeler.labels = labels")
    stage.ink.focus()
    stage.page.keyboard.press("e")
    lab.wait_for("labeler.mode", "erase")
    mouse = stage.page.mouse
    mouse.move(*stage.on_page(*stage.of_pixel(101, 50)))
    mouse.down()
    mouse.move(*stage.on_page(*stage.of_pixel(101, 200)), steps=6)
    assert stage.ink_color(*stage.of_pixel(101, 120)) == (
        *GREY,
        255,
    )  # the rock shows before the kernel knows
    mouse.up()
    wait_strokes(lab, "erase")
    stage.wait_color(*stage.of_pixel(101, 120), GREY)
    assert label(lab, 101, 120) == 0
    stage.page.keyboard.press("b")
    lab.wait_for("labeler.mode", "paint")
    stage.drag(stage.of_pixel(201, 50), stage.of_pixel(201, 200), button="right")
    wait_strokes(lab, "erase", "erase")
    assert label(lab, 201, 120) == 0


def test_undo_and_redo_by_key_while_jupyterlab_hears_nothing(lab, stage):
    n_cells = "window.jupyterapp.shell.currentWidget.content.widgets.length"
    before = stage.page.evaluate(n_cells)
    stage.drag(stage.of_pixel(100, 60), stage.of_pixel(100, 180))
    wait_strokes(lab, "paint")
    stage.page.keyboard.press("Control+z")
    lab.wait_for("bool(labeler.labels.any())", False)
    stage.wait_color(*stage.of_pixel(101, 120), GREY)
    stage.page.keyboard.press("Control+Shift+Z")
    lab.wait_for("bool(labeler.labels.any())", True)
    for key in ("x", "d", "d", "a", "b", "z", "c", "v"):  # cut, delete, insert, undo a cell
        stage.page.keyboard.press(key)
    lab.wait_for("bool(labeler.labels.any())", False)
    lab.page.get_by_role("button", name="Whole").click()  # the focus is on a button of the tool
    for key in ("x", "d", "d"):
        stage.page.keyboard.press(key)
    assert stage.page.evaluate(n_cells) == before


def test_fill_and_pick(lab, stage):
    lab.ask(
        "labels = np.zeros(section.shape, np.uint8); labels[50:150, 50:150] = 3; labeler.labels = labels;"
        'labeler.mode, labeler.selected_class = "fill", "Clast"'
    )
    stage.click(*stage.of_pixel(100, 100))
    wait_strokes(lab, "fill")
    assert label(lab, 51, 51) == 2
    lab.ask('labeler.selected_class = "Void"; labeler.mode = "paint"')
    stage.page.keyboard.down("Alt")
    stage.click(*stage.of_pixel(100, 100))
    stage.page.keyboard.up("Alt")
    lab.wait_for("labeler.selected_class", "Clast")
    assert lab.ask_json("strokes") == ["fill"]


def test_the_view_moves_with_space_and_on_the_overview_and_painting_leaves_it_alone(lab, stage):
    lab.ask("labeler.stage.show(450, 120, scale=4)")
    stage.wait_drawn()
    x, y = stage.of_pixel(450, 120)
    stage.ink.focus()
    stage.page.keyboard.down(" ")
    stage.drag((x, y), (x + 10, y - 160))
    stage.page.keyboard.up(" ")
    lab.wait_for("round(labeler.stage.viewport.row)", 490)
    view = lab.ask_json("labeler.stage.viewport.to_dict()")
    stage.drag((x, y), (x + 60, y + 40))
    wait_strokes(lab, "paint")
    assert lab.ask_json("labeler.stage.viewport.to_dict()") == view
    strip = lab.ask_json("labeler.stage.overview.to_canvas(100, 120)")
    stage.click(*strip)
    lab.wait_for("abs(labeler.stage.viewport.row - 100) < 5")


def test_a_finger_paints_and_two_fingers_zoom(lab, stage):
    session = stage.page.context.new_cdp_session(stage.page)

    def touch(kind, *points):
        places = [dict(zip("xy", stage.on_page(*point), strict=True), id=n) for n, point in enumerate(points)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    start, end = stage.of_pixel(100, 60), stage.of_pixel(100, 180)
    touch("touchStart", start)
    for share in (0.25, 0.5, 0.75, 1):
        touch("touchMove", (start[0] + share * (end[0] - start[0]), start[1]))
    touch("touchEnd")
    wait_strokes(lab, "paint")
    assert label(lab, 100, 120) == 1
    x, y = stage.of_pixel(200, 120)
    scale = lab.ask_json("labeler.stage.viewport.scale")
    touch("touchStart", (x - 20, y))
    touch("touchStart", (x - 20, y), (x + 20, y))
    for apart in (30, 40, 60):
        touch("touchMove", (x - apart, y), (x + apart, y))
    touch("touchEnd")
    lab.wait_for(f"labeler.stage.viewport.scale > {2 * scale}")
    assert lab.ask_json("strokes") == ["paint"]
    session.detach()


def test_a_pen_paints_and_its_other_end_erases(lab, stage):
    session = stage.page.context.new_cdp_session(stage.page)

    def pen(kind, point, buttons, button):
        x, y = stage.on_page(*point)
        session.send(
            "Input.dispatchMouseEvent",
            {
                "type": kind,
                "x": x,
                "y": y,
                "buttons": buttons,
                "button": button,
                "pointerType": "pen",
                "clickCount": 1,
            },
        )

    for button, buttons in (("left", 1), ("right", 2)):
        pen("mousePressed", stage.of_pixel(100, 60), buttons, button)
        pen("mouseMoved", stage.of_pixel(100, 180), buttons, button)
        pen("mouseReleased", stage.of_pixel(100, 180), 0, button)
    wait_strokes(lab, "paint", "erase")
    assert label(lab, 100, 120) == 0
    session.detach()


def test_the_read_out_names_what_is_under_the_pointer(lab, stage):
    lab.ask("labels = np.zeros(section.shape, np.uint8); labels[100:200] = 2; labeler.labels = labels")
    stage.page.mouse.move(*stage.on_page(*stage.of_pixel(150, 77)))
    read_out = stage.page.locator(".cw-footer").first
    for text in ("Row 150", "Column 77", "Depth 100.1505 m", "Clast"):
        read_out.get_by_text(text).wait_for()


def test_names_that_are_taken_are_an_error_in_the_widget(lab, stage):
    name = lab.page.locator(".cw-editor input").first
    name.fill("Void")
    name.press("Enter")
    message = lab.page.locator(".cw-message")
    message.get_by_text("'Void' occurs twice").first.wait_for()
    message.get_by_role("button").click()
    message.wait_for(state="hidden")
    lab.ask("labeler.messages.error = None")


def test_a_class_is_deleted_after_a_question_and_comes_back_with_its_labels(lab, stage, tmp_path):
    stage.drag(stage.of_pixel(450, 60), stage.of_pixel(450, 180))
    lab.wait_for("bool((labeler.labels == 1).any())")
    n_pixels = lab.ask_json("int((labeler.labels == 1).sum())")
    page = lab.page
    page.locator(".cw-palette:visible button", has_text="Delete").click()
    question = page.locator(".cw-question:visible")
    question.wait_for()
    assert question.locator(".widget-html-content").inner_text() == (
        f"Delete Matrix and its labels, {n_pixels:,} pixels? Undo restores them."
    )
    page.screenshot(path=tmp_path / "question.png")
    side, line = page.locator(".cw-side:visible").bounding_box(), question.bounding_box()
    assert line["x"] >= side["x"] - 1
    assert line["x"] + line["width"] <= side["x"] + side["width"] + 1
    question.locator("button", has_text="Delete").click()
    lab.wait_for("list(labeler.legend.order)", [2, 3])
    lab.wait_for("bool(labeler.labels.any())", False)
    assert page.locator(".cw-palette:visible .cw-name").all_inner_texts() == ["Clast", "Void"]
    stage.click(*stage.of_pixel(700, 120))
    lab.wait_for("bool((labeler.labels == 2).any())")
    for _ in range(2):
        page.keyboard.press("Control+z")
    lab.wait_for("int((labeler.labels == 1).sum())", n_pixels)
    lab.wait_for("list(labeler.legend.order)", [1, 2, 3])
    page.locator(".cw-palette:visible .cw-name", has_text="Matrix").wait_for()


BUSY = """
(path) => {
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  const code = `import pathlib, time
end = time.monotonic() + 120
while time.monotonic() < end and not pathlib.Path(${JSON.stringify(path)}).exists(): time.sleep(0.05)`;
  kernel.requestExecute({ code, store_history: false });
}
"""


def test_strokes_have_what_was_clicked_before_them_while_a_cell_runs(lab, stage, tmp_path):
    page, free = lab.page, tmp_path / "the cell may end"
    stage.drag(stage.of_pixel(700, 60), stage.of_pixel(700, 180))
    lab.wait_for("labeler.labels[700, 120].item()", 1)
    rows = (200, 300, 400, 500)
    first, second, third, fourth = ((stage.of_pixel(row, 60), stage.of_pixel(row, 180)) for row in rows)
    erased, middle = (stage.of_pixel(700, 100), stage.of_pixel(700, 140)), stage.of_pixel(300, 120)
    page.evaluate(BUSY, str(free))
    stage.drag(*first)
    page.locator(".cw-palette:visible .cw-name", has_text="Void").click()
    stage.drag(*second)
    # Seen in the color of the class, whether the kernel has heard of it (it has several threads) or not yet.
    page.wait_for_function(
        """([ink, drawn, x, y]) => [ink, drawn].some((canvas) => {
          const [red, green, blue, opacity] = canvas.getContext("2d").getImageData(x, y, 1, 1).data;
          return opacity > 0 && blue > 150 && red + green < blue;
        })""",
        arg=[
            stage.ink.locator(".cw-ink-strokes").element_handle(),
            stage.canvas.element_handle(),
            *map(int, middle),
        ],
        timeout=8_000,
    )
    stage.ink.focus()
    page.keyboard.press("2")
    stage.drag(*third)
    page.locator(".cw-modes:visible button", has_text="Erase").click()
    stage.drag(*erased)
    page.locator(".cw-modes:visible button", has_text="Paint").click()
    page.locator(".cw-palette:visible .cw-name", has_text="Matrix").click()
    stage.drag(*fourth)
    free.touch()
    lab.wait_for("labeler.labels[500, 120].item()", 1)
    found = lab.ask_json("[labeler.labels[row, 120].item() for row in (200, 300, 400, 500, 700)]")
    assert found == [1, 3, 2, 1, 0]
    assert lab.ask_json("[labeler.selected_class, labeler.mode]") == ["Matrix", "paint"]


def test_the_tab_key_leads_through_the_tool_and_out_of_it(lab, stage):
    page = lab.page
    page.locator(".cw-labeler button:visible").first.focus()
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                "() => document.activeElement.closest('.cw-labeler') ? document.activeElement.tagName + ' ' +"
                " (document.activeElement.title || document.activeElement.className) : ''"
            )
        )
        if not seen[-1]:
            break
    assert seen[-1] == "", seen
    assert not any(each.startswith("CANVAS") for each in seen)  # that of ipycanvas lets no key on
    assert any("cw-ink-root" in each for each in seen)
    assert any("Paint with this class" in each for each in seen)


RUSSIAN = """
([key, code, ctrlKey]) => document.activeElement.dispatchEvent(
  new KeyboardEvent("keydown", { key, code, ctrlKey, bubbles: true, cancelable: true }))
"""


def test_keys_are_found_at_their_places_on_a_keyboard_of_another_script(lab, stage):
    stage.drag(stage.of_pixel(450, 60), stage.of_pixel(450, 180))
    lab.wait_for("bool(labeler.labels.any())")
    stage.ink.focus()
    lab.page.evaluate(RUSSIAN, ["\u044f", "KeyZ", True])
    lab.wait_for("bool(labeler.labels.any())", False)
    lab.page.evaluate(RUSSIAN, ["\u0443", "KeyE", False])
    lab.wait_for("labeler.mode", "erase")


def test_an_open_polygon_outlives_a_change_of_the_tool_and_ctrl_z_takes_its_corners(lab, stage):
    page = lab.page
    page.locator(".cw-modes:visible button", has_text="Polygon").click()
    corners = [(300, 60), (300, 180), (420, 180), (420, 60), (600, 20)]
    for corner in corners:
        stage.click(*stage.of_pixel(*corner))
        page.wait_for_timeout(400)  # two clicks at once would close it
    page.keyboard.press("Control+z")
    page.locator(".cw-modes:visible button", has_text="Pan").click()
    assert "The polygon is still open" in page.locator(".cw-ink-hint:visible").first.inner_text()
    stage.ink.focus()
    page.keyboard.press("Enter")
    lab.wait_for("strokes", ["polygon"])
    assert lab.ask_json("labeler.labels[360, 120].item()") == 1
    assert lab.ask_json("int(labeler.labels[430:].max())") == 0


def test_a_second_view_shows_the_same_and_can_be_drawn_on(lab, stage):
    stage.drag(stage.of_pixel(100, 60), stage.of_pixel(100, 180))
    wait_strokes(lab, "paint")
    lab.page.evaluate("async () => await window.jupyterapp.commands.execute('notebook:create-output-view')")
    second = StagePage(lab, "labeler.stage", 1)
    second.wait_color(*second.of_pixel(101, 120), RED_OVER_GREY)
    second.drag(second.of_pixel(60, 60), second.of_pixel(60, 180))
    wait_strokes(lab, "paint", "paint")
    stage.wait_color(*stage.of_pixel(61, 120), RED_OVER_GREY)


def test_after_a_reload_of_the_page_everything_is_drawn_again_and_goes_on(lab, stage):
    stage.drag(stage.of_pixel(100, 60), stage.of_pixel(100, 180))
    wait_strokes(lab, "paint")
    lab.reload()
    again = StagePage(lab, "labeler.stage")
    again.wait_color(*again.of_pixel(101, 120), RED_OVER_GREY)
    again.drag(again.of_pixel(200, 60), again.of_pixel(200, 180))
    wait_strokes(lab, "paint", "paint")
    again.wait_color(*again.of_pixel(201, 120), RED_OVER_GREY)


def test_what_was_shown_as_saved_is_there_after_a_restart_of_the_kernel(lab, stage):
    stage.drag(stage.of_pixel(300, 60), stage.of_pixel(300, 180))
    wait_strokes(lab, "paint")
    lab.page.locator(".cw-status").get_by_text("Saved ").wait_for()
    painted = lab.ask_json("np.argwhere(labeler.labels).tolist()")
    lab.restart_kernel()
    lab.run_all()
    lab.page.locator(".cw-status").get_by_text("Restored from core.labels.png").wait_for()
    assert lab.ask_json("np.argwhere(labeler.labels).tolist()") == painted
    again = StagePage(lab, "labeler.stage")
    again.wait_color(*again.of_pixel(301, 120), (201, 48, 48))


def test_a_drawing_that_comes_for_a_closed_canvas_ends_no_other(lab: Lab, stage: StagePage) -> None:
    code = """
import ipycanvas
slow, gone = ipycanvas.Canvas(width=9, height=9), ipycanvas.Canvas(width=9, height=9)
slow.sleep(500)  # the page draws one after the other: what follows waits for it
gone.fill_rect(0, 0, 5, 5)
gone.close()
"""
    x, y = stage.of_pixel(100, 120)
    assert lab.ask(code) == ""
    drawn = "labels = labeler.labels.copy(); labels[80:121, 100:140] = 1; labeler.labels = labels"
    assert lab.ask(drawn) == ""
    stage.wait_color(x, y, RED_OVER_GREY)
    lab.ask("slow.close()")
