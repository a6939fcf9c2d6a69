"""Trees whose arrays would end the process while they are built are refused before."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pytest
import skops.io
from sklearn.ensemble import ExtraTreesClassifier, GradientBoostingClassifier
from sklearn.tree import DecisionTreeClassifier

from corewidgets.learning.tree_records import check_tree_records

RNG = np.random.default_rng(0)
FEATURES = RNG.normal(size=(90, 4)).astype(np.float32)
CODES = np.repeat([1, 2, 3], 30)
SCHEMA = "schema.json"


def kept(classifier):
    return skops.io.dumps(classifier.fit(FEATURES, CODES))


@pytest.mark.parametrize(
    "classifier",
    [
        DecisionTreeClassifier(random_state=0),
        ExtraTreesClassifier(3, random_state=0),
        GradientBoostingClassifier(n_estimators=2, random_state=0),
    ],
)
def test_what_is_saved_passes(classifier):
    check_tree_records(kept(classifier), SCHEMA)


def changed(change):
    """Return a file of one tree, after a change of its record and of the arrays by what they are."""
    content = kept(DecisionTreeClassifier(random_state=0))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    schema = json.loads(parts[SCHEMA])
    record = schema["content"]["content"]["tree_"]
    arguments, state = record["__reduce__"]["args"]["content"], record["content"]["content"]
    arrays = {"classes": arguments[1], "nodes": state["nodes"], "values": state["values"]}
    new = change(record, arguments, state) or {}
    for name, value in new.items():
        made = io.BytesIO()
        np.save(made, value(np.load(io.BytesIO(parts[arrays[name]["file"]]))))
        parts[arrays[name]["file"]] = made.getvalue()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, part in (parts | {SCHEMA: json.dumps(schema).encode()}).items():
            archive.writestr(name, part)
    return made.getvalue()


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda *_: {"nodes": lambda nodes: np.int64(5)}, r"nodes of shape \(\) and type int64"),
        (lambda *_: {"nodes": lambda nodes: nodes[:-1]}, "a tree has nodes of shape"),
        (lambda *_: {"nodes": lambda nodes: nodes["threshold"]}, "and type float64"),
        (lambda *_: {"nodes": lambda nodes: nodes[:, None]}, "a tree has nodes of shape"),
        (lambda *_: {"values": lambda values: values[:-1]}, "a tree has values of shape"),
        (lambda *_: {"values": lambda values: values[..., :2]}, "a tree has values of shape"),
        (lambda *_: {"values": lambda values: values.astype("f4")}, "and type float32"),
        (lambda *_: {"classes": lambda counts: counts[:0]}, "not one output with a number of classes"),
        (lambda *_: {"classes": lambda counts: counts[0]}, "not one output with a number of classes"),
        (lambda *_: {"classes": lambda counts: counts + 0.5}, "not one output with a number of classes"),
        (lambda *_: {"classes": lambda counts: counts - 4}, "a tree has -1 classes and 4 features"),
        (lambda *_: {"classes": lambda counts: counts + 2**40}, "a tree has 1099511627779 classes"),
        (lambda _, arguments, __: arguments[2].update(content="2"), "not one output"),
        (lambda _, arguments, __: arguments[2].update(content="1.0"), "has 1.0 for a whole number"),
        (lambda _, arguments, __: arguments[0].update(content="0"), "a tree has 3 classes and 0 features"),
        (lambda _, arguments, __: arguments[1].update(__loader__="CachedNode"), "'ndarray' for an array"),
        (lambda _, __, state: state["max_depth"].update(content="null"), "has None for a whole number"),
        (lambda _, __, state: state.pop("values") and None, "is said to consist of max_depth"),
    ],
)  # fmt: skip
def test_what_cannot_be_built_is_refused(change, text):
    with pytest.raises((TypeError, ValueError), match=text):
        check_tree_records(changed(change), SCHEMA)
