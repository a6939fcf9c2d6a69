from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from corewidgets.cores.section import CoreSection, read_section
from corewidgets.labels.files import read_labels, write_labels
from corewidgets.labels.legend import Legend
from corewidgets.widgets import Labeler
from corewidgets.widgets.brush_slider import BRUSH_SIZES
from corewidgets.widgets.stage.modes import MODES

from .conftest import Hand

CLASSES = ["Matrix", "Carb-White", "Impact-Dark"]


@pytest.fixture
def labeler(image):
    return Labeler(image, classes=CLASSES)


@pytest.fixture
def hand(labeler):
    return Hand(labeler.stage)


@pytest.fixture
def photograph(tmp_path, image):
    """Return the file of a photograph."""
    path = tmp_path / "core.png"
    Image.fromarray(image).save(path)
    return path


# --- strokes


def test_a_stroke_paints_the_selected_class_with_the_size_of_the_brush(labeler, hand):
    labeler.selected_class = "Carb-White"
    hand.stroke("paint", (50, 20), (50, 60), size=10)
    painted = np.argwhere(labeler.labels == 2)
    assert painted[:, 0].min() == 45
    assert painted[:, 0].max() == 55
    assert painted[:, 1].min() == 15
    assert painted[:, 1].max() == 65
    assert set(np.unique(labeler.labels)) == {0, 2}


def test_the_smallest_brush_paints_the_pixel_under_the_pointer(labeler, hand):
    hand.stroke("paint", (50.4, 19.6), size=1)
    assert np.argwhere(labeler.labels).tolist() == [[50, 20]]


def test_painting_without_the_layer_paints_the_same(image):
    first, second = Labeler(image, classes=CLASSES), Labeler(image, classes=CLASSES)
    points = [(30.0, 30.0), (40.0, 35.0), (60.0, 20.0)]
    Hand(first.stage).stroke("paint", *points)
    Hand(second.stage).drag(*points)
    assert np.array_equal(first.labels, second.labels)


def test_zoomed_and_turned_the_right_pixel_is_painted(labeler, hand):
    labeler.stage.brush_size = 1
    for rotation in range(4):
        labeler.stage.show(70, 33, scale=25)
        hand.drag((70, 33))
        assert labeler.labels[70, 33] == 1
        assert np.count_nonzero(labeler.labels) == 1
        labeler.undo()
        labeler.stage.turn()
        assert labeler.stage.viewport.rotation == 90 * (rotation + 1) % 360


def test_erasing_polygons_and_filling(labeler, hand):
    hand.stroke("polygon", (10, 10), (10, 40), (40, 40), (40, 10))
    assert np.count_nonzero(labeler.labels) == 900
    hand.stroke("erase", (25, 25), size=9)
    assert labeler.labels[25, 25] == 0
    labeler.selected_class = "Impact-Dark"
    hand.stroke("fill", (25.2, 24.9))
    assert labeler.labels[25, 25] == 3
    assert np.count_nonzero(labeler.labels == 1) + np.count_nonzero(labeler.labels == 3) == 900
    hand.stroke("fill", (-5, 3))  # outside: nothing
    assert labeler.labels[0, 0] == 0


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


def test_the_only_class_is_refused_before_anything_is_asked(image):
    labeler = Labeler(image, classes=["Matrix"])
    labeler.labels = np.ones((120, 80), np.uint8)
    with pytest.raises(ValueError, match="'Matrix' is the only class; add another one before it is deleted"):
        labeler.delete_class("Matrix")
    assert labeler.question.text == ""


def test_a_question_is_withdrawn_when_something_else_is_done(labeler, hand):
    hand.stroke("fill", (50, 40))
    assert labeler.question.text != ""
    hand.stroke("paint", (50, 40))
    assert labeler.question.text == ""
    assert labeler.question.layout.display == "none"


def test_a_question_is_withdrawn_by_a_stroke_that_changes_nothing(labeler, hand):
    hand.stroke("paint", (50, 40))
    hand.stroke("fill", (2, 2))
    assert labeler.question.text != ""
    hand.stroke("fill", (50, 40))
    assert labeler.question.text == ""


def test_picking_selects_the_class_and_goes_back_to_painting(labeler, hand):
    labeler.selected_class = "Impact-Dark"
    hand.stroke("paint", (50, 40))
    labeler.selected_class = "Matrix"
    labeler.mode = "pick"
    hand.drag((50, 40))
    assert (labeler.selected_class, labeler.mode) == ("Impact-Dark", "paint")


