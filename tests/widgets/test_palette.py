"""The list of classes beside the core: add, rename, delete, reorder, hide, protect."""

from __future__ import annotations

import numpy as np
import pytest

from corewidgets.labels.files import write_labels
from corewidgets.labels.legend import Legend
from corewidgets.widgets import Labeler

from .conftest import Hand

CLASSES = ["Matrix", "Carb-White", "Impact-Dark"]


@pytest.fixture
def labeler(image):
    return Labeler(image, classes=CLASSES)


@pytest.fixture
def hand(labeler):
    return Hand(labeler.stage)


def test_classes_are_added_renamed_recolored(labeler):
    palette = labeler.palette
    palette._add.click()
    assert labeler.selected_class == "Class 4"
    palette._name.value = "Chert"
    assert labeler.selected_class == "Chert"
    palette.rows[4].color.value = "#123456"
    assert labeler.legend.colors[3] == "#123456"
    assert labeler.stage.ink_color == "#123456"
    assert labeler.legend.names == (*CLASSES, "Chert")


def test_a_name_typed_beside_add_is_that_of_the_new_class(labeler):
    palette = labeler.palette
    before = labeler.legend.names
    palette._new.value = " Chert "
    assert labeler.legend.names == before
    palette._add.click()
    assert labeler.legend.names == (*before, "Chert")
    assert (labeler.selected_class, palette._new.value) == ("Chert", "")


def test_a_name_that_is_taken_is_refused_in_the_widget(labeler, shown_errors):
    labeler.palette._name.value = "Carb-White"
    assert "'Carb-White' occurs twice" in str(shown_errors.pop())
    assert labeler.palette._name.value == "Matrix"
    assert labeler.legend.names == tuple(CLASSES)


def test_hidden_classes_are_transparent_and_shown_again_when_they_are_painted(labeler, hand):
    row = labeler.palette.rows[1]
    row.eye.click()
    assert labeler.palette.colors()[1, 3] == 0
    assert row.eye.icon == "eye-slash"
    hand.stroke("paint", (50, 40))
    assert labeler.palette.hidden == frozenset()


def test_locks_and_rows_of_the_palette(labeler):
    palette = labeler.palette
    palette.rows[2].lock.click()
    assert palette.protected == {2}
    assert labeler._history.protected == {2}
    palette.rows[2].name.click()
    assert labeler.selected_class == "Carb-White"
    assert "cw-selected" in palette.rows[2].widget._dom_classes
    assert "cw-selected" not in palette.rows[1].widget._dom_classes


def test_protected_classes_are_not_painted_over(labeler, hand):
    hand.stroke("paint", (50, 40), size=20)
    first = labeler.labels == 1
    labeler.palette.toggle_protected(1)
    labeler.selected_class = "Carb-White"
    hand.stroke("paint", (50, 40), size=40)
    assert (labeler.labels[first] == 1).all()
    assert (labeler.labels == 2).any()
    hand.stroke("erase", (50, 40), size=5)
    assert (labeler.labels[first] == 1).all()
    assert "the labels there are protected" in labeler.messages.text


def test_keys_follow_the_order_of_the_list(labeler, hand):
    labeler.selected_class = "Impact-Dark"
    labeler.palette._up.click()
    labeler.palette._up.click()
    hand.key("1")
    assert labeler.selected_class == "Impact-Dark"
    hand.key("2")
    assert labeler.selected_class == "Matrix"
    assert labeler.palette.rows[3]._key.value == "<kbd>1</kbd>"


def test_a_class_without_labels_is_deleted_at_once_and_undone(labeler):
    labeler.selected_class = "Carb-White"
    labeler.palette._delete.click()
    assert labeler.legend.order == (1, 3)
    assert labeler.selected_class == "Impact-Dark"
    assert labeler.palette._list.children == tuple(labeler.palette.rows[code].widget for code in (1, 3))
    labeler.undo()
    assert labeler.legend == Legend(CLASSES)
    labeler.redo()
    assert labeler.legend.order == (1, 3)


def test_a_class_with_labels_is_deleted_with_them_after_a_question(labeler, hand):
    hand.stroke("paint", (50, 40))
    n_pixels = int((labeler.labels == 1).sum())
    before = labeler.labels
    labeler.palette._delete.click()
    assert labeler.question.text == f"Delete Matrix and its labels, {n_pixels} pixels? Undo restores them."
    assert labeler.labels is before
    labeler.question.refuse.click()
    assert (labeler.question.text, labeler.legend) == ("", Legend(CLASSES))
    labeler.palette._delete.click()
    labeler.question.agree.click()
    assert labeler.question.text == ""
    assert not labeler.labels.any()
    assert labeler.legend.order == (2, 3)
    hand.key("ctrl+z")
    assert (labeler.labels == before).all()
    assert labeler.legend == Legend(CLASSES)


def test_the_only_class_is_refused_before_anything_is_asked(image):
    labeler = Labeler(image, classes=["Matrix"])
    labeler.labels = np.ones((120, 80), np.uint8)
    with pytest.raises(ValueError, match="'Matrix' is the only class; add another one before it is deleted"):
        labeler.delete_class("Matrix")
    assert labeler.question.text == ""


