"""Layout: panels side by side at equal height, against one depth axis, with the legend at the right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.legend import Legend as Key
from matplotlib.text import Text
from matplotlib.ticker import AutoMinorLocator, MaxNLocator, ScalarFormatter

from corewidgets.cores.section import CoreSection
from corewidgets.figures.core_figure import SMALL, TEXT, empty_figure, figure_of
from corewidgets.figures.panels import Panel, down
from corewidgets.figures.patterns import class_patch
from corewidgets.labels.legend import LegendEntry

# Sizes of a laid-out figure, in inches.
_TALLEST, _TALLEST_OF_ALL = 9.0, 16.0
_NARROWEST, _WIDEST, _WIDEST_TOGETHER = 0.9, 3.0, 26.0
_AXIS, _GAP, _MARGIN, _TITLE, _HEADING, _COLORBAR = 0.75, 0.18, 0.15, 0.28, 0.26, 0.3


def show(
    section: CoreSection,
    panel: Panel,
    ax: Axes | None,
    entries: Sequence[LegendEntry] = (),
    *,
    hatched: bool = False,
) -> Figure:
    """Draw one panel into given axes, or into a figure of its own."""
    if ax is None:
        return lay_out(section, [panel], entries, hatched=hatched)
    image = panel.draw(ax)
    _label_depth(ax, section)
    _title(ax, panel.title)
    if section.n_rows / section.n_columns < _TALLEST_OF_ALL / _NARROWEST:
        ax.set_aspect(section.n_rows / (down(section, section.n_rows) - down(section, 0)))
    if panel.scale is not None:
        ax.figure.colorbar(image, ax=ax, label=panel.scale, extend=panel.extend)
    _key(ax, entries, _TALLEST, hatched, bbox_to_anchor=(1, 1), borderaxespad=1)
    return figure_of(ax)


def lay_out(
    section: CoreSection, panels: Sequence[Panel], entries: Sequence[LegendEntry], *, hatched: bool = False
) -> Figure:
    """Draw panels side by side at equal height, with one depth axis and the legend at the right."""
    figure = empty_figure()

    def inches(artist: Text | Key) -> float:
        return float(artist.get_window_extent().width) / figure.dpi

    width, height = _panel_size(section.shape, len(panels))
    text = _heading(section, width, height)
    heading = figure.text(0, 0, text, va="top", fontsize=TEXT + 1, parse_math=False)
    axes = [figure.add_axes((0, 0, 1, 1), label=f"panel {index}") for index in range(len(panels))]
    titles = [_title(ax, panel.title) for ax, panel in zip(axes, panels, strict=True)]
    key = _key(figure, entries, height, hatched, borderaxespad=0)
    gap = max(_GAP, max(map(inches, titles)) - width + 0.1)
    below = _MARGIN + (_COLORBAR if any(panel.scale for panel in panels) else 0)
    above = below + height
    lefts = [_AXIS + index * (width + gap) for index in range(len(panels))]
    right = lefts[-1] + width + max(_MARGIN, (gap - _GAP) / 2)
    size = (
        max(right + (inches(key) + _MARGIN + 0.1 if key else 0), _AXIS + inches(heading) + _MARGIN),
        above + _TITLE + (_HEADING if text else 0),
    )
    figure.set_size_inches(size)
    place = partial(_in_figure, size)
    for ax, panel, left in zip(axes, panels, lefts, strict=True):
        ax.set_position(place(left, below, width, height))
        image = panel.draw(ax)
        _label_depth(ax, section, named=left == _AXIS)
        if panel.scale:
            _color_scale(figure, image, place(left, below - 0.22, width, 0.11), panel.extend)
    heading.set_position(place(_AXIS, size[1] - 0.1)[:2])
    if key:
        key.set_bbox_to_anchor(place(right + 0.1, above)[:2], transform=figure.transFigure)
    return figure


def _panel_size(shape: tuple[int, int], n_panels: int) -> tuple[float, float]:
    """Return width and height in inches that show pixels square, unless that is too narrow to see."""
    slenderness = shape[0] / shape[1]
    height = float(np.clip(_NARROWEST * slenderness, _TALLEST, _TALLEST_OF_ALL))
    height = min(height, slenderness * min(_WIDEST, _WIDEST_TOGETHER / n_panels))
    width = height / slenderness
    return max(width, _NARROWEST), max(height, _NARROWEST)


def _in_figure(
    size: tuple[float, float], left: float, bottom: float, width: float = 0, height: float = 0
) -> tuple[float, float, float, float]:
    """Turn inches into parts of the figure."""
    return left / size[0], bottom / size[1], width / size[0], height / size[1]


def _heading(section: CoreSection, width: float, height: float) -> str:
    """Return the name of the section, and by how much its width is stretched."""
    parts = [section.name] if section.name else []
    stretch = (width / section.n_columns) / (height / section.n_rows)
    if stretch > 1.02:
        parts.append(f"width stretched {stretch:.3g} times")
    elif stretch < 0.98:
        parts.append(f"height stretched {1 / stretch:.3g} times")
    return ", ".join(parts)


def _title(ax: Axes, text: str) -> Text:
    """Write the title of a panel."""
    return ax.set_title(text, fontsize=TEXT, parse_math=False)


def _label_depth(ax: Axes, section: CoreSection, *, named: bool = True) -> None:
    """Mark depth along the left side; `named` says whether with numbers."""
    is_depth = section.top is not None
    ax.set_xticks([])
    ax.yaxis.set_major_locator(MaxNLocator(10, steps=[1, 2, 5, 10], integer=not is_depth, min_n_ticks=1))
    if is_depth:
        ax.yaxis.set_minor_locator(AutoMinorLocator())
    ax.yaxis.set_major_formatter(ScalarFormatter(useOffset=False))
    ax.tick_params(axis="y", which="both", labelleft=named, labelsize=SMALL)
    for spine in ax.spines.values():
        spine.set_linewidth(0.6)
    if named:
        ax.set_ylabel("Depth (m)" if is_depth else "Row", fontsize=TEXT)


def _color_scale(
    figure: Figure, image: AxesImage, place: tuple[float, float, float, float], extend: str
) -> None:
    """Draw the color scale of a panel below it, with its two ends as numbers."""
    low, high = image.get_clim()
    bar = figure.colorbar(image, cax=figure.add_axes(place), orientation="horizontal", extend=extend)
    bar.set_ticks([low, high], labels=[f"{low:.3g}", f"{high:.3g}"])
    bar.ax.tick_params(labelsize=SMALL, length=2, pad=2)
    first, last = bar.ax.get_xticklabels()
    first.set_horizontalalignment("left")
    last.set_horizontalalignment("right")


def _key(
    parent: Figure | Axes, entries: Sequence[LegendEntry], height: float, hatched: bool, **place: Any
) -> Key | None:
    """Draw the legend of the classes, in as many columns as the height in inches asks for."""
    if not entries:
        return None
    key = parent.legend(
        [class_patch(entry, hatched=hatched) for entry in entries],
        [""] * len(entries),
        ncols=math.ceil(len(entries) * 0.22 / height),
        loc="upper left",
        fontsize=TEXT,
        frameon=False,
        borderpad=0,
        handlelength=2.4 if hatched else 1.4,
        handleheight=1.6 if hatched else 1.2,
        labelspacing=0.45,
        **place,
    )
    for text, entry in zip(key.get_texts(), entries, strict=True):
        text.set_parse_math(False)  # a name is a name, even with dollars or a leading underscore
        text.set_text(entry.name)
    return key
