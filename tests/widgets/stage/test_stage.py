from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from ipycanvas.canvas import COMMANDS
from PIL import Image

from corewidgets.cores.depth_scale import DepthScale
from corewidgets.cores.section import CoreSection
from corewidgets.widgets.stage.links import link_viewports
from corewidgets.widgets.stage.modes import MODES
from corewidgets.widgets.stage.parts import Footer
from corewidgets.widgets.stage.stage import LAYERS, Stage
from widgets.conftest import Hand

NAMES = {code: name for name, code in COMMANDS.items()}
RED = np.array([[0, 0, 0], [255, 0, 0]], np.uint8)


@pytest.fixture
def sent(stage, monkeypatch):
    """Return the commands that the stage sends, (canvas number, verb, arguments), a list for each message."""
    messages = []
    manager = stage.canvas._canvas_manager
    canvases = {
        f"IPY_MODEL_{canvas.model_id}": number for number, canvas in enumerate(stage.canvas._canvases)
    }

    def record(command, buffers=()):
        commands = command if isinstance(command[0], list) else [command]
        message, canvas = [], None
        for verb, arguments, *_ in commands:
            if NAMES[verb] == "switchCanvas":
                canvas = canvases.get(arguments[0])
            else:
                message.append((canvas, NAMES[verb], arguments))
        messages.append(message)

    monkeypatch.setattr(manager, "_send_custom", record)
    manager._current_canvas = None
    return messages


def picture(stage, layer):
    return np.asarray(
        Image.open(
            io.BytesIO(base64.b64decode(bytes(stage._shown.images[layer].value).split(b",")[1]))
        ).convert("RGBA")
    )


def test_a_redraw_is_one_message_that_draws_every_layer_and_begins_with_the_lowest(stage, sent):
    stage.set_overlay(np.ones(stage.section.shape, np.uint8), RED)
    sent.clear()
    stage.redraw()
    (message,) = sent
    drawn = [number for number, verb, _ in message if verb == "drawImage"]
    assert message[0][0] == 0  # a page that was loaded anew must be told the canvas first
    assert drawn[:2] == [0, 1]
    assert message[-1][:2] == (3, "set")


def test_a_reload_of_the_page_draws_everything_again(stage, sent):
    Hand(stage).event("client_ready")
    assert any(verb == "drawImage" for _, verb, _ in sent[0])


def test_opacity_draws_again_and_encodes_nothing(stage, sent):
    stage.set_overlay(np.ones(stage.section.shape, np.uint8), RED)
    before = bytes(stage._shown.images["overlay"].value)
    sent.clear()
    stage.overlay_opacity = 0.25
    assert len(sent) == 1
    assert (1, "set", [2, 0.25]) in sent[0]
    assert bytes(stage._shown.images["overlay"].value) == before


def test_a_line_to_drag_is_there_only_with_an_overlay_and_a_ring_where_the_pixel_is(stage, sent):
    def circles():
        messages = sent[-1]
        return [arguments[:2] for _, verb, arguments in messages if verb == "strokeCircle"]

    stage.overlay_from = 0.25
    assert (circles(), stage.ink.swipe) == ([], 0)
    stage.set_overlay(np.ones(stage.section.shape, np.uint8), np.zeros((2, 3), np.uint8))
    box = stage.viewport.box
    assert circles() == [[box.left + box.width * 0.25, box.top + box.height / 2]]
    stage.set_overlay(None)
    stage.marker = (60, 40)
    assert circles()[0] == pytest.approx(list(stage.viewport.to_canvas(60, 40)))
    stage.show(0, 0, scale=30)
    assert len(circles()) == 2  # in the view it is not, but still on the overview


