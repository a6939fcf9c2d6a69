"""Rims of outlines: they move to the edge nearby, at full resolution, and what was clicked stays inside."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from corewidgets.geology.outline import outline
from corewidgets.geology.rims import Rims

ROWS, COLUMNS = np.mgrid[:90, :110]
CLAST = np.hypot(ROWS - 45, COLUMNS - 50) < 22
NOTHING = np.zeros(CLAST.shape, bool)


def painted(clast, noise=4):
    image = np.where(clast, 170.0, 60.0)[..., None].repeat(3, axis=2)
    image = ndimage.gaussian_filter(image, (0.7, 0.7, 0))
    return (image + np.random.default_rng(0).normal(0, noise, image.shape)).clip(0, 255).astype(np.uint8)


IMAGE = painted(CLAST)


def agreement(found, truth):
    return (found & truth).sum() / (found | truth).sum()


@pytest.mark.parametrize("by", [-3, -1, 0, 1, 3])
def test_a_rim_a_few_pixels_off_moves_to_the_edge(by):
    off = np.hypot(ROWS - 45, COLUMNS - 50) < 22 + by
    assert agreement(Rims(IMAGE, NOTHING, 2).moved(off), CLAST) > 0.98


def test_it_moves_no_farther():
    far = np.hypot(ROWS - 45, COLUMNS - 50) < 30
    moved = Rims(IMAGE, NOTHING, 2).moved(far)
    assert moved[np.hypot(ROWS - 45, COLUMNS - 50) < 25].all()
    assert not moved[np.hypot(ROWS - 45, COLUMNS - 50) > 35].any()


def test_without_an_edge_it_stays_about_as_it_is():
    even = np.full((*CLAST.shape, 3), 90, np.uint8)
    assert agreement(Rims(even, NOTHING, 2).moved(CLAST), CLAST) > 0.95


def test_what_was_clicked_stays_inside():
    clicked = NOTHING.copy()
    clicked[45, 66:75] = True  # beyond the clast
    off = (np.hypot(ROWS - 45, COLUMNS - 50) < 22) | clicked
    assert Rims(IMAGE, clicked, 2).moved(off)[clicked].all()


def test_whatever_was_asked_for_before_an_outline_is_the_same():
    rims = Rims(IMAGE, NOTHING, 2)
    masks = [np.hypot(ROWS - 45, COLUMNS - 50) < radius for radius in (8, 22, 24, 40)]
    found = [rims.moved(mask) for mask in masks]
    for mask, moved in zip(masks[::-1], found[::-1], strict=True):
        np.testing.assert_array_equal(rims.moved(mask), moved)
        np.testing.assert_array_equal(Rims(IMAGE, NOTHING, 2).moved(mask), moved)


def test_an_outline_that_is_all_or_cut_by_the_window_is_one_too():
    assert Rims(IMAGE, NOTHING, 2).moved(~NOTHING).all()
    side = COLUMNS < 51
    assert agreement(Rims(painted(COLUMNS < 50), NOTHING, 2).moved(side), COLUMNS < 50) > 0.98


@pytest.mark.parametrize("radius", [6, 7, 9, 12])
def test_a_small_clast_is_outlined_to_the_pixel(radius):
    clast = np.hypot(ROWS - 45, COLUMNS - 50) < radius
    assert agreement(outline(painted(clast), 45, 50), clast) > 0.93
