"""Refits from sums: what a fresh fit of scikit-learn gives, after any strokes, undos and class changes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import corewidgets as cw
from corewidgets.learning.linear import Linear
from corewidgets.learning.running_sums import Discriminant, RunningSums

N_FEATURES = 30
MIXING = np.random.default_rng(9).normal(size=(N_FEATURES, N_FEATURES)) * 20


def pixels(rng: np.random.Generator, code: int, number: int) -> np.ndarray:
    middle = np.random.default_rng(code).normal(size=N_FEATURES) * 60 + 500
    return (rng.normal(size=(number, N_FEATURES)) @ MIXING + middle).astype(np.float32)


def fresh(X: np.ndarray, y: np.ndarray, shrinkage: float = 0.1) -> tuple[Any, np.ndarray, np.ndarray]:
    lda = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=shrinkage)
    model = make_pipeline(StandardScaler(), lda).fit(X.astype(np.float64), y)
    scaler, discriminant = model[0], model[1]
    weights = (discriminant.coef_ / scaler.scale_).T
    return model, weights, discriminant.intercept_ - scaler.mean_ @ weights


def assert_same(found: Discriminant, X: np.ndarray, y: np.ndarray, shrinkage: float = 0.1) -> None:
    model, weights, offset = fresh(X, y, shrinkage)
    np.testing.assert_array_equal(found.classes, model.classes_)
    if len(found.classes) == 2:
        weights, offset = weights[:, 0], offset[0]
        assert np.abs(np.diff(found.weights)[:, 0] - weights).max() <= 1e-6 * np.abs(weights).max()
        assert np.diff(found.offset)[0] == pytest.approx(offset, rel=1e-6)
        return
    assert np.abs(found.weights - weights).max() <= 1e-6 * np.abs(weights).max()
    np.testing.assert_allclose(found.offset, offset, rtol=1e-6)


def test_a_thousand_strokes_undos_and_class_changes_equal_a_fresh_fit() -> None:
    rng = np.random.default_rng(0)
    sums = RunningSums(N_FEATURES)
    held: dict[int, tuple[int, np.ndarray]] = {}
    counts = {"stroke": 0, "undo": 0, "class": 0}
    for stroke in range(1000):
        what = rng.choice(["stroke", "undo", "class"], p=[0.5, 0.3, 0.2]) if len(held) > 8 else "stroke"
        counts[what] += 1
        if what == "stroke":
            code = int(rng.integers(1, 6))
            held[stroke] = code, pixels(rng, code, int(rng.integers(1, 150)))
            sums.add(code, stroke, held[stroke][1])
            continue
        old = int(rng.choice(list(held)))
        code, features = held.pop(old)
        if what == "undo":
            sums.subtract(code, old, features)
        else:
            other = code % 5 + 1
            sums.relabel(code, old, other)
            held[old] = other, features
    assert min(counts.values()) > 100
    assert sums.sizes == {(code, name): len(features) for name, (code, features) in held.items()}
    y = np.concatenate([np.full(len(features), code) for code, features in held.values()])
    assert_same(sums.discriminant(), np.concatenate([features for _, features in held.values()]), y)


def test_a_region_that_lost_a_part_is_the_rest() -> None:
    rng = np.random.default_rng(1)
    one, two, three = (pixels(rng, code, 200) for code in (1, 2, 3))
    sums = RunningSums(N_FEATURES)
    for code, features in ((1, one), (2, two), (3, three)):
        sums.add(code, "all", features[:120])
        sums.add(code, "all", features[120:])
    sums.subtract(2, "all", two[50:90])
    kept = np.concatenate([two[:50], two[90:]])
    y = np.repeat([1, 2, 3], [200, 160, 200])
    assert_same(sums.discriminant(), np.concatenate([one, kept, three]), y)


@pytest.mark.parametrize("n_classes", [2, 4])
def test_weights_count_pixels_so_many_times(n_classes: int) -> None:
    rng = np.random.default_rng(2)
    sums = RunningSums(N_FEATURES)
    weights, X, y = {}, [], []
    for code in range(1, n_classes + 1):
        for region in "ab":
            features = pixels(rng, code, 60)
            sums.add(code, region, features)
            weights[code, region] = float(rng.integers(1, 4))
            X.append(np.repeat(features, int(weights[code, region]), axis=0))
            y.append(np.full(len(X[-1]), code))
    assert_same(sums.discriminant(weights), np.concatenate(X), np.concatenate(y))


@pytest.mark.parametrize("shrinkage", [0.0, 0.01, 0.5, 1.0])
def test_every_shrinkage_is_that_of_scikit_learn(shrinkage: float) -> None:
    rng = np.random.default_rng(3)
    parts = [pixels(rng, code, 300) for code in (1, 2, 3)]
    sums = RunningSums(N_FEATURES)
    for code, features in enumerate(parts, 1):
        sums.add(code, 0, features)
    found = sums.discriminant(shrinkage=shrinkage)
    assert_same(found, np.concatenate(parts), np.repeat([1, 2, 3], 300), shrinkage)


def test_features_that_never_change_do_no_harm() -> None:
    rng = np.random.default_rng(4)
    parts = [pixels(rng, code, 100) for code in (1, 2, 3)]
    for features in parts:
        features[:, 3], features[:, 7] = 0.0, 0.1
    sums = RunningSums(N_FEATURES)
    for code, features in enumerate(parts, 1):
        sums.add(code, 0, features)
    found = sums.discriminant()
    assert np.isfinite(found.weights).all()
    assert_same(found, np.concatenate(parts), np.repeat([1, 2, 3], 100))


def test_even_weights_are_the_shares_that_are_drawn() -> None:
    sums = RunningSums(1)
    for code, region, number in ((1, 0, 900), (1, 1, 10), (2, 2, 300)):
        sums.add(code, region, np.zeros((number, 1)))
    weights = sums.even_weights(400)
    drawn = {group: weights[group] * size for group, size in sums.sizes.items()}
    assert drawn == pytest.approx({(1, 0): 190, (1, 1): 10, (2, 2): 200})
    assert set(sums.even_weights(10_000).values()) == {1.0}


def test_it_is_the_model_that_fit_makes_of_all_labels() -> None:
    sample = cw.sample_core(n_rows=256, n_columns=128)
    recipe = cw.PRESETS["recommended-0.1"].patched(transposed=False, max_training_pixels=None)
    model = cw.PixelClassifier(preset=recipe).fit(sample.section, sample.labels)
    rows, columns = np.nonzero(sample.labels)
    features, codes = model.features_at(sample.section, rows, columns), sample.labels[rows, columns]
    sums = RunningSums(features.shape[1])
    for code in np.unique(codes):
        sums.add(int(code), 0, features[codes == code])
    found = sums.discriminant()
    np.testing.assert_array_equal(found.classes, model.classes_)
    expected = Linear.of(model.classifier_)
    assert expected is not None
    np.testing.assert_allclose(found.linear(features), expected(features), atol=1e-3)


def test_what_cannot_be_is_named() -> None:
    sums = RunningSums(2)
    with pytest.raises(ValueError, match="two classes, but has 0"):
        sums.discriminant()
    sums.add(1, "a", [[1.0, 2.0]])
    with pytest.raises(ValueError, match="two classes, but has 1"):
        sums.discriminant()
    with pytest.raises(ValueError, match="has 1 pixels, but 2"):
        sums.subtract(1, "a", [[1.0, 2.0], [1.0, 2.0]])
    with pytest.raises(ValueError, match="has 0 pixels, but 1"):
        sums.subtract(2, "a", [[1.0, 2.0]])
    with pytest.raises(ValueError, match=r"shape \(n, 2\)"):
        sums.add(1, "a", [[1.0, 2.0, 3.0]])
    with pytest.raises(ValueError, match="finite"):
        sums.add(1, "a", [[1.0, np.nan]])
    with pytest.raises(ValueError, match="1 to 255, but this one is 0"):
        sums.add(0, "a", [[1.0, 2.0]])
    with pytest.raises(ValueError, match="1 to 255, but this one is 256"):
        sums.relabel(1, "a", 256)
    with pytest.raises(ValueError, match="at least one feature"):
        RunningSums(0)
    sums.add(2, "b", [[1.0, 3.0]])
    with pytest.raises(ValueError, match="weight must be above 0"):
        sums.discriminant({(1, "a"): 0.0, (2, "b"): 1.0})
    with pytest.raises(ValueError, match="from 0 to 1"):
        sums.discriminant(shrinkage=2)
    assert sums.sizes == {(1, "a"): 1, (2, "b"): 1}


def test_regions_joined_give_the_same_discriminant_and_leave_the_others_as_they_were() -> None:
    rng, sums = np.random.default_rng(3), RunningSums(N_FEATURES)
    for code, region in ((1, "a"), (2, "b"), (1, "c")):
        sums.add(code, region, pixels(rng, code, 60))
    joined = sums.joined()
    assert joined.sizes == {(1, 0): 120, (2, 0): 60}
    before = sums.discriminant()
    np.testing.assert_allclose(joined.discriminant().weights, before.weights, rtol=1e-10)
    joined.add(1, 0, pixels(rng, 1, 5))
    np.testing.assert_array_equal(sums.discriminant().weights, before.weights)
