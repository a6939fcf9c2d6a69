"""Train learns from photographs and their labels, and says how good the model is."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import numpy as np
import pytest

import corewidgets as cw

from .calls import QUICK, SMALL


def test_train_writes_a_model_and_says_how_good_it_is(call, sample):
    code, output, error = call("train", "{core}", "{labels}", "--out", "m.skops", *SMALL)
    assert (code, error) == (0, "")
    assert re.search(r"Trained in .* s on 200 of [0-9,]+ labelled pixels: 1 photograph, \d+ regions", output)
    assert all(name in output for name in sample.legend.names)
    assert re.search(r"Wrote the model m.skops \([1-9][0-9,]* kB\)\.", output)
    assert output.index("whole regions") < output.index("random pixels")
    model = cw.load_model("m.skops")
    assert model.legend_ == sample.legend
    assert model.hypercolumns_.layers == ("pool1",)
    assert model.recipe_.max_training_pixels == 200


def test_scores_are_kept_in_the_model(call, sample):
    assert call("train", "{core}", "{labels}", "--out", "m.skops", *QUICK)[0] == 0
    model = cw.load_model("m.skops")
    assert set(model.scores_["scores"]) == {"regions", "random"}
    again = cw.evaluate(model, sample.section, sample.labels, legend=sample.legend, max_scored_pixels=20_000)
    assert model.scores_ == json.loads(json.dumps(again.to_dict()))
    cw.save_model("again.skops", model)
    assert cw.load_model("again.skops").scores_ == model.scores_
    model.fit(sample.section, sample.labels)
    cw.save_model("other.skops", model)  # has learned anew, so that nobody knows how good it is
    assert cw.load_model("other.skops").scores_ is None
    assert call("train", "{core}", "{labels}", "--out", "m.skops", "--no-scores", *QUICK)[0] == 0
    assert cw.load_model("m.skops").scores_ is None


def test_quick_scores_are_of_few_folds_and_pixels(call):
    code, output, _ = call("train", "{core}", "{labels}", "--out", "m.skops", "--quick", *QUICK)
    assert code == 0
    assert "random pixels" not in output
    (score,) = cw.load_model("m.skops").scores_["scores"].values()
    assert len(score["folds"]) == 2
    assert score["n_pixels"] <= 4100


@pytest.mark.slow
def test_train_takes_all_pixels_if_told(call, sample):
    labels = np.zeros_like(sample.labels)
    for code in (1, 2):
        rows, columns = np.nonzero(sample.labels == code)
        labels[rows[:40], columns[:40]] = code
    cw.write_labels("few.png", labels)
    code, output, _ = call(
        "train", "{core}", "few.png", "--out", "m.skops", "--max-training-pixels", "all", "--no-scores"
    )
    assert code == 0
    assert "on 80 of 80 labelled pixels" in output
    assert "Class 2" in output
    assert cw.load_model("m.skops").recipe_.max_training_pixels is None


def test_train_takes_several_photographs_and_depths(call, sample):
    depths = ["--top", "1", "--base", "2", "--top", "2", "--base", "3"]
    pairs = ["{core}", "{labels}"] * 2
    code, output, _ = call("train", *pairs, "--out", "m.skops", "--no-scores", *depths, *QUICK)
    assert code == 0
    assert "2 photographs" in output
    assert cw.load_model("m.skops").training_summary_["n_sections"] == 2


def test_train_takes_names_from_a_table(call, sample):
    arguments = ["{core}", "{plain}", "--legend", "{classes}", "--out", "m.skops", "--no-scores"]
    assert call("train", *arguments, *QUICK)[0] == 0
    assert cw.load_model("m.skops").legend_ == sample.legend


def test_train_keeps_the_model_where_no_score_on_regions_is_possible(call, sample):
    labels = np.zeros_like(sample.labels)
    labels[10:12, 10:12], labels[20:22, 20:22] = 1, 2
    cw.write_labels("two.png", labels)
    code, output, error = call("train", "{core}", "two.png", "--out", "m.skops", *QUICK)
    assert (code, error) == (0, "")
    assert "whole regions" in output
    assert "single region" in output
    assert Path("m.skops").exists()


def test_labels_of_several_files_are_joined_by_name(call, sample, folder):
    names = sample.legend.names
    swapped = cw.Legend([names[1], names[0], *names[2:]], not_rock=sample.legend.not_rock)
    labels = sample.labels.copy()
    labels[sample.labels == 1], labels[sample.labels == 2] = 2, 1
    cw.write_labels("swapped.png", labels, swapped)
    both = ("{core}", "{labels}", "{core}", "swapped.png", "--no-scores", *QUICK)
    code, _, error = call("train", *both, "--out", "both.skops")
    assert (code, error) == (0, "")
    code, _, _ = call(
        "train", "{core}", "{labels}", "{core}", "{labels}", "--no-scores", *QUICK, "--out", "m.skops"
    )
    assert code == 0
    first, second = (cw.load_model(name) for name in ("both.skops", "m.skops"))
    assert first.legend_.names == second.legend_.names
    assert np.array_equal(first.predict(sample.section), second.predict(sample.section))
    np.save("nameless.npy", labels)
    code, _, error = call("train", "{core}", "{labels}", "{core}", "nameless.npy", "--out", "x.skops")
    assert code == 1
    assert "'nameless.npy' have codes only" in error
    assert "--legend classes.csv" in error


@pytest.mark.slow
def test_the_published_section_from_photograph_to_map(chicxulub, call):
    files = [str(path) for path in Path(os.environ["COREWIDGETS_DATA"], "chicxulub-72-2").iterdir()]
    image, drawn = (next(path for path in files if path.endswith(kind)) for kind in (".jpg", ".h5"))
    arguments = ["--out", "m.skops", "--no-scores", "--max-training-pixels", "2000"]
    assert call("train", image, drawn, "--top", "698.41", "--base", "699.02", *arguments)[0] == 0
    arguments = ["--model", "m.skops", "--mode", "refined", "--out", "map.png", "--figure", "figure.png"]
    code, output, _ = call("segment", image, *arguments)
    assert code == 0
    segmentation, _ = cw.read_labels("map.png", shape=chicxulub.section.shape)
    labelled = chicxulub.labels > 0
    assert (segmentation == chicxulub.labels)[labelled].mean() > 0.6
    assert "Class 14" in output
