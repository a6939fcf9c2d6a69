"""Maps are those of the model, what is in view first, and a check that raises ends them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier

from corewidgets.features.hypercolumns import Hypercolumns
from corewidgets.learning.classifier import PixelClassifier
from corewidgets.learning.mapping import map_section, nearest_first
from corewidgets.learning.maps import Maps


@pytest.fixture(scope="module")
def model(sample):
    forest = ExtraTreesClassifier(10, n_jobs=1, random_state=0)
    recipe = Hypercolumns(("pool1", "pool2"))
    return PixelClassifier(recipe, forest, max_training_pixels=400).fit(sample.section, sample.labels)


@pytest.fixture(scope="module")
def recommended(sample):
    """Return the recommended classifier and regularizer, on few features."""
    return PixelClassifier(Hypercolumns(("pool1",)), max_training_pixels=600).fit(
        sample.section, sample.labels
    )


def test_blocks_in_view_come_first_from_its_middle():
    blocks = [slice(first, first + 64) for first in range(0, 640, 64)]
    found = nearest_first(blocks, (slice(256, 448), slice(0, 100)))
    assert [block.start for block in found[:3]] == [320, 256, 384]
    assert found[-1].start == 0
    assert nearest_first(blocks, None) == blocks


def test_maps_of_a_regularized_model_are_those_of_the_model(sample, recommended, monkeypatch):
    monkeypatch.setattr("corewidgets.learning.mapping._REGULARIZED_ROWS", 192)
    maps = map_section(recommended, sample.section)
    segmentation, probabilities = recommended.predict(sample.section, return_probabilities=True)
    assert (maps.segmentation == segmentation).mean() > 0.9999  # ties
    assert np.abs(maps.probabilities / 255 - np.moveaxis(probabilities, -1, 0)).max() <= 1.1 / 255


def test_maps_are_those_of_the_model(sample, model):
    shared, steps = [], []
    view = (slice(200, 260), slice(0, 160))
    maps = map_section(
        model, sample.section, view=lambda: view, share=shared.append, progress=lambda *n: steps.append(n)
    )
    segmentation, probabilities, entropy = model.predict(
        sample.section, return_probabilities=True, return_uncertainty="entropy"
    )
    assert np.array_equal(maps.segmentation, segmentation)
    assert np.abs(maps.probabilities / 255 - np.moveaxis(probabilities, -1, 0)).max() <= 0.5 / 255 + 1e-6
    assert np.abs(maps.uncertainty / 255 - entropy).max() <= 0.5 / 255 + 1e-6
    assert maps.complete
    assert steps[-1][0] == steps[-1][1] == len(steps)
    first = next(shown for shown in shared if np.array_equal(shown.segmentation[view], segmentation[view]))
    assert not first.complete
    assert (first.segmentation == 0).any()
    assert maps.probability(model.classes_[1]) is not None
    assert maps.probability(200) is None


def test_what_was_there_before_stays_until_it_is_computed_anew(sample, model):
    before = Maps(np.full(sample.section.shape, 77, np.uint8))
    shared = []
    map_section(
        model, sample.section, before=before, view=lambda: (slice(0, 10), slice(0, 10)), share=shared.append
    )
    first = next(shown for shown in shared if shown.segmentation[0, 0] != 77)
    assert first.segmentation[-1, 0] == 77


def test_a_check_that_raises_ends_the_mapping(sample, model):
    def check():
        raise InterruptedError

    with pytest.raises(InterruptedError):
        map_section(model, sample.section, check=check)
