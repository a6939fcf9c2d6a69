"""Every view of a model shows what the model says: of a section with two photographs, with any classifier."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB

import corewidgets as cw


@pytest.fixture(scope="module")
def made():
    """Return a section whose second photograph tells the classes, and its labels."""
    sample = cw.sample_core(n_rows=256, n_columns=128)
    second = np.repeat((sample.truth * 20)[..., None], 3, axis=2).astype(np.uint8)
    section = cw.CoreSection(sample.section.image, 0.0, 1.0, name="two", others={"uv": second})
    return section, sample


MODELS = {
    "recommended": lambda: cw.PixelClassifier(max_training_pixels=1500),
    "published": lambda: cw.PixelClassifier(preset="published", max_training_pixels=500),
    "foreign": lambda: cw.PixelClassifier(classifier=GaussianNB(), max_training_pixels=500),
}


@pytest.fixture(scope="module", params=MODELS)
def fitted(request, made):
    """Return a model that learned from both photographs, and its map."""
    section, sample = made
    model = MODELS[request.param]().fit(section, sample.labels)
    return model, model.predict(section)


def test_the_overlay_shows_the_map_of_the_model(made, fitted):
    section, sample = made
    model, segmentation = fitted
    overlay = cw.Overlay(section, model, legend=sample.legend)
    assert overlay.wait(300)
    assert (overlay.maps.segmentation == segmentation).mean() > 0.9999  # ties


def test_any_rows_are_those_of_the_whole(made, fitted):
    section, _ = made
    model, _ = fitted
    whole = model.predict_proba(section)
    for rows in (slice(3, 10), slice(120, 256), slice(0, 1)):
        found = np.zeros((256, 128))
        for (down, across), probabilities in model.predict_pieces(section, rows=rows):
            assert rows.start <= down.start < down.stop <= rows.stop
            assert np.abs(probabilities - whole[down, across]).max() < 1e-5
            found[down, across] += 1
        assert np.array_equal(found[:, 0], [rows.start <= row < rows.stop for row in range(256)])
    with pytest.raises(ValueError, match="rows are classified without gaps, but the step is 2"):
        next(model.predict_pieces(section, rows=slice(0, 10, 2)))


def test_what_an_explanation_shows_adds_up(made, fitted):
    section, sample = made
    model, _ = fitted
    overlay = cw.Overlay(section, model, labels=sample.labels, legend=sample.legend)
    assert overlay.wait(300)
    overlay.explain(100, 60)
    assert overlay.wait(300)
    why = overlay.explanation
    assert why.examples[0].similarity > 0
    if not why.layers:
        return  # a classifier that does not tell
    assert any(name.startswith("uv: ") for name in why.layers)
    assert why.baseline + sum(why.layers.values()) == pytest.approx(why.decided, abs=1e-3)


def test_the_workbench_trains_and_maps_with_both_photographs(made):
    section, sample = made
    bench = cw.Workbench(section, legend=sample.legend, labels=sample.labels, session=False, autosave=False)
    bench.trainer.train()
    assert bench.trainer.wait(400)
    segmentation = bench.model.predict(section)
    assert (segmentation == sample.truth).mean() > 0.9
    assert (bench.segmentation == segmentation).mean() > 0.9999


def test_a_photograph_that_the_model_learned_from_is_missed(made, fitted):
    section, _ = made
    model, _ = fitted
    with pytest.raises(ValueError, match=r"trained on the photographs image, uv .* has no uv"):
        next(model.predict_pieces(cw.CoreSection(section.image, 0.0, 1.0), rows=slice(0, 5)))
