"""Trees that cannot be walked are refused, wherever they are."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier, GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from corewidgets.learning.tree_checks import check_trees

RNG = np.random.default_rng(0)
FEATURES = RNG.normal(size=(90, 4)).astype(np.float32)
CODES = np.repeat([1, 2, 3], 30)


@pytest.mark.parametrize(
    "classifier",
    [
        DecisionTreeClassifier(random_state=0),
        RandomForestClassifier(3, random_state=0),
        ExtraTreesClassifier(3, random_state=0),
        GradientBoostingClassifier(n_estimators=2, random_state=0),
        LogisticRegression(),
    ],
)
def test_what_scikit_learn_fits_passes(classifier):
    check_trees([classifier.fit(FEATURES, CODES), None])


@pytest.fixture
def tree():
    return DecisionTreeClassifier(random_state=0).fit(FEATURES, CODES)


def changed(tree, name, index, value):
    """Return a tree with one value of its nodes another."""
    state = tree.tree_.__getstate__()
    if name == "max_depth":
        state["max_depth"] = value
    elif name == "values":
        state["values"] = state["values"].copy()
        state["values"][index] = value
    else:
        state["nodes"] = state["nodes"].copy()
        state["nodes"][name][index] = value
    tree.tree_.__setstate__(state)
    return tree


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("left_child", 0, "outside of the tree, or before its parent"),
        ("right_child", 10_000, "outside of the tree, or before its parent"),
        ("right_child", 1, "has two parents or none"),
        ("feature", 4, "asks for a feature that is not among its 4"),
        ("feature", -3, "asks for a feature that is not among its 4"),
        ("threshold", np.nan, "a threshold that is not finite"),
        ("values", np.inf, "a value that is not finite"),
        ("values", 2.0, "values that are not probabilities"),
        ("max_depth", 1, "is said to have 1"),
    ],
)
@pytest.mark.parametrize("place", ["alone", "list", "forest"])
def test_nodes_that_lead_nowhere_are_refused(tree, name, value, text, place):
    holders = {"alone": tree, "list": {"deep": [(tree,)]}}
    if place == "forest":
        forest = RandomForestClassifier(2, bootstrap=False, random_state=0).fit(FEATURES, CODES)
        changed(forest.estimators_[1], name, 0, value)
    else:
        changed(tree, name, 0, value)
    with pytest.raises(ValueError, match=text):
        check_trees(forest if place == "forest" else holders[place])


def test_members_that_do_not_fit_their_forest_are_refused(tree):
    forest = RandomForestClassifier(2, random_state=0).fit(FEATURES, CODES)
    forest.estimators_[0] = LogisticRegression().fit(FEATURES, CODES)
    with pytest.raises(ValueError, match="a member of type LogisticRegression"):
        check_trees(forest)
    forest.estimators_[0] = DecisionTreeClassifier().fit(FEATURES[:, :3], CODES)
    with pytest.raises(ValueError, match="takes other features than its ensemble"):
        check_trees(forest)
    forest.estimators_[0] = DecisionTreeClassifier().fit(FEATURES[:60], CODES[:60])
    with pytest.raises(ValueError, match="knows other classes than its forest"):
        check_trees(forest)
