"""The confusion shows shares and counts of the classes that were scored."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from matplotlib.figure import Figure

from corewidgets.figures.confusion import plot_confusion

from .example import overhang


def score_of(confusion, classes=("Matrix", "Carb-White", "Chert")):
    """What plot_confusion reads of a score."""
    return SimpleNamespace(
        confusion=np.array(confusion),
        classes=classes,
        title="whole regions",
        weighted_f1=0.6294,
        macro_f1=0.5691,
    )


def test_confusion_shows_shares_and_counts_and_no_row_for_an_unscored_class():
    figure = plot_confusion(score_of([[30000, 10000, 0], [1, 990, 9], [0, 0, 0]]))
    (ax,) = figure.axes
    assert ax.images[0].get_array().tolist() == [[0.75, 0.25, 0], [0.001, 0.99, 0.009]]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["Matrix  (40,000)", "Carb-White  (1,000)"]
    assert [text.get_text() for text in ax.get_xticklabels()] == ["Matrix", "Carb-White", "Chert"]
    cells = {text.get_text() for text in ax.texts}
    assert cells == {"75%", "30k", "25%", "10k", "<1%", "1", "99%", "990", "1%", "9"}
    assert ax.get_title(loc="left") == "Held out: whole regions\nweighted F1 0.629, macro F1 0.569"
    assert overhang(figure) <= 0


def test_confusion_has_no_column_for_a_class_that_never_occurs():
    figure = plot_confusion(score_of([[3, 0, 0], [0, 0, 0], [1, 0, 5]]))
    assert [text.get_text() for text in figure.axes[0].get_xticklabels()] == ["Matrix", "Chert"]


def test_a_confusion_can_be_drawn_into_axes_of_ones_own():
    figure = Figure(figsize=(6, 6), layout="constrained")
    assert plot_confusion(score_of([[1, 1, 0], [0, 2, 0], [0, 1, 5]]), figure.subplots()) is figure
