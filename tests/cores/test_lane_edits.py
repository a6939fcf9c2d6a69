"""Corners and known depths of lanes are moved, lanes are put in order, and into the table of their core."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from corewidgets.cores.core import Core, Lane
from corewidgets.cores.depth_scale import DepthScale
from corewidgets.cores.lane_edits import (
    in_reading_order,
    outline_of,
    place_of,
    put_lanes,
    turned,
    with_corner,
    with_depth,
    with_side,
)
from corewidgets.cores.lane_shape import LaneShape
from corewidgets.cores.table import read_core

SHAPE = (120, 300)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_corners_of_a_rectangle_show_what_the_rectangle_shows(tmp_path: Path, rotation: int) -> None:
    image = np.random.default_rng(0).integers(0, 255, (*SHAPE, 3), np.uint8)
    Image.fromarray(image).save(tmp_path / "box.png")
    lane = Lane(tmp_path / "box.png", 10.0, 11.0, crop=(10, 50, 20, 290), rotation=rotation)
    outline = outline_of(lane, SHAPE)
    assert outline.crop == lane.crop
    straightened = Lane(lane.file, 10.0, 11.0, shape=outline).read().image
    assert np.array_equal(straightened, lane.read().image)


def test_a_corner_stays_on_the_photograph_and_on_its_side_of_the_lane() -> None:
    lane = Lane("box.png", 10.0, 11.0, crop=(10, 50, 20, 290), rotation=90)
    moved = with_corner(lane, 2, 4, 400, SHAPE)
    assert moved.shape is not None
    assert moved.shape.corners == ((49.5, 19.5), (49.5, 289.5), (4, 299.5), (9.5, 19.5))
    assert moved.crop is not None
    assert str(moved.crop) == "4:50 20:300"
    with pytest.raises(
        ValueError, match=r"The sides of 'box' would cross with corner 3 at row 100, column 250"
    ):
        with_corner(moved, 2, 100, 250, SHAPE)


@pytest.mark.parametrize(
    ("number", "rows", "columns", "crop"),
    [
        (0, 12.3, 40, "10:62 20:290"),  # only across
        (1, 3, -20.4, "10:50 20:270"),
        (2, -50, 0, "0:50 20:290"),  # up to the edge of the photograph
        (3, 0, 30, "10:50 50:290"),
    ],
)
def test_a_rectangle_stays_one_when_a_side_is_moved(
    number: int, rows: float, columns: float, crop: str
) -> None:
    lane = Lane("box.png", 10.0, 11.0, crop=(10, 50, 20, 290), rotation=90)
    moved = with_side(lane, number, rows, columns, SHAPE)
    assert (str(moved.crop), moved.shape, moved.rotation) == (crop, None, 90)


def test_a_side_of_a_tilted_lane_is_moved_with_both_of_its_corners() -> None:
    shape = LaneShape([(50, 20), (60, 280), (30, 280), (20, 20)], [(0.5, 10.4)])
    lane = Lane("box.png", 10.0, 11.0, rotation=90, shape=shape)
    moved = with_side(lane, 0, 6, -2, SHAPE)
    assert moved.shape is not None
    assert moved.shape.corners == ((56, 18), (66, 278), (30, 280), (20, 20))
    assert moved.shape.ties == shape.ties
    stopped = with_side(lane, 3, 0, -41, SHAPE)  # from the last corner to the first
    assert stopped.shape is not None
    assert stopped.shape.corners == ((50, -0.5), (60, 280), (30, 280), (20, -0.5))


@pytest.mark.parametrize("shape", [None, LaneShape([(50, 20), (52, 280), (12, 280), (10, 20)])])
def test_a_side_stays_on_its_own_side_of_the_lane(shape: LaneShape | None) -> None:
    lane = Lane("box.png", 10.0, 11.0, crop=(10, 50, 20, 290), rotation=90, shape=shape)
    with pytest.raises(ValueError, match=r"The sides of 'box' would cross with the side after corner 1"):
        with_side(lane, 0, -60, 0, SHAPE)


def test_a_lane_whose_sides_cross_in_the_table_is_mended_by_a_side() -> None:
    crossed = [(50, 20), (12, 150), (50, 280), (10, 280), (20, 150), (10, 20)]
    lane = Lane("box.png", 10.0, 11.0, rotation=90, shape=LaneShape(crossed))
    mended = with_side(lane, 0, 30, 0, SHAPE)
    assert mended.shape is not None
    assert mended.shape.corners == ((80, 20), (42, 150), (50, 280), (10, 280), (20, 150), (10, 20))
    with pytest.raises(ValueError, match=r"would cross with the side after corner 1 moved by 2 rows"):
        with_side(lane, 0, 2, 0, SHAPE)


def test_depths_are_known_by_place_and_those_of_the_ends_are_top_and_base() -> None:
    lane = Lane("box.png", 10.0, 11.0, crop=(10, 50, 0, 200), rotation=90)
    known = with_depth(lane, 30, 49.5, 10.4, SHAPE)
    assert known.shape is not None
    assert known.shape.ties == ((pytest.approx(0.25, abs=3e-4), 10.4),)
    again = with_depth(known, 45, 50, 10.35, SHAPE)  # the same block, clicked beside its middle
    assert again.shape is not None
    assert [depth for _, depth in again.shape.ties] == [10.35]
    assert with_depth(again, 30, 0, 9.9, SHAPE).top == 9.9
    assert with_depth(again, 30, 199, 11.2, SHAPE).base == 11.2
    gone = with_depth(again, 30, 49.5, None, SHAPE)
    assert gone.shape is not None
    assert gone.shape.ties == ()
    assert with_depth(lane, 30, 49.5, None, SHAPE) is lane
    with pytest.raises(
        ValueError, match=r"The known depth 11\.5 m does not lie between top and base, 10 to 11 m"
    ):
        with_depth(lane, 30, 49.5, 11.5, SHAPE)
    with pytest.raises(ValueError, match="Known depths must not decrease down the lane"):
        with_depth(again, 30, 150, 10.2, SHAPE)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.75, 1.0])
def test_a_place_along_a_keystone_is_found_again(share: float) -> None:
    outline = LaneShape([(80, 10), (95, 280), (30, 290), (20, 5)])
    assert outline.share_at(*place_of(outline, share)) == pytest.approx(share, abs=2e-4)


def test_a_lane_is_turned_with_its_corners() -> None:
    shape = LaneShape([(40, 10), (44, 210), (4, 212), (0, 12)], [(0.5, 10.4)])
    lane = Lane("box.png", 10.0, 11.0, rotation=90, shape=shape)
    over = turned(lane, 270)
    assert over.rotation == 270
    assert over.shape == LaneShape([(4, 212), (0, 12), (40, 10), (44, 210)])
    back = turned(over, 90)
    assert back.shape is not None
    assert back.shape.corners == shape.corners
    bent = Lane("box.png", 10.0, 11.0, rotation=90,
                shape=LaneShape([(40, 0), (42, 100), (40, 200), (0, 200), (2, 100), (0, 0)]))  # fmt: skip
    with pytest.raises(ValueError, match="'box' has bent sides, so it can only be turned upside down"):
        turned(bent, 0)


def test_lanes_are_read_from_the_uppermost_down_every_second_one_the_other_way() -> None:
    lower = Lane("box.png", 10.0, 10.6, "lower", (70, 110, 0, 300), 90)
    tilted = LaneShape([(50, 0), (52, 290), (12, 290), (10, 0)], [(0.5, 11.0)])
    upper = Lane("box.png", 10.6, 11.4, "upper", rotation=90, shape=tilted)
    plain = in_reading_order([lower, upper], SHAPE)
    assert [(lane.name, lane.top, lane.base, lane.rotation) for lane in plain] == [
        ("upper", 10.0, 10.8, 90),
        ("lower", 10.8, 11.4, 90),
    ]
    assert plain[0].shape == LaneShape(tilted.corners)
    zigzag = in_reading_order(plain, SHAPE, boustrophedon=True)
    assert [lane.rotation for lane in zigzag] == [90, 270]
    assert in_reading_order(zigzag, SHAPE, boustrophedon=True) == zigzag
    assert in_reading_order(zigzag, SHAPE) == plain


@pytest.fixture
def core(tmp_path: Path) -> Core:
    for name in ("a.png", "b.png"):
        Image.new("RGB", (300, 120)).save(tmp_path / name)
    lanes = [
        Lane(tmp_path / "a.png", 10.0, 11.0, "a-1", (0, 50, 0, 300), 90),
        Lane(tmp_path / "a.png", 11.0, 12.0, "a-2", (60, 110, 0, 300), 90),
        Lane(tmp_path / "b.png", 12.0, 13.0, "b", (0, 50, 0, 300), 90),
    ]
    return Core(lanes, scale=DepthScale("ft"))


def test_lanes_take_the_place_of_those_of_their_photograph(core: Core, tmp_path: Path) -> None:
    table = tmp_path / "hole.csv"
    core.write_csv(table)
    tilted = with_corner(core["a-1"], 0, 55, 4, SHAPE)
    put_lanes(table, [tilted])
    found = read_core(table)
    assert [lane.name for lane in found] == ["a-1", "b"]
    assert found["a-1"].shape == tilted.shape
    assert found.scale.unit == "ft"
    assert found["b"].crop == core["b"].crop


def test_a_table_that_is_not_there_is_made(core: Core, tmp_path: Path) -> None:
    put_lanes(tmp_path / "new.csv", core.lanes[:2], DepthScale("ft"))
    assert [lane.name for lane in read_core(tmp_path / "new.csv")] == ["a-1", "a-2"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("file,top,base,driller\na.png,10,11,Ann\n", "has columns 'driller', which would be lost"),
        ("# from the box list\nfile,top,base\na.png,10,11\n", "which would be lost"),
    ],
)
def test_a_table_with_more_in_it_stays_as_it_is(core: Core, tmp_path: Path, text: str, what: str) -> None:
    table = tmp_path / "hole.csv"
    table.write_text(text)
    with pytest.raises(ValueError, match=what):
        put_lanes(table, core.lanes[:2])
    assert table.read_text() == text


def test_a_name_that_another_photograph_has_is_refused(core: Core, tmp_path: Path) -> None:
    table = tmp_path / "hole.csv"
    core.write_csv(table)
    before = table.read_bytes()
    with pytest.raises(ValueError, match="Names of sections must differ, but 'b' occurs twice"):
        put_lanes(table, [Lane(tmp_path / "a.png", 10.0, 11.0, "b", (0, 50, 0, 300), 90)])
    assert table.read_bytes() == before
