"""Drawings become labels: the smaller ones on top, strokes above areas, holes left out."""

from __future__ import annotations

import numpy as np
import pytest

import corewidgets as cw
from corewidgets.labels.drawings import Drawing, draw, fill_rings, legend_of, outlines

from .foreign import LABELS

LEGEND = cw.Legend(["A", "B"])
OPTIONS = {"stroke_width": None, "source": "", "is_ours": True}


def square(start, stop):
    """Return the ring around rows and columns from start to before stop."""
    low, high = start - 0.5, stop - 0.5
    return np.array([[low, low], [low, high], [high, high], [high, low]])


def test_the_smaller_is_on_top_whichever_was_drawn_first():
    drawings = [Drawing("A", None, [[square(2, 4)]]), Drawing("b", None, [[square(0, 6)]])]
    labels = draw(drawings, (6, 6), LEGEND, **OPTIONS)
    assert (labels == 1).sum() == 4
    assert (labels == 2).sum() == 32


def test_strokes_are_drawn_on_top_where_they_have_a_width():
    drawings = [
        Drawing("A", None, [[square(0, 6)]]),
        Drawing("B", None, [], [np.array([[3.0, 0.0], [3.0, 5.0]])]),
    ]
    assert (draw(drawings, (6, 6), LEGEND, **OPTIONS) == 1).all()
    assert (draw(drawings, (6, 6), LEGEND, **OPTIONS | {"stroke_width": 1.0})[3] == 2).all()


def test_holes_are_left_out():
    _, mask = fill_rings([square(0, 5), square(1, 2), square(3, 4)], (6, 6))
    assert mask.sum() == 23


def test_outlines_of_labels_are_drawn_as_they_were():
    legend = cw.Legend(["A", "B", "C"])
    drawings = [Drawing(legend.name(code), None, [rings]) for code, rings in outlines(LABELS)]
    np.testing.assert_array_equal(draw(drawings, LABELS.shape, legend, **OPTIONS), LABELS)


def test_a_legend_of_the_names_found_takes_the_first_color():
    drawings = [Drawing("A", None), Drawing("B", "#112233"), Drawing("a", "#445566")]
    with pytest.warns(UserWarning, match="names that differ in capitals or gaps are one class: 'a' as 'A'"):
        legend = legend_of(drawings, "")
    assert legend.names == ("A", "B")
    assert legend.rgb()[1].tolist() == [0x44, 0x55, 0x66]
    assert legend_of([], "") is None
