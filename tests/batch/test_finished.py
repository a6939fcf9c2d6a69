"""A run with nothing to do starts no cluster; with little to do it hands over that little."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw

pytest.importorskip("distributed")


@pytest.fixture
def handed(monkeypatch):
    """Return the names of the sections that are handed to processes, run by run."""
    from corewidgets.batch import segment as module

    handed = []

    class Dispatch(module.Dispatch):
        def __init__(self, client, worker, photographs, *others):
            handed.append([lane.name for lanes in photographs for lane in lanes])
            super().__init__(client, worker, photographs, *others)

    monkeypatch.setattr(module, "Dispatch", Dispatch)
    return handed


def test_the_same_run_again_starts_nothing_and_reports_all_as_done(segment, monkeypatch):
    first = segment()

    def connected(*_):
        raise AssertionError("a cluster is started for nothing")

    monkeypatch.setattr("corewidgets.batch.segment.connected", connected)
    told = []
    again = segment(progress=lambda *at: told.append(at))
    assert told == [(5, 5)]
    assert again.done_names == first.done_names
    assert again.about["finished"] is not None


def test_what_changed_is_handed_over_with_the_lanes_of_its_photograph(segment, core, handed, tmp_path):
    segment()
    single = core["single"].file
    Image.fromarray(np.asarray(Image.open(single))[::-1].copy()).save(single)
    told = []
    run = segment(progress=lambda *at: told.append(at))
    (run.folder / "sections" / "box-2.json").unlink()
    again = segment()
    assert handed[1:] == [["single"], ["box-1", "box-2", "box-3", "box-4"]]
    assert told == [(4, 5), (5, 5)]
    assert len(again.done_names) == 5


def test_photographs_that_are_gone_and_maps_that_cannot_be_used_are_left_to_the_processes(
    segment, core, handed
):
    run = segment()
    Image.new("P", (3, 3)).save(run.folder / "sections" / "single.png")
    core["box-1"].file.unlink()
    again = segment()
    assert handed[1] == ["box-1", "box-2", "box-3", "box-4", "single"]
    assert "There is no file" in again.failed["box-1"]
    assert "cannot be used" in again.failed["single"]


def test_a_map_that_was_corrected_by_hand_is_counted_anew_without_a_cluster(segment, core, handed):
    run = segment()
    legend = run.legend
    drawn = np.full(run.segmentation("single").shape, 2, np.uint8)
    cw.write_labels(run.folder / "sections" / "single.png", drawn, legend)
    again = segment()
    assert len(handed) == 1
    row = again.table[again.table["name"] == "single"].iloc[0]
    assert row[f"{legend.name(2)} share"] == 1.0
