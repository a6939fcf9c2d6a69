"""What the page keeps of photographs that were open: nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, CDPSession

from .jupyterlab import CHROMIUM, CHROMIUM_OPTIONS, Lab, write_notebook
from .workbench_page import WorkbenchPage, photograph_cell

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OPEN = """
import corewidgets as cw
bench = cw.Workbench("kept-pages", ["Matrix", "Clast"])
bench
"""
DRAWN = """() => {
  const canvas = document.querySelector(".cw-body > canvas");
  return canvas && canvas.getContext("2d").getImageData(2, 2, 1, 1).data[3] === 255;
}"""
ALLOWED = 400  # nodes: the tools of one photograph have 1,200, those of the ten that are opened 12,000
ALLOWED_HEAP = 2.0  # MiB: the channels and scripts of the ten, which were kept once, take 3.8


def photographs() -> str:
    """Return a cell that makes a folder of three photographs."""
    names = [f"kept-pages/R{number}.png" for number in (1, 2, 3)]
    return "\n".join(['from pathlib import Path; Path("kept-pages").mkdir()', *map(photograph_cell, names)])


def n_nodes(session: CDPSession) -> int:
    """Return how many nodes of documents the page holds, on it or not, once garbage is collected."""
    for _ in range(2):  # what the first one frees may have held more
        session.send("HeapProfiler.collectGarbage")
    return int(session.send("Memory.getDOMCounters")["nodes"])


def heap(session: CDPSession) -> float:
    """Return how much JavaScript holds, in MiB; call it after `n_nodes`."""
    return float(session.send("Runtime.getHeapUsage")["usedSize"]) / 2**20


def open_next(lab: Lab) -> None:
    """Open the photograph below, or the first one after the last, and wait for its picture.

    No handle of an element is taken: it would keep the element.
    """
    lab.page.evaluate("() => { document.querySelector('.cw-ink-root').dataset.old = 'yes' }")
    told = lab.ask("names = list(bench.project); here = names.index(bench.section.name)")
    told += lab.ask("bench.open_photograph(names[(here + 1) % len(names)])")
    assert not told
    lab.page.locator(".cw-ink-root[data-old]").wait_for(state="detached")
    lab.page.wait_for_function(DRAWN)


@pytest.fixture
def lab(chromium: Browser, notebooks: Path, server: tuple[str, str]) -> Iterator[Lab]:
    """Return a page in a browser of its own: pages of other tests may share its process, and its counts."""
    own = chromium.browser_type.launch(executable_path=CHROMIUM, headless=True, args=CHROMIUM_OPTIONS)
    write_notebook(notebooks / "kept-pages.ipynb", photographs(), OPEN)
    opened = Lab(own.new_page(viewport={"width": 1500, "height": 1000}), *server)
    opened.open("kept-pages.ipynb")
    opened.run_all()
    yield opened
    opened.close()
    own.close()


def test_a_page_keeps_nothing_of_the_photographs_that_were_open(lab: Lab) -> None:
    session = lab.page.context.new_cdp_session(lab.page)
    for _ in range(3):  # each photograph once: the strip and JupyterLab have what they keep
        open_next(lab)
    before, heap_before = n_nodes(session), heap(session)
    for _ in range(10):
        open_next(lab)
    deadline = time.monotonic() + 30
    while (grown := n_nodes(session) - before) > ALLOWED and time.monotonic() < deadline:
        lab.page.wait_for_timeout(200)
    assert grown <= ALLOWED
    assert heap(session) - heap_before <= ALLOWED_HEAP
    WorkbenchPage(lab).check_errors()
