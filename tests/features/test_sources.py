"""Sources of features: a source of one's own, written in one file, works wherever a recipe does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import corewidgets as cw
from corewidgets.features.sources import VARIABLE, import_file, source_from_dict

FILE = Path(__file__).parents[2] / "docs" / "examples" / "local_binary_patterns.py"


@pytest.fixture(scope="module")
def patterns():
    import_file(FILE)
    return source_from_dict({"kind": "local_binary_patterns", "radius": 2})


@pytest.fixture(scope="module")
def recipe(patterns):
    return cw.PRESETS["quick"].patched(
        features=(*cw.PRESETS["quick"].features, patterns, cw.Averaged(patterns, 6.0)),
        n_trees=10,
        max_training_pixels=300,
    )


@pytest.fixture(scope="module")
def model(recipe, sample):
    return cw.PixelClassifier(preset=recipe).fit(sample.section, sample.labels)


def test_tiles_give_what_the_whole_image_does(patterns, sample):
    image = sample.section.image
    features = cw.Hypercolumns(sources=(patterns,), tile_rows=64, tile_columns=48).dense(image)
    pixels = np.pad(image, ((3, 3), (3, 3), (0, 0)))
    whole = patterns.compute(cw.Window(pixels, 3, 0, 0, image.shape[:2]))
    equal = (features == whole).all(axis=-1)
    assert equal.mean() > 0.999  # a neighbor just as light as the middle: rounding depends on the place
    assert np.array_equal(features.sum(axis=-1), np.ones(image.shape[:2]))


def test_a_recipe_with_it_survives_as_plain_values(recipe):
    assert cw.Recipe.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe
    assert recipe.hypercolumns.feature_names[-1] == "lbp2~6/9"


def test_a_classifier_a_map_and_a_model_file_have_it(model, sample, tmp_path):
    segmentation = model.predict(sample.section)
    cw.save_model(tmp_path / "model.skops", model, legend=sample.legend)
    loaded = cw.load_model(tmp_path / "model.skops")
    assert loaded.recipe_ == model.recipe_
    assert np.array_equal(loaded.predict(sample.section), segmentation)
    overlay = cw.Overlay(sample.section, model, legend=sample.legend)
    assert overlay.wait(120)
    assert np.array_equal(overlay.maps.segmentation, segmentation)


def run(*words, **variables):
    command = [sys.executable, "-m", "corewidgets.cli", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **variables})


@pytest.mark.slow
def test_the_command_line_and_a_run_of_processes_have_it(model, sample, tmp_path):
    section = sample.section
    cw.save_model(tmp_path / "model.skops", model, legend=sample.legend)
    from PIL import Image

    Image.fromarray(section.image).save(tmp_path / "core.png")
    (tmp_path / "hole.csv").write_text("file,top,base\ncore.png,1,2\n")
    out = tmp_path / "run"
    words = ["segment-core", tmp_path / "hole.csv", "--model", tmp_path / "model.skops", "--out", out]
    words += ["--workers", "1", "-q"]
    unknown = run(*words)
    assert unknown.returncode == 1
    assert "There is no feature source of kind 'local_binary_patterns'; known are" in unknown.stderr
    done = run(*words, "--sources", FILE)
    assert done.returncode == 0, done.stderr
    codes, _ = cw.read_labels(next((out / "sections").glob("*.png")), shape=section.shape)
    assert np.array_equal(codes, model.predict(section))
    assert "local_binary_patterns" in (out / "run.json").read_text()


@pytest.mark.slow
def test_a_recipe_with_it_is_read_from_a_file(recipe, sample, tmp_path):
    from PIL import Image

    Image.fromarray(sample.section.image).save(tmp_path / "core.png")
    cw.write_labels(tmp_path / "labels.png", sample.labels, sample.legend)
    (tmp_path / "recipe.json").write_text(json.dumps(recipe.to_dict()))
    words = ["train", tmp_path / "core.png", tmp_path / "labels.png", "--preset", tmp_path / "recipe.json"]
    words += ["--out", tmp_path / "m.skops", "--no-scores", "-q"]
    done = run(*words, **{VARIABLE: str(FILE)})
    assert done.returncode == 0, done.stderr
    assert cw.load_model(tmp_path / "m.skops").recipe_ == recipe
    (tmp_path / "recipe.json").write_text("{}")
    assert "recipe.json' contains no recipe (A recipe has the fields averages" in run(*words).stderr


def test_a_kind_that_is_not_known_is_named():
    with pytest.raises(ValueError, match=r"source of kind 'wavelets'; known are averaged, lab, .*vgg16"):
        source_from_dict({"kind": "wavelets"})
    with pytest.raises(ValueError, match=r"The feature source 'averaged' cannot be made of"):
        source_from_dict({"kind": "averaged", "width": 3})


def test_what_cannot_be_averaged_says_so():
    once = cw.Averaged(cw.VggLayer("pool1"), 8.0)
    with pytest.raises(TypeError, match=r"pool1~8 is averaged already; average pool1 over"):
        cw.Averaged(once, 3.0)
    with pytest.raises(ValueError, match=r"a standard deviation above 0 pixels, but it is 0\."):
        cw.Averaged(cw.Lab(), 0.0)
