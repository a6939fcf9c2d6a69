"""What the panel of scores says before a training, after it, and when the labels have changed."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from corewidgets.labels.legend import Legend
from corewidgets.widgets.scores_panel import ScoresPanel

LEGEND = Legend(["Matrix", "Clast"])
SCORE = SimpleNamespace(
    title="whole regions", protocol="regions", classes=LEGEND.names, confusion=np.array([[3, 1], [0, 2]]),
    per_class=[], unscored=(), weighted_f1=0.91, macro_f1=0.8,
)  # fmt: skip
EVALUATION = SimpleNamespace(scores={"regions": SCORE}, impossible={})


def test_scores_are_shown_and_taken_away_again():
    panel = ScoresPanel()
    panel.show(None, LEGEND)
    assert "Train to measure the accuracy" in panel.scores.value
    panel.show(EVALUATION, LEGEND)
    assert "0.91" in panel.scores.value
    assert "Confusion matrix (whole regions held out)" in panel.confusion.value
    panel.show(None, LEGEND)
    assert panel.confusion.value == ""


def test_scores_of_other_labels_are_said_to_be():
    panel = ScoresPanel()
    assert panel.outdated.layout.display == "none"
    panel.tell_outdated(True)
    assert panel.outdated.layout.display == ""


def test_no_model_uses_nothing():
    panel = ScoresPanel()
    panel.show_model(None)
    assert panel.importances.value == ""
