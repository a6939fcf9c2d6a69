"""Maps of a run are taken one by one: a kill at any file call loses nothing, and the next call goes on."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from file_calls import FileCalls, Killed
from PIL import Image

import corewidgets as cw
from corewidgets.cores.depth_scale import DepthScale
from corewidgets.cores.lane_shape import LaneShape
from corewidgets.labels.files import read_labels, write_labels
from corewidgets.project.map_taking import MapTaking

DONE = ["lane-1", "lane-2", "lane-3"]


@pytest.fixture
def run(run):
    """Return the folder of a run of four sections: one failed, the map of another was corrected."""
    corrected = run / "sections" / "lane-3.png"
    codes, legend = read_labels(corrected)
    codes[0] = 5
    write_labels(corrected, codes, legend)
    return run


@pytest.fixture
def project(run, tmp_path):
    """Return a project that has yet to take the maps, and whose second one is drawn by hand."""
    made = cw.Project.create(tmp_path / "hole.corewidgets", run, take_maps=False)
    made.correct_map("lane-2", np.full((24, 128), 4, np.uint8))
    return made


def taken(folder, run):
    """Tell whether a project has the maps of the run, and its own correction."""
    project = cw.Project(folder)
    project.take_maps()
    assert project.notes == []
    assert project.runs == []
    states = [project.state(name).states for name in DONE]
    assert states == [("mapped",), ("mapped", "corrected"), ("mapped", "corrected")]
    assert (project.map("lane-2") == 4).all()
    for name in ("lane-1", "lane-3"):
        assert np.array_equal(project.map(name), read_labels(run / "sections" / f"{name}.png")[0])


def test_they_are_left_until_they_are_asked_for(run, project):
    assert project.runs == cw.Project(project.folder).runs == [run]
    assert project.map("lane-1") is None
    assert project.add(run, take_maps=False) == []
    assert project.runs == [run]
    taken(project.folder, run)


def test_which_ones_wait_is_told_by_the_files(run, project):
    taking = MapTaking(project, run)
    assert taking.names == [*DONE, "broken"]
    assert [name for name in taking.names if taking.waits(name)] == ["lane-1", "lane-3"]
    assert taking.take("lane-1") == ""
    again = MapTaking(cw.Project(project.folder), run)
    assert [name for name in again.names if again.waits(name)] == ["lane-3"]


@pytest.mark.parametrize("fault", ["killed before", "killed after"])
def test_a_kill_at_any_file_call_loses_nothing(run, project, fault, tmp_path):
    before, killed = tmp_path / "before", tmp_path / "killed"
    shutil.copytree(project.folder, before)
    (before / ".lock").unlink(missing_ok=True)
    with FileCalls(project.folder.parent) as calls:
        project.take_maps()
    assert len(calls.made) > 30
    for number in range(0, len(calls.made), 3):  # in turn at each kind of call
        shutil.rmtree(killed, ignore_errors=True)
        shutil.copytree(before, killed)
        dying = cw.Project(killed)
        with pytest.raises(Killed), FileCalls(killed.parent, number, fault):
            dying.take_maps()
        taken(killed, run)


def test_a_lane_is_known_by_its_corners_also_where_its_known_depths_were_rounded_in_feet(tmp_path):
    Image.fromarray(np.full((60, 40, 3), 90, np.uint8)).save(tmp_path / "box.png")
    corners = [(1, 2), (50, 3), (51, 20), (2, 20)]
    shape = LaneShape(corners, [(0.5, 1306.307)])
    lane = cw.Lane(tmp_path / "box.png", 1305.797, 1307.0315678, "a", shape=shape)
    core = cw.Core([lane], "hole", DepthScale("ft"))
    folder = cw.Project.create(tmp_path / "hole.corewidgets", core).folder
    project = cw.Project(folder)
    assert project.entries[0].shape.corners == shape.corners
    assert project.entries[0].shape != shape  # as the table has it
    assert project.add(core) == []
    assert project.names == ["a"]


def test_whether_a_map_is_to_stay_is_asked_once(run, project, monkeypatch):
    asked, ask = [], project.gives_way
    monkeypatch.setattr(project, "gives_way", lambda name, found: asked.append(name) or ask(name, found))
    taking = MapTaking(project, run)
    assert [taking.take(name) for name in DONE] == ["", "", ""]
    assert asked == DONE
