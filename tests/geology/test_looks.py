"""What looks like a clast and what like its surroundings, on cells whose looks are given."""

from __future__ import annotations

import numpy as np
import pytest

from corewidgets.geology.looks import n_looks, surrounding, taken, unlikeness

ROWS, COLUMNS = np.mgrid[:40, :60]
DISC = np.hypot(ROWS - 20, COLUMNS - 30) <= 12
CLICK = np.hypot(ROWS - 20, COLUMNS - 30) <= 1
LOOK = np.where(DISC[..., None], [1.0, 0.0], [0.0, 2.0]).astype(np.float32)


def test_unlikeness_is_the_distance_to_the_look_of_the_click_summed_over_its_parts():
    found = unlikeness((LOOK, 3 * LOOK), CLICK, 1)
    np.testing.assert_allclose(found[DISC], 0, atol=2e-3)
    np.testing.assert_allclose(found[~DISC], 4 * np.sqrt(5), rtol=1e-5)
    without_features = unlikeness((LOOK, LOOK[..., :0]), CLICK, 1)
    np.testing.assert_allclose(without_features[~DISC], np.sqrt(5), rtol=1e-5)


def test_the_nearest_of_several_looks_counts():
    look = np.zeros((1, 6, 1), np.float32)
    look[0, :, 0] = [0, 0, 10, 10, 4, 7]
    clicked = np.array([[True, True, True, True, False, False]])
    np.testing.assert_allclose(
        unlikeness((look, look[..., :0]), clicked, 2)[0], [0, 0, 0, 0, 4, 3], atol=1e-4
    )


def test_what_looks_like_the_surroundings_is_taken_by_them():
    found = taken(LOOK, DISC, CLICK, 1)
    np.testing.assert_allclose(found[DISC], -np.sqrt(5), rtol=1e-2)
    np.testing.assert_allclose(found[~DISC], np.sqrt(5), rtol=1e-2)


def test_without_surroundings_a_cell_is_taken_that_is_not_alike():
    look = np.ones_like(LOOK)
    look[0, 0] = 2
    found = taken(look, np.ones_like(DISC), CLICK, 1)
    np.testing.assert_allclose(found[20], -0.4, atol=2e-3)
    assert found[0, 0] == pytest.approx(np.sqrt(2) - 0.4, abs=0.01)


@pytest.mark.parametrize(("radius", "expected"), [(0.5, 1), (1, 5), (1.5, 9)])
def test_what_lies_around_a_click_is_a_disc(radius, expected):
    here = np.zeros((7, 7), bool)
    here[3, 3] = True
    assert surrounding(here, radius).sum() == expected


def test_a_click_has_one_look_and_a_scribble_some():
    one = np.zeros((3, 3), bool)
    one[1, 1] = True
    assert n_looks(one) == 1
    one[1, 2] = True
    assert n_looks(one) == 3