def test_panning_paints_nothing_and_picks_nothing(labeler, hand):
    hand.stroke("paint", (50, 40))
    before, chosen = labeler.labels, labeler.selected_class
    labeler.mode = "pan"
    hand.drag((50, 40), (60, 60))
    hand.drag((50, 40))
    assert labeler.labels is before
    assert labeler.selected_class == chosen


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


def test_the_photograph_is_never_altered(image, hand, labeler):
    before = image.copy()
    hand.stroke("paint", (50, 40), size=30)
    assert np.array_equal(image, before)


# --- undo and redo

positions = st.tuples(st.floats(-20, 140), st.floats(-20, 100))
strokes = st.tuples(
    st.sampled_from(["paint", "erase", "polygon", "fill"]),
    st.lists(positions, min_size=1, max_size=5),
    st.sampled_from(BRUSH_SIZES),
    st.integers(1, 3),
)


@settings(max_examples=25)
@given(st.lists(strokes, max_size=8))
def test_undo_gives_back_every_earlier_state_and_redo_every_later_one(drawn):
    labeler = Labeler(np.zeros((120, 80, 3), np.uint8), classes=CLASSES)
    hand = Hand(labeler.stage)
    states = [labeler.labels]
    for mode, points, size, code in drawn:
        labeler.palette.selected = code
        hand.stroke(mode, *points, size=size)
        if labeler.labels is not states[-1]:
            states.append(labeler.labels)
    for state in reversed(states[:-1]):
        labeler.undo()
        assert np.array_equal(labeler.labels, state)
    assert labeler._bar.undo.disabled
    for state in states[1:]:
        labeler.redo()
        assert np.array_equal(labeler.labels, state)
    assert labeler._bar.redo.disabled


def test_undo_and_redo_by_button_and_key(labeler, hand):
    hand.stroke("paint", (50, 40))
    painted = labeler.labels
    labeler._bar.undo.click()
    assert not labeler.labels.any()
    hand.key("ctrl+shift+z")
    assert np.array_equal(labeler.labels, painted)
    hand.key("ctrl+z")
    hand.key("ctrl+y")
    assert np.array_equal(labeler.labels, painted)


# --- the trait


def test_labels_are_observed_with_each_stroke_and_earlier_ones_do_not_change(labeler, hand):
    seen = []
    labeler.observe(lambda change: seen.append(change["new"]), "labels")
    hand.stroke("paint", (50, 40))
    hand.stroke("paint", (90, 40))
    assert [np.count_nonzero(labels[80:]) > 0 for labels in seen] == [False, True]
    with pytest.raises(ValueError, match="read-only"):
        labeler.labels[0, 0] = 1


def test_labels_that_are_set_are_shown_checked_and_undone(labeler):
    labels = np.zeros((120, 80), np.uint8)
    labels[:50] = 2
    labeler.labels = labels
    labels[:] = 3  # a copy was taken
    assert set(np.unique(labeler.labels)) == {0, 2}
    labeler.undo()
    assert not labeler.labels.any()
    with pytest.raises(
        ValueError, match=r"labels have shape \(2, 2\) but the image has 120 rows and 80 columns"
    ):
        labeler.labels = np.zeros((2, 2), np.uint8)
    with pytest.raises(
        ValueError,
        match=r"labels hold code 9, but the legend ends with code 3 \(Impact-Dark\); give a legend with",
    ):
        labeler.labels = np.full((120, 80), 9, np.uint8)


def test_classes_and_legend_exclude_each_other_and_labels_need_their_codes(image):
    with pytest.raises(ValueError, match=r"Both classes and a legend are given; give one of them\."):
        Labeler(image, classes=CLASSES, legend=Legend(CLASSES))
    with pytest.raises(ValueError, match="labels hold code 7, but the legend ends with code 3"):
        Labeler(image, classes=CLASSES, labels=np.full((120, 80), 7, np.uint8))
    assert Labeler(image, labels=np.full((120, 80), 7, np.uint8)).legend == Legend.of_codes(7)


# --- classes


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


def test_labels_that_are_switched_off_come_back_when_something_is_painted(labeler, hand):
    hand.key("l")
    hand.stroke("erase", (50, 40))
    assert labeler.stage.labels_opacity == 0
    hand.stroke("paint", (50, 40))
    assert labeler.stage.labels_opacity == 0.6


