"""How much averages count in a discriminant: what regions held out choose, and what is fitted then."""

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from corewidgets.learning.averaging import Kinds, choose_averaging, fit_averaged, sums_of
from corewidgets.learning.linear import Linear

AVERAGED = np.arange(12) >= 4
KINDS = Kinds(AVERAGED, np.zeros(12, bool))


def new():
    return make_pipeline(StandardScaler(), LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1))


def pixels(tells, n_regions=8, n=40, seed=0):
    """Return features, codes and regions; the columns of `tells` tell classes, others regions only."""
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(n_regions), n)
    codes = groups % 2 + 1
    others = np.setdiff1d(np.arange(12), tells)
    features = rng.normal(size=(n_regions * n, 12))
    features[:, others] = rng.normal(size=(n_regions, 12))[groups][:, others] + 0.02 * features[:, others]
    features[:, tells] += 2.0 * codes[:, None]
    return features.astype(np.float32), codes, groups


@pytest.mark.parametrize(("tells", "share"), [([0, 1, 2, 3], 0.0), (list(range(4, 12)), 1.0)])
def test_regions_held_out_choose_what_tells_classes_and_not_regions(tells, share):
    features, codes, groups = pixels(tells, seed=2)
    chosen = choose_averaging([features], codes, groups, KINDS)
    assert chosen.share == share
    assert chosen.scores[share] == max(chosen.scores.values())
    assert chosen.held_out.n_regions == 8
    assert (chosen.held_out.probabilities.argmax(axis=1) == chosen.held_out.truth).mean() > 0.8


WITH_COLOR = Kinds(AVERAGED, np.arange(12) < 2)


def test_regions_held_out_choose_color_where_the_rest_tells_regions():
    features, codes, groups = pixels([0, 1], seed=2)
    chosen = choose_averaging([features], codes, groups, WITH_COLOR)
    assert chosen.share == "color"
    assert chosen.scores["color"] > max(chosen.scores[share] for share in (0.5, 1.0, 0.0, "mean"))


def test_without_enough_regions_color_counts_a_third():
    features, codes, groups = pixels([0, 1], n_regions=6)
    chosen = choose_averaging([features], codes, groups, WITH_COLOR)
    assert (chosen.share, chosen.scores) == ("mean", {})
    assert choose_averaging([features], codes, groups, WITH_COLOR, (1.0,)).share == 1.0
    assert WITH_COLOR._replace(color=np.ones(12, bool)).shares == KINDS.shares == (0.5, 1.0, 0.0)


def test_with_many_regions_the_mean_of_three_is_no_choice():
    chosen = [
        choose_averaging([features], codes, groups, WITH_COLOR, ("mean", 1.0))
        for features, codes, groups in (pixels([0, 1], n_regions=n_regions, seed=1) for n_regions in (30, 60))
    ]
    assert all(each.scores["mean"] > each.scores[1.0] + 0.01 for each in chosen)
    assert [each.share for each in chosen] == ["mean", 1.0]


@pytest.mark.parametrize("n_classes", [2, 3])
def test_color_alone_is_the_discriminant_of_the_color(n_classes):
    features, _, groups = pixels([0, 1])
    codes = groups % n_classes + 1
    fitted = fit_averaged(sums_of([features], codes), WITH_COLOR, "color")
    own = new().fit(features[:, :2], codes)
    np.testing.assert_allclose(fitted.predict_proba(features), own.predict_proba(features[:, :2]), atol=1e-6)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_mean_is_of_three_scores_brought_to_one_spread(n_classes):
    features, _, groups = pixels([0, 1, 2, 3])
    codes = groups % n_classes + 1
    exact = features.astype(np.float64)
    scores = [new().fit(part, codes).decision_function(part) for part in (exact, exact[:, :4], exact[:, :2])]
    center = (lambda x: x - x.mean(axis=1, keepdims=True)) if n_classes > 2 else (lambda x: x)
    spreads = [center(part).std() for part in scores]
    expected = sum(part / spread for part, spread in zip(scores, spreads, strict=True)) * sum(spreads) / 9
    found = fit_averaged(sums_of([features], codes), WITH_COLOR, "mean").decision_function(features)
    np.testing.assert_allclose(center(found), center(expected), atol=1e-6)


