from __future__ import annotations

import numpy as np
import pytest

from corewidgets.labels.legend import Legend
from corewidgets.learning.labelled_classes import LabelledClasses


def test_counts_are_by_name_without_classes_of_no_pixel():
    labels = np.array([[0, 1, 1], [3, 0, 3], [3, 0, 0]], np.uint8)
    assert LabelledClasses(labels, Legend(["Melt", "Void", "Matrix"])).n_pixels == {"Melt": 2, "Matrix": 3}
    assert LabelledClasses(labels).n_pixels == {"Class 1": 2, "Class 3": 3}


def test_without_labels_there_is_a_legend_and_nothing_else():
    nothing = LabelledClasses()
    assert nothing.n_pixels == {}
    assert nothing.legend.names == ("Class 1",)
    with pytest.raises(
        ValueError, match="No pixel is labelled 'Class 1'; label some, or choose another class"
    ):
        nothing.pixels_of("Class 1", 5)


def test_pixels_are_those_of_the_class():
    labels = np.array([[0, 1, 1], [2, 0, 2]], np.uint8)
    rows, columns = LabelledClasses(labels).pixels_of("Class 2", 9)
    assert sorted(zip(rows.tolist(), columns.tolist(), strict=True)) == [(1, 0), (1, 2)]
