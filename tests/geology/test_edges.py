"""Shapes drawn by hand move to the edges that they run near, and stay where there are none."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from corewidgets.geology import edges
from corewidgets.geology.edges import Wire, keep_to_edges, wire
from corewidgets.labels.edits import paint_polygon, paint_stroke

SHAPE = 120, 160
ROWS, COLUMNS = np.mgrid[: SHAPE[0], : SHAPE[1]]
DISC = np.hypot(ROWS - 60, COLUMNS - 80) <= 35


def photograph(inside=(150, 110, 80), noise=3):
    image = np.full((*SHAPE, 3), 90.0)
    image[DISC] = inside
    image = ndimage.gaussian_filter(image, (0.7, 0.7, 0))
    return (image + np.random.default_rng(0).normal(0, noise, image.shape)).clip(0, 255).astype(np.uint8)


IMAGE = photograph()


def whole(box, mask):
    found = np.zeros(SHAPE, bool)
    found[box] = mask
    return found


def agreement(found, truth):
    return (found & truth).sum() / (found | truth).sum()


@pytest.mark.parametrize("radius", [31, 33, 38, 40])
def test_a_rim_a_few_pixels_off_moves_to_the_edge(radius):
    drawn = np.hypot(ROWS - 60, COLUMNS - 80) <= radius
    found = whole(*keep_to_edges(IMAGE, (slice(0, 120), slice(0, 160)), drawn))
    assert agreement(found, DISC) > 0.95
    assert agreement(found, DISC) > agreement(drawn, DISC)


def test_a_stroke_along_the_boundary_does_not_spill_over_it():
    angle = np.linspace(-1, 1, 30)
    points = np.stack([60 + 27 * np.sin(angle), 80 + 27 * np.cos(angle)], axis=-1)
    edit = paint_stroke(points, 20, 1, SHAPE)  # its outer rim is 2 pixels beyond the boundary
    before, after = whole(edit.box, edit.mask), whole(*keep_to_edges(IMAGE, edit.box, edit.mask))
    assert (before & ~DISC).sum() > 100
    assert (after & ~DISC).sum() < 0.25 * (before & ~DISC).sum()
    inner = before & (np.hypot(ROWS - 60, COLUMNS - 80) < 26)
    assert (after & inner).sum() > 0.7 * inner.sum()


def test_without_an_edge_the_shape_stays_about_as_it_is():
    even = np.full((*SHAPE, 3), 90, np.uint8)
    edit = paint_stroke([(40, 40), (60, 100)], 16, 1, SHAPE)
    found = whole(*keep_to_edges(even, edit.box, edit.mask))
    assert agreement(found, whole(edit.box, edit.mask)) > 0.9


@pytest.mark.parametrize("size", [1, 2, 5])
def test_a_thin_stroke_is_not_lost(size):
    edit = paint_stroke([(40, 40), (60, 100)], size, 1, SHAPE)
    found = whole(*keep_to_edges(IMAGE, edit.box, edit.mask))
    assert found[40, 40]
    assert found[60, 100]


def test_a_shape_at_the_border_of_the_photograph_and_none_at_all():
    edit = paint_stroke([(0, 0), (0, 159)], 12, 1, SHAPE)
    assert whole(*keep_to_edges(IMAGE, edit.box, edit.mask))[0].all()
    nothing = slice(0, 0), slice(0, 0)
    assert not keep_to_edges(IMAGE, nothing, np.zeros((0, 0), bool))[1].any()


def test_a_wire_runs_along_the_edge_between_corners():
    corners = [(60, 115), (25, 80), (60, 45), (95, 80)]
    points = wire(IMAGE, corners)
    away = np.abs(np.hypot(points[:, 0] - 60, points[:, 1] - 80) - 35)
    assert away.max() <= 3
    by_hand, wired = paint_polygon(corners, 1, SHAPE), paint_polygon(points, 1, SHAPE)
    assert agreement(whole(by_hand.box, by_hand.mask), DISC) < 0.75
    assert agreement(whole(wired.box, wired.mask), DISC) > 0.93
    np.testing.assert_array_equal(points[0], corners[0])
    steps = np.abs(np.diff(np.concatenate([points, points[:1]]), axis=0)).max(axis=1)
    assert (steps <= 1).all()  # closed, and from pixel to pixel


def test_a_wire_is_straight_where_there_is_no_edge():
    even = np.full((*SHAPE, 3), 90, np.uint8)
    points = wire(even, [(10, 10), (10, 60), (40, 60)])
    np.testing.assert_array_equal(points[:50], [(10, column) for column in range(10, 60)])


def test_corners_beside_the_photograph_and_twice_the_same():
    points = wire(IMAGE, [(-5, 10), (-5, 10), (10.4, 300), (60, 80)])
    assert (points >= 0).all()
    assert (points < SHAPE).all()
    assert [0, 10] in points.tolist()
    assert [10, 159] in points.tolist()


def test_corners_that_lie_too_far_apart_are_joined_by_a_straight_line(monkeypatch):
    monkeypatch.setattr("corewidgets.geology.edges._MOST_PIXELS", 100)
    points = wire(IMAGE, [(60, 115), (25, 80), (60, 45)])
    np.testing.assert_array_equal(points[:36], [(60 - n, 115 - n) for n in range(36)])


def test_the_sides_of_an_open_polygon_are_found_once_while_its_corners_are_set(monkeypatch):
    found = []
    way = edges._way
    monkeypatch.setattr(edges, "_way", lambda *args: found.append(args[1:]) or way(*args))
    line = Wire(IMAGE)
    corners = [(60, 115), (25, 80), (60, 45)]
    first = line.sides(corners[:2], closed=False)
    assert len(first) == 1
    open_ = line.sides(corners, closed=False)
    assert open_[0] is first[0]
    assert len(found) == 2
    closed = line.sides(corners, closed=True)
    assert len(found) == 3
    np.testing.assert_array_equal(np.concatenate(closed), wire(IMAGE, corners))
    assert line.sides([], closed=False) == line.sides(corners[:1], closed=False) == []
