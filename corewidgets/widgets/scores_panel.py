"""The scores of a training, its confusion matrix, and what the classifier uses."""

from __future__ import annotations

from typing import Any

import ipywidgets as ipw

from corewidgets.labels.legend import Legend
from corewidgets.markup import html
from corewidgets.scoring.evaluation import Evaluation
from corewidgets.widgets.score_views import (
    bars,
    class_table,
    confusion_table,
    importances_by_layer,
    score_cards,
)

__all__ = ["ScoresPanel"]

_BEFORE = "Train to measure the accuracy: on rock that the model was not trained on, and on random pixels."


class ScoresPanel(ipw.VBox):
    """Shows scores and a model, and says where the labels have changed since.

    Attributes
    ----------
    scores, confusion, importances, outdated : ipywidgets.HTML
    """

    def __init__(self) -> None:
        self.scores, self.confusion, self.importances = (
            ipw.HTML(layout=ipw.Layout(margin="0")) for _ in range(3)
        )
        self.outdated = ipw.HTML(
            '<p class="cw-remark cw-outdated">The labels have changed since these scores were made.</p>',
            layout=ipw.Layout(margin="0", display="none"),
        )
        super().__init__(
            [self.outdated, self.scores, self.confusion, self.importances],
            layout=ipw.Layout(flex="1 1 460px", min_width="0"),
        )
        self.add_class("cw-results")

    def show(self, evaluation: Evaluation | None, legend: Legend) -> None:
        """Show scores, or how to get some."""
        if evaluation is None:
            self.scores.value = f'<p class="cw-remark">{_BEFORE}</p>'
            self.confusion.value = ""
            return
        first = next(iter(evaluation.scores.values()))
        self.scores.value = score_cards(evaluation) + class_table(evaluation, legend)
        self.confusion.value = html(
            "<h4>Confusion matrix ({{ title }} held out)</h4>{{ table }}",
            title=first.title,
            table=confusion_table(first, legend),
        )

    def show_model(self, model: Any) -> None:
        """Show what a model uses, nothing for none."""
        self.importances.value = "" if model is None else _importances(model)

    def tell_outdated(self, outdated: bool) -> None:
        """Say whether the labels have changed since."""
        self.outdated.layout.display = "" if outdated else "none"


def _importances(model: Any) -> str:
    found, choice = importances_by_layer(model), model.choice_
    return html(
        "{% if bars or choice %}<h4>What the classifier uses</h4>{% endif %}"
        "{% if choice %}<p class='cw-remark'>{{ choice }}</p>{% endif %}{{ bars }}",
        bars=bars(found) if found else "",
        choice=choice,
    )
