"""Fitted models on disk, in a format that runs nothing when it is read.

A model file is a zip archive: the classifier as skops keeps it, never pickle, and beside it, in
``about.json``, everything else in plain text (``unzip -p model.skops about.json`` shows it).  What is read is
mistrusted: only types known to be safe are restored, and the nodes of each decision tree are checked before
the first prediction, since scikit-learn follows them without looking.
"""

from __future__ import annotations

import dataclasses
import io
import json
import math
import os
import struct
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.utils.validation import check_is_fitted

from corewidgets import __version__
from corewidgets.atomic import atomic_write
from corewidgets.features.hypercolumns import STANDARD_OPTIONS, Hypercolumns
from corewidgets.features.sources import source_from_dict
from corewidgets.features.weights import Weights, load_weights
from corewidgets.labels.legend import Legend
from corewidgets.learning.archive_order import in_order
from corewidgets.learning.classifier import PixelClassifier
from corewidgets.learning.kept_classifier import kept_classifier
from corewidgets.learning.light import LearnedLight
from corewidgets.learning.mean import DiscriminantAndTrees
from corewidgets.learning.model_about import FORMAT, about_model, plain
from corewidgets.learning.model_archive import check_archive
from corewidgets.learning.recipe import Recipe
from corewidgets.learning.regularization import Regularizer
from corewidgets.learning.tree_checks import check_trees
from corewidgets.learning.tree_records import check_tree_records
from corewidgets.learning.trial import check_predictions
from corewidgets.links import not_there

__all__ = ["load_model", "save_model"]

_ABOUT, _SCHEMA = "about.json", "schema.json"
_TREE = "sklearn.tree._tree.Tree"
_CHECKED = (_TREE, f"{DiscriminantAndTrees.__module__}.{DiscriminantAndTrees.__qualname__}")
"""Types that skops does not know to be safe, whose content is checked here."""

_LONGEST_TILE = 2**20  # pixels: no photograph has more rows
_FEATURE_OPTIONS = (*STANDARD_OPTIONS, "sources", "tile_rows", "tile_columns")
_DAMAGE = (
    *(ArithmeticError, AttributeError, EOFError, ImportError, LookupError, OSError, RuntimeError),
    *(TypeError, ValueError, MemoryError, struct.error, zipfile.BadZipFile, zlib.error, SyntaxError),
    *(AssertionError, tokenize.TokenError),
)
"""What a library may raise on bytes that are not what it expects."""


def save_model(
    path: str | os.PathLike[str],
    model: PixelClassifier,
    *,
    legend: Legend | None = None,
    scores: Mapping[str, Any] | None = None,
) -> None:
    """Write a fitted model to a file, whole or not at all.

    Parameters
    ----------
    path : str or path-like
        File to write, such as ``model.skops``; one that is there is replaced.
    model : PixelClassifier
        Fitted.  Its classifier may be any of scikit-learn that skops can keep.
    legend : Legend, optional
        Names and colors of the classes; by default the one that the model was loaded with, if any.
    scores : mapping, optional
        `Evaluation.to_dict` of the model's recipe on the labels that it was trained on; by default those that
        it was loaded with, if any.

    Raises
    ------
    TypeError
        `model` is not a PixelClassifier, or its classifier cannot be kept without pickle.
    sklearn.exceptions.NotFittedError
        `model` is not fitted.
    ValueError
        `legend` lacks a class of the model.
    FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError
        The file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import corewidgets as cw
    >>> sample = cw.sample_core(n_rows=256, n_columns=128)
    >>> model = cw.PixelClassifier(max_training_pixels=500).fit(sample.section, sample.labels)
    >>> path = Path(tempfile.mkdtemp()) / "model.skops"
    >>> cw.save_model(path, model, legend=sample.legend)
    >>> cw.load_model(path).legend_ == sample.legend
    True
    """
    if not isinstance(model, PixelClassifier):
        raise TypeError(
            f"A model file holds a PixelClassifier, but model is of type {type(model).__name__}; "
            "give it as PixelClassifier(classifier=...), fitted."
        )
    check_is_fitted(model, "classifier_")
    legend = getattr(model, "legend_", None) if legend is None else legend
    scores = getattr(model, "scores_", None) if scores is None else dict(scores)
    described = about_model(model, _checked_legend(legend, model.classes_)) | {"scores": scores}
    about = json.dumps(described, indent=2, default=plain)
    own = None if isinstance(model.recipe_.classifier, str) else model.recipe_.classifier
    objects = _dumped({"classifier": kept_classifier(model.classifier_), "unfitted": own})
    content = io.BytesIO(objects)  # `ZipFile` empties a file that it could not open the first time
    with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_ABOUT, about)
    with atomic_write(path) as temporary:
        temporary.write_bytes(in_order(content.getvalue()))


