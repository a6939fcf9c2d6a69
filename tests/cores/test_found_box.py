"""Lanes of made boxes, found from the pixels alone."""

from __future__ import annotations

import numpy as np
import pytest

import corewidgets as cw
from benchmarks.boxes import TOLERANCE, measure


@pytest.mark.parametrize("seed", [3, 5, 18])  # plain cardboard, standing foam read to and fro, wood
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


def test_a_long_photograph_without_lines_is_one_lane_and_a_guess():
    rock = np.random.default_rng(0).integers(110, 125, (90, 600, 3)).astype(np.uint8)
    found = cw.find_box(rock)
    (lane,) = found.lanes
    assert (found.confidence, lane.rotation) == (0.25, 90)
    assert lane.crop == cw.Crop(0, 90, 0, 600)
    np.testing.assert_allclose(lane.left[0], (89.5, -0.5))


def test_an_even_photograph_is_refused():
    with pytest.raises(ValueError, match="No lanes were found: the photograph is of one even color"):
        cw.find_box(np.full((50, 60, 3), 128, np.uint8))
