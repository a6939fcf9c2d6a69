"""Folds as scikit-learn takes them, the same pixels as those of `evaluate`."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, check_cv, cross_val_predict, cross_val_score
from sklearn.tree import DecisionTreeClassifier

import corewidgets as cw
from corewidgets.scoring.folds import LabeledPixels, depth_folds, random_split, region_folds
from corewidgets.scoring.protocols import PROTOCOLS, FoldSettings

from .test_folds import LABELS

OTHER = np.roll(LABELS, 9, axis=1)
BOTH = [LABELS, OTHER]


def dealt_by(protocol, labels):
    """Return the folds that `evaluate` scores by."""
    pixels = LabeledPixels.of(labels)
    depths = pixels.rows + np.cumsum([0, *map(len, labels)])[pixels.sections]
    return PROTOCOLS[protocol].deal(pixels, FoldSettings(0.2, 3, 7, depths, pixels.sections))


SPLITTERS = {
    "regions": lambda labels: cw.RegionFolds(labels, n_splits=3, random_state=7),
    "depth": lambda labels: cw.DepthFolds(labels, n_blocks=3),
    "sections": lambda labels: cw.PhotographFolds(labels, n_splits=3),
    "random": lambda labels: cw.RandomShare(labels, share=0.2, random_state=7),
}


def test_there_is_a_splitter_for_each_protocol():
    assert set(SPLITTERS) == set(PROTOCOLS)


@pytest.mark.parametrize("protocol", SPLITTERS)
def test_a_splitter_deals_as_the_protocol_of_an_evaluation_does(protocol):
    expected = dealt_by(protocol, BOTH)
    splitter = SPLITTERS[protocol](BOTH)
    np.testing.assert_array_equal(splitter.folds, expected)
    pairs = list(splitter.split(np.zeros((len(expected), 2))))
    assert len(pairs) == splitter.get_n_splits() == expected.max() + 1 > 0
    for fold, (train, test) in enumerate(pairs):
        np.testing.assert_array_equal(test, np.flatnonzero(expected == fold))
        np.testing.assert_array_equal(train, np.flatnonzero(expected != fold))


def test_on_one_section_they_are_the_arrays_of_folds():
    labelled = LABELS > 0
    np.testing.assert_array_equal(cw.RegionFolds(LABELS).folds, region_folds(LABELS)[labelled])
    np.testing.assert_array_equal(cw.DepthFolds(LABELS, 4).folds, depth_folds(LABELS, 4)[labelled])
    held_out = cw.RandomShare(LABELS, 0.3, 5).folds == 0
    np.testing.assert_array_equal(held_out, random_split(LABELS, 0.3, 5)[labelled])


@pytest.mark.parametrize("protocol", SPLITTERS)
def test_scikit_learn_takes_them(protocol):
    codes = np.concatenate([labels[labels > 0] for labels in BOTH])
    features = np.random.default_rng(0).normal(codes[:, None], 0.05, (codes.size, 2))
    splitter = SPLITTERS[protocol](BOTH)
    assert check_cv(splitter, codes, classifier=True) is splitter
    scores = cross_val_score(DecisionTreeClassifier(random_state=0), features, codes, cv=splitter)
    assert scores.shape == (splitter.get_n_splits(),)
    assert (scores == 1).all()
    search = GridSearchCV(LogisticRegression(), {"C": [1e-9, 1.0]}, cv=splitter).fit(features, codes)
    assert search.best_params_ == {"C": 1.0}


def test_the_score_of_scikit_learn_is_that_of_an_evaluation(sample):
    """The features of a pixel of the sample, its color, with a classifier that both may fit."""
    tree = DecisionTreeClassifier(max_depth=3, random_state=0)
    recipe = cw.Hypercolumns((), lab=True)
    model = cw.PixelClassifier(recipe, tree, max_training_pixels=None, regularizer=None)
    evaluation = cw.evaluate(
        model, sample.section, sample.labels, protocols=("regions",), max_scored_pixels=None
    )
    rows, columns = np.nonzero(sample.labels)
    features = recipe.at(sample.section.image, rows, columns)
    codes, splitter = sample.labels[rows, columns], cw.RegionFolds(sample.labels)
    scores = cross_val_score(tree, features, codes, cv=splitter, scoring="f1_weighted")
    expected = [fold.weighted_f1 for fold in evaluation["regions"].folds]
    np.testing.assert_allclose(scores, expected)


def test_another_number_of_rows_is_no_table_of_the_labelled_pixels():
    splitter = cw.RegionFolds(LABELS)
    with pytest.raises(
        ValueError, match=r"There are 3 rows, but 128 labelled pixels were dealt to folds; gi"
    ):
        cross_val_predict(DecisionTreeClassifier(), np.zeros((3, 1)), [1, 2, 1], cv=splitter)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: cw.RegionFolds(LABELS, 1), "n_splits must be 2 or more"),
        (lambda: cw.DepthFolds(LABELS, 1), "n_blocks must be 2 or more"),
        (lambda: cw.PhotographFolds(BOTH, 1), "n_splits must be 2 or more"),
        (lambda: cw.RandomShare(LABELS, 1.0), "share is the part of the pixels to hold out"),
    ],
)
def test_too_few_folds(make, text):
    with pytest.raises(ValueError, match=text):
        make()


def test_a_splitter_says_what_it_deals():
    assert repr(cw.RegionFolds(LABELS)) == "RegionFolds(of 128 labelled pixels, 5 folds)"
    assert repr(cw.RegionFolds(LABELS.tolist())) == repr(cw.RegionFolds(LABELS))
