"""Touching clasts are cut at their neck, and nothing is lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from corewidgets.geology.necks import separate_clasts

from .clast_shapes import PIXEL, ellipse, matrix_with, measure


@pytest.mark.parametrize("scale", [1, 3])
@pytest.mark.parametrize(("distance", "n_parts"), [(30, 2), (35, 2), (20, 1), (10, 1)])
def test_touching_disks_are_cut_at_their_neck(scale, distance, n_parts):
    """Disks of radius 20: the neck is 0.66, 0.48, 0.87 and 0.97 times as wide as a disk."""
    shape = (60 * scale, 100 * scale)
    disks = [
        ellipse(shape, 30 * scale, (30 + offset) * scale, 20 * scale, 20 * scale) for offset in (0, distance)
    ]
    clasts = measure(matrix_with(disks[0] | disks[1]), neck=0.7)
    assert len(clasts) == n_parts
    if n_parts == 2:
        half = np.count_nonzero(disks[0] | disks[1]) / 2 * PIXEL**2
        assert clasts.table["area_mm2"].to_numpy() == pytest.approx([half, half], rel=0.03)
    assert len(measure(matrix_with(disks[0] | disks[1]), neck=None)) == 1


@given(st.integers(0, 2**32 - 1), st.floats(0.3, 1))
def test_cutting_loses_nothing(seed, neck):
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal((50, 60)), 3)
    numbered, n = ndimage.label(noise > 0)
    parts = separate_clasts(numbered, neck)
    assert np.array_equal(parts > 0, numbered > 0)
    for number in range(1, parts.max() + 1):
        assert len(np.unique(numbered[parts == number])) == 1
        assert number > n or (numbered[parts == number] == number).all()


def test_a_neck_is_a_share():
    message = r"^neck must lie between 0 and 1, but it is 1\.5\.$"
    with pytest.raises(ValueError, match=message):
        separate_clasts(np.zeros((5, 5), int), 1.5)
