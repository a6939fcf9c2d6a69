"""Whether the trees in a model file can be built; scikit-learn builds them of what it is given.

A tree that is built is checked by `corewidgets.learning.tree_checks`. This comes before: a number of outputs
that is not that of an array's values, or an array without a length, ends the process while a tree is built.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import numpy as np

__all__ = ["check_tree_records"]

_LOADER = "TreeNode"
_STATE = ("max_depth", "node_count", "nodes", "values")
_MOST_FEATURES = 2**31
_MOST_CLASSES = 2**16


def check_tree_records(content: bytes, schema: str) -> None:
    """Raise unless each tree in a file of skops has the arrays and numbers that it is built of.

    Parameters
    ----------
    content : bytes
        The file.
    schema : str
        Name of the part in it that says how its objects are built.

    Raises
    ------
    KeyError, TypeError, ValueError
        Something is missing, or is not what it must be.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for record in _trees(json.loads(archive.read(schema))):
            _check_record(archive, record)


def _trees(root: Any) -> Iterator[dict[str, Any]]:
    """Yield each part of a schema that builds a tree."""
    waiting = [root]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if value.get("__loader__") == _LOADER:
                yield value
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _check_record(archive: zipfile.ZipFile, record: dict[str, Any]) -> None:
    """Raise unless a tree has one output, a number of classes, and nodes and values of one length."""
    n_features, counts, n_outputs = record["__reduce__"]["args"]["content"]
    n_classes = _array(archive, counts)
    if _number(n_outputs) != 1 or n_classes.shape != (1,) or n_classes.dtype.kind not in "iu":
        raise ValueError("a tree has not one output with a number of classes")
    if not 1 <= n_classes[0] <= _MOST_CLASSES or not 1 <= _number(n_features) <= _MOST_FEATURES:
        raise ValueError(f"a tree has {n_classes[0]} classes and {_number(n_features)} features")
    state = record["content"]["content"]
    if sorted(state) != sorted(_STATE):
        raise ValueError(f"a tree is said to consist of {', '.join(sorted(state))}")
    nodes, values = _array(archive, state["nodes"]), _array(archive, state["values"])
    if nodes.ndim != 1 or nodes.dtype.names is None or len(nodes) != _number(state["node_count"]):
        raise ValueError(f"a tree has nodes of shape {nodes.shape} and type {nodes.dtype}")
    if values.shape != (len(nodes), 1, n_classes[0]) or values.dtype != np.float64:
        raise ValueError(f"a tree has values of shape {values.shape} and type {values.dtype}")
    _number(state["max_depth"])


def _number(record: dict[str, Any]) -> int:
    """Return a whole number, which is kept as text."""
    value = json.loads(record["content"]) if record["__loader__"] == "JsonNode" else None
    if type(value) is not int:
        raise TypeError(f"a tree has {value!r:.80} for a whole number")
    return value


def _array(archive: zipfile.ZipFile, record: dict[str, Any]) -> np.ndarray[Any, Any]:
    """Return an array, which is kept in a part of its own."""
    if (record["__loader__"], record["type"], record["__class__"]) != ("NdArrayNode", "numpy", "ndarray"):
        raise TypeError(f"a tree has a {record['__class__']!r:.80} for an array")
    found = np.load(io.BytesIO(archive.read(record["file"])), allow_pickle=False)
    if not isinstance(found, np.ndarray):
        raise TypeError(f"a tree has a {type(found).__name__} for an array")
    return found
