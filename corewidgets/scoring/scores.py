"""What comes of holding out: precision, recall and F1 of each class, pooled over the folds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from corewidgets.scoring.folds import Integers, LabeledPixels
from corewidgets.scoring.meanings import MEANINGS

__all__ = ["ClassScore", "FoldScore", "Predictions", "Score", "pooled_score"]


@dataclass(frozen=True)
class ClassScore:
    """How well one class is recognized, pooled over the folds.

    Attributes
    ----------
    code, name
        The class.
    n_regions : int
        The regions that hold scored pixels of this class.
    n_pixels : int
        The scored pixels that are labelled as this class.
    precision, recall, f1 : float
        Between 0 and 1.
    """

    code: int
    name: str
    n_regions: int
    n_pixels: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class FoldScore:
    """The score of one fold alone, over the classes that it holds out.

    Attributes
    ----------
    n_training_pixels : int
        The labelled pixels left for training, before the model's own limit.
    n_pixels : int
        The scored pixels.
    weighted_f1, macro_f1 : float
        Between 0 and 1.
    """

    n_training_pixels: int
    n_pixels: int
    weighted_f1: float
    macro_f1: float


@dataclass(frozen=True, eq=False)
class Score:
    """The outcome of one protocol.

    Attributes
    ----------
    protocol : str
        "sections", "regions", "depth" or "random".
    weighted_f1, macro_f1 : float
        Means over the scored classes, weighted by their scored pixels, and plain; pooled over the folds.
    per_class : tuple of ClassScore
        A row for each scored class.
    confusion : int array of shape (n_classes, n_classes)
        Scored pixels by true class (rows) and predicted class (columns), both in the order of `classes`.
    classes : tuple of str
        The names of all labelled classes, scored or not.
    unscored : tuple of str
        The names of the classes that this protocol cannot score; their rows in `confusion` are zero.
    folds : tuple of FoldScore
        Each fold alone, to show the spread; a single one for "random".
    """

    protocol: str
    weighted_f1: float
    macro_f1: float
    per_class: tuple[ClassScore, ...]
    confusion: Integers
    classes: tuple[str, ...]
    unscored: tuple[str, ...]
    folds: tuple[FoldScore, ...]

    @property
    def title(self) -> str:
        """What the protocol holds out, in words: such as "whole regions"."""
        return MEANINGS[self.protocol].title

    @property
    def n_pixels(self) -> int:
        """The number of scored pixels."""
        return sum(row.n_pixels for row in self.per_class)

    @property
    def n_regions(self) -> int:
        """The number of regions that hold scored pixels."""
        return sum(row.n_regions for row in self.per_class)

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, strings, lists and dictionaries, ready for JSON."""
        return {
            "protocol": self.protocol,
            "weighted_f1": self.weighted_f1,
            "macro_f1": self.macro_f1,
            "n_pixels": self.n_pixels,
            "n_regions": self.n_regions,
            "per_class": [vars(row).copy() for row in self.per_class],
            "classes": list(self.classes),
            "unscored": list(self.unscored),
            "confusion": self.confusion.tolist(),
            "folds": [vars(fold).copy() for fold in self.folds],
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Score:
        """Make a score of what `to_dict` gave; KeyError where something is missing or unknown."""
        if values["protocol"] not in MEANINGS:
            raise KeyError(f"There is no protocol {values['protocol']!r}.")
        return cls(
            values["protocol"],
            values["weighted_f1"],
            values["macro_f1"],
            tuple(ClassScore(**row) for row in values["per_class"]),
            np.array(values["confusion"], np.int64),
            tuple(values["classes"]),
            tuple(values["unscored"]),
            tuple(FoldScore(**fold) for fold in values["folds"]),
        )


class Predictions(NamedTuple):
    """What the models of one protocol said."""

    codes: Integers  # of each scored pixel
    n_training: dict[int, int]  # labelled pixels left for training, by fold


def _f1_means(truth: Integers, predicted: Integers) -> tuple[float, float]:
    """Return weighted and macro F1 over the classes in `truth`."""
    codes = np.unique(truth)
    _, _, f1, support = precision_recall_fscore_support(truth, predicted, labels=codes, zero_division=0.0)
    return float(np.average(f1, weights=support)), float(np.mean(f1))


def pooled_score(
    protocol: str, scored: LabeledPixels, folds: Integers, said: Predictions, classes: Mapping[int, str]
) -> Score:
    """Pool the predictions of all folds into one score."""
    codes = np.array(list(classes))
    weighted_f1, macro_f1 = _f1_means(scored.codes, said.codes)
    return Score(
        protocol=protocol,
        weighted_f1=weighted_f1,
        macro_f1=macro_f1,
        per_class=_class_scores(scored, said.codes, classes),
        confusion=confusion_matrix(scored.codes, said.codes, labels=codes).astype(np.int64),
        classes=tuple(classes.values()),
        unscored=tuple(name for code, name in classes.items() if code not in scored.codes),
        folds=tuple(
            _fold_score(scored.codes[folds == fold], said.codes[folds == fold], n_training)
            for fold, n_training in said.n_training.items()
            if (folds == fold).any()
        ),
    )


def _fold_score(truth: Integers, predicted: Integers, n_training: int) -> FoldScore:
    """Score one fold alone."""
    return FoldScore(n_training, truth.size, *_f1_means(truth, predicted))


def _class_scores(
    scored: LabeledPixels, predicted: Integers, classes: Mapping[int, str]
) -> tuple[ClassScore, ...]:
    """Return a row for each class that was scored."""
    codes = np.unique(scored.codes)
    measures = precision_recall_fscore_support(scored.codes, predicted, labels=codes, zero_division=0.0)
    return tuple(
        ClassScore(
            code=int(code),
            name=classes[int(code)],
            n_regions=np.unique(scored.regions[scored.codes == code]).size,
            n_pixels=int(n_pixels),
            precision=float(precision),
            recall=float(recall),
            f1=float(f1),
        )
        for code, precision, recall, f1, n_pixels in zip(codes, *measures, strict=True)
    )
