"""Whether the trees of a restored classifier can be walked; scikit-learn follows them without looking."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    RandomTreesEmbedding,
)
from sklearn.tree import BaseDecisionTree
from sklearn.tree._tree import Tree

__all__ = ["check_trees"]

_LEAF = -1
_VOTING = (ExtraTreesClassifier, RandomForestClassifier)
_FORESTS = (*_VOTING, ExtraTreesRegressor, RandomForestRegressor, RandomTreesEmbedding)
_BOOSTED = (GradientBoostingClassifier, GradientBoostingRegressor)


def check_trees(root: Any) -> None:
    """Raise unless each tree that an object holds, however deep, can be walked from its root to a leaf.

    Parameters
    ----------
    root : object
        Such as a classifier, or a list of several.

    Raises
    ------
    ValueError
        A tree has a cycle, leads out of its arrays, asks for features that there are not, or has values that
        are no probabilities; an ensemble has members that are no trees, or do not fit it.
    """
    for value in _objects(root):
        if isinstance(value, BaseDecisionTree) and "tree_" in vars(value):
            _check_tree(value)
        elif isinstance(value, (*_FORESTS, *_BOOSTED)) and "estimators_" in vars(value):
            _check_members(value)


def _objects(root: Any) -> Iterator[Any]:
    """Yield every object that one holds, however deep."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        yield value
        if isinstance(value, Mapping):
            waiting.extend(value.values())
        elif isinstance(value, list | tuple | set):
            waiting.extend(value)
        elif isinstance(value, np.ndarray) and value.dtype == object:
            waiting.extend(value.ravel())
        elif hasattr(value, "__dict__") and not isinstance(value, type):
            waiting.extend(vars(value).values())


def _check_members(ensemble: Any) -> None:
    """Raise unless all members of an ensemble, which does not look at them again, are trees that fit it."""
    members = ensemble.estimators_
    if isinstance(ensemble, _BOOSTED):
        if members.shape[1:] != (ensemble.n_trees_per_iteration_,):
            raise ValueError("an ensemble has other trees than it says")
        members = members.ravel()
    for member in members:
        if not isinstance(member, BaseDecisionTree) or "tree_" not in vars(member):
            raise ValueError(f"an ensemble of trees has a member of type {type(member).__name__}")
        if member.n_features_in_ != ensemble.n_features_in_:
            raise ValueError("a tree takes other features than its ensemble")
        if isinstance(ensemble, _VOTING) and len(member.classes_) != len(ensemble.classes_):
            raise ValueError("a tree knows other classes than its forest")


def _check_tree(owner: Any) -> None:
    """Raise unless a decision tree can be walked from its root to a leaf, for any features."""
    tree = owner.tree_
    if type(tree) is not Tree:
        raise ValueError(f"a decision tree has its nodes in a {type(tree).__name__}")
    if tree.node_count < 1:
        raise ValueError("a tree has no nodes")
    if tree.n_features != owner.n_features_in_:
        raise ValueError(f"a tree for {tree.n_features} features takes {owner.n_features_in_}")
    _check_nodes(tree)
    if tree.max_depth != (depth := _depth(tree.children_left, tree.children_right)):
        raise ValueError(f"a tree of depth {depth} is said to have {tree.max_depth}")
    _check_values(owner, tree.value)


def _check_nodes(tree: Any) -> None:
    """Raise unless nodes form a tree, and ask for features that there are.

    Children lie behind their parent, as scikit-learn numbers nodes, and each node but the root is the child
    of one: so there is no cycle, and no way out of the arrays.
    """
    left, right = tree.children_left, tree.children_right
    inner = np.flatnonzero((left != _LEAF) | (right != _LEAF))
    children = np.concatenate([left[inner], right[inner]])
    if (children <= np.tile(inner, 2)).any() or (children >= tree.node_count).any():
        raise ValueError("a child of a tree's node lies outside of the tree, or before its parent")
    if not np.array_equal(np.sort(children), np.arange(1, tree.node_count)):
        raise ValueError("a tree's node has two parents or none")
    if (tree.feature[inner] < 0).any() or (tree.feature[inner] >= tree.n_features).any():
        raise ValueError(f"a tree asks for a feature that is not among its {tree.n_features}")
    if not np.isfinite(tree.threshold[inner]).all():
        raise ValueError("a tree has a threshold that is not finite")


def _depth(left: np.ndarray, right: np.ndarray) -> int:
    """Return the number of decisions on the longest way through a tree whose children have been checked."""
    depth, level = 0, np.zeros(1, np.intp)
    while (level := level[left[level] != _LEAF]).size:
        level = np.concatenate([left[level], right[level]])
        depth += 1
    return depth


def _check_values(owner: Any, value: np.ndarray) -> None:
    """Raise unless a tree's values ``(n_nodes, 1, n_values)`` are finite, and probabilities for classes."""
    n_values = len(owner.classes_) if isinstance(owner, ClassifierMixin) else 1
    if value.shape[1:] != (1, n_values):
        raise ValueError(f"a tree has values of shape {value.shape[1:]}, not (1, {n_values})")
    if not np.isfinite(value).all():
        raise ValueError("a tree has a value that is not finite")
    if not isinstance(owner, ClassifierMixin):
        return
    if (value < 0).any() or not np.allclose(value.sum(axis=-1), 1.0, rtol=0, atol=1e-6):
        raise ValueError("a tree has values that are not probabilities")
