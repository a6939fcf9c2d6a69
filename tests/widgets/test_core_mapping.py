"""One model for all photographs: Train learns from all that are labelled, and maps all of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import corewidgets as cw
from corewidgets.learning.light import Light
from corewidgets.scoring.settings import Settings

from .five_scans import QUICK, SHAPE, drawn, label_two, write_scans


@pytest.fixture
def scans(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_scans(tmp_path)
    return tmp_path


@pytest.fixture
def workbench(scans):
    """Return a workbench with one class labelled on R1 and another on R2, which is open."""
    made = cw.Workbench(scans, ["Matrix", "Clast"], settings=QUICK, project=scans / "hole.corewidgets")
    label_two(made)
    return made


def trained(workbench):
    workbench.trainer.train()
    assert workbench.trainer.wait(120)
    assert workbench._desk.mapping.wait(120)


def test_the_model_is_that_of_fit_on_the_list_and_maps_all(workbench, scans):
    trained(workbench)
    project = cw.Project(workbench.project.folder)
    sections = [project.read(name) for name in ("R1", "R2")]
    expected = QUICK.model().fit(sections, [drawn(1, 20), drawn(2, 80)])
    for name in project.names:
        section = project.read(name)
        wanted = expected.predict(section)
        assert np.array_equal(workbench.model.predict_proba(section), expected.predict_proba(section))
        assert np.array_equal(project.model.predict(section), wanted)
        assert np.array_equal(project.map(name), wanted)
        assert "mapped" in project.state(name).states
        assert "outdated" not in project.state(name).states
    assert np.array_equal(project.train().predict_proba(sections[0]), expected.predict_proba(sections[0]))


def test_the_dark_photograph_is_flagged_and_is_the_one_to_label_next(workbench):
    trained(workbench)
    strip = workbench._desk.strip
    states = {row["name"]: row["states"] for row in strip.rows}
    assert "flagged" in states["R4"]
    assert strip.rows[3]["reasons"]
    assert strip.suggested == "R4" == workbench.project.ranked()[0]
    assert set(workbench.project.ranked()) == {"R3", "R4", "R5"}
    assert strip.progress == ""
    workbench.open_photograph("R4")
    workbench.labels = drawn(1, 20)
    assert strip.suggested in {"R3", "R5"}
    assert cw.Workbench(workbench.project)._desk.strip.suggested == strip.suggested


def test_the_nearest_is_mapped_first_and_what_is_stopped_keeps_its_maps(workbench):
    order = []
    tell = workbench._desk.strip.refresh
    workbench._desk.mapping._told = lambda name: (
        order.append(name),
        tell(name),
        workbench._desk.mapping.stop(),
    )
    trained(workbench)
    assert order == ["R1"]
    states = {row["name"]: row["states"] for row in workbench._desk.strip.rows}
    assert "mapped" in states["R1"]
    assert states["R5"] == []
    assert workbench.project.nearest_first("R2") == ["R1", "R3", "R4", "R5"]


def test_a_map_that_was_corrected_by_hand_is_kept(workbench):
    corrected = np.full(SHAPE, 1, np.uint8)
    corrected[:7] = 2
    for name in ("R2", "R3"):
        workbench.project.correct_map(name, corrected)
    trained(workbench)
    for name in ("R2", "R3"):
        assert np.array_equal(workbench.project.map(name), corrected)
        assert "corrected" in workbench.project.state(name).states
    assert "The map of R2 in the project was corrected by hand and stays as it is." in workbench.messages.text
    assert "mapped" in workbench.project.state("R5").states


def test_one_class_in_all_photographs_is_not_enough(workbench):
    workbench.labels = drawn(1, 80)
    with pytest.raises(ValueError, match="Only one class is labelled, 'Matrix'"):
        workbench.trainer.train()


def test_an_open_photograph_without_labels_is_mapped_by_what_the_others_teach(workbench):
    workbench.open_photograph("R5")
    trained(workbench)
    expected = QUICK.model().fit(
        [workbench.project.read(name) for name in ("R1", "R2")], [drawn(1, 20), drawn(2, 80)]
    )
    assert np.array_equal(workbench.segmentation, expected.predict(workbench.section))


def test_scores_are_by_photograph_too_where_two_have_two_classes(workbench):
    workbench.trainer.settings = Settings(QUICK.recipe, n_splits=2)
    workbench.labels = drawn(2, 80) + drawn(1, 20)
    workbench.open_photograph("R1")
    workbench.labels = drawn(2, 80) + drawn(1, 20)
    trained(workbench)
    assert list(workbench.trainer.evaluation) == ["sections", "regions", "random"]
    kept = cw.Project(workbench.project.folder).scores
    assert kept["sections"].weighted_f1 == workbench.trainer.evaluation["sections"].weighted_f1


def test_scores_by_depth_follow_the_depths_of_the_photographs_not_their_names(scans):
    """Of three photographs the middle one by depth is cut, R3; by name it would be R2."""
    settings = Settings(QUICK.recipe, hold_out="depth", n_splits=2)
    project = cw.Project.create(
        scans / "deep.corewidgets", scans, legend=cw.Legend(["Matrix", "Clast"]), settings=settings
    )
    for name, top in (("R1", 10.0), ("R2", 12.0), ("R3", 11.0)):
        project.set_depths(name, top, top + 1)
        project.write_labels(name, drawn(1, 20) + drawn(2, 80) + drawn(1, 150) + drawn(2, 200))
    workbench = cw.Workbench(project)
    trained(workbench)
    assert list(workbench.trainer.evaluation) == ["sections", "regions", "depth", "random"]
    sections = [project.read(name) for name in ("R1", "R2", "R3")]
    labels = [project.labels(section.name) for section in sections]
    scores = evaluated(settings, sections, labels)
    kept = cw.Project(project.folder).scores
    assert np.array_equal(kept["depth"].confusion, scores["depth"].confusion)
    assert np.array_equal(kept["sections"].confusion, scores["sections"].confusion)
    by_name = evaluated(settings, [replace(section, top=None, base=None) for section in sections], labels)
    assert not np.array_equal(kept["depth"].confusion, by_name["depth"].confusion)


def evaluated(settings, sections, labels):
    return cw.evaluate(
        settings.model(), sections, labels, protocols=("sections", "depth", "random"), n_splits=2,
        share=settings.share, random_state=settings.random_state, max_scored_pixels=20_000,
    )  # fmt: skip


def test_what_light_was_corrected_is_kept_with_each_map(workbench, monkeypatch):
    light = Light((1.2, 1.0, 0.8), 1.1)
    monkeypatch.setattr(cw.PixelClassifier, "light_of", lambda *_: {"image": light})
    trained(workbench)
    project = cw.Project(workbench.project.folder)
    assert [project.lights(name) for name in project] == [{"image": light}] * 5
    opened = cw.Workbench(project)
    assert opened.trainer.maps.lights == {"image": light}
