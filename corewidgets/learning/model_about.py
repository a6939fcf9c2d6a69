"""What a model file says in plain text of the model that it holds."""

from __future__ import annotations

import dataclasses
import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import numpy as np

from corewidgets import __version__
from corewidgets.features.hypercolumns import Hypercolumns
from corewidgets.features.weights import Weights, load_weights
from corewidgets.labels.legend import Legend
from corewidgets.learning.classifier import PixelClassifier
from corewidgets.learning.recipe import Recipe
from corewidgets.learning.regularization import Regularizer
from corewidgets.origin import file_time

__all__ = ["FORMAT", "about_model", "plain"]

FORMAT = 2
"""The version of the format that is written, and the newest that is read."""

_PARTS = ("hypercolumns", "classifier", "regularizer")
_PACKAGES = ("scikit-learn", "numpy", "jax")


def about_model(model: PixelClassifier, legend: Legend | None) -> dict[str, Any]:
    """Return all that a file holds besides the classifier, as plain values.

    Parameters
    ----------
    model : PixelClassifier
        Fitted.
    legend : Legend or None
        Names and colors of its classes.
    """
    weights = _weights_of(model.hypercolumns_)
    options = model.get_params(deep=False)
    return {
        "format": FORMAT,
        "date": file_time().isoformat(timespec="seconds"),
        "versions": _versions(),
        "hypercolumns": _options_of(model.hypercolumns_),
        "recipe": model.recipe_.to_dict(),
        "has_own_hypercolumns": model.hypercolumns is not None,
        "weights": {"digest": weights.digest, "source": weights.source},
        "options": _plain_options(options),
        "regularizer": _regularizer_options(model.regularizer_),
        "temperature": model.temperature_,
        "lights": {name: light.to_dict() for name, light in model.lights_.items()},
        "has_own_regularizer": not isinstance(model.regularizer, str),
        "classes": model.classes_.tolist(),
        "images": list(model.image_names_),
        "legend": None if legend is None else legend.to_dict(),
        "training_summary": model.training_summary_,
    }


def _plain_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a model that are plain; a recipe in place of a preset stands under "recipe"."""
    plain = {name: options[name] for name in options if name not in _PARTS}
    if isinstance(plain["preset"], Recipe):
        plain["preset"] = None
    if plain.pop("turned", None) is not None:
        plain["transposed"] = options["turned"]
    return plain


def _regularizer_options(regularizer: Regularizer | None) -> dict[str, Any] | None:
    """Return the settings of a regularizer, if there is one."""
    return None if regularizer is None else dataclasses.asdict(regularizer)


def _options_of(hypercolumns: Hypercolumns) -> dict[str, Any]:
    """Return sources and tiles, but for the weights."""
    return {
        "sources": [source.to_dict() for source in hypercolumns.sources],
        "tile_rows": hypercolumns.tile_rows,
        "tile_columns": hypercolumns.tile_columns,
    }


def _weights_of(hypercolumns: Hypercolumns) -> Weights:
    """Return a recipe's weights; of the bundled ones no more than needed for the digest."""
    return hypercolumns.weights or load_weights(n_blocks=1)


def _versions() -> dict[str, str]:
    """Return the versions of what a prediction depends on."""
    installed = {name: version(name) for name in _PACKAGES}
    return {"corewidgets": __version__, **installed, "python": platform.python_version()}


def plain(value: Any) -> Any:
    """Return numbers and arrays of NumPy as JSON knows them.

    Raises
    ------
    TypeError
        The value is anything else.
    """
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(
        f"A model file holds plain numbers, texts and lists, but a setting of the model is {value!r}, of "
        f"type {type(value).__name__}; replace it, such as a random state by a whole number."
    )