def test_labels_and_classes_that_do_not_match_are_never_seen_or_saved(labeler, hand, monkeypatch):
    hand.stroke("paint", (50, 40))
    seen = []
    labeler.observe(lambda _: seen.append((set(np.unique(labeler.labels)), labeler.legend.order)), ["labels"])
    labeler.observe(lambda _: seen.append((set(np.unique(labeler.labels)), labeler.legend.order)), ["legend"])
    saved = []
    monkeypatch.setattr(
        labeler, "_schedule", lambda: saved.append((set(np.unique(labeler.labels)), labeler.legend.order))
    )
    labeler.delete_class("Matrix")
    labeler.question.agree.click()
    labeler.undo()
    gone, back = ({0}, (2, 3)), ({0, 1}, (1, 2, 3))
    assert seen == [gone, gone, back, back]
    assert saved == [gone, back]


def test_every_change_of_the_classes_is_undone_in_its_turn(labeler, hand):
    palette = labeler.palette
    hand.stroke("paint", (50, 40))
    palette._name.value = "Mud"
    palette._down.click()
    palette._rock.click()
    palette.rows[1].color.value = "#123456"
    changed = labeler.legend
    assert (changed.names[0], changed.order, changed.not_rock) == ("Mud", (2, 1, 3), ("Mud",))
    assert changed.colors[0] == "#123456"
    assert "cw-not-rock" in palette.rows[1].widget._dom_classes
    states = [("#123456", ("Mud",), (2, 1, 3), "Mud")]
    for _ in range(4):
        assert (labeler.labels == 1).any()
        labeler.undo()
        legend = labeler.legend
        states.append((legend.colors[0], legend.not_rock, legend.order, legend.names[0]))
    own = Legend(CLASSES).colors[0]
    assert states[1:] == [
        (own, ("Mud",), (2, 1, 3), "Mud"),
        (own, (), (2, 1, 3), "Mud"),
        (own, (), (1, 2, 3), "Mud"),
        (own, (), (1, 2, 3), "Matrix"),
    ]
    assert palette._name.value == "Matrix"
    labeler.undo()
    assert not labeler.labels.any()
    for _ in range(5):
        labeler.redo()
    assert labeler.legend == changed
    assert (labeler.labels == 1).any()


def test_a_legend_without_the_codes_of_the_labels_is_refused_and_the_one_before_stays(labeler, hand):
    labeler.selected_class = "Impact-Dark"
    hand.stroke("paint", (50, 40))
    with pytest.raises(ValueError, match="labels hold code 3, but the legend ends with code 2"):
        labeler.legend = Legend(["A", "B"])
    assert labeler.legend == labeler.palette.legend == Legend(CLASSES)


def test_labels_that_are_set_bring_a_deleted_class_back(labeler):
    labeler.delete_class("Carb-White")
    assert labeler.legend.order == (1, 3)
    labels = np.zeros((120, 80), np.uint8)
    labels[:5] = 2
    labeler.labels = labels
    assert labeler.legend.order == (1, 3, 2)
    labeler.undo()
    assert labeler.legend.order == (1, 3)
    assert not labeler.labels.any()


def test_labels_of_a_deleted_class_that_are_opened_bring_it_back(labeler, tmp_path):
    path = tmp_path / "other.png"
    write_labels(path, np.full((120, 80), 2, np.uint8), Legend(CLASSES))
    labeler.delete_class("Carb-White")
    labeler.read_labels(path)
    assert labeler.legend.order == (1, 3, 2)
    assert (labeler.labels == 2).all()
    labeler.undo()
    assert labeler.legend.order == (1, 3)
    assert not labeler.labels.any()


def test_a_stroke_of_a_class_that_was_deleted_meanwhile_brings_it_back(labeler, hand):
    labeler.delete_class("Carb-White")
    buffer = np.array([(50, 40)], np.float32).tobytes()
    hand.say("stroke", [buffer], client="me", id=0, mode="paint", size=9.0, code=2)
    assert (labeler.labels == 2).any()
    assert labeler.legend.order == (1, 3, 2)


def test_a_deleted_class_is_gone_when_the_photograph_is_opened_again(tmp_path, image):
    path = tmp_path / "labels.png"
    first = Labeler(image, classes=CLASSES, autosave=path)
    first.delete_class("Carb-White")
    first.flush_labels()
    again = Labeler(image, classes=CLASSES, autosave=path)
    assert again.legend.order == (1, 3)
    assert again.legend.names == tuple(CLASSES)


@pytest.mark.parametrize("classes", [["A"], ["A", "B"]])
def test_a_class_that_is_none_is_not_selected(image, classes):
    labeler = Labeler(image, classes=classes)
    with pytest.raises(ValueError, match="The legend has no class 'Mud'; choose from A"):
        labeler.selected_class = "Mud"
    assert labeler.selected_class == "A"
    assert labeler.code == 1


def test_a_class_that_is_deleted_is_not_selected(image):
    labeler = Labeler(image, classes=["A", "B"])
    labeler.delete_class("B")
    deleted = labeler.legend.names[1]
    with pytest.raises(ValueError, match=r"is deleted; choose from A\.$"):
        labeler.selected_class = deleted
    assert labeler.selected_class == "A"
