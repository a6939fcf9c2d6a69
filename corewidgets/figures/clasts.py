"""Figures of clasts: outlines on the photograph, sizes, and sorting over depth.

Every function returns a figure that belongs to no window.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, ScalarFormatter

from corewidgets.cores.section import CoreSection
from corewidgets.figures.core_figure import CoreFigure
from corewidgets.figures.sections import plot_photograph

if TYPE_CHECKING:
    from corewidgets.geology.clasts import Clasts

__all__ = ["plot_clast_sizes", "plot_clast_sorting", "plot_clasts"]

_TEXT, _SMALL = 9.0, 8.0  # points
_TICKS_MM = (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500)


def plot_clasts(section: CoreSection, clasts: Clasts, ax: Axes | None = None) -> Figure:
    """Draw the outlines of clasts on their photograph, in the colors of their classes.

    Parameters
    ----------
    section : CoreSection
        With depths. Of the clasts, those that carry its name are drawn.
    clasts : Clasts
        Measured with outlines.
    ax : matplotlib Axes, optional
        Draw here; a new figure is made if it is left out.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        The depth of the section is unknown, or the clasts have no outlines.
    """
    size = section.pixel_size_mm
    if size is None:
        raise ValueError(
            f"The depth of section {section.name!r} is unknown; give it top= and base= in metres."
        )
    if clasts.outlines is None:
        raise ValueError("These clasts have no outlines; measure them with outlines=True.")
    figure = plot_photograph(section, ax)
    ax = figure.axes[0] if ax is None else ax
    ax.set_title("Clasts", fontsize=_TEXT)
    here = np.flatnonzero((clasts.table["section"] == section.name).to_numpy())
    codes = clasts.table["code"].to_numpy()
    lines, colors = [], []
    for index in here:
        for ring in clasts.outlines[index]:
            closed = np.vstack([ring, ring[:1]])
            lines.append(np.column_stack([closed[:, 0] / size - 0.5, -closed[:, 1] / 1000]))
            colors.append(clasts.legend.colors[codes[index] - 1])
    ax.add_collection(LineCollection(lines, colors="black", linewidths=2.0), autolim=False)
    ax.add_collection(LineCollection(lines, colors=colors, linewidths=1.0), autolim=False)
    return figure


def plot_clast_sizes(
    clasts: Clasts, ax: Axes | None = None, *, weight: Literal["number", "area"] = "number"
) -> Figure:
    """Draw the cumulative distribution of the diameters of each class.

    Parameters
    ----------
    clasts : Clasts
    ax : matplotlib Axes, optional
        Draw here; a new figure is made if it is left out.
    weight : {"number", "area"}
        What is cumulated.

    Returns
    -------
    matplotlib.figure.Figure
    """
    if ax is None:
        ax = CoreFigure(figsize=(6.4, 4.2), layout="constrained").add_subplot()
    sizes = clasts.size_distribution(weight)
    entries = [entry for entry in clasts.legend if entry.name in set(sizes["class"])]
    for entry in entries:
        one = sizes[sizes["class"] == entry.name]
        diameter = np.append(one["diameter_mm"].iloc[0], one["diameter_mm"])
        ax.step(diameter, np.append(0, one["share"]), where="post", color=entry.color, linewidth=1.6)
    ax.set_xscale("log")
    _name_sizes(ax)
    ax.set_ylim(0, 1.02)
    ax.set_ylabel(f"Share of {'clasts' if weight == 'number' else 'area'} not larger", fontsize=_TEXT)
    ax.grid(color="0.9", linewidth=0.6)
    ax.tick_params(labelsize=_SMALL)
    counts = clasts.table["class"].value_counts()
    texts = [f"{entry.name}  ({counts[entry.name]:,})" for entry in entries]
    _key(ax, [entry.color for entry in entries], texts)
    return _figure_of(ax)


def plot_clast_sorting(clasts: Clasts, *, interval: float = 0.1) -> Figure:
    """Draw how the sizes of clasts change with depth.

    At the left the cumulative perimeter against the cumulative area, downwards from the top, in the color of
    the depth: steep where clasts are small, straight where their sizes stay the same. At the right the median
    and the largest diameter, and the sorting, in intervals of depth.

    Parameters
    ----------
    clasts : Clasts
        With depths.
    interval : float
        Length of an interval in metres.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        No clast has a depth.
    """
    sums = clasts.cumulate().dropna()
    if sums.empty:
        raise ValueError("No clast has a depth; measure clasts of sections with top= and base= in metres.")
    figure = CoreFigure(figsize=(9.6, 4.6), layout="constrained")
    curve, sizes, sorting = figure.subplots(1, 3, width_ratios=[2.2, 1, 1])
    curve.plot(sums["area_mm2"] / 100, sums["perimeter_mm"] / 10, color="0.8", linewidth=0.8, zorder=1)
    points = curve.scatter(
        sums["area_mm2"] / 100, sums["perimeter_mm"] / 10, c=sums["depth"], s=9, cmap="viridis_r", zorder=2
    )
    curve.set_xlabel("Cumulative area (cm²)", fontsize=_TEXT)
    curve.set_ylabel("Cumulative perimeter (cm)", fontsize=_TEXT)
    curve.set_xlim(left=0)
    curve.set_ylim(bottom=0)
    bar = figure.colorbar(points, ax=curve, format=ScalarFormatter(useOffset=False))
    bar.set_label("Depth (m)", fontsize=_TEXT)
    bar.ax.invert_yaxis()
    table = clasts.by_depth(interval)
    depth = (table["top"] + table["base"]) / 2
    sizes.plot(table["median_mm"], depth, "o-", color="0.15", markersize=4, label="median")
    sizes.plot(table["largest_mm"], depth, ".:", color="0.5", label="largest")
    sizes.set_xscale("log")
    _name_sizes(sizes)
    sizes.legend(
        loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, fontsize=_SMALL, frameon=False, columnspacing=1
    )
    sorting.plot(table["sorting_phi"], depth, "o-", color="#0B5FA5", markersize=4)
    sorting.set_xlabel("Sorting (phi)", fontsize=_TEXT)
    sorting.set_xlim(left=0)
    for ax in (sizes, sorting):
        ax.set_ylim(table["base"].max(), table["top"].min())
        ax.yaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10]))
        ax.yaxis.set_major_formatter(ScalarFormatter(useOffset=False))
        ax.grid(color="0.9", linewidth=0.6)
    sizes.set_ylabel("Depth (m)", fontsize=_TEXT)
    sorting.tick_params(labelleft=False)
    for ax in (curve, sizes, sorting, bar.ax):
        ax.tick_params(labelsize=_SMALL)
    return figure


def _name_sizes(ax: Axes) -> None:
    """Mark diameters on a logarithmic axis with plain numbers."""
    low, high = ax.get_xlim()
    ticks = [tick for tick in _TICKS_MM if low <= tick <= high]
    ax.set_xticks(ticks or [low, high], [f"{tick:g}" for tick in ticks or [low, high]])
    ax.minorticks_off()
    ax.set_xlim(low, high)
    ax.set_xlabel("Diameter (mm)", fontsize=_TEXT)


def _key(ax: Axes, colors: list[str], texts: list[str]) -> None:
    """Draw a legend at the right, in which names are names even with dollars."""
    lines = [Line2D([], [], color=color, linewidth=2) for color in colors]
    key = ax.legend(
        lines, [""] * len(texts), loc="upper left", bbox_to_anchor=(1.01, 1), fontsize=_TEXT, frameon=False
    )
    for text, name in zip(key.get_texts(), texts, strict=True):
        text.set_parse_math(False)
        text.set_text(name)


def _figure_of(ax: Axes) -> Figure:
    """Return the figure that holds the axes."""
    figure = ax.figure
    return figure if isinstance(figure, Figure) else figure.figure
