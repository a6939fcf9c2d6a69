"""What a run depends on: equal models have equal digests, others have not, and earlier digests are known."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError

import numpy as np
import pytest

import corewidgets as cw
from corewidgets.batch import settings as module
from corewidgets.batch.settings import as_begun, model_digest, run_settings, settings_digest


@pytest.fixture(scope="module")
def model(sample):
    recipe = cw.Hypercolumns((), lab=True, lab_smoothing=(2.0,))
    return cw.PixelClassifier(recipe, max_training_pixels=300).fit(sample.section, sample.labels)


def test_a_digest_does_not_depend_on_the_order_of_names():
    assert settings_digest({"a": 1, "b": [2]}) == settings_digest({"b": [2], "a": 1})
    assert settings_digest({"a": 1, "b": [2]}) != settings_digest({"a": 2, "b": [2]})


@pytest.mark.slow
def test_the_settings_are_all_that_results_depend_on(model, sample, monkeypatch):
    values = run_settings(model, sample.legend, True, "margin", 3)
    assert {name: values[name] for name in ("probabilities", "uncertainty", "xla_threads")} == {
        "probabilities": True,
        "uncertainty": "margin",
        "xla_threads": 3,
    }
    assert cw.Legend.from_dict(values["legend"]) == sample.legend
    assert values["versions"]["corewidgets"] == cw.__version__
    assert set(module.PACKAGES) < set(values["versions"])
    monkeypatch.setattr(module, "version", lambda name: "0")
    assert run_settings(model, sample.legend, True, "margin", 3)["versions"] != values["versions"]


def test_a_package_that_is_left_out_has_no_version(model, sample, monkeypatch):
    """Without Numba, which is an extra, scikit-learn walks the trees."""

    def found(package):
        if package == "numba":
            raise PackageNotFoundError(package)
        return "1"

    monkeypatch.setattr(module, "version", found)
    versions = run_settings(model, sample.legend, False, None, 2)["versions"]
    assert (versions["numba"], versions["jax"]) == ("none", "1")


def test_what_a_model_computes_changes_its_digest(model):
    before = model_digest(model)
    discriminant = model.classifier_[-1]
    coefficients = discriminant.coef_
    discriminant.coef_ = np.nextafter(coefficients, np.inf)
    changed = model_digest(model)
    discriminant.coef_ = coefficients
    assert changed != before == model_digest(model)


def test_the_covariance_does_not_change_a_digest(model, tmp_path):
    cw.save_model(tmp_path / "model.skops", model)
    loaded = cw.load_model(tmp_path / "model.skops")
    assert "covariance_" in vars(model.classifier_[-1])
    assert "covariance_" not in vars(loaded.classifier_[-1])
    assert model_digest(loaded) == model_digest(model)


def test_a_run_of_an_earlier_version_keeps_its_digest(model, sample):
    now = run_settings(model, sample.legend, False, None, 2)
    earlier = now | {"model": module._digest(model, model.classifier_)}
    assert earlier["model"] != now["model"]
    assert as_begun(now, earlier, model) == earlier
    assert as_begun(now, None, model) == now
    assert as_begun(now, now, model) == now
    assert as_begun(now, now | {"model": "of another"}, model) == now
