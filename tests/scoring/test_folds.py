"""Regions and photographs stay whole, every scored class is trained on, and folds are even."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from sklearn.model_selection import train_test_split

from corewidgets.labels.arrays import regions
from corewidgets.scoring.folds import (
    LabeledPixels,
    deal_photographs,
    depth_folds,
    held_out_with_others,
    random_split,
    region_folds,
)

some_labels = arrays_of.arrays(
    np.uint8,
    arrays_of.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=14),
    elements=st.integers(0, 3),
)

LABELS = np.zeros((60, 20), np.uint8)  # class 1 has four regions, class 2 three, class 3 a single one
for code, row, column in (
    (1, 0, 0),
    (1, 12, 0),
    (1, 30, 8),
    (1, 50, 0),
    (2, 0, 10),
    (2, 20, 0),
    (2, 40, 10),
    (3, 30, 0),
):
    LABELS[row : row + 4, column : column + 4] = code


def test_random_split_takes_the_share_of_each_class():
    labels = np.zeros((100, 100), np.uint8)
    labels[:40], labels[40:50, :20], labels[60] = 1, 2, 3
    held_out = random_split(labels, share=0.05)
    assert [held_out[labels == code].sum() for code in (1, 2, 3)] == [200, 10, 5]
    assert not held_out[labels == 0].any()


def test_random_split_agrees_in_number_with_a_stratified_split_of_scikit_learn():
    codes = LABELS[LABELS > 0]
    _, expected = train_test_split(codes, test_size=0.25, stratify=codes, random_state=0)
    held_out = LABELS[random_split(LABELS, share=0.25)]
    assert np.bincount(held_out).tolist() == np.bincount(expected).tolist()


def test_random_split_leaves_a_class_of_one_pixel_in_training():
    held_out = random_split(np.array([[1, 2, 2, 3, 3, 3]]), share=0.9)
    assert held_out[0, 0] == 0
    assert held_out[0, 1:3].sum() == 1
    assert held_out[0, 3:].sum() == 2


def test_splits_depend_on_the_random_state_alone():
    for split in (random_split, region_folds):
        first, again, other = (split(LABELS, random_state=seed) for seed in (0, 0, 1))
        assert np.array_equal(first, again)
        assert not np.array_equal(first, other)


def test_region_folds_leave_out_a_class_with_a_single_region():
    folds = region_folds(LABELS)
    assert (folds[LABELS == 3] == -1).all()
    assert (folds[LABELS == 0] == -1).all()
    assert (folds[np.isin(LABELS, (1, 2))] >= 0).all()


@given(some_labels, st.integers(2, 6), st.integers(0, 3))
def test_region_folds_keep_regions_whole_and_every_class_in_training(labels, n_splits, seed):
    folds = region_folds(labels, n_splits, seed)
    numbers = regions(labels)
    for number in range(1, numbers.max() + 1):
        assert np.unique(folds[numbers == number]).size == 1
    for code in np.unique(labels[labels > 0]):
        of_class = folds[labels == code]
        if np.unique(numbers[labels == code]).size == 1:
            assert (of_class == -1).all()
        else:
            assert of_class.min() >= 0
            assert of_class.max() < n_splits
            assert np.unique(of_class).size > 1  # so each fold leaves some of the class to train on


def test_region_folds_are_balanced_by_pixels():
    labels = np.zeros((2000, 60), np.uint8)
    rng = np.random.default_rng(0)
    for index, row in enumerate(range(0, 2000, 20)):
        height, width = rng.integers(2, 18, 2)
        labels[row : row + height, : width * 3] = 1 + index % 2
    folds = region_folds(labels)
    for code in (1, 2):
        n_pixels = np.bincount(folds[labels == code], minlength=5)
        assert n_pixels.max() < 1.2 * n_pixels.min()


@given(some_labels, st.integers(2, 5))
def test_depth_folds_run_downward_and_name_no_class_of_one_block(labels, n_blocks):
    folds = depth_folds(labels, n_blocks)
    assert (folds[labels == 0] == -1).all()
    for code in np.unique(labels[labels > 0]):
        of_class = folds[labels == code]
        assert (of_class == -1).all() or (of_class.min() >= 0 and np.unique(of_class).size > 1)
    numbers = regions(labels)
    for number in range(1, numbers.max() + 1):
        assert np.unique(folds[numbers == number]).size != 2  # whole, or so long that it spans three blocks


def test_depth_folds_are_contiguous_blocks_of_equal_pixels():
    labels = np.zeros((100, 10), np.uint8)
    labels[::4, :3], labels[::4, 5:8] = 1, 2
    folds = depth_folds(labels, 5)
    blocks = folds[::4, 0]
    assert blocks.tolist() == sorted(blocks.tolist())
    assert np.bincount(folds[folds >= 0]).tolist() == [30] * 5


def test_depth_folds_keep_a_cut_clast_whole_and_divide_a_liner():
    labels = np.zeros((100, 10), np.uint8)
    labels[:, 9] = 1  # a liner along the whole section
    labels[2:6, 2:4], labels[45:53, 2:4], labels[90:94, 2:4] = 2, 2, 2
    folds = depth_folds(labels, 2)
    assert np.unique(folds[45:53, 2:4]).size == 1
    assert np.unique(folds[:, 9]).tolist() == [-1]  # two blocks: kept whole, so in a single block
    folds = depth_folds(labels, 4)
    assert np.unique(folds[:, 9]).tolist() == [0, 1, 2, 3]
    assert np.unique(folds[45:53, 2:4]).size == 1


@pytest.mark.parametrize("share", [0, 1, -0.1, 5])
def test_a_share_must_leave_something_on_both_sides(share):
    with pytest.raises(
        ValueError, match=f"share is the part of the pixels to hold out, between 0 and 1, but is {share}"
    ):
        random_split(LABELS, share)


def test_one_fold_is_no_split():
    message = "must be 2 or more, one to score and one to train on, but is 1."
    with pytest.raises(ValueError, match=f"n_splits {message}"):
        region_folds(LABELS, 1)
    with pytest.raises(ValueError, match=f"n_blocks {message}"):
        depth_folds(LABELS, 1)


# ------------------------------------------------------------------------------------------------ photographs

some_classes = st.lists(st.lists(st.integers(1, 5), min_size=1, max_size=4), min_size=1, max_size=9)


def pixels_of(classes):
    """Labelled pixels of photographs, one row each."""
    labels = [np.array([codes], np.uint8) for codes in classes]
    return LabeledPixels.of(labels)


@given(some_classes, st.integers(2, 5))
def test_photographs_stay_whole_and_each_class_of_several_is_scored(classes, n_splits):
    pixels = pixels_of(classes)
    folds = deal_photographs(pixels, pixels.sections, n_splits)
    scored = held_out_with_others(pixels, folds)
    for photograph, codes in enumerate(classes):
        assert np.unique(folds[pixels.sections == photograph]).size == 1
        left = {code for other, others in enumerate(classes) if other != photograph for code in others}
        if len(left) < 2:
            assert folds[pixels.sections == photograph][0] == -1
        elif len(classes) <= n_splits:
            here = pixels.sections == photograph
            assert set(pixels.codes[here & scored].tolist()) == set(codes) & left
    for fold in np.unique(folds[folds >= 0]):
        trained = set(pixels.codes[folds != fold].tolist())
        assert len(trained) > 1
        assert set(pixels.codes[scored & (folds == fold)].tolist()) <= trained


def test_there_are_as_many_folds_as_asked_for_and_they_are_even():
    pixels = pixels_of([[1, 2] * n for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)])
    folds = deal_photographs(pixels, pixels.sections, 5)
    assert np.bincount(folds).tolist() == [22] * 5


def test_more_folds_where_few_would_put_a_class_together():
    classes = [[1, 2], [1, 3], [2, 3], [4, 5], [4, 6], [5, 6]]
    pixels = pixels_of(classes)
    folds = deal_photographs(pixels, pixels.sections, 2)
    assert np.unique(folds).size > 2
    assert held_out_with_others(pixels, folds).all()
