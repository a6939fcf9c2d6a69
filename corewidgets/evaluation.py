"""Honest scores: how well a model classifies rock that it was not shown.

Three protocols decide which labelled pixels are held out of training, and scored:

``regions``
    Whole regions (4-connected pieces of equal label), in folds.  What to expect on a clast nobody labelled.
``depth``
    Contiguous blocks of depth, in folds.  What to expect further along the core.
``random``
    A random share of the pixels, once: the protocol that is usually published.  The neighbors of each scored
    pixel are trained on, so it flatters; :func:`evaluate` always computes the score by region beside it.

Scores are pooled over the folds.  A class that a protocol cannot score is named, not counted as zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from corewidgets.labels import check_labels, regions
from corewidgets.legend import Legend
from corewidgets.section import CoreSection, as_section

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
Integers: TypeAlias = NDArray[np.int64]
Progress: TypeAlias = Callable[[int, int], None]

_NEVER_HELD_OUT = -1


class PixelModel(Protocol):
    """What :func:`evaluate` asks of a model: a scikit-learn estimator of sections that predicts at pixels."""

    def fit(self, section: Any, labels: Any) -> Any:
        """Learn from sections and their labels, both lists."""
        ...

    def predict_at(self, section: Any, rows: Any, columns: Any) -> Any:
        """Return the code of the class at each pixel of one section."""
        ...


# ----------------------------------------------------------------------------------------------------- pixels


class _Pixels(NamedTuple):
    """Every labelled pixel of one or several sections, as flat arrays of equal length."""

    sections: Integers
    rows: Integers
    columns: Integers
    codes: Integers
    regions: Integers  # numbered from 0 through all sections

    @classmethod
    def of(cls, labels: Sequence[NDArray[np.uint8]]) -> _Pixels:
        """Gather the labelled pixels of `labels`, one array a section."""
        parts = []
        n_regions = 0
        for index, array in enumerate(labels):
            rows, columns = np.nonzero(array)
            numbers = regions(array)[rows, columns].astype(np.int64) + (n_regions - 1)
            parts.append((np.full(rows.size, index), rows, columns, array[rows, columns], numbers))
            n_regions = int(numbers.max(initial=n_regions - 1)) + 1
        return cls(*(np.concatenate(column).astype(np.int64) for column in zip(*parts, strict=True)))

    def take(self, chosen: NDArray[np.bool_]) -> _Pixels:
        """Return the pixels where `chosen` is true."""
        return _Pixels(*(values[chosen] for values in self))


def _pixels_of_one(labels: ArrayLike) -> tuple[NDArray[np.uint8], _Pixels]:
    """Check one array of labels and gather its labelled pixels."""
    array = check_labels(labels)
    return array, _Pixels.of([array])


def _classes_with_several(codes: Integers, groups: Integers) -> Integers:
    """Return the codes that occur in two groups or more."""
    pairs = np.unique(np.stack([codes, groups]), axis=1)
    found, n_groups = np.unique(pairs[0], return_counts=True)
    return found[n_groups > 1]


# ------------------------------------------------------------------------------------------------------ folds


def random_split(labels: ArrayLike, share: float = 0.05, random_state: int | None = 0) -> NDArray[np.bool_]:
    """Hold out a random share of the labelled pixels of each class, as the published protocol does.

    Parameters
    ----------
    labels : array of shape (n_rows, n_columns)
        Codes; 0 = unlabelled.
    share : float
        The part of each class's pixels to hold out, between 0 and 1.  A class with two pixels or more gets at
        least one held out and at least one to train on; a class with a single pixel is never held out.
    random_state : int or None
        The same number gives the same pixels.

    Returns
    -------
    bool array of shape (n_rows, n_columns)
        True where a pixel is held out.

    Raises
    ------
    ValueError
        If `share` is not between 0 and 1.

    Examples
    --------
    >>> labels = np.repeat([[1, 2]], 100, axis=0)
    >>> random_split(labels, share=0.05).sum(axis=0)
    array([5, 5])
    """
    array, pixels = _pixels_of_one(labels)
    held_out = np.zeros(array.shape, dtype=bool)
    held_out[pixels.rows, pixels.columns] = _random_share(pixels, _checked_share(share), random_state) >= 0
    return held_out


def region_folds(labels: ArrayLike, n_splits: int = 5, random_state: int | None = 0) -> NDArray[np.int16]:
    """Deal whole regions to folds, so that no held-out pixel adjoins a training pixel of its class.

    The regions of each class are dealt out large before small (in random order where sizes are within a
    factor of two), each to the fold that has the fewest pixels of that class.  So every fold gets about the
    same share of a class, and the regions of a class never lie all in one fold: while one is scored, another
    is trained on.

    Parameters
    ----------
    labels : array of shape (n_rows, n_columns)
        Codes; 0 = unlabelled.
    n_splits : int
        The number of folds, 2 or more.
    random_state : int or None
        The same number gives the same folds.

    Returns
    -------
    int16 array of shape (n_rows, n_columns)
        The fold in which a pixel is held out, from 0; -1 where a pixel is unlabelled or its class has a
        single region, which no fold can score.

    Raises
    ------
    ValueError
        If `n_splits` is below 2.
    """
    array, pixels = _pixels_of_one(labels)
    folds = _deal_regions(pixels, _checked_count(n_splits, "n_splits"), random_state)
    return _on_grid(array.shape, pixels, folds)


def depth_folds(labels: ArrayLike, n_blocks: int = 5) -> NDArray[np.int16]:
    """Cut a section into contiguous blocks of depth, with about equally many labelled pixels each.

    A region that one cut runs through stays whole and goes to the block that holds more of it, so that no
    half of a clast is trained on while the other is scored.  Only a region that reaches through three blocks
    or more (liner, matrix) is divided.

    Parameters
    ----------
    labels : array of shape (n_rows, n_columns)
        Codes; 0 = unlabelled.
    n_blocks : int
        The number of blocks, 2 or more.

    Returns
    -------
    int16 array of shape (n_rows, n_columns)
        The block in which a pixel is held out, from 0 at the top; -1 where a pixel is unlabelled or its class
        lies in a single block, which cannot be scored.

    Raises
    ------
    ValueError
        If `n_blocks` is below 2.

    Notes
    -----
    Neighbors are not independent, so spatial data are validated by block: Roberts et al. (2017),
    Cross-validation strategies for data with temporal, spatial, hierarchical, or phylogenetic structure,
    Ecography 40, 913-929.
    """
    array, pixels = _pixels_of_one(labels)
    folds = _cut_depth(pixels, pixels.rows, _checked_count(n_blocks, "n_blocks"))
    return _on_grid(array.shape, pixels, folds)


def _on_grid(shape: tuple[int, ...], pixels: _Pixels, folds: Integers) -> NDArray[np.int16]:
    """Spread the folds of pixels over an array, -1 elsewhere."""
    grid = np.full(shape, _NEVER_HELD_OUT, dtype=np.int16)
    grid[pixels.rows, pixels.columns] = folds
    return grid


def _checked_share(share: float) -> float:
    """Return `share` if some pixels are held out and some are left."""
    if not 0 < share < 1:
        raise ValueError(f"share is the part of the pixels to hold out, between 0 and 1, but is {share}.")
    return share


def _checked_count(count: int, name: str) -> int:
    """Return the number of folds if there are two or more."""
    if count < 2:
        raise ValueError(f"{name} must be 2 or more, one to score and one to train on, but is {count}.")
    return count


def _random_share(pixels: _Pixels, share: float, random_state: int | None) -> Integers:
    """Return 0 for the pixels that are held out, -1 for the others."""
    rng = np.random.default_rng(random_state)
    folds = np.full(pixels.codes.size, _NEVER_HELD_OUT)
    for code in np.unique(pixels.codes):
        members = np.flatnonzero(pixels.codes == code)
        if members.size > 1:
            n_held_out = min(max(1, round(share * members.size)), members.size - 1)
            folds[rng.choice(members, n_held_out, replace=False)] = 0
    return folds


def _deal_regions(pixels: _Pixels, n_splits: int, random_state: int | None) -> Integers:
    """Return the fold of each pixel, dealt region by region."""
    rng = np.random.default_rng(random_state)
    sizes = np.bincount(pixels.regions)
    code_of_region = np.zeros(sizes.size, dtype=np.int64)
    code_of_region[pixels.regions] = pixels.codes
    fold_of_region = np.full(sizes.size, _NEVER_HELD_OUT)
    n_pixels = np.zeros(n_splits)
    for code in rng.permutation(_classes_with_several(pixels.codes, pixels.regions)):
        members = rng.permutation(np.flatnonzero(code_of_region == code))
        n_of_class = np.zeros(n_splits)
        for region in members[np.argsort(-np.floor(np.log2(sizes[members])), kind="stable")]:
            fold = np.lexsort((rng.random(n_splits), n_pixels, n_of_class))[0]
            fold_of_region[region] = fold
            n_of_class[fold] += sizes[region]
            n_pixels[fold] += sizes[region]
    return fold_of_region[pixels.regions]


def _cut_depth(pixels: _Pixels, depths: Integers, n_blocks: int) -> Integers:
    """Return the block of each pixel; `depths` are rows counted through all sections."""
    if depths.size == 0:
        return depths
    n_in_row = np.bincount(depths)
    share_above = (np.cumsum(n_in_row) - n_in_row / 2) / depths.size
    blocks = np.floor(share_above * n_blocks).astype(np.int64)[depths]
    n_regions = int(pixels.regions.max()) + 1
    n_in_block = np.bincount(pixels.regions * n_blocks + blocks, minlength=n_regions * n_blocks)
    n_in_block = n_in_block.reshape(n_regions, n_blocks)
    stays_whole = np.count_nonzero(n_in_block, axis=1) <= 2
    blocks = np.where(stays_whole[pixels.regions], n_in_block.argmax(axis=1)[pixels.regions], blocks)
    scored = np.isin(pixels.codes, _classes_with_several(pixels.codes, blocks))
    return np.where(scored, blocks, _NEVER_HELD_OUT)


# -------------------------------------------------------------------------------------------------- protocols


@dataclass(frozen=True)
class _Settings:
    """What the protocols need to know besides the pixels."""

    share: float
    n_splits: int
    random_state: int | None
    depths: Integers


@dataclass(frozen=True)
class _ProtocolText:
    """How the report speaks of a protocol."""

    title: str
    meaning: str
    single: str  # why a class is not scored


_FOLDS: Mapping[str, Callable[[_Pixels, _Settings], Integers]] = {
    "regions": lambda pixels, given: _deal_regions(pixels, given.n_splits, given.random_state),
    "depth": lambda pixels, given: _cut_depth(pixels, given.depths, given.n_splits),
    "random": lambda pixels, given: _random_share(pixels, given.share, given.random_state),
}

# The order is the order of the report: honest before flattering.
_TEXTS: Mapping[str, _ProtocolText] = {
    "regions": _ProtocolText(
        "whole regions",
        "each region is scored by a model that never saw it: what to expect on a clast nobody labelled.",
        "a single region each, so label a second one",
    ),
    "depth": _ProtocolText(
        "depth blocks",
        "each stretch of core is scored by a model trained on the others: what to expect further along.",
        "labelled in a single depth block",
    ),
    "random": _ProtocolText(
        "random pixels",
        "the neighbors of each scored pixel were trained on: comparable with published scores, but too good.",
        "a single labelled pixel each",
    ),
}

_IMPOSSIBLE: Mapping[str, str] = {
    "regions": "Every class has a single region; label a second region of the classes that matter.",
    "depth": "Every class lies in a single depth block; label the classes at several depths.",
    "random": "Every class has a single labelled pixel; paint more of each.",
}

PROTOCOLS = tuple(_TEXTS)


def _chosen_protocols(protocols: str | Sequence[str]) -> list[str]:
    """Return the protocols to compute, in the order of the report; never "random" without "regions"."""
    chosen = {protocols} if isinstance(protocols, str) else set(protocols)
    for name in sorted(chosen - set(PROTOCOLS)):
        raise ValueError(f"There is no protocol {name!r}; choose from {', '.join(PROTOCOLS)}.")
    if not chosen:
        raise ValueError(f"There is no protocol to score by; choose from {', '.join(PROTOCOLS)}.")
    if "random" in chosen:
        chosen.add("regions")
    return [name for name in PROTOCOLS if name in chosen]


# ----------------------------------------------------------------------------------------------------- scores


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
        "regions", "depth" or "random".
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
        """What the protocol holds out, in words: "whole regions", "depth blocks" or "random pixels"."""
        return _TEXTS[self.protocol].title

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


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The scores of a model by several protocols; ``evaluation["regions"]`` is one of them.

    Attributes
    ----------
    scores : mapping of str to Score
        By protocol, honest ones first.
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
        """Return the scores as text: a line a protocol, the honest ones first, then a row a class."""
        return "\n".join(
            [
                f"{len(self.classes)} classes, {self.n_regions:,} regions, {self.n_pixels:,} labelled pixels",
                "",
                *_summary_lines(self.scores),
                "",
                *_meaning_lines(self),
                "",
                *_class_lines(self.scores),
                *_unscored_lines(self.scores),
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


# ----------------------------------------------------------------------------------------------------- report


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Align columns: the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if index else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in [header, *rows]
    ]


def _spread(score: Score) -> str:
    """Return the range of the folds' weighted F1."""
    values = [fold.weighted_f1 for fold in score.folds]
    return f"{min(values):.3f} to {max(values):.3f}" if len(values) > 1 else "one draw"


