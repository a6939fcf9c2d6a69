"""Tools end with all their parts, and what a cell made earlier ends when it is run again."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import ipywidgets as ipw
import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances
from PIL import Image

from corewidgets.cores.section import CoreSection, read_section
from corewidgets.labels.files import read_labels
from corewidgets.widgets import tool as tools
from corewidgets.widgets.labeler import Labeler
from corewidgets.widgets.stage.gestures import Stroke
from corewidgets.widgets.tool import Tool, family
from corewidgets.widgets.workbench import Workbench

ROCK = np.full((60, 40, 3), 120, np.uint8)


@pytest.fixture
def section(tmp_path) -> CoreSection:
    Image.fromarray(ROCK).save(tmp_path / "core.png")
    return read_section(tmp_path / "core.png")


class Events:
    """What IPython calls after each cell."""

    def __init__(self) -> None:
        self.callbacks: dict[str, list[Callable[[Any], None]]] = {"post_run_cell": []}

    def register(self, name: str, callback: Callable[[Any], None]) -> None:
        self.callbacks[name].append(callback)


class Notebook:
    """A kernel whose cells are run: `run(cell, function)` runs one, with the names that it has."""

    def __init__(self) -> None:
        self.user_ns: dict[str, Any] = {}
        self.parent: dict[str, Any] = {}
        self.numbers = itertools.count()
        self.shell = SimpleNamespace(
            kernel=object(), events=Events(), user_ns=self.user_ns, get_parent=lambda: self.parent
        )

    def run(self, cell: str, code: Callable[[dict[str, Any]], None]) -> None:
        header = {"msg_type": "execute_request", "msg_id": str(next(self.numbers))}
        self.parent = {"metadata": {"cellId": cell}, "header": header}
        code(self.user_ns)
        for callback in self.shell.events.callbacks["post_run_cell"]:
            callback(None)
        self.parent = {"metadata": {}, "header": {"msg_type": "comm_msg", "msg_id": "page"}}


@pytest.fixture
def notebook(monkeypatch) -> Notebook:
    made = Notebook()
    monkeypatch.setattr(tools, "_shell", lambda: made.shell)
    monkeypatch.setattr(tools, "_MADE", [])
    monkeypatch.setattr(tools, "_RELEASER", [])
    monkeypatch.setattr(tools, "_RELEASER", [])
    return made


def new_widgets(before: set[str]) -> list[ipw.Widget]:
    found = [widget for name, widget in _instances.items() if name not in before]
    kept = {"_CanvasManager", "Script"}  # one for the kernel, whichever tool came first
    return [widget for widget in found if type(widget).__name__ not in kept]


@pytest.mark.parametrize("pages", [["label"], ["label", "train", "map", "features"]])
def test_a_closed_workbench_leaves_nothing(pages):
    before = set(_instances)
    bench = Workbench(ROCK, ["A", "B"], session=False)
    for page in pages:
        bench.page = page
    bench.explorer.wait() if "features" in pages else None
    assert len(new_widgets(before)) > 200
    bench.close()
    assert new_widgets(before) == []


def test_a_cell_run_again_and_again_holds_the_widgets_of_one_run(notebook):
    before = set(_instances)
    counts = []

    def cell(names: dict[str, Any]) -> None:
        names["bench"] = Workbench(ROCK, ["A", "B"], session=False)
        names["bench"]._view_count = 0

    for _ in range(4):
        notebook.run("one", cell)
        counts.append(len(new_widgets(before)))
    assert counts == [counts[0]] * 4
    assert notebook.user_ns["bench"].comm is not None
    notebook.user_ns["bench"].close()


def test_what_is_shown_elsewhere_stays_until_it_is_seen_no_more(notebook):
    def cell(names: dict[str, Any]) -> None:
        names["labeler"] = Labeler(ROCK, ["A", "B"], autosave=False)

    notebook.run("one", cell)
    old = notebook.user_ns["labeler"]
    old._view_count = 2  # its own output, and a second view
    notebook.run("one", cell)
    assert old.comm is not None
    old._view_count = 1
    assert old.comm is not None
    old._view_count = 0
    assert old.comm is None
    assert old.stage.canvas.comm is None
    assert notebook.user_ns["labeler"].comm is not None


@pytest.mark.parametrize("held", ["name", "list", "part"])
def test_what_a_person_still_holds_stays(notebook, held):
    def cell(names: dict[str, Any]) -> None:
        bench = names["bench"] = Workbench(ROCK, ["A", "B"], session=False)
        if "first" not in names:
            names["first"] = {"name": bench, "list": [bench], "part": bench.labeler}[held]

    notebook.run("one", cell)
    first = notebook.user_ns["bench"]
    notebook.run("one", cell)
    kept = first.labeler if held == "part" else first
    assert all(widget.comm is not None for widget in family(kept))
    assert (first.comm is None) == (held == "part")


def test_other_cells_keep_theirs(notebook):
    def cell(name: str) -> Callable[[dict[str, Any]], None]:
        return lambda names: names.update({name: Labeler(ROCK, ["A", "B"], autosave=False)})

    notebook.run("one", cell("a"))
    old = notebook.user_ns["a"]
    notebook.run("two", cell("a"))
    assert old.comm is not None


def test_a_stroke_that_waits_to_be_saved_is_saved_before_its_tool_is_closed(notebook, tmp_path, section):
    def cell(names: dict[str, Any]) -> None:
        names["labeler"] = Labeler(section, ["A", "B"])

    notebook.run("one", cell)
    old = notebook.user_ns["labeler"]
    old._view_count = 1
    points = np.array([[20.0, 10.0], [20.0, 30.0]], np.float32)
    old._autosave._delay = 1e6
    old.stage.finish(Stroke("paint", points, 5.0))
    painted = old.labels
    assert painted.any()
    old._view_count = 0
    notebook.run("one", cell)
    assert old.comm is None
    assert np.array_equal(notebook.user_ns["labeler"].labels, painted)
    assert np.array_equal(read_labels(old._autosave.path)[0], painted)


def test_opening_a_session_closes_the_tools_that_it_replaces(tmp_path, section):
    bench = Workbench(section, ["A", "B"], session=tmp_path / "one.session.zip")
    bench.page = "map"
    bench.save()
    before, count = bench.labeler, len(_instances)
    bench.page = "label"
    for _ in range(3):
        bench.restore()
    assert before.comm is None
    assert len(_instances) <= count


def test_painting_and_choosing_make_no_more_widgets():
    labeler = Labeler(ROCK, ["A", "B"], autosave=False)
    count = len(_instances)
    for name in ("B", "A", "B"):
        labeler.selected_class = name
        labeler.palette.hidden = labeler.palette.hidden ^ {1}
    assert len(_instances) == count


def test_without_a_notebook_nothing_is_counted():
    class Small(Tool):
        pass

    small = Small([ipw.Button()])
    assert small._view_count is None
    small.close()
    assert small.children[0].comm is None
