"""Classes of all photographs are brought together by name; a code keeps its meaning."""

from __future__ import annotations

import re

import numpy as np
import pytest

from corewidgets.labels.class_list import delete_class
from corewidgets.labels.legend import Legend
from corewidgets.project.shared_legend import SharedLegend

SHARED = SharedLegend(Legend(["Matrix", "Clast"]))


def codes(*values):
    return np.array([values], np.uint8)


def test_labels_without_names_have_the_codes_of_the_legend():
    labels, shared = SHARED.translated(codes(0, 1, 2), None)
    assert labels.tolist() == [[0, 1, 2]]
    assert shared == SHARED
    labels, shared = SHARED.translated(codes(4), None)
    assert labels.tolist() == [[3]]  # only the class that is there is added
    assert shared.legend.names == ("Matrix", "Clast", "Class 4")
    again, same = shared.translated(codes(4), None)
    assert (again.tolist(), same) == ([[3]], shared)
    assert shared.translated(codes(3), None)[0].tolist() == [[3]]
    assert shared.named(4).names == ("Matrix", "Clast", "Class 3", "Class 4")


def test_classes_are_the_same_by_name_and_new_ones_come_to_the_end():
    own = Legend(["Void", "Clast", "Unused"], ["#010203", "#040506", "#070809"], not_rock=["Void"])
    labels, shared = SHARED.translated(codes(0, 1, 2), own)
    assert labels.tolist() == [[0, 3, 2]]
    assert shared.legend.names == ("Matrix", "Clast", "Void")
    assert shared.legend.colors[2] == "#010203"
    assert shared.legend.not_rock == ("Void",)


def test_a_renamed_class_is_known_by_its_former_names():
    shared = SHARED.followed_by(Legend(["Matrix", "Breccia"])).followed_by(
        Legend(["Matrix", "Suevite", "New"])
    )
    assert shared.formerly == {"Clast": 2, "Breccia": 2}
    labels, after = shared.translated(codes(1, 2), Legend(["Clast", "Breccia"]))
    assert labels.tolist() == [[2, 2]]
    assert after == shared
    assert SharedLegend.from_dict(shared.to_dict()) == shared
    back = shared.followed_by(shared.legend.rename("Suevite", "Clast"))
    assert back.formerly == {"Breccia": 2, "Suevite": 2}


def test_a_deleted_class_with_labels_comes_back():
    deleted = SharedLegend(delete_class(SHARED.legend, "Clast"))
    assert deleted.translated(codes(1), SHARED.legend)[1].legend.order == (1,)
    labels, shared = deleted.translated(codes(2), SHARED.legend)
    assert (labels.tolist(), shared.legend.order) == ([[2]], (1, 2))


def test_classes_do_not_vanish():
    message = "The project has 2 classes, whose codes are in its labels and maps, but the legend"
    with pytest.raises(ValueError, match=re.escape(message)):
        SHARED.followed_by(Legend(["Matrix"]))
    with pytest.raises(ValueError, match="formerly must be names with codes"):
        SharedLegend.from_dict({**SHARED.to_dict(), "formerly": [3]})
