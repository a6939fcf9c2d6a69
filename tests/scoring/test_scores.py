from __future__ import annotations

import json

import numpy as np
import pytest

from corewidgets.scoring.folds import LabeledPixels
from corewidgets.scoring.scores import Predictions, Score, pooled_score

CLASSES = {1: "Melt", 2: "Matrix", 5: "Chert"}


@pytest.fixture
def score() -> Score:
    """Two folds: four pixels of Melt, of which one is taken for Matrix, and two of Matrix."""
    truth = np.array([1, 1, 1, 1, 2, 2])
    regions = np.array([0, 0, 3, 3, 1, 1])
    zero = np.zeros(6, np.int64)
    pixels = LabeledPixels(zero, zero, zero, truth, regions)
    said = Predictions(np.array([1, 1, 1, 2, 2, 2]), {0: 50, 1: 60, 2: 70})
    return pooled_score("regions", pixels, np.array([0, 0, 1, 1, 0, 1]), said, CLASSES)


def test_precision_recall_and_f1_by_hand(score):
    melt, matrix = score.per_class
    assert (melt.code, melt.name, melt.n_regions, melt.n_pixels) == (1, "Melt", 2, 4)
    assert (melt.precision, melt.recall) == (1.0, 0.75)
    assert melt.f1 == pytest.approx(6 / 7)
    assert (matrix.precision, matrix.recall) == (pytest.approx(2 / 3), 1.0)
    assert matrix.f1 == pytest.approx(0.8)
    assert score.macro_f1 == pytest.approx((6 / 7 + 0.8) / 2)
    assert score.weighted_f1 == pytest.approx((4 * 6 / 7 + 2 * 0.8) / 6)


def test_what_was_scored_and_what_was_not(score):
    assert score.confusion.tolist() == [[3, 1, 0], [0, 2, 0], [0, 0, 0]]
    assert score.unscored == ("Chert",)
    assert (score.n_pixels, score.n_regions, score.title) == (6, 3, "whole regions")


def test_each_fold_alone_but_for_those_that_hold_nothing(score):
    first, second = score.folds
    assert (first.n_training_pixels, first.n_pixels, first.weighted_f1, first.macro_f1) == (50, 3, 1.0, 1.0)
    assert (second.n_training_pixels, second.n_pixels) == (60, 3)
    assert second.macro_f1 == pytest.approx(2 / 3)


def test_a_score_goes_through_json_and_back(score):
    values = json.loads(json.dumps(score.to_dict()))
    again = Score.from_dict(values)
    assert again.to_dict() == score.to_dict()
    assert (again.per_class, again.folds, again.unscored) == (score.per_class, score.folds, score.unscored)
    with pytest.raises(KeyError, match="There is no protocol 'bands'"):
        Score.from_dict({**values, "protocol": "bands"})
