"""Train with a real mouse: the map that appears, and how it follows the brush."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .jupyterlab import Lab, StagePage

pytestmark = pytest.mark.browser

# Three beds of one rock each, so that what the map shows is certain.
CELLS = (
    """
import numpy as np
from corewidgets.labels.legend import Legend
import corewidgets as cw
from corewidgets.widgets import Labeler
from corewidgets.widgets.trainer import Settings, Trainer
image = np.empty((384, 128, 3), np.uint8)
image[:128], image[128:256], image[256:] = 60, 130, 200
image[::8] -= 10
start = np.zeros((384, 128), np.uint8)
start[40:60, 20:60], start[300:320, 20:60] = 1, 2
start[90:100, 20:60], start[340:350, 20:60] = 1, 2
legend = Legend(["Dark", "Light", "Middle"], ["#FF0000", "#00FF00", "#0000FF"])
labeler = Labeler(image, legend=legend, labels=start, autosave=False)
labeler.stage.overlay_opacity = labeler.stage.labels_opacity = 0.5
labeler
""",
    """
settings = Settings(cw.PRESETS["quick"].patched(n_trees=20), n_splits=2)
trainer = Trainer(labeler, settings=settings)
trainer
""",
)
RESET = """
trainer.stop()
trainer.wait()
trainer.messages.clear()
trainer.maps = trainer.evaluation = None
labeler.labels, labeler.mode, labeler._side.brush.value = start, "paint", 12
labeler.selected_class = "Dark"
labeler.stage.fit()
"""
RED_OVER_DARK, GREEN_OVER_LIGHT, BLUE_OVER_MIDDLE = (158, 30, 30), (100, 228, 100), (65, 65, 192)


@pytest.fixture(scope="module")
def lab(open_lab: Callable[..., Lab]) -> Lab:
    found = open_lab("train", *CELLS)
    found.page.set_default_timeout(10_000)
    return found


@pytest.fixture
def stage(lab: Lab) -> StagePage:
    assert lab.ask(RESET) == ""
    found = StagePage(lab, "labeler.stage")
    yield found
    assert lab.ask_json("[str(m.error) for m in (trainer.messages, labeler.messages) if m.error]") == []
    assert lab.script_errors == []


def button(lab: Lab, name: str):
    return lab.page.locator(".cw-trainer .cw-bar button").filter(has_text=name)


def trained(lab: Lab) -> None:
    lab.wait_for("not trainer.busy and trainer.maps is not None and trainer.maps.complete", seconds=120)


def test_a_click_trains_and_the_map_appears_where_it_should(lab, stage):
    button(lab, "Train").click()
    lab.wait_for("trainer.evaluation is not None", seconds=120)
    trained(lab)
    assert lab.ask_json("float((trainer.segmentation[:100] == 1).mean())") > 0.9
    assert lab.ask_json("float((trainer.segmentation[300:] == 2).mean())") > 0.9
    stage.wait_color(*stage.of_pixel(20, 100), RED_OVER_DARK)
    stage.wait_color(*stage.of_pixel(364, 100), GREEN_OVER_LIGHT)
    cards = lab.page.locator(".cw-trainer .cw-card-title")
    assert cards.all_inner_texts() == ["Whole regions held out", "Random pixels held out"]
    rows = lab.page.locator(".cw-trainer .cw-table tbody tr")
    assert [text.split()[0] for text in rows.all_inner_texts()] == ["Dark", "Light"]
    assert button(lab, "Stop").is_disabled()


def test_a_stroke_moves_the_map_while_live(lab, stage):
    button(lab, "Live").click()
    lab.wait_for("trainer.live")
    trained(lab)
    stage.wait_color(*stage.of_pixel(20, 100), RED_OVER_DARK)
    lab.ask('labeler.selected_class = "Middle"; labeler._side.brush.value = 26')
    stage.drag(stage.of_pixel(192, 30), stage.of_pixel(192, 60))
    lab.wait_for("bool((labeler.labels == 3).any())")
    stage.wait_color(*stage.of_pixel(213, 100), BLUE_OVER_MIDDLE)  # far from the stroke
    trained(lab)
    stage.wait_color(*stage.of_pixel(20, 100), RED_OVER_DARK)
    stage.ink.focus()
    lab.page.keyboard.press("Control+z")
    lab.wait_for("trainer.maps.complete and not (trainer.maps.segmentation == 3).any()", seconds=60)
    button(lab, "Live").click()
    lab.wait_for("trainer.live", False)


def test_painting_goes_on_while_the_forest_grows(lab, stage):
    hold = """
import threading
from corewidgets.learning.classifier import PixelClassifier
go_on, fit = threading.Event(), PixelClassifier.fit
PixelClassifier.fit = lambda *arguments: (go_on.wait(60), fit(*arguments))[1]
"""
    assert lab.ask(hold) == ""
    button(lab, "Train").click()
    lab.page.locator(".cw-trainer").get_by_text("Training on the labels").wait_for()
    stage.drag(stage.of_pixel(180, 30), stage.of_pixel(180, 90))
    lab.wait_for("int(labeler.labels[180, 60])", 1)
    assert lab.ask_json("trainer.busy")
    button(lab, "Stop").click()
    lab.ask("go_on.set(); PixelClassifier.fit = fit")
    lab.wait_for("trainer.busy", False)
    lab.page.locator(".cw-trainer").get_by_text("Stopped.").wait_for()


def test_after_a_reload_of_the_page_everything_is_there_again(lab, stage):
    button(lab, "Train").click()
    lab.wait_for("trainer.evaluation is not None", seconds=120)
    trained(lab)
    lab.reload()
    again = StagePage(lab, "labeler.stage")
    again.wait_color(*again.of_pixel(20, 100), RED_OVER_DARK)
    assert lab.page.locator(".cw-trainer .cw-card").count() == 2


def test_an_error_is_shown_in_the_tool(lab, stage):
    lab.ask("labeler.labels = start * 0")
    button(lab, "Train").click()
    message = lab.page.locator(".cw-trainer .cw-message")
    message.locator("span").filter(has_text="There is nothing to learn from: every pixel").wait_for()
    message.get_by_role("button").click()
    message.wait_for(state="hidden")
    lab.ask("trainer.messages.error = None")
