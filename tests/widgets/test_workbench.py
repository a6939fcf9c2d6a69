"""The workbench by calling its handlers: pages, what follows what, save and open."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw
from corewidgets.learning.light import Light
from corewidgets.scoring.settings import Settings
from corewidgets.session import open_session
from corewidgets.widgets.tool import family

from .conftest import Hand

QUICK = Settings(cw.PRESETS["quick"].patched(n_trees=8, max_training_pixels=300), score=False)
CLASSES = ["Matrix", "Clast", "Void"]


@pytest.fixture
def section(tmp_path):
    sample = cw.sample_core(240, 120)
    Image.fromarray(sample.section.image).save(tmp_path / "core.png")
    return cw.read_section(tmp_path / "core.png", top=10.0, base=10.04)


def painted(section):
    labels = np.zeros(section.shape, np.uint8)
    labels[20:40, 20:60], labels[80:100, 20:60] = 1, 2
    return labels


def trained(section, **options):
    """Return a workbench with a model, trained on two classes."""
    workbench = cw.Workbench(section, CLASSES, settings=QUICK, **options)
    workbench.labels = painted(section)
    workbench.trainer.train()
    assert workbench.trainer.wait(60)
    return workbench


def button(workbench, text):
    return next(
        part for part in workbench._bar.children[1].children if getattr(part, "description", "") == text
    )


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


def test_what_was_saved_is_there_when_the_section_is_opened_again(section, tmp_path):
    before = trained(section)
    before.labeler.selected_class = "Void"
    before.labeler.palette.protected = frozenset({2})
    before.labeler.stage.show(120, 60, scale=7)
    button(before, "Save").click()
    assert "Saved " in before._line.status.value
    assert (tmp_path / "core.session.zip").exists()
    before.labeler._autosave.flush()

    after = cw.Workbench(section, CLASSES)
    assert "Opened core.session.zip" in after._line.status.value
    assert np.array_equal(after.labels, before.labels)
    assert np.array_equal(after.segmentation, before.segmentation)
    assert after.labeler.stage._sources["overlay"] is not None
    assert np.array_equal(after.model.predict(section), before.model.predict(section))
    assert after.legend == before.legend
    assert after.trainer.settings == QUICK
    assert (after.labeler.selected_class, after.labeler.palette.protected) == ("Void", {2})
    viewport = after.labeler.stage.viewport
    assert (viewport.row, viewport.scale) == (pytest.approx(120, abs=1), 7)


def test_strokes_after_the_last_save_are_not_lost(section):
    workbench = trained(section)
    workbench.save()
    later = workbench.labels.copy()
    later[140:] = 3
    workbench.labels = later
    assert "Changed since it was saved" in workbench._line.status.value
    workbench.labeler._autosave.flush()
    again = cw.Workbench(section, [*CLASSES, "Vein"])
    assert np.array_equal(again.labels, later)
    assert again.model is not None
    assert again.legend.names == (*CLASSES, "Vein")


def test_without_a_file_of_labels_those_of_the_session_are_there(section):
    workbench = trained(section, autosave=False)
    workbench.save()
    again = cw.Workbench(section, autosave=False)
    assert np.array_equal(again.labels, workbench.labels)
    assert again.legend.names == tuple(CLASSES)


def test_the_map_of_an_opened_model_is_completed_with_its_doubts_when_it_is_looked_at(section):
    trained(section).save()
    workbench = cw.Workbench(section)
    assert workbench.trainer.maps.uncertainty is None
    workbench.page = "map"
    assert workbench.overlay.wait(60)
    assert workbench.trainer.maps is workbench.overlay.maps
    assert workbench.trainer.maps.uncertainty is not None
    workbench.overlay.shows = "uncertainty"


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


def test_a_session_can_be_opened_by_its_name_alone(section, tmp_path):
    trained(section).save(tmp_path / "two.zip")
    workbench = cw.Workbench.reopen(tmp_path / "two.zip")
    assert workbench.section.path == tmp_path / "core.png"
    assert (workbench.section.top, workbench.section.base) == (10.0, 10.04)
    assert workbench.model is not None
    assert np.array_equal(workbench.labels, painted(section))
    assert workbench._line.path.value == str(tmp_path / "two.zip")


def test_open_puts_a_session_in_the_place_of_what_is_there(section, tmp_path):
    workbench = trained(section)
    workbench.save(tmp_path / "first.session.zip")
    workbench.labels = np.full(section.shape, 3, np.uint8)
    workbench.labeler.palette.add("Vein")
    workbench.labeler._autosave.flush()
    button(workbench, "Open").click()
    assert np.array_equal(workbench.labels, painted(section))
    assert workbench.legend.names == tuple(CLASSES)
    assert "Those in core.labels.png were painted later: File, Open reads them" in workbench.messages.text
    Hand(workbench.labeler.stage).stroke("paint", (120, 20), (120, 60))
    assert workbench.trainer.labels is workbench.labels
    workbench.labeler._autosave.flush()
    assert [file.name for file in tmp_path.glob("core.labels.*.png")] != []


def test_a_session_of_somebody_else_is_kept_under_another_name(section, tmp_path):
    trained(section).save()
    fresh = cw.Workbench(section, CLASSES, labels=np.ones(section.shape, np.uint8))
    fresh.save()
    assert "the one before is kept as core.session." in fresh._line.status.value
    kept = next(tmp_path.glob("core.session.*-*.zip"))
    assert np.array_equal(open_session(kept).labels, painted(section))
    fresh.save()  # it is our own now
    assert len(list(tmp_path.glob("core.session.*-*.zip"))) == 1


def test_what_cannot_be_opened_is_said_and_nothing_is_lost(section, tmp_path, shown_errors):
    (tmp_path / "core.session.zip").write_bytes(b"no session")
    workbench = cw.Workbench(section, CLASSES)
    assert (
        "is not a session, or it is damaged (BadZipFile: File is not a zip file); choose a .session.zip that "
        "was saved by the workbench." in workbench.messages.text
    )
    workbench.labels = painted(section)
    workbench._line.path.value = str(tmp_path / "none.zip")
    button(workbench, "Open").click()
    assert "There is no session" in workbench.messages.text
    assert np.array_equal(workbench.labels, painted(section))
    workbench._line.path.value = str(tmp_path / "no folder" / "a.zip")
    button(workbench, "Save").click()
    assert "does not exist; create it first" in workbench.messages.text
    assert "Not saved" in workbench._line.status.value
    assert len(shown_errors) == 3
    shown_errors.clear()


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


def test_a_photograph_without_a_file_is_kept_in_the_session(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sample = cw.sample_core(240, 96)
    workbench = cw.Workbench(sample.section, legend=sample.legend, labels=sample.labels)
    assert workbench._line.path.value == "sample-core-0.session.zip"  # short, in this folder
    workbench.save()
    again = cw.Workbench.reopen("sample-core-0.session.zip")
    assert np.array_equal(again.section.image, sample.section.image)
    assert np.array_equal(again.labels, sample.labels)
    assert np.array_equal(cw.Workbench(sample.section).labels, sample.labels)


def test_tools_that_are_made_when_they_are_first_needed_are_made_once(section):
    """The page asks for them in one thread, a cell in another."""
    workbench = cw.Workbench(section, CLASSES)
    with ThreadPoolExecutor(4) as executor:
        found = list(executor.map(lambda _: workbench.overlay, range(4)))
    assert found == [workbench.overlay] * 4
    assert workbench._pages["map"].children == (workbench.overlay,)


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


def test_a_session_saved_after_another_program_changed_the_labels_is_what_is_opened(tmp_path):
    Image.fromarray(np.full((120, 60, 3), 120, np.uint8)).save(tmp_path / "core.png")
    section = cw.read_section(tmp_path / "core.png")
    bench = cw.Workbench(section, classes=["A", "B"])
    drawn = np.zeros(section.shape, np.uint8)
    drawn[:10], drawn[30:50] = 1, 2
    bench.labels = drawn
    bench.labeler._autosave.flush()
    theirs = np.full(section.shape, 2, np.uint8)
    cw.write_labels(tmp_path / "core.labels.png", theirs, bench.legend)
    os.utime(tmp_path / "core.labels.png", (1e9, 1e9))
    drawn = drawn.copy()
    drawn[60:70] = 1
    bench.labels = drawn
    bench.labeler._autosave.flush()
    assert "was changed by something else" in bench.labeler._status.value
    bench.save()
    again = cw.Workbench(cw.read_section(tmp_path / "core.png"))
    assert np.array_equal(again.labels, drawn)
    assert "These are the labels of the session" in again.messages.text
    assert np.array_equal(cw.read_labels(tmp_path / "core.labels.png")[0], theirs)


def test_lanes_of_one_box_do_not_share_labels_and_sessions(tmp_path):
    box = np.random.default_rng(0).integers(0, 255, (200, 300, 3), np.uint8)
    Image.fromarray(box).save(tmp_path / "box.png")
    (tmp_path / "hole.csv").write_text(
        "file,top,base,name,crop,rotation\n"
        "box.png,45,46,12-1,20:80 0:300,90\nbox.png,46,47,12-2,110:170 0:300,90\n"
    )
    one, two = (lane.read() for lane in cw.read_core(tmp_path / "hole.csv"))
    bench = cw.Workbench(one, classes=["A", "B"])
    bench.labels = np.full(one.shape, 1, np.uint8)
    bench.save()
    other = cw.Workbench(two, classes=["A", "B"])
    assert not other.labels.any()
    other.labels = np.full(two.shape, 2, np.uint8)
    other.save()
    assert (cw.Workbench(one).labels == 1).all()
    assert (cw.Workbench(two).labels == 2).all()
    names = {path.name for path in tmp_path.iterdir()}
    assert names >= {
        f"box.{lane}{what}" for lane in ("12-1", "12-2") for what in (".labels.png", ".session.zip")
    }


@pytest.fixture
def plain(tmp_path):
    Image.fromarray(np.full((120, 60, 3), 120, np.uint8)).save(tmp_path / "core.png")
    return cw.read_section(tmp_path / "core.png")


def rows(section, first, last, code):
    labels = np.zeros(section.shape, np.uint8)
    labels[first:last] = code
    return labels


def lanes(tmp_path, columns, *lines):
    (tmp_path / "hole.csv").write_text("\n".join((columns, *lines)) + "\n")
    return [lane.read() for lane in cw.read_core(tmp_path / "hole.csv")]


def test_save_in_a_conflict_names_the_file_that_the_labels_are_in(plain, tmp_path):
    first = cw.Workbench(plain, classes=["A", "B"])
    cw.Workbench(plain, classes=["A", "B"])
    first.labels = rows(plain, 0, 40, 1)
    first.save()
    assert "its labels are also in core.labels.2.png" in first._line.status.value
    assert "cw-bad" in first._line.status.value
    assert "cw-bad" in first.labeler._status.value
    assert (cw.read_labels(tmp_path / "core.labels.2.png")[0] == first.labels).all()


def test_labels_of_a_session_that_a_later_file_has_not_are_kept(plain, tmp_path):
    bench = cw.Workbench(plain, classes=["A", "B"])
    drawn = rows(plain, 0, 40, 1)
    bench.labels = drawn
    bench.labeler.flush_labels()
    bench.save()
    theirs = rows(plain, 0, 2, 2)
    cw.write_labels(tmp_path / "core.labels.png", theirs, bench.legend)
    saved = (tmp_path / "core.session.zip").stat().st_mtime + 5
    os.utime(tmp_path / "core.labels.png", (saved, saved))
    for _ in range(2):  # opened again, it is not kept again
        again = cw.Workbench(cw.read_section(tmp_path / "core.png"))
        assert np.array_equal(again.labels, theirs)
        (kept,) = tmp_path.glob("core.labels.2*.png")
        assert "2,400 pixels that are labelled in the session are not labelled there" in again.messages.text
        assert kept.name in again.messages.text
    again.save()
    assert np.array_equal(cw.read_labels(kept)[0], drawn)


def test_labels_painted_after_a_session_was_saved_are_opened_without_a_word(plain, tmp_path):
    bench = cw.Workbench(plain, classes=["A", "B"])
    bench.labels = rows(plain, 0, 40, 1)
    bench.save()
    more = rows(plain, 0, 60, 1)
    bench.labels = more
    bench.labeler.flush_labels()
    again = cw.Workbench(cw.read_section(tmp_path / "core.png"))
    assert np.array_equal(again.labels, more)
    assert not again.messages.text
    assert {file.name for file in tmp_path.iterdir()} == {"core.png", "core.labels.png", "core.session.zip"}


def test_a_session_that_another_tool_saved_since_is_kept(plain, tmp_path):
    cw.Workbench(plain, classes=["A", "B"], autosave=False).save()
    first, second = (cw.Workbench(plain, autosave=False) for _ in range(2))
    first.labels = rows(plain, 0, 40, 1)
    first.save()
    second.labels = rows(plain, 50, 55, 2)
    second.save()
    (kept,) = tmp_path.glob("core.session.2*.zip")
    assert f"the one before is kept as {kept.name}" in second._line.status.value
    assert np.array_equal(open_session(kept).labels, first.labels)
    second.save()
    assert list(tmp_path.glob("core.session.2*.zip")) == [kept]


def test_labels_of_before_are_read_for_a_photograph_that_is_only_turned(tmp_path):
    Image.fromarray(np.full((60, 120, 3), 120, np.uint8)).save(tmp_path / "lying.png")
    (lane,) = lanes(tmp_path, "file,top,base,name,rotation", "lying.png,0,1,12-1,90")
    drawn = rows(lane, 0, 10, 1)
    cw.write_labels(tmp_path / "lying.labels.png", drawn, cw.Legend(["A", "B"]))
    assert np.array_equal(cw.Labeler(lane).labels, drawn)


def test_a_lane_says_that_labels_of_before_lie_beside_the_box(plain, tmp_path):
    (lane,) = lanes(tmp_path, "file,top,base,name,crop", "core.png,0,1,12-1,0:60 0:60")
    cw.write_labels(tmp_path / "core.labels.png", rows(lane, 0, 10, 1), cw.Legend(["A", "B"]))
    labeler = cw.Labeler(lane, classes=["A", "B"])
    assert not labeler.labels.any()
    assert "core.labels.png holds labels of the whole photograph, or of one" in labeler.messages.text
    assert "core.12-1.labels.png" in labeler.messages.text


def test_the_session_of_a_lane_is_reopened_by_its_file_alone_and_only_for_that_lane(tmp_path):
    box = np.random.default_rng(0).integers(0, 255, (120, 60, 3), np.uint8)
    Image.fromarray(box).save(tmp_path / "box.png")
    one, two = lanes(
        tmp_path, "file,top,base,name,crop", "box.png,0,1,12-1,0:60 0:60", "box.png,1,2,12-2,60:120 0:60"
    )
    bench = cw.Workbench(one, classes=["A", "B"])
    bench.labels = rows(one, 0, 10, 1)
    bench.save()
    again = cw.Workbench.reopen(tmp_path / "box.12-1.session.zip")
    assert np.array_equal(again.section.image, one.image)
    assert np.array_equal(again.labels, bench.labels)
    assert (again.section.path, again.section.part, again.section.top) == (one.path, "12-1", 0.0)
    assert again.labeler._autosave.path.name == "box.12-1.labels.png"
    with pytest.raises(ValueError, match="was made on another photograph"):
        cw.Workbench.reopen(tmp_path / "box.12-1.session.zip", two)


def test_a_session_that_is_opened_keeps_the_labels_file_that_was_given(tmp_path):
    Image.fromarray(np.full((60, 40, 3), 120, np.uint8)).save(tmp_path / "core.png")
    Image.fromarray(np.full((60, 40, 3), 90, np.uint8)).save(tmp_path / "other.png")
    own = tmp_path / "mine.png"
    bench = cw.Workbench(cw.read_section(tmp_path / "core.png"), classes=["A", "B"], autosave=own)
    bench.labels = np.full((60, 40), 1, np.uint8)
    bench.save()
    bench.restore()
    bench.labels = np.full((60, 40), 2, np.uint8)
    bench.labeler.flush_labels()
    assert (cw.read_labels(own)[0] == 2).all()
    assert not (tmp_path / "core.labels.png").exists()
    cw.Workbench(cw.read_section(tmp_path / "other.png"), classes=["A", "B"], autosave=False).save()
    bench.restore(tmp_path / "other.session.zip")
    bench.labels = np.full((60, 40), 1, np.uint8)
    bench.labeler.flush_labels()
    assert (cw.read_labels(own)[0] == 2).all()
    assert (cw.read_labels(tmp_path / "other.labels.png")[0] == 1).all()
