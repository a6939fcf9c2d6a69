"""Classes are deleted and put in order without any code changing its meaning."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corewidgets.labels.class_list import (
    bring_back,
    carry_on,
    delete_class,
    move_class,
    present_codes,
    with_classes_of,
)
from corewidgets.labels.legend import Legend

CLASSES = Legend(["Matrix", "Clast", "Void", "Melt"], not_rock=["Void"])
CHANGES = st.lists(
    st.tuples(st.sampled_from(["delete", "move", "add", "rename"]), st.integers(0, 9), st.integers(-3, 3)),
    max_size=25,
)


@given(CHANGES)
def test_a_code_that_has_a_meaning_keeps_it(changes):
    legend, color_of = CLASSES, dict(zip(CLASSES.codes, CLASSES.colors, strict=True))
    for number, (kind, place, steps) in enumerate(changes):
        listed = [legend.name(code) for code in legend.order]
        name = listed[place % len(listed)]
        if kind == "add":
            legend = legend.add(f"Class {number}")
        elif kind == "rename":
            legend = legend.rename(name, f"Class {number}")
        elif kind == "move":
            legend = move_class(legend, name, steps)
        elif len(listed) > 1:
            legend = delete_class(legend, name)
        for code, color in color_of.items():
            assert legend.colors[code - 1] == color
        color_of |= dict(zip(legend.codes, legend.colors, strict=True))
        assert legend.not_rock == (legend.name(3),)
        assert Legend.from_dict(legend.to_dict()) == legend


def test_a_class_moves_as_far_as_there_is_room():
    assert move_class(CLASSES, "Melt", -9).order == (4, 1, 2, 3)
    assert move_class(CLASSES, "Matrix", 2).order == (2, 3, 1, 4)
    assert move_class(CLASSES, "Melt", 1) == CLASSES


def test_a_deleted_class_comes_back_under_its_code():
    without = delete_class(CLASSES, "Clast")
    assert without.add("Clast").order == (1, 3, 4, 2)
    assert bring_back(without, [0, 1, 2]).order == (1, 3, 4, 2)
    assert bring_back(without, [0, 1]) is without
    assert present_codes(np.array([[0, 3], [3, 1]], np.uint8)) == [0, 1, 3]


def test_a_name_of_a_deleted_class_is_free():
    renamed = delete_class(CLASSES, "Clast").rename("Melt", "Clast")
    assert renamed.name(4) == "Clast"
    assert renamed.code("Clast") == 4
    assert len(set(renamed.names)) == 4


def test_what_was_added_later_stays_as_deleted():
    later = CLASSES.add("Chert").rename("Matrix", "Mud")
    carried = carry_on(CLASSES, later)
    assert carried.order == (1, 2, 3, 4)
    assert carried.names == (*CLASSES.names, "Chert")
    assert carry_on(CLASSES, CLASSES.rename("Melt", "Glass").add("Melt")).names[-1] == "Melt (deleted)"


def test_what_was_added_later_stays_rock_or_none():
    carried = carry_on(CLASSES, CLASSES.add("Liner").add("Chert").mark_not_rock("Void", "Liner"))
    assert carried.not_rock == ("Void", "Liner")


def test_the_last_class_and_deleted_ones_are_refused():
    with pytest.raises(ValueError, match="'Matrix' is the only class; add another one before it is deleted"):
        delete_class(Legend(["Matrix"]), "Matrix")
    with pytest.raises(ValueError, match="The class 'Clast' was deleted; choose from Matrix, Void, Melt"):
        move_class(delete_class(CLASSES, "Clast"), "Clast", 1)


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ([], "its order is empty; give a code"),
        ([1, 1], "order"),
        ([1, 5], "order"),
        ([0], "order"),
    ],
)
def test_orders_that_are_refused(order, message):
    with pytest.raises(ValueError, match=message):
        Legend(CLASSES.names, order=order)


def test_an_order_in_a_file_that_is_no_list_is_named():
    with pytest.raises(ValueError, match="order must be a list of codes, but it is 7"):
        Legend.from_dict({**CLASSES.to_dict(), "order": 7})


def test_classes_of_another_legend_come_at_the_end_and_keep_a_color_that_is_free():
    other = Legend(["Melt", "Vein", "Gap"], [None, CLASSES.colors[0], "#123456"], not_rock=["Melt", "Gap"])
    found = with_classes_of(CLASSES, other)
    assert found.names == ("Matrix", "Clast", "Void", "Melt", "Vein", "Gap")
    assert found.colors[:4] == CLASSES.colors
    assert found.colors[4] != CLASSES.colors[0]
    assert found.colors[5] == "#123456"
    assert set(found.not_rock) == {"Void", "Melt", "Gap"}
    assert with_classes_of(CLASSES, CLASSES) == CLASSES


@pytest.mark.parametrize(
    ("labels", "codes"),
    [([[0, 0]], [0]), ([[0, 255], [3, 3]], [0, 3, 255]), ([[2, 1]], [1, 2])],
)
def test_the_codes_that_labels_have(labels, codes):
    assert present_codes(np.array(labels, np.uint8)) == codes
