"""The workbench of a class as Voila serves it: no code on the page, strokes reach the disk."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

import corewidgets as cw

from .jupyterlab import free_port, wait_for_answer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "deploy" / "voila.ipynb"
VOILA = ROOT / ".venv-voila"
"""The environment that `make test-slow` creates for Voila; it sees the packages of this one."""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The address of a server of Voila, which keeps what students do below `kept`."""
    if not VOILA.exists():
        assert "CI" not in os.environ, f"There is no {VOILA}; make test-slow creates it."
        pytest.skip("make test-slow creates .venv-voila")
    (tmp_path / "kept").mkdir()
    (tmp_path / "served").mkdir()
    shutil.copy(NOTEBOOK, tmp_path / "served")
    port, log_path = free_port(), tmp_path / "server.log"
    command = [VOILA / "bin" / "python", "-m", "voila", "voila.ipynb", "--no-browser", f"--port={port}"]
    private = {
        "CLASS_FOLDER": str(tmp_path / "kept"),
        "IPYTHONDIR": str(tmp_path / "ipython"),
        # its templates before those of nbconvert, and then the scripts of the widgets
        "JUPYTER_PATH": os.pathsep.join(f"{prefix}/share/jupyter" for prefix in (VOILA, sys.prefix)),
    }
    with log_path.open("w") as log:
        process = subprocess.Popen(
            command,
            env={**os.environ, **private},
            cwd=tmp_path / "served",
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_for_answer(f"http://127.0.0.1:{port}/voila/templates/lab/static/voila.js", process, log_path)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(30)


def until(found: Callable[[], bool], page: Page, seconds: float = 60) -> None:
    """Wait for what a server does, while the page goes on."""
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline
        page.wait_for_timeout(200)


def open_page(chromium: Browser, address: str) -> Page:
    """Open a page, and wait until the core is drawn."""
    page = chromium.new_page(viewport={"width": 1400, "height": 1000})
    page.goto(address, timeout=120_000)
    page.locator(".cw-labeler .cw-ink-root").wait_for(timeout=120_000)
    page.locator(".cw-footer", has_text="%").first.wait_for()
    return page


def stroke(page: Page, height: float) -> None:
    """Draw a stroke across the core with the brush."""
    page.keyboard.press("b")
    box = page.locator(".cw-labeler .cw-ink-root").bounding_box()
    assert box is not None
    y = box["y"] + height * box["height"]
    page.mouse.move(box["x"] + 0.4 * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], y, steps=8)
    page.mouse.up()


def test_two_students_label_a_copy_each_and_see_no_code(
    chromium: Browser, address: str, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"

    def labelled() -> list[int]:
        return sorted(int((cw.read_labels(file)[0] > 0).sum()) for file in kept.glob("visit-*/*labels*.png"))

    first, second = open_page(chromium, address), open_page(chromium, address)
    assert first.locator("text=tempfile").count() == 0
    for page in (first, second):
        assert page.get_by_text("Error displaying widget").count() == 0
        page.locator(".cw-labeler .cw-ink-root").click(button="middle")
    stroke(first, 0.3)
    until(lambda: len(labelled()) == 1, first)
    stroke(second, 0.3)
    stroke(second, 0.6)
    until(lambda: len(labelled()) == 2, second)
    until(lambda: labelled()[1] > labelled()[0] > 0, second)
    if folder := os.environ.get("SHOTS"):
        first.screenshot(path=f"{folder}/voila.png")
    first.close()
    second.close()
