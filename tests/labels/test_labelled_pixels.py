"""A list of the labelled pixels is what the array says: places, codes, regions."""

from __future__ import annotations

import numpy as np
import pytest

from corewidgets.labels.arrays import regions
from corewidgets.labels.labelled_pixels import LabelledPixels, listed


def spotted(shape, share, n_classes, seed):
    rng = np.random.default_rng(seed)
    codes = rng.integers(1, n_classes + 1, shape)
    return np.where(rng.random(shape) < share, codes, 0).astype(np.uint8)


@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (30, 1), (23, 37), (16, 16)])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 1.0])
@pytest.mark.parametrize("n_classes", [1, 3])
def test_it_is_what_the_array_says(shape, share, n_classes):
    labels = spotted(shape, share, n_classes, 0)
    found = LabelledPixels.of(labels)
    rows, columns = np.nonzero(labels)
    np.testing.assert_array_equal(found.rows, rows)
    np.testing.assert_array_equal(found.columns, columns)
    np.testing.assert_array_equal(found.codes, labels[rows, columns])
    np.testing.assert_array_equal(found.regions, regions(labels)[rows, columns])
    assert len(found) == len(rows)
    assert found.n_regions == regions(labels).max()
    numbers = range(1, found.n_regions + 1)
    assert found.region_sizes.tolist() == [np.count_nonzero(regions(labels) == number) for number in numbers]
    assert found.region_codes.tolist() == [labels[regions(labels) == number][0] for number in numbers]


def test_regions_wind_and_enclose_each_other():
    labels = np.ones((9, 11), np.uint8)
    labels[1:-1, 1:-1] = 0
    labels[2:-2, 2:-2] = 2
    labels[4, 4:7] = 1
    labels[4, 5] = 3
    np.testing.assert_array_equal(LabelledPixels.of(labels).regions, regions(labels)[np.nonzero(labels)])


def test_arrays_that_are_cut_out_of_others_are_read_as_they_look():
    labels = spotted((20, 30), 0.5, 2, 1)
    for part in (labels[3:, 5:], labels.T, labels[::2]):
        np.testing.assert_array_equal(LabelledPixels.of(part).codes, part[np.nonzero(part)])


def test_what_is_listed_already_stays_so():
    labels = spotted((5, 5), 0.5, 2, 2)
    first, second = listed([labels, LabelledPixels.of(labels)])
    np.testing.assert_array_equal(first.places, second.places)
    assert listed([second])[0] is second
