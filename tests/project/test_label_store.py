"""Labels of a project: what was drawn is on the disk, is known by its class, and is lost by nobody."""

from __future__ import annotations

import re
import shutil

import pytest

import corewidgets as cw
from corewidgets.project.kept_file import OtherWindowError
from tests.file_calls import FAULTS, FileCalls, Killed

from .conftest import exactly, striped


def test_labels_are_kept_with_who_drew_them(project, monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_USER", "ada")
    project.write_labels("R2", striped())
    project.write_labels("R2", striped(2))
    opened = cw.Project(project.folder)
    assert (opened.labels("R2") == striped(2)).all()
    assert opened.labels("R1") is None
    assert opened.labelled == ["R2"]
    (edit,) = opened.edits("R2")
    assert (edit["user"], edit["strokes"]) == ("ada", 2)
    assert edit["first"] <= edit["last"]
    assert opened.state("R2").pixels == {"Clast": 120}
    assert opened.state("R2").states == ("labelled",)
    monkeypatch.setenv("JUPYTERHUB_USER", "bo")
    opened.write_labels("R2", striped(1))
    assert [edit["user"] for edit in opened.edits("R2")] == ["ada", "bo"]


def test_labels_that_are_erased_are_none(project):
    project.write_labels("R2", striped())
    project.write_labels("R2", striped(0))
    assert project.labelled == cw.Project(project.folder).labelled == []


@pytest.mark.parametrize("opened_before", [True, False])
def test_a_damaged_file_of_labels_is_kept_when_others_are_written(opened_before, project):
    project.write_labels("R2", striped())
    path = project.labels_path("R2")
    damaged = path.read_bytes()[:-40]
    path.write_bytes(damaged)
    opened = project if opened_before else cw.Project(project.folder)
    with pytest.raises(ValueError, match=r"R2\.png"):
        opened.labels("R2")
    told = r"labels of R2 could not be read .*kept as '.*R2\.\d{8}-\d{6}\.png'"
    with pytest.warns(UserWarning, match=told):
        opened.write_labels("R2", striped(2))
    (kept,) = path.parent.glob("R2.*-*.png")
    assert kept.read_bytes() == damaged
    assert (opened.labels("R2") == striped(2)).all()
    opened.write_labels("R2", striped(1))  # what is written here is not asked about again
    assert len(list(path.parent.glob("R2.*"))) == 2


def test_labels_have_codes_of_the_legend(project):
    message = "labels hold code 3, but the legend ends with code 2 (Clast); add a class to the legend"
    with pytest.raises(ValueError, match=re.escape(message)):
        project.write_labels("R1", striped(3))
    assert project.labels("R1") is None


def test_labels_of_another_legend_come_to_the_classes_of_the_project(project):
    project.write_labels("R1", striped(1), cw.Legend(["Clast", "Void"]))
    assert (project.labels("R1") == striped(2)).all()
    project.write_labels("R1", striped(2), cw.Legend(["Clast", "Void"]))
    assert project.legend.names == ("Matrix", "Clast", "Void")
    opened = cw.Project(project.folder)
    assert opened.legend.names == ("Matrix", "Clast", "Void")
    assert (opened.labels("R1") == striped(3)).all()


def test_labels_follow_a_class_that_is_renamed(project):
    project.write_labels("R1", striped(2))
    project.legend = project.legend.rename("Clast", "Breccia")
    opened = cw.Project(project.folder)
    assert opened.legend.names == ("Matrix", "Breccia")
    assert (opened.labels("R1") == striped(2)).all()
    assert opened.legend.names == ("Matrix", "Breccia")
    assert opened.state("R1").pixels == {"Breccia": 120}
    with pytest.raises(ValueError, match="The project has 2 classes, whose codes are in its labels and maps"):
        opened.legend = cw.Legend(["Matrix"])


def test_two_windows_on_different_photographs_both_keep_their_strokes(project):
    other = cw.Project(project.folder)
    project.write_labels("R1", striped(1))
    other.write_labels("R2", striped(2))
    opened = cw.Project(project.folder)
    assert opened.labelled == ["R1", "R2"]


def test_two_windows_on_one_photograph_the_second_is_told_and_nothing_is_lost(project):
    other = cw.Project(project.folder)
    project.write_labels("R1", striped(1))
    copy = project.folder / "labels" / "R1.2.png"
    message = (
        "Another window or program has changed the labels of R1 since they were read here; those drawn "
        f"here are kept in '{copy}'. Open the project again."
    )
    with pytest.raises(OtherWindowError, match=exactly(message)):
        other.write_labels("R1", striped(2))
    assert (cw.Project(project.folder).labels("R1") == striped(1)).all()
    assert (cw.read_labels(copy)[0] == striped(2)).all()


def test_what_a_second_window_drew_is_not_kept_as_labels_of_another_photograph(scans):
    (scans / "R2.png").rename(scans / "R1.2.png")
    project = cw.Project.create(scans / "hole.corewidgets", scans, legend=cw.Legend(["Matrix", "Clast"]))
    other = cw.Project(project.folder)
    project.write_labels("R1", striped(1))
    with pytest.raises(OtherWindowError, match=r"R1\.3\.png"):
        other.write_labels("R1", striped(2))
    assert cw.Project(project.folder).labelled == ["R1"]


def test_two_windows_with_new_classes(project):
    other = cw.Project(project.folder)
    project.write_labels("R1", striped(3), project.legend.add("Void"))
    other.write_labels("R2", striped(3), other.legend.add("Chert"))
    opened = cw.Project(project.folder)
    assert opened.legend.names == ("Matrix", "Clast", "Void", "Chert")
    assert (opened.labels("R1") == striped(3)).all()
    assert (opened.labels("R2") == striped(4)).all()
    with pytest.raises(OtherWindowError, match=r"'legend\.json' was changed by another window"):
        project.legend = project.legend.rename("Void", "Hole")


def stroke_with_a_fault(folder, number, fault):
    """Draw with a new class while one call fails; return the project, the calls, and what was told."""
    project = cw.Project(folder)
    with FileCalls(folder, number, fault) as calls:
        try:
            project.write_labels("R1", striped(3), project.legend.add("Void"))
        except OSError as error:
            return project, calls, str(error)
        except Killed:
            return project, calls, "killed"
    return project, calls, ""


def test_nothing_that_was_drawn_is_lost_whichever_file_call_fails(scans):
    """Strokes with a new class: the most files that a stroke can change."""
    folder = scans / "hole.corewidgets"
    made = cw.Project.create(folder, scans, legend=cw.Legend(["Matrix", "Clast"]))
    made.write_labels("R1", striped(1))
    made.write_labels("R2", striped(1))
    kept = scans.parent / "kept"
    shutil.copytree(folder, kept)
    _, calls, told = stroke_with_a_fault(folder, None, "EIO")
    assert told == ""
    assert sum(call.startswith("replace") for call in calls.made) == 3
    for number in range(len(calls.made)):
        for fault in FAULTS:
            shutil.rmtree(folder)
            shutil.copytree(kept, folder)
            project, calls, told = stroke_with_a_fault(folder, number, fault)
            case = f"{fault} at call {number}, {calls.failed}: {told}"
            opened = cw.Project(folder)
            assert opened.names == ["R1", "R2", "R3"], case
            assert (opened.labels("R2") == striped(1)).all(), case
            there = opened.labels("R1")
            is_new = (there == striped(3)).all() and opened.legend.name(3) == "Void"
            assert is_new or (there == striped(1)).all(), case
            assert is_new or told, case
            if told != "killed":
                project.write_labels("R1", striped(2))
                assert (cw.Project(folder).labels("R1") == striped(2)).all(), case