def load_model(
    path: str | os.PathLike[str],
    *,
    trusted: Sequence[str] = (),
    weights: Weights | str | os.PathLike[str] | None = None,
) -> PixelClassifier:
    """Read a model that `save_model` wrote.

    Only types that are known to be safe are restored, and this package's trees and means, whose content is
    checked.  A file that holds anything else is refused before anything of it is made.

    Parameters
    ----------
    path : str or path-like
        File to read.
    trusted : sequence of str
        Full names of further types that the file may hold, as the error that refuses them names them.  Name
        them only if you know who made the file: their content is not checked.
    weights : Weights or path, optional
        The network's weights, for a model that was trained on others than the bundled ones.

    Returns
    -------
    PixelClassifier
        Fitted, predicting bit by bit what the saved one did.  Besides what `fit` sets it has `legend_`, a
        Legend or None, `scores_`, what `save_model` was given or None, and `provenance_`, a dict of the date
        and the library versions of training and the source and digest of the weights.

    Raises
    ------
    FileNotFoundError, IsADirectoryError, PermissionError
        There is no such file, or it is a folder or unreadable.
    ValueError
        The file is damaged, no model, of a newer version, holds types that are not trusted or malformed
        trees, or was trained on other weights.

    Warns
    -----
    UserWarning
        The file was saved with another version of scikit-learn.
    """
    path = Path(path)
    content = _read(path)
    about = _read_about(content, path)
    recipe = _recipe(about, weights, path)
    _check_known(about.get("options"), PixelClassifier().get_params(), "model", about, path)
    _check_numbers(about, path)
    objects = _restore(content, [trusted] if isinstance(trusted, str) else list(trusted), about, path)
    try:
        model = _assemble(about, recipe, objects)
    except _DAMAGE as error:
        raise _damaged(path, error) from error
    _check_classifier(model, path)
    return model


# ------------------------------------------------------------------------------------------------------- save


def _checked_legend(legend: Legend | None, classes: np.ndarray) -> Legend | None:
    """Return a legend that has all classes, or None."""
    if legend is not None:
        legend.check(classes, "The model knows", "give the legend of the labels that it was trained on")
    return legend


def _dumped(objects: dict[str, Any]) -> bytes:
    """Return the archive in which skops keeps objects."""
    import skops.io  # a second of processor time, and few sessions save or load at once

    try:
        content: bytes = skops.io.dumps(objects, compression=zipfile.ZIP_DEFLATED)
    except (TypeError, ValueError, RecursionError) as error:
        raise TypeError(
            f"A classifier of type {type(objects['classifier']).__name__} cannot be kept without pickle "
            f"({error}); choose another one of scikit-learn's."
        ) from error
    return content


# ------------------------------------------------------------------------------------------------------- load


def _read(path: Path) -> bytes:
    """Return the bytes of a file, read once so that what is checked is what is loaded."""
    if path.is_dir():
        raise IsADirectoryError(f"'{path}' is a folder; name the model file in it.")
    if not path.exists():
        raise not_there(path, f"There is no model file '{path}'; check the name and the folder.")
    content = path.read_bytes()
    if not content:
        raise ValueError(f"'{path}' is empty; copy it again from its source, or train the model again.")
    return content


def _damaged(path: Path, error: BaseException) -> ValueError:
    """Make the error for a file that cannot be read to its end."""
    return ValueError(
        f"The model file '{path}' is damaged or cut short ({type(error).__name__}: {error}); copy it again "
        "from its source, or train the model again."
    )


def _read_about(content: bytes, path: Path) -> dict[str, Any]:
    """Return the plain part of a file, once it is known to be one of ours."""
    try:
        check_archive(content)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            about = json.loads(archive.read(_ABOUT)) if {_ABOUT, _SCHEMA} <= set(names) else None
    except zipfile.BadZipFile as error:
        raise ValueError(
            f"'{path}' is not a model file, or it is damaged or cut short ({error}); give a file that "
            "save_model or 'corewidgets train' wrote."
        ) from error
    except _DAMAGE as error:
        raise _damaged(path, error) from error
    if not isinstance(about, dict) or "format" not in about:
        what = "a skops file of another program" if _SCHEMA in names else "an archive without a model"
        raise ValueError(f"'{path}' is {what}; give a file that save_model or 'corewidgets train' wrote.")
    _check_format(about["format"], about.get("versions"), path)
    return about


def _check_format(number: Any, versions: Any, path: Path) -> None:
    """Raise unless this version of the format is known."""
    if type(number) is not int or number < 1:
        raise ValueError(f"The model file '{path}' is damaged: its format is {number!r}; train it again.")
    if number > FORMAT:
        source = versions.get("corewidgets", "a newer one") if isinstance(versions, dict) else "a newer one"
        raise ValueError(
            f"The model file '{path}' has format {number}, written by corewidgets {source}, but this version "
            f"({__version__}) reads up to format {FORMAT}; upgrade corewidgets."
        )


