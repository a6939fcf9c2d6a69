"""A project keeps all of a user's work in one folder, and loses nothing."""

from __future__ import annotations

import json
import re
import shutil
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw
import corewidgets.project.project
from corewidgets.cores.opening import open_entries, open_sections
from corewidgets.project.kept_file import OtherWindowError
from corewidgets.project.layout import ProjectLayout
from corewidgets.scoring.settings import Settings
from corewidgets.session import Session, save_session
from tests.file_calls import FileCalls, Killed

from .conftest import SHAPE, exactly, picture, striped

OLD_FILES = Path(__file__).parents[1] / "files" / "0.1"


def test_a_project_of_a_folder(scans, project):
    assert project.names == ["R1", "R2", "R3"]
    assert project.name == "hole"
    assert project.legend.names == ("Matrix", "Clast")
    assert project.labelled == []
    section = project.read("R2")
    assert (section.image == picture(2)).all()
    assert (section.name, section.path, section.top) == ("R2", scans / "R2.png", None)
    with pytest.raises(KeyError, match="The project has no photograph 'R9'; its names are R1, R2, R3"):
        project.read("R9")
    assert not list(scans.glob("*.labels.png"))


def test_whatever_takes_photographs_takes_a_project(project):
    project.set_depths("R1", 1.0, 2.0)
    for source in (project, project.folder):
        assert [entry.name for entry in open_entries(source)] == ["R1", "R2", "R3"]
        assert [section.top for section in open_sections(source)] == [1.0, None, None]


def test_labels_and_sessions_beside_the_photographs_are_taken_over(scans):
    cw.write_labels(scans / "R1.labels.png", striped(1), cw.Legend(["Void", "Matrix"]))
    before = (scans / "R1.labels.png").read_bytes()
    section = cw.read_section(scans / "R2.png")
    save_session(scans / "R2.session.zip", Session(section, striped(2), cw.Legend(["Matrix", "Void"])))
    (scans / "R3.labels.png").write_bytes(b"damaged")
    project = cw.Project.create(scans / "hole.corewidgets", scans, legend=cw.Legend(["Matrix"]))
    assert project.labelled == ["R1", "R2"]
    assert project.legend.names == ("Matrix", "Void")
    assert (project.labels("R1") == striped(2)).all()
    assert (project.labels("R2") == striped(2)).all()
    assert (scans / "R1.labels.png").read_bytes() == before
    (note,) = project.notes
    assert note.startswith("R3: the labels beside the photograph are not imported.")


def test_labels_beside_without_names_get_classes_and_those_that_do_not_fit_are_told(scans):
    """The first such file ended the making of the project; when it was opened again, no labels were taken."""
    codes = striped(1)
    codes[:2] = 4
    Image.fromarray(codes).save(scans / "R1.labels.png")
    codes[2:4] = 0
    Image.fromarray(codes - (codes > 3)).save(scans / "R4.labels.png")
    Image.fromarray(picture(4)).save(scans / "R4.png")
    many = np.resize(np.arange(256, dtype=np.uint8), codes.shape)
    cw.write_labels(scans / "R2.labels.png", many, cw.Legend([f"Facies {n}" for n in range(1, 256)]))
    cw.write_labels(scans / "R3.labels.png", striped(1), cw.Legend(["Void"]))
    project = cw.Project.create(scans / "hole.corewidgets", scans, legend=cw.Legend(["Matrix", "Clast"]))
    assert project.labelled == ["R1", "R3", "R4"]
    assert project.legend.names == ("Matrix", "Clast", "Class 4", "Void", "Class 3")
    assert project.state("R1").pixels == {"Matrix": 96, "Class 4": 24}
    assert project.state("R3").pixels == {"Void": 120}
    assert project.state("R4").pixels == {"Matrix": 72, "Class 3": 24}
    (note,) = project.notes
    assert note.startswith("R2: the labels beside the photograph are not imported. A legend holds")


