"""A hole of core boxes by the command line alone: from its table to LAS, figure, recovery and report."""

from __future__ import annotations

import json

import lasio
import numpy as np
import pandas as pd
import pytest
from las_rules import las_problems
from made_hole import FEET, LANE_FEET, LEGEND, LOST_FEET, make_hole
from PIL import Image

import corewidgets as cw
from corewidgets.cli import main

from .calls import fails, is_usage

pytest.importorskip("distributed")

RUNS = "from (ft);to (ft)\n9012;9017\n9017;9022\n9022;9025,5\n"
FEATURES = cw.Hypercolumns((), lab=True, lab_smoothing=(2.0,))  # the network is not the subject


@pytest.fixture
def corewidgets(tmp_path, monkeypatch, capsys, scheduler):
    """Two boxes of two lanes in a folder, and the call of a command there."""
    monkeypatch.chdir(tmp_path)
    make_hole(tmp_path, n_boxes=2)
    (tmp_path / "runs.csv").write_text(RUNS)
    recipe = cw.PixelClassifier(FEATURES, max_training_pixels=500, regularizer=None).recipe
    (tmp_path / "color.json").write_text(json.dumps(recipe.to_dict()))

    def run(*arguments):
        capsys.readouterr()
        if arguments[0] == "segment-core":
            arguments = (*arguments, "--scheduler", scheduler)
        return (main([*map(str, arguments)]), *capsys.readouterr())

    return run


@pytest.mark.slow
def test_from_the_table_of_a_hole_to_all_that_is_handed_on(corewidgets, tmp_path):
    train = ("train", "--core", "hole.csv", "--out", "m.skops", "--preset", "color.json", "--quick")
    code, output, error = corewidgets(*train)
    assert (code, error) == (0, "")
    assert "2 photographs" in output
    assert "The scores are kept in m.skops" in output
    assert cw.load_model("m.skops").image_names_ == ("image", "second")

    logs = ("--las", "hole.las", "--csv", "log.csv", "--figure", "hole.png", "--interval", "0.5")
    recovery = ("--recovery", "recovery.csv", "--runs", "runs.csv")
    folder = ("segment-core", "hole.csv", "--model", "m.skops", "--out", "run")
    code, output, error = corewidgets(*folder, *logs, *recovery)
    assert code == 0, error
    top, base = FEET, FEET + 4 * LANE_FEET + LOST_FEET
    assert f"Segmented 4 of 4 sections of hole, {top:g} to {base:g} ft, 0.027 million pixels" in output
    assert "Wrote the depth log log.csv, hole.las, hole.png: 27 intervals of 0.5 ft." in output
    assert "Wrote the core recovery recovery.csv: 3 runs; 74.1% of 13.5 ft recovered." in output

    las = lasio.read("hole.las")
    assert las_problems(tmp_path / "hole.las") == []
    assert (las.curves[0].unit, las.index[0], las.index[-1]) == ("FT", 9012.0, 9025.0)
    rock = las["SHALE"] + las["SANDSTONE"]
    np.testing.assert_allclose(rock[np.isfinite(rock)], 1.0, atol=1e-6)
    np.testing.assert_array_equal(las["CLOSS"], [float(9018 <= foot < 9019.5) for foot in las.index])
    no_rock = [float(9017 <= foot < 9018 or 9021.5 <= foot < 9022.5) for foot in las.index]
    there = las["CLOSS"] == 0
    np.testing.assert_allclose(las["NROCK"][there], np.array(no_rock)[there], atol=0.06)
    table = pd.read_csv("log.csv")
    np.testing.assert_allclose(table["top (ft)"], las.index)
    np.testing.assert_allclose(table["Shale (V/V)"], las["SHALE"], atol=1e-6)

    measured = pd.read_csv("recovery.csv")
    assert list(measured) == ["top (ft)", "base (ft)", "recovered (ft)", "tcr (V/V)"]
    np.testing.assert_allclose(measured["tcr (V/V)"], [5 / 5, 2 / 5, 3 / 3.5], atol=0.01)
    with Image.open("hole.png") as figure:
        assert min(figure.size) > 500

    code, output, error = corewidgets(
        "report", "run", "--out", "hole.html", "--training", "hole.csv", *recovery[2:]
    )
    assert code == 0, error
    page = (tmp_path / "hole.html").read_text()
    assert "9012 to 9025.5 ft, 4 sections" in page
    assert "<b>74%</b>of the drilled length recovered" in page
    assert "<b>not scored</b>" not in page
    assert "Rock is what the maps show" in page