def _recipe(about: Mapping[str, Any], given: Any, path: Path) -> Hypercolumns:
    """Return the features that the model was trained on."""
    try:
        digest, source = str(about["weights"]["digest"]), str(about["weights"]["source"])
        options = dict(about["hypercolumns"])
    except _DAMAGE as error:
        raise _damaged(path, error) from error
    weights = _matching_weights(given, digest, source, path)
    _check_known(options, _FEATURE_OPTIONS, "features", about, path)
    try:
        if "sources" in options:  # since format 2
            options["sources"] = [source_from_dict(source, weights) for source in options["sources"]]
            return Hypercolumns(**options)
        return Hypercolumns(**options, weights=weights)
    except _DAMAGE as error:
        raise _damaged(path, error) from error


def _matching_weights(given: Any, digest: str, source: str, path: Path) -> Weights | None:
    """Return the weights with this digest, None for the bundled ones, or raise."""
    weights = given if isinstance(given, Weights) else None if given is None else load_weights(given)
    found = weights or load_weights(n_blocks=1)
    if found.digest == digest:
        return weights
    raise ValueError(
        f"The model in '{path}' was trained on other network weights (from {source}, digest {digest[:12]}) "
        f"than {'those given' if weights else 'the bundled ones'} (from {found.source}, digest "
        f"{found.digest[:12]}); name their file with weights=..., or --weights FILE on the command line."
    )


def _check_known(
    options: object, known: Iterable[str], what: str, about: Mapping[str, Any], path: Path
) -> None:
    """Raise where a file has an option that this version lacks: without it, predictions would differ."""
    if not isinstance(options, dict):
        raise _damaged(path, TypeError(f"its options of the {what} are {options!r}"))
    for name in sorted(set(options) - set(known)):
        raise ValueError(
            f"The model file '{path}' sets {name!r} of the {what}, which this version of corewidgets "
            f"({__version__}) does not know; it was written by "
            f"{_versions_in(about).get('corewidgets', 'another')}. Upgrade corewidgets."
        )


def _check_numbers(about: Mapping[str, Any], path: Path) -> None:
    """Raise where a number is one that shows only in the middle of a prediction."""
    n_jobs = about["options"].get("n_jobs")
    if n_jobs is not None and type(n_jobs) is not int:
        raise _damaged(path, TypeError(f"its n_jobs is {n_jobs!r}"))
    for name in ("tile_rows", "tile_columns"):
        size = about["hypercolumns"].get(name, 1)
        if size is None and name == "tile_columns":
            continue
        if type(size) is not int or not 0 < size <= _LONGEST_TILE:
            raise _damaged(path, ValueError(f"its {name} is {size!r}"))


