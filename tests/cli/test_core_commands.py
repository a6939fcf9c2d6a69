"""The command for a whole core says what it did, goes on where it ended, and fails in one line."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw
from corewidgets.cli import main

distributed = pytest.importorskip("distributed")
lasio = pytest.importorskip("lasio")


@pytest.fixture(scope="module")
def folder(sample, tmp_path_factory):
    """Three photographs, their table, and a model."""
    folder = tmp_path_factory.mktemp("core")
    lanes = []
    for number in range(3):
        file = folder / f"R{number}.png"
        Image.fromarray(sample.section.image[100 * number : 100 * (number + 1)]).save(file)
        lanes.append(cw.Lane(file, 100 + number, 100.5 + number))
    cw.Core(lanes).write_csv(folder / "hole.csv")
    (folder / "R3.png").write_bytes((folder / "R2.png").read_bytes()[:3000])
    cw.Core([*lanes, cw.Lane(folder / "R3.png", 103, 104)]).write_csv(folder / "broken.csv")
    recipe = cw.Hypercolumns((), lab=True, lab_smoothing=(2.0,))
    model = cw.PixelClassifier(recipe, max_training_pixels=500, regularizer=None)
    model.fit(sample.section, sample.labels)
    cw.save_model(folder / "model.skops", model, legend=sample.legend.mark_not_rock("Liner", "Void"))
    return folder


@pytest.fixture(scope="module")
def scheduler():
    """The address of a scheduler whose one worker is a thread of this process."""
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address="127.0.0.1:0", protocol="tcp"
    ) as cluster:
        yield cluster.scheduler_address


@pytest.fixture
def call(folder, scheduler, tmp_path, monkeypatch, capsys):
    """Run the command in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*options, core="hole.csv", model="model.skops"):
        capsys.readouterr()
        arguments = [folder / core, "--model", folder / model, "--out", "out", "--scheduler", scheduler]
        code = main(["segment-core", *map(str, arguments), *options])
        return (code, *capsys.readouterr())

    return run


def test_a_core_is_segmented_summarized_and_logged(call, tmp_path):
    code, output, error = call("--csv", "hole-log.csv", "--las", "hole.las", "--interval", "0.25")
    assert code == 0
    assert "1 process; watch them at " in error
    assert "Segmented 3 of 3 sections of hole, 100 to 102.5 m, 0.0 million pixels, in " in output
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


def test_the_report_finds_the_model_of_the_run(call, folder, tmp_path, capsys):
    code, _, error = call()
    assert code == 0, error
    training = [str(folder / f"R{number}.png") for number in (0, 2)]
    assert main(["report", "out", "--out", "hole.html", "--training", *training]) == 0
    assert "of 3 photographs differ" in capsys.readouterr().out
    assert "of 3 photographs differ" in (tmp_path / "hole.html").read_text()


def test_classes_that_were_never_labelled_are_named(call, folder, sample):
    labels = np.where(sample.labels == 2, 0, sample.labels)
    recipe = cw.Hypercolumns((), lab=True)
    model = cw.PixelClassifier(recipe, max_training_pixels=500, regularizer=None).fit(sample.section, labels)
    cw.save_model(folder / "blind.skops", model, legend=sample.legend.mark_not_rock())
    missing = sample.legend.name(2)
    output = call("--csv", "log.csv", "--las", "log.las", "--interval", "0.25", model="blind.skops")[1]
    assert "All classes count as rock; say 'no' in the column rock of the legend" in output
    assert f"\nNever labelled, so that no map can show it and logs are empty there: {missing}.\n" in output
    las = lasio.read("log.las")
    assert np.isnan(las[missing.upper().replace("-", "_")]).all()
    assert np.nanmin(las["MATRIX"]) > 0


def test_the_same_command_goes_on(call):
    call()
    before = {path: path.stat().st_mtime_ns for path in cw.read_run("out").folder.glob("sections/*")}
    code, output, _ = call("--quiet")
    assert (code, "Segmented 3 of 3" in output) == (0, True)
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_broken_photograph_is_named_and_the_exit_code_says_so(call, folder):
    code, output, _ = call("--quiet", "--las", "hole.las", core="broken.csv")
    assert code == 1
    assert "Segmented 3 of 4 sections of broken" in output
    assert "1 failed; correct them and run the same command again:\n  R3: " in output
    assert "R3.png' cannot be decoded" in output
    assert lasio.read("hole.las").index[0] == pytest.approx(100.05)


def test_what_is_kept_on_request(call, tmp_path, folder):
    (tmp_path / "scores.json").write_text(json.dumps({"regions": {"weighted_f1": 0.7}}))
    assert call("--probabilities", "--uncertainty", "margin", "--scores", "scores.json")[0] == 0
    run = cw.read_run("out")
    assert run.about["scores"] == {"regions": {"weighted_f1": 0.7}}
    assert run.probabilities("R0").shape == (100, 160, len(run.legend))
    assert run.uncertainty("R0").max() <= 1
    code, _, error = call()
    assert code == 1
    assert error.count("\n") == 1
    assert "has a run that differs in: probabilities, uncertainty. Choose another folder, or" in error
    assert call("--overwrite")[0] == 0


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--las", "log.csv"], "A depth log for well-log software cannot be written as 'log.csv'; end its"),
        (["--csv", "no/log.csv"], "the folder '.*no' does not exist"),
        (["--scores", "none.json"], "'none.json': No such file"),
    ],
)
def test_wrong_input_is_said_in_a_line_before_the_work(call, tmp_path, options, text):
    code, _, error = call(*options)
    assert code == 1
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()
    assert re.search(text, error)


def test_wrong_usage(call):
    code, _, error = call("--workers", "0")
    assert code == 2
    assert "argument --workers: '0' is not a whole number of 1 or more" in error
    code, _, error = call("--colour", "red")
    assert code == 2
    assert "usage: corewidgets segment-core CORE" in error
    assert "unrecognized arguments: --colour red" in error


def test_each_problem_of_a_table_has_a_line(call, folder):
    (folder / "bad.csv").write_text("file,top,base\nlost.png,1,2\nR0.png,4,3\n")
    code, _, error = call(core="bad.csv")
    assert code == 1
    assert [line.split(":")[0] for line in error.splitlines()[1:]] == ["row 2", "row 3"]
