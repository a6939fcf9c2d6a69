"""A section with labels, a map and features, and what a figure of it shows."""

from __future__ import annotations

import numpy as np

from corewidgets.cores.section import CoreSection
from corewidgets.figures.sections import plot_poster
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
