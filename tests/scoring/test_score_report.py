from __future__ import annotations

import numpy as np

from corewidgets.scoring.folds import LabeledPixels
from corewidgets.scoring.score_report import report_lines
from corewidgets.scoring.scores import Predictions, pooled_score


def test_the_report_is_a_line_a_protocol_and_a_row_a_class():
    zero = np.zeros(6, np.int64)
    pixels = LabeledPixels(zero, zero, zero, np.array([1, 1, 1, 1, 2, 2]), np.array([0, 0, 3, 3, 1, 1]))
    said = Predictions(np.array([1, 1, 1, 2, 2, 2]), {0: 50, 1: 60})
    classes = {1: "Melt", 2: "Matrix", 5: "Chert"}
    score = pooled_score("regions", pixels, np.array([0, 0, 1, 1, 0, 1]), said, classes)
    assert report_lines({"regions": score}, {"depth": "Label more."}) == [
        "held out       weighted F1  macro F1  weighted, by fold  classes  pixels scored",
        "whole regions        0.838     0.829     0.667 to 1.000   2 of 3              6",
        "",
        "whole regions: each region is scored by a model that was not trained on it: what to expect on "
        "clasts that were never labelled.",
        "depth blocks: not computed. Label more.",
        "",
        "class   regions  pixels  precision  recall  F1, whole regions",
        "Melt          2       4      1.000   0.750              0.857",
        "Matrix        1       2      0.667   1.000              0.800",
        "Chert         -       -          -       -                  -",
        "",
        "Not scored by whole regions: Chert (a single region each, so label a second one).",
    ]
