"""Photographs are handed over one by one, whatever their lanes, and a line says what takes long."""

from __future__ import annotations

import dataclasses
import time

import pytest

import corewidgets as cw
from corewidgets.batch import watch
from corewidgets.batch.dispatch import photographs_of

pytest.importorskip("distributed")

from corewidgets.batch.section_worker import SectionWorker


def test_the_lanes_of_a_photograph_go_together(core):
    assert [[lane.name for lane in lanes] for lanes in photographs_of(core)] == [
        ["box-1", "box-2", "box-3", "box-4"], ["single"]
    ]  # fmt: skip


def test_a_photograph_by_two_names_is_one(core, tmp_path):
    link = tmp_path / "link.png"
    link.symlink_to(core["box-1"].file)
    linked = cw.Core([core["box-1"], dataclasses.replace(core["box-2"], file=link), core["single"]])
    assert [len(lanes) for lanes in photographs_of(linked)] == [2, 1]


@pytest.mark.slow
def test_sections_are_told_of_while_they_are_worked_on(core, model, client, tmp_path, monkeypatch):
    monkeypatch.setattr(watch._Work, "__init__", _impatient)
    segment_lane = SectionWorker._segment_lane
    monkeypatch.setattr(
        SectionWorker, "_segment_lane", lambda *given: time.sleep(0.5) or segment_lane(*given)
    )  # looked at every 0.1 s
    told, counted = [], []
    run = cw.segment_core(
        core,
        model,
        out=tmp_path / "out",
        processes=cw.Processes(client, report=told.append),
        progress=lambda *counts: counted.append(counts),
    )
    assert run.failed == {}
    assert counted[-1] == (5, 5)
    assert any(line.startswith("Section box-") for line in told)
    assert all(line.endswith(" s.") for line in told)


def _impatient(self, name, since, next_line=0.0):
    self.name, self.since, self.next_line = name, since, next_line
