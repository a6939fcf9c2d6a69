"""Masks made wider, joined and filled: as SciPy does it, with the compiled loop and without."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from corewidgets.geology import shapes
from corewidgets.geology.shapes import connected, filled, grown, within

from .loops import with_and_without

compiled = with_and_without(shapes._FLOOD)


def blobs(share, frame=8, shape=(40, 55), seed=0):
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=shape), 1.5)
    return np.pad(noise > np.quantile(noise, 1 - share), frame)


@pytest.mark.parametrize("times", [1, 2, 4])
def test_a_mask_grows_by_the_cells_beside_it(times):
    mask = blobs(0.2)
    np.testing.assert_array_equal(grown(mask, times), ndimage.binary_dilation(mask, iterations=times))


@pytest.mark.parametrize("radius", [0, 0.9, 1, 2**0.5, 2.5, 5, 7.3])
def test_within_a_radius_is_a_disc_around_each_cell(radius):
    mask = blobs(0.05)
    away = ndimage.distance_transform_edt(~mask)
    np.testing.assert_array_equal(within(mask, radius), away <= radius)


@pytest.mark.parametrize("radius", [0.5, 2.5, 6.2, 50])
def test_what_is_outside_may_reach_the_border(radius):
    mask = blobs(0.9, frame=1)
    deep = ndimage.distance_transform_edt(mask)
    np.testing.assert_array_equal(~within(~mask, radius), deep > radius)


@pytest.mark.usefixtures("compiled")
def test_what_is_connected_with_some_cells():
    mask = blobs(0.5)
    numbered, n = ndimage.label(mask)
    assert n > 5
    starts = np.array([int(np.flatnonzero(numbered == number)[0]) for number in (2, 4)] + [0])
    before = mask.copy()
    np.testing.assert_array_equal(connected(mask, starts), np.isin(numbered, [2, 4]))
    np.testing.assert_array_equal(mask, before)
    assert not connected(mask, np.array([0])).any()


@pytest.mark.usefixtures("compiled")
def test_small_holes_are_filled_and_large_ones_are_not():
    mask = np.zeros((30, 60), bool)
    mask[2:28, 2:58] = True
    mask[4:6, 4:6] = mask[10:20, 40:50] = False
    mask[8:20, 10:30] = False
    mask[12:16, 14:26] = True  # a piece within a hole
    all_filled = ndimage.binary_fill_holes(mask)
    np.testing.assert_array_equal(filled(mask, 1.0), all_filled)
    some = filled(mask, 0.15)
    assert some[4:6, 4:6].all()
    assert some[10:20, 40:50].all()
    np.testing.assert_array_equal(some[8:20, 10:30], mask[8:20, 10:30])


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize("share", [0, 0.01, 0.05, 1])
def test_holes_are_filled_by_their_size(share):
    mask = blobs(0.7, seed=3)
    numbered, n = ndimage.label(ndimage.binary_fill_holes(mask) & ~mask)
    sizes = np.bincount(numbered.ravel())
    small = [number for number in range(1, n + 1) if sizes[number] <= share * mask.sum()]
    np.testing.assert_array_equal(filled(mask, share), mask | np.isin(numbered, small))
