"""What lies between two lines of a hand-made box: a lane, a wall or the table."""

from __future__ import annotations

import numpy as np
import pytest

from corewidgets.cores.lane_group import LaneGroup
from corewidgets.cores.lane_rows import LaneRows
from corewidgets.cores.lane_table import is_all_table, is_table, on_lines, within_walls

WOOD = (150.0, 20.0, 40.0)
LANES = ((60, 100), (112, 152), (164, 204))


@pytest.fixture
def image() -> np.ndarray:
    """A box of wood from row 50 to 214 with three lanes of rock; its table is dark."""
    rng = np.random.default_rng(0)
    image = np.full((280, 600, 3), (60.0, 0, 0), np.float32)
    image[50:214, 50:550] = WOOD
    for first, last in LANES:
        image[first:last, 60:540] = (90, 0, 0)
        image[first:last, 60:540, 0] += rng.normal(scale=15, size=(last - first, 480))
    image[..., 0] += rng.normal(scale=1, size=image.shape[:2])
    return image


def group(*lanes: tuple[int, int]) -> LaneGroup:
    return LaneGroup(lanes, (0.5,) * len(lanes), np.array(WOOD))


def test_a_lane_that_is_filled_in_part_is_none_of_the_table(image):
    image[164:204, 200:540] = (125, 17, 33)
    seen, lanes = LaneRows(image), group(*LANES)
    assert not any(is_table(seen, lane, lanes) or is_all_table(seen, lane, lanes) for lane in LANES)


def test_between_wall_and_header_the_table_is_seen(image):
    image[226:266, 80:240] = (230, 0, 0)
    seen = LaneRows(image)
    assert is_table(seen, (214, 266), group(*LANES))
    assert not is_all_table(seen, (214, 266), group(*LANES))


def test_a_lane_of_the_color_of_the_table_all_along_is_the_table(image):
    image[112:152] = (60, 0, 0)
    image[..., 0] += np.random.default_rng(1).normal(scale=1, size=image.shape[:2])
    assert is_all_table(LaneRows(image), LANES[1], group(*LANES))


def test_a_photograph_that_shows_nothing_around_tells_nothing(image):
    seen = LaneRows(image[:, 50:550])
    assert not is_table(seen, (214, 266), group(*LANES))
    assert not is_all_table(seen, (214, 266), group(*LANES))


def test_sides_at_the_edges_of_the_box_are_moved_within_its_walls(image):
    moved = within_walls(LaneRows(image), group((50, 100), (112, 152), (164, 214)))
    np.testing.assert_allclose(moved.sides, LANES, atol=1.5)
    assert moved.scores == (0.5, 0.5, 0.5)


def test_sides_move_to_a_line_near_by_but_not_to_that_of_the_next_lane(image):
    seen = LaneRows(image)
    moved = on_lines(seen, group((60, 96), (112, 152), (168, 204)))
    np.testing.assert_allclose(moved.sides, LANES, atol=1.5)
    far = on_lines(seen, group((60, 100), (112, 152), (172, 204)))
    assert far.sides[2][0] == 172  # a fifth of the lane: that is no matter of a core that is thinner


def test_a_narrow_lane_at_the_edge_of_the_photograph_stays(image):
    lane = (276, len(image))
    assert on_lines(LaneRows(image), group(lane)).sides == (lane,)


def test_pale_rock_on_paper_is_a_lane_though_the_paper_is_hardly_told_from_it():
    """Slabs on white paper, each dark in part, one hardly."""
    rng = np.random.default_rng(0)
    image = np.full((280, 600, 3), (225.0, 6, 6), np.float32)
    for (first, last), dark in zip(LANES, (120, 160, 55), strict=True):
        image[first:last, 60:540, 0] = 190 + rng.normal(scale=15, size=(last - first, 480))
        image[first:last, 60 : 60 + dark, 0] = 60
    image[..., 0] += rng.normal(scale=1, size=image.shape[:2])
    seen = LaneRows(image)
    paper = LaneGroup(LANES, (0.5,) * 3, np.array((225.0, 6, 6)))
    assert not is_table(seen, LANES[2], paper)
    letters = LaneGroup((*LANES, (220, 260)), (0.5,) * 4, paper.divider)
    assert is_table(seen, (220, 260), letters)


