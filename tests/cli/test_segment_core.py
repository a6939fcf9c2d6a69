"""Segment-core says what it did, goes on where it ended, and fails in one line."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from las_rules import las_problems

import corewidgets as cw
from corewidgets.cli import main

distributed = pytest.importorskip("distributed")
lasio = pytest.importorskip("lasio")


def test_a_core_is_segmented_summarized_and_logged(segment_hole, tmp_path):
    code, output, error = segment_hole("--csv", "hole-log.csv", "--las", "hole.las", "--interval", "0.25")
    assert code == 0
    assert "1 process; watch them at " in error
    assert "Segmented 3 of 3 sections of hole, 100 to 102.5 m, 0.048 million pixels, in " in output
    assert re.search("\nclass +share of rock\nMatrix +[0-9.]+%\n", output)
    assert not re.search("^(Void|Liner) ", output, re.MULTILINE)
    assert "\nNot counted as rock: Void, Liner.\n" in output
    assert "Never labelled" not in output
    assert "Wrote the depth log hole-log.csv, hole.las: 10 intervals of 0.25 m." in output
    run = cw.read_run("out")
    las = lasio.read("hole.las")
    log = cw.depth_log(run.done, run.segmentations(), run.legend, interval=0.25)
    np.testing.assert_allclose(las["MATRIX"], log.table["Matrix"], atol=1e-4)
    assert las.well["WELL"].value == "hole"
    assert (tmp_path / "hole-log.csv").read_text().count("\n") == 11


def test_classes_that_were_never_labelled_are_named(segment_hole, hole, sample):
    labels = np.where(sample.labels == 2, 0, sample.labels)
    recipe = cw.Hypercolumns((), lab=True)
    model = cw.PixelClassifier(recipe, max_training_pixels=500, regularizer=None).fit(sample.section, labels)
    cw.save_model(hole / "blind.skops", model, legend=sample.legend.mark_not_rock())
    missing = sample.legend.name(2)
    output = segment_hole("--csv", "log.csv", "--las", "log.las", "--interval", "0.25", model="blind.skops")[
        1
    ]
    assert "All classes count as rock; write 'no' in the column rock of the legend" in output
    assert f"\nNever labelled, so absent from maps and empty in logs: {missing}.\n" in output
    las = lasio.read("log.las")
    assert np.isnan(las[missing.upper().replace("-", "_")]).all()
    assert np.nanmin(las["MATRIX"]) > 0


def test_the_same_command_goes_on(segment_hole):
    segment_hole()
    before = {path: path.stat().st_mtime_ns for path in cw.read_run("out").folder.glob("sections/*")}
    code, output, _ = segment_hole("--quiet")
    assert (code, "Segmented 3 of 3" in output) == (0, True)
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_broken_photograph_is_named_and_the_exit_code_says_so(segment_hole, hole):
    code, output, _ = segment_hole("--quiet", "--las", "hole.las", core="broken.csv")
    assert code == 1
    assert "Segmented 3 of 4 sections of broken" in output
    assert "1 failed; correct them and run the same command again:\n  R3: " in output
    assert "R3.png' cannot be decoded" in output
    assert lasio.read("hole.las").index[0] == pytest.approx(100)


def test_what_is_kept_on_request(segment_hole, tmp_path, hole):
    (tmp_path / "scores.json").write_text(json.dumps({"regions": {"weighted_f1": 0.7}}))
    assert segment_hole("--probabilities", "--uncertainty", "margin", "--scores", "scores.json")[0] == 0
    run = cw.read_run("out")
    assert run.about["scores"] == {"regions": {"weighted_f1": 0.7}}
    assert run.probabilities("R0").shape == (100, 160, len(run.legend))
    assert run.uncertainty("R0").max() <= 1
    code, _, error = segment_hole()
    assert code == 1
    assert error.count("\n") == 1
    assert "has a run that differs in: probabilities, uncertainty. Choose another folder, or" in error
    assert segment_hole("--overwrite")[0] == 0


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--las", "log.csv"], "A depth log for well-log software cannot be written as 'log.csv'; end its"),
        (["--csv", "no/log.csv"], "the folder '.*no' does not exist"),
        (["--scores", "none.json"], "'none.json': No such file"),
        (
            ["--las", "log.las", "--las-curves", "share"],
            "There is no curve 'share'; choose from shares, errors",
        ),
        (["--recovery", "r.csv", "--runs", "none.csv"], "none.csv"),
        (["--recovery", "r.csv", "--run-length", "1", "--pieces", "none.csv"], "none.csv"),
    ],
)
def test_wrong_input_is_said_in_a_line_before_the_work(segment_hole, tmp_path, options, text):
    code, _, error = segment_hole(*options)
    assert code == 1
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()
    assert re.search(text, error)


def test_a_class_that_is_called_like_a_column_of_the_log_is_told_before_the_work(
    segment_hole, hole, sample, tmp_path
):
    legend = sample.legend.rename(sample.legend.name(1), "base")
    cw.save_model(hole / "named.skops", cw.load_model(hole / "model.skops"), legend=legend)
    code, _, error = segment_hole("--las", "log.las", model="named.skops")
    assert (code, error.count("\n")) == (1, 1)
    assert "A class cannot be called 'base', which is a column of the log; rename it." in error
    assert not (tmp_path / "out").exists()


def test_wrong_usage(segment_hole):
    code, _, error = segment_hole("--workers", "0")
    assert code == 2
    assert "argument --workers: '0' is not a whole number of 1 or more" in error
    code, _, error = segment_hole("--colour", "red")
    assert code == 2
    assert "usage: corewidgets segment-core CORE" in error
    assert "unrecognized arguments: --colour red" in error


def test_each_problem_of_a_table_has_a_line(segment_hole, hole):
    (hole / "bad.csv").write_text("file,top,base\nlost.png,1,2\nR0.png,4,3\n")
    code, _, error = segment_hole(core="bad.csv")
    assert code == 1
    assert [line.split(":")[0] for line in error.splitlines()[1:]] == ["row 2", "row 3"]


def test_a_hole_in_feet_is_told_logged_and_reported_in_feet(segment_hole, hole, tmp_path):
    rows = [f"R{number}.png,{330 + 4 * number},{333 + 4 * number}" for number in range(3)]
    (hole / "feet.csv").write_text("\n".join(["file,top (fbsf),base (fbsf)", *rows]))
    logs = ("--csv", "log.csv", "--las", "log.las", "--interval", "1")
    code, output, error = segment_hole(*logs, core="feet.csv")
    assert code == 0, error
    assert "Segmented 3 of 3 sections of feet, 330 to 341 ft," in output
    assert "11 intervals of 1 ft." in output
    assert lasio.read("log.las").index.tolist() == [330 + k for k in range(11)]
    assert (tmp_path / "log.csv").read_text().startswith("top (ft),base (ft),core_loss (V/V)")
    assert cw.read_run("out").core.scale.label == "Depth below sea floor (ft)"
    assert main(["report", "out", "--out", "hole.html", "--quiet"]) == 0
    page = (tmp_path / "hole.html").read_text()
    assert "330 to 341 ft below sea floor, 3 sections" in page
    assert "330 to 333 ft" in page
    assert " m, " not in page


def test_the_las_says_where_it_comes_from(segment_hole, hole, tmp_path):
    (tmp_path / "items.csv").write_text("Item;Value\nCOMP;Acme: Bohr\nUWI;42\nElev;1522.5\n\n")
    (tmp_path / "scores.json").write_text(json.dumps({"scores": {"regions": {"weighted_f1": 0.7}}}))
    options = (
        "--las-header",
        "items.csv",
        "--las-item",
        "SRVC=Own",
        "--las-item",
        "uwi=43",
        "--las-short-names",
    )
    curves = ("--las-curves", "shares,core_loss,clast_size", "--scores", "scores.json")
    code, output, error = segment_hole("--las", "hole.las", "--interval", "0.25", *options, *curves)
    assert code == 0, error
    las = lasio.read("hole.las")
    assert las_problems(tmp_path / "hole.las", longest=8) == []
    assert [str(las.well[name].value) for name in ("COMP", "UWI", "SRVC")] == ["Acme  Bohr", "43", "Own"]
    assert str(las.well["DATE"].value) == cw.read_run("out").about["finished"][:10]
    assert (las.params["ELEV"].value, las.params["MODEL"].value) == (1522.5, "model.skops")
    assert (las.params["F1REG"].value, las.params["SOFT"].value) == (0.7, f"corewidgets {cw.__version__}")
    assert las.params["RECIPE"].value.startswith("discriminant, ")
    assert las.keys()[:3] == ["DEPT", "CLOSS", "CSIZE"]
    assert "Matrix is MATRIX" in output.split("\nIn hole.las: ")[1]
    code, _, error = segment_hole("--las", "hole.las", "--las-item", "COMP")
    assert (code, "'COMP' is not ITEM=VALUE, such as COMP=Acme" in error) == (2, True)
    (tmp_path / "items.csv").write_text("COMP;Acme\n")
    code, _, error = segment_hole("--las", "hole.las", "--las-header", "items.csv")
    assert (code, "'items.csv' must have the columns item and value" in error) == (1, True)


def test_a_run_and_its_report_have_the_scores_of_the_model(segment_hole, hole, sample, tmp_path):
    model = cw.load_model(hole / "model.skops")
    scores = cw.evaluate(
        model, sample.section, sample.labels, legend=sample.legend, protocols="regions", max_scored_pixels=500
    ).to_dict()
    cw.save_model(hole / "scored.skops", model, scores=scores)
    assert segment_hole(model="scored.skops")[0] == 0
    run = cw.read_run("out")
    assert run.about["scores"] == json.loads(json.dumps(scores))
    cw.write_report(run, tmp_path / "hole.html")
    page = (tmp_path / "hole.html").read_text()
    assert f"{scores['scores']['regions']['weighted_f1']:.3f}" in page
    assert "the accuracy is not known" not in page
