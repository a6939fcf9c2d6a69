"""Long images are thinned: photographs are averaged, classes are never blended."""

from __future__ import annotations

import numpy as np
import pytest

from corewidgets.figures import thinning
from corewidgets.figures.sections import plot_photograph, plot_segmentation

from .example import LEGEND, color_at, section_of


def test_long_images_are_thinned_without_blending_classes(monkeypatch):
    monkeypatch.setattr(thinning, "MOST_PIXELS", 70)
    section = section_of((301, 61), top=0.0, base=3.01)
    codes = np.ones((301, 61), np.uint8)
    codes[100:200] = 2
    figure = plot_segmentation(section, codes, LEGEND)
    (ax,) = figure.axes
    assert ax.images[0].get_array().shape == (61, 61, 4)
    assert ax.get_ylim() == pytest.approx((3.01, 0))
    drawn = np.asarray(ax.images[0].get_array())[..., :3].reshape(-1, 3)
    assert {tuple(color) for color in drawn.tolist()} == {(252, 102, 33), (44, 255, 254)}
    for row in (98, 102, 198, 203, 300):
        expected = LEGEND.rgb()[codes[min(row, 300), 0]].tolist()
        assert list(color_at(figure, ax, row, 30, section)) == expected
    photograph = plot_photograph(section).axes[0].images[0].get_array()
    assert photograph.shape == (61, 61, 3)
    assert photograph.dtype == np.uint8
    assert photograph[30].tolist() == [[0, 0, 200]] * 61


def test_thinning_averages_whole_blocks_and_the_last_one(monkeypatch):
    monkeypatch.setattr(thinning, "MOST_PIXELS", 2)
    values = np.array([[0.0, 4.0, 8.0], [2.0, 6.0, 1.0], [5.0, 7.0, 9.0]])
    assert thinning.averaged(values).tolist() == [[3.0, 4.5], [6.0, 9.0]]
