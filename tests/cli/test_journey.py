"""From a folder of five photographs to LAS and report by command line alone, one map corrected by hand."""

from __future__ import annotations

import json
import subprocess

import lasio
import numpy as np
import pytest
from las_rules import las_problems
from PIL import Image

import corewidgets as cw
from corewidgets.cli import main

pytest.importorskip("distributed")

LEGEND = cw.Legend(["Matrix", "Clast"])
SHAPE, TOP = (240, 96), 698.0
NAMES = [f"R{number}" for number in range(1, 6)]


@pytest.fixture
def corewidgets(tmp_path, monkeypatch, capsys, scheduler):
    """Five photographs in a folder, labels beside two, their table, and the call of a command there."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scans").mkdir()
    rows = ["file,top,base,labels"]
    for number, name in enumerate(NAMES):
        sample = cw.sample_core(*SHAPE, seed=number)
        Image.fromarray(sample.section.image).save(f"scans/{name}.png")
        labels = ""
        if number in (0, 2):
            drawn = np.zeros(SHAPE, np.uint8)
            drawn[::3] = np.where(sample.truth[::3] == 1, 1, 2)
            labels = f"scans/{name}.labels.png"
            cw.write_labels(labels, drawn, LEGEND)
        rows.append(f"scans/{name}.png,{TOP + number},{TOP + number + 1},{labels}")
    (tmp_path / "hole.csv").write_text("\n".join(rows))
    recipe = cw.PixelClassifier(
        cw.Hypercolumns((), lab=True, lab_smoothing=(2.0,)), max_training_pixels=500, regularizer=None
    ).recipe
    (tmp_path / "color.json").write_text(json.dumps(recipe.to_dict()))

    def run(*arguments):
        capsys.readouterr()
        where = ("--scheduler", scheduler) if arguments[0] == "segment-core" else ()
        with monkeypatch.context() as patch:
            if arguments[0] == "open":
                patch.setattr(subprocess, "run", lambda *_, **__: None)  # JupyterLab is not started
            return (main([*arguments, *where]), *capsys.readouterr())

    return run


def shares_of(las):
    """Return the share of clasts of each photograph, by a log of an interval for each."""
    return dict(zip(NAMES, lasio.read(las)["CLAST"], strict=True))


@pytest.mark.slow
def test_five_photographs_become_maps_las_and_report_and_a_correction_stays(corewidgets, tmp_path):
    code, output, error = corewidgets("open", "scans", "--classes", "Matrix,Clast")
    assert (code, error) == (0, "")
    assert output.startswith("5 photographs in ")
    assert cw.Project(tmp_path / "scans" / "scans.corewidgets").labelled == ["R1", "R3"]

    code, output, error = corewidgets(
        "train", "--core", "hole.csv", "--out", "m.skops", "--preset", "color.json", "--quick"
    )
    assert (code, error) == (0, "")
    assert "2 photographs" in output
    assert "whole photographs" in output

    segment = ("segment-core", "hole.csv", "--model", "m.skops", "--out", "run", "--interval", "1")
    code, output, error = corewidgets(*segment, "--las", "before.las")
    assert code == 0, error
    assert "Segmented 5 of 5 sections of hole, 698 to 703 m" in output

    corrected, legend = cw.read_labels("run/sections/R4.png")
    corrected[:] = 1
    corrected[:24] = 2
    cw.write_labels("run/sections/R4.png", corrected, legend)
    code, output, error = corewidgets(
        *segment, "--las", "hole.las", "--csv", "log.csv", "--figure", "hole.png"
    )
    assert code == 0, error
    assert las_problems(tmp_path / "hole.las") == []
    before, after = shares_of("before.las"), shares_of("hole.las")
    assert after.pop("R4") == pytest.approx(0.1, abs=1e-3)
    assert before.pop("R4") != pytest.approx(0.1, abs=1e-3)
    assert after == before
    with Image.open("hole.png") as figure:
        assert min(figure.size) > 500

    code, output, error = corewidgets("report", "run", "--out", "hole.html", "--training", "hole.csv")
    assert code == 0, error
    page = (tmp_path / "hole.html").read_text()
    assert "698 to 703 m, 5 sections" in page
    assert "<b>not scored</b>" not in page

    code, output, error = corewidgets("open", "run", "--project", "scans/scans.corewidgets")
    assert code == 0, error
    project = cw.Project(tmp_path / "scans" / "scans.corewidgets")
    project.take_maps()
    assert project.names == NAMES
    np.testing.assert_array_equal(project.map("R4"), corrected)
    assert [name for name in project if "corrected" in project.state(name).states] == ["R4"]
