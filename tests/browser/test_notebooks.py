"""Notebooks with all tools as a reader opens them: every cell runs, and pictures and widgets are there."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from .jupyterlab import Lab, StagePage

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STAGES = {
    "2": ["labeler.stage", "overlay.stage"],
    "4": ["explorer.stage", "explorer.map_stage", "figure.stage"],
    "7": [],
}
"""What shows the core, by the number of the notebook, from the top of the page."""
FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = [path for number in STAGES for path in FOLDER.glob(f"{number}-*.ipynb")]
TOOL = re.compile(r"cw\.(Workbench|Labeler|Trainer|Overlay|FeatureExplorer|NetworkFigure|LaneEditor)\(")


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def opened(request: pytest.FixtureRequest, notebooks: Path, open_lab: Callable[..., Lab]) -> tuple[Path, Lab]:
    """Return a notebook, opened and run to its end; an error in a cell has failed already."""
    path = request.param
    shutil.copy(path, notebooks)
    return path, open_lab(path.stem)


def test_each_tool_of_a_notebook_is_in_one_of_these() -> None:
    found = {path: set(TOOL.findall(path.read_text(encoding="utf-8"))) for path in FOLDER.glob("*.ipynb")}
    assert set().union(*found.values()) == set().union(*(found[path] for path in NOTEBOOKS))


def test_all_that_it_shows_is_on_the_page(opened: tuple[Path, Lab]) -> None:
    _, lab = opened
    outputs = lab.outputs()
    widgets = [output for output in outputs if "application/vnd.jupyter.widget-view+json" in output]
    assert lab.page.locator(".jp-OutputArea-output > .jupyter-widgets").count() == len(widgets)
    assert lab.page.get_by_text("Error displaying widget").count() == 0
    pictures = lab.page.locator(".jp-OutputArea-output img[src^='data:image/png']")
    assert pictures.count() >= sum("image/png" in output for output in outputs if output not in widgets)
    assert pictures.evaluate_all("all => all.every(one => one.complete && one.naturalWidth > 0)")
    assert lab.script_errors == []


def test_the_core_is_drawn_and_can_be_drawn_on(opened: tuple[Path, Lab]) -> None:
    path, lab = opened
    names = STAGES[path.stem.partition("-")[0]]
    assert lab.page.locator(".cw-body > canvas").count() >= len(names)
    for number, name in reversed(list(enumerate(names))):
        stage = StagePage(lab, name, number)
        if name == "labeler.stage":
            lab.ask("labeler.labels = labeler.labels * 0; labeler.stage.show(60, 100, scale=4)")
            stage.wait_drawn()
            stage.drag(stage.of_pixel(60, 90), stage.of_pixel(60, 110))
            lab.wait_for("int(labeler.labels[60, 100]) == labeler.code")
