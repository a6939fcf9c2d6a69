"""The strip log shows the right class at the right depth, and gaps as gaps."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from PIL import Image

pytest.importorskip("pandas")

from corewidgets.cores.core import Core, Lane
from corewidgets.cores.depth_scale import DepthScale
from corewidgets.cores.lane_shape import LaneShape
from corewidgets.cores.section import CoreSection
from corewidgets.figures.depth import plot_depth_log, plot_lanes, thin_photograph
from corewidgets.geology.depthlog import depth_log
from corewidgets.labels.legend import Legend

LEGEND = Legend(
    ["Matrix", "$Carb$", "Void", "Unseen"], ["#FC6621", "#2CFFFE", "#101010", "#0F7F12"], not_rock=["Void"]
)


def made():
    """Sections at 1.0 to 1.5 m (matrix, red) and 1.75 to 2.0 m (half carbonate, half void; blue)."""
    codes = [np.ones((500, 60), np.uint8), np.full((250, 60), 2, np.uint8)]
    codes[1][:, 30:] = 3
    colors = [(200, 0, 0), (0, 0, 200)]
    images = [np.full((*each.shape, 3), color, np.uint8) for each, color in zip(codes, colors, strict=True)]
    ends = [(1.0, 1.5), (1.75, 2.0)]
    sections = [CoreSection(image, *end) for image, end in zip(images, ends, strict=True)]
    return depth_log(sections, codes, LEGEND, interval=0.05, name="M$_0$77A"), sections


def panel(figure, title):
    """The axes with this title."""
    return next(ax for ax in figure.axes if ax.get_title().startswith(title))


def painter(figure):
    """Draw a figure; look up the color at a depth in a panel, x from 0 to 1 across it."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    drawn = np.asarray(canvas.buffer_rgba())[..., :3]

    def color_at(ax, x, depth):
        low, high = ax.get_xlim()
        column, row = ax.transData.transform((low + x * (high - low), depth))
        return tuple(drawn[drawn.shape[0] - 1 - int(row), int(column)].tolist())

    return color_at


def rgb(color):
    return tuple(round(255 * part) for part in to_rgb(color))


def test_tracks_lie_at_their_depths():
    log, sections = made()
    figure = plot_depth_log(log, iter(sections), thinnest_bed=0.1)
    titles = [ax.get_title() for ax in figure.axes]
    assert titles == ["Photograph", "Share of rock", "Beds", "Standard error", "Core loss,\nnot rock"]
    assert figure.axes[0].get_ylim() == (2.0, 1.0)
    assert all(ax.get_ylim() == (2.0, 1.0) for ax in figure.axes)
    color_at = painter(figure)
    photograph, shares, beds = (panel(figure, title) for title in ("Photograph", "Share", "Beds"))
    assert color_at(photograph, 0.5, 1.25) == (200, 0, 0)
    assert color_at(photograph, 0.5, 1.9) == (0, 0, 200)
    for ax in (shares, beds):
        assert color_at(ax, 0.5, 1.25) == rgb("#FC6621")
        assert color_at(ax, 0.5, 1.9) == rgb("#2CFFFE")
    missing = panel(figure, "Core loss")
    assert color_at(missing, 0.25, 1.9) == rgb("0.25")
    assert color_at(missing, 0.75, 1.9) == (255, 255, 255)
    for ax in (photograph, shares, beds, missing):  # hatched in grey on white
        gap = {color_at(ax, 0.5, depth) for depth in np.linspace(1.53, 1.72, 40)}
        assert all(len(set(color)) == 1 for color in gap)
        assert len(gap) > 1


def test_the_key_names_what_is_there():
    figure = plot_depth_log(made()[0])
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        *("Matrix", "$Carb$", "not rock", "core loss", "mean error", "largest error"),
    ]
    assert figure.get_suptitle() == "M$_0$77A"
    assert len(figure.axes) == 3


def test_a_section_without_depth_has_no_place():
    log, _ = made()
    loose = CoreSection(np.zeros((9, 9, 3), np.uint8), name="loose")
    with pytest.raises(ValueError, match=r"^The depth of section 'loose' is unknown; give it top= and base="):
        plot_depth_log(log, loose)


def test_lanes_are_drawn_where_they_lie():
    box = np.full((300, 500, 3), 90, np.uint8)
    lanes = [
        Lane("box.jpg", 1.0, 1.5, "first", (20, 120, 10, 490), 90),
        Lane("box.jpg", 1.5, 2.0, "second", (160, 260, 10, 490), 270),
    ]
    figure = plot_lanes(box, lanes)
    (ax,) = figure.axes
    boxes = [patch.get_bbox().extents.tolist() for patch in ax.patches]
    assert boxes == [[9.5, 19.5, 489.5, 119.5], [9.5, 159.5, 489.5, 259.5]]
    texts = [text.get_text() for text in ax.texts]
    assert texts == ["first   1 to 1.5 m", "second   1.5 to 2 m"]
    tops = [list(line.get_xdata()) for line in ax.lines]
    assert tops == [[10, 10], [490, 490]]
    whole = plot_lanes(box, [Lane("box.jpg", 0.0, 1.0)])
    assert whole.axes[0].patches[0].get_bbox().extents.tolist() == [-0.5, -0.5, 499.5, 299.5]


