"""Everything that decides how a model is made, as one value: the recipe."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sklearn.base import clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from corewidgets.features.hypercolumns import (
    STANDARD_OPTIONS,
    Hypercolumns,
    standard_options,
    standard_sources,
)
from corewidgets.features.sources import Source, source_from_dict
from corewidgets.features.weights import Weights
from corewidgets.learning.regularization import Regularizer

SHRINKAGE = 0.1
"""Of the covariance of a discriminant: towards one that is the same in all directions."""


def _discriminant(_n_trees: int, _n_jobs: int | None, _random_state: int | None) -> Any:
    return make_pipeline(StandardScaler(), LinearDiscriminantAnalysis(solver="lsqr", shrinkage=SHRINKAGE))


def _random_forest(n_trees: int, n_jobs: int | None, random_state: int | None) -> Any:
    return RandomForestClassifier(n_trees, n_jobs=n_jobs, random_state=random_state)


def _extra_trees(n_trees: int, n_jobs: int | None, random_state: int | None) -> Any:
    return ExtraTreesClassifier(n_trees, n_jobs=n_jobs, random_state=random_state)


CLASSIFIERS: dict[str, Callable[[int, int | None, int | None], Any]] = {
    "discriminant": _discriminant,
    "random_forest": _random_forest,
    "extra_trees": _extra_trees,
}
"""From the number of trees, `n_jobs` and `random_state` to an unfitted classifier, by name."""

_BEFORE = {
    "temperature": 1.0,
    "averages": 1.0,
    "shortens": False,
    "relights": False,
    "joins_trees": False,
    "self_trains": False,
}
"""What recipes do that were written before they had these fields."""

FOUND = ("labels", "held out")
"""Where a temperature comes from that is found when a model learns."""

COLOR, MEAN = "color", "mean"
"""In the place of how much averages count: only the color of a pixel and of those beside it; or the mean of
what this says, the features that are no averages, and all features."""


@dataclass(frozen=True)
class Recipe:
    """How a model is made: features, classifier, regularization.

    Presets are recipes; the settings of a trainer show one, the options of a command change one, and a model
    file, a run and scores name the one that they were made by.

    Parameters
    ----------
    features : tuple of Source
        The features of a pixel, in their order.
    classifier : {"discriminant", "random_forest", "extra_trees"} or sklearn classifier
        What learns from them: a linear discriminant on standardized features, a random forest, extremely
        randomized trees, or an unfitted classifier of one's own.
    n_trees : int
        Trees of a forest.
    regularizer : Regularizer or None
        What makes neighbors of similar color agree on their class.
    transposed : bool
        Whether to learn from each photograph with rows and columns exchanged as well: a texture has no
        direction then.
    max_training_pixels : int or None
        The largest number of pixels to learn from; None takes all labelled pixels.
    temperature : float or {"labels", "held out"}
        What the probabilities are tempered with, so that they are calibrated: a number; or
        found when it learns, ``"labels"`` from how much is labelled, ``"held out"`` from regions held out of
        it as well, as far as classes have two or more.  With a regularizer, 1 leaves the temperature that
        this has.
    averages : float or {"color", "mean", "held out"}
        How much averages over the surroundings count in a discriminant: 1 as all features do, 0 not at all,
        0.5 half; ``"color"``, only the color of the pixel and of those right beside it counts; ``"mean"``, of
        discriminants of all features, of those that are no averages, and of color alone; or ``"held out"``,
        chosen among these when it learns, by regions held out of it, and the mean where there are too few.
    shortens : bool
        Whether the reach of the regularizer is shortened, when it learns, until it costs no accuracy on what
        is labelled.
    relights : bool
        Whether a photograph in other light is brought to the light of the training photographs before it is
        classified.
    joins_trees : bool
        Whether trees have an equal say beside a discriminant whose temperature is found, where fewer than
        two regions are labelled of the middle one of the classes.
    self_trains : bool
        Whether a discriminant learns again, with unlabelled pixels of the same photographs whose class it is
        sure of; not where trees stand beside it.

    Raises
    ------
    ValueError
        If there are no features, the classifier is not known by that name, or a number is too small.

    Examples
    --------
    >>> from corewidgets.learning.presets import PRESETS
    >>> recipe = PRESETS["published"].patched(layers=("pool1",), n_trees=50)
    >>> Recipe.from_dict(recipe.to_dict()) == recipe
    True
    >>> recipe.hypercolumns.n_features
    64
    """

    features: tuple[Source, ...]
    classifier: Any = "discriminant"
    n_trees: int = 100
    regularizer: Regularizer | None = None
    transposed: bool = False
    max_training_pixels: int | None = 8000
    temperature: float | str = 1.0
    averages: float | str = 1.0
    shortens: bool = False
    relights: bool = False
    joins_trees: bool = False
    self_trains: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "features", tuple(self.features))
        _ = self.hypercolumns  # raises where the features are wrong
        if isinstance(self.classifier, str) and self.classifier not in CLASSIFIERS:
            raise ValueError(
                f"classifier is {self.classifier!r}; choose from {', '.join(map(repr, CLASSIFIERS))}, or "
                "give a scikit-learn classifier."
            )
        for name, least in (("n_trees", 1), ("max_training_pixels", 2)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise ValueError(f"{name} must be {least} or more, but is {value}.")
        _check_temperature(self.temperature)
        if self.averages not in (COLOR, MEAN, FOUND[1]) and not (
            isinstance(self.averages, int | float) and 0 <= self.averages <= 1
        ):
            raise ValueError(
                f"averages must be from 0 to 1, {COLOR!r}, {MEAN!r} or {FOUND[1]!r}, "
                f"but is {self.averages!r}."
            )

    @property
    def hypercolumns(self) -> Hypercolumns:
        """The features, as the `Hypercolumns` that compute them."""
        return Hypercolumns(sources=self.features)

    def new_classifier(self, n_jobs: int | None = -1, random_state: int | None = 0) -> Any:
        """Return the scikit-learn classifier, not yet fitted."""
        if isinstance(self.classifier, str):
            return CLASSIFIERS[self.classifier](self.n_trees, n_jobs, random_state)
        return clone(self.classifier)

    def patched(self, **changes: Any) -> Recipe:
        """Return the recipe with some fields replaced.

        Parameters
        ----------
        **changes
            Fields; or `layers`, `smoothing`, `lab`, `lab_smoothing` and `weights` as `Hypercolumns` takes
            them, which replace the sources of these kinds and leave others.  With another classifier,
            `regularizer` is None and `transposed` False unless they are given, since both belong to the
            classifier that they were tried with.  With a classifier or a regularizer of one's own,
            `temperature` is 1, `shortens`, `joins_trees` and `self_trains` False unless they are given:
            nothing was tried with these.

        Raises
        ------
        ValueError
            As of the class.
        TypeError
            If there is no such field.
        """
        standard = {name: changes.pop(name) for name in (*STANDARD_OPTIONS, "weights") if name in changes}
        if standard:
            changes["features"] = self._with_standard(standard)
        if changes.get("classifier", self.classifier) != self.classifier:
            changes = {"regularizer": None, "transposed": False} | changes
        regularizer = changes.get("regularizer")
        if not isinstance(changes.get("classifier", ""), str) or regularizer not in (None, self.regularizer):
            changes = {
                "temperature": 1.0,
                "shortens": False,
                "joins_trees": False,
                "self_trains": False,
            } | changes
        return dataclasses.replace(self, **changes)

    def _with_standard(self, changes: Mapping[str, Any]) -> tuple[Source, ...]:
        now = standard_options(self.hypercolumns) | {"weights": self.hypercolumns.weights}
        known = standard_sources(**now)
        others = (source for source in self.features if source not in known)
        return (*standard_sources(**(now | dict(changes))), *others)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON; a classifier of one's own as its text."""
        own = not isinstance(self.classifier, str)
        return {
            "features": [source.to_dict() for source in self.features],
            "classifier": repr(self.classifier) if own else self.classifier,
            "n_trees": self.n_trees,
            "regularizer": None if self.regularizer is None else dataclasses.asdict(self.regularizer),
            "transposed": self.transposed,
            "max_training_pixels": self.max_training_pixels,
            "temperature": self.temperature,
            "averages": self.averages,
            "shortens": self.shortens,
            "relights": self.relights,
            "joins_trees": self.joins_trees,
            "self_trains": self.self_trains,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], weights: Weights | None = None) -> Recipe:
        """Make a recipe of what `to_dict` gave.

        Parameters
        ----------
        values : mapping
            The fields.
        weights : Weights, optional
            For layers of VGG-16; by default the bundled ones.

        Raises
        ------
        ValueError
            If a field is missing or not known, or a value is wrong.
        """
        values = {**_BEFORE, **values}
        names = {field.name for field in dataclasses.fields(cls)}
        if set(values) != names:
            unlike = ", ".join(sorted(set(values) ^ names))
            raise ValueError(
                f"A recipe has the fields {', '.join(sorted(names))}, but these differ: {unlike}."
            )
        fields = dict(values)
        fields["features"] = tuple(source_from_dict(source, weights) for source in values["features"])
        if values["regularizer"] is not None:
            fields["regularizer"] = Regularizer(**values["regularizer"])
        return cls(**fields)


def _check_temperature(temperature: float | str) -> None:
    """Raise unless a temperature is a number above 0, or one of the ways to find it."""
    if isinstance(temperature, str):
        if temperature not in FOUND:
            raise ValueError(
                f"temperature is {temperature!r}; give a number, or one of {', '.join(map(repr, FOUND))}."
            )
    elif not (math.isfinite(temperature) and temperature > 0):
        raise ValueError(f"temperature must be above 0, but is {temperature}.")
