"""Core, floor and blocks along a lane."""

from __future__ import annotations

import numpy as np
import pytest

from corewidgets.cores.lane_parts import (
    between_edges,
    find_blocks,
    floor_color,
    floor_likeness,
    read_lanes,
    smoothed,
)
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


def test_even_rock_between_two_breaks_is_no_block():
    made = strip()
    made[:, 300:332] = (180, 2, 4)
    made[:, 300:332, 0] += np.random.default_rng(2).normal(scale=4, size=(40, 32))
    assert len(find_blocks(made, 60.0)) == 1
    assert find_blocks(made, 60.0, smooth=1.0) == []


@pytest.mark.parametrize(("color", "n_blocks"), [((40, 1, 3), 0), ((40, 4, -30), 1), ((225, 1, 3), 1)])
def test_a_dark_bed_is_no_block(color, n_blocks):
    made = strip()
    made[:, 300:332] = color
    made[..., 0] += np.random.default_rng(5).normal(scale=1, size=made.shape[:2])
    assert len(find_blocks(made, 60.0)) == n_blocks


def test_a_floor_ends_at_edges():
    made = strip()
    floor = np.zeros(480, bool)
    floor[120:200] = True
    assert (between_edges(floor, made, 60.0) == floor).all()
    made = np.full((40, 480, 3), WALL, np.float32)  # rock as smooth as the floor and of its color
    made[..., 0] += 10 * np.sin(np.arange(480) / 60)
    made[:, 300:] *= 0.5
    floor[120:200], floor[300:] = True, True
    assert np.flatnonzero(np.diff(between_edges(floor, made, 60.0))).tolist() == [299]
    assert between_edges(np.ones(480, bool), made, 60.0).all()  # an empty lane


def test_a_floor_that_almost_reaches_the_wall_ends_there():
    """The shade of a wall, or the wall itself, is no piece of core, and needs no edge."""
    made = np.full((40, 480, 3), WALL, np.float32)
    made[:, :300] = (90, 0, 0)
    floor = np.zeros(480, bool)
    floor[300:474] = True
    assert np.flatnonzero(np.diff(between_edges(floor, made, 60.0))).tolist() == [299]
    assert between_edges(floor, made, 60.0)[300:].all()
    empty = np.zeros(480, bool)
    empty[9:474] = True
    assert between_edges(empty, np.full((40, 480, 3), WALL, np.float32), 60.0).all()


def test_what_lies_beyond_the_end_of_an_empty_lane_is_no_core():
    """In a dark box the edge of its wall may be as weak as one in rock."""
    made = np.full((40, 800, 3), (26, 7, 0), np.float32)
    made[:, :20] = (27, 5, 1)
    floor = np.arange(800) >= 20
    assert between_edges(floor, made, 60.0).all()
    assert not between_edges(np.arange(800) >= 100, made, 60.0).any()  # rock of one color with the floor


def test_a_floor_of_another_color_than_the_walls_is_found_beside_smooth_things_of_a_third():
    rng = np.random.default_rng(3)
    image = np.full((120, 500, 3), WALL, np.float32)
    for first in (10, 70):
        image[first : first + 40, 10:490] = (90, 3, 8)
        image[first : first + 40, 10:490, 0] += rng.normal(scale=14, size=(40, 480))
        image[first : first + 40, 420:490] = (165, -6, 10)
    image[10:50, 100:170] = (250, 0, 0)
    image[..., 0] += rng.normal(scale=1, size=(120, 500))
    sides = ((10, 50), (70, 110))
    lanes = [TracedLane(*(np.array([0.0, 0.0, row - 0.5]) for row in pair), 10, 490) for pair in sides]
    found = read_lanes(image, lanes, [LaneGroup(sides, (1.0, 1.0), WALL)])
    assert [parts[-1][0].kind for parts in found] == ["gap", "gap"]
    assert [parts[-1][0].start for parts in found] == pytest.approx([410 / 480] * 2, abs=0.02)


def test_a_shadow_across_the_box_does_not_hide_the_floor():
    image = np.full((60, 500, 3), WALL, np.float32)
    rock = strip()[:, :120]
    image[10:50, 200:320] = rock
    image *= (1 - 0.5 / (1 + np.exp((360 - np.arange(500)) / 15)))[:, None].astype(np.float32)
    image[..., 0] += np.random.default_rng(1).normal(scale=1, size=(60, 500))
    lane = TracedLane(np.array([0.0, 0.0, 9.5]), np.array([0.0, 0.0, 49.5]), 10, 490)
    (parts,) = read_lanes(image, [lane], [LaneGroup(((10, 50),), (1.0,), WALL)])
    gaps = [(part.start, part.stop) for part, _ in parts if part.kind == "gap"]
    assert np.ravel(gaps) == pytest.approx([0, 190 / 480, 310 / 480, 1], abs=0.02)


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


