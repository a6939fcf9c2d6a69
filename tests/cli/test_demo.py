"""Demo goes all steps with a synthetic core."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

import corewidgets as cw
from corewidgets.cli import demo as demo_module

from .calls import fails


@pytest.mark.slow
def test_demo_leaves_pictures_and_files_and_says_what_to_look_at(call, tmp_path, monkeypatch):
    monkeypatch.setattr(demo_module, "_N_TRAINING_PIXELS", 300)
    code, output, error = call("demo", "--out", "new/out", "--size", "480x160", "--seed", "1")
    assert (code, error) == (0, "")
    figures = {path.name for path in Path("new/out").glob("*.png")}
    shown = {
        "poster",
        "photograph",
        "feature-maps",
        "labels",
        "segmentation",
        "truth",
        "uncertainty",
        "confusion",
    }
    assert figures == {f"{name}.png" for name in shown}
    assert "Look at new/out/poster.png first" in output
    files = Path("new/out/files")
    truth, legend = cw.read_labels(files / "truth.png")
    labels, segmentation = (cw.read_labels(files / f"{name}.png")[0] for name in ("labels", "segmentation"))
    accuracy = (segmentation == truth)[labels == 0].mean()
    assert f"Against the dense truth: {accuracy:.1%} of the unlabelled pixels" in output
    assert accuracy > 0.7
    scores = json.loads((files / "scores.json").read_text())
    assert f"Whole regions held out: weighted F1 {scores['scores']['regions']['weighted_f1']:.3f}" in output
    assert cw.Legend.read_csv(files / "classes.csv") == legend
    report = Path("new/out/scores.txt").read_text()
    assert report.index("whole regions") < report.index("random pixels") < report.index("dense truth")
    commands = re.findall(r"  \S*corewidgets (.*)", output)
    assert len(commands) == 2
    model = str(files / "model.skops")
    again = commands[1].replace("--model model.skops", f"--model {model}").split()
    assert call(*again)[0] == 0
    np.testing.assert_array_equal(cw.read_labels("map.png")[0], segmentation)


def test_demo_where_a_file_is_in_the_way(call, tmp_path):
    (tmp_path / "out").write_text("mine")
    assert fails(call("demo", "--out", "out"), "'out.*': Not a directory|cannot find")
    assert (tmp_path / "out").read_text() == "mine"
