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
        assert 100 <= one.mask.sum() <= 400
        assert one.width < 1
        assert not (np.logical_or.reduce(CLASTS)[one.box] & one.mask).any()
    assert patches[0].row < 100


def flat(truth, said, doubt):
    """Return what is proposed of a photograph of even clasts, and of a map of them."""
    colors = np.array([(90, 90, 90), (170, 170, 170), (60, 60, 60)], np.uint8)
    known = {"features": np.zeros((100, 80, 1)), "maps": Maps(said, doubt)}
    legend = cw.Legend(["Rock", "Another", "Matrix"])
    return cw.propose(colors[truth], None, np.zeros(truth.shape, np.uint8), legend=legend, **known)


def test_a_piece_that_came_off_a_clast_is_not_proposed_beside_it():
    piece = np.hypot(ROWS - 50, COLUMNS - 83) < 9
    truth = np.where(CLASTS[0], 1, np.where(piece, 2, 0))
    doubt = np.where(piece, 200, 90).astype(np.uint8)
    alike = flat(truth, np.where(truth > 0, 1, 3).astype(np.uint8), doubt)
    assert [(one.row, one.column) for one in alike if one.code == 1] != []
    assert not any(piece[one.row, one.column] for one in alike)
    other = flat(truth, np.select([CLASTS[0], piece], [1, 2], 3).astype(np.uint8), doubt)
    assert [one.code for one in other if one.code != 3] == [2, 1]  # the doubtful one first


def test_a_small_outline_within_one_class_of_the_map_is_not_proposed():
    spot = np.hypot(ROWS - 100, COLUMNS - 80) < 9
    doubt = np.full(spot.shape, 90, np.uint8)
    same = flat(np.where(spot, 2, 1), np.ones(spot.shape, np.uint8), doubt)
    assert not any(one.mask.sum() < 1000 for one in same)
    parted = flat(np.where(spot, 2, 1), np.where(spot, 2, 1).astype(np.uint8), doubt)
    assert any(spot[one.row, one.column] and one.code == 2 for one in parted)
