"""Depths are typed in the workbench, and what is handed on is written from there."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw


@pytest.fixture
def bench(tmp_path):
    for number in (1, 2):
        Image.fromarray(np.full((60, 24, 3), 60 * number, np.uint8)).save(tmp_path / f"R{number}.png")
    made = cw.Workbench(tmp_path, ["Matrix", "Clast"])
    yield made
    made.close()


def type_depths(bench, top, base, unit=None):
    if unit is not None:
        bench.export.unit.value = unit
    bench.export.top.value, bench.export.base.value = top, base
    click(bench, "Set depths")


def click(bench, text):
    found = [
        each for row in bench.export.children for each in row.children
        if getattr(each, "description", "") == text
    ]  # fmt: skip
    found[0].click()


def test_depths_are_typed_as_they_are_written_and_shown_at_once(bench, shown_errors):
    type_depths(bench, "9000'6\"", "9003,5 ft", "ft")
    assert bench.messages.error is None
    assert bench.section.scale.unit == "ft"
    assert bench.section.top == pytest.approx(9000.5 * 0.3048)
    assert bench._desk.strip.rows[0]["base"] == pytest.approx(9003.5)
    type_depths(bench, "3", "2")
    assert "must lie below its top, but top is 3.0 ft and base is 2.0 ft" in str(shown_errors.pop())
    assert bench.project.entry("R1").top == pytest.approx(9000.5 * 0.3048)
    type_depths(bench, "deep", "2")
    assert "top 'deep' is not a number" in str(shown_errors.pop())
    type_depths(bench, "3", "")
    assert "Type top and base of R1 first" in str(shown_errors.pop())
    assert bench.project.entry("R1").top == pytest.approx(9000.5 * 0.3048)
    assert "R1: 9000.5 to 9003.5 ft." in bench.export._status.value


def test_the_button_writes_what_is_mapped_and_names_what_is_not(bench, shown_errors):
    click(bench, "Write LAS, table, figure, report")
    assert "No photograph of the project has depths" in str(shown_errors.pop())
    type_depths(bench, "1", "2")
    bench.project.correct_map("R1", np.ones((60, 24), np.uint8))
    click(bench, "Write LAS, table, figure, report")
    names = [file.suffix for file in bench.export.exported.files if file.is_file()]
    assert names == [".las", ".csv", ".png", ".html"]
    told = bench.export._status.value
    assert "Left out: R2 (its depths are not known)." in told


def test_recovery_is_written_by_the_length_of_runs_or_by_a_table(bench, tmp_path, shown_errors):
    type_depths(bench, "1", "2")
    bench.project.correct_map("R1", np.ones((60, 24), np.uint8))
    for typed in ("0,5", "runs.csv"):
        (tmp_path / "runs.csv").write_text("top,base\n1,1.5\n1.5,2\n")
        bench.export.runs.value = typed
        click(bench, "Write LAS, table, figure, report")
        assert bench.export.exported.files[-1].read_text().count("\n") == 3
    bench.export.runs.value = "drilled.csv"
    click(bench, "Write LAS, table, figure, report")
    assert "There is no table 'drilled.csv'" in str(shown_errors.pop())
    assert bench.export._status.value == ""


def test_photographs_of_the_same_depths_are_named(bench):
    for name, top in (("R1", 1.0), ("R2", 1.5)):
        bench.project.set_depths(name, top, top + 1)
        bench.project.correct_map(name, np.ones((60, 24), np.uint8))
    click(bench, "Write LAS, table, figure, report")
    told = bench.export._status.value
    assert "Both count where two show the same depths: R1 and R2, 1.5 to 2 m." in told


def test_a_single_photograph_has_nothing_to_export(tmp_path):
    bench = cw.Workbench(np.zeros((60, 24, 3), np.uint8), ["Matrix", "Clast"], session=False, autosave=False)
    assert not hasattr(bench, "export")