def test_a_class_that_was_never_looked_for_hides_no_other():
    codes = np.ones((100, 60), np.uint8)
    codes[:, 30:] = 2
    section = CoreSection(np.zeros((*codes.shape, 3), np.uint8), 1.0, 1.2)
    legend = Legend(["Unknown", "Matrix", "Carbonate"])
    log = depth_log(section, codes + 1, legend, interval=0.1, classes=[2, 3])
    assert log.table["Unknown"].isna().all()
    figure = plot_depth_log(log)
    shares = panel(figure, "Share of rock")
    color_at = painter(figure)
    assert color_at(shares, 0.25, 1.1) == rgb(legend.colors[1])
    assert color_at(shares, 0.75, 1.1) == rgb(legend.colors[2])


def test_a_photograph_thinned_before_is_drawn_the_same():
    log, _ = made()
    image = np.random.default_rng(0).integers(0, 256, (9000, 900, 3), dtype=np.uint8)
    section = CoreSection(image, 1.0, 1.5, name="R1")
    thin = thin_photograph(section, log)
    assert thin.image.shape == (2000, 300, 3)
    assert (thin.top, thin.base, thin.name) == (1.0, 1.5, "R1")
    assert thin_photograph(thin, log) is thin
    shown = [panel(plot_depth_log(log, one), "Photograph").images[0].get_array() for one in (section, thin)]
    assert np.array_equal(*shown)


def test_a_log_in_feet_has_an_axis_of_feet():
    scale = DepthScale("ft", "along hole")
    codes = np.ones((200, 60), np.uint8)
    codes[100:] = 2
    lane = Lane("a.png", 30.48, 31.0896)
    log = depth_log(Core([lane], "hole", scale), [codes], LEGEND, interval=0.5)
    section = CoreSection(np.full((200, 60, 3), 90, np.uint8), lane.top, lane.base)
    figure = plot_depth_log(log, [section], thinnest_bed=0.1)
    first = figure.axes[0]
    assert (first.get_ylim(), first.get_ylabel()) == ((102, 100), "Depth along hole (ft)")
    assert first.images[0].get_extent() == [0, 1, 102, 100]
    color_at = painter(figure)
    assert color_at(panel(figure, "Share"), 0.5, 100.25) == rgb("#FC6621")
    assert color_at(panel(figure, "Beds"), 0.5, 101.6) == rgb("#2CFFFE")


def test_errors_are_a_band_up_to_the_largest_and_darker_up_to_their_mean():
    codes = np.ones((100, 80), np.uint8)
    codes[:50, :40] = 2
    codes[:50, 70:] = 4
    log = depth_log(CoreSection(np.zeros((100, 80, 3), np.uint8), 1.0, 2.0), codes, LEGEND, interval=0.5)
    errors = log.table[[f"{name} error" for name in log.rock_names]].to_numpy()[0]
    shares = log.table[log.rock_names].to_numpy()[0]
    mean, largest = float(errors @ shares), float(errors.max())
    assert 0 < mean < largest
    figure = plot_depth_log(log)
    ax, color_at = panel(figure, "Standard error"), painter(figure)
    width = ax.get_xlim()[1]
    assert color_at(ax, 0.9 * mean / width, 1.25) == rgb("#5B7997")
    assert color_at(ax, (mean + largest) / 2 / width, 1.25) == rgb("#C9D3DF")
    assert color_at(ax, 1.02 * largest / width, 1.25) == (255, 255, 255)
    assert color_at(ax, 0.2, 1.75) == (255, 255, 255)


def test_a_lane_with_corners_of_its_own_is_drawn_by_them(tmp_path):
    Image.fromarray(np.zeros((50, 220, 3), np.uint8)).save(tmp_path / "box.png")
    shape = LaneShape([(40, 10), (44, 210), (4, 212), (0, 12)])
    lane = Lane(tmp_path / "box.png", 10.0, 11.0, "tilted", rotation=90, shape=shape)
    (patch,) = plot_lanes(np.zeros((50, 220, 3), np.uint8), [lane]).axes[0].patches
    np.testing.assert_array_equal(patch.get_xy()[:4], [(10, 40), (210, 44), (212, 4), (12, 0)])
