"""Scores as text: one line per protocol, what each means, and one row per class."""

from __future__ import annotations

from collections.abc import Mapping

from corewidgets.scoring.meanings import MEANINGS
from corewidgets.scoring.protocols import PROTOCOLS
from corewidgets.scoring.scores import ClassScore, Score
from corewidgets.scoring.text_table import text_table

__all__ = ["report_lines"]


def report_lines(scores: Mapping[str, Score], impossible: Mapping[str, str]) -> list[str]:
    """Return the lines of a report.

    Parameters
    ----------
    scores : mapping of str to Score
        By protocol, in the order of the report.
    impossible : mapping of str to str
        Protocols that could not score any class, and why.

    Returns
    -------
    list of str
    """
    return [
        *_summary_lines(scores),
        "",
        *_meaning_lines(scores, impossible),
        "",
        *_class_lines(scores),
        *_unscored_lines(scores),
    ]


def _spread(score: Score) -> str:
    """Return the range of the folds' weighted F1."""
    values = [fold.weighted_f1 for fold in score.folds]
    return f"{min(values):.3f} to {max(values):.3f}" if len(values) > 1 else "one draw"


def _summary_lines(scores: Mapping[str, Score]) -> list[str]:
    """Return one line per protocol."""
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
    return text_table([header, *rows])


def _meaning_lines(scores: Mapping[str, Score], impossible: Mapping[str, str]) -> list[str]:
    """Return one sentence on each protocol, or on why it is missing."""
    lines = [f"{MEANINGS[name].title}: {MEANINGS[name].sentence}" for name in scores]
    return lines + [f"{MEANINGS[name].title}: not computed. {why}" for name, why in impossible.items()]


def _class_lines(scores: Mapping[str, Score]) -> list[str]:
    """Return one row per class: everything by the first protocol, F1 by the others beside it."""
    first, *others = scores.values()
    beside = [{row.name: f"{row.f1:.3f}" for row in score.per_class} for score in others]
    cells = {row.name: _class_cells(row) for row in first.per_class}
    rows = [
        [name, *cells.get(name, ["-"] * 5), *(f1.get(name, "-") for f1 in beside)] for name in first.classes
    ]
    titles = [f"F1, {score.title}" for score in (first, *others)]
    return text_table([["class", "regions", "pixels", "precision", "recall", *titles], *rows])


def _class_cells(row: ClassScore) -> list[str]:
    """Return the numbers of a row of the table of classes."""
    measures = (row.precision, row.recall, row.f1)
    return [f"{row.n_regions:,}", f"{row.n_pixels:,}", *(f"{measure:.3f}" for measure in measures)]


def _unscored_lines(scores: Mapping[str, Score]) -> list[str]:
    """Name the classes that a protocol leaves out."""
    lines = [
        f"Not scored by {score.title}: {', '.join(score.unscored)} ({PROTOCOLS[name].single})."
        for name, score in scores.items()
        if score.unscored
    ]
    return ["", *lines] if lines else []
