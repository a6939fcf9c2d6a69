"""Lanes with corners of their own, straightened, and depths that are known within them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw
from corewidgets.cores.lane_shape import parse_corners, parse_ties

CORNERS = [(40, 10), (40, 210), (0, 210), (0, 10)]  # lies, its top at the left


@pytest.fixture
def tilted() -> tuple[np.ndarray, list[tuple[float, float]]]:
    """A lane whose columns get brighter from top to base, turned by a few degrees, and its corners."""
    image = np.full((120, 300, 3), 7, np.uint8)
    start, along, across = np.array([70.0, 20.0]), np.array([-20.0, 240.0]), np.array([-30.0, -2.5])
    rows, columns = np.indices(image.shape[:2])
    matrix = np.linalg.inv(np.stack([along, across], axis=1))
    share, side = np.tensordot(matrix, np.stack([rows - start[0], columns - start[1]]), axes=1)
    inside = (share >= 0) & (share <= 1) & (side >= 0) & (side <= 1)
    image[inside] = (20 + 200 * share[inside])[:, None].astype(np.uint8)
    corners = [start, start + along, start + along + across, start + across]
    return image, [tuple(corner) for corner in corners]


def test_a_tilted_lane_is_straightened(tilted):
    image, corners = tilted
    shape = cw.LaneShape(corners)
    cut = shape.cut(image, 1.0, 2.0)
    assert cut.shape == (241, 30, 3)
    inner = cut[3:-3, 3:-3, 0].astype(float)
    np.testing.assert_allclose(
        inner, (20 + 200 * (np.arange(241)[3:-3, None] + 0.5) / 241) + 0 * inner, atol=3
    )


def test_the_same_lane_upright_is_the_crop(tmp_path: Path):
    image = np.random.default_rng(0).integers(0, 255, (60, 240, 3)).astype(np.uint8)
    Image.fromarray(image).save(tmp_path / "box.png")
    corners = [(40 - 0.5, 10 - 0.5), (40 - 0.5, 210 - 0.5), (-0.5, 210 - 0.5), (-0.5, 10 - 0.5)]
    shaped = cw.Lane(tmp_path / "box.png", 1.0, 2.0, shape=cw.LaneShape(corners), rotation=90)
    plain = cw.Lane(tmp_path / "box.png", 1.0, 2.0, crop=(0, 40, 10, 210), rotation=90)
    assert shaped.crop == plain.crop
    np.testing.assert_array_equal(shaped.read().image, plain.read().image)
    np.testing.assert_array_equal(shaped.read(image).image, plain.read(image).image)


def test_depth_runs_evenly_and_rows_of_a_gap_are_left_out(tilted):
    image, corners = tilted
    shape = cw.LaneShape(corners, [(0.25, 1.5), (0.5, 1.5)])  # nothing was recovered between
    assert shape.depths(np.array([0, 0.125, 0.3, 0.75, 1]), 1.0, 2.0).tolist() == [1.0, 1.25, 1.5, 1.75, 2.0]
    cut = shape.cut(image, 1.0, 2.0)[3:-3, 15, 0].astype(float)
    assert len(cut) == round(0.75 * 241) - 6
    share = (cut - 20) / 200
    assert not ((share > 0.27) & (share < 0.48)).any()
    assert share[len(cut) // 4] == pytest.approx(0.125, abs=0.02)
    assert share[3 * len(cut) // 4] == pytest.approx(0.75, abs=0.02)


def test_a_halo_continues_the_lane(tilted):
    image, corners = tilted
    shape = cw.LaneShape(corners)
    wide = shape.cut(image, 0, 1, halo=4)
    np.testing.assert_array_equal(wide[4:-4, 4:-4], shape.cut(image, 0, 1))


def test_a_table_keeps_corners_and_depths_in_its_unit(tmp_path: Path):
    Image.fromarray(np.zeros((60, 240, 3), np.uint8)).save(tmp_path / "box.png")
    shape = cw.LaneShape(CORNERS, [(0.25, 3.048), (0.5, 3.048)])
    lanes = [
        cw.Lane(tmp_path / "box.png", 2.7432, 3.3528, "a", shape=shape, rotation=90),
        cw.Lane(tmp_path / "box.png", 4, 5, "b", crop=(45, 60, 10, 210), rotation=90),
    ]
    core = cw.Core(lanes, scale=cw.DepthScale("ft"))
    core.write_csv(tmp_path / "core.csv")
    heading, first, second = (tmp_path / "core.csv").read_text().splitlines()
    assert heading.endswith(",second_file,corners,ties")
    assert first.endswith('"40,10 40,210 0,210 0,10",0.25=10 0.5=10')
    assert second.endswith(",,")
    again = cw.read_core(tmp_path / "core.csv")
    assert again["a"].shape == shape
    assert again["b"].shape is None


def test_a_table_without_shapes_is_as_it_was(tmp_path: Path):
    Image.fromarray(np.zeros((60, 240, 3), np.uint8)).save(tmp_path / "box.png")
    cw.Core([cw.Lane(tmp_path / "box.png", 1, 2)]).write_csv(tmp_path / "core.csv")
    assert (tmp_path / "core.csv").read_text().splitlines()[
        0
    ] == "file,top,base,name,crop,rotation,second_file"


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ('"1,2 3"', r"corners '1,2 3' is not a list of corners; write row,column for each"),
        ('"1,2 3,4 5,6"', r"A lane needs 4 corners, or more in pairs, but there are 3"),
        ('"40,10 40,210 0,210 0,900"', r"reaches beyond"),
        ('"40,10 40,210 0,210 0,10",0.5', r"ties '0.5' is not a list of known depths; write place=depth"),
        (
            '"40,10 40,210 0,210 0,10",0.5=7',
            r"the known depth 7 m does not lie between top and base, 1 to 2 m",
        ),
        ('"40,10 40,210 0,210 0,10",0.5=1.5 0.4=1.6', r"must lie between 0 and 1 and increase down the lane"),
        (",0.5=1.5", "ties need corners; write corners of the lane as well"),
    ],
)
def test_what_is_wrong_with_a_shape_is_said_with_its_row(tmp_path: Path, cells: str, problem: str):
    Image.fromarray(np.zeros((60, 240, 3), np.uint8)).save(tmp_path / "box.png")
    (tmp_path / "core.csv").write_text(f"file,top,base,rotation,corners,ties\nbox.png,1,2,90,{cells}\n")
    with pytest.raises(ValueError, match=rf"(?s)row 2: .*{problem}"):
        cw.read_core(tmp_path / "core.csv")


def test_tilted_lanes_whose_rectangles_overlap_are_two(tmp_path: Path):
    Image.fromarray(np.zeros((220, 640, 3), np.uint8)).save(tmp_path / "box.png")
    first = [(60, 10), (110, 610), (70, 612), (20, 12)]
    rows = {"a": first, "b": [(row + 50, column) for row, column in first]}
    text = "file,top,base,name,rotation,corners\n"
    for number, (name, corners) in enumerate(rows.items()):
        cells = " ".join(f"{row},{column}" for row, column in corners)
        text += f'box.png,{number},{number + 1},{name},90,"{cells}"\n'
    (tmp_path / "core.csv").write_text(text)
    assert len(cw.read_core(tmp_path / "core.csv")) == 2
    (tmp_path / "core.csv").write_text(
        text.replace(text.splitlines()[2].split('"')[1], text.splitlines()[1].split('"')[1])
    )
    with pytest.raises(ValueError, match=r"row 3: it shows the same part of .* as row 2"):
        cw.read_core(tmp_path / "core.csv")


def test_texts_are_read_back():
    shape = cw.LaneShape(CORNERS, [(0.25, 45.1)])
    assert cw.LaneShape(parse_corners(shape.corners_text), parse_ties(shape.ties_text())) == shape


def test_corners_that_enclose_nothing_are_refused():
    with pytest.raises(
        ValueError, match="enclose no lane within the photograph; write them down the left side"
    ):
        cw.LaneShape([(0, 0), (0, 0), (0, 0), (0, 0)])
    with pytest.raises(ValueError, match="Known depths must not decrease down the lane"):
        cw.LaneShape(CORNERS, [(0.2, 5), (0.4, 4)])
