"""Any history of labels and classes can be undone and done again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corewidgets.labels.class_list import move_class
from corewidgets.labels.edits import Edit, fill_region, paint_stroke
from corewidgets.labels.history import LabelHistory
from corewidgets.labels.legend import Legend
from labels.test_edits import EDITS, FILLS, LABELS, SHAPE, STROKES, painted

CLASSES = Legend(["Matrix", "Clast", "Void"])


@given(LABELS, st.lists(EDITS | FILLS, max_size=8), st.sets(st.integers(0, 3)))
def test_undo_restores_and_redo_repeats(labels, edits, protected):
    history = LabelHistory(labels, protected=protected)
    states = [labels.copy()]
    for edit in edits:
        edit = edit if isinstance(edit, Edit) else fill_region(history.labels, *edit)
        before = history.labels.copy()
        box = history.apply(edit)
        allowed = painted(edit) & ~np.isin(before, list(protected))
        assert (history.labels == np.where(allowed, edit.code, before)).all()
        changed = np.argwhere(history.labels != before)
        if box is None:
            assert len(changed) == 0
            continue
        assert (changed.min(axis=0) == [box[0].start, box[1].start]).all()
        assert (changed.max(axis=0) + 1 == [box[0].stop, box[1].stop]).all()
        states.append(history.labels.copy())
    for state in states[-2::-1]:
        assert history.can_undo
        assert history.undo() is not None
        assert (history.labels == state).all()
    assert not history.can_undo
    assert history.undo() is None
    assert (history.labels == labels).all()
    for state in states[1:]:
        assert history.can_redo
        assert history.redo() is not None
        assert (history.labels == state).all()
    assert not history.can_redo
    assert history.redo() is None
    for state in states[-2::-1]:  # what was done again is undone again
        assert history.undo() is not None
        assert (history.labels == state).all()


@given(LABELS, LABELS, STROKES)
def test_replacing_all_can_be_undone(labels, others, stroke):
    history = LabelHistory(labels, protected=[1])
    history.apply(stroke)
    before = history.labels.copy()
    box = history.replace(others)
    assert (history.labels == others).all()
    assert (box is None) == (before == others).all()
    if box is not None:
        history.undo()
    assert (history.labels == before).all()


def test_a_new_edit_forgets_what_was_undone():
    history = LabelHistory(np.zeros(SHAPE))
    history.apply(paint_stroke([(1, 1)], 3, 1, SHAPE))
    history.undo()
    assert history.apply(paint_stroke([(1, 1)], 3, 0, SHAPE)) is None
    assert history.can_redo, "an edit that changes nothing is no edit"
    history.apply(paint_stroke([(8, 8)], 1, 2, SHAPE))
    assert not history.can_redo


def test_protection_can_change():
    history = LabelHistory(np.ones(SHAPE), protected=[1, 1])
    everything = paint_stroke([(5, 5)], 50, 2, SHAPE)
    assert history.protected == {1}
    assert history.apply(everything) is None
    history.protected = ()
    assert history.apply(everything) == (slice(0, 11), slice(0, 9))


def test_the_labels_are_the_history_s_own():
    labels = np.zeros(SHAPE, np.uint8)
    history = LabelHistory(labels)
    view = history.labels
    history.apply(paint_stroke([(0, 0)], 1, 1, SHAPE))
    assert labels.max() == 0
    assert view.max() == 1
    with pytest.raises(ValueError, match="read-only"):
        view[0, 0] = 2


def test_a_long_history_is_small():
    history = LabelHistory(np.zeros((2000, 400)))
    walk = np.cumsum(np.random.default_rng(0).normal(0, 8, (5_000, 2)), axis=0)
    for k in range(0, 5_000, 100):
        history.apply(paint_stroke(walk[k : k + 100] % (2000, 400), 9, 1 + k // 100 % 5, (2000, 400)))
    kept = sum(len(step.before) + len(step.after) for step in history._done)
    assert kept < 50 * 20_000  # as arrays, a step would be up to 1,600,000 bytes


def test_a_class_is_deleted_with_its_labels_and_both_come_back():
    labels = np.zeros(SHAPE, np.uint8)
    labels[2:4, 1:6] = 2
    labels[8] = 3
    history = LabelHistory(labels, legend=CLASSES)
    assert history.delete_class("Clast") == (slice(2, 4), slice(1, 6))
    assert history.legend.order == (1, 3)
    assert (history.labels == np.where(labels == 2, 0, labels)).all()
    history.undo()
    assert history.legend == CLASSES
    assert (history.labels == labels).all()
    history.redo()
    assert history.legend.order == (1, 3)
    assert not (history.labels == 2).any()


def test_a_code_of_a_class_that_was_added_and_undone_is_given_to_no_other():
    history = LabelHistory(np.zeros(SHAPE), legend=CLASSES)
    history.change_classes(CLASSES.add("Chert"))
    history.undo()
    assert history.legend.order == (1, 2, 3)
    history.change_classes(history.legend.add("Melt"))
    assert history.legend.code("Melt") == 5
    assert history.legend.order == (1, 2, 3, 5)


def test_changes_of_classes_and_strokes_are_undone_in_turn():
    history = LabelHistory(np.zeros(SHAPE), legend=CLASSES)
    renamed, moved = CLASSES.rename("Clast", "Melt"), move_class(CLASSES.rename("Clast", "Melt"), "Void", -2)
    history.apply(paint_stroke([(1, 1)], 3, 1, SHAPE))
    history.change_classes(renamed)
    history.apply(paint_stroke([(5, 5)], 3, 2, SHAPE))
    box = history.change_classes(moved)
    assert box is not None
    assert history.labels[box].size == 0
    assert history.change_classes(moved) is None
    history.undo()
    assert (history.legend, int(history.labels.max())) == (renamed, 2)
    history.undo()
    assert (history.legend, int(history.labels.max())) == (renamed, 1)
    history.undo()
    assert (history.legend, int(history.labels.max())) == (CLASSES, 1)
    history.undo()
    assert not history.labels.any()
    for _ in range(4):
        history.redo()
    assert (history.legend, int(history.labels.max())) == (moved, 2)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: LabelHistory(np.zeros(SHAPE)).delete_class("Clast"),
            "these labels have no legend; give one",
        ),
        (
            lambda: LabelHistory(np.zeros(SHAPE), legend=Legend(["Clast"])).delete_class("Clast"),
            "'Clast' is the only class; add another one before it is deleted",
        ),
        (
            lambda: LabelHistory(np.zeros(SHAPE), legend=CLASSES, protected=[2]).delete_class("Clast"),
            "'Clast' is protected; unlock it before you delete it",
        ),
    ],
)
def test_deletions_that_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
