"""A model file gives back the very same predictions, or is refused before anything in it runs."""

from __future__ import annotations

import io
import json
import os
import pickle
import warnings
import zipfile

import numpy as np
import pytest
import skops.io
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

import corewidgets
from corewidgets.features.hypercolumns import Hypercolumns
from corewidgets.features.weight_set import content_digest
from corewidgets.features.weights import Weights, load_weights
from corewidgets.labels.legend import Legend
from corewidgets.learning import model_about, model_file
from corewidgets.learning.classifier import PixelClassifier
from corewidgets.learning.model_file import load_model, save_model
from corewidgets.learning.presets import PRESETS
from corewidgets.learning.regularization import Regularizer

from .quick_model import fitted, small_image, small_labels

LEGEND = Legend(["Matrix", "Clast", "Crack"])
PREDICTOR = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"


@pytest.fixture(scope="module")
def image():
    return small_image()


@pytest.fixture(scope="module")
def labels():
    return small_labels()


@pytest.fixture(scope="module")
def model(image, labels):
    return fitted(image, labels)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.skops"


def archive_of(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write_archive(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def edit_about(path, **changes):
    members = archive_of(path)
    members["about.json"] = json.dumps(json.loads(members["about.json"]) | changes)
    write_archive(path, members)


# What is saved comes back


@pytest.mark.parametrize(
    "classifier",
    [
        RandomForestClassifier(5, random_state=0),
        RandomForestClassifier(5, max_leaf_nodes=6, ccp_alpha=0.01, class_weight="balanced", random_state=0),
        ExtraTreesClassifier(5, min_samples_leaf=3, random_state=0),
        DecisionTreeClassifier(random_state=0),
        GradientBoostingClassifier(n_estimators=3, random_state=0),
        LogisticRegression(),
        make_pipeline(StandardScaler(), ExtraTreesClassifier(3, random_state=0)),
    ],
    ids=lambda classifier: type(classifier).__name__,
)
def test_predictions_are_the_same_bit_by_bit(path, image, labels, classifier):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a solver that stops early is good enough
        model = fitted(image, labels, classifier)
    save_model(path, model)
    loaded = load_model(path)
    expected = model.predict(image, return_probabilities=True, return_uncertainty="entropy")
    for array, other in zip(
        loaded.predict(image, return_probabilities=True, return_uncertainty="entropy"), expected, strict=True
    ):
        np.testing.assert_array_equal(array, other)


def test_everything_about_the_model_comes_back(path, image, labels):
    recipe = Hypercolumns(
        ("pool1", "conv1_2"), smoothing=(8.0,), lab=True, lab_smoothing=(3.0,), tile_rows=64
    )
    options = {"hypercolumns": recipe, "max_training_pixels": 60, "mode": "refined", "random_state": 5}
    model = fitted(image, labels, **options)
    save_model(path, model, legend=LEGEND)
    loaded = load_model(path)
    assert loaded.hypercolumns == loaded.hypercolumns_ == recipe
    for name in ("max_training_pixels", "mode", "random_state", "n_jobs"):
        assert getattr(loaded, name) == getattr(model, name)
    assert loaded.legend_ == LEGEND
    assert loaded.training_summary_ == model.training_summary_
    assert loaded.n_features_in_ == model.n_features_in_
    assert loaded.classes_.dtype == np.uint8
    np.testing.assert_array_equal(loaded.classes_, [1, 2, 3])
    assert loaded.classifier.get_params() == model.classifier.get_params()
    assert not hasattr(loaded.classifier, "estimators_")


@pytest.mark.parametrize("preset", PRESETS)
def test_a_model_with_default_parts_is_loaded_with_default_parts(path, image, labels, preset):
    model = PixelClassifier(preset=preset, max_training_pixels=60).fit(image, labels)
    save_model(path, model)
    loaded = load_model(path)
    assert loaded.get_params() == model.get_params()
    assert loaded.hypercolumns_ == PRESETS[preset].hypercolumns
    assert loaded.recipe_ == PRESETS[preset].patched(max_training_pixels=60)
    assert loaded.regularizer_ == model.regularizer_
    assert loaded.legend_ is None
    np.testing.assert_array_equal(loaded.predict_proba(image), model.predict_proba(image))


def test_a_regularizer_of_ones_own_is_kept(path, image, labels):
    own = Regularizer(strength=2.0, n_steps=2)
    save_model(path, PixelClassifier(regularizer=own, max_training_pixels=60).fit(image, labels))
    loaded = load_model(path)
    assert loaded.regularizer == loaded.regularizer_ == own


def test_a_loaded_model_can_be_cloned_and_fitted_again(path, image, labels, model):
    save_model(path, model)
    again = clone(load_model(path)).fit(image, labels)
    np.testing.assert_array_equal(again.predict_proba(image), model.predict_proba(image))


def test_a_loaded_model_keeps_its_legend_when_saved_again(path, model):
    save_model(path, model, legend=LEGEND)
    save_model(path, load_model(path))
    assert load_model(path).legend_ == LEGEND


def test_date_versions_and_weights_are_noted(path, model):
    save_model(path, model)
    provenance = load_model(path).provenance_
    assert provenance["date"].endswith("+00:00")
    assert set(provenance["versions"]) == {"corewidgets", "scikit-learn", "numpy", "jax", "python"}
    assert provenance["versions"]["corewidgets"] == corewidgets.__version__
    assert provenance["weights"]["digest"] == load_weights(n_blocks=1).digest


def test_numbers_of_numpy_are_plain_numbers_in_the_file(path, image, labels):
    save_model(path, fitted(image, labels, random_state=np.int64(3)))
    assert load_model(path).random_state == 3


# What cannot be saved


def test_only_fitted_pixel_classifiers_are_saved(path):
    with pytest.raises(TypeError, match="holds a PixelClassifier, but model is of type LogisticRegression"):
        save_model(path, LogisticRegression())
    with pytest.raises(NotFittedError):
        save_model(path, PixelClassifier())
    assert not path.exists()


def test_the_legend_must_have_all_classes(path, model):
    with pytest.raises(
        ValueError, match=r"The model knows code 3, but the legend ends with code 2 \(Clast\)"
    ):
        save_model(path, model, legend=Legend(["Matrix", "Clast"]))


def test_a_setting_that_is_no_plain_value_is_named(path, image, labels):
    model = fitted(image, labels)
    model.random_state = np.random.default_rng(0)
    with pytest.raises(TypeError, match="of type Generator; replace it, such as a random state by a whole"):
        save_model(path, model)


def test_a_classifier_that_skops_cannot_keep_is_named(path, image, labels):
    model = fitted(image, labels)
    model.classifier_.remark = (number for number in range(3))
    with pytest.raises(TypeError, match="type RandomForestClassifier cannot be kept without pickle"):
        save_model(path, model)


def test_a_failed_save_leaves_the_old_file(path, model, monkeypatch):
    path.write_bytes(b"old")

    def fail(*_):
        raise OSError("the disk is full")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", fail)
    monkeypatch.setattr(model_file, "_dumped", lambda _: archive())
    with pytest.raises(OSError, match="the disk is full"):
        save_model(path, model)
    assert path.read_bytes() == b"old"
    assert os.listdir(path.parent) == ["model.skops"]


def archive():
    buffer = io.BytesIO()
    zipfile.ZipFile(buffer, "w").close()
    return buffer.getvalue()


def test_the_folder_must_exist(tmp_path, model):
    with pytest.raises(FileNotFoundError, match="missing' does not exist; create it first"):
        save_model(tmp_path / "missing" / "model.skops", model)


# Files that are none


def test_a_missing_file_a_folder_and_an_empty_file(tmp_path, path):
    with pytest.raises(FileNotFoundError, match=r"There is no model file '.*model.skops'; check the name"):
        load_model(path)
    with pytest.raises(IsADirectoryError, match="is a folder; name the model file in it"):
        load_model(tmp_path)
    path.write_bytes(b"")
    with pytest.raises(ValueError, match=r"model.skops' is empty; copy it again"):
        load_model(path)


def test_a_pickle_is_not_run(path, tmp_path):
    class Harm:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "harm"),)

    path.write_bytes(pickle.dumps(Harm()))
    with pytest.raises(ValueError, match="is not a model file, or it is damaged or cut short"):
        load_model(path)
    assert not (tmp_path / "harm").exists()


