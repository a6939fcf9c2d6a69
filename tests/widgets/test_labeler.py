from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corewidgets.cores.section import CoreSection
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


# --- what the page and the labeler tell each other


def test_labels_that_are_switched_off_come_back_when_something_is_painted(labeler, hand):
    hand.key("l")
    hand.stroke("erase", (50, 40))
    assert labeler.stage.labels_opacity == 0
    hand.stroke("paint", (50, 40))
    assert labeler.stage.labels_opacity == 0.6


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


def test_a_file_that_is_not_there_is_an_error_in_the_widget(labeler, shown_errors, tmp_path):
    labeler.file.path.value = str(tmp_path / "nothing.png")
    labeler.file.read.click()
    assert "There is no file" in str(shown_errors.pop())


def test_a_bare_photograph_and_a_section_with_depths_do(image):
    assert Labeler(CoreSection(image, top=1.0, base=1.5), classes=CLASSES).section.top == 1.0
    assert Labeler(image).legend.names == ("Class 1", "Class 2")
