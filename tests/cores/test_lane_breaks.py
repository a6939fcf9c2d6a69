"""Breaks in a strip of hand-made core."""

from __future__ import annotations

import numpy as np
import pytest

from corewidgets.cores.lane_breaks import find_breaks


@pytest.fixture
def strip() -> np.ndarray:
    """Core of 40 rows and 400 columns, a column as long as a row is wide."""
    strip = np.zeros((40, 400, 3), np.float32)
    strip[..., 0] = 120 + np.random.default_rng(0).normal(scale=6, size=(40, 400))
    return strip


def cut(strip: np.ndarray, column: int, slant: float = 0.0, rows: slice = slice(None)) -> None:
    for row in np.arange(40)[rows]:
        at = column + round(slant * (row - 19.5))
        strip[row, at - 1 : at + 2, 0] = 60


def test_breaks_are_found_straight_and_slanted(strip):
    cut(strip, 100)
    cut(strip, 220, slant=0.5)
    cut(strip, 330, slant=-0.3)
    np.testing.assert_allclose(find_breaks(strip, 40.0), [100, 220, 330], atol=1)


def test_a_line_that_ends_within_the_core_is_no_break(strip):
    cut(strip, 200, rows=slice(0, 12))
    assert not find_breaks(strip, 40.0).size


def test_bedding_is_no_break_and_a_break_in_it_is(strip):
    strip[..., 0] += 14 * np.sin(np.arange(400) * 2 * np.pi / 8)
    assert not find_breaks(strip, 40.0).size
    cut(strip, 201)
    np.testing.assert_allclose(find_breaks(strip, 40.0), [201], atol=2)