def test_locks_and_rows_of_the_palette(labeler):
    palette = labeler.palette
    palette.rows[2].lock.click()
    assert palette.protected == {2}
    assert labeler._history.protected == {2}
    palette.rows[2].name.click()
    assert labeler.selected_class == "Carb-White"
    assert "cw-selected" in palette.rows[2].widget._dom_classes
    assert "cw-selected" not in palette.rows[1].widget._dom_classes


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


def test_keys_follow_the_order_of_the_list(labeler, hand):
    labeler.selected_class = "Impact-Dark"
    labeler.palette._up.click()
    labeler.palette._up.click()
    hand.key("1")
    assert labeler.selected_class == "Impact-Dark"
    hand.key("2")
    assert labeler.selected_class == "Matrix"
    assert labeler.palette.rows[3]._key.value == "<kbd>1</kbd>"


def test_a_legend_without_the_codes_of_the_labels_is_refused_and_the_one_before_stays(labeler, hand):
    labeler.selected_class = "Impact-Dark"
    hand.stroke("paint", (50, 40))
    with pytest.raises(ValueError, match="labels hold code 3, but the legend ends with code 2"):
        labeler.legend = Legend(["A", "B"])
    assert labeler.legend == labeler.palette.legend == Legend(CLASSES)


def test_a_deleted_class_is_gone_when_the_photograph_is_opened_again(tmp_path, image):
    path = tmp_path / "labels.png"
    first = Labeler(image, classes=CLASSES, autosave=path)
    first.delete_class("Carb-White")
    first.flush_labels()
    again = Labeler(image, classes=CLASSES, autosave=path)
    assert again.legend.order == (1, 3)
    assert again.legend.names == tuple(CLASSES)


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


def test_a_stroke_has_the_class_that_was_chosen_before_it(labeler, hand):
    buffer = np.array([(50, 40)], np.float32).tobytes()
    hand.say("stroke", [buffer], client="me", id=0, mode="paint", size=9.0, code=2)
    assert set(np.unique(labeler.labels)) == {0, 2}
    assert labeler.selected_class == "Matrix"
    hand.say("choose", client="me", number=1, code=3, mode="erase")
    assert (labeler.selected_class, labeler.mode) == ("Impact-Dark", "erase")
    assert labeler.stage.ink.chosen == {"me": 1}
    hand.say("choose", client="me", number=2, code=0, mode="")
    assert (labeler.selected_class, labeler.mode) == ("Impact-Dark", "erase")
    assert labeler.stage.ink.chosen == {"me": 2}
    hand.say("stroke", [buffer], client="me", id=1, mode="erase", size=9.0, code=2)
    assert not labeler.labels.any()


def test_a_stroke_of_a_class_that_was_deleted_meanwhile_brings_it_back(labeler, hand):
    labeler.delete_class("Carb-White")
    buffer = np.array([(50, 40)], np.float32).tobytes()
    hand.say("stroke", [buffer], client="me", id=0, mode="paint", size=9.0, code=2)
    assert (labeler.labels == 2).any()
    assert labeler.legend.order == (1, 3, 2)


def test_the_page_knows_classes_modes_and_keys(labeler):
    ink = labeler.stage.ink
    labeler.selected_class = "Impact-Dark"
    labeler.palette._up.click()
    colors = labeler.legend.colors
    assert ink.classes == [[1, colors[0]], [3, colors[2]], [2, colors[1]]]
    assert ink.class_code == 3
    assert ink.mode_names == list(MODES)
    assert ink.key_choices["e"] == {"mode": "erase"}
    assert ink.key_choices["1"] == {"place": 0}


def test_a_large_gap_is_filled_after_a_question(labeler, hand):
    hand.say("stroke", [np.array([(50, 40)], np.float32).tobytes()], client="me", id=0, mode="fill", size=0)
    assert labeler.question.text == "Fill 9,600 unlabelled pixels, 100% of the photograph, with Matrix?"
    assert not labeler.labels.any()
    labeler.question.refuse.click()
    hand.say("stroke", [np.array([(50, 40)], np.float32).tobytes()], client="me", id=1, mode="fill", size=0)
    labeler.question.agree.click()
    assert (labeler.labels == 1).all()
    labeler.selected_class = "Carb-White"  # a region that is labelled is no gap
    hand.say("stroke", [np.array([(50, 40)], np.float32).tobytes()], client="me", id=2, mode="fill", size=0)
    assert (labeler.labels == 2).all()


