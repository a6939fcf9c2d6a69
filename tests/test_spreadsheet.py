"""No CSV file that is written holds a cell that a spreadsheet would compute; names come back as they were."""

from __future__ import annotations

import csv
import dataclasses

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw
from corewidgets.cores.appearance import Appearance
from corewidgets.scoring.drift import PhotographDrift
from corewidgets.spreadsheet import plain_cell, safe_cell

FORMULAS = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", " =1", "'=1", "''=1", "\uff1d1", "'\t=1"]
TEXTS = ["Matrix", "'t Zand", "a=b", "", "'", "1-2"]


@pytest.mark.parametrize("text", FORMULAS + TEXTS)
def test_a_cell_comes_back(text):
    assert plain_cell(safe_cell(text)) == text
    assert safe_cell(text) == (f"'{text}" if text in FORMULAS else text)


@pytest.mark.parametrize("number", [-5, -0.5, np.float64(-1)])
def test_numbers_stay_numbers(number):
    assert safe_cell(number) is number


def cells(path):
    with path.open(newline="", encoding="utf-8") as file:
        return [cell for row in csv.reader(file) for cell in row]


def check(path, *names):
    """Check that names are in a file, with an apostrophe each."""
    found = cells(path)
    for name in names:
        assert f"'{name}" in found
        assert name not in found


def test_a_legend(tmp_path):
    legend = cw.Legend(["=A1", "@B", "-C"]).mark_not_rock("-C")
    for one in (legend, cw.Legend(legend.names)):
        one.write_csv(tmp_path / "legend.csv")
        check(tmp_path / "legend.csv", "=A1", "@B", "-C")
        assert cw.Legend.read_csv(tmp_path / "legend.csv") == one


def test_the_table_of_a_core(tmp_path):
    Image.fromarray(np.full((20, 10, 3), 90, np.uint8)).save(tmp_path / "=1.png")
    core = cw.Core([cw.Lane(tmp_path / "=1.png", 0, 1, "+R1", second_file=tmp_path / "=1.png")])
    core.write_csv(tmp_path / "core.csv")
    check(tmp_path / "core.csv", "=1.png", "+R1")
    assert cw.read_core(tmp_path / "core.csv").lanes == core.lanes


def test_logs_clasts_and_drift(tmp_path):
    pytest.importorskip("pandas")
    legend = cw.Legend(["=Matrix", "-Clast"])
    labels = np.ones((40, 40), np.uint8)
    labels[10:30, 10:30] = 2
    section = cw.CoreSection(np.zeros((40, 40, 3), np.uint8), 0.0, 0.4, name="@R1")
    cw.depth_log([section], [labels], legend, interval=0.1).write_csv(tmp_path / "log.csv")
    check(tmp_path / "log.csv", "=Matrix", "-Clast")
    cw.measure_clasts([section], [labels], legend, groundmass=["=Matrix"]).write_csv(tmp_path / "clasts.csv")
    check(tmp_path / "clasts.csv", "@R1", "-Clast")
    look = Appearance(20.0, 5.0, 0.0, 0.0, 0.5)
    one = PhotographDrift("=R1", -1.0, 0.0, look, 0.1, 0.0, 0.1, 0.2, ())
    cw.Drift((one, dataclasses.replace(one, name="R2", top=0.0, base=1.0)), {}).write_csv(tmp_path / "d.csv")
    check(tmp_path / "d.csv", "=R1")
    assert "-1.0" in cells(tmp_path / "d.csv")