def test_an_error_while_drawing_leaves_nothing_held(stage, sent, monkeypatch):
    monkeypatch.setattr(stage._small, "draw", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        stage.redraw()
    monkeypatch.undo()
    manager = stage.canvas._canvas_manager
    assert not manager._caching
    assert manager._commands_cache == []


def test_overlays_of_codes_and_of_colors_are_shown_and_taken_away(stage):
    codes = np.zeros(stage.section.shape, np.uint8)
    codes[60:] = 1
    stage.set_overlay(codes, RED, opacity=0.3)
    assert stage.overlay_opacity == 0.3
    colors = picture(stage, "overlay")
    assert set(map(tuple, colors.reshape(-1, 4).tolist())) == {(0, 0, 0, 0), (255, 0, 0, 255)}
    stage.set_overlay(np.full((*stage.section.shape, 4), 9, np.uint8))
    assert (picture(stage, "overlay") == 9).all()
    stage.set_overlay(None)
    assert "overlay" not in stage._shown.pictures


def test_overlays_that_do_not_fit_say_so(stage):
    with pytest.raises(
        ValueError,
        match=r"The overlay has shape \(2, 3\) but the image has 120 rows and 80 columns; make it from",
    ):
        stage.set_overlay(np.zeros((2, 3), np.uint8), RED)
    with pytest.raises(
        ValueError, match=r"The overlay holds codes, but there is no palette; give the color of each"
    ):
        stage.set_overlay(np.zeros(stage.section.shape, np.uint8))
    with pytest.raises(
        ValueError, match=r"A palette has a row of 3 or 4 numbers .* but its shape is \(3,\)\."
    ):
        stage.set_overlay(np.zeros(stage.section.shape, np.uint8), np.zeros(3, np.uint8))


def test_the_view_survives_overlays_labels_and_modes(stage):
    stage.show(30, 40, scale=9)
    view = stage.viewport
    stage.set_overlay(np.ones(stage.section.shape, np.uint8), RED)
    stage.set_labels(np.ones(stage.section.shape, np.uint8), RED)
    stage.labels_opacity = 0.1
    for mode in MODES:
        stage.mode = mode
    stage.redraw()
    assert stage.viewport == view


def test_buttons_and_keys_change_the_view(stage):
    hand = Hand(stage)
    start = stage.viewport.scale
    buttons = {button.tooltip: button for button in stage.toolbar.children}
    next(button for tip, button in buttons.items() if tip.startswith("Zoom in")).click()
    assert stage.viewport.scale == pytest.approx(start * 1.5)
    hand.key("a")
    assert stage.viewport.scale == 1
    hand.key("0")
    assert stage.viewport.scale == pytest.approx(stage.viewport.fit_scale)
    hand.key("r")
    assert stage.viewport.rotation == 90
    assert stage.viewport.scale == pytest.approx(stage.viewport.fit_scale)
    hand.key("w")
    assert stage.viewport.scale == pytest.approx(stage.viewport.across_scale)
    hand.key("+")
    row = stage.viewport.row
    hand.key("ArrowLeft")
    assert stage.viewport.row < row


def test_turning_at_the_end_of_a_core_leaves_no_empty_half():
    stage = Stage(np.zeros((3000, 400, 3), np.uint8))
    stage.show(0, 200, scale=1.0)
    stage.turn()
    rows, _ = stage.viewport.spans()
    assert (rows.first, rows.size) == (0, stage.viewport.box.width)


def test_the_layer_says_where_it_looks_and_gets_a_picture_even_if_nothing_changed(stage):
    hand = Hand(stage)
    hand.say("view", scale=17.0, unit=1.0, row=33.0, column=36.0)
    assert stage.viewport.scale == 17
    assert (stage.viewport.row, stage.viewport.column) == pytest.approx((33, 36), abs=0.1)
    before = stage.ink.drawn["frame"]
    view = stage.viewport
    hand.say("view", scale=view.scale, unit=view.unit, row=view.row, column=view.column)
    assert stage.ink.drawn["frame"] > before
    assert stage.ink.drawn["view"] == stage.viewport.to_dict()


def test_strokes_of_the_layer_arrive_as_drawn_and_are_acknowledged(stage):
    strokes = []
    stage.on_stroke(strokes.append)
    hand = Hand(stage)
    hand.stroke("paint", (3, 4), (5.5, 6.25), size=9)
    hand.stroke("polygon", (0, 0), (0, 9), (9, 9), size=0)
    assert [(stroke.mode, stroke.size) for stroke in strokes] == [("paint", 9), ("polygon", 0)]
    assert strokes[0].points.tolist() == [[3, 4], [5.5, 6.25]]
    assert stage.ink.drawn["strokes"] == {"test": 1}


def test_a_callback_that_raises_is_shown_and_the_stroke_is_still_acknowledged(stage, shown_errors):
    stage.on_stroke(lambda _: 1 / 0)
    Hand(stage).stroke("paint", (3, 4))
    assert stage.ink.drawn["strokes"] == {"test": 0}
    assert isinstance(shown_errors.pop(), ZeroDivisionError)
    assert "ZeroDivisionError: division by zero" in stage.messages.text
    assert stage.messages.layout.display == ""
    stage.messages.clear()
    assert stage.messages.layout.display == "none"


@pytest.mark.parametrize("mode", ["paint", "erase", "polygon"])
def test_without_the_layer_a_drag_on_the_canvas_is_a_stroke(stage, mode):
    strokes = []
    stage.on_stroke(strokes.append)
    stage.mode, stage.brush_size = mode, 5
    Hand(stage).drag((10, 10), (20, 15), (30, 12))
    (stroke,) = strokes
    assert stroke.mode == mode
    assert stroke.size == (0 if mode == "polygon" else 5)
    assert stroke.points == pytest.approx(np.array([[10, 10], [20, 15], [30, 12]]), abs=1e-4)


def test_without_the_layer_a_stroke_ends_where_the_pointer_leaves_the_canvas(stage):
    strokes = []
    stage.on_stroke(strokes.append)
    stage.mode = "paint"
    hand = Hand(stage)
    x, y = stage.viewport.to_canvas(10, 10)
    hand.event("mouse_down", x=x, y=y)
    hand.event("mouse_out", x=x + 5, y=y)
    hand.event("mouse_move", x=x + 9, y=y)
    hand.event("mouse_up", x=x + 9, y=y)
    assert len(strokes) == 1


def test_without_the_layer_fingers_draw_and_a_second_one_does_not_disturb(stage):
    strokes = []
    stage.on_stroke(strokes.append)
    stage.mode = "paint"
    hand = Hand(stage)
    x, y = stage.viewport.to_canvas(10, 10)
    hand.event("touch_start", touches=[{"x": x, "y": y}])
    hand.event("touch_start", touches=[{"x": x, "y": y}, {"x": x + 50, "y": y}])
    hand.event("touch_move", touches=[{"x": x + 9, "y": y}, {"x": x + 50, "y": y}])
    hand.event("touch_end", touches=[])
    assert len(strokes) == 1


def test_without_the_layer_dragging_pans_and_clicking_names_the_pixel(stage):
    pixels = []
    stage.on_pixel(lambda row, column: pixels.append((row, column)))
    stage.show(60, 40, scale=20)
    hand = Hand(stage)
    hand.drag((60.2, 40.3))
    assert pixels == [(60, 40)]
    x, y = stage.viewport.to_canvas(60, 40)
    hand.drag_on_canvas((x, y), (x + 60, y + 40))
    assert stage.viewport.to_canvas(60, 40) == pytest.approx((x + 60, y + 40), abs=1)
    assert len(pixels) == 1


def test_without_the_layer_the_wheel_zooms_at_the_pointer_and_keys_are_heard(stage):
    hand = Hand(stage)
    stage.show(60, 40, scale=20)
    x, y = stage.viewport.to_canvas(55, 35)
    hand.event("mouse_move", x=x, y=y)
    hand.event("mouse_wheel", x=0, y=-200)
    assert stage.viewport.scale > 20
    assert stage.viewport.to_canvas(55, 35) == pytest.approx((x, y), abs=1)
    hand.event("key_down", key="A", shift_key=True, ctrl_key=False, meta_key=False)
    assert stage.viewport.scale == 1


def test_the_overview_moves_the_view():
    stage = Stage(np.zeros((4000, 200, 3), np.uint8))
    overview = stage.overview
    Hand(stage).drag_on_canvas(overview.to_canvas(1000, 100), overview.to_canvas(3000, 100))
    assert stage.viewport.row == pytest.approx(3000, abs=1)


def test_the_read_out_names_row_column_depth_and_class(image):
    stage = Stage(CoreSection(image, top=10.0, base=11.2))
    stage.describe = lambda row, column: f"<{row} {column}>"
    hand = Hand(stage)
    hand.say("hover", row=12.3, column=7.6)
    assert "Row <b>12</b>" in stage.footer.readout.value
    assert "Column <b>8</b>" in stage.footer.readout.value
    assert "<b>10.1250 m</b>" in stage.footer.readout.value
    assert "&lt;12 8&gt;" in stage.footer.readout.value
    hand.say("hover", row=None, column=None)
    assert stage.footer.readout.value == ""
    hand.say("hover", row=-4.0, column=3.0)
    assert stage.footer.readout.value == ""


def test_the_stage_follows_the_page_until_the_view_is_moved(stage):
    hand = Hand(stage)
    hand.say("page", width=600, ratio=2.0, colors={"band": "#111111"})
    assert (stage.canvas.width, stage.canvas.height) == (1200, 1120)
    assert stage.canvas.layout.width == "600px"
    assert stage.viewport.scale == pytest.approx(stage.viewport.opening().scale)
    stage.show(60, 40, scale=30)
    hand.say("page", width=800, ratio=2.0, colors={})
    assert stage.viewport.scale == 30
    assert (stage.viewport.row, stage.viewport.column) == pytest.approx((60, 40), abs=0.2)


@pytest.mark.parametrize("width", [500, 1400])
def test_a_stage_opens_as_the_page_is_wide(width):
    stage = Stage(np.zeros((400, 700, 3), np.uint8))
    at_first = stage.viewport.scale
    Hand(stage).say("page", width=width, ratio=1.0, colors={})
    assert stage.viewport.scale == stage.viewport.opening().snapped().scale != at_first


def test_linked_stages_show_the_same_part_whatever_their_size(image):
    first, second = Stage(image), Stage(image, height=300)
    unlink = link_viewports(first, second)
    first.show(60, 40, scale=20)
    assert second.viewport.scale == 20
    assert second.viewport.row == pytest.approx(first.viewport.row, abs=0.1)
    second.turn()
    assert first.viewport.rotation == 90
    unlink()
    second.fit()
    assert first.viewport.scale == 20


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_linked_stages_stay_as_large_when_the_page_says_their_sizes_one_after_the_other(ratio):
    first, second, third = (
        Stage(np.zeros((3000, 900, 3), np.uint8), height=height) for height in (560, 480, 300)
    )
    Hand(first).say("page", width=1000, ratio=ratio, colors={})
    first.viewport = first.viewport.magnified(1.0).at(700, 450)
    view = first.viewport
    link_viewports(first, second)
    link_viewports(second, third)
    Hand(second).say("page", width=700, ratio=ratio, colors={})
    Hand(third).say("page", width=400, ratio=ratio, colors={})
    assert [stage.viewport.magnification for stage in (first, second, third)] == pytest.approx([1, 1, 1])
    assert first.viewport == view
    Hand(second).say("page", width=690, ratio=2 * ratio, colors={})  # moved to another screen
    assert second.viewport.magnification == pytest.approx(1)
    assert first.viewport == view
    second.zoom(2)
    assert [stage.viewport.magnification for stage in (first, second, third)] == pytest.approx([2, 2, 2])
    for stage in (first, second, third):
        assert "<span>200 %</span>" in stage.footer.scale.value
    third.actual_size()
    assert [stage.viewport.magnification for stage in (first, second, third)] == pytest.approx([1, 1, 1])


def test_a_stage_that_was_small_for_a_while_shows_again_what_was_asked_for():
    first, second = (Stage(np.zeros((3000, 900, 3), np.uint8)) for _ in range(2))
    first.show(400, 200, scale=0.5)
    link_viewports(first, second)
    Hand(second).say("page", width=1900, ratio=1.0, colors={})  # the whole width is seen, and centered
    Hand(second).say("page", width=300, ratio=1.0, colors={})
    assert (second.viewport.row, second.viewport.column) == pytest.approx((400, 200), abs=1)
    assert (first.viewport.row, first.viewport.column) == pytest.approx((400, 200), abs=1)


def test_a_view_wanted_before_the_window_came_to_another_screen_is_as_large_there(stage):
    hand = Hand(stage)
    hand.say("page", width=600, ratio=2.0, colors={})
    hand.say("view", row=60, column=40, scale=10.0, unit=1.0)
    assert stage.viewport.magnification == 10
    assert stage.viewport.scale == 20


@pytest.mark.parametrize("shape", [(1, 1), (1, 4000), (4000, 1), (400, 9000)])
def test_photographs_of_any_shape_are_shown_turned_and_zoomed(shape):
    stage = Stage(np.full((*shape, 3), 50, np.uint8))
    for _ in range(4):
        stage.turn()
        stage.zoom(3)
        stage.fit()
    assert set(stage._shown.images) == set(LAYERS)


def test_a_viewport_of_another_image_is_refused(stage):
    other = Stage(np.zeros((10, 10, 3), np.uint8))
    with pytest.raises(ValueError, match="The viewport has shape"):
        stage.viewport = other.viewport


def test_the_depth_below_the_pointer_is_told_in_the_unit_of_the_section():
    section = CoreSection(np.zeros((10, 8, 3), np.uint8), top=30.48, base=33.528, scale=DepthScale("ft"))
    footer = Footer()
    footer.tell(section, (4, 2), lambda row, column: "")
    assert "104.5000 ft" in footer.readout.value
