"""Recovery of a run by drill runs: as a table, as intervals, by their length, of maps or of pieces."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import corewidgets as cw
from corewidgets.batch.run_recovery import run_recovery
from corewidgets.cores.depth_scale import DepthScale

LEGEND = cw.Legend(["Rock", "Foam"], not_rock=["Foam"])


@pytest.fixture
def run():
    """Return a run in feet, 100 to 106 ft: the lower half of its second lane is foam."""
    feet = DepthScale("ft")
    lanes = [
        cw.Lane(f"{name}.png", feet.to_metres(top), feet.to_metres(top + 3))
        for name, top in (("a", 100), ("b", 103))
    ]
    maps = [
        np.ones((60, 10), np.uint8),
        np.repeat([1, 2], 30).astype(np.uint8)[:, None] * np.ones(10, np.uint8),
    ]
    core = cw.Core(lanes, "hole", feet)
    return SimpleNamespace(core=core, done=core, legend=LEGEND, segmentations=lambda: iter(maps))


def test_runs_by_length_are_in_the_unit_of_the_core_and_the_last_ends_with_it(run):
    table = run_recovery(run, 4)
    assert (table["top"] / 0.3048).round(6).tolist() == [100, 104]
    assert (table["base"] / 0.3048).round(6).tolist() == [104, 106]
    assert table["tcr"].tolist() == pytest.approx([1.0, 0.25])


def test_a_table_and_the_same_intervals_give_the_same(run, tmp_path):
    (tmp_path / "runs.csv").write_text("top,base\n100,103\n103,106\n")  # in the unit of the core
    found = run_recovery(run, tmp_path / "runs.csv")
    assert found["tcr"].tolist() == pytest.approx([1.0, 0.5])
    intervals = [cw.Interval(lane.top, lane.base) for lane in run.core]
    assert run_recovery(run, intervals).equals(found)


def test_pieces_give_rqd_and_fractures(run, tmp_path):
    (tmp_path / "pieces.csv").write_text("top,base\n100,101\n101,101.2\n101.5,103\n")
    table = run_recovery(run, 3, tmp_path / "pieces.csv")
    assert table["tcr"].tolist() == pytest.approx([2.7 / 3, 0])
    assert table["rqd"].tolist() == pytest.approx([2.5 / 3, 0])
    assert table["n_fractures"].tolist() == [1, 0]


def test_what_cannot_be_is_told(run, tmp_path):
    with pytest.raises(ValueError, match="The length of drill runs must be above 0, but it is 0 ft"):
        run_recovery(run, 0)
    (tmp_path / "runs.csv").write_text("top,base\n30,33\n")
    with pytest.raises(
        ValueError, match=r"is about 30 to 33 ft, but the core about 100 to 106 ft. If its unit"
    ):
        run_recovery(run, tmp_path / "runs.csv")
    with pytest.raises(FileNotFoundError):
        run_recovery(run, tmp_path / "nothing.csv")