def _summary_lines(scores: Mapping[str, Score]) -> list[str]:
    """Return a line a protocol."""
    rows = [
        [
            score.title,
            f"{score.weighted_f1:.3f}",
            f"{score.macro_f1:.3f}",
            _spread(score),
            f"{len(score.per_class)} of {len(score.classes)}",
            f"{score.n_pixels:,}",
        ]
        for score in scores.values()
    ]
    header = ["held out", "weighted F1", "macro F1", "weighted, by fold", "classes", "pixels scored"]
    return _table(header, rows)


def _meaning_lines(evaluation: Evaluation) -> list[str]:
    """Return one sentence on each protocol, or on why it is missing."""
    lines = [f"{_TEXTS[name].title}: {_TEXTS[name].meaning}" for name in evaluation]
    missing = [f"{_TEXTS[name].title}: not computed. {why}" for name, why in evaluation.impossible.items()]
    return lines + missing


def _class_lines(scores: Mapping[str, Score]) -> list[str]:
    """Return a row a class: everything by the first protocol, F1 by the others beside it."""
    first, *others = scores.values()
    beside = [{row.name: f"{row.f1:.3f}" for row in score.per_class} for score in others]
    cells = {row.name: _class_cells(row) for row in first.per_class}
    rows = [
        [name, *cells.get(name, ["-"] * 5), *(f1.get(name, "-") for f1 in beside)] for name in first.classes
    ]
    titles = [f"F1, {score.title}" for score in (first, *others)]
    return _table(["class", "regions", "pixels", "precision", "recall", *titles], rows)