def test_archives_of_other_programs(path):
    write_archive(path, {"notes.txt": "breccia"})
    with pytest.raises(
        ValueError, match=r"model.skops' is an archive without a model; give a file that save_"
    ):
        load_model(path)
    skops.io.dump(LogisticRegression(), path)
    with pytest.raises(
        ValueError, match=r"model.skops' is a skops file of another program; give a file that"
    ):
        load_model(path)


@pytest.mark.parametrize("share", [0.01, 0.3, 0.6, 0.9, 0.999])
def test_a_file_cut_short(path, model, share):
    save_model(path, model)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match="damaged or cut short"):
        load_model(path)


@pytest.fixture(scope="module")
def small_file(image, labels, tmp_path_factory):
    model = fitted(image, labels, DecisionTreeClassifier(max_leaf_nodes=3))
    path = tmp_path_factory.mktemp("small") / "model.skops"
    save_model(path, model)
    return path.read_bytes(), model.predict_proba(image)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.data())
def test_a_changed_byte_is_noticed_or_does_not_matter(path, image, small_file, data):
    content = bytearray(small_file[0])
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    try:
        loaded = load_model(path)
    except ValueError:
        return
    np.testing.assert_array_equal(loaded.predict_proba(image), small_file[1])


# Versions


def test_an_array_whose_header_does_not_end_is_damage(path, model):
    save_model(path, model)
    members = archive_of(path)
    name = next(name for name in members if name.endswith(".npy"))
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1, ".ljust(117) + b"\n"
    members[name] = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(64)
    write_archive(path, members)
    with pytest.raises(ValueError, match=r"damaged or cut short \(TokenError: .*EOF in multi-line statement"):
        load_model(path)


