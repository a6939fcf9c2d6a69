"""Panels stand side by side on one depth axis, with nothing cut off."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from corewidgets.figures.sections import (
    plot_labels,
    plot_photograph,
    plot_poster,
    plot_segmentation,
    plot_uncertainty,
)
from corewidgets.labels.legend import Legend

from .example import (
    LABELS,
    LEGEND,
    MAP,
    SECTION,
    SEGMENTATION,
    SHAPE,
    color_at,
    names,
    overhang,
    panel,
    poster,
    section_of,
    titles,
)


@pytest.mark.parametrize("shape", [(300, 60), (300, 400), (2693, 396), (1000, 1000)])
def test_pixels_are_square(shape):
    figure = plot_photograph(section_of(shape, top=1.0, base=2.0))
    box = figure.axes[0].get_window_extent()
    assert box.height / box.width == pytest.approx(shape[0] / shape[1], rel=0.01)
    assert all(1 < side < 18 for side in figure.get_size_inches())


def test_a_core_too_slender_to_see_is_stretched_and_says_so():
    figure = plot_photograph(section_of((6000, 20), top=0.0, base=6.0, name="core"))
    assert figure.texts[0].get_text() == "core, width stretched 16.9 times"
    assert max(figure.get_size_inches()) < 18
    figure = plot_photograph(section_of((2, 300)))
    assert figure.texts[0].get_text() == "height stretched 45 times"


def test_names_are_shown_as_they_are():
    legend = Legend(["_private", "$CO_2$ and $x$", "100 %"])
    figure = plot_segmentation(SECTION, SEGMENTATION, legend)
    assert names(figure.legends[0]) == ["_private", "$CO_2$ and $x$", "100 %"]
    assert not any(text.get_parse_math() for text in figure.legends[0].get_texts())
    assert overhang(figure) <= 0


def test_a_long_legend_takes_more_columns():
    legend = Legend([f"A class with a long name {code}" for code in range(1, 121)])
    codes = (np.arange(SHAPE[0] * SHAPE[1]) % 120 + 1).reshape(SHAPE).astype(np.uint8)
    figure = plot_segmentation(SECTION, codes, legend)
    assert len(names(figure.legends[0])) == 120
    assert overhang(figure) <= 0


def test_the_panels_of_the_poster_are_aligned_and_share_the_depth_axis():
    figure = poster()
    assert titles(figure) == ["Photograph", "pool1/28", "Labels", "Segmentation", "Uncertainty"]
    panels = [panel(figure, title) for title in titles(figure)]
    boxes = [ax.get_position() for ax in panels]
    assert len({(round(box.y0, 9), round(box.y1, 9), round(box.width, 9)) for box in boxes}) == 1
    assert {tuple(ax.get_ylim()) for ax in panels} == {tuple(panels[0].get_ylim())}
    assert [ax.get_ylabel() for ax in panels] == ["Depth (m)", "", "", "", ""]
    for first, second in pairwise(boxes):
        assert first.x1 < second.x0
    for row, column in [(50, 30), (150, 10), (250, 50)]:
        expected = tuple(LEGEND.rgb()[SEGMENTATION[row, column]].tolist())
        assert color_at(figure, panel(figure, "Segmentation"), row, column) == expected
    assert color_at(figure, panel(figure, "Photograph"), 10, 30) == (200, 0, 0)


def test_nothing_of_a_poster_is_cut_off_or_overlaps():
    section = section_of(top=698.41, base=699.02, name="a section with a name longer than most sections have")
    maps = {"a feature map with a long name": MAP, "pool2/91": MAP}
    for figure in (
        poster(),
        plot_poster(section, None, SEGMENTATION, LEGEND),
        plot_poster(section, LABELS, SEGMENTATION, LEGEND, feature_maps=maps),
        plot_photograph(section),
        plot_uncertainty(section, MAP),
    ):
        assert overhang(figure) <= 0
        named = [ax.title.get_window_extent() for ax in figure.axes if ax.get_title()]
        for first, second in pairwise(named):
            assert first.x1 < second.x0
        if figure.legends:
            assert figure.legends[0].get_window_extent().x0 > max(ax.bbox.x1 for ax in figure.axes)


def test_panels_can_be_drawn_into_axes_of_ones_own():
    figure = Figure(figsize=(10, 6), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, 4)
    assert plot_photograph(SECTION, axes[0]) is figure
    assert plot_labels(SECTION, LABELS, LEGEND, axes[1]) is figure
    assert plot_segmentation(SECTION, SEGMENTATION, LEGEND, ax=axes[2]) is figure
    assert plot_uncertainty(SECTION, MAP / 8, axes[3]) is figure
    assert names(axes[2].get_legend()) == ["Matrix", "Carb-White", "Impact-Dark"]
    assert color_at(figure, axes[2], 150, 10) == (44, 255, 254)
    box = axes[0].get_window_extent()
    assert box.height / box.width == pytest.approx(5, rel=0.02)
    figure.canvas.draw()  # the layout of matplotlib 3.9 needs a third pass to come to rest
    assert overhang(figure) <= 1


def test_axes_of_a_subfigure_will_do():
    figure = Figure(layout="constrained")
    left, _ = figure.subfigures(1, 2)
    assert plot_photograph(SECTION, left.subplots()) is figure