def _class_cells(row: ClassScore) -> list[str]:
    """Return the numbers of a row of the table of classes."""
    measures = (row.precision, row.recall, row.f1)
    return [f"{row.n_regions:,}", f"{row.n_pixels:,}", *(f"{measure:.3f}" for measure in measures)]


def _unscored_lines(scores: Mapping[str, Score]) -> list[str]:
    """Name the classes that a protocol leaves out."""
    lines = [
        f"Not scored by {score.title}: {', '.join(score.unscored)} ({_TEXTS[name].single})."
        for name, score in scores.items()
        if score.unscored
    ]
    return ["", *lines] if lines else []


# --------------------------------------------------------------------------------------------------- evaluate


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
        Codes, 0 = unlabelled; one array a section.
    legend : Legend, optional
        Names for the codes; "Class 1" and so on if it is left out.
    protocols : str or sequence of str
        Any of "regions", "depth" and "random".  "regions" is always computed beside "random".
    share : float
        The part of the labelled pixels that "random" holds out, stratified by class.
    n_splits : int
        The number of folds of "regions" and of blocks of "depth".
    random_state : int or None
        The same number gives the same folds.
    max_scored_pixels : int, optional
        Score an even draw of about this many held-out pixels a protocol (at least one a class) instead of
        all: quicker, and hardly different, since neighbors repeat each other.  None of the others is trained
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
    F1 is the harmonic mean of precision and recall.  The model is cloned once and fitted anew for each fold,
    so that what it caches of the image, which does not depend on the labels, is computed once.
    """
    names = _chosen_protocols(protocols)
    sections, arrays = _checked_pairs(section, labels)
    pixels = _Pixels.of(arrays)
    classes = _named_classes(pixels, legend)
    n_splits = _checked_count(n_splits, "n_splits")
    settings = _Settings(_checked_share(share), n_splits, random_state, _depths(sections, pixels))
    folds = {name: _FOLDS[name](pixels, settings) for name in names}
    impossible = {name: _IMPOSSIBLE[name] for name in names if not (folds[name] >= 0).any()}
    if len(impossible) == len(names):
        raise ValueError(f"There is nothing to score by {names[0]!r}. {impossible[names[0]]}")
    trial = _Trial(_cloned(model, random_state), sections, arrays, pixels)
    count = _Counter(progress, sum(np.unique(fold[fold >= 0]).size for fold in folds.values()))
    scores = {}
    for name in names:
        if name not in impossible:
            scored = _evenly_drawn(pixels, folds[name], max_scored_pixels, random_state)
            said = trial.predictions(folds[name], scored, count)
            scores[name] = _score(name, pixels.take(scored), folds[name][scored], said, classes)
    return Evaluation(
        scores, impossible, tuple(classes.values()), int(pixels.regions.max()) + 1, pixels.codes.size
    )


def _checked_pairs(section: Any, labels: Any) -> tuple[list[CoreSection], list[NDArray[np.uint8]]]:
    """Return sections and labels as lists of equal length, each pair of equal shape."""
    given = list(section) if isinstance(section, list | tuple) else [section]
    drawn = list(labels) if isinstance(section, list | tuple) else [labels]
    if not given or len(given) != len(drawn):
        raise ValueError(
            f"There are {len(given)} sections but labels for {len(drawn)}; give one array a section."
        )
    sections = [as_section(one) for one in given]
    return sections, [check_labels(array, one.shape) for array, one in zip(drawn, sections, strict=True)]


def _named_classes(pixels: _Pixels, legend: Legend | None) -> dict[int, str]:
    """Return the labelled codes with their names; raise if there are not two, or one has no name."""
    codes = [int(code) for code in np.unique(pixels.codes)]
    if not codes:
        raise ValueError(
            "There is nothing to score: every pixel is 0 (unlabelled). Paint at least two classes."
        )
    legend = Legend.of_codes(codes[-1]) if legend is None else legend
    for code in codes:
        if code not in legend.codes:
            raise ValueError(
                f"labels contain code {code}, but the legend has codes 1 to {len(legend)}; add its class."
            )
    if len(codes) == 1:
        name = legend.name(codes[0])
        raise ValueError(f"Only one class is labelled, {name!r}; paint at least two classes.")
    return {code: legend.name(code) for code in codes}


def _depths(sections: Sequence[CoreSection], pixels: _Pixels) -> Integers:
    """Count rows through all sections, in order of depth where that is known, else in the order given."""
    order = list(range(len(sections)))
    tops = [section.top for section in sections]
    if None not in tops:
        order.sort(key=lambda index: tops[index] or 0.0)
    first_row = np.zeros(len(sections), dtype=np.int64)
    first_row[order[1:]] = np.cumsum([sections[index].n_rows for index in order[:-1]])
    return first_row[pixels.sections] + pixels.rows


def _cloned(model: PixelModel, random_state: int | None) -> Any:
    """Return an unfitted copy; a free random state is fixed, so that scores can be reproduced."""
    copy = clone(model)
    if "random_state" in (parameters := copy.get_params()) and parameters["random_state"] is None:
        copy.set_params(random_state=random_state)
    return copy


def _evenly_drawn(
    pixels: _Pixels, folds: Integers, max_scored_pixels: int | None, random_state: int | None
) -> NDArray[np.bool_]:
    """Choose which held-out pixels to score: all, or an even draw through the classes and their regions."""
    scored = folds >= 0
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


class _Predictions(NamedTuple):
    """What the models of one protocol said."""

    codes: Integers  # of each scored pixel
    n_training: dict[int, int]  # labelled pixels left for training, by fold


@dataclass(frozen=True)
class _Trial:
    """A model, and the sections and labels to try it on."""

    model: Any
    sections: Sequence[CoreSection]
    labels: Sequence[NDArray[np.uint8]]
    pixels: _Pixels

    def predictions(self, folds: Integers, scored: NDArray[np.bool_], count: _Counter) -> _Predictions:
        """Train without each fold in turn and predict its scored pixels."""
        codes = np.zeros(folds.size, dtype=np.int64)
        n_training = {}
        for fold in np.unique(folds[folds >= 0]).tolist():
            n_training[fold] = self._fit_without(folds == fold)
            asked = scored & (folds == fold)
            codes[asked] = self._predict(self.pixels.take(asked))
            count.advance()
        return _Predictions(codes[scored], n_training)

    def _fit_without(self, held_out: NDArray[np.bool_]) -> int:
        """Fit on all labels but those held out; return how many are left."""
        left = [array.copy() for array in self.labels]
        for index, array in enumerate(left):
            gone = self.pixels.take(held_out & (self.pixels.sections == index))
            array[gone.rows, gone.columns] = 0
        used = [index for index, array in enumerate(left) if array.any()]
        self.model.fit([self.sections[index] for index in used], [left[index] for index in used])
        return int(np.count_nonzero(~held_out))

    def _predict(self, asked: _Pixels) -> Integers:
        """Predict at pixels, section by section."""
        codes = np.zeros(asked.codes.size, dtype=np.int64)
        for index in np.unique(asked.sections).tolist():
            here = asked.sections == index
            codes[here] = self.model.predict_at(self.sections[index], asked.rows[here], asked.columns[here])
        return codes


def _f1_means(truth: Integers, predicted: Integers) -> tuple[float, float]:
    """Return weighted and macro F1 over the classes in `truth`."""
    codes = np.unique(truth)
    _, _, f1, support = precision_recall_fscore_support(truth, predicted, labels=codes, zero_division=0.0)
    return float(np.average(f1, weights=support)), float(np.mean(f1))


def _score(
    protocol: str, scored: _Pixels, folds: Integers, said: _Predictions, classes: Mapping[int, str]
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


def _class_scores(scored: _Pixels, predicted: Integers, classes: Mapping[int, str]) -> tuple[ClassScore, ...]:
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
