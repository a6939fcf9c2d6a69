"""The command line says what it did, fails in one line, and leaves nothing half done."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw
from corewidgets.cli import demo as demo_module
from corewidgets.cli import main

COMMANDS = ("demo", "train", "segment", "segment-core", "report", "evaluate", "features")
QUICK = ("--max-training-pixels", "200", "--layers", "pool1")


def train(*options, image="{core}", labels="{labels}", out="m.skops"):
    return ["train", image, labels, "--out", out, *options]


def segment(*options, image="{core}", model="{model}", out="map.png"):
    return ["segment", image, "--model", model, "--out", out, *options]


def evaluate(*options, labels="{labels}"):
    return ["evaluate", "{core}", labels, *options]


@pytest.fixture(scope="module")
def folder(sample, tmp_path_factory):
    """A photograph, its labels and a model that knows them."""
    folder = tmp_path_factory.mktemp("core")
    Image.fromarray(sample.section.image).save(folder / "core.png")
    cw.write_labels(folder / "labels.png", sample.labels, sample.legend)
    np.save(folder / "plain.npy", sample.labels)
    sample.legend.write_csv(folder / "classes.csv")
    model = cw.PixelClassifier(cw.Hypercolumns(("pool1",)), preset="published", max_training_pixels=200)
    cw.save_model(folder / "model.skops", model.fit(sample.section, sample.labels), legend=sample.legend)
    return folder


@pytest.fixture
def call(folder, tmp_path, monkeypatch, capsys):
    """Run a command in an empty folder; {core} and the like stand for the files made above."""
    monkeypatch.chdir(tmp_path)
    names = {path.stem: str(path) for path in folder.iterdir()}

    def run(*arguments):
        capsys.readouterr()
        code = main([argument.format(**names) for argument in arguments])
        return (code, *capsys.readouterr())

    return run


def size_of(path):
    with Image.open(path) as picture:
        return picture.size


def fails(result, text):
    """Check for one line that says what is wrong, no traceback, and no file left behind."""
    code, _, error = result
    assert re.search(text, error), error
    assert code == 1
    assert error.startswith("corewidgets: error: ")
    assert error.count("\n") == 1
    return True


def is_usage(result, text):
    code, output, error = result
    assert re.search(text, error), error
    assert code == 2
    assert error.startswith("usage: corewidgets")
    assert output == ""
    return True


# Help


def test_help_lists_the_commands_and_the_exit_codes(call):
    code, output, _ = call("--help")
    assert code == 0
    assert all(re.search(rf"\n    {command}\s", output) for command in COMMANDS)
    assert "130 interrupted" in output


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command_teaches_by_example(call, command):
    code, output, _ = call(command, "--help")
    assert code == 0
    assert re.search(rf"examples?:\n  corewidgets {command} ", output)
    assert max(map(len, output.splitlines())) <= 100


def test_version(call):
    assert call("--version")[:2] == (0, f"corewidgets {cw.__version__}\n")


def test_help_loads_no_heavy_library():
    code = (
        "import sys; from corewidgets.cli import main; main(['train', '--help'])\n"
        "heavy = {'jax', 'flax', 'sklearn', 'skimage', 'matplotlib', 'numba', 'numpy', 'h5py', 'skops'}\n"
        "sys.exit(f'loaded: {heavy & set(sys.modules)}' if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_module_is_a_program():
    command = [sys.executable, "-m", "corewidgets.cli"]
    done = subprocess.run([*command, "--version"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, f"corewidgets {cw.__version__}\n")
    done = subprocess.run(
        [*command, "segment", "no.jpg", "--model", "m", "--out", "x.png"], capture_output=True
    )
    assert done.returncode == 1
    assert done.stderr == b"corewidgets: error: There is no file 'no.jpg'; check the name and the folder.\n"


# Usage


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["paint"], "invalid choice: 'paint'"),
        (["train", "{core}", "{labels}"], "the following arguments are required: --out"),
        (
            ["train", "{core}", "--out", "m.skops"],
            "each IMAGE needs its LABELS after it, but there is an odd",
        ),
        (
            ["train", "{core}", "{labels}", "{core}", "--out", "m"],
            "odd number of files: .*core.png .*labels.png",
        ),
        (
            ["train", "{core}", "{labels}", "--out", "m", "--smoothing", "8;9"],
            "'8;9' is not numbers separated",
        ),
        (["train", "{core}", "{labels}", "--out", "m", "--max-training-pixels", "few"], "nor 'all'"),
        (
            ["train", *["{core}", "{labels}"] * 2, "--out", "m", "--top", "1", "--base", "2", "--base", "3"],
            "--top must be given once for each photograph, .* but it is given 1 times for 2",
        ),
        (
            ["segment", "{core}", "--model", "{model}", "--out", "m.png", "--top", "1", "--top", "2"],
            "--top must be given once for each photograph",
        ),
        (
            ["segment", "{core}", "--model", "{model}", "--out", "m.png", "--mode", "fast"],
            "invalid choice: 'fast'",
        ),
        (
            ["evaluate", "{core}", "{labels}", "--model", "{model}", "--lab", "--lab-smoothing", "3"],
            "--model brings its recipe with it; leave out --lab, --lab-smoothing",
        ),
        (["demo", "--out", "d", "--size", "300"], "'300' is not ROWSxCOLUMNS, such as 1800x360"),
        (["features", "{core}", "--out", "f.png"], "the following arguments are required: NAME"),
    ],
)
def test_wrong_usage_shows_how(call, tmp_path, arguments, text):
    assert is_usage(call(*arguments), text)
    assert not list(tmp_path.iterdir())


# Train


def test_train_writes_a_model_and_says_how_good_it_is(call, sample):
    code, output, error = call("train", "{core}", "{labels}", "--out", "m.skops", *QUICK)
    assert (code, error) == (0, "")
    assert re.search(r"Trained in .* s on 200 of [0-9,]+ labelled pixels: 1 photograph, \d+ regions", output)
    assert all(name in output for name in sample.legend.names)
    assert re.search(r"Wrote the model m.skops \(\d+\.\d MB\)\.", output)
    assert output.index("whole regions") < output.index("random pixels")
    model = cw.load_model("m.skops")
    assert model.legend_ == sample.legend
    assert model.hypercolumns_.layers == ("pool1",)
    assert model.recipe_.max_training_pixels == 200


def test_options_make_a_recipe(call, monkeypatch):
    class SeenError(ValueError):
        pass

    def look(model, *_, **__):
        raise SeenError(f"{model.recipe} {model.random_state}")

    monkeypatch.setattr(cw, "evaluate", look)
    features = ["--layers", "pool1,conv1_2", "--smoothing", "8", "--lab", "--lab-smoothing", "3, 8"]
    preset = cw.PRESETS["recommended"]
    recipe = preset.patched(layers=("pool1", "conv1_2"), smoothing=(8.0,), lab=True, lab_smoothing=(3.0, 8.0))
    assert call(*evaluate(*features, "--seed", "4"))[2].endswith(f"error: {recipe} 4\n")
    limit = ["--max-training-pixels", "all", "--no-transposed", "--no-regularizer"]
    recipe = preset.patched(max_training_pixels=None, transposed=False, regularizer=None)
    assert call(*evaluate(*limit))[2].endswith(f"error: {recipe} 0\n")
    for name, preset in cw.PRESETS.items():
        assert call(*evaluate("--preset", name))[2].endswith(f"error: {preset} 0\n")
    code, _, error = call(*evaluate("--preset", "best"))
    assert code == 2
    assert "there is no 'best'; choose from recommended, published, quick" in error


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


def test_train_keeps_the_model_where_no_honest_score_is_possible(call, sample):
    labels = np.zeros_like(sample.labels)
    labels[10:12, 10:12], labels[20:22, 20:22] = 1, 2
    cw.write_labels("two.png", labels)
    code, output, error = call("train", "{core}", "two.png", "--out", "m.skops", *QUICK)
    assert (code, error) == (0, "")
    assert "whole regions" in output
    assert "single region" in output
    assert Path("m.skops").exists()


# Segment


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


# Evaluate


def test_evaluate_writes_scores_and_a_confusion_matrix(call):
    code, output, error = call(
        "evaluate", "{core}", "{labels}", "--json", "s.json", "--confusion", "c.png", "--seed", "3", *QUICK
    )
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


def test_several_photographs_are_scored_by_photograph_as_well(call, folder):
    for name in ("core.png", "labels.png"):
        shutil.copy(folder / name, f"other-{name}")
    code, output, _ = call("evaluate", "{core}", "{labels}", "other-core.png", "other-labels.png", *QUICK)
    assert code == 0
    assert output.index("whole photographs") < output.index("whole regions") < output.index("random pixels")


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


# Features


def test_features_draws_the_maps_named(call, sample, monkeypatch):
    drawn = {}
    monkeypatch.setattr(cw, "plot_feature_maps", lambda section, maps: drawn.update(maps))
    monkeypatch.setattr(cw, "save_figure", lambda figure, path: None)
    names = ["pool2/91", "lab/1", "pool1/28", "pool1~2.5/3"]
    code, output, error = call("features", "{core}", *names, "--out", "f.png")
    assert (code, output, error) == (0, "Wrote f.png.\n", "")
    assert list(drawn) == names
    recipe = cw.Hypercolumns(("pool2", "pool1"), smoothing=(2.5,), lab=True)
    for name in names:
        np.testing.assert_array_equal(drawn[name], recipe.feature_map(sample.section.image, name))


def test_features_of_color_alone(call, sample, monkeypatch):
    drawn = {}
    monkeypatch.setattr(cw, "plot_feature_maps", lambda section, maps: drawn.update(maps))
    monkeypatch.setattr(cw, "save_figure", lambda figure, path: None)
    assert call("features", "{core}", "lab~3/0", "--out", "f.png")[0] == 0
    assert 0 < drawn["lab~3/0"].min() < drawn["lab~3/0"].max() < 100


def test_features_writes_a_picture(call):
    assert call("features", "{core}", "pool1/28", "--out", "f.jpg", "--top", "3", "--base", "4")[0] == 0
    assert size_of("f.jpg")[0] > 300


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pool1", "'pool1' is not the name of a feature map; write a layer and a channel, such as pool1/28"),
        ("pool1/-1", "'pool1/-1' is not the name of a feature map"),
        ("pool1/028", "'pool1/028' is not the name of a feature map"),
        ("pool1~8.0/2", "'pool1~8.0/2' is not the name of a feature map"),
        ("pool1/64", "There is no feature map 'pool1/64'; pool1 has channels 0 to 63"),
        ("lab/3", "There is no feature map 'lab/3'; lab has channels 0 to 2"),
        ("conv9_9/1", "VGG-16 has no layer 'conv9_9'; choose from conv1_1"),
    ],
)
def test_features_that_there_are_not(call, tmp_path, name, text):
    assert fails(call("features", "{core}", name, "--out", "f.png"), text)
    assert not list(tmp_path.iterdir())


# Demo


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
    assert f"Against the dense truth: {accuracy:.1%} of the pixels that nobody labelled" in output
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


# Errors in the input


@pytest.fixture
def bad(tmp_path, sample):
    """Make bad files in the folder where commands run."""
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    (tmp_path / "notes.txt").write_text("breccia")
    small = np.zeros((10, 20), np.uint8)
    cw.write_labels(tmp_path / "small.png", small)
    nothing = np.zeros_like(sample.labels)
    cw.write_labels(tmp_path / "nothing.png", nothing)
    one = nothing.copy()
    one[5:9] = 3
    cw.write_labels(tmp_path / "one.png", one)
    (tmp_path / "broken.skops").write_bytes(b"no model")
    (tmp_path / "broken.csv").write_text("name;color\n")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (train(image="no.jpg"), r"There is no file 'no.jpg'; check the name"),
        (train(image="broken.png"), "'broken.png' cannot be decoded"),
        (train(image="notes.txt"), "'notes.txt' is not a photograph"),
        (train(image="."), "'.' is a folder; name the photograph in it"),
        (train(labels="no.png"), "There is no file 'no.png'"),
        (train(labels="broken.png"), "'broken.png' cannot be decoded"),
        (train(labels="notes.txt"), "Labels are not read or written as '.txt'"),
        (
            train(labels="small.png"),
            r"The labels '.+' of the photograph '.+core\.png': "
            r".*labels have shape \(10, 20\) but the image has 480 rows and 160 columns",
        ),
        (
            train(labels="nothing.png"),
            "There is nothing to learn from: every pixel is 0",
        ),
        (
            train(labels="one.png"),
            "every labelled pixel has code 3. Paint at least two",
        ),
        (evaluate(labels="one.png"), "Only one class is labelled"),
        (train("--layers", "pool1,conv9_9"), "VGG-16 has no layer 'conv9_9'; choose from conv1_1"),
        (
            train("--preset", "published", "--layers", ""),
            "There is nothing to compute: name at least one layer",
        ),
        (train("--smoothing", "-1"), "needs a standard deviation above 0 pixels, but it is -1.0"),
        (
            train("--top", "2", "--base", "1"),
            r"The base of a section must lie below its top, but top is 2.0 m and base is 1.0 m",
        ),
        (train("--top", "2"), "base is missing; give both"),
        (train("--weights", "no.h5"), "There is no weights file no.h5"),
        (train("--legend", "no.csv"), "There is no file 'no.csv'"),
        (train("--legend", "broken.csv"), "'broken.csv' must have the columns value, name and color"),
        (
            train(out="no/m.skops"),
            "the folder '.*no' does not exist; create it",
        ),
        (train(out="."), "'.' cannot be written: it is a folder"),
        (
            train(out="{labels}"),
            "labels.png' is named twice; choose another file",
        ),
        (
            segment(model="no.skops"),
            "There is no model file 'no.skops'",
        ),
        (
            segment(model="broken.skops"),
            "'broken.skops' is not a model file",
        ),
        (segment(image="no.jpg"), "There is no file 'no.jpg'"),
        (
            segment(out="map.bmp"),
            r"A map cannot be .* end its name in .png",
        ),
        (
            segment(out="no/map.png"),
            "does not exist; create it first",
        ),
        (
            segment("--figure", "f.txt"),
            "A picture cannot be written as 'f.txt'; end its name in .png, .pdf",
        ),
        (segment("--figure", "map.png"), "'map.png' is named twice"),
        (segment("--probabilities", "p.png"), "An array of probabilities cannot be written as 'p.png'"),
        (segment("--uncertainty", "u.txt"), "An uncertainty cannot be written as 'u.txt'"),
        (segment("--top", "2", "--base", "1"), "The base of a section must lie below its top"),
        (
            ["evaluate", "{core}", "{labels}", "--protocols", "luck"],
            "There is no protocol 'luck'; choose from",
        ),
        (evaluate("--folds", "1"), "n_splits must be 2 or more"),
        (evaluate("--share", "2"), "between 0 and 1, but is 2.0"),
        (evaluate("--confusion", "c"), "A picture cannot be written as 'c'"),
        (evaluate("--json", "no/s.json"), "does not exist; create it first"),
        (["features", "no.jpg", "pool1/1", "--out", "f.png"], "There is no file 'no.jpg'"),
        (["features", "{core}", "pool1/1", "--out", "f"], "A picture cannot be written as 'f'"),
        (["demo", "--out", "d", "--size", "3x3"], "too small|at least"),
    ],
)
def test_bad_input_is_one_clear_line(call, bad, arguments, text):
    before = {path.name for path in bad.iterdir()}
    assert fails(call(*arguments), text)
    assert {path.name for path in bad.iterdir()} - {"d"} == before


def test_no_permission_is_told_before_the_work(call, sample, monkeypatch):
    opened = os.open

    def refuse(path, *arguments, **options):
        if Path(path).name.startswith(".corewidgets-"):
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments, **options)

    monkeypatch.setattr(os, "open", refuse)
    monkeypatch.setattr(cw, "read_section", lambda *_, **__: pytest.fail("the photograph was read first"))
    assert fails(call(*train()), "'m.skops' cannot be written: there is no permission to write in the folder")


def test_an_unreadable_file_is_named(call, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied", "core.png")

    monkeypatch.setattr(cw, "read_section", refuse)
    assert fails(call(*train()), r"error: 'core.png': Permission denied\.$")


def test_a_model_with_unknown_types_must_be_trusted(call, sample):
    from sklearn.ensemble import HistGradientBoostingClassifier

    classifier = HistGradientBoostingClassifier(max_iter=2)
    model = cw.PixelClassifier(cw.Hypercolumns(("pool1",)), classifier, max_training_pixels=100)
    cw.save_model("boosted.skops", model.fit(sample.section, sample.labels))
    arguments = ["segment", "{core}", "--model", "boosted.skops", "--out", "map.png"]
    assert fails(call(*arguments), "not known to be safe: .*TreePredictor.* --trust TYPE")
    name = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"
    assert call(*arguments, "--trust", name)[0] == 0


def test_debug_shows_where_an_error_arose(call):
    code, _, error = call("segment", "no.jpg", "--model", "{model}", "--out", "map.png", "--debug")
    assert code == 1
    assert "Traceback" in error
    assert error.splitlines()[-1].startswith("corewidgets: error: There is no file 'no.jpg'")


def test_little_memory_is_told(call, monkeypatch):
    def fail(*_, **__):
        raise MemoryError

    monkeypatch.setattr(cw, "read_section", fail)
    assert fails(call(*train()), "There is not enough memory.")


def test_errors_of_the_program_itself_are_not_hidden(call, monkeypatch):
    def fail(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr(cw, "read_section", fail)
    with pytest.raises(ZeroDivisionError):
        call(*train())


def test_interruption_is_130(call, tmp_path, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(cw, "read_section", interrupt)
    assert call(*train()) == (130, "", "corewidgets: interrupted\n")
    assert not list(tmp_path.iterdir())


def test_a_closed_pipe_is_no_error(tmp_path):
    code = (
        "import os, sys; from corewidgets.cli import main; import corewidgets as cw\n"
        "reader, writer = os.pipe(); os.close(reader); os.dup2(writer, 1)\n"
        "cw.read_section = lambda *_, **__: print('x', flush=True)\n"
        "sys.exit(main(['features', 'core.png', 'pool1/1', '--out', 'f.png']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (141, "")


# Warnings and progress


def test_warnings_are_a_line_each(call, sample):
    image = np.dstack([sample.section.image, np.full(sample.section.shape, 255, np.uint8)])
    image[0, 0, 3] = 0
    Image.fromarray(image).save("transparent.png")
    code, _, error = call("segment", "transparent.png", "--model", "{model}", "--out", "map.png")
    assert code == 0
    assert re.fullmatch(r"corewidgets: warning: .*transparent.*\n", error)


def test_warnings_of_other_libraries_are_for_debugging(call, monkeypatch, sample):
    def read(*_, **__):
        for _ in range(3):
            warnings.warn_explicit("old spelling", UserWarning, "elsewhere.py", 1)
        return sample.section

    monkeypatch.setattr(cw, "read_section", read)
    assert call(*segment())[2] == ""
    assert call(*segment(), "--debug")[2] == "corewidgets: warning: old spelling\n"


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("options", "is_shown"), [([], True), (["--quiet"], False)])
def test_a_bar_on_a_terminal_unless_quiet(call, monkeypatch, options, is_shown):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert call(*segment(), *options)[0] == 0
    assert ("Classifying" in terminal.getvalue()) == is_shown
    assert bool(re.search("[1-9][0-9]?% ", terminal.getvalue())) == is_shown


# The real section


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


def test_labels_of_several_files_are_joined_by_name(call, sample, folder):
    names = sample.legend.names
    swapped = cw.Legend([names[1], names[0], *names[2:]])
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


# A core that lies on its side


@pytest.fixture
def lying(sample, tmp_path, monkeypatch):
    """The photograph and its labels with the top at the left, in the folder of the call."""
    Image.fromarray(np.rot90(sample.section.image).copy()).save(tmp_path / "lying.png")
    cw.write_labels(tmp_path / "drawn.png", np.rot90(sample.labels).copy(), sample.legend)


def test_a_lying_core_and_its_labels_are_turned(call, sample, lying):
    arguments = ["--no-scores", *QUICK]
    assert call(*train(*arguments))[0] == 0
    assert call(*segment(model="m.skops"))[0] == 0
    turned = train("--rotate", "90", *arguments, image="lying.png", labels="drawn.png", out="turned.skops")
    code, _, error = call(*turned)
    assert (code, error) == (0, "")
    again = segment("--rotate", "90", image="lying.png", model="turned.skops", out="turned.png")
    code, _, error = call(*again)
    assert (code, error) == (0, "")
    assert (cw.read_labels("turned.png")[0] == cw.read_labels("map.png")[0]).all()


def test_labels_that_the_tools_keep_for_the_turned_photograph_stay(call, sample, lying):
    beside = cw.read_section("lying.png", rotation=90).file_beside(".labels.png")
    cw.write_labels(beside, sample.labels, sample.legend)
    upside_down = cw.read_section("lying.png", rotation=270).file_beside(".labels.png")
    cw.write_labels(upside_down, np.rot90(sample.labels, 2).copy(), sample.legend)
    Image.fromarray(np.rot90(sample.section.image, 2).copy()).save("standing.png")
    standing = cw.read_section("standing.png", rotation=180).file_beside(".labels.png")
    cw.write_labels(standing, sample.labels, sample.legend)
    assert standing.name == "standing.turned-180.labels.png"
    pairs = ["lying.png", str(beside), "lying.png", str(upside_down), "standing.png", str(standing)]
    turns = ["--rotate", "90", "--rotate", "270", "--rotate", "180"]
    assert call("train", *pairs, *turns, "--out", "m.skops", "--no-scores", *QUICK)[0] == 0
    classes = cw.load_model("m.skops").training_summary_["classes"]
    for code, row in classes.items():
        assert row["n_labelled_pixels"] == 3 * (sample.labels == code).sum()
    assert (
        call(*train("--no-scores", "--rotate", "180", *QUICK, image="standing.png", labels=str(standing)))[0]
        == 0
    )
    assert call(*segment("--rotate", "180", image="standing.png", model="m.skops"))[0] == 0


def test_a_lying_core_is_asked_about(call, lying):
    code, _, error = call(*segment(image="lying.png"))
    assert code == 0
    assert re.fullmatch(
        r"corewidgets: warning: 'lying.png' is more than twice .* \(--rotate 90\) where .*\n", error
    )
    assert call(*segment("--rotate", "0", image="lying.png"))[2] == ""


def test_rotations_are_one_or_one_for_each(call, lying):
    pairs = ["lying.png", "drawn.png"] * 3
    turns = ["--rotate", "90", "--rotate", "90"]
    text = "--rotate must be given once for all photographs, or once for each .* given 2 times for 3"
    assert is_usage(call("train", *pairs, *turns, "--out", "m.skops"), text)
    assert is_usage(call(*segment("--rotate", "45", image="lying.png")), "invalid choice: 45")


def test_the_bits_of_the_camera(call, sample):
    tifffile = pytest.importorskip("tifffile")
    tifffile.imwrite("wide.tif", sample.section.image.astype(np.uint16) << 4, photometric="rgb")
    code, _, error = call(*segment(image="wide.tif", out="told.png"))
    assert code == 0
    assert "they are read as 12 bits" in error
    assert call(*segment("--bits", "12", image="wide.tif"))[::2] == (0, "")
    assert (cw.read_labels("map.png")[0] == cw.read_labels("told.png")[0]).all()
    assert fails(call(*segment("--bits", "40", image="wide.tif", out="none.png")), "bits must be 8 to 16")
