"""A cell that runs in a notebook on a page of a JupyterLab of its own, to take pictures of."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.jupyterlab import CHROMIUM, CHROMIUM_OPTIONS, Lab, jupyterlab_server, write_notebook

__all__ = ["notebook_page"]

_ROOT = str(Path(__file__).parents[1])


@contextlib.contextmanager
def notebook_page(cell: str, prepare: Callable[[Path], object] = lambda folder: None) -> Iterator[Lab]:
    """Yield the page of a notebook that has run a cell.

    Parameters
    ----------
    cell : str
        It can import the package.
    prepare : callable
        Called with the folder in which the notebook will run.
    """
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        books, private = Path(folder, "books"), Path(folder, "private")
        books.mkdir()
        private.mkdir()
        prepare(books)
        write_notebook(books / "page.ipynb", f"import sys; sys.path.insert(0, {_ROOT!r})\n{cell}")
        with jupyterlab_server(books, private) as (address, token):
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM, headless=True, args=CHROMIUM_OPTIONS
            )
            lab = Lab(browser.new_page(viewport={"width": 1500, "height": 1000}), address, token)
            lab.open("page.ipynb")
            lab.run_all()
            yield lab
            lab.close()
            browser.close()
