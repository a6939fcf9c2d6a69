"""Sides of lanes traced, and lanes cut out."""

from __future__ import annotations

import numpy as np
import pytest

from corewidgets.cores.lane_strip import N_ROWS, _common_ends, trace_lanes

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


@pytest.mark.parametrize("square", [0.0, -0.08])  # at right angles to lanes that lie, or are turned
def test_lanes_end_where_most_of_their_sides_do(square):
    sides = [(row, row + 40.0) for row in (50.0, 100.0, 150.0, 200.0)]
    runs = [[(80 + square * row, 500 + square * row) for row in lane] for lane in sides]
    runs[0][0], runs[2][0], runs[3] = (30.0, 560.0), (0.0, 540.0), [(20.0, 580.0), (10.0, 500 + square * 240)]
    for (start, stop), (first, last) in zip(_common_ends(runs, sides, square), sides, strict=True):
        middle = square * (first + last) / 2
        assert (start, stop) == pytest.approx((80 + middle, 500 + middle), abs=3)


def test_a_lane_ends_where_the_first_of_its_two_sides_does():
    assert _common_ends([[(160.0, 500.0), (270.0, 480.0)]], [(50.0, 90.0)], 0.0) == [(270.0, 480.0)]


def test_the_outer_edge_of_a_box_is_not_the_end_of_its_lanes():
    """Rock that has the color of the wall: where they meet no edge is seen."""
    image = np.full((220, 600, 3), (60.0, 0, 0), np.float32)
    image[20:200, 44:556] = (200, 5, 5)
    sides = [(40, 90), (120, 170)]
    for side in np.ravel(sides):
        image[side - 1 : side + 1, 60:540] = (90, 0, 0)
    image[..., 0] += np.random.default_rng(0).normal(scale=1, size=image.shape[:2])
    around = (np.array([200.0, 5, 5]), np.array([60.0, 0, 0]))
    plain, told = (trace_lanes(image, sides, (55, 545), around=each)[0] for each in (None, around))
    assert (plain.start, plain.stop) == pytest.approx((44, 556), abs=3)
    assert (told.start, told.stop) == pytest.approx((60, 540), abs=6)


def test_sides_of_a_lane_that_is_filled_in_part_are_as_bent_as_the_others():
    rng = np.random.default_rng(1)
    image = np.full((260, 600, 3), (20.0, 0, 0), np.float32)
    rows = np.arange(260)[:, None]
    for top, stop in ((40, 540), (120, 540), (200, 260)):
        inside = (rows >= top + BEND) & (rows < top + 50 + BEND) & (COLUMNS >= 60) & (stop > COLUMNS)
        image[inside] = (110, 0, 0)
    image[..., 0] += rng.normal(scale=2, size=image.shape[:2])
    _, whole, last = trace_lanes(image, [(41, 91), (121, 171), (201, 251)], (55, 545))
    at = np.array([80.0, 300.0, 520.0])
    for lower in (False, True):
        expected = whole.side(at, 600, lower=lower) + 80
        np.testing.assert_allclose(last.side(at, 600, lower=lower), expected, atol=0.2)


def test_a_side_that_is_hardly_seen_tells_no_end():
    sides = [(50.0, 90.0)]
    assert _common_ends([[(160.0, 500.0), (380.0, 480.0)]], sides, 0.0) == [(160.0, 500.0)]
    assert _common_ends([[(160.0, 450.0), (270.0, 500.0)]], sides, 0.0, walled=True) == [(160.0, 500.0)]
