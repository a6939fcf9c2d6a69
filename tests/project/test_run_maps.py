"""A run that is opened shows its maps; what a person corrected stays, in the run and in the project."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import corewidgets as cw
from corewidgets.labels.files import read_labels, write_labels
from corewidgets.labels.pictures import mark_in_png
from corewidgets.project.kept_file import digest_of
from corewidgets.project.run_maps import BY_RUN, RunMaps, run_folders

DONE = ["lane-1", "lane-2", "lane-3"]


@pytest.fixture
def project(run, tmp_path):
    return cw.Project.create(tmp_path / "hole.corewidgets", run)


def file(folder, name):
    """Return the file of a map of a run or of a project."""
    return folder / ("sections" if (folder / "sections").exists() else "maps") / f"{name}.png"


def correct(folder, name, code):
    """Correct a map in another program: its first row is of another class."""
    codes, legend = read_labels(file(folder, name))
    codes[0] = code
    write_labels(file(folder, name), codes, legend)
    return codes


def states(project):
    return [" ".join(project.state(name).states) for name in (*DONE, "broken")]


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_project_of_a_run_has_its_maps(run, tmp_path):
    before = contents(run)
    project = cw.Project.create(tmp_path / "hole.corewidgets", run)
    assert states(project) == ["mapped", "mapped", "mapped", ""]
    assert project.notes == []
    for name in DONE:
        assert file(project.folder, name).read_bytes() == file(run, name).read_bytes()
        codes = project.map(name)
        shares = {project.legend.name(code): (codes == code).mean() for code in np.unique(codes)}
        assert project.state(name).shares == pytest.approx(shares)
    assert contents(run) == before
    assert states(cw.Project(project.folder)) == ["mapped", "mapped", "mapped", ""]


def test_opened_again_nothing_is_copied_anew(run, project):
    times = [file(project.folder, name).stat().st_mtime_ns for name in DONE]
    assert project.add(run) == []
    assert [file(project.folder, name).stat().st_mtime_ns for name in DONE] == times
    file(project.folder, "lane-2").unlink()
    project.add(run)
    assert (project.map("lane-2") == read_labels(file(run, "lane-2"))[0]).all()


def test_a_map_that_was_corrected_in_the_run_is_a_corrected_one(run, tmp_path):
    corrected = correct(run, "lane-2", 4)
    project = cw.Project.create(tmp_path / "hole.corewidgets", run)
    assert states(project) == ["mapped", "mapped corrected", "mapped", ""]
    assert (project.map("lane-2") == corrected).all()
    assert not project.write_map("lane-2", np.ones_like(corrected))


def test_a_correction_in_the_run_comes_along_later(run, project):
    corrected = correct(run, "lane-1", 4)
    project.add(run)
    assert states(project)[0] == "mapped corrected"
    assert (project.map("lane-1") == corrected).all()


@pytest.mark.parametrize("how", ["here", "in another program"])
def test_a_map_that_was_corrected_in_the_project_stays(run, project, how):
    if how == "here":
        corrected = np.full_like(project.map("lane-1"), 4)
        project.correct_map("lane-1", corrected)
    else:
        corrected = correct(project.folder, "lane-1", 4)
    correct(run, "lane-1", 5)
    project.add(run)
    assert (project.map("lane-1") == corrected).all()


def test_a_map_of_the_projects_own_model_stays(run, project):
    own = np.full_like(project.map("lane-1"), 4)
    project.write_map("lane-1", own)
    correct(run, "lane-1", 5)
    project.add(run)
    assert (project.map("lane-1") == own).all()


def test_the_maps_of_a_run_of_another_model_take_the_place_of_those_of_the_first(run, project):
    found = RunMaps(run).maps[0]
    assert not project.take_map("lane-1", found, lambda: found.model)
    later = replace(found, model=f"{BY_RUN}of another model", file=file(run, "lane-1"))
    correct(run, "lane-1", 5)
    assert project.take_map("lane-1", later, lambda: later.model)
    assert (project.map("lane-1")[0] == 5).all()
    assert states(project)[0] == "mapped"


def test_a_map_of_a_photograph_that_was_replaced_gives_way_to_that_of_the_new_one(run, project):
    codes, legend = read_labels(file(run, "lane-1"))
    write_labels(file(run, "lane-1"), codes[::-1], legend, photograph="ab" * 32)  # as the run does anew
    record = run / "sections" / "lane-1.json"
    told = json.loads(record.read_text()) | {"map": digest_of(file(run, "lane-1"))}
    record.write_text(json.dumps(told))
    assert mark_in_png(file(project.folder, "lane-1")) != mark_in_png(file(run, "lane-1"))
    project.add(run)
    assert file(project.folder, "lane-1").read_bytes() == file(run, "lane-1").read_bytes()
    assert states(project) == ["mapped", "mapped", "mapped", ""]


def test_runs_in_a_list_come_with_their_classes_and_maps(run, tmp_path):
    project = cw.Project.create(tmp_path / "hole.corewidgets", [run])
    assert project.legend == RunMaps(run).legend
    assert states(project) == ["mapped", "mapped", "mapped", ""]
    assert project.notes == []


def test_codes_follow_the_names_of_the_classes(run, tmp_path):
    legend = RunMaps(run).legend
    turned = cw.Legend(legend.names[::-1], legend.colors[::-1])
    project = cw.Project.create(tmp_path / "hole.corewidgets", run, legend=turned)
    codes, _ = read_labels(file(run, "lane-1"))
    assert (project.map("lane-1") == len(legend) + 1 - codes).all()
    assert states(project) == ["mapped", "mapped", "mapped", ""]


def test_maps_of_classes_that_the_project_lacks_are_named_and_left(run, tmp_path):
    project = cw.Project.create(tmp_path / "hole.corewidgets", run, legend=cw.Legend(["Shale"]))
    assert states(project) == ["", "", "", ""]
    assert project.legend.names == ("Shale",)
    (note,) = project.notes
    assert note.startswith(f"The maps of the run in '{run}' are not taken over. The project has no class ")
    assert "'Carbonate'" in note


def test_a_damaged_record_stops_no_opening(run, tmp_path):
    (run / "sections" / "lane-1.json").write_text('{"name": 5}')
    project = cw.Project.create(tmp_path / "hole.corewidgets", run)
    assert project.names == [*DONE, "broken"]
    assert len(project.notes) == 1
    assert "lane-1.json" in project.notes[0]


def test_a_map_that_is_damaged_is_not_taken(run, tmp_path):
    file(run, "lane-1").write_bytes(b"no picture")
    project = cw.Project.create(tmp_path / "hole.corewidgets", run)
    assert states(project) == ["", "mapped", "mapped", ""]


def test_the_workbench_on_a_run_shows_its_maps(run):
    bench = cw.Workbench(run, project=run.parent / "hole.corewidgets")
    name = bench.section.name
    assert "mapped" in bench.project.state(name).states
    assert (bench.segmentation == read_labels(file(run, name))[0]).all()
    bench.close()


def test_the_workbench_shows_the_map_of_a_run_of_one_section(run):
    about = json.loads((run / "run.json").read_text())
    about["core"]["sections"] = about["core"]["sections"][:1]
    (run / "run.json").write_text(json.dumps(about))
    bench = cw.Workbench(run)
    assert bench.project.state("lane-1").states == ("mapped",)
    bench.close()


def test_folders_of_runs_are_found_among_what_is_opened(run, tmp_path):
    assert run_folders(str(run)) == run_folders([run, tmp_path, np.zeros((2, 2, 3), np.uint8)]) == [run]
    assert run_folders(np.zeros((2, 2, 3), np.uint8)) == []
