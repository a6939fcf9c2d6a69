"""What to train and how to score it: the settings of a trainer, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from corewidgets.features.hypercolumns import STANDARD_OPTIONS, standard_options, standard_sources
from corewidgets.learning.classifier import PixelClassifier
from corewidgets.learning.presets import PRESETS
from corewidgets.learning.recipe import Recipe

__all__ = ["HOLD_OUTS", "Settings"]

HOLD_OUTS = ("regions", "depth")

_LIVE_TREES, _LIVE_PIXELS = 30, 3000
_CLASSIFIERS_0_1 = {None: "discriminant", "random": "random_forest", "extra": "extra_trees"}


@dataclass(frozen=True)
class Settings:
    """What to train, and how to score it.

    Parameters
    ----------
    recipe : Recipe
        How a model is made: features, classifier, regularization.
    score : bool
        Whether a training is scored.
    hold_out : {"regions", "depth"}
        What the strict score holds out.
    n_splits : int
        Number of folds of it.
    share : float
        Share of the pixels that the random score holds out.
    random_state : int
        The same number gives the same forest and the same folds.

    Raises
    ------
    ValueError
        A value is out of its range.
    """

    recipe: Recipe = PRESETS["recommended"]
    score: bool = True
    hold_out: str = "regions"
    n_splits: int = 5
    share: float = 0.05
    random_state: int = 0

    def __post_init__(self) -> None:
        if self.hold_out not in HOLD_OUTS:
            raise ValueError(f"hold_out is {self.hold_out!r}; choose from {', '.join(map(repr, HOLD_OUTS))}.")
        if self.n_splits < 2:
            raise ValueError(f"n_splits must be 2 or more, but is {self.n_splits}.")
        if not 0 < self.share < 1:
            raise ValueError(
                f"share is the part of the pixels to hold out, between 0 and 1, but is {self.share}."
            )

    @property
    def protocols(self) -> tuple[str, ...]:
        """The strict score, and the random one beside it."""
        return (self.hold_out, "random")

    def model(self) -> PixelClassifier:
        """Return the classifier, not yet fitted."""
        return PixelClassifier(preset=self.recipe, random_state=self.random_state)

    def quick(self, averages: float | str = 1.0) -> Settings:
        """Return settings of the same features that train in a moment: few pixels, no regularization.

        Parameters
        ----------
        averages : float or str
            How much averages count where the recipe leaves it to the labels, as a training chose it.
        """
        is_linear = self.recipe.classifier == "discriminant"
        quick = self.recipe.patched(
            classifier="discriminant" if is_linear else "extra_trees",
            regularizer=None,
            transposed=False,
            n_trees=min(self.recipe.n_trees, _LIVE_TREES),
            max_training_pixels=min(self.recipe.max_training_pixels or _LIVE_PIXELS, _LIVE_PIXELS),
            averages=averages if self.recipe.averages == "held out" else self.recipe.averages,
            temperature="labels" if isinstance(self.recipe.temperature, str) else 1.0,
            relights=False,  # what is mapped is what was learned from
            joins_trees=False,
            self_trains=False,
        )
        return replace(self, recipe=quick, score=False)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return asdict(replace(self, recipe=PRESETS["published"])) | {"recipe": self.recipe.to_dict()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Settings:
        """Make settings of what `to_dict` gave, in this version or an earlier one."""
        if "recipe" not in values:
            values = _of_0_1(values)
        return cls(**{**values, "recipe": Recipe.from_dict(values["recipe"])})


def _of_0_1(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings as version 0.1 wrote them, its recipe spelled out, in the words of today."""
    left = dict(values)
    features = {name: left.pop(name) for name in STANDARD_OPTIONS if name in left}
    usual = standard_options(PRESETS["recommended-0.1"].hypercolumns)
    forest = left.pop("forest", None)
    regularize, transposed = left.pop("regularize", None), left.pop("turned", None)
    recipe = Recipe(
        standard_sources(**(usual | features)),
        _CLASSIFIERS_0_1[forest],
        n_trees=left.pop("n_trees", 100),
        regularizer=PRESETS["recommended-0.1"].regularizer
        if (forest is None if regularize is None else regularize)
        else None,
        transposed=forest is None if transposed is None else bool(transposed),
        max_training_pixels=left.pop("max_training_pixels", 8000),
    )
    return left | {"recipe": recipe.to_dict()}
