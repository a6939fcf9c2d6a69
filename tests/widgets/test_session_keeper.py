"""Save and open in the workbench: no session and no labels are lost, whoever wrote them."""

from __future__ import annotations

import os

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw
from corewidgets.session import open_session

from .conftest import Hand
from .trained_workbench import CLASSES, QUICK, painted, section_in, trained


@pytest.fixture
def section(tmp_path):
    return section_in(tmp_path)


def button(workbench, text):
    return next(
        part for part in workbench._bar.children[1].children if getattr(part, "description", "") == text
    )


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
