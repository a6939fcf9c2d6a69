"""Patterns over the colors of the classes, in maps, logs and their legends."""

import numpy as np
import pytest
from matplotlib.contour import ContourSet

import corewidgets as cw
from corewidgets.figures.patterns import PATTERNS, ink_over, pattern_of

CODES = np.repeat(np.arange(1, 4, dtype=np.uint8), 40)[:, None].repeat(60, axis=1)
IMAGE = np.full((*CODES.shape, 3), 90, np.uint8)
LEGEND = cw.Legend(["Matrix", "Clast", "Void"], ["#FFFFFF", "#101010", "#D05050"])


def drawn(figure):
    """Return the pixels of the first axes of a figure, without the frame."""
    figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3].astype(int)
    box = figure.axes[0].get_window_extent()
    top, base = (int(len(pixels) - y) for y in (box.y1, box.y0))
    return pixels[top + 6 : base - 6, int(box.x0) + 6 : int(box.x1) - 6]


def patterns_on(ax):
    """Return pattern and ink of each class that is drawn on axes."""
    areas = [one for one in ax.get_children() if isinstance(one, ContourSet)]
    return [(one.hatches[0], tuple(one.get_edgecolor()[0][:3])) for one in areas]


def test_no_two_classes_of_a_legend_share_a_pattern_and_none_looks_like_core_loss():
    assert len(set(PATTERNS)) == len(PATTERNS) == 16
    assert not any("/" in pattern for pattern in PATTERNS)
    assert pattern_of(17) == pattern_of(1)


@pytest.mark.parametrize(
    ("color", "ink"), [("#FFFFFF", "black"), ("#FFD54A", "black"), ("#101010", "white"), ("#5A1E00", "white")]
)
def test_lines_are_seen_on_the_color(color, ink):
    assert ink_over(color) == ink


def test_a_map_has_the_pattern_of_each_class_and_the_legend_shows_it():
    figure = cw.plot_segmentation(IMAGE, CODES, LEGEND, hatched=True)
    wanted = [(pattern_of(1), (0, 0, 0)), (pattern_of(2), (1, 1, 1)), (pattern_of(3), (1, 1, 1))]
    assert patterns_on(figure.axes[0]) == wanted
    assert [patch.get_hatch() for patch in figure.legends[0].get_patches()] == [
        pattern_of(n) for n in (1, 2, 3)
    ]
    assert patterns_on(cw.plot_segmentation(IMAGE, CODES, LEGEND).axes[0]) == []


def test_a_pattern_lies_where_its_class_is_and_leaves_its_color():
    codes = np.where(np.arange(60) < 30, 1, 2).astype(np.uint8)[None].repeat(120, axis=0)
    plain, hatched = (
        drawn(cw.plot_segmentation(IMAGE, codes, LEGEND, hatched=hatched)) for hatched in (False, True)
    )
    half = plain.shape[1] // 2
    for side, color in ((slice(0, half - 6), 255), (slice(half + 6, None), 16)):
        assert (np.abs(plain[:, side] - color) < 3).all()
        changed = np.abs(hatched[:, side] - color).max(axis=-1) > 40
        assert 0.03 < changed.mean() < 0.6


def test_unlabelled_pixels_have_no_pattern():
    labels = CODES * (CODES < 3)
    assert len(patterns_on(cw.plot_labels(IMAGE, labels, LEGEND, hatched=True).axes[0])) == 2


def test_a_poster_has_patterns_on_the_segmentation_only():
    figure = cw.plot_poster(IMAGE, CODES, CODES, LEGEND, hatched=True)
    assert [len(patterns_on(ax)) for ax in figure.axes] == [0, 0, 3]


def test_a_log_has_the_same_patterns_as_a_map(tmp_path):
    section = cw.CoreSection(IMAGE, 600.0, 600.12, name="a")
    log = cw.depth_log([section], [CODES], LEGEND, interval=0.04)
    figure = cw.plot_depth_log(log, thinnest_bed=0.01, hatched=True)
    figure.canvas.draw()
    shares = [area.get_hatch() for area in figure.axes[0].collections]
    assert shares == [pattern_of(n) for n in (1, 2, 3)]
    assert {bed.get_hatch() for bed in figure.axes[1].patches[1:]} == {pattern_of(n) for n in (1, 2, 3)}
    key = [patch.get_hatch() for patch in figure.legends[0].get_patches()]
    assert key[:3] == [pattern_of(n) for n in (1, 2, 3)]
