"""Kernel, page and server are killed while a hand draws: what was drawn is there, and the project opens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image
from playwright.sync_api import Browser

import corewidgets as cw

from .jupyterlab import Lab, jupyterlab_server, write_notebook
from .workbench_page import WorkbenchPage

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OPEN = """
import corewidgets as cw
bench = cw.Workbench("hole.corewidgets")
bench
"""


class Place:
    """A folder of notebooks with a project, and servers on it that may be killed."""

    def __init__(self, folder: Path, chromium: Browser) -> None:
        self.folder, self._chromium, self._n_servers = folder, chromium, 0
        self.notebooks = folder / "notebooks"
        scans = self.notebooks / "scans"
        scans.mkdir(parents=True)
        for number in (1, 2):
            Image.fromarray(np.full((400, 160, 3), 60 * number, np.uint8)).save(scans / f"R{number}.png")
        legend = cw.Legend(["Matrix", "Clast"])
        self.project = cw.Project.create(self.notebooks / "hole.corewidgets", scans, legend=legend).folder
        write_notebook(self.notebooks / "hole.ipynb", OPEN)
        self._open = ExitStack()

    def serve(self) -> None:
        """Start a server."""
        self._n_servers += 1
        private = self.folder / f"private-{self._n_servers}"
        private.mkdir()
        self.address = self._open.enter_context(jupyterlab_server(self.notebooks, private))

    @property
    def server(self) -> psutil.Process:
        """The process of the server that runs."""
        port = self.address[0].rpartition(":")[2]
        started = psutil.Process().children()
        return next(each for each in started if any(f"port={port}" in word for word in each.cmdline()))

    def open(self) -> tuple[Lab, WorkbenchPage]:
        """Open the notebook on a new page, and run it."""
        page = self._chromium.new_page(viewport={"width": 1400, "height": 1000})
        lab = Lab(page, *self.address)
        lab.open("hole.ipynb")
        lab.run_all()
        return lab, WorkbenchPage(lab)

    def drawn(self, name: str) -> np.ndarray:
        """Return the labels of a photograph as the disk has them."""
        found = cw.Project(self.project).labels(name)
        return np.zeros((400, 160), np.uint8) if found is None else found

    def close(self) -> None:
        """End what runs."""
        self._open.close()


@pytest.fixture
def place(tmp_path: Path, chromium: Browser) -> Iterator[Place]:
    made = Place(tmp_path, chromium)
    yield made
    made.close()


def labels_in(lab: Lab) -> np.ndarray:
    """Return the labels that the kernel has of the photograph that is open."""
    lab.ask("import numpy as np; np.save('seen.npy', bench.labels)")
    folder = Path(lab.ask("import os; print(os.getcwd())"))
    return np.load(folder / "seen.npy")


def begin_stroke(bench: WorkbenchPage, row: int) -> None:
    """Press and move, and do not let go."""
    stage, mouse = bench.stage(), bench.page.mouse
    ends = [stage.on_page(*stage.of_pixel(row, column)) for column in (30, 120)]
    mouse.move(*ends[0])
    mouse.down()
    mouse.move(*ends[1], steps=5)


def kernel_of(lab: Lab) -> psutil.Process:
    return psutil.Process(int(lab.ask("import os; print(os.getpid())")))


def kill(process: psutil.Process) -> None:
    process.kill()
    with suppress(psutil.TimeoutExpired):
        process.wait(20)


def test_what_was_drawn_is_there_after_kernel_page_and_server_were_killed(place: Place) -> None:
    place.serve()
    lab, bench = place.open()
    assert lab.ask_json("bench.section.name") == "R1"
    bench.choose_class("Clast")
    bench.paint(bench.stage(), (60, 30), (60, 120))
    drawn = labels_in(lab)

    # the kernel, in the middle of a stroke
    begin_stroke(bench, 120)
    kill(kernel_of(lab))
    assert np.array_equal(place.drawn("R1"), drawn)
    lab.page.mouse.up()
    lab.page.close()

    # the page, in the middle of a stroke: its kernel goes on, and a new page shows the same
    lab, bench = place.open()
    assert np.array_equal(labels_in(lab), drawn)
    bench.choose_class("Matrix")
    bench.paint(bench.stage(), (180, 30), (180, 120))
    drawn = labels_in(lab)
    begin_stroke(bench, 240)
    kernel = kernel_of(lab)
    lab.page.close()
    assert np.array_equal(place.drawn("R1"), drawn)
    kill(kernel)

    # the server, with all its kernels, on the second photograph
    lab, bench = place.open()
    assert np.array_equal(labels_in(lab), drawn)
    bench.open_photograph("R2")
    bench.choose_class("Clast")
    bench.paint(bench.stage(), (300, 30), (300, 120))
    second = labels_in(lab)
    begin_stroke(bench, 340)
    kernel = kernel_of(lab)
    kill(place.server)
    kill(kernel)
    lab.page.close()
    assert np.array_equal(place.drawn("R1"), drawn)
    assert np.array_equal(place.drawn("R2"), second)

    # another server on the same folder: the photograph that was open is open, with its labels
    place.serve()
    lab, bench = place.open()
    assert lab.ask_json("bench.section.name") == "R2"
    assert np.array_equal(labels_in(lab), second)
    assert lab.ask_json("bench.project.others") == ""
    bench.check_errors()
    lab.close()
    assert cw.Project(place.project).labelled == ["R1", "R2"]
