"""Where proposals come from: pieces of a noisy map, and the unsure places between the clasts."""

from __future__ import annotations

import numpy as np
import pytest

import corewidgets as cw
from corewidgets.learning.maps import Maps

ROWS, COLUMNS = np.mgrid[:200, :160]
CLASTS = [np.hypot(ROWS - row, COLUMNS - column) < 22 for row, column in ((50, 50), (140, 100))]


@pytest.fixture(scope="module")
def speckled():
    """Return what is proposed of two clasts in matrix, where a quarter of the map's pixels is wrong."""
    rng, truth = np.random.default_rng(0), np.where(np.logical_or.reduce(CLASTS), 1, 2)
    image = np.where(truth[..., None] == 1, 170.0, 90.0) + rng.normal(0, 4, (*truth.shape, 3))
    other = rng.random(truth.shape) < 0.25
    said = np.where(other, rng.integers(1, 4, truth.shape), truth).astype(np.uint8)
    doubt = np.where(ROWS < 100, 200, 90).astype(np.uint8)
    legend = cw.Legend(["Rock", "Matrix", "Another"])
    labels = np.zeros(truth.shape, np.uint8)
    return cw.propose(
        image.astype(np.uint8),
        None,
        labels,
        legend=legend,
        features=np.zeros((100, 80, 1)),
        maps=Maps(said, doubt),
    )


def test_single_pixels_of_another_class_hide_no_clast(speckled):
    clasts = [one for one in speckled if one.code == 1]
    assert len(clasts) == 2
    for one in clasts:
        clast = next(mask for mask in CLASTS if mask[one.row, one.column])
        assert (clast[one.box] & one.mask).sum() > 0.9 * max(clast.sum(), one.mask.sum())
        assert one.width == 1


def test_patches_of_matrix_are_proposed_where_the_model_is_least_sure(speckled):
    patches = [one for one in speckled if one.code == 2]
    assert patches
    assert {one.code for one in speckled} == {1, 2}
    for one in patches:
        assert 30 <= one.mask.sum() <= 400
        assert one.width < 1
        assert not (np.logical_or.reduce(CLASTS)[one.box] & one.mask).any()
    assert patches[0].row < 100