def test_labels_beside_that_were_not_taken_when_the_making_was_ended_are_taken_later(scans, monkeypatch):
    """They were never looked for again."""
    for name in ("R1", "R2", "R3"):
        cw.write_labels(scans / f"{name}.labels.png", striped(1), cw.Legend(["Matrix"]))
    read = corewidgets.project.project.labels_beside

    def interrupted(entry):
        if entry.name == "R2":
            raise KeyboardInterrupt
        return read(entry)

    with monkeypatch.context() as patch:
        patch.setattr(corewidgets.project.project, "labels_beside", interrupted)
        with pytest.raises(KeyboardInterrupt):
            cw.Project.create(scans / "hole.corewidgets", scans)
    project = cw.Project(scans / "hole.corewidgets")
    assert project.labelled == ["R1", "R2", "R3"]
    project.write_labels("R1", np.zeros(SHAPE, np.uint8))
    (project.folder / "labels" / "R2.png").unlink()
    assert cw.Project(project.folder).labelled == ["R3"]  # taken once


def test_an_unreadable_photograph_is_listed_with_its_reason(scans):
    (scans / "R2.png").write_bytes(b"")
    whole = (scans / "R3.png").read_bytes()
    (scans / "R3.png").write_bytes(whole[: len(whole) // 2])
    project = cw.Project.create(scans / "hole.corewidgets", scans)
    assert project.problems == {"R2": f"'{scans / 'R2.png'}' is empty; copy it again from its source."}
    assert (project.read("R1").image == picture(1)).all()
    with pytest.raises(ValueError, match="cannot be decoded"):
        project.read("R3")
    assert set(project.problems) == {"R2", "R3"}
    assert project.state("R3").states == ("unreadable",)


def test_depths_may_come_later_and_in_feet(project):
    with pytest.raises(ValueError, match="No photograph of the project has depths; give them"):
        _ = project.core
    project.set_depths("R3", 1.0, 2.0)
    project.set_depths("R1", 10.0, 20.0, "ft")
    opened = cw.Project(project.folder)
    assert [(lane.name, lane.top) for lane in opened.core] == [("R3", 1.0), ("R1", pytest.approx(3.048))]
    assert opened.names == ["R1", "R2", "R3"]  # while one is missing
    opened.set_depths("R2", 2.0, 3.0)
    assert opened.names == ["R3", "R2", "R1"]
    assert opened.read("R2").top == 2.0
    opened.set_depths("R2", None, None)
    assert cw.Project(project.folder).read("R2").top is None
    for wrong, message in (
        ((2.0, 1.0), "R2: the base of a section must lie below its top"),
        ((2.0, None), "top is 2.0 and base is None; give both depths or neither."),
        ((1.0, 2.0, "yard"), "The unit 'yard' is not known; write m, ft, cm or mm."),
    ):
        with pytest.raises(ValueError, match=re.escape(message)):
            opened.set_depths("R2", *wrong)


def test_the_table_may_be_edited_by_hand(project):
    table = project.folder / "photographs.csv"
    lines = table.read_text().splitlines()
    assert lines[0] == "file,top,base,name,crop,rotation,second_file"
    assert lines[1] == "../R1.png,,,R1,,,"
    lines[1] = "../R1.png,10 ft,20 ft,R1,10:40 0:12,90,"
    lines[2] = "../R2.png,5 ft,,R2,,,"
    table.write_text("\n".join(lines) + "\n")
    opened = cw.Project(project.folder)
    section = opened.read("R1")
    assert section.shape == (12, 30)
    assert (section.top, section.base) == (pytest.approx(3.048), pytest.approx(6.096))
    assert opened.problems == {
        "R2": f"Row 3 of '{table}': only base is given; give both depths or neither.".replace(
            "base", "top", 1
        )
    }
    with pytest.raises(ValueError, match="Correct it in the table, and open the project again"):
        opened.set_depths("R3", 1.0, 2.0)
    assert table.read_text().splitlines()[2] == "../R2.png,5 ft,,R2,,,"


def test_arrays_are_copied_into_the_project(tmp_path):
    sections = [cw.CoreSection(picture(4), 1.0, 2.0, name="mine"), picture(5)]
    project = cw.Project.create(tmp_path / "hole.corewidgets", sections)
    moved = tmp_path / "elsewhere"
    shutil.move(project.folder, moved)
    opened = cw.Project(moved)
    assert opened.names == ["mine", "section-2"]
    assert (opened.read("mine").image == picture(4)).all()
    assert opened.read("mine").base == 2.0
    assert (opened.read("section-2").image == picture(5)).all()


def test_a_project_of_a_run_has_its_classes(tmp_path):
    shutil.copytree(OLD_FILES, tmp_path / "old")
    project = cw.Project.create(tmp_path / "hole.corewidgets", tmp_path / "old" / "run")
    run = cw.read_run(tmp_path / "old" / "run")
    assert project.legend == run.legend
    assert "Melt-Light" in project.legend.names
    assert project.names == ["lane-1", "lane-2", "lane-3", "broken"]
    given = cw.Project.create(tmp_path / "2", str(tmp_path / "old" / "run"), legend=cw.Legend(["Shale"]))
    assert given.legend.names == ("Shale",)


def test_a_project_is_moved_with_its_photographs(scans, project):
    project.write_labels("R1", striped())
    moved = scans.parent / "disk"
    shutil.move(scans, moved)
    opened = cw.Project(moved / "hole.corewidgets")
    assert opened.problems == {}
    assert (opened.read("R1").image == picture(1)).all()
    assert (opened.labels("R1") == striped()).all()


def test_photographs_are_added(scans, project):
    Image.fromarray(picture(4)).save(scans / "R4.png")
    cw.write_labels(scans / "R4.labels.png", striped(), cw.Legend(["Matrix"]))
    assert project.add(scans) == ["R4"]
    assert project.add(scans) == []
    other = scans.parent / "more"
    other.mkdir()
    Image.fromarray(picture(5)).save(other / "R4.png")
    assert project.add(other) == ["R4-2"]
    opened = cw.Project(project.folder)
    assert opened.names == ["R1", "R2", "R3", "R4", "R4-2"]
    assert opened.labelled == ["R4"]
    assert (opened.read("R4-2").image == picture(5)).all()


def test_settings_scores_and_view_are_kept(project):
    assert project.settings == Settings()
    wanted = Settings(cw.PRESETS["quick"], score=False)
    project.settings = wanted
    project.view = {"open": "R2", "row": 3.5}
    opened = cw.Project(project.folder)
    assert opened.settings == wanted
    assert opened.view == {"open": "R2", "row": 3.5}
    assert opened.scores is None


# ------------------------------------------------------------------------------------------------------ maps


def model_of(project, state=0):
    recipe = cw.Hypercolumns((), lab=True, lab_smoothing=(2.0,))
    labels = striped(1)
    labels[20:30] = 2
    return cw.PixelClassifier(recipe, max_training_pixels=50, regularizer=None, random_state=state).fit(
        project.read("R1"), labels
    )


def test_the_newest_is_to_be_labelled_next_as_rank_sections_says(project):
    for name, novelty, uncertainty in (("R1", 0.5, 0.9), ("R2", 1.5, 0.1), ("R3", 1.5, 0.2)):
        project.note_drift(name, novelty, uncertainty, ("darker",) if novelty > 1 else ())
    opened = cw.Project(project.folder)
    assert opened.ranked() == ["R3", "R2", "R1"]
    assert opened.state("R2").flagged == ("darker",)
    opened.write_labels("R3", np.ones(SHAPE, np.uint8))
    assert opened.ranked() == ["R2", "R1"]


def test_the_nearest_come_first_and_what_cannot_be_read_does_not_come(project, scans):
    assert project.nearest_first("R3") == ["R2", "R1"]
    (scans / "R2.png").write_bytes(b"")
    assert cw.Project(project.folder).nearest_first("R3") == ["R1"]


def test_a_project_is_learned_from_without_widgets(project):
    project.settings = Settings(cw.PRESETS["quick"].patched(n_trees=5, max_training_pixels=100))
    labels = {"R1": np.zeros(SHAPE, np.uint8), "R3": np.zeros(SHAPE, np.uint8)}
    labels["R1"][:10], labels["R3"][20:30] = 1, 2
    for name, drawn in labels.items():
        project.write_labels(name, drawn)
    sections = [project.read(name) for name in labels]
    expected = project.settings.model().fit(sections, list(labels.values())).predict_proba(sections[0])
    assert np.array_equal(project.train().predict_proba(sections[0]), expected)
    assert np.array_equal(cw.Project(project.folder).model.predict_proba(sections[0]), expected)


def test_a_map_is_outdated_by_a_new_model(project):
    project.write_model(model_of(project))
    assert project.write_map("R1", striped(1, slice(None)))
    state = cw.Project(project.folder).state("R1")
    assert (state.states, state.shares) == (("mapped",), {"Matrix": 1.0})
    assert (cw.Project(project.folder).map("R1") == 1).all()
    project.accept("R1")
    assert project.state("R1").states == ("mapped", "accepted")
    project.write_model(model_of(project, 1))
    assert cw.Project(project.folder).state("R1").states == ("mapped", "outdated", "accepted")
    assert project.write_map("R1", striped(2, slice(None)))
    assert project.state("R1").states == ("mapped",)
    assert project.model.legend_ == project.legend


def test_a_map_that_was_corrected_stays(project):
    project.write_model(model_of(project))
    project.write_map("R1", striped(1, slice(None)))
    project.write_map("R2", striped(1, slice(None)))
    project.correct_map("R1", striped(2, slice(None)))
    cw.write_labels(
        project.folder / "maps" / "R2.png", striped(2, slice(None)), project.legend
    )  # by an editor
    opened = cw.Project(project.folder)
    for name in ("R1", "R2"):
        assert not opened.write_map(name, striped(1, slice(None)))
        assert (opened.map(name) == 2).all()
        assert opened.state(name).states == ("mapped", "corrected")
    opened.forget_correction("R1")
    assert opened.write_map("R1", striped(1, slice(None)))
    assert (opened.map("R1") == 1).all()


# ------------------------------------------------------------------------------------------------ two windows


def test_depths_of_another_window_are_not_written_over(project):
    other = cw.Project(project.folder)
    project.set_depths("R1", 1.0, 2.0)
    with pytest.raises(OtherWindowError, match=r"'photographs\.csv' was changed by another window"):
        other.set_depths("R2", 2.0, 3.0)
    assert other.entry("R2").top is None
    assert cw.Project(project.folder).entry("R1").top == 1.0


def test_photographs_that_cannot_be_added_are_not_there(project, scans):
    """They stayed, took labels, and were gone when the project was opened again."""
    Image.fromarray(picture(4)).save(scans / "R4.png")
    cw.Project(project.folder).set_depths("R1", 1.0, 2.0)
    for _ in range(2):
        with pytest.raises(OtherWindowError, match=r"'photographs\.csv' was changed by another window"):
            project.add(scans / "R4.png")
        assert project.names == ["R1", "R2", "R3"]
    assert cw.Project(project.folder).add(scans / "R4.png") == ["R4"]


def test_a_model_of_another_window_is_kept_under_another_name(project):
    other = cw.Project(project.folder)
    assert project.write_model(model_of(project)) is None
    before = (project.folder / "model.skops").read_bytes()
    kept = other.write_model(model_of(project, 1))
    assert kept.read_bytes() == before
    assert other.write_model(model_of(project)) is None


# -------------------------------------------------------------------------------------------------- bad input


def test_a_project_of_a_newer_version_is_left_alone(project):
    about = project.folder / "project.json"
    about.write_text(json.dumps({"format": 2}))
    before = {path: path.read_bytes() for path in project.folder.rglob("*") if path.is_file()}
    message = (
        f"The project '{project.folder}' was written by a newer version of corewidgets (format 2; this one "
        "reads up to 1); update corewidgets. Nothing was changed."
    )
    with pytest.raises(ValueError, match=exactly(message)):
        cw.Project(project.folder)
    assert before == {path: path.read_bytes() for path in project.folder.rglob("*") if path.is_file()}


def test_what_is_no_project(tmp_path, scans, project):
    message = f"There is no project in '{tmp_path}': it has no project.json. Check the name of the folder, or"
    with pytest.raises(FileNotFoundError, match=re.escape(message)):
        cw.Project(tmp_path)
    with pytest.raises(FileExistsError, match="already exists and is not a project; choose another folder"):
        cw.Project.create(scans, scans)
    with pytest.raises(FileExistsError, match=r"is a project already; open it: cw\.Project"):
        cw.Project.create(project.folder, scans)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="There are no photographs in the folder"):
        cw.Project.create(tmp_path / "new", tmp_path / "empty")
    assert not (tmp_path / "new").exists()


def test_a_folder_that_cannot_be_written(scans):
    target = scans / "hole.corewidgets"
    with FileCalls(scans) as calls:
        cw.Project.create(target, scans / "R1.png")
    shutil.rmtree(target)
    number = next(number for number, call in enumerate(calls.made) if call.startswith("mkdir"))
    with (
        FileCalls(scans, number, "EACCES"),
        pytest.raises(OSError, match=r"cannot be made .*; choose a folder that"),
    ):
        cw.Project.create(target, scans / "R1.png")
    assert not target.exists()


# ------------------------------------------------------------------------------------------------ power fails


def test_a_creation_that_was_killed_is_done_again(scans):
    folder = scans / "hole.corewidgets"
    with FileCalls(scans) as calls:
        cw.Project.create(folder, scans)
    for number in range(len(calls.made)):
        shutil.rmtree(folder)
        with FileCalls(scans, number, "killed before") as failing, suppress(Killed):
            cw.Project.create(folder, scans)
        if ProjectLayout(folder).about.exists():
            assert cw.Project(folder).names == ["R1", "R2", "R3"], failing.failed
        else:
            assert cw.Project.create(folder, scans).names == ["R1", "R2", "R3"], failing.failed
        assert sorted(path.name for path in scans.glob("*.png")) == ["R1.png", "R2.png", "R3.png"]


@pytest.mark.slow
def test_a_photograph_that_was_replaced_has_neither_the_labels_nor_the_map_of_before(scans, project):
    labels = striped(1)
    labels[20:] = 2
    project.write_labels("R1", labels)
    project.write_map("R1", labels)
    project.correct_map("R2", labels)
    before = project.read("R1")
    assert (project.labels("R1", SHAPE, before.digests) == labels).all()
    assert (project.map("R1", before.digests) == labels).all()
    for number in (1, 2):
        Image.fromarray(picture(number + 7)).save(scans / f"R{number}.png")
    project = cw.Project(project.folder)
    now = project.read("R1")
    for read in (project.train, lambda: project.labels("R1", photograph=now.digests)):
        with pytest.raises(ValueError, match=r"labels.R1\.png' was drawn on another photograph"):
            read()
    for name in ("R1", "R2"):
        with pytest.raises(ValueError, match=rf"{name}\.png' was drawn on another photograph"):
            project.map(name, project.read(name).digests)
    assert (project.labels("R1") == labels).all()
    project.write_labels("R1", labels)  # drawn anew
    assert project.write_map("R1", labels)
    assert (project.map("R1", now.digests) == labels).all()
    assert project.train().classes_.tolist() == [1, 2]


def test_labels_and_maps_know_the_pixels_that_they_were_made_on(scans, project):
    old = project.read("R1")
    Image.fromarray(picture(9)).save(scans / "R1.png")  # while a tool shows the old one
    project.write_labels("R1", striped(1), photograph=old.digest)
    project.write_map("R1", striped(1), old.digest)
    for read in (project.map, lambda name, digests: project.labels(name, None, digests)):
        assert (read("R1", old.digests) == striped(1)).all()
        with pytest.raises(ValueError, match="was drawn on another photograph"):
            read("R1", project.read("R1").digests)


def test_a_map_that_was_killed_while_it_was_written_is_no_correction(scans, project):
    first, second, third = striped(1), striped(2), striped(1, slice(5, 30))
    folder = project.folder
    with FileCalls(folder) as calls:
        assert project.write_map("R1", first)
        assert project.write_map("R1", second)
    for number in range(len(calls.made)):
        shutil.rmtree(folder / "maps", ignore_errors=True)
        ProjectLayout(folder).record("R1").unlink(missing_ok=True)
        opened = cw.Project(folder)
        with FileCalls(folder, number, "killed after") as failing, suppress(Killed):
            opened.write_map("R1", first)
            opened.write_map("R1", second)
        opened = cw.Project(folder)
        assert opened.state("R1").mapped <= (opened.map("R1") is not None), failing.failed
        assert opened.write_map("R1", third), failing.failed
        assert (opened.map("R1") == third).all()
        with FileCalls(folder, number, "killed after") as failing, suppress(Killed):
            opened.correct_map("R1", second)
        opened = cw.Project(folder)
        is_corrected = (opened.map("R1") == second).all()
        assert opened.write_map("R1", first) != is_corrected, failing.failed


def test_the_home_folder_may_be_a_tilde(scans, monkeypatch):
    monkeypatch.setenv("HOME", str(scans.parent))
    monkeypatch.setenv("USERPROFILE", str(scans.parent))
    made = cw.Project.create("~/hole.corewidgets", f"~/{scans.name}")
    assert made.folder == scans.parent / "hole.corewidgets"
    assert cw.Project("~/hole.corewidgets").names == made.names
    assert open_entries("~/hole.corewidgets")
    with pytest.raises(FileExistsError, match="is a project already"):
        cw.Project.create("~/hole.corewidgets", scans)
