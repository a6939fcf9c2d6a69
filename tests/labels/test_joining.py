"""Labels of several photographs are joined by the names of classes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import corewidgets as cw
from corewidgets.labels.class_list import delete_class

FIRST = cw.Legend(["Mud", "Sand", "Chert", "Void"], not_rock=["Void"])
SECOND = cw.Legend(["Sand", "Mud", "Lime", "Fracture"])


def test_the_same_code_of_another_name_is_another_class():
    labels = [np.array([[0, 1, 2, 3, 4]]), np.array([[0, 1, 2, 3, 4]])]
    joined, legend = cw.join_labels(labels, [FIRST, SECOND])
    assert legend.names == ("Mud", "Sand", "Chert", "Void", "Lime", "Fracture")
    assert [one.tolist() for one in joined] == [[[0, 1, 2, 3, 4]], [[0, 2, 1, 5, 6]]]
    assert legend.not_rock == ("Void",)
    assert len(set(legend.colors)) == 6
    assert legend.colors[:4] == FIRST.colors


def test_codes_without_names_stay_where_none_have_names():
    with pytest.warns(UserWarning, match=r"^The classes of 'a', 'b' have codes but no names, so those"):
        joined, legend = cw.join_labels([[[1, 2]], [[2, 0]]], [None, None], sources=["'a'", "'b'"])
    assert (joined[0].tolist(), joined[1].tolist(), legend) == ([[1, 2]], [[2, 0]], None)


def test_names_and_no_names_are_not_mixed():
    with pytest.raises(ValueError, match=r"classes of 'a' have names, those of 'b', 'c' have codes only"):
        cw.join_labels([[[1]], [[1]], [[1]]], [FIRST, None, None], sources=["'a'", "'b'", "'c'"])
    with pytest.raises(ValueError, match="There are 1 arrays of labels but 2 legends"):
        cw.join_labels([[[1]]], [FIRST, FIRST])
    with pytest.raises(
        ValueError,
        match=r"labels 1 hold code 9, but the legend ends with code 4 \(Void\); add a class to the legend",
    ):
        cw.join_labels([[[9]]], [FIRST])


def test_a_class_that_was_deleted_everywhere_is_on_no_list():
    first = delete_class(cw.Legend(["Mud", "Void", "Chert"]), "Void")
    second = delete_class(cw.Legend(["Chert", "Mud", "Void", "Silt"]), "Chert")
    _, legend = cw.join_labels([np.ones((1, 1), np.uint8)] * 2, [first, second])
    assert legend.names == ("Mud", "Void", "Chert", "Silt")
    assert legend.order == (1, 2, 3, 4)
    _, legend = cw.join_labels([np.ones((1, 1), np.uint8)] * 2, [first, first])
    assert legend.order == (1, 3)


def test_one_array_without_names_needs_no_word():
    joined, legend = cw.join_labels([[[1, 2]]], [None])
    assert (joined[0].tolist(), legend) == ([[1, 2]], None)


def test_as_many_sources_as_labels():
    with pytest.raises(ValueError, match="There are 2 arrays of labels but 1 sources; give a"):
        cw.join_labels([[[1]], [[1]]], [FIRST, FIRST], sources=["'a'"])


@pytest.mark.parametrize(("one", "other"), [("Mud", "mud"), ("Caf\u00e9", "Cafe\u0301"), ("A b", "a  B")])
def test_names_spelled_otherwise_are_one_class(one, other):
    legends = [cw.Legend([one, "Sand"]), cw.Legend(["Chert", other])]
    with pytest.warns(UserWarning, match=f"are one class: {other!r} and {one!r}. If they"):
        joined, legend = cw.join_labels([[[1, 2]], [[1, 2]]], legends)
    assert legend.names == (one, "Sand", "Chert")
    assert [labels.tolist() for labels in joined] == [[[1, 2]], [[3, 1]]]


def test_names_that_one_legend_tells_apart_stay_apart():
    joined, legend = cw.join_labels([[[1, 2]], [[1, 0]]], [cw.Legend(["Mud", "MUD"]), cw.Legend(["MUD"])])
    assert legend.names == ("Mud", "MUD")
    assert [labels.tolist() for labels in joined] == [[[1, 2]], [[2, 0]]]


def test_a_class_that_is_rock_in_one_legend_only_is_named():
    legends = [cw.Legend(["Void", "Mud"], not_rock=["Void"]), cw.Legend(["Mud", "Void"]), cw.Legend(["Mud"])]
    with pytest.warns(UserWarning, match=r"'Void' is marked as not rock in 'a', but not in 'b'; it is"):
        _, legend = cw.join_labels([[[1]], [[1]], [[1]]], legends, sources=["'a'", "'b'", "'c'"])
    assert legend.not_rock == ("Void",)


@given(
    st.lists(
        st.lists(st.sampled_from(["Mud", "Sand", "Chert", "Void", "Lime"]), min_size=1, unique=True),
        min_size=1,
        max_size=4,
    )
)
def test_every_pixel_keeps_the_name_of_its_class(names):
    legends = [cw.Legend(some) for some in names]
    labels = [np.arange(len(some) + 1)[np.newaxis] for some in names]
    joined, legend = cw.join_labels(labels, legends)
    for own, codes in zip(legends, joined, strict=True):
        assert codes[0, 0] == 0
        assert [legend.name(code) for code in codes[0, 1:]] == list(own.names)