def test_a_side_on_the_flank_of_a_line_is_moved_to_its_peak(image):
    (_, (first, last), _) = on_lines(LaneRows(image), group((60, 100), (115, 149), (164, 204))).sides
    assert (first, last) == (pytest.approx(112, abs=1.5), pytest.approx(152, abs=1.5))


def test_walls_are_told_where_nothing_is_seen_left_and_right_of_the_box(image):
    seen = LaneRows(image[:, 50:550])
    assert not np.isfinite(seen.outside).any()
    moved = within_walls(seen, group((50, 100), (112, 152), (164, 214)))
    np.testing.assert_allclose(moved.sides, LANES, atol=1.5)
    assert within_walls(seen, group(*LANES)).sides == LANES
    image[204:214, 50:550] = (90, 60, 0)  # not of the color of the other one
    assert (
        within_walls(LaneRows(image[:, 50:550]), group((50, 100), (112, 152), (164, 214))).sides[0][0] == 50
    )


def test_a_lane_begins_beyond_the_dark_rim_of_its_core(image):
    image = np.repeat(image, 2, axis=0)
    image[224:229, 60:540] = (20.0, 0, 0)
    seen = LaneRows(image)
    moved = on_lines(seen, group((120, 200), (229, 304), (328, 408)))
    np.testing.assert_allclose(np.ravel(moved.sides), 2 * np.ravel(LANES), atol=1.5)


def test_a_strip_of_the_color_of_the_dividers_is_no_rim_of_a_lane(image):
    image = np.repeat(image, 2, axis=0)
    image[413:] = (60.0, 0, 0)  # the wall is as thin as a rim
    image[..., 0] += np.random.default_rng(1).normal(scale=1, size=image.shape[:2])
    moved = on_lines(LaneRows(image), group((120, 200), (224, 304), (328, 408)))
    np.testing.assert_allclose(np.ravel(moved.sides), 2 * np.ravel(LANES), atol=1.5)


def test_the_inner_edge_of_a_wall_may_be_faint_where_it_has_the_color_of_the_dividers(image):
    image[60:100, 60:540] = (147.3, 19.6, 39.3)  # a floor, hardly darker than the wall
    image[..., 0] += np.random.default_rng(1).normal(scale=1, size=image.shape[:2])
    seen, outer = LaneRows(image), ((50, 100), (112, 152), (164, 204))
    assert 0.25 < seen.line[58:63].max() < 0.4
    assert within_walls(seen, group(*outer)).sides[0][0] == pytest.approx(60, abs=1.5)
    other = LaneGroup(outer, (0.5,) * 3, np.array((230.0, 0, 4)))
    assert within_walls(seen, other).sides[0][0] == 50


def test_walls_in_the_shade_of_one_end_are_walls(image):
    image[..., :3] *= np.linspace(1.3, 0.6, 600)[None, :, None]
    seen = LaneRows(image[:, 50:550])
    moved = within_walls(seen, group((50, 100), (112, 152), (164, 214)))
    np.testing.assert_allclose(moved.sides, LANES, atol=1.5)
    assert moved.walled
    assert not within_walls(seen, group(*LANES)).walled


def test_lanes_that_are_boxes_of_their_own_have_walls_of_their_own(image):
    image[50:60] = image[100:112] = image[152:164] = image[204:214] = (60.0, 0, 0)  # of three boxes
    for first, last in LANES:
        image[first : first + 6, 50:550] = image[last - 6 : last, 50:550] = WOOD
    image[..., 0] += np.random.default_rng(1).normal(scale=1, size=image.shape[:2])
    table = LaneGroup(LANES, (0.5,) * 3, np.array((60.0, 0, 0)))
    moved = within_walls(LaneRows(image[:, 50:550]), table)
    np.testing.assert_allclose(moved.sides, [(first + 6, last - 6) for first, last in LANES], atol=1.5)


def test_the_walls_of_a_lone_lane_tell_the_color_of_its_dividers(image):
    image[102:] = (60.0, 0, 0)
    image[100:110, 50:550] = WOOD
    image[..., 0] += np.random.default_rng(1).normal(scale=1, size=image.shape[:2])
    moved = within_walls(LaneRows(image), LaneGroup(((50, 110),), (0.5,), np.array((60.0, 0, 0))))
    np.testing.assert_allclose(moved.sides, [(60, 100)], atol=1.5)
    np.testing.assert_allclose(moved.divider, WOOD, atol=2)
