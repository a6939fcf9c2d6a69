"""A core as plain values is the same core again, also in a folder that was moved."""

from __future__ import annotations

import json

import pytest

from corewidgets.cores.core import Core, Crop, Lane
from corewidgets.cores.depth_scale import DepthScale
from corewidgets.cores.described_core import describe_core, described_lane, described_scale
from corewidgets.cores.lane_shape import LaneShape


def lanes_in(folder):
    shape = LaneShape([(0, 0), (9, 0), (11, 5), (2, 5)], [(0.5, 1.25)])
    return [
        Lane(folder / "box.png", 1, 2, "a", shape=shape),
        Lane(folder / "box.png", 2, 3, "b", Crop(0, 9, 0, 5), 180, folder / "uv" / "box.png"),
    ]


def test_a_core_is_described_and_found_again_where_all_was_moved(tmp_path):
    core = Core(lanes_in(tmp_path.resolve()), "hole", DepthScale("ft", "below sea floor"))
    told = json.loads(json.dumps(describe_core(core, tmp_path / "run")))
    assert told["sections"][1]["second_file"] == "../uv/box.png"
    moved = tmp_path.resolve() / "moved"
    found = [described_lane(row, moved / "run") for row in told["sections"]]
    assert Core(found, told["name"], described_scale(told)) == Core(lanes_in(moved), core.name, core.scale)


def test_what_is_of_a_version_without_units_is_in_metres():
    assert described_scale({}) == described_scale({"unit": None, "datum": None}) == DepthScale()


@pytest.mark.parametrize(
    ("name", "value"), [("file", 5), ("corners", "x"), ("crop", "x"), ("top", "x"), ("evil", 1)]
)
def test_a_value_that_was_edited_is_refused(tmp_path, name, value):
    row = describe_core(Core(lanes_in(tmp_path)), tmp_path)["sections"][1]
    with pytest.raises((AttributeError, LookupError, OverflowError, TypeError, ValueError)):
        described_lane(row | {name: value}, tmp_path)
