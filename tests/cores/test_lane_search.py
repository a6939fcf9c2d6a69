"""Lanes among lines, by hand-made boxes."""

from __future__ import annotations

import numpy as np
import pytest

from corewidgets.cores.lane_rows import LaneRows
from corewidgets.cores.lane_search import find_groups


def box(firsts: list[int], width: int = 40, empty: tuple[int, ...] = (), n_rows: int = 300) -> np.ndarray:
    """A box of wood with rough rock in its lanes, on a dark table, with a header above."""
    rng = np.random.default_rng(0)
    image = np.full((n_rows, 600, 3), (60.0, 0, 0), np.float32)
    image[firsts[0] - 10 : firsts[-1] + width + 10, 50:550] = (150, 20, 40)
    for number, first in enumerate(firsts):
        lane = image[first : first + width, 60:540]
        lane[:] = (120, 16, 32)
        if number not in empty:
            lane[:] = (90, 0, 0)
            lane[..., 0] += rng.normal(scale=15, size=lane.shape[:2])
    image[5:25, 80:300, 0] = np.where(rng.random((20, 220)) < 0.2, 20, 230)
    image[..., 0] += rng.normal(scale=1, size=image.shape[:2])
    return image


@pytest.mark.parametrize("empty", [(), (3,)])
def test_lanes_are_found_and_the_header_is_none(empty):
    firsts = [60, 112, 164, 216]
    (group,) = find_groups(LaneRows(box(firsts, empty=empty)))
    np.testing.assert_allclose([side for side, _ in group.sides], firsts, atol=2)
    np.testing.assert_allclose([last - first for first, last in group.sides], 40, atol=2)
    assert min(group.scores) > 0.4


def test_a_single_lane_is_found():
    (group,) = find_groups(LaneRows(box([120])))
    np.testing.assert_allclose(group.sides[0], (120, 160), atol=2)


def test_two_boxes_are_two_groups():
    image = box([60, 112], n_rows=400)
    image[200:360] = box([60, 112], n_rows=400)[20:180]
    groups = find_groups(LaneRows(image))
    assert [len(group.sides) for group in groups] == [2, 2]
    assert groups[0].sides[0][0] < groups[1].sides[0][0]


def test_a_number_that_is_known_is_kept_where_it_is_right():
    rows = LaneRows(box([60, 112, 164, 216]))
    assert len(find_groups(rows, 4)[0].sides) == 4
    assert sum(len(group.sides) for group in find_groups(rows, 9)) != 9


def test_nothing_is_found_where_nothing_is():
    image = np.zeros((200, 400, 3), np.float32)
    image[..., 0] = np.random.default_rng(0).normal(100, 2, (200, 400))
    assert find_groups(LaneRows(image)) == []
