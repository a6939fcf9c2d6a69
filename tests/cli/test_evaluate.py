"""Evaluate scores a recipe, or that of a model, and writes what it found."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import corewidgets as cw
from corewidgets.scoring.protocols import PROTOCOLS

from .calls import QUICK, SMALL, size_of


@pytest.mark.slow
def test_evaluate_writes_scores_and_a_confusion_matrix(call):
    wanted = ["--json", "s.json", "--confusion", "c.png", "--seed", "3", "--folds", "2"]
    code, output, error = call("evaluate", "{core}", "{labels}", *wanted, *SMALL)
    assert (code, error) == (0, "")
    assert output.index("whole regions") < output.index("random pixels")
    scores = json.loads(Path("s.json").read_text())
    assert list(scores["scores"]) == ["regions", "random"]
    recipe = cw.Recipe.from_dict({k: v for k, v in scores["recipe"].items() if k != "random_state"})
    assert recipe.patched(max_training_pixels=8000) == cw.PRESETS["recommended"].patched(layers=("pool1",))
    assert scores["recipe"]["random_state"] == 3
    assert scores["files"][0][1].endswith("labels.png")
    assert f"{scores['scores']['regions']['weighted_f1']:.3f}" in output
    assert size_of("c.png")[0] > 300


def test_the_help_names_the_protocols_that_there_are(call):
    _, output, _ = call("evaluate", "--help")
    named = [line.split()[0] for line in output.splitlines() if line.startswith("  ") and line.split()]
    assert [word for word in named if word in PROTOCOLS] == list(PROTOCOLS)


def test_evaluate_takes_the_recipe_of_a_model(call, sample, folder):
    arguments = ["--model", "{model}", "--protocols", "depth", "--folds", "3", "--json", "s.json"]
    code, output, _ = call("evaluate", "{core}", "{labels}", *arguments)
    assert code == 0
    assert "whole regions" not in output
    scores = json.loads(Path("s.json").read_text())
    assert scores["recipe"]["max_training_pixels"] == 200
    expected = cw.evaluate(
        cw.load_model(folder / "model.skops"),
        sample.section,
        sample.labels,
        legend=sample.legend,
        protocols="depth",
        n_splits=3,
    )
    assert scores["scores"]["depth"] == expected["depth"].to_dict()


def test_several_photographs_are_scored_by_photograph_as_well(call, folder):
    for name in ("core.png", "labels.png"):
        shutil.copy(folder / name, f"other-{name}")
    code, output, _ = call("evaluate", "{core}", "{labels}", "other-core.png", "other-labels.png", *QUICK)
    assert code == 0
    assert output.index("whole photographs") < output.index("whole regions") < output.index("random pixels")
