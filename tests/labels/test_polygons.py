"""Outlines along pixel edges are valid polygons and give back exactly the pixels that they enclose."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from skimage.draw import polygon2mask

from corewidgets.labels.arrays import regions
from corewidgets.labels.polygons import enclosing_box, fill_polygon, trace_regions

LABELS = npst.arrays(
    np.uint8, npst.array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.integers(0, 2)
)
POINTS = npst.arrays(
    np.float64, st.tuples(st.integers(0, 8), st.just(2)), elements=st.floats(-5, 15, width=32)
)


def whole(filled, shape):
    box, mask = filled
    image = np.zeros(shape, bool)
    image[box] = mask
    return image


@given(LABELS)
def test_outlines_give_regions_back(labels):
    numbered = regions(labels)
    traced = list(trace_regions(numbered))
    assert [region for region, _ in traced] == list(range(1, numbered.max() + 1))
    for region, (outer, *holes) in traced:
        inside = whole(fill_polygon(outer, labels.shape), labels.shape)
        for hole in holes:
            inside &= ~whole(fill_polygon(hole, labels.shape), labels.shape)
        assert (inside == (numbered == region)).all()


def area(ring):
    """Shoelace formula; positive for clockwise on a screen, where rows run down."""
    (row, column), (next_row, next_column) = ring.T, np.roll(ring, -1, axis=0).T
    return (column * next_row - next_column * row).sum() / 2


@given(LABELS)
def test_rings_are_simple_and_directed(labels):
    numbered = regions(labels)
    for region, (outer, *holes) in trace_regions(numbered):
        assert area(outer) > 0
        assert all(area(hole) < 0 for hole in holes)
        assert area(outer) + sum(map(area, holes)) == (numbered == region).sum()
        for ring in (outer, *holes):
            assert len(np.unique(ring, axis=0)) == len(ring), "a ring meets itself"
            steps = np.roll(ring, -1, axis=0) - ring
            assert ((steps == 0).sum(axis=1) == 1).all(), "an edge is not along pixels"
            assert ((steps == 0)[:, 0] != np.roll((steps == 0)[:, 0], 1)).all(), "a corner is no corner"


def test_a_frame_has_a_hole():
    frame = np.ones((3, 3), np.uint8)
    frame[1, 1] = 0
    ((region, (outer, hole)),) = trace_regions(regions(frame))
    assert region == 1
    assert outer.tolist() == [[-0.5, -0.5], [-0.5, 2.5], [2.5, 2.5], [2.5, -0.5]]
    assert sorted(hole.tolist()) == [[0.5, 0.5], [0.5, 1.5], [1.5, 0.5], [1.5, 1.5]]


def test_holes_that_meet_at_a_corner_stay_two():
    ring = np.ones((4, 4), np.uint8)
    ring[1, 1] = ring[2, 2] = 0
    ((_, rings),) = trace_regions(regions(ring))
    assert len(rings) == 3


def test_nothing_has_no_outline():
    assert list(trace_regions(np.zeros((3, 4), np.int32))) == []


@given(npst.arrays(np.float64, (3, 2), elements=st.floats(-5, 15, width=32)))
def test_a_triangle_is_filled_as_scikit_image_fills_it(corners):
    """Scikit-image counts centers on an edge as inside: a triangle slightly smaller or larger has none."""
    middle = corners.mean(axis=0)
    if abs(area(corners)) > 0.01:
        ours = whole(fill_polygon(corners, (12, 11)), (12, 11))
        assert (polygon2mask((12, 11), middle + (corners - middle) * (1 - 1e-6)) <= ours).all()
        assert (polygon2mask((12, 11), middle + (corners - middle) * (1 + 1e-6)) >= ours).all()


@given(POINTS, st.integers(0, 7))
def test_neighbors_share_an_edge_without_overlap_or_gap(points, start):
    """A convex fan around a point covers each center once, wherever the point is."""
    if len(points) < 1:
        return
    center = np.clip(points[0], 0.5, 9.5)
    corners = np.array([[-1, -1], [-1, 5], [-1, 11], [5, 11], [11, 11], [11, 5], [11, -1], [5, -1]])
    corners = np.roll(corners, start, axis=0)
    covered = np.zeros((11, 11), int)
    for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        covered += whole(fill_polygon([center, a, b], covered.shape), covered.shape)
    assert (covered == 1).all()


@given(POINTS)
def test_the_direction_and_the_first_point_do_not_matter(points):
    expected = whole(fill_polygon(points, (12, 11)), (12, 11))
    for same in (points[::-1], np.roll(points, 1, axis=0), np.concatenate([points, points[:1]])):
        assert (whole(fill_polygon(same, (12, 11)), (12, 11)) == expected).all()


def test_a_loop_that_crosses_itself_is_filled_all_over():
    pentagram = [[9, 5], [0, 2], [6, 9], [6, 1], [0, 8]]
    assert whole(fill_polygon(pentagram, (10, 11)), (10, 11))[4, 5]


def test_a_polygon_far_outside_is_cut():
    box, mask = fill_polygon([[-1e9, -1e9], [-1e9, 1e9], [1e9, 1e9], [1e9, -1e9]], (3, 4))
    assert box == (slice(0, 3), slice(0, 4))
    assert mask.all()
    assert fill_polygon([[50, 50], [50, 60], [60, 60]], (3, 4))[1].size == 0


def test_too_few_points_enclose_nothing():
    for points in ([], [[1, 1]], [[0, 0], [3, 3]]):
        assert not fill_polygon(points, (4, 4))[1].any()


@given(POINTS, st.floats(0, 4))
def test_a_box_encloses_all_pixels_within_the_margin(points, margin):
    if len(points) == 0:
        return
    rows, columns = enclosing_box(points, margin, (8, 9))
    low, high = points.min(axis=0) - margin, points.max(axis=0) + margin
    row, column = np.mgrid[:8, :9]
    near = (row >= low[0]) & (row <= high[0]) & (column >= low[1]) & (column <= high[1])
    box = np.zeros((8, 9), bool)
    box[rows, columns] = True
    assert (box == near).all()


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ([[1, 2, 3]], "points must be pairs of row and column, (n_points, 2), but their shape is (1, 3)."),
        ([[1, np.nan]], "points must be finite, but there is a NaN or an infinity among them."),
    ],
)
def test_what_are_no_points(points, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        fill_polygon(points, (4, 4))
