"""Look at a map with a real mouse: colors at the right pixels, ways to compare, and reasons."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from .jupyterlab import Lab, StagePage

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CELLS = (
    """
import numpy as np
from sklearn.ensemble import ExtraTreesClassifier
from corewidgets.learning.classifier import PixelClassifier
from corewidgets.features.hypercolumns import Hypercolumns
from corewidgets.labels.legend import Legend
from corewidgets.widgets.overlay import Overlay
image = np.full((384, 128, 3), 120, np.uint8)
image[192:] = 220
legend = Legend(["Dark", "Light"], ["#FF0000", "#0000FF"])
segmentation = np.ones((384, 128), np.uint8)
segmentation[100:, 40:] = 2
overlay = Overlay(image, segmentation, legend=legend)
overlay.stage.overlay_opacity = 0.5
overlay
""",
    """
labels = np.zeros((384, 128), np.uint8)
labels[20:60, 20:60], labels[300:340, 20:60] = 1, 2
model = PixelClassifier(Hypercolumns(("pool1",)), ExtraTreesClassifier(10, random_state=0)).fit(image, labels)
""",
)
RESET = """
overlay.segmentation = segmentation
overlay.model, overlay.hidden = None, frozenset()
overlay.shows, overlay.drawing, overlay.comparison = "classes", "fill", "over"
overlay.stage.show(100, 40, scale=8)
overlay.messages.clear()
"""
GREY, RED_OVER_GREY, BLUE_OVER_GREY = (120, 120, 120), (188, 60, 60), (60, 60, 188)


@pytest.fixture(scope="module")
def lab(open_lab: Callable[..., Lab]) -> Lab:
    found = open_lab("overlay", *CELLS)
    found.page.set_default_timeout(10_000)
    return found


@pytest.fixture
def stage(lab: Lab) -> StagePage:
    assert lab.ask(RESET) == ""
    found = StagePage(lab, "overlay.stage")
    yield found
    assert lab.ask_json("overlay.messages.error and str(overlay.messages.error)") is None
    assert lab.script_errors == []


def press(lab: Lab, name: str) -> None:
    lab.page.locator(".cw-overlay button").filter(has_text=re.compile(rf"^\s*{name}$")).click()


def test_the_map_lies_where_it_should_to_the_pixel(lab, stage):
    for row, column, color in (
        (99, 39, RED_OVER_GREY), (99, 40, RED_OVER_GREY), (100, 39, RED_OVER_GREY), (100, 40, BLUE_OVER_GREY),
    ):  # fmt: skip
        stage.wait_color(*stage.of_pixel(row, column), color)
    lab.ask("overlay.stage.turn()")
    stage.wait_drawn()
    stage.wait_color(*stage.of_pixel(100, 40), BLUE_OVER_GREY)
    stage.wait_color(*stage.of_pixel(99, 40), RED_OVER_GREY)
    lab.ask("overlay.stage.turn(); overlay.stage.turn(); overlay.stage.turn()")


def test_a_class_is_hidden_by_its_eye(lab, stage):
    lab.page.locator(".cw-shown-classes > *").nth(1).get_by_role("button").nth(1).click()
    stage.wait_color(*stage.of_pixel(105, 45), GREY)
    stage.wait_color(*stage.of_pixel(95, 35), RED_OVER_GREY)


def test_outlines_leave_the_inside_free(lab, stage):
    press(lab, "Outline")
    stage.wait_color(*stage.of_pixel(105, 45), GREY)
    stage.wait_color(*stage.of_pixel(100, 45), BLUE_OVER_GREY)
    stage.wait_color(*stage.of_pixel(99, 45), RED_OVER_GREY)


def test_swipe_bares_the_left_and_side_by_side_shows_the_photograph_alone(lab, stage):
    press(lab, "Swipe")
    stage.wait_color(*stage.of_pixel(105, 35), GREY)
    stage.wait_color(*stage.of_pixel(105, 45), BLUE_OVER_GREY)
    left, width, top, height = lab.ask_json(
        "[getattr(overlay.stage.viewport.box, name) for name in ('left', 'width', 'top', 'height')]"
    )
    line, middle = left + width / 2, top + height / 2
    stage.drag((line + 3, middle), (left + width * 0.9, middle))  # the line is taken hold of beside it
    lab.wait_for("abs(overlay.stage.overlay_from - 0.9) < 0.01 and overlay._side.swipe.value > 0.8")
    stage.wait_color(*stage.of_pixel(105, 45), GREY)
    press(lab, "Side by side")
    plain = StagePage(lab, "overlay._beside", 1)
    lab.wait_for("overlay._beside.canvas.width == overlay.stage.canvas.width")
    plain.wait_color(*plain.of_pixel(105, 45), GREY)
    stage.wait_color(*stage.of_pixel(105, 45), BLUE_OVER_GREY)
    plain.ink.focus()
    lab.page.keyboard.press("+")
    lab.wait_for("overlay.stage.viewport.scale > 8 and overlay._beside.viewport.scale > 8")
    press(lab, "Over")
    lab.wait_for("overlay.comparison", "over")


def test_a_model_is_mapped_and_tells_why_and_where_it_is_unsure(lab, stage):
    lab.ask("overlay.labels = labels; overlay.model = model")
    lab.wait_for("overlay.maps.model is model and overlay.maps.complete", seconds=60)
    stage.wait_color(*stage.of_pixel(105, 45), RED_OVER_GREY)
    stage.click(*stage.of_pixel(105, 45))
    why = lab.page.locator(".cw-why")
    why.get_by_text("Why Dark? (row 105, column 45)").wait_for()
    assert why.locator(".cw-example img").count() == 3  # the pixel, and a labelled region of each class
    assert why.locator("img").first.evaluate("image => image.complete && image.naturalWidth") == 49
    press(lab, "Doubt")
    lab.wait_for("overlay.shows", "uncertainty")
    press(lab, "Least sure")
    lab.wait_for("overlay.position is not None and abs(overlay.position[0] - 192) < 24")
    assert lab.ask_json("abs(overlay.stage.viewport.row - overlay.position[0]) < 1")
    why.get_by_text("row 18").or_(why.get_by_text("row 19")).or_(why.get_by_text("row 20")).first.wait_for()


def test_an_error_is_shown_in_the_tool(lab, stage):
    press(lab, "Doubt")
    message = lab.page.locator(".cw-overlay .cw-message").first
    message.locator("span").filter(has_text="Give the model instead: Overlay(section, model).").wait_for()
    stage.wait_color(*stage.of_pixel(105, 45), GREY)
    press(lab, "Classes")
    message.wait_for(state="hidden")
    stage.wait_color(*stage.of_pixel(105, 45), BLUE_OVER_GREY)
    lab.ask("overlay.messages.error = None")