def test_rubble_is_one_part_that_no_break_parts():
    image = np.full((60, 500, 3), (40, 0, 0), np.float32)
    made = np.zeros((40, 480, 3), np.float32)
    made[..., 0] = 130 + np.random.default_rng(0).normal(scale=6, size=(40, 480))
    rows, columns = np.mgrid[:40, :100]
    fragments = np.hypot(rows % 10 - 4.5, (columns + 7 * (rows // 10)) % 16 - 7.5) < 4.4
    made[:, 200:300, 0] = np.where(fragments, made[:, 200:300, 0], 25)
    made[:, 400:403, 0] = 30
    image[10:50, 10:490] = made
    image[..., 0] += np.random.default_rng(1).normal(scale=1, size=(60, 500))
    lane = TracedLane(np.array([0.0, 0.0, 9.5]), np.array([0.0, 0.0, 49.5]), 10, 490)
    (parts,) = read_lanes(image, [lane], [LaneGroup(((10, 50),), (1.0,), np.array([40.0, 0, 0]))])
    assert [part.kind for part, _ in parts] == ["piece", "rubble", "piece", "piece"]
    np.testing.assert_allclose([part.stop for part, _ in parts[:2]], [200 / 480, 300 / 480], atol=0.03)


def kinds_in_ultraviolet(*lightness: float) -> list[set[str]]:
    """Return what is read in lanes of dark even rock between foam that glows, one of each lightness."""
    image = np.zeros((60 * len(lightness) + 20, 500, 3), np.float32)
    image[:, 10:490] = (36, -3, -31)
    lanes, sides = [], []
    for number, light in enumerate(lightness):
        first = 60 * number + 10
        image[first : first + 40, 5:490] = light * np.array([1, 0.7, 0.35])
        sides.append((first, first + 40))
        lanes.append(TracedLane(np.array([0, 0, first - 0.5]), np.array([0, 0, first + 39.5]), 10, 490))
    image[..., 0] += np.random.default_rng(4).normal(scale=0.5, size=image.shape[:2])
    found = read_lanes(
        image, lanes, [LaneGroup(tuple(sides), (1.0,) * len(sides), np.array([36.0, -3, -31]))]
    )
    return [{part.kind for part, _ in parts} for parts in found]


def test_core_that_is_nearly_black_is_no_floor():
    """In ultraviolet much rock is as dark as the frame around the box, and as even."""
    assert kinds_in_ultraviolet(8.5, 10.0, 8.5) == [{"piece"}] * 3
    assert kinds_in_ultraviolet(10.0, 0.0, 10.0) == [{"piece"}, {"gap"}, {"piece"}]
    assert kinds_in_ultraviolet(110.0, 8.0, 8.0) == [{"piece"}, {"gap"}, {"gap"}]


@pytest.mark.parametrize(("rough", "broken"), [(200, False), (200, True), (300, True)])
def test_a_floor_of_another_color_than_the_walls_may_be_most_of_a_box_but_shows_no_breaks(rough, broken):
    rng = np.random.default_rng(3)
    image = np.full((120, 500, 3), WALL, np.float32)
    for first, stop in ((10, rough), (70, 10)):
        image[first : first + 40, 10:490] = (165, -6, 10)
        image[first : first + 40, 10:stop] = (90, 3, 8)
        image[first : first + 40, 10:stop, 0] += rng.normal(scale=14, size=(40, stop - 10))
        if broken:
            for column in range(stop + 50, 480, 100):
                image[first : first + 40, column : column + 3, 0] = 60
    image[..., 0] += rng.normal(scale=1, size=(120, 500))
    sides = ((10, 50), (70, 110))
    lanes = [TracedLane(*(np.array([0.0, 0.0, row - 0.5]) for row in pair), 10, 490) for pair in sides]
    first, second = read_lanes(image, lanes, [LaneGroup(sides, (1.0, 1.0), WALL)])
    assert {part.kind for part, _ in second} == ({"piece"} if broken else {"gap"})
    assert first[-1][0].kind == ("piece" if broken else "gap")
    if not broken:
        assert first[-1][0].start == pytest.approx(190 / 480, abs=0.02)


def test_core_that_reaches_beyond_the_end_of_its_lane_is_no_wall():
    cloth = np.array([15.0, 0, 0])
    image = np.full((180, 500, 3), cloth, np.float32)
    sides = [(10, 50), (70, 110), (130, 170)]
    for (first, last), (start, stop) in zip(sides, ((0, 485), (0, 500), (10, 300)), strict=True):
        image[first:last, start:stop] = (34, 5, 2)
    image[..., 0] += np.random.default_rng(1).normal(scale=1, size=image.shape[:2])
    lanes = [TracedLane(*(np.array([0.0, 0.0, row - 0.5]) for row in pair), 10, 490) for pair in sides]
    found = read_lanes(image, lanes, [LaneGroup(tuple(sides), (1.0,) * 3, cloth)])
    assert [{part.kind for part, _ in parts} for parts in found] == [{"piece"}, {"piece"}, {"piece", "gap"}]


def test_what_one_lane_shows_beyond_its_ends_is_no_wall_where_the_others_show_another():
    image = np.full((180, 500, 3), (220.0, 1, 1), np.float32)  # foam on black
    image[:, :10], image[:, 490:] = (2, 0, 0), (2, 0, 0)
    sides = [(10, 50), (70, 110), (130, 170)]
    for (first, last), (start, stop) in zip(sides, ((10, 490), (10, 490), (0, 500)), strict=True):
        image[first:last, start:stop] = (36, 1, 3)
    image[..., 0] += np.random.default_rng(1).normal(scale=1, size=image.shape[:2])
    lanes = [TracedLane(*(np.array([0.0, 0.0, row - 0.5]) for row in pair), 10, 490) for pair in sides]
    found = read_lanes(image, lanes, [LaneGroup(tuple(sides), (1.0,) * 3, np.array([220.0, 1, 1]))])
    assert [{part.kind for part, _ in parts} for parts in found] == [{"piece"}] * 3