def test_recovery_of_pieces_has_rqd_and_fractures_in_the_unit_of_the_hole(corewidgets, tmp_path):
    run_hole(tmp_path, corewidgets)
    (tmp_path / "pieces.csv").write_text(
        "Top,Bottom,Solid core,Mechanical break\n9012,9013,,\n9013,9013.2,no,\n9013.2,9014,yes,yes\n"
        "9014,9014.2,yes,no\n9014.2,9014.4,,\n9014.4,9017,,\n"
    )
    asked = ("--recovery", "r.csv", "--run-length", "5", "--pieces", "pieces.csv")
    code, output, error = corewidgets(
        "segment-core", "hole.csv", "--model", "m.skops", "--out", "run", *asked
    )
    assert code == 0, error
    table = pd.read_csv("r.csv")
    assert list(table["base (ft)"]) == [9017, 9022, 9025.5]
    assert table["tcr (V/V)"].tolist() == pytest.approx([1.0, 0.0, 0.0])
    assert table["scr (V/V)"][0] == pytest.approx(4.8 / 5)
    assert table["rqd (V/V)"][0] == pytest.approx(4.6 / 5)  # 0.2 ft are 6 cm; the two about 9014 ft are one
    assert table["n_fractures"][0] == 2
    assert table["fracture_frequency (1/ft)"][0] == pytest.approx(2 / 4.8)
    assert "RQD 34%" in output


def test_what_is_wrong_with_runs_and_pieces_is_said_by_row_in_the_unit_of_the_hole(corewidgets, tmp_path):
    run_hole(tmp_path, corewidgets)
    report = ("report", "run", "--out", "r.html", "--runs", "bad.csv")
    (tmp_path / "bad.csv").write_text("top,base\n9012,9017\n9016,9022\n9030,9029\n")
    code, _, error = corewidgets(*report)
    assert code == 1
    assert "row 3: the run from 9016 to 9022 ft overlaps that of row 2, 9012 to 9017 ft, by 1 ft" in error
    assert "row 4: the base of a run must lie below its top, but top is 9030.0 ft" in error
    (tmp_path / "bad.csv").write_text("top (m),base (m)\n9012,9017\n")
    assert fails(
        corewidgets(*report), r"'bad.csv' is about 29566.93 to 29583.33 ft, but .* 9012 to 9025.5 ft"
    )
    (tmp_path / "bad.csv").write_text("top,base,solid\n9012,9017,perhaps\n")
    code, _, error = corewidgets(
        "report", "run", "--out", "r.html", "--run-length", "5", "--pieces", "bad.csv"
    )
    assert "row 2: solid 'perhaps' is neither yes nor no" in error
    segment = ("segment-core", "hole.csv", "--model", "m.skops", "--out", "run", "--recovery", "r.csv")
    assert is_usage(corewidgets(*segment), "needs the drill runs: --runs TABLE, or --run-length LENGTH")
    assert is_usage(corewidgets(*segment, "--runs", "runs.csv", "--run-length", "5"), "either --runs or")


def run_hole(folder, call):
    """Leave a model and a run in the folder."""
    core = cw.read_core(folder / "hole.csv")
    lanes = [lane.showing(()) for lane in core][:2]
    labels = [cw.read_labels(lane.labels_file)[0] for lane in lanes]
    model = cw.PixelClassifier(FEATURES, max_training_pixels=500, regularizer=None)
    model.fit([lane.read() for lane in lanes], labels)
    cw.save_model(folder / "m.skops", model, legend=LEGEND)
    assert call("segment-core", "hole.csv", "--model", "m.skops", "--out", "run", "--quiet")[0] == 0
