"""Distances of cells of a mask: those of SciPy, for less."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from corewidgets.geology.distances import around, framed, squared_depth

MASK = np.random.default_rng(0).random((40, 55)) < 0.8


def test_squares_are_those_of_the_distances():
    np.testing.assert_array_equal(np.sqrt(squared_depth(MASK)), ndimage.distance_transform_edt(MASK))


def test_a_frame_is_outside():
    whole = framed(MASK)
    np.testing.assert_array_equal(whole, np.pad(MASK, 1))


@pytest.mark.parametrize(
    ("margin", "rows", "columns"), [(0, (4, 7), (1, 3)), (2, (2, 9), (0, 5)), (50, (0, 57), (0, 53))]
)
def test_the_part_around_a_mask_ends_at_the_window(margin, rows, columns):
    mask = np.zeros((20, 9), bool)
    mask[4, 2] = mask[6, 1] = True
    assert around(mask, margin) == (slice(*rows), slice(*columns))
