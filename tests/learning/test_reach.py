"""The reach of a random field is shortened until it costs no accuracy on what is labelled."""

import numpy as np
import pytest

from corewidgets.features.hypercolumns import Hypercolumns, activations_of
from corewidgets.learning.reach import shortened
from corewidgets.learning.regularization import Regularizer

CLASSES = np.array([3, 7], np.uint8)
LAB = Hypercolumns((), lab=True)


def layers(width, contrast=0, n_rows=120, n_columns=90):
    """Return an image of layers of a width, every fourth lighter by some contrast; and their labels."""
    truth = np.where(np.arange(n_rows)[:, None] // width % 4 == 3, 7, 3).repeat(n_columns, axis=1)
    image = np.where(truth == 7, 100 + contrast, 100)[..., None].repeat(3, axis=-1)
    return image.astype(np.uint8), truth.astype(np.uint8)


def chosen(width, sure=0.55, contrast=0, **options):
    """Return what is chosen for a classifier that is right, and this sure of the class of few layers."""
    image, truth = layers(width, contrast)
    said = np.where(truth[..., None] == 7, [1 - sure, sure], [0.7, 0.3]).astype(np.float32)
    activations = activations_of(LAB, image)
    return shortened(
        Regularizer(**options), [(lambda: activations, truth)], Told(said, activations), CLASSES, n_jobs=None
    )


class Told:
    """Says of each tile, in their order, what is known."""

    def __init__(self, said, activations):
        self.said, self.tiles = said, iter(list(activations.bands))

    def __call__(self, features):
        tile = next(self.tiles)
        whole = np.zeros((tile.n_rows, tile.n_columns, 2), np.float32)
        part = self.said[tile.row : tile.row + tile.n_rows, tile.column : tile.column + tile.n_columns]
        whole[: part.shape[0], : part.shape[1]] = part
        n_rows = len(features) // tile.n_columns
        return whole[:n_rows].reshape(-1, 2)


def test_wide_layers_keep_the_long_reach():
    found = chosen(40)
    assert found.regularizer == Regularizer()
    assert found.scores[24] >= found.scores[0] - 0.001
    assert 6 not in found.scores  # 12 pixels are no better


@pytest.mark.parametrize("width", [2, 3, 4, 5])
def test_nothing_is_taken_from_thin_layers(width):
    found = chosen(width)
    assert found.scores[24] < found.scores[0] - 0.1
    assert found.regularizer is None or found.scores[found.regularizer.reach] >= found.scores[0] - 0.005
    assert list(found.scores) == [0, 24, 12, 6][: len(found.scores)]


@pytest.mark.parametrize(("width", "reach"), [(4, 6), (8, 12)])
def test_the_reach_follows_the_width_of_layers(width, reach):
    found = chosen(width, sure=0.8, contrast=10, trust=0.29)
    assert (found.regularizer.reach, found.regularizer.trust) == (reach, 0.29)
    assert list(found.scores) == [0, 24, 12, 6][: len(found.scores)]
    assert found.scores[reach] >= found.scores[0] - 0.001 > found.scores[24]


def test_a_class_of_a_few_labelled_pixels_does_not_shorten_the_reach():
    image, truth = layers(40)
    labels = np.where(truth == 7, 0, 3).astype(np.uint8)
    labels[60, 40:46] = 7
    said = np.where(labels[..., None] == 7, [0.45, 0.55], [0.7, 0.3]).astype(np.float32)
    activations = activations_of(LAB, image)
    told = Told(said, activations)
    found = shortened(Regularizer(), [(lambda: activations, labels)], told, CLASSES, n_jobs=None)
    assert found.regularizer == Regularizer()


def of_noise(width):
    """Return what is chosen where a fifth of the pixels, at random, is taken for the other class."""
    image, truth = layers(width, contrast=10)
    said = np.where(truth[..., None] == 7, [0.2, 0.8], [0.8, 0.2])
    wrong = np.random.default_rng(1).random(truth.shape) < 0.2
    said = np.where(wrong[..., None], said[..., ::-1], said).astype(np.float32)
    activations = activations_of(LAB, image)
    return shortened(
        Regularizer(), [(lambda: activations, truth)], Told(said, activations), CLASSES, n_jobs=None
    )


def test_a_shorter_reach_that_adds_clearly_more_is_preferred():
    found = of_noise(10)
    assert found.regularizer.reach == 6
    assert found.scores[0] < found.scores[12] < found.scores[6] - 0.01
    found = of_noise(12)
    assert found.regularizer.reach == 12
    assert found.scores[12] < found.scores[6] < found.scores[12] + 0.01


def test_the_shortest_reach_may_take_a_little():
    found = chosen(6, sure=0.7, contrast=6)
    assert found.regularizer.reach == 6
    assert found.scores[0] - 0.005 <= found.scores[6] < found.scores[0] - 0.001
