"""The whole walk with a real mouse: label from nothing, train, correct, save, restart, go on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .jupyterlab import Lab, StagePage
from .workbench_page import CLASTS, WorkbenchPage, photograph_cell

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHOTOGRAPH = photograph_cell("walk.png", {**CLASTS, "60:160, 140:220": (200, 200, 195)})

WORKBENCH = """
import numpy as np
import corewidgets as cw
from corewidgets.widgets.trainer import Settings
section = cw.read_section("walk.png", top=698.41, base=698.5)
settings = Settings(cw.PRESETS["recommended"].patched(classifier="extra_trees", n_trees=20), n_splits=2)
bench = cw.Workbench(section, classes=["Matrix", "Clast", "Void"], settings=settings)
bench
"""
GREY = (90, 90, 90)


@pytest.fixture(scope="module")
def lab(open_lab: Callable[..., Lab]) -> Lab:
    return open_lab("walk", PHOTOGRAPH, WORKBENCH, width=1500, height=1100)


def differs(one: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) > 15


def test_label_train_correct_save_restart_and_go_on(lab: Lab) -> None:
    bench = WorkbenchPage(lab)
    stage = bench.stage()

    # train before anything is painted: an error that says what to do
    bench.press("Train")
    lab.page.locator(".cw-message:visible").get_by_text("Paint at least two classes.").first.wait_for()
    lab.page.locator(".cw-message:visible button").first.click()
    lab.page.locator(".cw-message:visible").wait_for(state="hidden")
    lab.ask("bench.trainer.messages.error = None")

    # three classes, from nothing
    bench.choose_class("Matrix")
    bench.paint(stage, (20, 20), (20, 200))
    bench.paint(stage, (180, 30), (180, 210))
    bench.choose_class("Clast")
    bench.paint(stage, (80, 60), (120, 100))
    bench.choose_class("Void")
    bench.paint(stage, (220, 140), (260, 200))

    # train: the map is laid over the photograph, and the score comes
    unlabelled = stage.of_pixel(145, 50)
    before = stage.color(*unlabelled)
    bench.press("Train")
    lab.wait_for("bench.trainer.busy", False, seconds=90)
    assert bench.predicted(145, 50) == "Clast"
    assert bench.predicted(290, 130) == "Void"
    assert bench.predicted(340, 40) == "Matrix"
    stage.wait_drawn()
    assert differs(stage.color(*unlabelled), before)

    # the score is on its page
    bench.turn_to("train", "Settings and scores")
    lab.page.locator(".cw-card:visible").first.wait_for()
    bench.turn_to("label", "Label")

    # where it is wrong, paint again: the light clast is not the class of its neighbor
    bench.press("Live")
    lab.wait_for("bench.trainer.live")
    bench.choose_class("Void" if bench.predicted(145, 200) == "Clast" else "Clast")
    corrected = lab.ask_json("bench.labeler.selected_class")
    bench.paint(stage, (80, 150), (120, 200))
    lab.wait_for("bench.legend.name(int(bench.segmentation[145, 200]))", corrected, seconds=60)
    bench.press("Live")
    lab.wait_for("bench.trainer.live or bench.trainer.busy", False, seconds=60)

    # keep it
    lab.ask("bench.labeler.stage.show(200, 120, scale=2)")
    bench.press("Save")
    lab.page.locator(".cw-session-status").get_by_text("Saved ").wait_for()
    lab.page.locator(".cw-status").get_by_text("Saved ").wait_for()
    told = "[np.argwhere(bench.labels).sum(0).tolist(), np.bincount(bench.segmentation.ravel()).tolist()]"
    saved = lab.ask_json(told)
    bench.check_errors()

    # a new kernel: everything is there again
    lab.restart_kernel()
    lab.run_all()
    lab.page.locator(".cw-session-status").get_by_text("Opened walk.session.zip").wait_for()
    assert lab.ask_json(told) == saved
    assert lab.ask_json("bench.model is not None")
    again = bench.stage()
    assert lab.ask_json("bench.labeler.stage.viewport.scale / bench.labeler.stage.ink.pixel_ratio") == 2
    assert differs(again.color(*again.of_pixel(150, 50)), GREY)
    assert bench.predicted(145, 200) == corrected

    # the map page follows, and tells why a pixel has its class
    bench.turn_to("map", "Inspect")
    lab.wait_for("bench.overlay.busy or bench.trainer.maps.uncertainty is None", False, seconds=60)
    shown = StagePage(lab, "bench.overlay.stage", 1)
    shown.click(*shown.of_pixel(100, 100))
    lab.wait_for("list(bench.overlay.position or [])", [100, 100])
    lab.wait_for(
        "bench.overlay.explanation is not None or bench.overlay.messages.error is not None", seconds=60
    )
    assert lab.ask_json("str(bench.overlay.messages.error)") == "None"
    lab.page.locator(".cw-why:visible").get_by_text("Clast").first.wait_for()
    bench.check_errors()

    # and painting goes on
    bench.turn_to("label", "Label")
    goes_on = bench.stage()
    bench.choose_class("Matrix")
    bench.paint(goes_on, (185, 30), (185, 60))
    lab.page.locator(".cw-session-status").get_by_text("Changed since it was saved").wait_for()
    bench.check_errors()


def test_a_session_that_is_not_there_is_an_error_in_the_widget(lab: Lab) -> None:
    name = lab.page.locator(".cw-file-line input")
    name.fill("nowhere.session.zip")
    name.press("Enter")
    lab.wait_for("bench._line.path.value", "nowhere.session.zip")
    lab.page.locator(".cw-file-line button", has_text="Open").click()
    message = lab.page.locator(".cw-workbench > .cw-message")
    message.get_by_text("check the name, or save one there first").first.wait_for()
    message.get_by_role("button").click()
    message.wait_for(state="hidden")
