"""Figures show the right color in the right place, against the right depth, with nothing cut off."""

from __future__ import annotations

import subprocess
import sys
import threading
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from corewidgets.cores.section import CoreSection
from corewidgets.figures import rendering
from corewidgets.figures.rendering import (
    plot_confusion,
    plot_feature_maps,
    plot_labels,
    plot_photograph,
    plot_poster,
    plot_segmentation,
    plot_uncertainty,
    save_figure,
)
from corewidgets.labels.legend import Legend

LEGEND = Legend(
    ["Matrix", "Carb-White", "Impact-Dark", "Chert"], ["#FC6621", "#2CFFFE", "#4D4D4D", "#0F7F12"]
)
SHAPE = (300, 60)


def section_of(shape=SHAPE, **settings):
    """A photograph that is red above and blue below."""
    image = np.zeros((*shape, 3), np.uint8)
    image[: shape[0] // 2, :, 0] = 200
    image[shape[0] // 2 :, :, 2] = 200
    return CoreSection(image, **settings)


SECTION = section_of(top=698.41, base=699.02, name="72R-2")
SEGMENTATION = np.ones(SHAPE, np.uint8)
SEGMENTATION[100:200, :30] = 2
SEGMENTATION[200:, 30:] = 3
LABELS = np.where(np.add.outer(np.arange(300) // 20, np.arange(60) // 20) % 2, SEGMENTATION, 0)
MAP = np.linspace(0, 8, SHAPE[0], dtype=np.float32)[:, None] * np.ones(SHAPE[1], np.float32)


def pixels(figure):
    """Draw a figure; its colors, row 0 at the top."""
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())[..., :3]


def color_at(figure, ax, row, column, section=SECTION):
    """The color that a figure shows at the middle of a pixel of the section."""
    drawn = pixels(figure)
    y = row if section.top is None else section.depth(row)
    x, y = ax.transData.transform((column, y))
    return tuple(int(value) for value in drawn[drawn.shape[0] - 1 - int(y), int(x)])


def panel(figure, title):
    """The axes with this title."""
    return next(ax for ax in figure.axes if ax.get_title() == title)


def titles(figure):
    """The titles of the panels, from left to right."""
    panels = [ax for ax in figure.axes if ax.get_title()]
    return [ax.get_title() for ax in sorted(panels, key=lambda ax: ax.get_position().x0)]


def names(key):
    """The texts of a legend."""
    return [text.get_text() for text in key.get_texts()]


def overhang(figure):
    """How many pixels any text or axes reach past the figure."""
    figure.canvas.draw()
    inside = figure.bbox
    box = figure.get_tightbbox().transformed(figure.dpi_scale_trans)
    return max(inside.x0 - box.x0, inside.y0 - box.y0, box.x1 - inside.x1, box.y1 - inside.y1)


def poster(section=SECTION, **settings):
    """A poster with every panel."""
    return plot_poster(
        section, LABELS, SEGMENTATION, LEGEND, feature_maps={"pool1/28": MAP}, uncertainty=MAP / 8, **settings
    )


# ------------------------------------------------------------------------------------------------ photographs


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


def test_a_single_pixel_can_be_drawn():
    section = CoreSection(np.full((1, 1, 3), 77, np.uint8))
    figure = plot_poster(
        section, [[0]], [[1]], LEGEND, uncertainty=[[0.5]], feature_maps={"pool1/0": [[3.0]]}
    )
    assert color_at(figure, panel(figure, "Photograph"), 0, 0, section) == (77, 77, 77)
    ticks = figure.axes[0].yaxis.get_majorticklocs()
    assert [tick for tick in ticks if -0.5 <= tick <= 0.5] == [0]


def test_long_images_are_thinned_without_blending_classes(monkeypatch):
    monkeypatch.setattr(rendering, "_MOST_PIXELS", 70)
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
    monkeypatch.setattr(rendering, "_MOST_PIXELS", 2)
    values = np.array([[0.0, 4.0, 8.0], [2.0, 6.0, 1.0], [5.0, 7.0, 9.0]])
    assert rendering._averaged(values).tolist() == [[3.0, 4.5], [6.0, 9.0]]


# ---------------------------------------------------------------------------------------------------- classes


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


def test_opacity_lets_the_photograph_through():
    figure = plot_segmentation(SECTION, SEGMENTATION, LEGEND, opacity=0.5)
    expected = (LEGEND.rgb()[1] + np.array([200.0, 0, 0])) / 2
    assert color_at(figure, figure.axes[0], 50, 30) == pytest.approx(tuple(expected), abs=2)


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
    assert not rendering._outlines(thin)[150].any()
    assert rendering._outlines(thin)[[149, 151]].all()
    assert rendering._outlines(thin).sum() == 120


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


# ------------------------------------------------------------------------------------------------------- maps


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


# ----------------------------------------------------------------------------------------------------- poster


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


def test_a_poster_without_labels_leaves_the_panel_out():
    figure = plot_poster(SECTION, None, SEGMENTATION, LEGEND)
    assert titles(figure) == ["Photograph", "Segmentation"]


def test_the_legend_of_a_poster_has_classes_that_are_only_labelled():
    labels = LABELS.copy()
    labels[0, 0] = 4
    figure = plot_poster(SECTION, labels, SEGMENTATION, LEGEND)
    assert names(figure.legends[0]) == list(LEGEND.names)


# -------------------------------------------------------------------------------------------------- confusion


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


# ---------------------------------------------------------------------------------------------- where it goes


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
    assert overhang(figure) <= 1


def test_a_confusion_can_be_drawn_into_axes_of_ones_own():
    figure = Figure(figsize=(6, 6), layout="constrained")
    assert plot_confusion(score_of([[1, 1, 0], [0, 2, 0], [0, 1, 5]]), figure.subplots()) is figure


def test_axes_of_a_subfigure_will_do():
    figure = Figure(layout="constrained")
    left, _ = figure.subfigures(1, 2)
    assert plot_photograph(SECTION, left.subplots()) is figure


@pytest.mark.parametrize(
    ("suffix", "start"), [("png", b"\x89PNG"), ("PDF", b"%PDF"), ("svg", b"<?xml"), ("jpg", b"\xff\xd8")]
)
def test_a_figure_is_written_in_the_format_of_its_suffix(tmp_path, suffix, start):
    path = tmp_path / f"poster.{suffix}"
    save_figure(plot_photograph(SECTION), path, dpi=50)
    assert path.read_bytes().startswith(start)
    assert list(tmp_path.iterdir()) == [path]


def test_a_saved_poster_has_the_colors_of_the_legend(tmp_path):
    save_figure(poster(), tmp_path / "poster.png", dpi=100)
    with Image.open(tmp_path / "poster.png") as image:
        colors = {color for _, color in image.convert("RGB").getcolors(maxcolors=2**24)}
    assert {(252, 102, 33), (44, 255, 254), (77, 77, 77), (200, 0, 0)} <= colors


@pytest.mark.parametrize("name", ["poster", "poster.xyz"])
def test_an_unknown_format_is_refused(tmp_path, name):
    with pytest.raises(
        ValueError, match=r"A figure cannot be written as .*poster.*; end its name in .png, .pdf"
    ):
        save_figure(plot_photograph(SECTION), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "poster.png"
    path.write_bytes(b"old")
    figure = plot_photograph(SECTION)

    def fail(*args, **settings):
        raise OSError("disk full")

    monkeypatch.setattr(figure, "savefig", fail)
    with pytest.raises(OSError, match="disk full"):
        save_figure(figure, path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_figures_show_themselves_in_a_notebook_without_any_setting():
    formatters = pytest.importorskip("IPython.core.formatters")
    data, _ = formatters.DisplayFormatter().format(plot_photograph(SECTION))
    assert data["image/png"].startswith(b"\x89PNG")


def test_drawing_needs_no_screen_no_main_thread_and_no_pyplot():
    code = (
        "import sys, numpy as np\n"
        "from corewidgets.figures.rendering import plot_photograph\n"
        "plot_photograph(np.zeros((20, 10, 3), np.uint8)).canvas.draw()\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    done = []
    thread = threading.Thread(target=lambda: done.append(pixels(poster())))
    thread.start()
    thread.join()
    assert np.array_equal(done[0], pixels(poster()))


# ----------------------------------------------------------------------------------------------------- errors


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
            r"segmentation contains code 8, but the legend has codes 1 to 4; add its class.",
        ),
        (
            lambda: plot_poster(SECTION, LABELS + 2, SEGMENTATION, LEGEND),
            r"labels contain code 5, but the legend has codes 1 to 4; add its class.",
        ),
    ],
)
def test_what_does_not_fit_is_refused(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()
