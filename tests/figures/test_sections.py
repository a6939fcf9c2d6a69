"""Figures show the right color in the right place, against the right depth."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from corewidgets.cores.section import CoreSection
from corewidgets.figures.sections import (
    plot_feature_maps,
    plot_labels,
    plot_photograph,
    plot_poster,
    plot_segmentation,
    plot_uncertainty,
)

from .example import LABELS, LEGEND, MAP, SECTION, SEGMENTATION, color_at, names, panel, section_of, titles


def test_the_photograph_lies_at_its_depth():
    figure = plot_photograph(SECTION)
    (ax,) = figure.axes
    assert ax.get_ylim() == pytest.approx((699.02, 698.41))
    assert ax.get_ylabel() == "Depth (m)"
    assert color_at(figure, ax, 10, 30) == (200, 0, 0)
    assert color_at(figure, ax, 290, 30) == (0, 0, 200)
    assert "698.5" in [text.get_text() for text in ax.get_yticklabels()]
    assert [text.get_text() for text in figure.texts] == ["72R-2"]


def test_without_depths_the_axis_counts_rows():
    figure = plot_photograph(section_of().image)
    (ax,) = figure.axes
    assert ax.get_ylim() == (299.5, -0.5)
    assert ax.get_ylabel() == "Row"
    assert color_at(figure, ax, 149, 0, section_of()) == (200, 0, 0)
    assert color_at(figure, ax, 151, 0, section_of()) == (0, 0, 200)


def test_a_single_pixel_can_be_drawn():
    section = CoreSection(np.full((1, 1, 3), 77, np.uint8))
    figure = plot_poster(
        section, [[0]], [[1]], LEGEND, uncertainty=[[0.5]], feature_maps={"pool1/0": [[3.0]]}
    )
    assert color_at(figure, panel(figure, "Photograph"), 0, 0, section) == (77, 77, 77)
    ticks = figure.axes[0].yaxis.get_majorticklocs()
    assert [tick for tick in ticks if -0.5 <= tick <= 0.5] == [0]


def test_the_segmentation_has_the_colors_of_the_legend_in_place():
    figure = plot_segmentation(SECTION, SEGMENTATION, LEGEND)
    (ax,) = figure.axes
    for row, column, code in [(50, 30, 1), (150, 10, 2), (150, 50, 1), (250, 50, 3), (250, 10, 1)]:
        assert color_at(figure, ax, row, column) == tuple(LEGEND.rgb()[code].tolist())
    assert names(figure.legends[0]) == ["Matrix", "Carb-White", "Impact-Dark"]
    faces = [patch.get_facecolor()[:3] for patch in figure.legends[0].get_patches()]
    assert faces == [to_rgb(color) for color in LEGEND.colors[:3]]


def test_the_whole_legend_can_be_shown():
    figure = plot_segmentation(SECTION, SEGMENTATION, LEGEND, all_classes=True)
    assert names(figure.legends[0]) == list(LEGEND.names)


def test_a_poster_without_labels_leaves_the_panel_out():
    figure = plot_poster(SECTION, None, SEGMENTATION, LEGEND)
    assert titles(figure) == ["Photograph", "Segmentation"]


def test_the_legend_of_a_poster_has_classes_that_are_only_labelled():
    labels = LABELS.copy()
    labels[0, 0] = 4
    figure = plot_poster(SECTION, labels, SEGMENTATION, LEGEND)
    assert names(figure.legends[0]) == list(LEGEND.names)


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (
            lambda: plot_labels(SECTION, LABELS[:10], LEGEND),
            r"labels have shape \(10, 60\) but the image has 300 rows",
        ),
        (
            lambda: plot_segmentation(SECTION, SEGMENTATION[:10], LEGEND),
            r"segmentation has shape \(10, 60\) but "
            r"the image has 300 rows and 60 columns; segment this section.",
        ),
        (
            lambda: plot_uncertainty(SECTION, MAP[:10]),
            r"uncertainty has shape \(10, 60\) but .* 60 columns; predict it for this section.",
        ),
        (
            lambda: plot_feature_maps(SECTION, {"pool1/28": MAP, "pool2/91": MAP[None]}),
            r"feature map 'pool2/91' has shape \(1, 300, 60\) but .*; compute it from this section.",
        ),
        (
            lambda: plot_feature_maps(SECTION, {}),
            r"There are no feature maps to draw; give one or more, such as",
        ),
        (
            lambda: plot_segmentation(SECTION, SEGMENTATION + 5, LEGEND),
            r"segmentation holds code 8, but the legend ends with code 4 \(Chert\); "
            r"add its class to the legend\.$",
        ),
        (
            lambda: plot_poster(SECTION, LABELS + 2, SEGMENTATION, LEGEND),
            r"labels hold code 5, but the legend ends with code 4 \(Chert\); add its class to the legend\.$",
        ),
    ],
)
def test_what_does_not_fit_is_refused(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()
