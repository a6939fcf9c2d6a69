"""A project keeps which runs it is to take the maps of until they are taken."""

from __future__ import annotations

import json
import shutil

import pytest

import corewidgets as cw

DONE = ["lane-1", "lane-2", "lane-3"]


@pytest.fixture
def project(run, tmp_path):
    return cw.Project.create(tmp_path / "hole.corewidgets", run, take_maps=False)


def test_a_run_and_a_project_that_are_moved_together_find_each_other(run, tmp_path):
    cw.Project.create(run.parent / "hole.corewidgets", run, take_maps=False)
    shutil.move(run.parent, tmp_path / "moved")
    moved = cw.Project(tmp_path / "moved" / "hole.corewidgets")
    assert moved.runs == [tmp_path / "moved" / "run"]
    moved.take_maps()
    assert [name for name in moved.names if moved.state(name).mapped] == DONE


@pytest.mark.parametrize("runs", [None, 5, "run", [5]])
def test_what_names_no_run_is_left_out(project, runs):
    about = project.folder / "project.json"
    about.write_text(json.dumps(json.loads(about.read_text()) | {"runs": runs}))
    assert cw.Project(project.folder).runs == []


def test_a_full_disk_leaves_what_was_taken_and_says_so(run, project, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(project, "take_map", full)
        project.take_maps()
    (note,) = project.notes
    assert note == f"The maps of the run in '{run}' are not taken over. [Errno 28] No space left on device"
    assert project.runs == [run]
    later = cw.Project(project.folder)
    later.take_maps()
    assert [name for name in later.names if later.state(name).mapped] == DONE


def test_what_is_wrong_with_a_map_is_told_also_where_the_disk_is_full_after_it(project, monkeypatch):
    def take(name, *_):
        raise ValueError("It is damaged.") if name == "lane-1" else OSError(28, "No space left on device")

    monkeypatch.setattr(project, "take_map", take)
    project.take_maps()
    assert [note.partition(" ")[0] for note in project.notes] == ["lane-1:", "The"]