# --- keys, sliders, read-out


@pytest.mark.parametrize(("mode", "key"), [(mode.name, mode.key) for mode in MODES.values()])
def test_keys_change_the_mode(labeler, hand, mode, key):
    labeler.mode = "pan" if mode != "pan" else "paint"
    hand.key(key)
    assert labeler.mode == labeler.stage.mode == labeler._bar.modes.value == mode


def test_keys_select_classes_and_change_the_brush_and_the_labels(labeler, hand):
    labeler.mode = "erase"
    hand.key("2")
    assert (labeler.selected_class, labeler.mode) == ("Carb-White", "paint")
    hand.key("9")
    assert labeler.selected_class == "Carb-White"
    hand.key("]")
    assert labeler.stage.brush_size == 16
    for _ in range(len(BRUSH_SIZES)):
        hand.key("[")
    assert labeler.stage.brush_size == labeler.stage.ink.brush_size == 1
    hand.key("l")
    assert labeler.stage.labels_opacity == 0
    hand.key("l")
    assert labeler.stage.labels_opacity == 0.6


def test_the_layer_knows_the_ink(labeler):
    labeler.selected_class = "Impact-Dark"
    labeler._side.brush.value = 34
    labeler._side.opacity.value = 0.3
    labeler.mode = "polygon"
    ink = labeler.stage.ink
    assert ink.ink_color == labeler.legend.colors[2]
    assert (ink.brush_size, ink.ink_opacity, ink.mode) == (34, 0.3, "polygon")


def test_the_read_out_names_the_class(labeler, hand):
    hand.stroke("paint", (50, 40))
    hand.say("hover", row=50, column=40)
    assert "<b>Matrix</b>" in labeler.stage.footer.readout.value
    hand.say("hover", row=0, column=0)
    assert "<b>unlabelled</b>" in labeler.stage.footer.readout.value


# --- files


def test_labels_are_saved_beside_the_photograph_and_restored_with_their_legend(photograph):
    section = read_section(photograph)
    first = Labeler(section, classes=CLASSES)
    Hand(first.stage).stroke("paint", (50, 40))
    first.palette.rename(1, "Ground mass")
    first._autosave.flush()
    assert "Saved " in first._status.value
    second = Labeler(section, classes=["Ground mass", "New"])
    assert np.array_equal(second.labels, first.labels)
    assert second.legend.names == ("Ground mass", "Carb-White", "Impact-Dark", "New")
    assert "Restored from core.labels.png" in second._status.value
    second._autosave.close()


def test_the_list_of_classes_is_saved_beside_the_photograph_as_it_was_left(photograph):
    section = read_section(photograph)
    first = Labeler(section, classes=CLASSES)
    Hand(first.stage).stroke("paint", (50, 40))
    first.delete_class("Carb-White")
    first.palette.move(3, -1)
    first._autosave.flush()
    second = Labeler(section, classes=CLASSES)  # the cell that is run again asks for the deleted class too
    assert second.legend.order == (3, 1)
    assert second.selected_class == "Impact-Dark"
    assert np.array_equal(second.labels, first.labels)
    second._autosave.close()


def test_given_labels_win_and_those_saved_before_are_kept(photograph):
    section = read_section(photograph)
    first = Labeler(section, classes=CLASSES)
    Hand(first.stage).stroke("paint", (50, 40))
    first._autosave.flush()
    second = Labeler(section, classes=CLASSES, labels=np.zeros(section.shape, np.uint8))
    assert not second.labels.any()
    assert list(photograph.parent.glob("core.labels.2*.png")) == []  # not before something is saved
    Hand(second.stage).stroke("paint", (10, 10))
    second._autosave.flush()
    (kept,) = photograph.parent.glob("core.labels.2*.png")
    assert kept.name in second._status.value
    assert np.array_equal(read_labels(kept)[0], first.labels)


def test_a_damaged_file_is_shown_as_an_error_and_left_alone(photograph, shown_errors):
    path = photograph.with_name("core.labels.png")
    path.write_bytes(b"damaged")
    labeler = Labeler(read_section(photograph), classes=CLASSES)
    assert "move it away and open the labeler again" in str(shown_errors.pop())
    Hand(labeler.stage).stroke("paint", (50, 40))
    labeler._autosave.flush()
    assert path.read_bytes() == b"damaged"


