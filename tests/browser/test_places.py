"""Places where notebooks run: Notebook 7, JupyterLab far away under a prefix, two pages at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from .jupyterlab import Lab, StagePage, jupyterlab_server, write_notebook
from .slow_proxy import slow_proxy

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LABELER = """
import numpy as np
from PIL import Image
import corewidgets as cw
Image.fromarray(np.full((300, 200, 3), 110, np.uint8)).save("place.png")
labeler = cw.Labeler("place.png", legend=cw.Legend(["Matrix", "Clast"], ["#00FF00", "#FF0000"]))
labeler.stage.labels_opacity = 1.0
labeler
"""
GREEN = (0, 255, 0)


class Notebook(Lab):
    """A page of Notebook 7."""

    route = "notebooks"

    @property
    def script_errors(self) -> list[str]:
        """What scripts raised, without what Notebook 7 raises itself: it looks for settings of JupyterLab."""
        return [line for line in super().script_errors if "reading 'schema'" not in line]


def paint(lab: Lab, row: int, number: int = 0) -> None:
    """Paint a stroke, and see it come back from the kernel."""
    stage = StagePage(lab, "labeler.stage", number)
    places = [stage.of_pixel(row, 40), stage.of_pixel(row, 160)]
    stage.drag(*places)
    lab.wait_for(f"int(labeler.labels[{row}, 100])", 1)
    stage.wait_color(*stage.of_pixel(row, 100), GREEN)
    assert lab.script_errors == []


def opened(lab: Lab, folder: Path) -> Lab:
    """Write a notebook with a labeler, open and run it."""
    write_notebook(folder / "place.ipynb", LABELER)
    lab.page.set_default_timeout(60_000)
    lab.open("place.ipynb")
    lab.run_all()
    return lab


def test_notebook_7(chromium: Browser, tmp_path: Path) -> None:
    pytest.importorskip("notebook")
    (tmp_path / "notebooks").mkdir()
    server = jupyterlab_server(tmp_path / "notebooks", tmp_path / "private", application="notebook")
    with server as (address, token):
        lab = opened(Notebook(chromium.new_page(), address, token), tmp_path / "notebooks")
        paint(lab, 100)
        lab.close()


def test_jupyterlab_under_a_prefix_and_far_away(chromium: Browser, tmp_path: Path) -> None:
    (tmp_path / "notebooks").mkdir()
    server = jupyterlab_server(tmp_path / "notebooks", tmp_path / "private", prefix="/user/geologist")
    with server as (address, token), slow_proxy(urlsplit(address).port, 0.15) as port:
        far = f"http://127.0.0.1:{port}/user/geologist"
        lab = opened(Lab(chromium.new_page(), far, token), tmp_path / "notebooks")
        paint(lab, 100)
        # the ink does not wait for the way there and back
        stage = StagePage(lab, "labeler.stage")
        start, end = stage.of_pixel(200, 40), stage.of_pixel(200, 160)
        lab.page.mouse.move(*stage.on_page(*start))
        lab.page.mouse.down()
        lab.page.mouse.move(*stage.on_page(*end), steps=4)
        lab.page.wait_for_timeout(50)
        middle = [(a + b) / 2 for a, b in zip(start, end, strict=True)]
        assert stage.ink_color(*middle)[1] == 255
        lab.page.mouse.up()
        lab.wait_for("int(labeler.labels[200, 100])", 1)
        lab.close()


def test_two_pages_show_the_same_tool(
    chromium: Browser, open_lab: Callable[..., Lab], server: tuple[str, str]
) -> None:
    first = open_lab("two-pages", LABELER.replace("place", "two-pages"))
    paint(first, 60)
    first.page.evaluate("async () => { await window.jupyterapp.shell.currentWidget.context.save() }")
    second = Lab(chromium.new_page(viewport={"width": 1100, "height": 900}), *server)
    second.open("two-pages/two-pages.ipynb")
    there = StagePage(second, "labeler.stage")
    there.wait_color(*there.of_pixel(60, 100), GREEN)
    paint(second, 120)
    paint(first, 180)
    here = StagePage(first, "labeler.stage")
    here.wait_color(*here.of_pixel(120, 100), GREEN)
    there.wait_color(*there.of_pixel(180, 100), GREEN)
    assert first.ask_json("int((labeler.labels[[60, 120, 180], 100] == 1).sum())") == 3
    second.page.close()
    first.close()