def _versions_in(about: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the versions that a file notes."""
    versions = about.get("versions")
    return versions if isinstance(versions, dict) else {}


def _restore(content: bytes, trusted: list[str], about: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Return the objects in a file, if all their types are trusted."""
    import skops.io  # here as in `_dumped`

    try:
        untrusted = set(skops.io.get_untrusted_types(data=content)) - {*_CHECKED, *trusted}
    except _DAMAGE as error:
        raise _damaged(path, error) from error
    if untrusted:
        names = sorted(untrusted)
        raise ValueError(
            f"The model file '{path}' holds types that are not known to be safe: {', '.join(names)}. Nothing "
            "was loaded from it. Only if you know who made the file and trust them: "
            f"load_model({str(path)!r}, trusted={names!r}), or --trust TYPE for each on the command line."
        )
    _warn_of_version(about, path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", InconsistentVersionWarning)  # one a tree; ours says it once
            check_tree_records(content, _SCHEMA)
            objects = skops.io.loads(content, trusted=[*_CHECKED, *trusted])
    except _DAMAGE as error:
        raise _unrestored(about, path, error) from error
    if not isinstance(objects, dict):
        raise _damaged(path, TypeError(f"it holds a {type(objects).__name__}"))
    return objects


def _other_version(about: Mapping[str, Any]) -> str | None:
    """Return the version of scikit-learn that a file was saved with, where it is not the one installed."""
    saved = _versions_in(about).get("scikit-learn")
    return None if saved in (None, version("scikit-learn")) else str(saved)


def _warn_of_version(about: Mapping[str, Any], path: Path) -> None:
    """Warn where scikit-learn has changed since a file was saved."""
    saved = _other_version(about)
    if saved is not None:
        warnings.warn(
            f"The model file '{path}' was saved with scikit-learn {saved}, but {version('scikit-learn')} "
            f"is installed: its predictions may differ. Install scikit-learn=={saved}, or train the model "
            "again.",
            stacklevel=4,
        )


def _unrestored(about: Mapping[str, Any], path: Path, error: BaseException) -> ValueError:
    """Make the error for a classifier that cannot be restored, which need not be the file's fault."""
    saved = _other_version(about)
    if saved is None:
        return _damaged(path, error)
    return ValueError(
        f"The model file '{path}' cannot be restored with scikit-learn {version('scikit-learn')} ({error}); "
        f"install scikit-learn=={saved}, with which it was saved, or train the model again."
    )


def _assemble(about: Mapping[str, Any], recipe: Hypercolumns, objects: Mapping[str, Any]) -> PixelClassifier:
    """Put the parts of a fitted model together."""
    options = dict(about["options"])
    if options["preset"] is None:
        options["preset"] = _own_recipe(about, recipe, objects["unfitted"])
        objects = {**objects, "unfitted": None}
    if "turned" in options:  # until format 1
        options["transposed"] = options.pop("turned")
    if options["preset"] == "recommended" and "temperature" not in about.get("recipe", {}):
        options["preset"] = "recommended-0.1"
    hypercolumns = recipe if about["has_own_hypercolumns"] else None
    regularizer = None if about["regularizer"] is None else Regularizer(**about["regularizer"])
    if about["has_own_regularizer"]:
        options["regularizer"] = regularizer
    model = PixelClassifier(hypercolumns, objects["unfitted"], **options)
    model.recipe_ = model.recipe
    model.hypercolumns_ = recipe
    model.regularizer_ = regularizer
    model.temperature_ = _temperature(about)
    model.lights_ = {name: LearnedLight.from_dict(light) for name, light in about.get("lights", {}).items()}
    model.classifier_ = objects["classifier"]
    model.classes_ = np.asarray(about["classes"], np.uint8)
    model.image_names_ = _image_names(about.get("images", ["image"]))  # files of before have none
    model.n_features_in_ = len(model.image_names_) * recipe.n_features
    model.training_summary_ = _with_codes(about["training_summary"])
    model.legend_ = _checked_legend(about["legend"] and Legend.from_dict(about["legend"]), model.classes_)
    model.scores_ = _scores(about.get("scores"))  # files of before have none
    model.provenance_ = {name: about[name] for name in ("date", "versions", "weights")}
    return model


def _temperature(about: Mapping[str, Any]) -> float:
    """Return what the probabilities are tempered with, or raise; files of before have none."""
    temperature = about.get("temperature", 1.0)
    if type(temperature) not in (int, float) or not 0 < temperature < math.inf:
        raise ValueError(f"its temperature is {temperature!r}, not a number above 0")
    return float(temperature)


def _image_names(names: Any) -> tuple[str, ...]:
    """Return the names of the photographs of a section, or raise."""
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise TypeError(f"its images are called {names!r}")
    if names[:1] != ["image"] or len({*names}) < len(names):
        raise ValueError(f"its images are called {names!r}, but the first is 'image', and no two are alike")
    return tuple(names)


def _scores(scores: Any) -> dict[str, Any] | None:
    """Return the scores that a file holds, or raise."""
    if scores is not None and not (isinstance(scores, dict) and isinstance(scores.get("scores"), dict)):
        raise TypeError(f"its scores are {scores!r:.80}")
    return scores


def _own_recipe(about: Mapping[str, Any], hypercolumns: Hypercolumns, classifier: Any) -> Recipe:
    """Return a recipe that was given in place of a preset."""
    values = dict(about["recipe"])
    if classifier is not None:
        values["classifier"] = "discriminant"
    made = Recipe.from_dict({**values, "features": [source.to_dict() for source in hypercolumns.sources]})
    changes = {"features": hypercolumns.sources} | ({} if classifier is None else {"classifier": classifier})
    return dataclasses.replace(made, **changes)


def _with_codes(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return a training summary with codes as numbers again, which JSON makes texts."""
    classes = {int(code): row for code, row in summary["classes"].items()}
    return {**summary, "classes": classes}


# ------------------------------------------------------------------------------------------------------ check


def _check_classifier(model: PixelClassifier, path: Path) -> None:
    """Raise unless a restored classifier fits the features and classes, and its trees can be walked."""
    classifier, n_features = model.classifier_, model.n_features_in_
    try:
        if getattr(classifier, "n_features_in_", n_features) != n_features:
            raise ValueError(
                f"the classifier takes {classifier.n_features_in_} features, but there are {n_features}"
            )
        if not np.array_equal(classifier.classes_, model.classes_):
            raise ValueError("the classes of the classifier are not those of the model")
        check_trees([classifier, model.classifier])
        check_predictions(classifier, n_features, len(model.classes_))
    except _DAMAGE as error:
        raise _damaged(path, error) from error
