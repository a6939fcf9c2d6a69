"""What to train and how to score it: the settings of a trainer, as plain values."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any

from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

from corewidgets.features.hypercolumns import Hypercolumns
from corewidgets.learning.classifier import PixelClassifier
from corewidgets.learning.presets import PRESETS

__all__ = ["FORESTS", "HOLD_OUTS", "Settings"]

FORESTS = {"random": RandomForestClassifier, "extra": ExtraTreesClassifier}
HOLD_OUTS = ("regions", "depth")

_RECOMMENDED = PRESETS["recommended"].hypercolumns
_LIVE_TREES, _LIVE_PIXELS = 30, 3000


@dataclass(frozen=True)
class Settings:
    """What to train, and how to score it.

    Parameters
    ----------
    layers, smoothing, lab, lab_smoothing
        Those of `Hypercolumns`.
    forest : {None, "random", "extra"}
        None for a linear discriminant, the recommended one, or a random forest, or extremely randomized
        trees.
    n_trees : int
        Number of trees.
    regularize : bool or None
        Whether neighbors of like color agree on their class; None for yes with the linear discriminant and no
        with a forest.
    turned : bool or None
        Whether to learn from the photograph turned as well; None for yes with the linear discriminant and no
        with a forest.
    max_training_pixels : int
        The largest number of pixels to learn from.
    score : bool
        Whether a training is scored.
    hold_out : {"regions", "depth"}
        What the honest score holds out.
    n_splits : int
        Number of folds of it.
    share : float
        Share of the pixels that the random score holds out.
    random_state : int
        The same number gives the same forest and the same folds.

    Raises
    ------
    ValueError
        A value is out of its range, or no feature is chosen.
    """

    layers: tuple[str, ...] = _RECOMMENDED.layers
    smoothing: tuple[float, ...] = _RECOMMENDED.smoothing
    lab: bool = _RECOMMENDED.lab
    lab_smoothing: tuple[float, ...] = _RECOMMENDED.lab_smoothing
    forest: str | None = None
    n_trees: int = 100
    regularize: bool | None = None
    turned: bool | None = None
    max_training_pixels: int = 8000
    score: bool = True
    hold_out: str = "regions"
    n_splits: int = 5
    share: float = 0.05
    random_state: int = 0

    def __post_init__(self) -> None:
        self._fill_in()
        for name, choices in (("forest", (None, *FORESTS)), ("hold_out", HOLD_OUTS)):
            if getattr(self, name) not in choices:
                raise ValueError(
                    f"{name} is {getattr(self, name)!r}; choose from {', '.join(map(repr, choices))}."
                )
        for name, least in (("n_trees", 1), ("max_training_pixels", 2), ("n_splits", 2)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be {least} or more, but is {getattr(self, name)}.")
        if not 0 < self.share < 1:
            raise ValueError(
                f"share is the part of the pixels to hold out, between 0 and 1, but is {self.share}."
            )
        _ = self.hypercolumns  # raises where the features are wrong

    def _fill_in(self) -> None:
        """Make lists tuples, and None what it stands for."""
        for name in ("layers", "smoothing", "lab_smoothing"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        for name in ("regularize", "turned"):
            if getattr(self, name) is None:
                object.__setattr__(self, name, self.forest is None)

    @property
    def hypercolumns(self) -> Hypercolumns:
        """The features of a pixel."""
        return _hypercolumns(self.layers, self.smoothing, self.lab, self.lab_smoothing)

    @property
    def protocols(self) -> tuple[str, ...]:
        """The honest score, and the random one beside it."""
        return (self.hold_out, "random")

    def model(self) -> PixelClassifier:
        """Return the classifier, not yet fitted."""
        if self.forest is None:
            classifier = PRESETS["recommended"].classifier(-1, self.random_state)
        else:
            classifier = FORESTS[self.forest](self.n_trees, n_jobs=-1, random_state=self.random_state)
        return PixelClassifier(
            self.hypercolumns,
            classifier,
            regularizer=PRESETS["recommended"].regularizer if self.regularize else None,
            turned=bool(self.turned),
            max_training_pixels=self.max_training_pixels,
            random_state=self.random_state,
        )

    def quick(self) -> Settings:
        """Return the same features with what is trained in a moment: few pixels, no neighbors."""
        return replace(
            self,
            forest=self.forest and "extra",
            regularize=False,
            turned=False,
            n_trees=min(self.n_trees, _LIVE_TREES),
            max_training_pixels=min(self.max_training_pixels, _LIVE_PIXELS),
            score=False,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        values = asdict(self)
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Settings:
        """Make settings of what `to_dict` gave."""
        return cls(**values)


@lru_cache(maxsize=16)
def _hypercolumns(
    layers: tuple[str, ...], smoothing: tuple[float, ...], lab: bool, lab_smoothing: tuple[float, ...]
) -> Hypercolumns:
    return Hypercolumns(layers, smoothing=smoothing, lab=lab, lab_smoothing=lab_smoothing)