def test_a_newer_format_asks_for_an_upgrade(path, model):
    save_model(path, model)
    edit_about(path, format=3, versions={"corewidgets": "9.0"})
    with pytest.raises(
        ValueError, match=r"has format 3, written by corewidgets 9.0, but this version \(.*\) re"
    ):
        load_model(path)
    edit_about(path, format="new")
    with pytest.raises(ValueError, match="is damaged: its format is 'new'"):
        load_model(path)


@pytest.mark.parametrize("part", ["hypercolumns", "options"])
def test_an_option_of_the_future_asks_for_an_upgrade(path, model, part):
    save_model(path, model)
    options = json.loads(archive_of(path)["about.json"])[part]
    edit_about(path, **{part: options | {"attention": True}})
    with pytest.raises(ValueError, match=r"sets 'attention' of the \w+, which this .*Upgrade corewidgets"):
        load_model(path)


@pytest.mark.parametrize(
    "part", ["hypercolumns", "weights", "options", "classes", "training_summary", "legend", "scores"]
)
def test_parts_of_the_wrong_kind(path, model, part):
    save_model(path, model)
    edit_about(path, **{part: 17})
    with pytest.raises(ValueError, match="damaged"):
        load_model(path)


def test_another_version_of_scikit_learn_is_one_warning(path, image, model, monkeypatch):
    versions = {"scikit-learn": "1.4.2", "numpy": "2.0.0", "jax": "0.8"}
    monkeypatch.setattr(model_about, "version", versions.get)
    monkeypatch.setattr("sklearn.base.__version__", "1.4.2")
    save_model(path, model)
    monkeypatch.undo()
    with pytest.warns(UserWarning, match="saved with scikit-learn 1.4.2, but") as caught:
        loaded = load_model(path)
    assert len(caught) == 1
    assert "Install scikit-learn==1.4.2, or train the model again." in str(caught[0].message)
    assert caught[0].filename == __file__
    np.testing.assert_array_equal(loaded.predict(image), model.predict(image))


def test_another_version_of_scikit_learn_that_cannot_read_the_trees(path, model, monkeypatch):
    save_model(path, model)
    edit_about(path, versions={"scikit-learn": "1.4.2"})

    def fail(*_, **__):
        raise ValueError("node array from the pickle has an incompatible dtype")

    monkeypatch.setattr(skops.io, "loads", fail)
    with (
        pytest.warns(UserWarning, match="saved with scikit-learn 1.4.2"),
        pytest.raises(
            ValueError, match=r"cannot be restored with .*; install scikit-learn==1.4.2, with which"
        ),
    ):
        load_model(path)


# Weights


