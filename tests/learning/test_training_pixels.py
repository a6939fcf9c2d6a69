from __future__ import annotations

import numpy as np
import pytest

from corewidgets.learning.training_pixels import draw_training_pixels, even_shares, summarize_training


@pytest.mark.parametrize(
    ("sizes", "total", "shares"),
    [
        ([10, 10, 10], 9, [3, 3, 3]),
        ([1, 10, 10], 9, [1, 4, 4]),
        ([2, 3, 100], 50, [2, 3, 45]),
        ([5, 5, 5], 2, [1, 1, 1]),  # at least one each
        ([4, 6], 100, [4, 6]),
        ([], 5, []),
    ],
)
def test_shares_are_as_even_as_sizes_allow(sizes, total, shares):
    assert even_shares(np.array(sizes, int), total).tolist() == shares


@pytest.fixture
def labels() -> np.ndarray:
    """Two classes: one of a large and a small region, one of a single region."""
    labels = np.zeros((40, 40), np.uint8)
    labels[:20, :20] = 1
    labels[30:32, 30:35] = 1
    labels[:20, 25:] = 2
    return labels


def test_classes_and_regions_get_even_shares(labels):
    ((rows, columns),) = draw_training_pixels([labels], 40, np.random.default_rng(0))
    assert np.bincount(labels[rows, columns]).tolist() == [0, 20, 20]
    assert np.count_nonzero((labels[rows, columns] == 1) & (rows >= 30)) == 10
    assert len(set(zip(rows.tolist(), columns.tolist(), strict=True))) == 40


def test_without_a_limit_all_labelled_pixels_are_taken(labels):
    ((rows, columns),) = draw_training_pixels([labels], None, np.random.default_rng(0))
    np.testing.assert_array_equal([rows, columns], np.nonzero(labels))


def test_pixels_of_each_photograph_are_its_own(labels):
    none = np.zeros((5, 5), np.uint8)
    drawn = draw_training_pixels([none, labels, labels.T], 60, np.random.default_rng(0))
    assert len(drawn[0][0]) == 0
    assert all(
        (array[rows, columns] > 0).all()
        for array, (rows, columns) in zip([labels, labels.T], drawn[1:], strict=True)
    )
    assert sum(len(rows) for rows, _ in drawn) == 60


def test_another_stroke_leaves_most_of_the_other_pixels_drawn(labels):
    more = labels.copy()
    more[35:38, 2:10] = 1

    def places(array):
        ((rows, columns),) = draw_training_pixels([array], 40, np.random.default_rng(0))
        return {
            (row, column) for row, column in zip(rows.tolist(), columns.tolist(), strict=True) if row < 35
        }

    assert places(more) <= places(labels)
    assert len(places(more)) >= 30


def test_the_pixels_of_a_region_are_those_of_least_rank_even_if_these_are_rare(labels, monkeypatch):
    """Few pixels are sorted, those of a low rank; a region with too few of them is sorted as a whole."""

    def by_row(_photograph, rows, columns, _salt):
        late = np.where(rows < 30, np.uint64(2**63), np.uint64(0))  # none low in the larger regions
        return late + (1000 * rows + columns).astype(np.uint64)

    monkeypatch.setattr("corewidgets.learning.training_pixels.ranks", by_row)
    ((rows, columns),) = draw_training_pixels([labels], 12, np.random.default_rng(0))
    assert list(zip(rows.tolist(), columns.tolist(), strict=True)) == [
        *((0, column) for column in (0, 1, 2, 25, 26, 27, 28, 29, 30)), (30, 30), (30, 31), (30, 32),
    ]  # fmt: skip


def test_the_summary_counts_what_was_learned_from(labels):
    ((rows, columns),) = draw_training_pixels([labels], 40, np.random.default_rng(0))
    assert summarize_training([labels, labels], labels[rows, columns]) == {
        "n_sections": 2,
        "n_labelled_pixels": 2 * 710,
        "n_training_pixels": 40,
        "n_regions": 6,
        "classes": {
            1: {"n_labelled_pixels": 820, "n_training_pixels": 20},
            2: {"n_labelled_pixels": 600, "n_training_pixels": 20},
        },
    }
