"""Painting changes the pixels that it should; what does not fit is named."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from corewidgets.labels.arrays import regions
from corewidgets.labels.edits import fill_region, paint_polygon, paint_stroke
from corewidgets.labels.history import LabelHistory

SHAPE = (11, 9)
LABELS = npst.arrays(np.uint8, SHAPE, elements=st.integers(0, 3))
CODES = st.integers(0, 5)
POINTS = st.lists(st.tuples(st.floats(-6, 16), st.floats(-6, 14)), max_size=6)
STROKES = st.builds(paint_stroke, POINTS, st.floats(0.1, 8) | st.integers(1, 5), CODES, st.just(SHAPE))
EDITS = STROKES | st.builds(paint_polygon, POINTS, CODES, st.just(SHAPE))
FILLS = st.tuples(st.integers(0, SHAPE[0] - 1), st.integers(0, SHAPE[1] - 1), CODES)


def painted(edit, shape=SHAPE):
    mask = np.zeros(shape, bool)
    mask[edit.box] = edit.mask
    return mask


def distance(line, shape):
    """Distance of each pixel from a line through points, the plain way."""
    row, column = np.mgrid[: shape[0], : shape[1]]
    pixels = np.stack([row, column], axis=-1).astype(float)
    nearest = np.full(shape, np.inf)
    for start, stop in zip(line, [*line[1:], line[-1]], strict=True):
        start, along = np.array(start), np.subtract(stop, start)
        length = along @ along
        share = np.clip((pixels - start) @ along / length, 0, 1) if length > 0 else np.zeros(shape)
        nearest = np.minimum(nearest, np.linalg.norm(pixels - start - share[..., None] * along, axis=-1))
    return nearest


@given(POINTS, st.floats(0.1, 8))
def test_a_stroke_paints_what_the_brush_covers(points, brush_size):
    mask = painted(paint_stroke(points, brush_size, 1, SHAPE))
    if not points:
        assert not mask.any()
        return
    nearest = distance(points, SHAPE)
    assert mask[nearest < brush_size / 2 - 1e-9].all()
    under = np.zeros(SHAPE, bool)
    for row, column in np.floor(np.array(points) + 0.5).astype(int):
        if 0 <= row < SHAPE[0] and 0 <= column < SHAPE[1]:
            under[row, column] = True
    assert mask[under].all()
    assert (nearest[mask & ~under] <= brush_size / 2 + 1e-9).all()


@pytest.mark.parametrize("offset", [(0, 0), (0.49, -0.49), (-0.5, 0.3)])
def test_a_click_with_the_smallest_brush_paints_one_pixel(offset):
    mask = painted(paint_stroke([(4 + offset[0], 5 + offset[1])], 1, 1, SHAPE))
    assert np.argwhere(mask).tolist() == [[4, 5]]


def test_a_disk():
    assert painted(paint_stroke([(2, 2)], 5, 1, (5, 5)), (5, 5)).astype(int).tolist() == [
        [0, 1, 1, 1, 0],
        [1, 1, 1, 1, 1],
        [1, 1, 1, 1, 1],
        [1, 1, 1, 1, 1],
        [0, 1, 1, 1, 0],
    ]


@given(st.tuples(st.integers(0, 10), st.integers(0, 8)), st.tuples(st.integers(0, 10), st.integers(0, 8)))
def test_the_thinnest_line_has_no_gap(start, stop):
    mask = painted(paint_stroke([start, stop], 1, 1, SHAPE))
    steep = abs(stop[0] - start[0]) >= abs(stop[1] - start[1])
    low, high = sorted((start[0], stop[0]) if steep else (start[1], stop[1]))
    assert mask.any(axis=1 if steep else 0)[low : high + 1].all()


def test_a_lasso_paints_its_inside():
    edit = paint_polygon([(1, 1), (1, 4), (4, 4), (4, 1)], 2, SHAPE)
    assert (edit.box, edit.code) == ((slice(1, 5), slice(1, 5)), 2)
    assert np.argwhere(painted(edit)).tolist() == [[r, c] for r in (1, 2, 3) for c in (1, 2, 3)]


@given(LABELS, FILLS)
def test_a_fill_paints_the_region_of_the_pixel(labels, fill):
    row, column, code = fill
    numbered = regions(labels + 1)  # so that unlabelled gaps are regions too
    edit = fill_region(labels, row, column, code)
    assert (painted(edit) == (numbered == numbered[row, column])).all()
    assert edit.mask.any(axis=0).all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: paint_stroke([(1, 1)], 0, 1, SHAPE),
            "brush_size must be more than 0 pixels, but it is 0; 1 paints single pixels.",
        ),
        (
            lambda: paint_stroke([(1, 1)], 1, 256, SHAPE),
            "A code is 0 (unlabelled) to 255, but this edit has 256; choose a class.",
        ),
        (
            lambda: paint_stroke([(1, np.inf)], 1, 1, SHAPE),
            "points must be finite, but there is a NaN or an infinity among them.",
        ),
        (
            lambda: fill_region(np.zeros(SHAPE, np.uint8), -1, 3, 1),
            "The pixel at row -1, column 3 lies outside the labels, which have 11 rows and 9 columns.",
        ),
        (
            lambda: LabelHistory(np.zeros((3, 3))).apply(paint_stroke([(8, 8)], 5, 1, SHAPE)),
            "An edit of (5, 3) pixels does not fit in labels of shape (3, 3); make it with their shape.",
        ),
        (
            lambda: LabelHistory(np.zeros((3, 3))).replace(np.zeros((3, 4))),
            "labels have shape (3, 4) but the image has 3 rows and 3 columns; draw them on this section.",
        ),
    ],
)
def test_what_cannot_be_done_is_told(make, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        make()
