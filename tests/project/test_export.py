"""What is handed on of a project agrees with its maps, and no existing file is overwritten."""

from __future__ import annotations

import lasio
import numpy as np
import pandas as pd
import pytest
from las_rules import las_problems

import corewidgets as cw
from corewidgets.project.export import export_figure, export_las, export_project
from corewidgets.project.hole import Hole

from .conftest import SHAPE


@pytest.fixture
def mapped(project):
    """Return a project in feet: R1 and R2 are mapped, R3 has depths, but no map."""
    for number, name in enumerate(("R1", "R2", "R3")):
        project.set_depths(name, 9000 + 3 * number, 9003 + 3 * number, "ft")
    half = np.ones(SHAPE, np.uint8)
    half[20:] = 2
    project.correct_map("R1", half)
    project.write_map("R2", np.full(SHAPE, 2, np.uint8))
    project.note_drift("R2", 3.5, 0.25, ("darker than any (lightness 20; 30 to 40 is usual)",))
    return project


def test_las_table_figure_and_report_are_of_the_maps_in_the_unit_of_the_hole(mapped):
    done = export_project(mapped, interval=1.5)
    assert done.folder.parent == mapped.folder / "exports"
    assert [file.name for file in done.files] == ["hole.las", "hole.csv", "hole.png", "hole.html"]
    assert done.left_out == {"R3": "it has no map yet"}
    las = lasio.read(done.files[0])
    assert las_problems(done.files[0]) == []
    assert (las.curves[0].unit, las.index.tolist()) == ("FT", [9000, 9001.5, 9003, 9004.5])
    np.testing.assert_allclose(las["CLAST"], [0, 1, 1, 1], atol=1e-6)
    np.testing.assert_allclose(pd.read_csv(done.files[1])["Clast (V/V)"], las["CLAST"], atol=1e-6)
    assert las.well["WELL"].value == "hole"
    assert las.params["SCORES"].value == "none"
    page = done.files[3].read_text()
    assert "9000 to 9009 ft, 3 sections" in page
    assert "<b>2 of 3</b>sections mapped" in page
    assert "corrected by hand" in page
    assert "darker than any" in page
    assert "1 of 1 photographs differ" in page
    assert "unsure 25%" in page
    assert "unsure not known" in page
    assert "nan" not in page.split("<h2>Settings")[0].replace("data:", "").split("base64")[0]


def test_the_name_of_a_well_may_have_what_no_file_has(scans):
    project = cw.Project.create(scans / "well.corewidgets", scans, name="15/17-A1")
    project.set_depths("R1", 1.0, 2.0)
    project.write_map("R1", np.ones(SHAPE, np.uint8))
    las = export_las(Hole(project), 0.5)
    assert las.name == "15-17-A1.las"
    assert lasio.read(las).well["WELL"].value == "15/17-A1"


@pytest.mark.slow
def test_a_second_export_stands_beside_the_first(mapped):
    first, second = export_project(mapped), export_project(mapped)
    assert second.folder.name == f"{first.folder.name}-2"
    assert all(file.is_file() for file in (*first.files, *second.files))
    assert cw.Project(mapped.folder).names == ["R1", "R2", "R3"]


def test_recovery_stands_in_a_table_and_in_the_report(mapped):
    done = export_project(mapped, runs=3)
    table = pd.read_csv(done.files[4])
    assert done.files[4].name == "hole-recovery.csv"
    assert table["top (ft)"].tolist() == [9000, 9003, 9006]
    assert table["tcr (V/V)"].round(9).tolist() == [1, 1, 0]  # R3 has no map
    assert "recovery" in done.files[3].read_text().lower()
    pieces = mapped.folder.parent / "pieces.csv"
    pieces.write_text("top,base\n9000,9002\n9002,9002.2\n")
    table = pd.read_csv(export_project(mapped, runs=3, pieces=pieces).files[4])
    assert table["rqd (V/V)"].round(4).tolist() == [0.6667, 0, 0]
    with pytest.raises(ValueError, match="Pieces of core are measured by drill runs; give runs as well"):
        export_project(mapped, pieces=pieces)


def test_recovery_that_cannot_be_measured_leaves_no_folder(mapped):
    with pytest.raises(FileNotFoundError):
        export_project(mapped, runs="nothing.csv")
    assert not (mapped.folder / "exports").exists()


def test_where_two_photographs_show_the_same_depths_both_count_and_it_is_said(mapped):
    assert export_project(mapped).overlaps == ()
    mapped.set_depths("R2", 9001.5, 9004.5, "ft")
    done = export_project(mapped, interval=1.5)
    ((upper, lower, (top, base)),) = done.overlaps
    assert (upper, lower) == ("R1", "R2")
    assert [round(end / 0.3048, 6) for end in (top, base)] == [9001.5, 9003]
    las = lasio.read(done.files[0])
    assert las.index.tolist() == [9000, 9001.5, 9003]
    np.testing.assert_allclose(las["CLAST"], [0, 1, 1], atol=1e-6)
    assert las_problems(done.files[0]) == []


def test_each_export_has_a_folder_of_its_own(mapped):
    hole = cw.Hole(mapped)
    top = mapped.entry("R2").top + 0.01
    files = [
        export_project(mapped).files[0],
        export_las(hole, 1.5, top=top),
        export_figure(hole, 1.5, top=top),
    ]
    assert len({file.parent for file in files}) == 3
    assert {file.parent.parent for file in files} == {mapped.folder / "exports"}
    assert lasio.read(files[1]).index.tolist() == [9003, 9004.5]  # only what is seen
    with pytest.raises(ValueError, match="No photograph with depths has a map yet"):
        export_las(hole, 1.5, base=0.0)
    assert len(list((mapped.folder / "exports").iterdir())) == 3


def test_a_photograph_that_was_labelled_is_not_told_to_be_unlike(mapped):
    labels = np.zeros(SHAPE, np.uint8)
    labels[:8] = 1
    mapped.write_labels("R2", labels)
    assert "darker than any" not in export_project(mapped).files[3].read_text()


def test_what_cannot_be_written_leaves_no_folder(mapped, project, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("corewidgets.project.export.write_report", full)
    with pytest.raises(OSError, match="No space left"):
        export_project(mapped)
    assert list((mapped.folder / "exports").iterdir()) == []


def test_a_project_without_maps_or_depths_says_what_is_missing(project):
    with pytest.raises(
        ValueError, match="No photograph of the project has depths; give them with set_depths"
    ):
        export_project(project)
    project.set_depths("R1", 1.0, 2.0)
    with pytest.raises(ValueError, match="No photograph with depths has a map yet; train"):
        export_project(project)
    assert not (project.folder / "exports").exists()


def test_scores_and_model_stand_in_the_report_and_the_header(mapped):
    labels = np.zeros(SHAPE, np.uint8)
    labels[:8], labels[30:] = 1, 2
    model = cw.PixelClassifier(cw.Hypercolumns((), lab=True), max_training_pixels=200, regularizer=None)
    mapped.settings = cw.Settings(model.recipe)
    mapped.write_labels("R1", labels)
    trained = mapped.train()
    mapped.scores = cw.evaluate(model, mapped.read("R1"), labels, protocols="random", max_scored_pixels=50)
    las = lasio.read(export_project(mapped).files[0])
    assert las.params["RECIPE"].value.endswith(f"{trained.n_features_in_} features")
    assert las.params["F1RAND"].value == pytest.approx(mapped.scores["random"].weighted_f1, abs=1e-3)
