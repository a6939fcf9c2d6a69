"""Fit what a recipe says, and find what it leaves to the labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier

from corewidgets.features.activations import JoinedActivations, Progress
from corewidgets.labels.labelled_pixels import LabelledPixels
from corewidgets.learning.averaging import (
    SHARES,
    Averaging,
    Kinds,
    Share,
    choose_averaging,
    fit_averaged,
    sums_of,
)
from corewidgets.learning.mean import DiscriminantAndTrees
from corewidgets.learning.passes import REACH, UNLABELLED, Passes
from corewidgets.learning.predictor import one_core, predictor
from corewidgets.learning.reach import MOST_PIXELS, Photograph, Reach, shortened
from corewidgets.learning.recipe import COLOR, Recipe
from corewidgets.learning.regularization import Regularizer
from corewidgets.learning.running_sums import RunningSums
from corewidgets.learning.self_training import SURE, learn_also, sure_pixels
from corewidgets.learning.temperature import (
    HeldOut,
    effective_regions,
    found_temperature,
    held_out_probabilities,
)
from corewidgets.machine import give_back_memory, one_thread

__all__ = ["Adapted", "TrainingSet", "fit_adapted", "said_of_temperature"]

_CHOSEN = "held out"

_FEW_REGIONS = 2.0
"""Of the middle class: with as many, a discriminant alone is as good as with trees beside it."""

_N_TREES = 24
_FEWER_PIXELS = MOST_PIXELS // 2
"""Looked at through trees for the reach of the field: half of those that a discriminant alone is asked of."""

_LARGE = 500_000
"""Pixels of photographs together: a pass over them frees a hundred megabytes."""

_OF_UNLABELLED = f"{{:,}} unlabelled pixels with a probability above {SURE} are learned from too."
_OF_TREES = "Trees of the pixel's own features have an equal say, since there are few regions."


class TrainingSet(NamedTuple):
    """What is learned from.

    Attributes
    ----------
    views : list of numpy.ndarray
        ``(n, n_features)`` of the training pixels, in each way that they are learned from; the first is how
        they lie.
    codes : numpy.ndarray
        ``(n,)``: their classes.
    chosen : list of (numpy.ndarray, numpy.ndarray)
        Their rows and columns in each photograph.
    all_labels : list of numpy.ndarray
        ``(n_rows, n_columns)`` of each photograph.
    labelled : list of LabelledPixels
        Those of each photograph.
    kinds : Kinds
        Of the features.
    activations : sequence of callable
        Returns the activations of each photograph.
    """

    views: list[np.ndarray]
    codes: np.ndarray
    chosen: list[tuple[np.ndarray, np.ndarray]]
    all_labels: list[np.ndarray]
    labelled: list[LabelledPixels]
    kinds: Kinds
    activations: Sequence[Callable[[], JoinedActivations]]

    @property
    def photographs(self) -> list[Photograph]:
        """What returns the activations of each photograph, and its labels."""
        return list(zip(self.activations, self.all_labels, strict=True))

    @property
    def groups(self) -> np.ndarray:
        """The number ``(n,)`` of the region of each training pixel, counted through all photographs."""
        numbers, n_regions = [], 0
        for labelled, (rows, columns) in zip(self.labelled, self.chosen, strict=True):
            at = np.searchsorted(labelled.places, rows * labelled.shape[1] + columns)
            numbers.append(labelled.regions[at] + n_regions)
            n_regions += labelled.n_regions
        return np.concatenate(numbers)


class Adapted(NamedTuple):
    """A fitted classifier, and what was found for it.

    Attributes
    ----------
    classifier : sklearn classifier
    regularizer : Regularizer or None
        With its reach and its temperature.
    temperature : float
        For the classifier's own probabilities, where nothing smooths them.
    averages : float or str
        How much averages count, as in `Recipe`.
    choice : str
        What was found, and why, in words; empty where nothing was left to the labels.
    """

    classifier: Any
    regularizer: Regularizer | None
    temperature: float
    averages: Share
    choice: str


def fit_adapted(
    recipe: Recipe,
    learned: TrainingSet,
    new: Callable[[], Any],
    n_jobs: int | None = -1,
    passes: Passes | None = None,
) -> Adapted:
    """Return a fitted classifier, with what the recipe leaves to the labels found.

    Parameters
    ----------
    recipe : Recipe
        What the model is made by.
    learned : TrainingSet
        What it learns from.
    new : callable
        Makes an unfitted classifier of the recipe.
    n_jobs : int or None
        Processor cores to use, -1 for all, None for one.
    passes : Passes, optional
        Told how far the passes over the photographs are.
    """
    said: list[str] = []
    passes = passes or Passes()
    averages: Share = 1.0
    held_out, sums = None, None
    if recipe.classifier == "discriminant":
        with one_thread():
            averaging = _averaging(recipe, learned)
            averages, held_out, sums = averaging.share, averaging.held_out, averaging.sums
            classifier = fit_averaged(sums, learned.kinds, averages)
        said += (
            _of_averaging(averaging) if recipe.averages == _CHOSEN and learned.kinds.averaged.any() else []
        )
    else:
        codes = np.tile(learned.codes, len(learned.views))
        classifier = new().fit(np.concatenate(learned.views), codes)
        if recipe.temperature == _CHOSEN:
            held_out = held_out_probabilities(learned.views, learned.codes, learned.groups, new)
    temper = partial(_temperature, recipe, learned, averages=averages, held_out=held_out)
    joined = _is_joined(recipe, learned)
    if joined:
        classifier = _with_trees(classifier, temper(None, joined=False), learned, n_jobs)
        said.append(_OF_TREES)
    learned = learned._replace(views=[])  # where nothing else holds them, a pass has their memory
    regularizer, words = _shortened(recipe, learned, classifier, joined, n_jobs, passes.next(REACH))
    said += words
    if recipe.self_trains and sums is not None and not joined:
        told = passes.next(UNLABELLED)
        n_also = _learn_unlabelled(learned, sums, classifier, regularizer, n_jobs, told)
        with one_thread():
            classifier = fit_averaged(sums, learned.kinds, averages)
        said += [_OF_UNLABELLED.format(n_also)] if n_also else []
    temperature = temper(regularizer, joined=joined)
    if isinstance(recipe.temperature, str):
        n_regions = effective_regions(learned.labelled)
        said.append(said_of_temperature(temperature, n_regions, None if joined else held_out))
    if regularizer is None:
        return Adapted(classifier, None, temperature, averages, " ".join(said))
    if temperature != 1:
        regularizer = replace(regularizer, temperature=temperature)
    return Adapted(classifier, regularizer, 1.0, averages, " ".join(said))


def _shortened(
    recipe: Recipe,
    learned: TrainingSet,
    classifier: Any,
    joined: bool,
    n_jobs: int | None,
    progress: Progress,
) -> tuple[Regularizer | None, list[str]]:
    """Return the regularizer, with the reach that takes nothing from the labels, and what is said of it."""
    if recipe.regularizer is None or not recipe.shortens:
        return recipe.regularizer, []
    found = shortened(
        recipe.regularizer,
        learned.photographs,
        predictor(one_core(classifier)),
        np.asarray(classifier.classes_, np.uint8),
        n_jobs,
        _FEWER_PIXELS if joined else MOST_PIXELS,
        progress,
    )
    _give_back(learned)
    return found.regularizer, _of_reach(found)


def _learn_unlabelled(
    learned: TrainingSet,
    sums: RunningSums,
    classifier: Any,
    regularizer: Regularizer | None,
    n_jobs: int | None,
    progress: Progress,
) -> int:
    """Add what the classifier is sure of to the sums that it was made of; return how many pixels."""
    classes = np.asarray(classifier.classes_, np.uint8)
    n_labelled = len(learned.codes)
    sure = sure_pixels(
        learned.photographs, predictor(classifier), classes, regularizer, n_labelled, n_jobs, progress
    )
    with one_thread():
        for activations, also in zip(learned.activations, sure, strict=True):
            if len(also.codes):
                learn_also(sums, also.codes, activations().at(also.rows, also.columns))
    _give_back(learned)
    return sum(len(also.codes) for also in sure)


def _give_back(learned: TrainingSet) -> None:
    """Give back the memory of a pass over photographs, where that is much."""
    if sum(labels.size for labels in learned.all_labels) >= _LARGE:
        give_back_memory()


def _is_joined(recipe: Recipe, learned: TrainingSet) -> bool:
    """Return whether trees have a say."""
    may = recipe.joins_trees and recipe.classifier == "discriminant" and isinstance(recipe.temperature, str)
    return may and effective_regions(learned.labelled) < _FEW_REGIONS


def _with_trees(
    discriminant: Any, temperature: float, learned: TrainingSet, n_jobs: int | None
) -> DiscriminantAndTrees:
    """Return a discriminant and trees of the features that are no averages, or of all if all are."""
    columns = np.flatnonzero(~learned.kinds.averaged | learned.kinds.averaged.all())
    trees = ExtraTreesClassifier(_N_TREES, n_jobs=n_jobs, random_state=0)
    features = np.concatenate([view[:, columns] for view in learned.views])
    trees.fit(features, np.tile(learned.codes, len(learned.views)))
    return DiscriminantAndTrees(discriminant, temperature, trees, columns)


def _averaging(recipe: Recipe, learned: TrainingSet) -> Averaging:
    """Return how much averages count, and what regions held out say of that, as far as they are asked."""
    chosen = recipe.averages == _CHOSEN and bool(learned.kinds.averaged.any())
    given = 1.0 if recipe.averages == _CHOSEN else recipe.averages
    shares = learned.kinds.shares if chosen else (given,)
    if not chosen and recipe.temperature != _CHOSEN:
        return Averaging(shares[0], None, {}, sums_of(learned.views, learned.codes))
    return choose_averaging(learned.views, learned.codes, learned.groups, learned.kinds, shares)


def _temperature(
    recipe: Recipe,
    learned: TrainingSet,
    regularizer: Regularizer | None,
    *,
    joined: bool,
    averages: Share,
    held_out: HeldOut | None,
) -> float:
    if not isinstance(recipe.temperature, str):
        return float(recipe.temperature)
    return found_temperature(
        effective_regions(learned.labelled),
        joined=joined,
        forest=recipe.classifier != "discriminant",
        averages=averages if learned.kinds.averaged.any() else 0.0,
        reach=None if regularizer is None else regularizer.reach,
        held_out=held_out if recipe.temperature == _CHOSEN else None,
    )


def _of_averaging(averaging: Averaging) -> list[str]:
    """Say how much averages count, and why."""
    words = SHARES[averaging.share]
    said = "Color alone counts" if averaging.share == COLOR else f"Smoothed features count {words}"
    if not averaging.scores:
        return [f"{said}: there are too few regions to hold some out and compare."]
    scores = ", ".join(f"{SHARES[share]} {score:.2f}" for share, score in averaging.scores.items())
    return [f"{said}: macro F1 on regions held out is {scores}."]


def _of_reach(found: Reach) -> list[str]:
    """Say how far neighbors are heard, and why."""
    scores = ", ".join(
        f"{score:.3f} {f'with {reach} pixels' if reach else 'without it'}"
        for reach, score in found.scores.items()
    )
    because = f"macro F1 on labelled pixels is {scores}."
    if found.regularizer is None:
        return [f"No spatial regularization: {because}"]
    return [f"Spatial regularization reaches {found.regularizer.reach} pixels: {because}"]


def said_of_temperature(temperature: float, n_regions: float, held_out: HeldOut | None) -> str:
    """Say how sure the probabilities are made, and what that rests on."""
    words = f"by {n_regions:.1f} regions per class" if n_regions != 1 else "by one region per class"
    grounds = words if held_out is None else f"{words} and {held_out.n_regions} regions held out"
    return f"The temperature of the probabilities is {temperature:.1f}, {grounds}."
