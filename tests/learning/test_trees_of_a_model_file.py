"""A model file whose trees were changed is refused when it is loaded."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import ExtraTreesClassifier, GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.tree._tree import Tree

from corewidgets.features.hypercolumns import Hypercolumns
from corewidgets.learning.classifier import PixelClassifier
from corewidgets.learning.model_file import load_model, save_model

from .quick_model import fitted, small_image, small_labels


@pytest.fixture(scope="module")
def image():
    return small_image()


@pytest.fixture(scope="module")
def labels():
    return small_labels()


@pytest.fixture(scope="module")
def model(image, labels):
    return fitted(image, labels)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.skops"


def with_changed_tree(model, change, arguments=()):
    """Return the model with the nodes of a tree changed; it must not be asked to predict."""
    changed = PixelClassifier(**model.get_params(deep=False))
    vars(changed).update(vars(model))
    changed.classifier_ = clone(model.classifier_)
    vars(changed.classifier_).update(vars(model.classifier_))
    members = list(model.classifier_.estimators_)
    member = clone(members[2])
    vars(member).update(vars(members[2]))
    constructor, given, state = members[2].tree_.__reduce__()
    state = {name: np.array(part) if name in ("nodes", "values") else part for name, part in state.items()}
    change(state)
    member.tree_ = constructor(*(arguments or given))
    member.tree_.__setstate__(state)
    members[2] = member
    changed.classifier_.estimators_ = members
    return changed


def set_node(field, number, value):
    return lambda state: state["nodes"][field].__setitem__(number, value)


def first_inner(state):
    return np.flatnonzero(state["nodes"]["left_child"] != -1)[0]


def loop(state):
    state["nodes"]["left_child"][first_inner(state)] = 0


def share_child(state):
    root = first_inner(state)
    state["nodes"]["left_child"][root] = state["nodes"]["right_child"][root]


def half_leaf(state):
    state["nodes"]["right_child"][first_inner(state)] = -1


def no_nodes(state):
    state.update(node_count=0)


def some_values(value):
    return lambda state: state["values"].fill(value)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (set_node("left_child", 0, 10**9), "a child of a tree's node lies outside of the tree"),
        (set_node("left_child", 0, -7), "a child of a tree's node lies outside of the tree"),
        (loop, "or before its parent"),
        (half_leaf, "a child of a tree's node lies outside of the tree, or before its parent"),
        (share_child, "a tree's node has two parents or none"),
        (set_node("feature", 0, 64), "asks for a feature that is not among its 64"),
        (set_node("feature", 0, -2), "asks for a feature that is not among its 64"),
        (set_node("threshold", 0, np.nan), "a threshold that is not finite"),
        (set_node("threshold", 0, np.inf), "a threshold that is not finite"),
        (some_values(np.nan), "a value that is not finite"),
        (some_values(0.5), "values that are not probabilities"),
        (some_values(-1.0), "values that are not probabilities"),
        (no_nodes, "a tree has no nodes"),
        (lambda state: state.update(max_depth=1), "is said to have 1"),
        (lambda state: state.update(node_count=1), "lies outside of the tree"),
    ],
)
def test_a_tree_that_would_lead_astray_is_refused(path, model, change, text):
    save_model(path, with_changed_tree(model, change))
    with pytest.raises(ValueError, match=text):
        load_model(path)


def test_a_tree_that_was_not_changed_is_accepted(path, image, model):
    save_model(path, with_changed_tree(model, lambda state: None))
    np.testing.assert_array_equal(load_model(path).predict(image), model.predict(image))


def test_a_tree_for_more_features_is_refused(path, model):
    n_classes = np.array([3], np.intp)
    save_model(path, with_changed_tree(model, lambda state: None, (1000, n_classes, 1)))
    with pytest.raises(ValueError, match="a tree for 1000 features takes 64"):
        load_model(path)


def test_a_forest_for_more_features_is_refused(path, image, labels, model):
    wide = fitted(image, labels, hypercolumns=Hypercolumns(("conv2_1",)))
    mixed = with_changed_tree(model, lambda state: None)
    mixed.classifier_.estimators_[2] = wide.classifier_.estimators_[2]
    save_model(path, mixed)
    with pytest.raises(ValueError, match="a tree takes other features than its ensemble"):
        load_model(path)
    mixed.classifier_ = wide.classifier_
    save_model(path, mixed)
    with pytest.raises(ValueError, match="the classifier takes 128 features, but there are 64"):
        load_model(path)


def test_a_forest_of_other_classes_is_refused(path, image, labels, model):
    few = fitted(image, np.where(labels == 3, 0, labels))
    mixed = with_changed_tree(model, lambda state: None)
    mixed.classifier_.estimators_[1] = few.classifier_.estimators_[1]
    save_model(path, mixed)
    with pytest.raises(ValueError, match="a tree knows other classes than its forest"):
        load_model(path)
    mixed.classifier_ = few.classifier_
    save_model(path, mixed)
    with pytest.raises(ValueError, match="the classes of the classifier are not those of the model"):
        load_model(path)


@pytest.mark.parametrize("kind", [RandomForestClassifier, GradientBoostingClassifier])
def test_a_member_that_is_no_tree_is_refused(path, image, labels, kind):
    model = fitted(image, labels, kind(n_estimators=3))
    impostor = LogisticRegression()
    impostor.tree_ = LogisticRegression()
    impostor.n_features_in_ = 64
    if kind is RandomForestClassifier:
        model.classifier_.estimators_[1] = impostor
    else:
        model.classifier_.estimators_[1, 0] = impostor
    save_model(path, model)
    with pytest.raises(ValueError, match="an ensemble of trees has a member of type LogisticRegression"):
        load_model(path)


def test_nodes_that_are_no_tree_are_refused(path, image, labels):
    model = fitted(image, labels)
    model.classifier_.estimators_[1].tree_ = LogisticRegression()
    save_model(path, model)
    with pytest.raises(ValueError, match="a decision tree has its nodes in a LogisticRegression"):
        load_model(path)


def test_a_boosted_ensemble_with_too_many_trees_is_refused(path, image, labels):
    model = fitted(image, labels, GradientBoostingClassifier(n_estimators=2))
    model.classifier_.estimators_ = np.tile(model.classifier_.estimators_, (1, 50))
    save_model(path, model)
    with pytest.raises(ValueError, match="an ensemble has other trees than it says"):
        load_model(path)


def test_trees_deep_inside_a_classifier_are_checked(path, image, labels):
    model = fitted(image, labels, make_pipeline(StandardScaler(), ExtraTreesClassifier(3, random_state=0)))
    tree = model.classifier_.steps[1][1].estimators_[2].tree_
    state = tree.__getstate__()
    state["nodes"] = np.array(state["nodes"])
    state["nodes"]["feature"][0] = 9999
    tree.__setstate__(state)
    save_model(path, model)
    with pytest.raises(ValueError, match="asks for a feature that is not among its 64"):
        load_model(path)


def test_the_constructor_of_trees_is_what_it_was():
    """The checks above rely on this much of scikit-learn's private format."""
    tree = DecisionTreeClassifier().fit([[0.0], [1.0]], [0, 1]).tree_
    assert type(tree) is Tree
    assert {"left_child", "right_child", "feature", "threshold"} <= set(
        tree.__getstate__()["nodes"].dtype.names
    )
