"""The whole walk with a real mouse: label from nothing, train, correct, save, restart, go on."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from .jupyterlab import Lab, StagePage

pytestmark = pytest.mark.browser

PHOTOGRAPH = """
import numpy as np
from PIL import Image
texture = np.random.default_rng(0).integers(-12, 12, (360, 240, 1))
rock = np.full((360, 240, 3), 90) + texture
rock[60:160, 40:120] = [190, 150, 110]
rock[200:300, 120:220] = [40, 60, 50]
rock[60:160, 140:220] = [200, 200, 195]
Image.fromarray(rock.astype(np.uint8)).save("walk.png")
"""

WORKBENCH = """
import numpy as np
import corewidgets as cw
from corewidgets.widgets.trainer import Settings
section = cw.read_section("walk.png", top=698.41, base=698.5)
settings = Settings(forest="extra", n_trees=20, n_splits=2)
bench = cw.Workbench(section, classes=["Matrix", "Clast", "Void"], settings=settings)
bench
"""
GREY = (90, 90, 90)


@pytest.fixture(scope="module")
def lab(open_lab: Callable[..., Lab]) -> Lab:
    return open_lab("walk", PHOTOGRAPH, WORKBENCH, width=1500, height=1100)


def choose_class(lab: Lab, name: str) -> None:
    lab.page.locator(".cw-palette:visible .cw-name", has_text=name).click()
    lab.wait_for("bench.labeler.selected_class", name)


def press(lab: Lab, name: str) -> None:
    lab.page.locator("button:visible").filter(has_text=re.compile(rf"^\s*{name}\s*$")).click()


def turn_to(lab: Lab, page: str, title: str) -> None:
    lab.page.locator(".cw-pages button", has_text=title).click()
    lab.wait_for("bench.page", page)


def paint(lab: Lab, stage: StagePage, *pixels: tuple[int, int]) -> None:
    """Drag the brush over positions of the image, and wait until the kernel has the labels."""
    end = pixels[-1]
    code = lab.ask_json("bench.labeler.code")
    stage.drag(*(stage.of_pixel(*pixel) for pixel in pixels))
    lab.wait_for(f"int(bench.labels[{end[0]}, {end[1]}])", code)


def differs(one: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) > 15


def no_errors(lab: Lab) -> None:
    for messages in ("bench.messages", "bench.labeler.messages", "bench.trainer.messages"):
        assert lab.ask_json(f"{messages}.error and str({messages}.error)") is None
    assert lab.script_errors == []


def predicted(lab: Lab, row: int, column: int) -> Any:
    return lab.ask_json(
        f"None if bench.segmentation is None else bench.legend.name(int(bench.segmentation[{row}, {column}]))"
    )


def test_label_train_correct_save_restart_and_go_on(lab: Lab) -> None:
    stage = StagePage(lab, "bench.labeler.stage")

    # train before anything is painted: an error that says what to do
    press(lab, "Train")
    lab.page.locator(".cw-message:visible").get_by_text("Paint at least two classes.").first.wait_for()
    lab.page.locator(".cw-message:visible button").first.click()
    lab.page.locator(".cw-message:visible").wait_for(state="hidden")
    lab.ask("bench.trainer.messages.error = None")

    # three classes, from nothing
    choose_class(lab, "Matrix")
    paint(lab, stage, (20, 20), (20, 200))
    paint(lab, stage, (180, 30), (180, 210))
    choose_class(lab, "Clast")
    paint(lab, stage, (80, 60), (120, 100))
    choose_class(lab, "Void")
    paint(lab, stage, (220, 140), (260, 200))

    # train: the map is laid over the photograph, and the score comes
    unlabelled = stage.of_pixel(145, 50)
    before = stage.color(*unlabelled)
    press(lab, "Train")
    lab.wait_for("bench.trainer.busy", False, seconds=90)
    assert predicted(lab, 145, 50) == "Clast"
    assert predicted(lab, 290, 130) == "Void"
    assert predicted(lab, 340, 40) == "Matrix"
    stage.wait_drawn()
    assert differs(stage.color(*unlabelled), before)

    # the score is on its page
    turn_to(lab, "train", "Settings and scores")
    lab.page.locator(".cw-card:visible").first.wait_for()
    turn_to(lab, "label", "Label")

    # where it is wrong, paint again: the light clast is not the class of its neighbor
    press(lab, "Live")
    lab.wait_for("bench.trainer.live")
    choose_class(lab, "Void" if predicted(lab, 145, 200) == "Clast" else "Clast")
    corrected = lab.ask_json("bench.labeler.selected_class")
    paint(lab, stage, (80, 150), (120, 200))
    lab.wait_for("bench.legend.name(int(bench.segmentation[145, 200]))", corrected, seconds=60)
    press(lab, "Live")
    lab.wait_for("bench.trainer.live or bench.trainer.busy", False, seconds=60)

    # keep it
    lab.ask("bench.labeler.stage.show(200, 120, scale=2)")
    press(lab, "Save")
    lab.page.locator(".cw-session-status").get_by_text("Saved ").wait_for()
    lab.page.locator(".cw-status").get_by_text("Saved ").wait_for()
    told = "[np.argwhere(bench.labels).sum(0).tolist(), np.bincount(bench.segmentation.ravel()).tolist()]"
    saved = lab.ask_json(told)
    no_errors(lab)

    # a new kernel: everything is there again
    lab.restart_kernel()
    lab.run_all()
    lab.page.locator(".cw-session-status").get_by_text("Opened walk.session.zip").wait_for()
    assert lab.ask_json(told) == saved
    assert lab.ask_json("bench.model is not None")
    again = StagePage(lab, "bench.labeler.stage")
    assert lab.ask_json("bench.labeler.stage.viewport.scale / bench.labeler.stage.ink.pixel_ratio") == 2
    assert differs(again.color(*again.of_pixel(150, 50)), GREY)
    assert predicted(lab, 145, 200) == corrected

    # the map page follows, and tells why a pixel has its class
    turn_to(lab, "map", "Inspect")
    lab.wait_for("bench.overlay.busy or bench.trainer.maps.uncertainty is None", False, seconds=60)
    shown = StagePage(lab, "bench.overlay.stage", 1)
    shown.click(*shown.of_pixel(100, 100))
    lab.wait_for("list(bench.overlay.position or [])", [100, 100])
    lab.wait_for(
        "bench.overlay.explanation is not None or bench.overlay.messages.error is not None", seconds=60
    )
    assert lab.ask_json("str(bench.overlay.messages.error)") == "None"
    lab.page.locator(".cw-why:visible").get_by_text("Clast").first.wait_for()
    no_errors(lab)

    # and painting goes on
    turn_to(lab, "label", "Label")
    goes_on = StagePage(lab, "bench.labeler.stage")
    choose_class(lab, "Matrix")
    paint(lab, goes_on, (185, 30), (185, 60))
    lab.page.locator(".cw-session-status").get_by_text("Changed since it was saved").wait_for()
    no_errors(lab)


def test_a_session_that_is_not_there_is_an_error_in_the_widget(lab: Lab) -> None:
    name = lab.page.locator(".cw-file-line input")
    name.fill("nowhere.session.zip")
    name.press("Enter")
    lab.wait_for("bench._path.value", "nowhere.session.zip")
    lab.page.locator(".cw-file-line button", has_text="Open").click()
    message = lab.page.locator(".cw-workbench > .cw-message")
    message.get_by_text("check the name, or save one there first").first.wait_for()
    message.get_by_role("button").click()
    message.wait_for(state="hidden")
