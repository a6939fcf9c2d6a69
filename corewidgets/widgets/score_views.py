"""What training found, as HTML: scores, tables, and what the forest went by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from corewidgets.labels.legend import Legend
from corewidgets.learning.explanation import linear_weights
from corewidgets.learning.mean import told_by
from corewidgets.markup import Markup, html
from corewidgets.scoring.evaluation import Evaluation, Score
from corewidgets.scoring.meanings import MEANINGS

__all__ = ["bars", "class_table", "confusion_table", "importances_by_layer", "score_cards"]

_CARDS = """\
<div class="cw-cards">{% for kind, title, figures, meaning in cards %}\
<div class="cw-card {{ kind }}"><div class="cw-card-title">{{ title }} held out</div>\
<div class="cw-figure">{{ figures[0] }}<small>weighted F1</small></div>\
<div class="cw-figure cw-second">{{ figures[1] }}<small>macro F1</small></div>\
<p>{{ meaning }}</p></div>{% endfor %}{% for title, why in impossible %}\
<div class="cw-card"><div class="cw-card-title">{{ title }} held out</div>\
<p>Not computed. {{ why }}</p></div>{% endfor %}</div>"""

_CLASSES = """\
<table class="cw-table"><thead><tr>{% for head in heads %}<th>{{ head }}</th>{% endfor %}</tr></thead><tbody>\
{% for name, cells in rows %}<tr><th>{{ name }}</th>\
{% for cell in cells %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</tbody></table>\
{% if unscored %}<p class="cw-remark">Not scored: {{ unscored | join(", ") }}. {{ remedy }}.</p>{% endif %}"""

_CONFUSION = """\
<table class="cw-confusion"><thead><tr><th>True class, percent of it taken for …</th>\
{% for name, swatch in heads %}<th title="{{ name }}">{{ swatch }}</th>{% endfor %}</tr></thead><tbody>\
{% for name, cells in rows %}<tr><th>{{ name }}</th>{{ cells | join }}</tr>{% endfor %}</tbody></table>"""

_CELL = '<td class="{{ kind }}" style="{{ depth }}" title="{{ title }}">{{ text }}</td>'

_BARS = """\
<div class="cw-bars">{% for name, kind, style, value in rows %}\
<div class="cw-bar-row"><span title="{{ name }}">{{ name }}</span>\
<i><b class="{{ kind }}" style="{{ style }}"></b></i><em>{{ value }}</em></div>{% endfor %}</div>"""

_SWATCH = '<span class="cw-swatch" style="background: {{ color }}"></span>{{ label }}'


def score_cards(evaluation: Evaluation) -> Markup:
    """Return the scores side by side: the strict one first and large, the random one smaller."""
    cards = []
    for number, (name, score) in enumerate(evaluation.scores.items()):
        kind = "cw-random" if name == "random" else "cw-strict" if number == 0 else ""
        figures = (f"{score.weighted_f1:.2f}", f"{score.macro_f1:.2f}")
        cards.append((kind, score.title.capitalize(), figures, MEANINGS[name].short))
    impossible = [(_title(name), why) for name, why in evaluation.impossible.items()]
    return html(_CARDS, cards=cards, impossible=impossible)


def _title(protocol: str) -> str:
    return MEANINGS[protocol].title.capitalize()


def class_table(evaluation: Evaluation, legend: Legend) -> Markup:
    """Return one row per class: all figures of the first score, and F1 of the others."""
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
        rows.append((_swatch(name, legend), cells))
    return html(_CLASSES, heads=heads, rows=rows, unscored=first.unscored, remedy=_remedy(first))


def _remedy(score: Score) -> str:
    return "Label them at other depths too" if score.protocol == "depth" else "Label a second region of each"


def confusion_table(score: Score, legend: Legend) -> Markup:
    """Return the confusion matrix: one row per true class, cells in percent of the row."""
    totals = score.confusion.sum(axis=1)
    shown = [number for number, total in enumerate(totals) if total]
    columns = [n for n in range(len(score.classes)) if n in shown or score.confusion[:, n].any()]
    heads = [(score.classes[n], _swatch(score.classes[n], legend, text=False)) for n in columns]
    rows = [
        (
            _swatch(score.classes[number], legend),
            [_cell(score, number, column, int(totals[number])) for column in columns],
        )
        for number in shown
    ]
    return html(_CONFUSION, heads=heads, rows=rows)


def _cell(score: Score, true: int, said: int, total: int) -> Markup:
    count = int(score.confusion[true, said])
    share = count / total
    kind = "cw-right" if true == said else "cw-wrong"
    depth = f"--share: {100 * share**0.7:.0f}%"
    title = f"{score.classes[true]} taken for {score.classes[said]}: {count:,} of {total:,} pixels"
    text = f"{100 * share:.0f}" if share >= 0.005 else "·"
    return html(_CELL, kind=kind, depth=depth, title=title, text=text)


def importances_by_layer(model: Any) -> dict[str, float]:
    """Return the share of the decisions that each layer has; empty where the classifier does not tell.

    Of a forest it is the share of the gain in purity, of a linear classifier that of the spread of its
    standardized weights over the classes.
    """
    importances = getattr(model.classifier_, "feature_importances_", None)
    if importances is None:
        linear = linear_weights(told_by(model.classifier_))
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
) -> Markup:
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
        rows.append((name, kind, f"width: {width}; {color}", form.format(value)))
    return html(_BARS, rows=rows)


def _swatch(name: str, legend: Legend, text: bool = True) -> Markup:
    color = legend.colors[legend.code(name) - 1] if name in legend else "transparent"
    return html(_SWATCH, color=color, label=name if text else "")


def _figure(value: float) -> str:
    return f"{value:.2f}"
