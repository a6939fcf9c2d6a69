"""Segment writes what the model says, and all that was asked for besides."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

import corewidgets as cw

from .calls import size_of


def test_segment_writes_what_the_model_says(call, sample, folder):
    files = [
        "--out",
        "map.png",
        "--figure",
        "figure.png",
        "--probabilities",
        "p.npz",
        "--uncertainty",
        "u.npy",
    ]
    code, output, error = call("segment", "{core}", "--model", "{model}", *files)
    assert (code, error) == (0, "")
    model = cw.load_model(folder / "model.skops")
    segmentation, probabilities, uncertainty = model.predict(
        sample.section, return_probabilities=True, return_uncertainty="entropy"
    )
    written, legend = cw.read_labels("map.png")
    np.testing.assert_array_equal(written, segmentation)
    assert legend == sample.legend
    with np.load("p.npz") as arrays:
        np.testing.assert_array_equal(arrays["probabilities"], probabilities)
        np.testing.assert_array_equal(arrays["classes"], model.classes_)
        assert arrays["names"].tolist() == list(sample.legend.names)
    np.testing.assert_array_equal(np.load("u.npy"), uncertainty)
    assert size_of("figure.png")[1] > 500
    assert "\nWrote map.png, figure.png, p.npz, u.npy.\n" in output


def test_a_map_for_labelme_names_the_photograph(call, folder, sample):
    assert call("segment", "{core}", "--model", "{model}", "--out", "map.labelme.json")[0] == 0
    assert json.loads(Path("map.labelme.json").read_text())["imagePath"] == "core.png"


def test_segment_prints_proportions_largest_first(call, sample):
    _, output, _ = call("segment", "{core}", "--model", "{model}", "--out", "map.tif")
    shares = [float(share) for share in re.findall(r"([0-9.]+)%", output)]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(100, abs=0.5)
    pixels = [int(number.replace(",", "")) for number in re.findall(r"%  +([0-9,]+)\n", output)]
    assert sum(pixels) == sample.labels.size


def test_segment_can_refine_and_draw_uncertainty(call, sample, folder):
    files = ["--out", "map.npy", "--uncertainty", "u.png", "--probabilities", "p.npy"]
    code, _, _ = call("segment", "{core}", "--model", "{model}", "--mode", "refined", *files)
    assert code == 0
    model = cw.load_model(folder / "model.skops").set_params(mode="refined")
    np.testing.assert_array_equal(np.load("map.npy"), model.predict(sample.section))
    assert np.load("p.npy").shape == (*sample.section.shape, len(model.classes_))
    assert size_of("u.png")[1] > 500


def test_segment_without_names_counts_classes(call, sample, folder):
    model = cw.load_model(folder / "model.skops")
    del model.legend_
    cw.save_model("nameless.skops", model)
    _, output, _ = call("segment", "{core}", "--model", "nameless.skops", "--out", "map.png")
    assert "Class 1" in output
