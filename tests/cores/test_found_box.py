"""Lanes of made boxes, found from the pixels alone."""

from __future__ import annotations

import numpy as np
import pytest

import corewidgets as cw
from benchmarks.boxes import TOLERANCE, measure, side_error
from corewidgets.cores.found_box import _total
from corewidgets.cores.lane_group import LaneGroup
from corewidgets.cores.lane_rows import LaneRows


# plain cardboard, standing foam read to and fro, wood
@pytest.mark.parametrize("seed", [3, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (5, 18))])
def test_lanes_depths_and_empty_lanes_are_right(seed):
    outcome = measure(cw.sample_box(seed))
    assert outcome.side < TOLERANCE
    assert np.median(outcome.depth_errors) < 0.02
    assert np.percentile(outcome.depth_errors, 95) < 0.06
    assert all(outcome.empty_told)
    assert not outcome.full_taken_for_empty
    assert not outcome.furniture_taken
    assert outcome.confidence > 0.5


def test_the_other_way_up_lanes_are_read_from_the_other_end():
    box = cw.sample_box(3, size=800)
    upright, turned = cw.find_box(box.image), cw.find_box(np.rot90(box.image, 2), rotation=270)
    assert len(turned.lanes) == len(upright.lanes) == 4
    last = np.array(box.image.shape[:2]) - 1
    for one, other in zip(upright.lanes, turned.lanes, strict=True):
        assert other.rotation == 270
        mean = (last - other.left).mean(axis=0)
        assert np.abs(mean - one.left.mean(axis=0)) == pytest.approx((0, 0), abs=12)
        assert mean[0] == pytest.approx(one.left[:, 0].mean(), abs=3)
        assert other.recovered == pytest.approx(one.recovered, abs=0.03)


def test_in_each_of_two_boxes_reading_to_and_fro_begins_anew():
    box = cw.sample_box(3219, size=900)
    assert box.boustrophedon
    found = cw.find_box(box.image, boustrophedon=True)
    assert [lane.box for lane in box.lanes] == [0, 0, 0, 1, 1, 1]
    assert [lane.rotation for lane in found.lanes] == [90, 270, 90] * 2
    assert np.percentile(measure(box).depth_errors, 95) < 0.05


def test_two_boxes_of_two_lanes_are_not_taken_for_two_lanes():
    """Their walls are lines as clear as the sides of lanes, and as far from each other."""
    box = cw.sample_box(9004, size=600)
    assert [lane.box for lane in box.lanes] == [0, 0, 1, 1]
    assert len(cw.find_box(box.image).lanes) == 4


@pytest.mark.parametrize("seed", [3, 5])
def test_a_number_of_lanes_that_was_found_anyway_changes_nothing(seed):
    box = cw.sample_box(seed, size=600)
    found, told = cw.find_box(box.image), cw.find_box(box.image, n_lanes=len(box.lanes))
    assert len(found.lanes) == len(box.lanes)
    assert told.confidence == found.confidence
    for one, other in zip(found.lanes, told.lanes, strict=True):
        assert np.array_equal(one.corners(), other.corners())


@pytest.mark.parametrize(("reach", "height", "counted"), [(800, 400, 1.0), (300, 400, 0.6), (500, 75, 0.75)])
def test_lanes_as_short_or_small_as_a_color_card_count_little(reach, height, counted):
    rows = LaneRows(np.zeros((500, 1000, 3), np.float32))
    rows.columns = (100, 100 + reach)
    side = (20.0, 20.0 + height)
    assert _total(rows, [LaneGroup((side,), (1.0,), np.zeros(3))]) == pytest.approx(counted)


def lane_of(*parts: tuple[str, float]) -> cw.BoxLane:
    """Return a lane with parts of several kinds and lengths."""
    ends = np.cumsum([0.0, *(length for _, length in parts)])
    kinds = [
        cw.LanePart(start, stop, kind) for (kind, _), start, stop in zip(parts, ends, ends[1:], strict=False)
    ]
    side = np.array([[0.0, 0.0], [0.0, 9.0]])
    return cw.BoxLane(side + 2, side, tuple(kinds), tuple(length for _, length in parts), 90, 1.0)


@pytest.mark.parametrize(
    ("lanes", "told"),
    [
        ([lane_of(("gap", 1.0)), lane_of(("piece", 0.9), ("gap", 0.1))], True),
        ([lane_of(("gap", 0.99), ("piece", 0.01)), lane_of(("piece", 1.0))], True),  # the edge of a wall
        ([lane_of(("gap", 0.4), ("piece", 0.6)), lane_of(("piece", 1.0))], True),
        ([lane_of(("gap", 0.1), ("piece", 0.9)), lane_of(("gap", 1.0))], False),
        ([lane_of(("gap", 0.4), ("piece", 0.6)), lane_of(("piece", 0.5), ("gap", 0.5))], False),
        ([lane_of(("gap", 1.0)), lane_of(("gap", 1.0))], False),
        ([], False),
    ],
)
def test_a_box_that_is_filled_from_its_end_may_be_upside_down(lanes, told):
    assert cw.FoundBox(tuple(lanes), 1.0).filled_from_end is told


def test_a_long_photograph_without_lines_is_one_lane_and_a_guess():
    rock = np.random.default_rng(0).integers(110, 125, (90, 600, 3)).astype(np.uint8)
    found = cw.find_box(rock)
    (lane,) = found.lanes
    assert (found.confidence, lane.rotation) == (0.25, 90)
    assert lane.crop == cw.Crop(0, 90, 0, 600)
    np.testing.assert_allclose(lane.left[0], (89.5, -0.5))


def test_a_box_that_stands_out_in_a_long_photograph_is_no_section():
    """Its one lane is filled at an end only, and a ruler and a color card lie before it."""
    box = cw.sample_box(7218)
    outcome = measure(box)
    assert [len(box.lanes), outcome.counted] == [1, True]
    assert outcome.side < TOLERANCE
    assert not outcome.furniture_taken


def test_an_even_photograph_is_refused():
    with pytest.raises(ValueError, match="No lanes were found: the photograph is of one even color"):
        cw.find_box(np.full((50, 60, 3), 128, np.uint8))


def test_a_box_as_long_as_its_photograph_is_no_section_where_its_walls_are_seen():
    """Nothing is seen left and right of it, and half of it lies in the shade."""
    box = cw.sample_box(7282)
    (lane,) = cw.find_box(box.image).lanes
    assert side_error(box.lanes[0], lane) < TOLERANCE
    assert lane.recovered == pytest.approx(0.28, abs=0.03)
