"""Sides of lanes traced, and lanes cut out."""

from __future__ import annotations

import numpy as np
import pytest

from corewidgets.cores.lane_strip import N_ROWS, trace_lanes

COLUMNS = np.arange(600)
BEND = 3 * ((COLUMNS - 300) / 300) ** 2


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    """Two lanes of grey rock in a light box; the upper side of the first is bent by three rows."""
    rng = np.random.default_rng(0)
    image = np.full((200, 600, 3), (200.0, 5, 5), np.float32)
    rows = np.arange(200)[:, None]
    for top, bend in ((40, BEND), (120, 0 * BEND)):
        inside = (rows >= top + bend) & (rows < top + 50) & (COLUMNS >= 60) & (COLUMNS < 540)
        image[inside] = (110, 0, 0)
    image[..., 0] += rng.normal(scale=3, size=image.shape[:2])
    return image


def test_sides_follow_bends_and_ends_the_walls(image):
    first, second = trace_lanes(image, [(40, 90), (120, 170)], (55, 545))
    at = np.array([80.0, 300.0, 520.0])
    np.testing.assert_allclose(first.side(at, 600, lower=False), 40 + np.interp(at, COLUMNS, BEND), atol=0.7)
    np.testing.assert_allclose(first.side(at, 600, lower=True), 89.5, atol=0.5)
    np.testing.assert_allclose(second.width(at, 600), 50, atol=0.7)
    np.testing.assert_allclose([first.start, first.stop, second.start, second.stop], [60, 540] * 2, atol=4)


def test_a_strip_holds_the_lane_alone(image):
    first, _ = trace_lanes(image, [(40, 90), (120, 170)], (55, 545))
    strip = first.strip(image, 70, 530)
    assert strip.shape == (N_ROWS, 460, 3)
    np.testing.assert_allclose(strip[..., 0].mean(axis=1)[1:-1], 110, atol=3)


def test_no_lanes_have_no_traces(image):
    assert trace_lanes(image, [], (0, 600)) == []
