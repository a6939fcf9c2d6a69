"""Clasts are drawn where they are, and their sizes on the right axes."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("pandas")

from corewidgets.cores.section import CoreSection
from corewidgets.figures.clasts import plot_clast_sizes, plot_clast_sorting, plot_clasts
from corewidgets.geology.clast_measures import measure_clasts
from corewidgets.labels.legend import Legend

LEGEND = Legend(["Matrix", "$Chert$", "Melt"], ["#FC6621", "#00FF00", "#FF00FF"])
SECTION = CoreSection(np.full((200, 80, 3), 90, np.uint8), 100.0, 100.2, name="piece")


@pytest.fixture(scope="module")
def clasts():
    """Two clasts of 10 and 20 mm beside depths of 100.02 and 100.1 m, pixels of 1 mm."""
    codes = np.ones(SECTION.shape, np.uint8)
    codes[20:30, 10:20] = 2
    codes[100:120, 40:60] = 3
    return measure_clasts(SECTION, codes, LEGEND)


def test_outlines_lie_on_the_photograph(clasts):
    figure = plot_clasts(SECTION, clasts)
    ax = figure.axes[0]
    _, lines = ax.collections
    chert, melt = (path.vertices for path in lines.get_paths())
    assert (chert[:, 0].min(), chert[:, 0].max()) == pytest.approx((9.5, 19.5))
    assert (melt[:, 1].min(), melt[:, 1].max()) == pytest.approx((100.1, 100.12))
    assert ax.get_ylim() == pytest.approx((100.2, 100.0))
    assert lines.get_colors()[:, :3].tolist() == [[0, 1, 0], [1, 0, 1]]
    figure.canvas.draw()


def test_only_clasts_of_the_section_are_drawn(clasts):
    other = CoreSection(SECTION.image, 200.0, 200.2, name="other")
    assert not plot_clasts(other, clasts).axes[0].collections[0].get_paths()


def test_outlines_need_depths_and_outlines(clasts):
    with pytest.raises(ValueError, match=r"^The depth of section 'loose' is unknown"):
        plot_clasts(CoreSection(SECTION.image, name="loose"), clasts)
    bare = measure_clasts(SECTION, np.ones(SECTION.shape, np.uint8), LEGEND, outlines=False)
    with pytest.raises(ValueError, match=r"^These clasts have no outlines"):
        plot_clasts(SECTION, bare)


def test_sizes_of_each_class(clasts):
    figure = plot_clast_sizes(clasts)
    (ax,) = figure.axes
    steps = [float(line.get_xdata()[-1]) for line in ax.lines]
    assert steps == pytest.approx([np.sqrt(400 / np.pi), np.sqrt(1600 / np.pi)])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["$Chert$  (1)", "Melt  (1)"]
    assert ax.get_xlabel() == "Diameter (mm)"
    assert plot_clast_sizes(clasts, weight="area").axes[0].get_ylabel() == "Share of area not larger"
    figure.canvas.draw()


def test_sorting_over_depth(clasts):
    figure = plot_clast_sorting(clasts, interval=0.05)
    curve, sizes, sorting, _ = figure.axes
    assert curve.lines[0].get_xdata().tolist() == pytest.approx([1, 5])  # cm2
    assert sizes.lines[0].get_ydata().tolist() == pytest.approx([100.025, 100.125])
    assert sizes.get_ylim() == sorting.get_ylim() == pytest.approx((100.15, 100.0))
    figure.canvas.draw()
    loose = CoreSection(SECTION.image)
    without = measure_clasts(loose, np.ones(SECTION.shape, np.uint8), LEGEND, pixel_size_mm=1)
    with pytest.raises(ValueError, match=r"^No clast has a depth; measure clasts of sections with top="):
        plot_clast_sorting(without)
