"""A hole is the photographs by depth: gaps, overlaps, what shows a depth, and the log of the maps."""

from __future__ import annotations

import numpy as np
import pytest

import corewidgets as cw
from corewidgets.cores.core import Interval

from .conftest import SHAPE


@pytest.fixture
def hole(project):
    """Return a hole of three photographs with a gap after the first; the order is not that of the names."""
    for name, top in (("R2", 10.0), ("R3", 11.5), ("R1", 12.5)):
        project.set_depths(name, top, top + 1.0)
    return cw.Hole(project)


def test_gaps_and_what_shows_a_depth(hole):
    assert [lane.name for lane in hole.core] == ["R2", "R3", "R1"]
    assert hole.gaps == [Interval(11.0, 11.5)]
    assert hole.overlaps == []
    assert [hole.at(depth) for depth in (9.9, 10.0, 11.0, 12.5, 13.4, 13.5)] == [
        [],
        ["R2"],
        [],
        ["R1"],
        ["R1"],
        [],
    ]
    assert hole.without_depth == []


def test_overlaps_are_told(hole):
    hole.project.set_depths("R1", 12.25, 13.25)
    assert hole.overlaps == [("R3", "R1", Interval(12.25, 12.5))]
    assert hole.at(12.3) == ["R3", "R1"]
    hole.project.set_depths("R2", None, None)
    assert hole.without_depth == ["R2"]
    assert hole.gaps == []


def test_the_log_is_that_of_the_maps_as_they_arrive(hole):
    with pytest.raises(
        ValueError, match="No photograph with depths has a map yet; train, or give depths with"
    ):
        hole.depth_log()
    segmentation = np.ones(SHAPE, np.uint8)
    segmentation[20:, :6] = 2
    hole.project.correct_map("R3", segmentation)
    assert hole.mapped == ["R3"]
    table = hole.depth_log(interval=0.5).table
    assert table[["top", "base"]].to_numpy().tolist() == [[11.5, 12.0], [12.0, 12.5]]
    assert table["Clast"].tolist() == pytest.approx([0.0, 0.5])
    hole.project.correct_map("R1", np.full(SHAPE, 2, np.uint8))
    lanes = cw.Core([hole.core["R3"], hole.core["R1"]])
    expected = cw.depth_log(
        lanes, [segmentation, np.full(SHAPE, 2, np.uint8)], hole.project.legend, interval=0.5
    )
    assert hole.depth_log(interval=0.5).table.equals(expected.table)
