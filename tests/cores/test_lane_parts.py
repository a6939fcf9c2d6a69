"""Core, floor and blocks along a lane."""

from __future__ import annotations

import numpy as np

from corewidgets.cores.lane_parts import find_blocks, floor_color, floor_likeness, read_lanes, smoothed
from corewidgets.cores.lane_search import LaneGroup
from corewidgets.cores.lane_strip import TracedLane

WALL = np.array([150.0, 20.0, 40.0])


def strip() -> np.ndarray:
    """Rock, floor from column 120 to 200, rock with a block from 300 to 332."""
    rng = np.random.default_rng(0)
    made = np.zeros((40, 480, 3), np.float32)
    made[..., 0] = 100 + rng.normal(scale=12, size=(40, 480))
    made[:, 120:200] = 0.8 * WALL
    made[:, 300:332] = (225, 2, 4)
    made[10:30:6, 310:330] = (40, 0, 0)
    made[..., 0] += rng.normal(scale=1, size=(40, 480))
    return made


def test_floor_has_the_color_of_the_wall_in_its_shade_and_is_smooth():
    likeness = floor_likeness(strip(), [WALL], 1.6)
    assert likeness[125:195].min() > 0.5
    assert likeness[:110].max() < 0
    floor = smoothed(likeness)
    assert (np.flatnonzero(np.diff(floor.astype(int))) - [119, 199] <= 3).all()
    color = floor_color(strip(), floor)
    assert color is not None
    np.testing.assert_allclose(color, 0.8 * WALL, atol=1)
    assert floor_color(strip(), np.zeros(480, bool)) is None


def test_a_block_is_found_and_rock_is_none():
    ((start, stop),) = find_blocks(strip(), 60.0)
    np.testing.assert_allclose((start, stop), (300, 332), atol=2)


def test_a_blip_is_no_change():
    likeness = np.full(60, -1.0)
    likeness[30:32] = 1
    assert not smoothed(likeness).any()
    likeness[30:50] = 1
    assert smoothed(likeness)[31:49].all()


def test_parts_cover_the_lane_and_lengths_undo_perspective():
    image = np.full((60, 500, 3), WALL, np.float32)
    image[10:50, 10:490] = strip()
    image[..., 0] += np.random.default_rng(1).normal(scale=1, size=(60, 500))
    lane = TracedLane(np.array([0.0, 0.0, 9.5]), np.array([0.0, 0.0, 49.5]), 10, 490)
    wide = TracedLane(np.array([0.0, 0.0, 9.5]), np.array([0.0, 8.0, 45.5]), 10, 490)
    group = LaneGroup(((10, 50),), (1.0,), WALL)
    (parts,) = read_lanes(image, [lane], [group])
    assert [part.kind for part, _ in parts] == ["piece", "gap", "piece", "block", "piece"]
    np.testing.assert_allclose(
        [part.stop for part, _ in parts], [0.25, 200 / 480, 300 / 480, 332 / 480, 1], atol=0.012
    )
    np.testing.assert_allclose([length for _, length in parts], [part.length for part, _ in parts], atol=1e-6)
    (parts,) = read_lanes(image, [wide], [group])
    assert parts[0][1] > 1.05 * parts[0][0].length  # where the lane looks narrow it is far away
