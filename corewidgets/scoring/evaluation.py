"""Strict scores: how well a model classifies rock that it was not trained on.

A protocol decides which labelled pixels are held out of training, and scored: `PROTOCOLS` lists them, and
what each score means.  That on random pixels is the one that is usually published, and too optimistic;
`evaluate` always computes the score by region beside it.

Scores are pooled over the folds.  A class that a protocol cannot score is named, not counted as zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone

from corewidgets.cores.section import CoreSection, as_section
from corewidgets.labels.arrays import check_labels
from corewidgets.labels.legend import Legend
from corewidgets.learning.light import forget_relit
from corewidgets.scoring.folds import (
    Integers,
    LabeledPixels,
    checked_count,
    checked_share,
    depth_folds,
    held_out_with_others,
    random_split,
    region_folds,
)
from corewidgets.scoring.protocols import PROTOCOLS, FoldSettings, chosen_protocols
from corewidgets.scoring.score_report import report_lines
from corewidgets.scoring.scores import ClassScore, FoldScore, Predictions, Score, pooled_score

__all__ = [
    "PROTOCOLS",
    "ClassScore",
    "Evaluation",
    "FoldScore",
    "Score",
    "depth_folds",
    "evaluate",
    "random_split",
    "region_folds",
]

Image: TypeAlias = NDArray[np.uint8]
Progress: TypeAlias = Callable[[int, int], None]


class PixelModel(Protocol):
    """What :func:`evaluate` needs of a model: an estimator of sections that predicts at pixels."""

    def fit(self, section: Any, labels: Any) -> Any:
        """Learn from sections and their labels, both lists."""
        ...

    def predict_at(self, section: Any, rows: Any, columns: Any) -> Any:
        """Return the code of the class at each pixel of one section."""
        ...


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The scores of a model by several protocols; ``evaluation["regions"]`` is one of them.

    Attributes
    ----------
    scores : mapping of str to Score
        By protocol, the strict ones first.
    impossible : mapping of str to str
        Protocols that could not score any class, and why.
    classes : tuple of str
        The names of all labelled classes.
    n_regions, n_pixels : int
        All labelled regions and pixels, of all sections.
    """

    scores: Mapping[str, Score]
    impossible: Mapping[str, str]
    classes: tuple[str, ...]
    n_regions: int
    n_pixels: int

    def __getitem__(self, protocol: str) -> Score:
        if protocol in self.impossible:
            raise KeyError(f"The protocol {protocol!r} could not be computed: {self.impossible[protocol]}")
        if protocol not in self.scores:
            raise KeyError(f"This evaluation has no score by {protocol!r}; it has {', '.join(self.scores)}.")
        return self.scores[protocol]

    def __iter__(self) -> Iterator[str]:
        return iter(self.scores)

    def __len__(self) -> int:
        return len(self.scores)

    def __repr__(self) -> str:
        parts = [
            f"{name}: weighted F1 {score.weighted_f1:.3f}, macro F1 {score.macro_f1:.3f}"
            for name, score in self.scores.items()
        ]
        return f"Evaluation({'; '.join(parts)})"

    def __str__(self) -> str:
        return self.report()

    def report(self) -> str:
        """Return the scores as text: one line per protocol, the strict ones first, then one row per class."""
        return "\n".join(
            [
                f"{len(self.classes)} classes, {self.n_regions:,} regions, {self.n_pixels:,} labelled pixels",
                "",
                *report_lines(self.scores, self.impossible),
            ]
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, strings, lists and dictionaries, ready for JSON."""
        return {
            "n_regions": self.n_regions,
            "n_pixels": self.n_pixels,
            "classes": list(self.classes),
            "scores": {name: score.to_dict() for name, score in self.scores.items()},
            "impossible": dict(self.impossible),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Evaluation:
        """Make an evaluation of what `to_dict` gave; KeyError where something is missing or unknown."""
        scores = {name: Score.from_dict(score) for name, score in values["scores"].items()}
        classes = tuple(values["classes"])
        return cls(scores, dict(values["impossible"]), classes, values["n_regions"], values["n_pixels"])


def evaluate(
    model: PixelModel,
    section: CoreSection | Image | Sequence[CoreSection | Image],
    labels: ArrayLike | Sequence[ArrayLike],
    *,
    legend: Legend | None = None,
    protocols: str | Sequence[str] = ("random", "regions"),
    share: float = 0.05,
    n_splits: int = 5,
    random_state: int | None = 0,
    max_scored_pixels: int | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Score a model on labelled pixels that it was not trained on.

    Parameters
    ----------
    model : PixelClassifier or an estimator like it
        Fitted or not; it is cloned and left as it is.  Its own limits, such as `max_training_pixels`, hold
        for every fold.  Where its `random_state` is None, the clone uses the one given here.
    section : CoreSection or image, or a list of them
        Images are uint8 of shape (n_rows, n_columns, 3).
    labels : array of shape (n_rows, n_columns), or a list of them
        Codes, 0 = unlabelled; one array per section.
    legend : Legend, optional
        Names for the codes; "Class 1" and so on if it is left out.
    protocols : str or sequence of str
        Any of "sections", "regions", "depth" and "random".  "regions" is always computed beside "random".
    share : float
        The part of the labelled pixels that "random" holds out, stratified by class.
    n_splits : int
        The number of folds of "regions" and "sections" and of blocks of "depth".  Fewer photographs are a
        fold each.
    random_state : int or None
        The same number gives the same folds.
    max_scored_pixels : int, optional
        Score an even draw of about this many held-out pixels per protocol (at least one per class) instead of
        all: quicker, and hardly different, since neighbors are nearly equal.  None of the others is trained
        on either.
    progress : callable, optional
        Called with (done, total) models trained and scored, first with (0, total).

    Returns
    -------
    Evaluation

    Raises
    ------
    ValueError
        If nothing is labelled, only one class is, the legend lacks a code, a setting is out of range, or no
        protocol can score any class.

    Notes
    -----
    F1 is the harmonic mean of precision and recall.  The model is cloned once and fitted again for each fold,
    so that what it caches of the image, which does not depend on the labels, is computed once.
    """
    names = chosen_protocols(protocols)
    sections, arrays = _checked_pairs(section, labels)
    pixels = LabeledPixels.of(arrays)
    classes = _named_classes(pixels, legend)
    n_splits = checked_count(n_splits, "n_splits")
    depths, photographs = _depths(sections, pixels), _photographs(sections)[pixels.sections]
    settings = FoldSettings(checked_share(share), n_splits, random_state, depths, photographs)
    folds = {name: PROTOCOLS[name].deal(pixels, settings) for name in names}
    drawn = {name: _evenly_drawn(pixels, folds[name], max_scored_pixels, random_state) for name in names}
    impossible = {name: PROTOCOLS[name].impossible for name in names if not drawn[name].any()}
    if len(impossible) == len(names):
        raise ValueError(f"There is nothing to score by {names[0]!r}. {impossible[names[0]]}")
    trial = _Trial(_cloned(model, random_state), sections, arrays, pixels)
    count = _Counter(progress, sum(np.unique(folds[name][drawn[name]]).size for name in names))
    scores = {}
    for name in names:
        if name not in impossible:
            said = trial.predictions(folds[name], drawn[name], count)
            scored = drawn[name]
            scores[name] = pooled_score(name, pixels.take(scored), folds[name][scored], said, classes)
    return Evaluation(
        scores, impossible, tuple(classes.values()), int(pixels.regions.max()) + 1, pixels.codes.size
    )


def _checked_pairs(section: Any, labels: Any) -> tuple[list[CoreSection], list[NDArray[np.uint8]]]:
    """Return sections and labels as lists of equal length, each pair of equal shape."""
    given = list(section) if isinstance(section, list | tuple) else [section]
    drawn = list(labels) if isinstance(section, list | tuple) else [labels]
    if not given or len(given) != len(drawn):
        raise ValueError(
            f"There are {len(given)} sections but labels for {len(drawn)}; give one array per section."
        )
    sections = [as_section(one) for one in given]
    return sections, [check_labels(array, one.shape) for array, one in zip(drawn, sections, strict=True)]


def _named_classes(pixels: LabeledPixels, legend: Legend | None) -> dict[int, str]:
    """Return the labelled codes with their names; raise if there are not two, or one has no name."""
    codes = [int(code) for code in np.unique(pixels.codes)]
    if not codes:
        raise ValueError(
            "There is nothing to score: every pixel is 0 (unlabelled). Paint at least two classes."
        )
    legend = Legend.of_codes(codes[-1]) if legend is None else legend
    legend.check(codes, remedy="add its class to the legend")
    if len(codes) == 1:
        name = legend.name(codes[0])
        raise ValueError(f"Only one class is labelled, {name!r}; paint at least two classes.")
    return {code: legend.name(code) for code in codes}


def _depths(sections: Sequence[CoreSection], pixels: LabeledPixels) -> Integers:
    """Count rows through all sections, in order of depth where that is known, else in the order given."""
    order = list(range(len(sections)))
    tops = [section.top for section in sections]
    if None not in tops:
        order.sort(key=lambda index: tops[index] or 0.0)
    first_row = np.zeros(len(sections), dtype=np.int64)
    first_row[order[1:]] = np.cumsum([sections[index].n_rows for index in order[:-1]])
    return first_row[pixels.sections] + pixels.rows


def _photographs(sections: Sequence[CoreSection]) -> Integers:
    """Return the photograph of each section; those read from one file, such as lanes of a box, share one."""
    keys = [index if section.path is None else str(section.path) for index, section in enumerate(sections)]
    return np.array([keys.index(key) for key in keys])


def _cloned(model: PixelModel, random_state: int | None) -> Any:
    """Return an unfitted copy; a free random state is fixed, so that scores can be reproduced."""
    copy = clone(model)
    if "random_state" in (parameters := copy.get_params()) and parameters["random_state"] is None:
        copy.set_params(random_state=random_state)
    return copy


def _evenly_drawn(
    pixels: LabeledPixels, folds: Integers, max_scored_pixels: int | None, random_state: int | None
) -> NDArray[np.bool_]:
    """Choose which held-out pixels to score: all, or an even draw through the classes and their regions."""
    scored = held_out_with_others(pixels, folds)
    if max_scored_pixels is None or np.count_nonzero(scored) <= max_scored_pixels:
        return scored
    if max_scored_pixels < 1:
        raise ValueError(f"max_scored_pixels must be 1 or more, or None for all, but is {max_scored_pixels}.")
    rng = np.random.default_rng(random_state)
    held_out = np.flatnonzero(scored)
    order = np.lexsort((rng.random(held_out.size), pixels.regions[held_out], pixels.codes[held_out]))
    held_out = held_out[order]
    step = held_out.size / max_scored_pixels
    drawn = ((np.arange(max_scored_pixels) + rng.random()) * step).astype(np.int64)
    first_of_class = np.unique(pixels.codes[held_out], return_index=True)[1]
    scored = np.zeros(folds.size, dtype=bool)
    scored[held_out[np.union1d(drawn, first_of_class)]] = True
    return scored


class _Counter:
    """Tells `progress` how many models are done."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress, self._total, self._done = progress, total, -1
        self.advance()

    def advance(self) -> None:
        """Count one more."""
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._total)


@dataclass(frozen=True)
class _Trial:
    """A model, and the sections and labels to try it on."""

    model: Any
    sections: Sequence[CoreSection]
    labels: Sequence[NDArray[np.uint8]]
    pixels: LabeledPixels

    def predictions(self, folds: Integers, scored: NDArray[np.bool_], count: _Counter) -> Predictions:
        """Train without each fold in turn and predict its scored pixels."""
        codes = np.zeros(folds.size, dtype=np.int64)
        n_training = {}
        for fold in np.unique(folds[scored]).tolist():
            n_training[fold] = self._fit_without(folds == fold)
            asked = scored & (folds == fold)
            codes[asked] = self._predict(self.pixels.take(asked))
            count.advance()
        return Predictions(codes[scored], n_training)

    def _fit_without(self, held_out: NDArray[np.bool_]) -> int:
        """Fit on all labels but those held out; return how many are left."""
        left = [array.copy() for array in self.labels]
        for index, array in enumerate(left):
            gone = self.pixels.take(held_out & (self.pixels.sections == index))
            array[gone.rows, gone.columns] = 0
        used = [index for index, array in enumerate(left) if array.any()]
        self.model.fit([self.sections[index] for index in used], [left[index] for index in used])
        return int(np.count_nonzero(~held_out))

    def _predict(self, asked: LabeledPixels) -> Integers:
        """Predict at pixels, section by section."""
        codes = np.zeros(asked.codes.size, dtype=np.int64)
        for index in np.unique(asked.sections).tolist():
            here = asked.sections == index
            section = self.sections[index]
            codes[here] = self.model.predict_at(section, asked.rows[here], asked.columns[here])
            # the next model brings it to another light; what it takes is wanted for features used again
            forget_relit(getattr(self.model, "lights_", {}), section.images)
        return codes
