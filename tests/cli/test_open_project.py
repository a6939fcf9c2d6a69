"""Open makes a project where there is none, and starts JupyterLab on a notebook in it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest
from PIL import Image

import corewidgets as cw
from corewidgets.batch.options import SCHEDULER
from corewidgets.project.layout import ProjectLayout
from corewidgets.project.window import Window

from .calls import fails, is_usage


@pytest.fixture
def started(monkeypatch):
    """Return the commands that were started, in the place of starting them."""
    commands = []
    monkeypatch.setattr(subprocess, "run", lambda command, **options: commands.append((command, options)))
    return commands


@pytest.fixture
def scans(tmp_path):
    for number in (1, 2):
        (tmp_path / "scans").mkdir(exist_ok=True)
        Image.new("RGB", (8, 20)).save(tmp_path / "scans" / f"R{number}.png")
    return tmp_path / "scans"


def test_a_folder_of_photographs_becomes_a_project(call, scans, started, monkeypatch):
    (scans / "R3.png").write_bytes(b"")
    code, output, error = call("open", "scans", "--classes", "Matrix,Void", "--no-browser")
    folder = scans / "scans.corewidgets"
    assert code == 0, error
    assert output == f"3 photographs in {folder}; Ctrl+C ends JupyterLab.\n"
    assert error.startswith("R3 cannot be opened: 'scans/R3.png' is empty") or "R3 cannot be opened" in error
    ((command, options),) = started
    notebook = folder / "workbench.ipynb"
    address = "--LabApp.default_url=/lab/tree/workbench.ipynb"
    assert command == [sys.executable, "-m", "jupyterlab", str(notebook), address, "--no-browser"]
    assert options["cwd"] == folder
    monkeypatch.chdir(folder)
    names = {}
    exec("".join(json.loads(notebook.read_text())["cells"][0]["source"]), names)
    assert names["bench"].project.names == ["R1", "R2", "R3"]
    assert names["bench"].legend.names == ("Matrix", "Void")


def test_root_may_be_let_in(call, scans, started):
    assert call("open", "scans", "--allow-root")[0] == 0
    assert started[0][0][-1] == "--allow-root"


def test_jupyterlab_ends_when_the_command_is_terminated(call, scans, monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda *_args, **_options: signal.raise_signal(signal.SIGTERM))
    before = signal.getsignal(signal.SIGTERM)
    assert call("open", "scans")[0] == 130
    assert signal.getsignal(signal.SIGTERM) is before


def test_the_notebook_is_the_first_window(call, scans, monkeypatch):
    others = []

    def look(command, cwd, **options):
        others.append(Window(ProjectLayout(cwd)).others)

    monkeypatch.setattr(subprocess, "run", look)
    assert call("open", "scans")[0] == 0
    assert others == [""]


def test_a_project_is_opened_again_and_its_notebook_is_the_users(call, scans, started):
    assert call("open", "scans/R1.png", "--project", "hole")[0] == 0
    notebook = scans.parent / "hole" / "workbench.ipynb"
    notebook.write_text("mine")
    code, output, _ = call("open", "hole")
    assert code == 0
    assert output.startswith(f"1 photograph in {notebook.parent}")
    assert notebook.read_text() == "mine"
    assert cw.Project(notebook.parent).names == ["R1"]
    assert len(started) == 2


def test_a_project_is_not_taken_into_another(call, scans, started):
    assert call("open", "scans", "--project", "one")[0] == 0
    result = call("open", "one", "--project", "two")
    assert is_usage(result, "'one' is a project of its own, which is not taken into --project 'two'")
    assert not (scans.parent / "two").exists()
    assert call("open", "one", "--project", "./one")[0] == 0
    assert len(started) == 2


def test_a_scheduler_is_handed_on_to_the_workbench(call, scans, started, scheduler, monkeypatch):
    assert call("open", "scans", "--scheduler", scheduler)[0] == 0
    assert call("open", "scans")[0] == 0
    with_one, without = (options["env"].get(SCHEDULER) for _, options in started)
    assert (with_one, without) == (scheduler, None)
    monkeypatch.setenv(SCHEDULER, with_one)
    assert cw.Workbench(scans)._desk.mapping._processes == cw.Processes(scheduler)
    own = cw.Processes(n_workers=1)
    assert cw.Workbench(scans, processes=own)._desk.mapping._processes == own


@pytest.mark.slow
def test_a_scheduler_that_does_not_answer_is_told_before_anything_is_written(call, scans, started):
    result = call("open", "scans", "--scheduler", "tcp://127.0.0.1:1")
    assert fails(result, r"No Dask scheduler answers at 'tcp://127\.0\.0\.1:1'")
    assert started == []
    assert sorted(path.name for path in scans.iterdir()) == ["R1.png", "R2.png"]


def test_what_is_no_photograph_is_an_error(call, tmp_path, started):
    (tmp_path / "empty").mkdir()
    assert fails(call("open", "empty"), r"There are no photographs in the folder 'empty'")
    assert fails(call("open", "none"), r"There is no file or folder 'none'; check the name and the folder\.")
    assert started == []
    assert list(tmp_path.iterdir()) == [tmp_path / "empty"]
