"""Models that explanations and maps are made of."""

from __future__ import annotations

import pytest
from sklearn.ensemble import ExtraTreesClassifier

from corewidgets.features.hypercolumns import Hypercolumns
from corewidgets.learning.classifier import PixelClassifier


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
