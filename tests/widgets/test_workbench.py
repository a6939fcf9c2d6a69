"""The workbench by calling its handlers: pages, and what follows what."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw
from corewidgets.learning.light import Light
from corewidgets.widgets.tool import family

from .conftest import Hand
from .trained_workbench import CLASSES, QUICK, painted, section_in, trained


@pytest.fixture
def section(tmp_path):
    return section_in(tmp_path)


def test_strokes_come_to_the_trainer_and_its_map_over_the_photograph(section):
    workbench = cw.Workbench(section, CLASSES, settings=QUICK)
    hand = Hand(workbench.labeler.stage)
    hand.stroke("paint", (30, 20), (30, 60))
    workbench.labeler.selected_class = "Clast"
    hand.stroke("paint", (90, 20), (90, 60))
    assert workbench.trainer.labels is workbench.labels
    workbench.trainer.train()
    assert workbench.trainer.wait(60)
    assert set(np.unique(workbench.segmentation)) <= {1, 2}
    assert workbench.labeler.stage._sources["overlay"][0] is workbench.segmentation


def test_the_strict_score_stands_above_the_core_beside_the_random_one(section):
    workbench = cw.Workbench(section, CLASSES, settings=replace(QUICK, score=True, n_splits=2))
    labels = painted(section)
    labels[200:220, 20:60], labels[140:160, 20:60] = 1, 2
    workbench.labels = labels
    workbench.trainer.train()
    assert workbench.trainer.wait(60)
    strict, random = workbench.trainer.evaluation.scores.values()
    text = workbench._scores.value
    assert text.index(f"<b>{strict.weighted_f1:.2f}</b> on whole regions held out") < text.index(
        f"<b>{random.weighted_f1:.2f}</b> on random pixels held out"
    )


def test_settings_and_scores_are_made_when_they_are_first_looked_at(section):
    workbench = cw.Workbench(section, CLASSES, settings=QUICK)
    trainer = workbench.trainer
    few = len(family(workbench))
    trainer.settings = replace(QUICK, score=True)
    workbench.page = "train"
    assert len(family(workbench)) > few + 150
    assert trainer.settings_panel.settings == trainer.settings
    trainer.settings_panel.settings = QUICK
    assert trainer.settings == QUICK
    known = len(family(workbench))
    workbench.page = "label"
    workbench.page = "train"
    assert len(family(workbench)) == known


def test_the_scores_are_there_again_and_whether_they_are_of_these_labels(section):
    before = trained(section)
    labels = painted(section)
    labels[200:220, 20:60], labels[140:160, 20:60] = 1, 2
    before.labels, before.trainer.settings = labels, replace(QUICK, score=True, n_splits=2)
    before.trainer.train()
    assert before.trainer.wait(60)
    before.save()
    before.labeler._autosave.flush()
    after = cw.Workbench(section, CLASSES)
    assert after.trainer.evaluation.to_dict() == before.trainer.evaluation.to_dict()
    assert after._scores.value == before._scores.value != ""
    before.page = after.page = "train"
    told, told_before = after.trainer._results, before.trainer._results
    assert told.scores.value == told_before.scores.value
    assert told.importances.value == told_before.importances.value != ""
    assert not after.trainer.outdated
    Hand(after.labeler.stage).stroke("erase", (30, 20), (30, 60))
    assert after.trainer.outdated
    assert "with earlier labels" in after._scores.value
    after.save()
    after.labeler._autosave.flush()
    assert cw.Workbench(section, CLASSES).trainer.outdated


def test_live_begins_with_the_map_of_what_was_opened(section):
    trained(section).save()
    workbench = cw.Workbench(section, CLASSES)
    opened = workbench.model
    workbench.trainer.live = True  # no stroke is needed
    assert workbench.trainer.wait(60)
    assert workbench.model is not opened
    assert workbench.trainer.maps.model is workbench.model
    assert workbench.trainer.maps.complete


def test_the_page_of_the_map_says_how_far_the_training_is_that_makes_it(section):
    workbench = cw.Workbench(section, CLASSES, settings=QUICK)
    workbench.labels = painted(section)
    workbench.page = "map"
    state = workbench._pages["map"].children[0]
    assert state.layout.display == "none"
    seen = []
    workbench.trainer._status.observe(lambda told: seen.append((state.layout.display, told["new"])), "value")
    workbench.trainer.train()
    assert workbench.trainer.wait(60)
    assert ("", "<span>Training on the labels …</span>") in seen
    assert state.layout.display == "none"


def test_only_the_page_that_is_shown_follows(section):
    workbench = trained(section)
    workbench.page = "map"
    shown = [name for name, page in workbench._pages.items() if page.layout.display != "none"]
    assert shown == ["map"]
    overlay = workbench.overlay
    assert overlay.maps is workbench.trainer.maps
    workbench.labeler.stage.show(80, 60, scale=5)
    assert overlay.stage.viewport.row == pytest.approx(80, abs=1)
    assert overlay.stage.viewport.scale == 5
    overlay.stage.show(20, 60, scale=6)
    assert workbench.labeler.stage.viewport.row == pytest.approx(20, abs=1)
    workbench.page = "label"
    workbench.labeler.stage.show(100, 60)
    workbench.labels = np.ones(section.shape, np.uint8)
    assert overlay.stage.viewport.row == pytest.approx(20, abs=1)
    assert overlay.labels is not workbench.labels
    workbench.page = "map"
    assert overlay.stage.viewport.row == pytest.approx(100, abs=1)
    assert overlay.labels is workbench.labels


def test_feature_maps_are_made_when_they_are_first_looked_at(section):
    workbench = trained(section)
    assert workbench._explorer is None
    workbench.page = "features"
    assert workbench.explorer.wait(60)
    assert workbench.explorer.hypercolumns == workbench.trainer.settings.recipe.hypercolumns
    assert workbench.explorer.labels is workbench.labels
    workbench.labeler.palette.add("Vein")
    assert workbench.explorer.legend == workbench.legend
    workbench.labeler.stage.show(120, 60, scale=8)
    assert workbench.explorer.stage.viewport.row == pytest.approx(120, abs=1)


def test_the_map_of_an_opened_model_is_completed_with_its_doubts_when_it_is_looked_at(section):
    trained(section).save()
    workbench = cw.Workbench(section)
    assert workbench.trainer.maps.uncertainty is None
    workbench.page = "map"
    assert workbench.overlay.wait(60)
    assert workbench.trainer.maps is workbench.overlay.maps
    assert workbench.trainer.maps.uncertainty is not None
    workbench.overlay.shows = "uncertainty"


def test_the_map_of_an_opened_model_is_completed_when_a_training_is_stopped_that_would_have_made_another(
    section,
):
    trained(section).save()
    workbench = cw.Workbench(section)
    workbench.labels = painted(section)
    workbench.trainer.train()
    workbench.page = "map"
    assert workbench.overlay.maps.uncertainty is None  # the training makes a map
    workbench.trainer.stop()
    assert workbench.overlay.wait(60)
    assert workbench.trainer.maps is workbench.overlay.maps
    assert workbench.trainer.maps.uncertainty is not None


def test_what_light_was_corrected_is_told_at_once_when_a_session_is_opened(section):
    made = trained(section)
    light = Light((1.2, 1.0, 0.8), 1.1)
    made.trainer.maps = replace(made.trainer.maps, lights={"image": light})
    made.save()
    opened = cw.Workbench(section)
    assert opened.trainer.maps.lights == {"image": light}
    opened.trainer.model = None  # which would map anew
    opened.page = "map"
    assert "red x 1.20" in opened.overlay._side.light.value


def test_to_train_on_nothing_says_what_to_do_on_the_page_of_the_labeler(section, shown_errors):
    workbench = cw.Workbench(section, CLASSES)
    bar, _, messages, *_ = workbench._pages["label"].children
    next(part for part in bar.children[0].children if getattr(part, "description", "") == "Train").click()
    assert "Paint at least two classes." in messages.text
    assert messages.layout.display == ""
    shown_errors.clear()


def test_both_classes_and_a_legend_are_refused(section):
    with pytest.raises(ValueError, match="Both classes and a legend are given; give one of them"):
        cw.Workbench(section, CLASSES, legend=cw.Legend(CLASSES))


def test_tools_that_are_made_when_they_are_first_needed_are_made_once(section):
    """The page asks for them in one thread, a cell in another."""
    workbench = cw.Workbench(section, CLASSES)
    with ThreadPoolExecutor(4) as executor:
        found = list(executor.map(lambda _: workbench.overlay, range(4)))
    assert found == [workbench.overlay] * 4
    assert workbench._pages["map"].children == (workbench.trainer.state, workbench.overlay)


def test_strokes_of_two_tools_on_one_photograph_are_all_kept(tmp_path):
    Image.fromarray(np.full((120, 60, 3), 120, np.uint8)).save(tmp_path / "core.png")
    section = cw.read_section(tmp_path / "core.png")
    first = cw.Labeler(section, classes=["A", "B"])
    early = np.zeros(section.shape, np.uint8)
    early[:10] = 1
    first.labels = early
    second = cw.Workbench(section, classes=["A", "B"])
    assert np.array_equal(second.labels, early)
    late = early.copy()
    late[20:60] = 2
    first.labels = late
    first._autosave.flush()
    assert "open in another tool" in first._status.value
    assert "cw-bad" in first._status.value
    assert np.array_equal(cw.read_labels(tmp_path / "core.labels.2.png")[0], late)
    assert np.array_equal(cw.read_labels(tmp_path / "core.labels.png")[0], early)
    again = cw.Labeler(cw.read_section(tmp_path / "core.png"))
    assert "core.labels.2.png beside it has strokes" in again._status.value
