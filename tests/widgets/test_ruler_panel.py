"""A line that is drawn is measured, and what lies along it is shown."""

from __future__ import annotations

import numpy as np
import pytest

import corewidgets as cw
from corewidgets.learning.maps import Maps
from corewidgets.widgets.ruler_panel import RulerPanel
from corewidgets.widgets.stage.stage import Stage

from .conftest import Hand

LEGEND = cw.Legend(["Matrix", "Clast"])
IMAGE = np.tile(np.arange(100, dtype=np.uint8)[:, None, None], (1, 50, 3))


def panel_of(section, maps=None):
    stage = Stage(section)
    return RulerPanel(stage, stage.messages, lambda: maps, lambda: LEGEND), Hand(stage)


def test_length_angle_and_colors():
    panel, hand = panel_of(cw.CoreSection(IMAGE, 10.0, 10.05))
    assert panel.layout.display == "none"
    hand.stroke("measure", (40, 10), (10, 50))
    assert panel.ruler.length_mm == pytest.approx(25)
    assert "25 mm" in panel._told.value
    assert "36.9°" in panel._told.value
    np.testing.assert_allclose(panel.profile.values[[0, -1], 0], [40, 10])
    assert panel._line.value.count("<polyline") == 3
    panel.take_away()
    assert panel.layout.display == "none"


def test_probability_along_the_line():
    probability = np.zeros((2, 100, 50), np.uint8)
    probability[1, 50:] = 255
    maps = Maps(np.ones((100, 50), np.uint8), probabilities=probability, classes=(1, 2))
    panel, hand = panel_of(cw.CoreSection(IMAGE), maps)
    hand.stroke("measure", (20, 5), (80, 5))
    assert [text for text, _ in panel.along.options] == [
        "Color",
        "Probability of Matrix",
        "Probability of Clast",
    ]
    panel.along.value = 2
    assert panel._line.value.count("<polyline") == 1
    assert panel.profile.values[:30].max() == 0
    assert panel.profile.values[30:].min() == 1
    assert "60 px" in panel._told.value
    assert "Its millimetres are not known" in panel._told.value
    hand.stroke("measure", (30, 5), (40, 5))
    assert panel.along.value == 2  # stays
