from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from corewidgets.learning.labelled_classes import LabelledClasses, draw_pixels
from corewidgets.learning.separation import auc, separate


def test_it_is_the_area_of_scikit_learn_ties_among_them():
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 6, (40, 3)) + np.array([0, 1, 3]), rng.integers(0, 6, (25, 3))
    truth = np.repeat([1, 0], [40, 25])
    wanted = [roc_auc_score(truth, np.concatenate([first, second])[:, k]) for k in range(3)]
    np.testing.assert_allclose(auc(first, second), wanted, atol=1e-12)
    np.testing.assert_allclose(auc(second, first), 1 - np.array(wanted), atol=1e-12)


def test_pixels_come_evenly_from_the_regions():
    labels = np.zeros((30, 30), np.uint8)
    labels[:20, :20] = 3
    labels[25:27, 25:29] = 3
    labels[25:, :5] = 1
    rows, columns = draw_pixels(labels, 3, 10)
    assert (labels[rows, columns] == 3).all()
    assert np.count_nonzero(rows >= 25) == 5
    assert len(draw_pixels(labels, 3, 10_000)[0]) == 408


class Maps:
    names = ("pool1/0", "pool1/1")

    def at(self, rows, columns):
        return np.stack([columns.astype(np.float32), rows.astype(np.float32) % 2], axis=1)


def test_maps_come_best_first_with_the_class_of_higher_values():
    labels = np.zeros((8, 20), np.uint8)
    labels[:, :5], labels[:, 15:] = 1, 2
    found = separate(LabelledClasses(labels), ("Class 1", "Class 2"), ["pool1"], lambda _: Maps())
    assert [tuple(one) for one in found] == [("pool1/0", 1.0, "Class 2"), ("pool1/1", 0.5, "Class 1")]
    with pytest.raises(ValueError, match="Both classes are 'Class 1'; choose two to tell apart"):
        separate(LabelledClasses(labels), ("Class 1", "Class 1"), ["pool1"], lambda _: Maps())