def test_a_file_can_be_chosen_and_none_at_all(image, tmp_path):
    path = tmp_path / "mine.h5"
    labeler = Labeler(image, classes=CLASSES, autosave=path)
    Hand(labeler.stage).stroke("paint", (50, 40))
    labeler._autosave.flush()
    assert np.array_equal(read_labels(path)[0], labeler.labels)
    assert "not saved to a file" in Labeler(image, classes=CLASSES, autosave=False)._status.value
    assert "the photograph has no file" in Labeler(image, classes=CLASSES)._status.value


@pytest.mark.parametrize("ending", [".png", ".h5", ".tif", ".npy", ".geojson"])
def test_a_copy_is_written_and_read_in_every_format(labeler, hand, tmp_path, ending):
    hand.stroke("polygon", (10, 10), (10, 40), (40, 40), (40, 10))
    painted = labeler.labels
    path = tmp_path / f"copy{ending}"
    labeler.write_labels(path)
    labeler.labels = np.zeros((120, 80), np.uint8)
    labeler.read_labels(path)
    assert np.array_equal(labeler.labels, painted)
    labeler.undo()
    assert not labeler.labels.any()


def test_classes_of_a_file_are_matched_by_name_and_added(image, tmp_path):
    path = tmp_path / "other.png"
    other = Labeler(image, classes=["Chert", "Matrix"])
    Hand(other.stage).stroke("paint", (50, 40))
    other.write_labels(path)
    labeler = Labeler(image, classes=CLASSES)
    labeler.read_labels(path)
    assert labeler.legend.names == (*CLASSES, "Chert")
    assert set(np.unique(labeler.labels)) == {0, 4}


def test_classes_that_are_not_rock_stay_so_in_file_and_tool(photograph):
    section = read_section(photograph)
    first = Labeler(section, legend=Legend([*CLASSES, "Void"], not_rock=["Void"]))
    Hand(first.stage).stroke("paint", (50, 40))
    first.palette.rename(4, "Gap")
    first._autosave.flush()
    second = Labeler(section, legend=Legend(["Matrix", "Liner"], not_rock=["Liner"]))
    assert second.legend.not_rock == ("Gap", "Liner")
    second._autosave.close()


def test_a_file_that_is_not_there_is_an_error_in_the_widget(labeler, shown_errors, tmp_path):
    labeler.file.path.value = str(tmp_path / "nothing.png")
    labeler.file.read.click()
    assert "There is no file" in str(shown_errors.pop())


def test_a_bare_photograph_and_a_section_with_depths_do(image):
    assert Labeler(CoreSection(image, top=1.0, base=1.5), classes=CLASSES).section.top == 1.0
    assert Labeler(image).legend.names == ("Class 1", "Class 2")


def test_a_name_typed_beside_add_is_that_of_the_new_class(labeler):
    palette = labeler.palette
    before = labeler.legend.names
    palette._new.value = " Chert "
    assert labeler.legend.names == before
    palette._add.click()
    assert labeler.legend.names == (*before, "Chert")
    assert (labeler.selected_class, palette._new.value) == ("Chert", "")


def test_labels_saved_by_a_picture_editor_have_the_colors_of_the_legend(image, tmp_path):
    legend = Legend(["Matrix", "Clast"], ["#FF0000", "#00FF00"])
    drawn = np.zeros(image.shape[:2], np.uint8)
    drawn[5:15, 5:20], drawn[20:60, 3:28] = 1, 2
    Image.fromarray(image).save(tmp_path / "core.png")
    Image.fromarray(legend.rgb()[drawn]).quantize(3).save(tmp_path / "core.labels.png")
    section = read_section(tmp_path / "core.png", top=0, base=1)
    labeler = Labeler(section, legend=legend)
    assert (labeler.labels == drawn).all()
    Image.fromarray(legend.rgb()[drawn]).save(tmp_path / "other.png")
    labeler.read_labels(tmp_path / "other.png")
    assert (labeler.labels == drawn).all()
    labeler.close()


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


def test_classes_that_have_other_codes_than_in_the_list_given_are_told(photograph):
    first = Labeler(read_section(photograph), classes=["A", "B"])
    Hand(first.stage).stroke("paint", (50, 40))
    first.close()
    again = Labeler(read_section(photograph), classes=["B", "A", "C"])
    assert again.legend.names == ("A", "B", "C")
    assert "other than in the list given: B is 2, A is 1." in again.messages.text
    again.close()
    same = Labeler(read_section(photograph), classes=["A"])
    assert not same.messages.text
