"""Lanes among lines, by hand-made boxes."""

from __future__ import annotations

import numpy as np
import pytest

from corewidgets.cores.lane_group import LaneGroup
from corewidgets.cores.lane_rows import LaneRows
from corewidgets.cores.lane_search import _joined, _Search, find_groups


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


def test_the_table_between_the_box_and_a_header_is_no_lane():
    image = box([112, 164, 216])
    table = image[..., 1] == 0
    table[112:256, 60:540] = False
    image[table] = (126, 17, 33)  # nearly of the color of the box
    image[..., 0] += np.random.default_rng(1).normal(scale=6, size=image.shape[:2]) * table
    image[62:92, 60:220] = (230, 0, 0)
    image[62:92, 450:540] = (20, 0, 0)
    (group,) = find_groups(LaneRows(image))
    np.testing.assert_allclose([side for side, _ in group.sides], [112, 164, 216], atol=2)


def test_letters_beside_lanes_without_walls_are_no_lane_and_core_that_ends_early_is():
    rng = np.random.default_rng(0)
    image = np.full((360, 600, 3), (20.0, 0, 0), np.float32)
    for first, stop in ((112, 540), (164, 540), (216, 540), (268, 200)):
        image[first : first + 40, 60:stop, 0] = rng.normal(90, 15, (40, stop - 60))
    for first in (60, 84):
        for start in range(60, 330, 18):
            image[first : first + 16, start : start + 9, 0] = 230
    image[..., 0] += rng.normal(scale=1, size=image.shape[:2])
    (group,) = find_groups(LaneRows(image))
    np.testing.assert_allclose([side for side, _ in group.sides], [112, 164, 216, 268], atol=2)


def test_the_space_between_two_boxes_is_no_lane():
    image = box([60, 112, 216, 268], n_rows=360)
    image[162:206] = (60, 0, 0)  # as wide as a lane, and where one would be
    image[..., 0] += np.random.default_rng(1).normal(scale=1, size=image.shape[:2])
    groups = find_groups(LaneRows(image))
    assert [len(group.sides) for group in groups] == [2, 2]
    firsts = [side for group in groups for side, _ in group.sides]
    np.testing.assert_allclose(firsts, [60, 112, 216, 268], atol=2)


def test_a_second_box_may_end_with_a_lane_that_is_filled_in_part():
    rng = np.random.default_rng(0)
    image = np.full((460, 600, 3), (20.0, 0, 0), np.float32)
    for first, stop in ((40, 540), (92, 540), (144, 540), (250, 540), (302, 540), (354, 210)):
        image[first : first + 40, 60:stop, 0] = rng.normal(90, 15, (40, stop - 60))
    image[..., 0] += rng.normal(scale=1, size=image.shape[:2])
    assert [len(group.sides) for group in find_groups(LaneRows(image))] == [3, 3]


def test_the_edge_of_a_box_is_not_taken_for_the_side_of_its_lane():
    image = np.full((200, 600, 3), (60.0, 0, 0), np.float32)
    rng = np.random.default_rng(0)
    for first in (30, 110):
        image[first : first + 60, 50:550] = (150, 2, 4)
        image[first + 10 : first + 50, 60:540] = (138, 1, 2)
        image[first + 10 : first + 50, 60:540, 0] += rng.normal(scale=15, size=(40, 480))
    image[..., 0] += rng.normal(scale=1, size=image.shape[:2])
    sides = [lane for group in find_groups(LaneRows(image)) for lane in group.sides]
    np.testing.assert_allclose(sides, [(40, 80), (120, 160)], atol=2)


def test_core_that_is_thinner_than_the_others_has_sides_of_its_own():
    image = box([60, 112, 164, 216])
    image[112:115, 60:540] = image[164:167, 60:540] = (150, 20, 40)
    (group,) = find_groups(LaneRows(image))
    np.testing.assert_allclose(group.sides, [(60, 100), (115, 152), (167, 204), (216, 256)], atol=2)


