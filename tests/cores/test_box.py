from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from corewidgets.cores.box import find_lanes, propose_lanes
from corewidgets.cores.found_box import FoundBox, find_box
from corewidgets.cores.lane_part import LanePart

FIRSTS = (12, 82, 152)


@pytest.fixture
def box() -> np.ndarray:
    """Three lanes of rock, 50 rows each, with smooth dividers between."""
    rng = np.random.default_rng(0)
    box = np.full((214, 400, 3), 120, np.uint8)
    for first in FIRSTS:
        box[first : first + 50, 20:380] = rng.integers(0, 255, (50, 360, 3))
    return box


def test_lanes_are_where_the_rock_is(box):
    crops, rotation = find_lanes(box)
    assert rotation == 90
    found = np.array([crop[:4] for crop in crops])
    np.testing.assert_allclose(found, [(first, first + 50, 20, 380) for first in FIRSTS], atol=4)


def test_lanes_that_run_down_come_from_left_to_right(box):
    crops, rotation = find_lanes(np.ascontiguousarray(box.swapaxes(0, 1)))
    assert rotation == 0
    np.testing.assert_allclose([crop[2] for crop in crops], FIRSTS, atol=4)


def test_depths_are_in_proportion_to_lengths_and_end_exactly(box, tmp_path):
    Image.fromarray(box).save(tmp_path / "box-7.png")
    lanes = propose_lanes(tmp_path / "box-7.png", 10.0, 13.1)
    assert [lane.name for lane in lanes] == ["box-7-1", "box-7-2", "box-7-3"]
    assert (lanes[0].top, lanes[-1].base) == (10.0, 13.1)
    assert [lane.base for lane in lanes[:-1]] == [lane.top for lane in lanes[1:]]
    np.testing.assert_allclose([lane.base - lane.top for lane in lanes], 3.1 / 3, rtol=0.02)


@pytest.mark.parametrize("rotation", [90, 270])
def test_a_box_that_is_filled_from_its_end_is_told(box, tmp_path, monkeypatch, rotation):
    Image.fromarray(box).save(tmp_path / "box.png")
    found = find_box(box, rotation=rotation)
    empty = replace(found.lanes[0], parts=(LanePart(0.0, 1.0, "gap"),), lengths=(1.0,))
    lanes = (empty, *found.lanes[1:])
    monkeypatch.setattr("corewidgets.cores.box.find_box", lambda *_, **__: FoundBox(lanes, 1.0))
    other = 360 - rotation
    with pytest.warns(
        UserWarning, match=f"box.png' begins late .* upside down; if it is, give rotation={other}"
    ):
        assert len(propose_lanes(tmp_path / "box.png", 10.0, 12.0)) == 2


def test_another_number_of_lanes_than_there_should_be(box):
    with pytest.raises(
        ValueError, match=r"lanes were found where there should be 5; write their crops into the"
    ):
        find_lanes(box, n_lanes=5)


def test_an_even_photograph_has_no_lanes():
    with pytest.raises(ValueError, match="No lanes were found: the photograph is of one even color"):
        find_lanes(np.full((100, 200, 3), 90, np.uint8))
