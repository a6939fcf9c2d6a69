"""Look into the network with a real mouse: what is on the screen, and what the kernel knows of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .jupyterlab import Lab, StagePage

pytestmark = [pytest.mark.browser, pytest.mark.slow]

EXPLORER = """
import corewidgets as cw
sample = cw.sample_core(480, 160)
explorer = cw.FeatureExplorer(sample.section, sample.labels, legend=sample.legend)
explorer
"""
DONE = "explorer.wait(0.1)"
VIOLET, YELLOW = (68, 1, 84), (253, 231, 37)


@pytest.fixture(scope="module")
def lab(open_lab: Callable[..., Lab]) -> Lab:
    return open_lab("explore", EXPLORER)


@pytest.fixture
def map_stage(lab: Lab) -> StagePage:
    lab.ask('explorer.order, explorer.layer, explorer.feature = "number", "pool1", "pool1/0"')
    lab.ask("explorer.map_stage.viewport = explorer.map_stage.viewport.opening()")
    lab.wait_for(DONE)
    yield StagePage(lab, "explorer.map_stage", 1)
    assert lab.ask_json("explorer.messages.error and str(explorer.messages.error)") is None
    assert lab.script_errors == []


def thumbnail(lab: Lab, name: str):
    return lab.page.locator(f".cw-sheet [data-pick='{name}']")


def test_a_thumbnail_that_is_clicked_is_shown_large(lab, map_stage):
    assert thumbnail(lab, "pool1/31").locator("img").evaluate("picture => picture.naturalWidth") == 64
    thumbnail(lab, "pool1/28").click()
    lab.wait_for("explorer.feature", "pool1/28")
    lab.wait_for(DONE)
    lab.page.get_by_text("Map pool1/28").wait_for()
    lab.page.wait_for_function(
        "() => document.querySelector('.cw-sheet .cw-picked').dataset.pick === 'pool1/28'"
    )
    codes = "explorer.map_stage._sources['overlay'][0]"
    row, column = lab.ask_json(f"[int(v[0]) for v in ({codes} == 255).nonzero()]")
    lab.ask(f"explorer.map_stage.show({row}, {column}, scale=16)")
    map_stage.wait_drawn()
    map_stage.wait_color(*map_stage.of_pixel(row, column), YELLOW)
    row, column = lab.ask_json(f"[int(v[0]) for v in ({codes} == 0).nonzero()]")
    lab.ask(f"explorer.map_stage.show({row}, {column}, scale=16)")
    map_stage.wait_drawn()
    map_stage.wait_color(*map_stage.of_pixel(row, column), VIOLET)


def test_a_pixel_that_is_clicked_shows_its_hypercolumn(lab, map_stage):
    map_stage.click(*map_stage.of_pixel(200, 60))
    lab.wait_for("list(explorer.pixel or ())", [200, 60])
    heading = lab.page.locator(".cw-profile h4")
    heading.get_by_text("Hypercolumn of row 200, column 60").wait_for()
    bars = lab.page.locator(".cw-profile [data-pick]")
    lab.page.wait_for_function("() => document.querySelectorAll('.cw-profile [data-pick]').length === 192")
    bars.nth(64 + 17).click()
    lab.wait_for("explorer.feature", "pool2/17")


def test_both_pictures_are_moved_together(lab, map_stage):
    map_stage.ink.element_handle().wait_for_element_state("stable")
    map_stage.click(*map_stage.of_pixel(210, 64))  # the focus is on the map from now on: the wheel zooms
    lab.wait_for("list(explorer.pixel or ())", [210, 64])
    map_stage.wait_drawn()
    map_stage.page.mouse.move(*map_stage.on_page(*map_stage.of_pixel(210, 64)))  # the page may have moved
    for _ in range(4):
        map_stage.page.mouse.wheel(0, -240)
    lab.wait_for("explorer.map_stage.viewport.scale > 3")
    map_stage.wait_drawn()
    lab.wait_for("explorer.stage.viewport.scale == explorer.map_stage.viewport.scale")
    photograph = StagePage(lab, "explorer.stage", 0)
    there = photograph.of_pixel(210, 64)
    expected = lab.ask_json("sample.section.image[210, 64].tolist()")
    photograph.wait_color(*there, expected, tolerance=25)


def test_maps_that_tell_two_classes_apart(lab, map_stage):
    lab.page.get_by_role("button", name="Tell two apart").click()
    lab.wait_for("explorer.order", "separation")
    lists = lab.page.locator(".cw-explorer select:visible")
    lists.nth(0).select_option("Matrix")
    lists.nth(1).select_option("Void")
    lab.wait_for("list(explorer.classes)", ["Matrix", "Void"])
    lab.wait_for(DONE)
    best = lab.ask_json("explorer.separating_maps('Matrix', 'Void')[0].feature")
    lab.page.wait_for_function(
        "(best) => document.querySelector('.cw-sheet [data-pick]').dataset.pick === best", arg=best
    )
    lab.wait_for("explorer.feature", best)


def test_another_layer_by_its_name(lab, map_stage):
    lab.page.locator(".cw-explorer select:visible").first.select_option(label="conv1_2: 64 maps, see 5 px")
    lab.wait_for("explorer.feature", "conv1_2/0")
    thumbnail(lab, "conv1_2/0").wait_for()
    name = lab.page.locator(".cw-explorer input[type=text]")
    name.fill("conv1_2/99")
    name.press("Enter")
    lab.page.get_by_text("There is no map 'conv1_2/99': conv1_2 has 64").first.wait_for()
    lab.page.locator(".cw-message:visible button").click()
    lab.ask("explorer.messages.error = None")


def test_after_a_reload_everything_is_there_again(lab, map_stage):
    lab.reload()
    again = StagePage(lab, "explorer.map_stage", 1)
    thumbnail(lab, "pool1/5").click()
    lab.wait_for("explorer.feature", "pool1/5")
    again.wait_drawn()
