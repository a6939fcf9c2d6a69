"""Both walks through a forest give what scikit-learn gives."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from corewidgets.learning.forest import Forest, _round_down
from corewidgets.learning.predictor import predictor


def task(
    n: int = 900, n_features: int = 20, n_classes: int = 5, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Features with ties, zeros and both signs, and noisy classes that depend on them."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, n_features)).round(1).astype(np.float32) * (rng.random((n, n_features)) > 0.2)
    y = (np.digitize(X[:, 0] + X[:, 1] ** 2 + rng.normal(scale=0.3, size=n), [-1, 0, 1, 2]) * 2 + 3) % 11
    return X.astype(np.float32), y[:n] % n_classes


FORESTS = [
    RandomForestClassifier(20, random_state=0),
    RandomForestClassifier(7, min_samples_leaf=9, class_weight="balanced", random_state=0),
    ExtraTreesClassifier(20, max_depth=6, bootstrap=True, random_state=0),
    DecisionTreeClassifier(random_state=0),
    DecisionTreeClassifier(max_depth=1, random_state=0),
]


@pytest.mark.parametrize("classifier", FORESTS, ids=str)
def test_both_walks_equal_scikit_learn(classifier: object) -> None:
    X, y = task()
    classifier.fit(X, y)
    new = np.concatenate([X, task(n=333, seed=1)[0]])
    forest, expected = Forest.of(classifier), classifier.predict_proba(new)
    np.testing.assert_allclose(forest.predict_proba(new), expected, atol=1e-12)
    np.testing.assert_allclose(forest.predict_proba_on_device(jnp.asarray(new)), expected, atol=1e-6)


@given(n=st.integers(0, 40), seed=st.integers(0, 1000))
def test_any_number_of_pixels(n: int, seed: int) -> None:
    X, y = task(n=200, seed=seed)
    classifier = RandomForestClassifier(3, random_state=seed).fit(X, y)
    mine = Forest.of(classifier).predict_proba(X[:n])
    assert mine.shape == (n, len(classifier.classes_))
    if n:
        np.testing.assert_allclose(mine, classifier.predict_proba(X[:n]), atol=1e-12)


@given(st.lists(st.floats(-(2.0**100), 2.0**100), min_size=1), st.floats(-(2.0**100), 2.0**100, width=32))
def test_a_threshold_rounded_down_decides_as_before(thresholds: list[float], x: float) -> None:
    exact = np.array(thresholds)
    np.testing.assert_array_equal(np.float32(x) <= _round_down(exact), np.float64(x) <= exact)


def test_a_forest_of_one_leaf_a_tree() -> None:
    X = np.zeros((10, 3), np.float32)
    classifier = RandomForestClassifier(4, random_state=0).fit(X, np.arange(10) % 2)
    forest = Forest.of(classifier)
    np.testing.assert_allclose(forest.predict_proba(X), classifier.predict_proba(X))
    np.testing.assert_allclose(
        forest.predict_proba_on_device(jnp.asarray(X)), classifier.predict_proba(X), atol=1e-6
    )


@pytest.mark.parametrize(
    "classifier", [LogisticRegression(), HistGradientBoostingClassifier(max_iter=3)], ids=str
)
def test_other_classifiers_use_their_own_predict_proba(classifier: object) -> None:
    X, y = task(n=300)
    classifier.fit(X, y)
    assert Forest.of(classifier) is None
    np.testing.assert_array_equal(predictor(classifier)(jnp.asarray(X)), classifier.predict_proba(X))


def test_forests_too_large_for_the_arrays_use_their_own_predict_proba() -> None:
    X, y = np.zeros((6, 8193), np.float32), np.arange(6) % 2
    assert Forest.of(RandomForestClassifier(2).fit(X, y)) is None
    assert Forest.of(RandomForestClassifier(2).fit(X[:, :8192], y)) is not None


def test_a_subclass_that_may_predict_otherwise_is_left_alone() -> None:
    class Mine(RandomForestClassifier):
        """A forest of the user's own."""

    assert Forest.of(Mine(3).fit(*task(n=50))) is None


@pytest.fixture(scope="module")
def fitted() -> RandomForestClassifier:
    return RandomForestClassifier(5, random_state=0).fit(*task())


def test_features_of_another_number_are_refused(fitted: RandomForestClassifier) -> None:
    forest = Forest.of(fitted)
    features = np.zeros((4, 20), np.float32)
    for wrong in (features[:, :-1], np.hstack([features, features]), features[0]):
        for predict in (forest.predict_proba, forest.predict_proba_on_device):
            with pytest.raises(ValueError, match=r"trained on 20 features, but these have shape"):
                predict(wrong)


def test_without_numba_scikit_learn_predicts_and_says_what_is_lost(
    fitted: RandomForestClassifier, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    features = task(n=50, seed=1)[0]
    quick = predictor(fitted)(features)
    monkeypatch.setattr("corewidgets.learning.predictor.can_walk", lambda: False)
    monkeypatch.setattr("jax.default_backend", lambda: "cpu")  # an accelerator walks the trees without Numba
    assert predictor(fitted)(features) == pytest.approx(quick, abs=1e-7)
    assert "pip install 'corewidgets[fast]'" in caplog.text