def test_without_enough_regions_they_count_half():
    features, codes, groups = pixels([0, 1, 2, 3], n_regions=6)
    chosen = choose_averaging([features], codes, groups, KINDS)
    assert (chosen.share, chosen.scores) == (0.5, {})
    assert chosen.held_out.n_regions == 6
    assert len(chosen.sums.sizes) == len(np.unique(codes))  # not of each fold: they are megabytes
    features, codes, groups = pixels([0, 1, 2, 3], n_regions=2)
    chosen = choose_averaging([features], codes, groups, KINDS)
    assert chosen[:3] == (0.5, None, {})
    assert sum(chosen.sums.sizes.values()) == len(codes)


@pytest.mark.parametrize(("n_regions", "share"), [(58, 0.5), (60, 1.0)])
def test_where_shares_are_level_the_number_of_regions_decides(n_regions, share):
    features, codes, groups = pixels(list(range(12)), n_regions=n_regions)  # all tell the classes
    chosen = choose_averaging([features + 4 * codes[:, None]], codes, groups, KINDS)
    assert chosen.scores == {0.5: 1.0, 1.0: 1.0, 0.0: 1.0}
    assert chosen.share == share


def test_a_share_that_is_given_is_judged_alone():
    features, codes, groups = pixels([0, 1, 2, 3])
    chosen = choose_averaging([features], codes, groups, KINDS, (1.0,))
    assert chosen.share == 1
    assert list(chosen.scores) == [1.0]


@pytest.mark.parametrize("n_classes", [2, 3])
def test_what_regions_held_out_say_is_what_a_discriminant_of_the_others_says(n_classes):
    features, _, groups = pixels([0, 1, 2, 3])
    codes = groups % n_classes + 1
    held_out = choose_averaging([features], codes, groups, KINDS, (1.0,)).held_out
    out = (
        groups < n_classes
    )  # of each class the first region; the largest are dealt first, and all are as large
    plain = new().fit(
        features[~np.isin(groups, first_fold(groups, codes))],
        codes[~np.isin(groups, first_fold(groups, codes))],
    )
    expected = plain.predict_proba(features[out])
    np.testing.assert_allclose(held_out.probabilities[out], expected, atol=1e-5)


def first_fold(groups, codes):
    """Return the regions that are held out with the first of each class: every third of its class."""
    return [group for code in np.unique(codes) for group in np.unique(groups[codes == code])[::3]]


def test_all_count_fully_is_the_plain_discriminant():
    features, codes, _ = pixels([0, 1, 2, 3])
    plain = new().fit(features.astype(np.float64), codes).predict_proba(features)
    sums = sums_of([features[::2], features[1::2]], codes[::2])
    assert np.array_equal(codes[::2], codes[1::2])
    for averaged, share in ((AVERAGED, 1.0), (np.zeros(12, bool), 0.0)):
        found = fit_averaged(sums, KINDS._replace(averaged=averaged), share).predict_proba(features)
        np.testing.assert_allclose(found, plain, atol=1e-6)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_not_at_all_is_the_discriminant_of_the_others(n_classes):
    features, _, groups = pixels([0, 1, 2, 3])
    codes = groups % n_classes + 1
    fitted = fit_averaged(sums_of([features], codes), KINDS, 0.0)
    own = new().fit(features[:, :4], codes)
    np.testing.assert_allclose(fitted.predict_proba(features), own.predict_proba(features[:, :4]), atol=1e-6)
    np.testing.assert_allclose(Linear.of(fitted)(features), own.predict_proba(features[:, :4]), atol=1e-4)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_half_is_the_mean_of_both_scores_brought_to_one_spread(n_classes):
    features, _, groups = pixels([0, 1, 2, 3])
    codes = groups % n_classes + 1
    exact = features.astype(np.float64)
    whole, own = (
        part.decision_function(values)
        for part, values in (
            (new().fit(exact, codes), exact),
            (new().fit(exact[:, :4], codes), exact[:, :4]),
        )
    )
    center = (lambda x: x - x.mean(axis=1, keepdims=True)) if n_classes > 2 else (lambda x: x)
    spreads = [center(part).std() for part in (whole, own)]
    expected = (
        sum(part / spread for part, spread in zip((whole, own), spreads, strict=True)) * sum(spreads) / 4
    )
    found = fit_averaged(sums_of([features], codes), KINDS, 0.5).decision_function(features)
    np.testing.assert_allclose(center(found), center(expected), atol=1e-6)
