"""Looks: a vector for two rows and columns, in the photograph's own directions."""

from __future__ import annotations

import numpy as np
import pytest

from corewidgets.features.hypercolumns import Hypercolumns
from corewidgets.features.look import outline_features
from corewidgets.features.network import VggLayer
from corewidgets.features.sources import Averaged


@pytest.fixture(scope="module")
def image():
    return np.random.default_rng(0).integers(0, 256, (67, 45, 3), dtype=np.uint8)


def test_distances_are_those_of_the_averaged_layers_in_their_first_components(image):
    looks = outline_features(image)
    assert looks.shape == (34, 23, 12)
    assert looks.dtype == np.float32
    layers = [Averaged(VggLayer(name), 4.0) for name in ("pool1", "pool2")]
    features = Hypercolumns(sources=layers).dense(image)[:66, :44]
    cells = features.reshape(33, 2, 22, 2, -1).mean(axis=(1, 3))
    own, given = cells - cells[10, 10], looks[:33, :22] - looks[10, 10]
    away, shown = np.linalg.norm(own, axis=-1), np.linalg.norm(given, axis=-1)
    assert (shown <= away * (1 + 1e-3) + 1e-3).all()
    assert np.corrcoef(away.ravel(), shown.ravel())[0, 1] > 0.95


def test_work_that_nobody_waits_for_is_left(image):
    class LeftError(Exception):
        pass

    def leave(done, of):
        assert 0 < done <= of
        raise LeftError

    with pytest.raises(LeftError):
        outline_features(image, progress=leave)


def test_a_grey_picture_is_refused():
    with pytest.raises(ValueError, match="n_rows, n_columns, 3"):
        outline_features(np.zeros((20, 20), np.uint8))


def test_one_pixel_has_a_look():
    assert outline_features(np.zeros((1, 1, 3), np.uint8)).shape == (1, 1, 12)
