"""One JupyterLab and one Chromium for all browser tests; a page and a notebook for each module."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from .jupyterlab import CHROMIUM, CHROMIUM_OPTIONS, Lab, jupyterlab_server, kernel_stacks, write_notebook


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
def private(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the server's own files."""
    return tmp_path_factory.mktemp("jupyterlab")


@pytest.fixture(scope="session")
def server(chromium: Browser, notebooks: Path, private: Path) -> Iterator[tuple[str, str]]:
    """Return address and token of JupyterLab; without a browser it is not started."""
    no_data = {"COREWIDGETS_DATA": str(private / "no-data")}  # not there, so nothing is fetched either
    with jupyterlab_server(notebooks, private, no_data) as found:
        yield found


@pytest.fixture(scope="module")
def open_lab(chromium: Browser, notebooks: Path, server: tuple[str, str]) -> Iterator[Callable[..., Lab]]:
    """Return a function that opens a notebook on a page of its own and runs it.

    Where cells are given, it is written first, in a folder of its own, in which its kernel works; `ratio` is
    that of the screen's pixels to the page's. Pages and kernels end with the module.
    """
    opened: list[Lab] = []

    def open_notebook(
        name: str,
        *cells: str,
        theme: str = "light",
        width: int = 1400,
        height: int = 1000,
        ratio: float = 1.0,
    ) -> Lab:
        if cells:
            (notebooks / name).mkdir()
            write_notebook(notebooks / name / f"{name}.ipynb", *cells)
        size = {"width": width, "height": height}
        lab = Lab(chromium.new_page(viewport=size, device_scale_factor=ratio), *server)
        opened.append(lab)
        lab.open(f"{name}/{name}.ipynb" if cells else f"{name}.ipynb", theme=theme)
        lab.run_all()
        return lab

    yield open_notebook
    for lab in opened:
        lab.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Add to a failure where the kernels stand and what JupyterLab wrote last."""
    report = yield
    if report.failed and "private" in getattr(item, "fixturenames", ()):
        folder = item.funcargs["private"]
        report.sections.append(("Threads of the kernels", kernel_stacks(folder)))
        log = folder / "server.log"
        report.sections.append(("JupyterLab", log.read_text()[-800:] if log.exists() else "not started"))
    return report
