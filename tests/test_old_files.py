"""Files that older versions wrote, under `tests/files/<version>`: each opens, and means what it meant.

Only public names are used here, so that what is inside may be moved and renamed. `files/make_files.py` made
the files, and tells how.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from importlib.metadata import version
from pathlib import Path

import lasio
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

import corewidgets as cw

VERSIONS = sorted(
    path for path in Path(__file__).with_name("files").iterdir() if path.is_dir() and path.name[0].isdigit()
)
MODELS = (
    *("recommended", "published", "own-recipe-turned", "own-recipe-not-turned", "own-regularizer"),
    *("no-regularizer", "refined", "two-photographs"),
)
DECIDED = 1e-4  # by how much the likeliest class must lead, that no other processor's rounding changes it

# A file of another version of scikit-learn is told from one of this: not what is tested here.
pytestmark = pytest.mark.filterwarnings("ignore:.*scikit-learn:UserWarning")


@pytest.fixture(params=VERSIONS, ids=lambda path: path.name)
def folder(request, tmp_path):
    """A copy of the files of a version, in another place than where they were made."""
    return Path(shutil.copytree(request.param, tmp_path / "moved"))


@pytest.fixture
def expected(folder):
    return json.loads((folder / "expected.json").read_text(encoding="utf-8"))


@pytest.fixture
def labels(folder, expected):
    found = np.load(folder / "labels.npy")
    assert hashlib.sha256(found.tobytes()).hexdigest() == expected["labels"]
    return found


@pytest.fixture
def section(folder, expected):
    found = cw.read_section(folder / "photograph.png", top=100.0, base=100.032, name="Section 1")
    assert hashlib.sha256(found.image.tobytes()).hexdigest() == expected["photograph"]
    return found


@pytest.fixture
def both(folder, section):
    """The section with its second photograph."""
    uv = cw.read_section(folder / "uv.png").image
    return cw.CoreSection(section.image, 100.0, 100.032, name="Section 1", others={"uv": uv})


def check_legend(legend, expected):
    assert [[entry.code, entry.name, entry.color] for entry in legend] == expected["legend"]
    assert list(legend.not_rock) == expected["not_rock"]


def map_of(folder, name):
    return cw.read_labels(folder / "maps" / f"{name}.png")[0]


def check_map(model, section, segmentation):
    """Check that a model makes a map, wherever it is not in doubt between two classes."""
    found, probabilities = model.predict(section, return_probabilities=True)
    two = np.sort(probabilities, axis=-1)[..., -2:]
    decided = two[..., 1] - two[..., 0] > DECIDED
    assert decided.mean() > 0.85  # ten trees are often divided equally
    assert np.array_equal(found[decided], segmentation[decided])


def trains_alike(model):
    """Return whether the same training must give the same model: forests differ between versions."""
    return model.provenance_["versions"]["scikit-learn"] == version("scikit-learn")


# Labels


@pytest.mark.parametrize("name", ["labels.png", "labels.h5", "labels.tif", "labels.geojson"])
def test_labels_and_their_legend(name, folder, labels, expected):
    found, legend = cw.read_labels(folder / name, shape=labels.shape)
    assert np.array_equal(found, labels)
    check_legend(legend, expected)


def test_labels_without_a_legend_take_that_of_a_table(folder, labels, expected):
    legend = cw.Legend.read_csv(folder / "legend.csv")
    check_legend(legend, expected)
    found, same = cw.read_labels(folder / "labels.npy", legend=legend)
    assert np.array_equal(found, labels)
    assert same == legend
    assert np.bincount(found.ravel()).tolist() == expected["counts"]


def test_labels_that_were_saved_with_each_stroke(folder, labels, expected):
    photograph = shutil.copy(folder / "photograph.png", folder / "autosave")
    labeler = cw.Labeler(cw.read_section(photograph))
    assert np.array_equal(labeler.labels, labels)
    check_legend(labeler.legend, expected)


# Models


@pytest.mark.parametrize("name", MODELS)
def test_models_predict_and_learn_as_they_did(name, folder, section, both, labels, expected):
    model = cw.load_model(folder / "models" / f"{name}.skops")
    shown = both if name == "two-photographs" else section
    about, segmentation = expected["models"][name], map_of(folder, name)
    check_legend(model.legend_, expected)
    assert model.classes_.tolist() == about["classes"]
    assert model.n_features_in_ == about["n_features"]
    assert list(model.image_names_) == about["images"]
    check_map(model, shown, segmentation)
    found = model.predict_proba_at(shown, np.array(about["rows"]), np.array(about["columns"]))
    assert np.allclose(found, about["probabilities"], rtol=0, atol=1e-5)
    if trains_alike(model):
        check_map(clone(model).fit(shown, labels), shown, segmentation)


def test_a_model_of_two_photographs_asks_for_the_second(folder, section):
    model = cw.load_model(folder / "models" / "two-photographs.skops")
    with pytest.raises(ValueError, match="uv"):
        model.predict(section)


def test_models_are_written_anew_the_same(folder, section, expected, tmp_path):
    for name in ("own-recipe-turned", "own-regularizer", "refined"):
        model = cw.load_model(folder / "models" / f"{name}.skops")
        cw.save_model(tmp_path / "again.skops", model)
        again = cw.load_model(tmp_path / "again.skops")
        check_map(again, section, map_of(folder, name))
        check_legend(again.legend_, expected)


# Sessions


def test_a_session_with_everything_in_it(folder, expected):
    workbench = cw.Workbench.reopen(folder / "session-own.session.zip")
    about, trainer, labeler = expected["session"], workbench.trainer, workbench.labeler
    assert workbench.section.path == folder / "photograph.png"
    assert (workbench.section.top, workbench.section.base) == (100.0, 100.032)
    assert workbench.section.name == "Section 1"
    assert np.array_equal(workbench.labels, cw.read_labels(folder / "session-own-labels.png")[0])
    check_legend(workbench.legend, expected)
    assert np.array_equal(workbench.segmentation, map_of(folder, "session-own"))
    check_map(workbench.model, workbench.section, workbench.segmentation)
    scores = {name: score.weighted_f1 for name, score in trainer.evaluation.scores.items()}
    assert scores == about["scores"]
    assert trainer.outdated
    assert workbench.page == about["page"]
    assert labeler.mode == about["mode"]
    assert labeler.selected_class == about["selected_class"]
    assert labeler.stage.labels_opacity == about["labels_opacity"]
    assert (labeler.palette.hidden, labeler.palette.protected) == ({2}, {8, 9})


def test_a_session_trains_and_scores_as_its_settings_say(folder, labels, expected):
    workbench = cw.Workbench.reopen(folder / "session-own.session.zip")
    if not trains_alike(workbench.model):
        pytest.skip("Forests of another version of scikit-learn differ.")
    workbench.labels = labels  # those that the map and the scores were made with
    workbench.trainer.train()
    assert workbench.trainer.wait()
    assert np.array_equal(workbench.segmentation, map_of(folder, "session-own"))
    scores = {name: score.weighted_f1 for name, score in workbench.trainer.evaluation.scores.items()}
    assert scores == pytest.approx(expected["session"]["scores"])


@pytest.mark.parametrize("name", ["recommended", "published", "quick"])
def test_sessions_of_each_recipe_train_as_it_says(name, folder, section, labels, expected):
    workbench = cw.Workbench.reopen(folder / f"session-{name}.session.zip")
    assert workbench.section.path == (None if name == "quick" else folder / "photograph.png")
    assert np.array_equal(workbench.section.image, section.image)
    assert np.array_equal(workbench.labels, labels)
    check_legend(workbench.legend, expected)
    assert workbench.model is None
    assert workbench.segmentation is None
    if name == "recommended" or trains_alike(cw.load_model(folder / "models" / "published.skops")):
        workbench.trainer.train()
        assert workbench.trainer.wait()
        assert workbench.trainer.evaluation is None
        check_map(workbench.model, section, map_of(folder, f"session-{name}"))


# A core


def test_the_table_of_a_core(folder):
    core = cw.read_core(folder / "core.csv", name="Hole 1")
    first, second, third, broken = core
    assert [lane.name for lane in core] == ["lane-1", "lane-2", "lane-3", "broken"]
    assert first.file == folder / "photograph.png"
    assert (first.top, first.base, tuple(first.crop), first.rotation) == (100.0, 100.006, (0, 24, 0, 128), 0)
    assert second.second_file == folder / "uv.png"
    assert (tuple(third.crop), third.rotation, third.second_file) == ((0, 128, 104, 128), 180, None)
    assert (broken.crop, broken.rotation) == (None, 0)


def test_the_folder_of_a_run(folder, section, expected):
    run = cw.read_run(folder / "run")
    assert run.done_names == ["lane-1", "lane-2", "lane-3"]
    assert list(run.failed) == ["broken"]
    check_legend(run.legend, expected)
    assert run.core.name == "Hole 1"
    assert run.core["lane-3"].rotation == 180
    assert run.core["lane-2"].second_file == folder / "uv.png"
    assert run.about["scores"] == {"regions": 0.5}
    model = cw.load_model(folder / "models" / "of-run.skops")
    for lane, segmentation in zip(run.done, run.segmentations(), strict=True):
        check_map(model, lane.read(), segmentation)
        found, probabilities, uncertainty = model.predict(
            lane.read(), return_probabilities=True, return_uncertainty="margin"
        )
        assert found.shape == segmentation.shape
        assert np.allclose(run.probabilities(lane.name)[..., model.classes_ - 1], probabilities, atol=1e-3)
        assert np.allclose(run.uncertainty(lane.name), uncertainty, atol=1 / 255)
    kept = pd.read_parquet(folder / "run" / "sections.parquet")
    assert list(kept["state"]) == list(run.table["state"]) == ["done", "done", "done", "failed"]
    for column in ("name", "top", "base", "n_rows", "n_columns", "not_rock", "uncertainty", "image"):
        pd.testing.assert_series_equal(run.table[column], kept[column])


def test_the_depth_log_of_a_run(folder, tmp_path):
    run = cw.read_run(folder / "run")
    log = cw.depth_log(
        run.done, run.segmentations(), run.legend, interval=0.005, name="Hole 1",
        classes=run.about["model"]["classes"],
    )  # fmt: skip
    old = pd.read_csv(folder / "depth-log.csv")
    assert set(old.columns) <= set(log.table.columns)
    pd.testing.assert_frame_equal(log.table[old.columns], old, check_dtype=False)
    log.write_las(tmp_path / "new.las")
    curves, new = (lasio.read(path).df() for path in (folder / "depth-log.las", tmp_path / "new.las"))
    curves.index = curves.index - 0.0025  # the middle of an interval then, its top now
    digits = {name: 1 if name == "RAREA" else 5 for name in curves}  # as many as 0.1 wrote
    for name, n in digits.items():
        np.testing.assert_allclose(new[name], curves[name], rtol=0, atol=0.51 * 10**-n)
    np.testing.assert_allclose(new.index, curves.index, rtol=0, atol=1e-9)


# Scores


def test_scores(folder, expected, tmp_path):
    values = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    scores = cw.Evaluation.from_dict(values)
    assert list(scores) == ["regions", "random"]
    assert scores.n_pixels == sum(expected["counts"][1:])
    for name, score in scores.scores.items():
        assert score.weighted_f1 == values["scores"][name]["weighted_f1"]
        assert score.confusion.tolist() == values["scores"][name]["confusion"]
        assert len(score.folds) == len(values["scores"][name]["folds"])
    cw.write_report(cw.read_run(folder / "run"), tmp_path / "report.html", scores=values)
    assert f"{scores['regions'].weighted_f1:.2f}" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_reading_changes_no_file(folder, section):
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    cw.Workbench.reopen(folder / "session-own.session.zip")
    cw.read_run(folder / "run")
    cw.load_model(folder / "models" / "of-run.skops")
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
