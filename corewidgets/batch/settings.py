"""What the results of a run depend on besides the photographs, and whether two runs agree on it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
from joblib.hashing import NumpyHasher

from corewidgets import __version__
from corewidgets.features.weights import load_weights
from corewidgets.labels.legend import Legend
from corewidgets.learning.classifier import PixelClassifier
from corewidgets.learning.kept_classifier import kept_classifier

PACKAGES = ("jax", "numba", "numpy", "scikit-learn", "scipy")
"""What a prediction passes through, besides this package."""


def run_settings(
    model: PixelClassifier, legend: Legend, probabilities: bool, uncertainty: str | None, xla_threads: int
) -> dict[str, Any]:
    """Return all that the results depend on besides the photographs, as plain values.

    Parameters
    ----------
    model : PixelClassifier
        Fitted.
    legend : Legend
    probabilities : bool
        Whether they are kept.
    uncertainty : {"entropy", "margin"} or None
        The kind that is kept.
    xla_threads : int
        What XLA is told to be the number of processor cores.
    """
    return {
        "model": model_digest(model),
        "legend": legend.to_dict(),
        "probabilities": probabilities,
        "uncertainty": uncertainty,
        "xla_threads": xla_threads,
        "versions": installed_versions(),
    }


def installed_versions() -> dict[str, str]:
    """Return the versions of what a prediction passes through, "none" of a package that is left out."""
    return {"corewidgets": __version__, **{name: _version_of(name) for name in PACKAGES}}


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"


def settings_digest(settings: Mapping[str, Any]) -> str:
    """Return a digest of plain values, whatever the order of their names."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


def model_digest(model: PixelClassifier) -> str:
    """Return a digest of what a fitted model computes; a model that was saved and loaded has the same."""
    return _digest(model, kept_classifier(model.classifier_))


def as_begun(
    settings: dict[str, Any], begun: Mapping[str, Any] | None, model: PixelClassifier
) -> dict[str, Any]:
    """Return settings with the digest that a run has of the same model, if an earlier version began it.

    Until model files left it out, the covariance of a discriminant was part of the digest.

    Parameters
    ----------
    settings : dict
        Of `run_settings`.
    begun : mapping or None
        The settings of the run that goes on, if one does.
    model : PixelClassifier
        Fitted.
    """
    if begun is None or begun.get("model") != _digest(model, model.classifier_):
        return settings
    return settings | {"model": begun["model"]}


def _digest(model: PixelClassifier, classifier: Any) -> str:
    """Return a digest of a fitted model with a classifier in place of its own."""
    recipe = model.hypercolumns_
    fields: dict[str, Any] = {"sources": [source.to_dict() for source in recipe.sources]}
    fields |= {"tile_rows": recipe.tile_rows, "tile_columns": recipe.tile_columns}
    fields["weights"] = (recipe.weights or load_weights(n_blocks=1)).digest
    smooth, photographs = model.regularizer_, model.image_names_
    parts = (fields, photographs, smooth, model.mode, model.classes_, classifier)
    digest: str = _Hasher("sha1").hash(parts)
    return digest


class _Hasher(NumpyHasher):
    """Hashes records field by field: between the fields of the nodes of a tree there are stray bytes."""

    def save(self, obj: Any) -> None:
        if isinstance(obj, np.ndarray) and obj.dtype.names:
            obj = [np.ascontiguousarray(obj[name]) for name in obj.dtype.names]
        super().save(obj)
