"""Labels of several photographs are joined by the names of classes."""

from __future__ import annotations

import numpy as np
import pytest

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
    joined, legend = cw.join_labels([[[1, 2]], [[2, 0]]], [None, None])
    assert (joined[0].tolist(), joined[1].tolist(), legend) == ([[1, 2]], [[2, 0]], None)


def test_names_and_no_names_are_not_mixed():
    with pytest.raises(ValueError, match=r"classes of 'a' have names, those of 'b', 'c' have codes only"):
        cw.join_labels([[[1]], [[1]], [[1]]], [FIRST, None, None], sources=["'a'", "'b'", "'c'"])
    with pytest.raises(ValueError, match="There are 1 arrays of labels but 2 legends"):
        cw.join_labels([[[1]]], [FIRST, FIRST])
    with pytest.raises(ValueError, match=r"labels 1 hold code 9, but their legend ends with code 4 \(Void\)"):
        cw.join_labels([[[9]]], [FIRST])


def test_a_class_that_was_deleted_everywhere_is_on_no_list():
    first = delete_class(cw.Legend(["Mud", "Void", "Chert"]), "Void")
    second = delete_class(cw.Legend(["Chert", "Mud", "Void", "Silt"]), "Chert")
    _, legend = cw.join_labels([np.ones((1, 1), np.uint8)] * 2, [first, second])
    assert legend.names == ("Mud", "Void", "Chert", "Silt")
    assert legend.order == (1, 2, 3, 4)
    _, legend = cw.join_labels([np.ones((1, 1), np.uint8)] * 2, [first, first])
    assert legend.order == (1, 3)