def test_a_side_is_not_the_rise_towards_the_line_beyond_the_divider():
    search = _Search(LaneRows(box([60, 112])))
    line = np.zeros(300)
    line[[60, 202]] = 0.9
    line[[98, 99, 100]] = (0.4, 0.7, 0.4)
    line[[103, 104, 105, 106, 107, 108, 109]] = (0.5, 0.8, 0.9, 0.95, 0.9, 0.8, 0.5)
    assert search._lanes_from(np.array([60.0, 106.5]), 40.5, line)[0] == (60.0, 99.0)


def test_planks_behind_a_box_are_no_lane_though_they_are_of_its_wood():
    image = box([60, 112, 164, 216])
    image[:50, 50:550] = (150, 20, 40)
    search = _Search(LaneRows(image))
    found = LaneGroup(
        ((60.0, 100.0), (112.0, 152.0), (164.0, 204.0)), (0.8, 0.7, 0.9), np.array([150.0, 20, 40])
    )
    for score, n_lanes in ((-0.2, 3), (0.4, 4)):
        group = LaneGroup(((8.0, 46.0), *found.sides), (score, *found.scores), found.divider)
        assert len(search._pruned(group).sides) == n_lanes


@pytest.mark.parametrize(("first", "n_groups"), [(164, 1), (176, 2)])
def test_lanes_that_go_on_at_the_same_distance_are_of_one_box(first, n_groups):
    boxes = [
        LaneGroup(((row, row + 40.0), (row + 52.0, row + 92.0)), (0.8, 0.7), np.zeros(3))
        for row in (60.0, first)
    ]
    joined = _joined(boxes)
    assert len(joined) == n_groups
    assert sum(len(group.sides) for group in joined) == 4


def test_single_lanes_with_space_between_them_stay_two_boxes():
    boxes = [LaneGroup(((row, row + 40.0),), (0.8,), np.zeros(3)) for row in (60.0, 112.0)]
    assert _joined(boxes) == boxes


def test_a_lane_that_is_added_tells_how_far_the_next_one_is():
    firsts = [60, 193, 318, 455]
    search = _Search(LaneRows(box(firsts, width=100, n_rows=620)))
    group = LaneGroup(((193.0, 293.0), (318.0, 418.0)), (0.6, 0.6), np.array([150.0, 20, 40]))
    longer = search._extended(group)
    np.testing.assert_allclose([side for side, _ in longer.sides], firsts, atol=2)


def test_a_second_box_may_lie_in_the_shade():
    image = box([60, 112], n_rows=400)
    image[200:360] = box([60, 112], n_rows=400)[20:180]
    image[200:] *= 0.66
    image[..., 0] += np.random.default_rng(1).normal(scale=1, size=image.shape[:2])
    assert [len(group.sides) for group in find_groups(LaneRows(image))] == [2, 2]


def test_a_line_of_letters_is_no_second_box_beside_lanes_without_walls():
    rng = np.random.default_rng(0)
    image = np.full((320, 600, 3), (20.0, 0, 0), np.float32)
    for first in (112, 164, 216):
        image[first : first + 40, 60:540, 0] = rng.normal(90, 15, (40, 480))
    for start in range(60, 420, 14):
        image[38:52, start : start + 9, 0] = image[62:76, start : start + 9, 0] = 230
    image[..., 0] += rng.normal(scale=1, size=image.shape[:2])
    search = _Search(LaneRows(image))
    first = LaneGroup(
        ((112.0, 152.0), (164.0, 204.0), (216.0, 256.0)), (0.8, 0.7, 0.8), np.array([20.0, 0, 0])
    )
    letters = search.best(beside=first)
    assert letters is not None
    assert search._is_another_box(first, letters)
    assert search._another_box(first) is None


def test_no_lane_is_wider_than_it_is_long():
    upright = np.ascontiguousarray(box([60], width=130, n_rows=260).swapaxes(0, 1))
    assert find_groups(LaneRows(upright)) == []