@pytest.fixture(scope="module")
def other_weights():
    bundled = load_weights()
    kernels = bundled.kernels | {"conv1_1": bundled.kernels["conv1_1"] * np.float32(1.5)}
    arrays = {f"{name}/kernel": kernel for name, kernel in kernels.items()}
    arrays |= {f"{name}/bias": bias for name, bias in bundled.biases.items()}
    digest = content_digest(arrays, bundled.preprocessing)
    return Weights(kernels, bundled.biases, bundled.preprocessing, digest, "mine.safetensors")


def test_weights_of_ones_own_must_be_given_again(path, image, labels, other_weights):
    model = fitted(image, labels, hypercolumns=Hypercolumns(("pool1",), weights=other_weights))
    save_model(path, model)
    with pytest.raises(
        ValueError, match=r"\(from mine.safetensors, digest .*\) than the bundled ones .*weights="
    ):
        load_model(path)
    loaded = load_model(path, weights=other_weights)
    assert loaded.hypercolumns_.weights is other_weights
    np.testing.assert_array_equal(loaded.predict_proba(image), model.predict_proba(image))


def test_weights_that_do_not_match_are_refused(path, model, other_weights):
    save_model(path, model)
    with pytest.raises(ValueError, match="than those given"):
        load_model(path, weights=other_weights)


# Types


def test_types_that_may_be_unsafe_are_named_and_can_be_trusted(path, image, labels):
    model = fitted(image, labels, HistGradientBoostingClassifier(max_iter=3, min_samples_leaf=2))
    save_model(path, model)
    with pytest.raises(ValueError, match="types that are not known to be safe") as caught:
        load_model(path)
    assert f"safe: {PREDICTOR}. Nothing was loaded from it." in str(caught.value)
    assert f"trusted=['{PREDICTOR}']" in str(caught.value)
    for trusted in ([PREDICTOR], PREDICTOR):
        loaded = load_model(path, trusted=trusted)
        np.testing.assert_array_equal(loaded.predict_proba(image), model.predict_proba(image))


def test_functions_in_a_file_are_not_called(path, image, labels, tmp_path):
    harmless = make_pipeline(FunctionTransformer(), LogisticRegression(C=0.1))
    model = fitted(image, labels, harmless)
    model.classifier_.steps[0][1].func = os.mkdir
    save_model(path, model)
    with pytest.raises(ValueError, match=r"safe: (posix|nt)\.mkdir"):
        load_model(path)


def test_trust_is_in_one_type_only(path, image, labels):
    save_model(path, fitted(image, labels, KNeighborsClassifier(3, algorithm="kd_tree")))
    with pytest.raises(ValueError, match="not known to be safe"):
        load_model(path, trusted=[PREDICTOR])


# Numbers and attributes that show only in a prediction


def test_an_archive_that_unpacks_to_gigabytes_is_refused(path, model):
    save_model(path, model)
    members = archive_of(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content + b" " * 150_000_000 if name == "about.json" else content)
    with pytest.raises(
        ValueError, match=r"is damaged or cut short .*it unpacks to 150,.* train the model again"
    ):
        load_model(path)


def test_a_classifier_that_cannot_predict_is_refused(path, image, labels):
    model = fitted(image, labels, LogisticRegression())
    model.classifier_.coef_[:] = np.nan
    save_model(path, model)
    with pytest.raises(ValueError, match=r"is damaged .*other than probabilities.*; copy it again"):
        load_model(path)


@pytest.mark.parametrize("names", [[], ["uv"], ["uv", "image"], ["image", "image"], ["image", 5], "image"])
def test_photographs_that_no_section_has_are_refused(path, model, names):
    save_model(path, model)
    edit_about(path, images=names)
    with pytest.raises(ValueError, match=r"is damaged .*its images are called"):
        load_model(path)


@pytest.mark.parametrize(
    ("part", "change"), [("options", {"n_jobs": "many"}), ("hypercolumns", {"tile_rows": 10**12})]
)
def test_a_number_that_fails_only_in_a_prediction_is_refused(path, model, part, change):
    save_model(path, model)
    about = json.loads(archive_of(path)["about.json"])
    edit_about(path, **{part: about[part] | change})
    name, value = next(iter(change.items()))
    with pytest.raises(ValueError, match=f"is damaged .*its {name} is {value!r}"):
        load_model(path)
