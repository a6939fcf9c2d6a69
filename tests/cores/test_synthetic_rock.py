"""Core that is laid into a lane, and how it is painted."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from corewidgets.cores.lane_part import LanePart
from corewidgets.cores.synthetic_rock import ROCKS, lay_parts, noise, paint_core, paint_rock


@pytest.mark.parametrize("filled", [1.0, 0.4])
def test_parts_cover_a_lane_without_a_hole(filled):
    parts = lay_parts(np.random.default_rng(3), 900.0, filled=filled)
    assert (parts[0].start, parts[-1].stop, parts[-1].kind) == (0.0, 900.0, "gap")
    assert all(one.stop == other.start for one, other in pairwise(parts))
    assert 900 * filled - 40 < parts[-1].start < 900 * filled


def test_all_kinds_are_laid():
    kinds = {part.kind for seed in range(5) for part in lay_parts(np.random.default_rng(seed), 1000.0)}
    assert kinds == {"piece", "rubble", "gap", "block"}


@pytest.mark.parametrize("grain", [0.5, 4.0, 30.0])
def test_noise_has_its_grain(grain):
    field = noise(np.random.default_rng(0), (150, 260), grain)
    assert field.shape == (150, 260)
    assert (field.mean(), field.std()) == pytest.approx((0, 1), abs=1e-3)
    near = np.mean(field[:, 1:] * field[:, :-1])
    assert near == pytest.approx(np.exp(-1 / (4 * grain**2)), abs=0.2)


@pytest.mark.parametrize("rock", ROCKS)
def test_rock_has_six_channels_and_glows_in_patches(rock):
    painted = paint_rock(np.random.default_rng(1), rock, (40, 300), 1.5)
    assert painted.shape == (40, 300, 6)
    assert np.isfinite(painted).all()
    assert painted[..., :3].mean() > painted[..., 3:].mean()


@pytest.mark.parametrize("slabbed", [True, False])
def test_a_piece_lies_where_it_should_and_a_gap_shows_the_floor(slabbed):
    rock = np.full((41, 200, 6), 100, np.float32)
    floor = np.zeros((41, 200, 6), np.float32)
    parts = [LanePart(0, 20, "gap"), LanePart(20, 60, "piece"), LanePart(60, 100, "gap")]
    paint_core(np.random.default_rng(2), rock, floor, parts, 2.0, slabbed=slabbed)
    middle = floor[20, :, 0] > 0
    assert (np.flatnonzero(middle)[[0, -1]] == [41, 119]).all()
    assert (floor[38, 60:100, 0].mean() < 0.8 * floor[18, 60:100, 0].mean()) != slabbed


def test_rubble_has_fragments_and_gaps():
    rock = np.full((60, 150, 6), 100, np.float32)
    floor = np.full((60, 150, 6), 50, np.float32)
    paint_core(np.random.default_rng(2), rock, floor, [LanePart(10, 90, "rubble")], 1.5, slabbed=True)
    inside = floor[:, 16:134, 0]
    assert 0.4 < (inside > 60).mean() < 0.95
    assert (floor[:, :14] == 50).all()
