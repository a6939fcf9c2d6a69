"""Each panel shows the right color in the right place."""

from __future__ import annotations

import numpy as np
import pytest

from corewidgets.figures import panels
from corewidgets.figures.sections import plot_feature_maps, plot_labels, plot_segmentation, plot_uncertainty

from .example import LABELS, LEGEND, MAP, SECTION, SEGMENTATION, SHAPE, color_at, names, panel, pixels, titles


def test_labels_lie_over_a_pale_photograph():
    figure = plot_labels(SECTION, LABELS, LEGEND, opacity=1)
    (ax,) = figure.axes
    assert LABELS[110, 10] == 2
    assert color_at(figure, ax, 110, 10) == (44, 255, 254)
    assert LABELS[10, 10] == 0
    red, green, blue = color_at(figure, ax, 10, 10)
    assert red > green == blue > 100  # red still, but pale
    assert names(figure.legends[0]) == ["Matrix", "Carb-White", "Impact-Dark"]


def test_outlines_cover_no_label():
    thin = np.zeros(SHAPE, np.uint8)
    thin[150] = 2
    assert not panels._outlines(thin)[150].any()
    assert panels._outlines(thin)[[149, 151]].all()
    assert panels._outlines(thin).sum() == 120


def test_opacity_lets_the_photograph_through():
    figure = plot_segmentation(SECTION, SEGMENTATION, LEGEND, opacity=0.5)
    expected = (LEGEND.rgb()[1] + np.array([200.0, 0, 0])) / 2
    assert color_at(figure, figure.axes[0], 50, 30) == pytest.approx(tuple(expected), abs=2)


def test_uncertainty_has_a_scale_from_0_to_1():
    figure = plot_uncertainty(SECTION, MAP / 8)
    ax = panel(figure, "Uncertainty")
    assert ax.images[0].get_clim() == (0, 1)
    assert sum(color_at(figure, ax, 5, 30)) < 60
    assert sum(color_at(figure, ax, 295, 30)) > 600
    bar = next(other for other in figure.axes if other is not ax)
    assert [text.get_text() for text in bar.get_xticklabels()] == ["0", "1"]


def test_entropy_beyond_1_is_not_cut():
    values = np.where(MAP > 4, np.nan, MAP)
    figure = plot_uncertainty(SECTION, values, label="Entropy (nats)")
    ax = panel(figure, "Entropy (nats)")
    assert ax.images[0].get_clim()[1] == pytest.approx(np.nanmax(values))


def test_feature_maps_stand_beside_the_photograph_by_name():
    spike = MAP.copy()
    spike[0, 0] = 1000
    figure = plot_feature_maps(SECTION, {"pool1/28": MAP, "pool2/91": spike, "conv5_3/7": MAP * 0})
    assert titles(figure) == ["Photograph", "pool1/28", "pool2/91", "conv5_3/7"]
    assert panel(figure, "pool2/91").images[0].get_clim()[1] < 8.01
    low, high = panel(figure, "conv5_3/7").images[0].get_clim()
    assert low == 0 < high


def test_half_precision_and_whole_numbers_are_maps_too():
    for kind in (np.float16, np.int32, np.uint8, bool):
        assert pixels(plot_feature_maps(SECTION, {"pool1/0": MAP.astype(kind)})).size
