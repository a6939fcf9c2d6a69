"""What training found, as HTML: scores, tables, and what the forest went by."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from corewidgets.labels.legend import Legend
from corewidgets.learning.explanation import linear_weights
from corewidgets.scoring.evaluation import Evaluation, Score

__all__ = ["bars", "class_table", "confusion_table", "importances_by_layer", "score_cards"]

_MEANINGS = {
    "regions": "on clasts that the model never saw: what to expect of new rock",
    "depth": "on stretches of core that the model never saw: what to expect further along",
    "random": "on pixels whose neighbors it was trained on: comparable with published scores, but too good",
}


def score_cards(evaluation: Evaluation) -> str:
    """Return the scores side by side: the honest one first and large, the random one smaller."""
    cards = []
    for number, (name, score) in enumerate(evaluation.scores.items()):
        kind = "cw-flattering" if name == "random" else "cw-honest" if number == 0 else ""
        cards.append(
            f'<div class="cw-card {kind}">'
            f'<div class="cw-card-title">{html.escape(score.title.capitalize())} held out</div>'
            f'<div class="cw-figure">{score.weighted_f1:.2f}<small>weighted F1</small></div>'
            f'<div class="cw-figure cw-second">{score.macro_f1:.2f}<small>macro F1</small></div>'
            f"<p>{_MEANINGS[name]}</p></div>"
        )
    cards += [
        f'<div class="cw-card"><div class="cw-card-title">{html.escape(_title(name))} held out</div>'
        f"<p>Not computed. {html.escape(why)}</p></div>"
        for name, why in evaluation.impossible.items()
    ]
    return f'<div class="cw-cards">{"".join(cards)}</div>'


def _title(protocol: str) -> str:
    return {"regions": "Whole regions", "depth": "Depth blocks", "random": "Random pixels"}[protocol]


def class_table(evaluation: Evaluation, legend: Legend) -> str:
    """Return a row a class: all figures of the first score, and F1 of the others."""
    first, *others = evaluation.scores.values()
    heads = ["Class", "Regions", "Pixels", "Precision", "Recall", "F1"]
    heads += [f"F1, {score.title}" for score in others]
    known = {row.name: row for row in first.per_class}
    beside = [{row.name: row.f1 for row in score.per_class} for score in others]
    rows = []
    for name in first.classes:
        row = known.get(name)
        cells = ["-"] * 5
        if row is not None:
            cells = [f"{row.n_regions:,}", f"{row.n_pixels:,}"]
            cells += [_figure(value) for value in (row.precision, row.recall, row.f1)]
        cells += [_figure(scores[name]) if name in scores else "-" for scores in beside]
        rows.append(
            f"<tr><th>{_swatch(name, legend)}</th>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
        )
    head = "".join(f"<th>{html.escape(text)}</th>" for text in heads)
    return f'<table class="cw-table"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>' + (
        _unscored(first)
    )


def _unscored(score: Score) -> str:
    if not score.unscored:
        return ""
    names = ", ".join(html.escape(name) for name in score.unscored)
    remedy = (
        "Label them at other depths too" if score.protocol == "depth" else "Label a second region of each"
    )
    return f'<p class="cw-remark">Not scored: {names}. {remedy}.</p>'


def confusion_table(score: Score, legend: Legend) -> str:
    """Return the confusion matrix: a row a true class, cells in percent of the row."""
    totals = score.confusion.sum(axis=1)
    shown = [number for number, total in enumerate(totals) if total]
    columns = [n for n in range(len(score.classes)) if n in shown or score.confusion[:, n].any()]
    head = "".join(
        f'<th title="{html.escape(score.classes[n])}">{_swatch(score.classes[n], legend, text=False)}</th>'
        for n in columns
    )
    rows = [
        f"<tr><th>{_swatch(score.classes[number], legend)}</th>"
        + "".join(_cell(score, number, column, int(totals[number])) for column in columns)
        + "</tr>"
        for number in shown
    ]
    return (
        '<table class="cw-confusion"><thead><tr><th>True class, percent of it taken for …</th>'
        f"{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _cell(score: Score, true: int, said: int, total: int) -> str:
    count = int(score.confusion[true, said])
    share = count / total
    kind = "cw-right" if true == said else "cw-wrong"
    depth = f"--share: {100 * share**0.7:.0f}%"
    title = f"{score.classes[true]} taken for {score.classes[said]}: {count:,} of {total:,} pixels"
    text = f"{100 * share:.0f}" if share >= 0.005 else "·"
    return f'<td class="{kind}" style="{depth}" title="{html.escape(title)}">{text}</td>'


def importances_by_layer(model: Any) -> dict[str, float]:
    """Return the share of the decisions that each layer has; empty where the classifier does not tell.

    Of a forest it is the share of the gain in purity, of a linear classifier that of the spread of its
    standardized weights over the classes.
    """
    importances = getattr(model.classifier_, "feature_importances_", None)
    if importances is None:
        linear = linear_weights(model.classifier_)
        if linear is None:
            return {}
        importances = (linear.weights * linear.scale[:, None]).std(axis=1)
        importances = importances / importances.sum()
    found: dict[str, float] = {}
    for name, value in zip(model.feature_names_, np.asarray(importances), strict=True):
        layer = name.rpartition("/")[0]
        found[layer] = found.get(layer, 0.0) + float(value)
    return found


def bars(
    values: Mapping[str, float],
    *,
    colors: Sequence[str] | None = None,
    largest: float | None = None,
    form: str = "{:.0%}",
) -> str:
    """Return a horizontal bar for each value.

    Parameters
    ----------
    values : mapping of str to float
        Name and value; a bar of a negative one is drawn as such.
    colors : sequence of str, optional
        Of the bars.
    largest : float, optional
        Value of a full bar; by default the largest.
    form : str
        Format of the number.
    """
    top = largest or max((abs(value) for value in values.values()), default=0.0) or 1.0
    rows = []
    for number, (name, value) in enumerate(values.items()):
        color = f"background: {colors[number]};" if colors else ""
        kind = "cw-negative" if value < 0 else ""
        width = f"{100 * min(abs(value) / top, 1):.1f}%"
        rows.append(
            f'<div class="cw-bar-row"><span title="{html.escape(name)}">{html.escape(name)}</span>'
            f'<i><b class="{kind}" style="width: {width}; {color}"></b></i>'
            f"<em>{form.format(value)}</em></div>"
        )
    return f'<div class="cw-bars">{"".join(rows)}</div>'


def _swatch(name: str, legend: Legend, text: bool = True) -> str:
    color = legend.colors[legend.code(name) - 1] if name in legend else "transparent"
    label = html.escape(name) if text else ""
    return f'<span class="cw-swatch" style="background: {color}"></span>{label}'


def _figure(value: float) -> str:
    return f"{value:.2f}"
