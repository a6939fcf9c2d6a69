"""Arrays that are drawn of what a model says: borders, places in doubt, colors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corewidgets.labels.legend import Legend
from corewidgets.learning.maps import (
    class_palette,
    doubt_palette,
    least_sure,
    likelihood_palette,
    outlines,
    share_of_classes,
)


@given(st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_outlines_keep_what_borders_on_another_class_and_nothing_else(width, seed):
    codes = np.repeat(np.repeat(np.random.default_rng(seed).integers(0, 4, (3, 4)), 9, 0), 9, 1)
    codes = codes.astype(np.uint8)
    drawn = outlines(codes, width)
    for row, column in np.ndindex(codes.shape):
        near = [
            codes[r, c]
            for r, c in (
                (row - width, column),
                (row + width, column),
                (row, column - width),
                (row, column + width),
            )
            if 0 <= r < codes.shape[0] and 0 <= c < codes.shape[1]
        ]
        expected = codes[row, column] if any(code != codes[row, column] for code in near) else 0
        assert drawn[row, column] == expected


def test_outlines_of_an_image_that_is_smaller_than_the_line_are_empty():
    assert not outlines(np.ones((1, 1), np.uint8), 3).any()


def test_the_least_sure_places_are_apart_unlabelled_and_the_worst_first():
    doubt = np.zeros((200, 160), np.uint8)
    doubt[0:16, 0:16], doubt[96:112, 64:80], doubt[112:128, 64:80] = 100, 200, 190
    doubt[150, 150] = 255  # a single pixel
    places = least_sure(doubt, None)
    assert places[:2] == [(104, 72), (8, 8)]  # (120, 72) is too near
    labels = np.zeros(doubt.shape, np.uint8)
    labels[100, 70] = 3
    assert least_sure(doubt, labels)[0] == (120, 72)
    assert least_sure(np.zeros((20, 20), np.uint8), None) == []
    assert least_sure(np.full((5, 3), 9, np.uint8), None) == [(4, 2)]


def test_palettes_and_shares():
    legend = Legend(["A", "B"], ["#102030", "#FF0000"])
    assert class_palette(legend, frozenset({2})).tolist() == [[0, 0, 0, 0], [16, 32, 48, 255], [255, 0, 0, 0]]
    assert likelihood_palette("#102030")[[0, 255]].tolist() == [[16, 32, 48, 0], [16, 32, 48, 255]]
    table = doubt_palette()
    assert table.shape == (256, 4)
    assert table[0, 3] == 0
    assert (np.diff(table[::8, :3].astype(int).sum(axis=1)) > 0).all()  # ever lighter
    assert share_of_classes(np.array([[0, 1, 1, 2]], np.uint8), 3).tolist() == pytest.approx(
        [2 / 3, 1 / 3, 0]
    )
