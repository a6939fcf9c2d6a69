"""One JupyterLab and one Chromium for all browser tests; a page and a notebook for each module."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from .jupyterlab import CHROMIUM, CHROMIUM_OPTIONS, Lab, jupyterlab_server, write_notebook


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Return the browser. Without one the tests are skipped, but on a CI machine they fail."""
    if not Path(CHROMIUM).exists():
        reason = f"There is no Chromium at {CHROMIUM}; install it, or let the variable CHROMIUM name one."
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def notebooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that JupyterLab serves."""
    return tmp_path_factory.mktemp("notebooks")


@pytest.fixture(scope="session")
def server(
    chromium: Browser, notebooks: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """Return address and token of JupyterLab; without a browser it is not started."""
    with jupyterlab_server(notebooks, tmp_path_factory.mktemp("jupyterlab")) as found:
        yield found


@pytest.fixture(scope="module")
def open_lab(chromium: Browser, notebooks: Path, server: tuple[str, str]) -> Iterator[Callable[..., Lab]]:
    """Return a function that writes a notebook of some cells, opens it on a page of its own and runs it."""
    pages = []

    def open_notebook(
        name: str, *cells: str, theme: str = "light", width: int = 1400, height: int = 1000
    ) -> Lab:
        write_notebook(notebooks / f"{name}.ipynb", *cells)
        page = chromium.new_page(viewport={"width": width, "height": height})
        pages.append(page)
        lab = Lab(page, *server)
        lab.open(f"{name}.ipynb", theme=theme)
        lab.run_all()
        return lab

    yield open_notebook
    for page in pages:
        page.close()
