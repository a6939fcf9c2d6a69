"""Whatever shows a map shows the map of the model: of two photographs, with every preset and more models."""

from __future__ import annotations

import numpy as np
import pytest
from cores.test_registration import in_ultraviolet
from dask_thread import in_this_process
from PIL import Image
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.naive_bayes import GaussianNB

import corewidgets as cw
from corewidgets.cli import main
from corewidgets.learning.explanation import Explainer

pytest.importorskip("distributed")

N_ROWS, N_COLUMNS = 240, 96
PRESETS = list({repr(recipe): name for name, recipe in cw.PRESETS.items()}.values())
"""Those that are not the same by another name."""

MODELS = {
    **{name: {"preset": name} for name in PRESETS},
    "forest of one's own": {"classifier": ExtraTreesClassifier(10, n_jobs=1, random_state=0)},
    "foreign": {"classifier": GaussianNB()},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("agreement")


@pytest.fixture(scope="module")
def core(folder):
    """A core of one section, whose second photograph lies a little off, and what it was made with."""
    made = cw.sample_core(n_rows=N_ROWS, n_columns=N_COLUMNS, seed=1)
    Image.fromarray(made.section.image).save(folder / "first.png")
    Image.fromarray(in_ultraviolet(made.section.image, (2, -3))).save(folder / "second.png")
    lane = cw.Lane(folder / "first.png", 1.0, 2.0, name="two", second_file=folder / "second.png")
    core = cw.Core([lane], "Hole")
    core.write_csv(folder / "core.csv")
    return core, made


@pytest.fixture(scope="module")
def section(core):
    return core[0]["two"].read()


@pytest.fixture(scope="module", params=MODELS)
def fitted(request, core, section, folder):
    """A model that learned from both photographs, its file, and its probabilities."""
    made = core[1]
    model = cw.PixelClassifier(max_training_pixels=600, **MODELS[request.param])
    model.fit(section, made.labels)
    file = folder / f"{list(MODELS).index(request.param)}.skops"
    cw.save_model(file, model, legend=made.legend)
    return model, file, model.predict_proba(section)


def agrees(found, model, probabilities):
    """Tell whether a map is the model's, but for pixels whose two likeliest classes are as good as equal."""
    expected = model.classes_[probabilities.argmax(axis=-1)]
    two = np.partition(probabilities, -2, axis=-1)[..., -2:]
    return (
        found.shape == expected.shape and (two[..., 1] - two[..., 0])[found != expected].max(initial=0) < 1e-3
    )


def test_the_map_needs_both_photographs(section, fitted):
    """Without the second one there is an error, not another map."""
    model, _, probabilities = fitted
    assert list(section.images) == ["image", "second"]
    assert agrees(model.predict(section), model, probabilities)
    alone = cw.CoreSection(section.image, 1.0, 2.0)
    with pytest.raises(ValueError, match=r"trained on the photographs image, second .* has no second"):
        model.predict(alone)


def test_any_rows_are_those_of_the_whole(section, fitted):
    model, _, probabilities = fitted
    for rows in (slice(3, 10), slice(120, N_ROWS), slice(0, 1)):
        found = np.zeros((N_ROWS, N_COLUMNS))
        for (down, across), given in model.predict_pieces(section, rows=rows):
            assert rows.start <= down.start < down.stop <= rows.stop
            assert np.abs(given - probabilities[down, across]).max() < 1e-5
            found[down, across] += 1
        assert np.array_equal(found[:, 0], [rows.start <= row < rows.stop for row in range(N_ROWS)])
    with pytest.raises(ValueError, match="rows are classified without gaps, but the step is 2"):
        next(model.predict_pieces(section, rows=slice(0, 10, 2)))
    with pytest.raises(ValueError, match=r"trained on the photographs image, second .* has no second"):
        next(model.predict_pieces(cw.CoreSection(section.image, 1.0, 2.0), rows=slice(0, 5)))


def test_a_run_over_the_core_writes_the_map_of_the_model(core, section, fitted, tmp_path):
    _, file, _ = fitted
    with in_this_process() as client:
        run = cw.segment_core(
            core[0], file, out=tmp_path / "out", kept=cw.Kept(probabilities=True),
            processes=cw.Processes(client),
        )  # fmt: skip
    assert run.failed == {}
    loaded = cw.load_model(file)
    expected, probabilities = loaded.predict(section, return_probabilities=True)
    np.testing.assert_array_equal(run.segmentation("two"), expected)
    kept = run.probabilities("two")[..., loaded.classes_ - 1]
    np.testing.assert_array_equal(kept, probabilities.astype(np.float16))


def test_the_command_line_writes_the_map_of_the_model(folder, fitted, tmp_path):
    model, file, probabilities = fitted
    out = tmp_path / "map.npy"
    table = ["--core", str(folder / "core.csv")]
    assert main(["segment", "two", *table, "--model", str(file), "--out", str(out), "--quiet"]) == 0
    assert agrees(np.load(out), model, probabilities)


def test_the_overlay_shows_the_map_of_the_model(core, section, fitted):
    model, _, probabilities = fitted
    overlay = cw.Overlay(section, model, legend=core[1].legend)
    try:
        assert overlay.wait(300)
        assert overlay.messages.error is None
        assert agrees(overlay.maps.segmentation, model, probabilities)
    finally:
        overlay.close()


@pytest.mark.parametrize("preset", PRESETS)
def test_the_workbench_trains_the_preset_and_shows_its_map(core, section, preset):
    _, made = core
    recipe = cw.PRESETS[preset].patched(max_training_pixels=600)
    settings = cw.Settings(recipe, score=preset == "quick")  # scores too know of the second photograph
    bench = cw.Workbench(
        section, legend=made.legend, labels=made.labels, settings=settings, session=False, autosave=False
    )
    try:
        bench.trainer.train()
        assert bench.trainer.wait(400)
        assert (bench.trainer.messages.error, bench.trainer.evaluation is None) == (None, preset != "quick")
        assert bench.model.recipe_ == recipe
        assert agrees(bench.segmentation, bench.model, bench.model.predict_proba(section))
    finally:
        bench.close()


def test_what_an_explanation_tells_adds_up_to_what_the_classifier_says(core, section, fitted):
    """From an average training pixel on, what the features of both photographs add is all that decides."""
    model, _, _ = fitted
    classifier, codes = model.classifier_, [int(code) for code in model.classes_]
    explainer = Explainer(model, section, core[1].labels)
    for row, column in ((5, 5), (60, 80), (120, 40)):
        why = explainer.explain(row, column)
        assert why.examples[0].similarity > 0
        said = classifier.predict_proba(model.features_at(section, np.array([row]), np.array([column])))[0]
        if not why.layers:
            assert isinstance(classifier, GaussianNB)  # which does not tell
            continue
        assert {name.partition(": ")[0] for name in why.layers} == {"image", "second"}
        chosen = codes.index(why.code)
        if why.against is None:  # a forest: it begins with the share of the class in the training pixels
            roots = [tree.tree_.value[0, 0] for tree in classifier.estimators_]
            begin, end = np.mean([root[chosen] / root.sum() for root in roots]), said[chosen]
        else:
            second = codes.index(why.against)
            mean = classifier.predict_log_proba(classifier[0].mean_[None].astype(np.float32))[0]
            begin, end = mean[chosen] - mean[second], np.log(said[chosen] / said[second])
        assert begin + sum(why.layers.values()) == pytest.approx(end, abs=2e-3)
        assert (why.baseline, why.decided) == pytest.approx((begin, end), abs=2e-3)
