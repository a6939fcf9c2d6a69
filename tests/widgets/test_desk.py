"""A workbench with several photographs: one is open, all is kept in the project at once."""

from __future__ import annotations

import gc
import re
import threading
import time
import weakref

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw
from corewidgets.learning.proposals import Proposal
from corewidgets.scoring.settings import Settings
from corewidgets.widgets.turn import TURN

from .conftest import Hand

QUICK = Settings(cw.PRESETS["quick"].patched(n_trees=8, max_training_pixels=300), score=False)


@pytest.fixture
def scans(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in (1, 2, 3):
        image = cw.sample_core(240, 120, seed=number).section.image
        Image.fromarray(image).save(folder / f"R{number}.png")
    return folder


def lifted(workbench, row):
    """Draw one stroke in a row."""
    Hand(workbench.labeler.stage).stroke("paint", (row, 20), (row, 60))


def test_a_folder_opens_with_a_project_in_it(scans):
    workbench = cw.Workbench(scans, ["Matrix", "Clast"])
    assert workbench.project.folder == scans / "scans.corewidgets"
    assert workbench.section.name == workbench._desk.strip.selected == "R1"
    assert workbench.legend.names == ("Matrix", "Clast")
    assert cw.Workbench(scans / "scans.corewidgets").legend.names == ("Matrix", "Clast")
    assert cw.Workbench([scans / "R1.png", scans / "R2.png"]).project.folder == scans / "scans.corewidgets"
    assert cw.Workbench(scans, project=scans.parent / "hole.corewidgets").project.name == "hole"
    assert cw.Workbench.reopen(scans / "scans.corewidgets").section.name == "R1"


def test_one_photograph_needs_no_project(scans):
    assert cw.Workbench([scans / "R1.png"]).project is None
    kept = cw.Workbench(scans / "R1.png", project=scans / "one.corewidgets").project
    assert kept.names == ["R1"]
    with pytest.raises(ValueError, match=r"There is one photograph on this workbench\. Give cw\.Workbench"):
        cw.Workbench(scans / "R1.png").open_photograph("R2")


def test_a_stroke_is_in_the_project_when_the_brush_is_lifted(scans):
    workbench = cw.Workbench(scans)
    lifted(workbench, 30)
    kept = cw.Project(workbench.project.folder)  # read from the disk, with nothing saved
    assert np.array_equal(kept.labels("R1"), workbench.labels)
    assert workbench.labels.any()
    assert kept.state("R1").states == ("labelled",)
    assert workbench._desk.strip.rows[0]["states"] == ["labelled"]
    assert kept.edits("R1")[0]["strokes"] == 1
    assert not list(scans.glob("*.labels.png"))


def test_the_line_names_the_folder_of_labels_since_they_are_called_like_the_photograph(scans):
    workbench = cw.Workbench(scans)
    assert "Strokes are saved to labels/R1.png" in workbench.labeler._status.value
    lifted(workbench, 30)
    assert " to labels/R1.png" in workbench.labeler._status.value
    assert "Restored from labels/R1.png" in cw.Workbench(scans).labeler._status.value


def test_photographs_are_changed_and_the_view_stays(scans):
    workbench = cw.Workbench(scans)
    lifted(workbench, 30)
    first = workbench.labels
    workbench.labeler.mode = "pan"
    workbench.labeler.stage.show(120, 60, scale=3)
    viewport = workbench.labeler.stage.viewport
    workbench._desk.strip.selected = "R3"
    assert workbench.section.name == workbench.project.view["photograph"] == "R3"
    assert not workbench.labels.any()
    assert workbench.labeler.stage.viewport == viewport
    assert workbench.labeler.mode == "pan"
    lifted(workbench, 90)
    workbench.open_photograph("R1")
    assert np.array_equal(workbench.labels, first)
    assert workbench.project.labelled == ["R1", "R3"]
    again = cw.Workbench(scans)
    assert again.section.name == "R1"
    assert np.array_equal(again.labels, first)


def test_a_cell_that_opens_a_photograph_waits_for_what_the_page_says(scans, monkeypatch):
    workbench = cw.Workbench(scans, ["Matrix", "Clast"])
    read, read_when = workbench._desk.read, []
    monkeypatch.setattr(workbench._desk, "read", lambda name: read_when.append(answered) or read(name))
    answered = False
    cell = threading.Thread(target=workbench.open_photograph, args=("R2",))
    with TURN:  # as a message of the page is handled in a thread beside that of the cells
        cell.start()
        cell.join(0.2)
        answered = True
    cell.join()
    assert (read_when, workbench.section.name) == ([True], "R2")


def test_photographs_that_were_open_take_no_memory(scans):
    workbench = cw.Workbench(scans)
    seen = []
    for name in ("R2", "R3", "R1", "R2"):
        seen += [
            weakref.ref(workbench.labeler),
            weakref.ref(workbench.trainer),
            weakref.ref(workbench.section),
        ]
        workbench.open_photograph(name)
    gc.collect()
    assert [kept() for kept in seen] == [None] * len(seen)


def test_a_class_of_one_photograph_is_there_on_all(scans):
    workbench = cw.Workbench(scans, ["Matrix", "Clast"])
    workbench.labeler.legend = workbench.legend.add("Void").rename("Clast", "Breccia")
    workbench.labeler.selected_class = "Void"
    lifted(workbench, 30)
    workbench.open_photograph("R2")
    assert workbench.legend.names == ("Matrix", "Breccia", "Void")
    assert workbench.labeler.selected_class == "Void"
    assert workbench._desk.strip.classes == {"1": "Matrix", "2": "Breccia", "3": "Void"}
    lifted(workbench, 30)
    workbench.labeler.legend = workbench.legend.rename("Void", "Hole")
    workbench.open_photograph("R1")
    assert workbench.legend.names == ("Matrix", "Breccia", "Hole")
    assert set(np.unique(workbench.labels)) == {0, 3}
    assert cw.read_labels(workbench.project.labels_path("R1"))[1].names == ("Matrix", "Breccia", "Hole")


def test_the_page_knows_when_it_can_use_the_tools_of_a_photograph(scans, shown_errors):
    workbench = cw.Workbench(scans)
    strip, told = workbench._desk.strip, []
    assert strip.opened == {"name": "R1", "tools": 1}
    before = workbench.labeler
    strip.observe(lambda change: told.append((before.comm is not None, change["new"])), "opened")
    workbench.open_photograph("R2")
    assert told == [
        (True, {"name": "", "tools": 1}),
        (True, {"name": "", "tools": 2}),
        (False, {"name": "R2", "tools": 2}),
    ]
    told.clear()
    (scans / "R3.png").write_bytes(b"")
    strip.selected = "R3"
    assert len(shown_errors) == 1
    shown_errors.clear()
    assert [said for _, said in told] == [{"name": "", "tools": 2}, {"name": "R2", "tools": 2}]  # they stay


def test_what_was_chosen_to_draw_with_stays(scans):
    workbench = cw.Workbench(scans, ["Matrix", "Clast", "Void"])
    labeler = workbench.labeler
    labeler.palette.move(2, -1)
    labeler.selected_class, labeler.mode = "Clast", "erase"
    labeler.brush.value = 34
    labeler.edges.on.value = True
    workbench.open_photograph("R2")
    labeler = workbench.labeler
    assert (labeler.selected_class, labeler.mode, labeler.stage.brush_size) == ("Clast", "erase", 34)
    assert labeler.edges.on.value
    assert cw.Workbench(scans).labeler.brush.value == 34


def test_a_training_that_another_photograph_ends_is_told(scans, monkeypatch):
    workbench = cw.Workbench(scans, ["Matrix", "Clast"])
    workbench.open_photograph("R2")
    assert workbench.messages.text == ""
    workbench.trainer.busy = True
    workbench.open_photograph("R1")
    assert "Training was not finished when R1 was opened" in workbench.messages.text


def test_a_photograph_that_cannot_be_read_leaves_the_open_one(scans, shown_errors):
    workbench = cw.Workbench(scans)
    whole = (scans / "R2.png").read_bytes()
    (scans / "R2.png").write_bytes(whole[:100])
    workbench._desk.strip.selected = "R2"
    assert workbench.section.name == workbench._desk.strip.selected == "R1"
    (error,) = shown_errors
    assert "cannot be decoded" in str(error)
    assert workbench._desk.strip.rows[1]["states"] == ["unreadable"]
    shown_errors.clear()
    lifted(workbench, 30)
    assert workbench.project.labelled == ["R1"]


def test_the_first_that_can_be_read_is_opened(scans):
    for name in ("R1.png", "R2.png"):
        (scans / name).write_bytes((scans / name).read_bytes()[:100])
    assert cw.Workbench(scans).section.name == "R3"
    (scans / "R3.png").write_bytes(b"")
    with pytest.raises(ValueError, match=re.escape("None of the 3 photographs of ")):
        cw.Workbench(scans / "scans.corewidgets")


def test_what_is_changed_in_the_settings_is_kept(scans):
    workbench = cw.Workbench(scans)
    workbench.trainer.settings = QUICK
    workbench.open_photograph("R2")
    assert workbench.trainer.settings == QUICK
    assert cw.Workbench(scans).trainer.settings == QUICK


def test_a_map_is_accepted_and_is_there_again(scans):
    workbench = cw.Workbench(scans, ["Matrix", "Clast"])
    workbench.project.correct_map("R2", np.full((240, 120), 2, np.uint8))
    workbench.open_photograph("R2")
    assert (workbench.segmentation == 2).all()
    workbench._desk.strip._accepted()
    assert cw.Project(workbench.project.folder).state("R2").states == ("mapped", "corrected", "accepted")
    workbench._desk.strip._accepted()
    assert workbench._desk.strip.rows[1]["states"] == ["mapped", "corrected"]


def test_strokes_where_another_window_has_drawn_are_kept_beside(scans):
    workbench = cw.Workbench(scans, ["Matrix", "Clast"])
    other = cw.Project(workbench.project.folder)
    theirs = np.full((240, 120), 2, np.uint8)
    other.write_labels("R1", theirs)
    lifted(workbench, 30)
    assert (cw.Project(workbench.project.folder).labels("R1") == theirs).all()
    kept = workbench.project.folder / "labels" / "R1.2.png"
    assert np.array_equal(cw.read_labels(kept)[0], workbench.labels)


def test_labels_are_of_one_photograph(scans):
    with pytest.raises(ValueError, match="labels are of one photograph; write those of a project with"):
        cw.Workbench(scans, labels=np.zeros((240, 120), np.uint8))
    with pytest.raises(ValueError, match="Both classes and a legend are given; give one of them"):
        cw.Workbench(scans, ["A"], legend=cw.Legend(["A"]))


def test_the_map_of_a_photograph_that_was_replaced_is_not_shown(scans):
    workbench = cw.Workbench(scans, ["Matrix", "Clast"])
    codes = np.full(workbench.section.shape, 2, np.uint8)
    workbench.project.write_map("R1", codes)
    folder = workbench.project.folder
    assert (cw.Workbench(folder).trainer.segmentation == codes).all()
    Image.fromarray(255 - np.asarray(workbench.section.image)).save(scans / "R1.png")
    now = cw.Workbench(folder)
    assert now.trainer.segmentation is None
    assert "The map is not shown" in now._desk.messages.text
    assert "was drawn on another photograph" in now._desk.messages.text


def test_what_the_page_chooses_while_depths_are_given_stays_chosen_there(scans, monkeypatch):
    """The page's messages may come in a thread of their own, and wait for their turn."""
    workbench = cw.Workbench(scans)
    strip, read = workbench._desk.strip, workbench._desk.read
    told = []  # to the page
    choosing = threading.Thread(target=strip.set_state, args=[{"selected": "R2"}])

    def reading(name):
        if choosing.ident is None:
            choosing.start()
            while strip.selected != "R2":
                time.sleep(0.001)
        return read(name)

    monkeypatch.setattr(workbench._desk, "read", reading)
    monkeypatch.setattr(strip, "send_state", lambda key: told.append((key, getattr(strip, key))))
    with workbench.messages.shown():
        workbench.export.top.value, workbench.export.base.value = "10", "11"
        workbench.export.set_depths()
    choosing.join(60)
    assert not choosing.is_alive()
    assert workbench.section.name == strip.selected == "R2"
    assert ("selected", "R1") not in told
    assert {key for key, _ in told} == {"rows", "opened"}


def refuse(workbench, row, column):
    """Refuse a proposal at a place, as the key X does."""
    box = slice(row - 5, row + 6), slice(column - 5, column + 6)
    one = Proposal(row, column, box, np.ones((11, 11), bool), 1.0, 1, 0.8, 0.5, 0.5)
    workbench.proposer._found(None, np.zeros((1, 1, 0), np.float32), [one])
    Hand(workbench.labeler.stage).key("x")


def test_what_is_refused_on_a_photograph_is_kept_with_it(scans):
    workbench = cw.Workbench(scans, ["Matrix", "Clast"])
    refuse(workbench, 50, 60)
    workbench.open_photograph("R2")
    assert workbench.proposer.refused == set()
    refuse(workbench, 20, 30)
    refuse(workbench, 70, 80)
    workbench.open_photograph("R1")
    assert workbench.proposer.refused == {(50, 60)}
    workbench.open_photograph("R3")
    again = cw.Workbench(workbench.project.folder)
    assert (again.section.name, again.proposer.refused) == ("R3", set())
    again.open_photograph("R2")
    assert again.proposer.refused == {(20, 30), (70, 80)}
