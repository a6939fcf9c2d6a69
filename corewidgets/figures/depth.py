"""Figures of a core over depth: the strip log beside the stitched photograph, and the lanes of a box.

Every function returns a figure that belongs to no window.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Polygon, Rectangle
from matplotlib.ticker import AutoMinorLocator, MaxNLocator, ScalarFormatter
from numpy.typing import NDArray

from corewidgets.cores.core import Lane
from corewidgets.cores.depth_scale import METRES, DepthScale
from corewidgets.cores.section import CoreSection
from corewidgets.figures.core_figure import CoreFigure
from corewidgets.figures.patterns import class_patch, hatching
from corewidgets.figures.sections import plot_photograph

if TYPE_CHECKING:
    from corewidgets.geology.depthlog import DepthLog

__all__ = ["plot_depth_log", "plot_lanes"]

_TEXT, _SMALL = 9.0, 8.0  # points
_LOSS: dict[str, Any] = {"facecolor": "white", "edgecolor": "0.45", "hatch": "////", "linewidth": 0.0}
_NO_ROCK = "0.25"
_LARGEST_ERROR, _MEAN_ERROR = "#C9D3DF", "#5B7997"
_MISSING, _ERRORS = ("not rock", "core loss"), ("mean error", "largest error")
_INCHES_DOWN = (5.0, 11.0)
_MOST_ROWS = 4000  # of the stitched photograph
_MOST_COLUMNS = 300


def plot_depth_log(
    log: DepthLog,
    sections: CoreSection | Iterable[CoreSection] | None = None,
    *,
    thinnest_bed: float | None = None,
    hatched: bool = False,
) -> Figure:
    """Draw a strip log: stitched photograph, class proportions, errors and what is missing, over true depth.

    Parameters
    ----------
    log : DepthLog
    sections : CoreSection or iterable of them, optional
        Photographs to draw at their depths, such as ``core.sections()``; each is thinned as it comes.
    thinnest_bed : float, optional
        Draw a track of beds too, at least that thick in metres (see `DepthLog.beds`).
    hatched : bool
        Draw a pattern over each class too, as in lithology logs; the legend shows it.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        A section has no depths.
    """
    tracks = [("Share of rock", 2.6), ("Standard error", 1.3), ("Core loss,\nnot rock", 0.8)]
    if thinnest_bed is not None:
        tracks.insert(1, ("Beds", 0.7))
    if sections is not None:
        tracks.insert(0, ("Photograph", 0.9))
    figure, axes = _tracks(log, tracks)
    panels = dict(zip((title for title, _ in tracks), axes, strict=True))
    if sections is not None:
        pieces = [sections] if isinstance(sections, CoreSection) else sections
        _draw_photographs(panels["Photograph"], log, pieces)
    if thinnest_bed is not None:
        _draw_beds(panels["Beds"], log, thinnest_bed, hatched)
    _draw_shares(panels["Share of rock"], log, hatched)
    _draw_errors(panels["Standard error"], log)
    _draw_missing(panels["Core loss,\nnot rock"], log)
    _draw_key(figure, log, hatched)
    return figure


def plot_lanes(photograph: NDArray[np.uint8], lanes: Sequence[Lane], *, scale: DepthScale = METRES) -> Figure:
    """Draw the lanes of a core box on its photograph, with names and depths, the top of each marked.

    Parameters
    ----------
    photograph : ndarray of uint8, (n_rows, n_columns, 3)
    lanes : sequence of Lane
        Such as `propose_lanes` returns.
    scale : DepthScale
        The unit that depths are shown in, such as `Core.scale`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    n_rows, n_columns = photograph.shape[:2]
    width = min(10.0, 7.0 * max(n_columns / n_rows, 0.4))
    figure = CoreFigure(figsize=(width, width * n_rows / n_columns), layout="constrained")
    ax = figure.add_subplot()
    plot_photograph(photograph, ax)
    ax.set_title("")
    ax.set_axis_off()
    for lane in lanes:
        rows, columns = _sides(lane, (n_rows, n_columns))
        ax.add_patch(_frame(lane, rows, columns))
        _mark_top(ax, lane, rows, columns)
        ax.text(
            sum(columns) / 2,
            sum(rows) / 2,
            f"{lane.name}   {scale.span(lane.top, lane.base)}",
            parse_math=False,
            fontsize=_TEXT,
            ha="center",
            va="center",
            rotation=0 if lane.rotation in (90, 270) else 90,
            bbox={"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 2},
        )
    return figure


# ----------------------------------------------------------------------------------------------------- tracks


def _tracks(log: DepthLog, tracks: Sequence[tuple[str, float]]) -> tuple[Figure, list[Axes]]:
    """Make axes side by side with one depth axis."""
    height = float(np.clip(0.045 * len(log.table) + 4, *_INCHES_DOWN))
    widths = [width for _, width in tracks]
    figure = CoreFigure(figsize=(sum(widths) + 2.6, height), layout="constrained")
    grid = figure.add_gridspec(1, len(tracks), width_ratios=widths)
    axes: list[Axes] = []
    for position, (title, _) in enumerate(tracks):
        ax = figure.add_subplot(grid[position], sharey=axes[0] if axes else None)
        ax.set_title(title, fontsize=_TEXT)
        ax.tick_params(labelsize=_SMALL, labelleft=position == 0)
        axes.append(ax)
    axes[0].set_ylim(*map(log.scale.of, (log.base, log.top)))
    axes[0].set_ylabel(log.scale.label, fontsize=_TEXT)
    axes[0].yaxis.set_major_locator(MaxNLocator(12, steps=[1, 2, 5, 10], min_n_ticks=2))
    axes[0].yaxis.set_minor_locator(AutoMinorLocator())
    axes[0].yaxis.set_major_formatter(ScalarFormatter(useOffset=False))
    if log.name:
        figure.suptitle(log.name, fontsize=_TEXT + 2, parse_math=False)
    return figure, axes


def _draw_photographs(ax: Axes, log: DepthLog, sections: Iterable[CoreSection]) -> None:
    """Draw thinned photographs at their depths; where there is none, hatching shows through."""
    _hatch(ax)
    for section in sections:
        top, base = map(log.scale.of, _depths(section))
        image = thin_photograph(section, log).image
        ax.imshow(image, extent=(0, 1, base, top), aspect="auto", interpolation="antialiased")
    ax.set_xticks([])
    ax.set_xlim(0, 1)
    ax.set_ylim(*map(log.scale.of, (log.base, log.top)))


def thin_photograph(section: CoreSection, log: DepthLog) -> CoreSection:
    """Return a photograph in as many pixels as a figure of the log shows; one that is thin stays as it is."""
    top, base = _depths(section)
    n_rows = max(1, round(_MOST_ROWS / (log.base - log.top) * (base - top)))
    image = _thinned(_thinned(section.image, n_rows, 0), _MOST_COLUMNS, 1)
    return section if image is section.image else CoreSection(image, top, base, name=section.name)


def _depths(section: CoreSection) -> tuple[float, float]:
    """Return top and base of a section, or raise where they are unknown."""
    if section.top is None or section.base is None:
        raise ValueError(
            f"The depth of section {section.name!r} is unknown; give it top= and base= in metres."
        )
    return section.top, section.base


def _thinned(image: NDArray[np.uint8], n: int, axis: int) -> NDArray[np.uint8]:
    """Average an image along one axis to at most `n` rows or columns."""
    size = image.shape[axis]
    if size <= n:
        return image
    starts = np.arange(n) * size // n
    sums = np.add.reduceat(image, starts, axis=axis, dtype=np.float64)
    counts = np.diff(starts, append=size).reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
    return np.rint(sums / counts).astype(np.uint8)


def _draw_shares(ax: Axes, log: DepthLog, hatched: bool) -> None:
    """Draw the shares of the classes beside each other, in steps."""
    edges = _edges(log)
    shares = log.table[log.rock_names].to_numpy()
    nothing_there = np.isnan(shares).all(axis=1, keepdims=True)
    shares = np.where(nothing_there, np.nan, np.nan_to_num(shares))  # of a class never looked for: no width
    _hatch(ax)
    sums = np.concatenate([np.zeros((len(shares), 1)), np.cumsum(shares, axis=1)], axis=1)
    for k, name in enumerate(log.rock_names):
        low, high = (_stepped(sums[:, side]) for side in (k, k + 1))
        ax.fill_betweenx(_stepped_edges(edges), low, high, **_looks(log, name, hatched))
    ax.set_xlim(0, 1)
    ax.set_xticks([0, 0.5, 1], ["0", "50", "100 %"])


def _draw_errors(ax: Axes, log: DepthLog) -> None:
    """Draw the standard errors of the shares as a band: up to the largest, darker up to their mean.

    The mean is weighted by the shares.
    """
    down = _stepped_edges(_edges(log))
    errors = log.table[[f"{name} error" for name in log.rock_names]].to_numpy()
    known = np.nan_to_num(errors)
    weights = np.where(np.isnan(errors), 0.0, np.nan_to_num(log.table[log.rock_names].to_numpy()))
    mean = (known * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-9)
    for values, color in ((known.max(axis=1, initial=0.0), _LARGEST_ERROR), (mean, _MEAN_ERROR)):
        ax.fill_betweenx(down, 0, _stepped(values), color=color, linewidth=0)
    ax.set_xlim(0, max(0.01, 1.05 * float(known.max(initial=0))))
    ax.xaxis.set_major_locator(MaxNLocator(2))
    ax.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.3g} %" if value else "0")
    ax.grid(axis="y", color="0.9", linewidth=0.6)


def _draw_missing(ax: Axes, log: DepthLog) -> None:
    """Draw core loss from the left, and from there what is not rock of the rest."""
    down = _stepped_edges(_edges(log))
    loss = log.table["core_loss"].to_numpy()
    other = np.nan_to_num(log.table["not_rock"].to_numpy()) * (1 - loss)
    ax.fill_betweenx(down, 0, _stepped(loss), **_LOSS)
    ax.fill_betweenx(down, _stepped(loss), _stepped(loss + other), color=_NO_ROCK, linewidth=0)
    ax.set_xlim(0, 1)
    ax.set_xticks([0, 1], ["0", "100 %"])


def _draw_beds(ax: Axes, log: DepthLog, thinnest: float, hatched: bool) -> None:
    """Draw beds as rectangles; an end that is not seen has no line."""
    _hatch(ax)
    for bed in log.beds(thinnest).to_dict("records"):
        top, thickness = map(log.scale.of, (bed["top"], bed["thickness"]))
        ax.add_patch(Rectangle((0, top), 1, thickness, **_looks(log, bed["class"], hatched)))
        for end in ("top", "base"):
            if bed[f"{end}_seen"]:
                ax.axhline(log.scale.of(bed[end]), color="0.1", linewidth=0.7)
    ax.set_xlim(0, 1)
    ax.set_xticks([])


def _draw_key(figure: Figure, log: DepthLog, hatched: bool) -> None:
    """Draw the legend: the classes that occur, and what is missing."""
    present = [name for name in log.rock_names if np.nansum(log.table[name].to_numpy()) > 0]
    entries = {entry.name: entry for entry in log.legend}
    patches = [class_patch(entries[name], hatched=hatched) for name in present]
    patches += [Patch(facecolor=color) for color in (_NO_ROCK, _MEAN_ERROR, _LARGEST_ERROR)]
    patches.insert(len(present) + 1, Patch(**_LOSS))
    key = figure.legend(
        patches,
        [""] * len(patches),
        loc="outside right upper",
        fontsize=_TEXT,
        frameon=False,
        handlelength=2.4 if hatched else 2.0,
        handleheight=1.6 if hatched else 1.2,
    )
    for text, name in zip(key.get_texts(), [*present, *_MISSING, *_ERRORS], strict=True):
        text.set_parse_math(False)
        text.set_text(name)


def _looks(log: DepthLog, name: str, hatched: bool) -> dict[str, Any]:
    """Return the settings of an area of a class: its color, and its pattern on request."""
    code = log.legend.code(name)
    color = log.legend.colors[code - 1]
    return hatching(color, code) if hatched else {"facecolor": color, "edgecolor": color, "linewidth": 0.0}


def _hatch(ax: Axes) -> None:
    """Fill axes with the pattern of core loss, below everything else."""
    ax.add_patch(Rectangle((0, 0), 1, 1, transform=ax.transAxes, zorder=0, **_LOSS))


def _edges(log: DepthLog) -> NDArray[np.float64]:
    """Return the edges of the intervals in the unit of the log, the outer ones cut to it."""
    edges = np.append(log.table["top"].to_numpy(), log.table["base"].to_numpy()[-1])
    return np.array(list(map(log.scale.of, np.clip(edges, log.top, log.base).tolist())))


def _stepped_edges(edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return top and base of each interval, one after the other, as `_stepped` values go."""
    return np.repeat(edges, 2)[1:-1]


def _stepped(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each value twice, for top and base of its interval."""
    return np.repeat(values, 2)


# ------------------------------------------------------------------------------------------------------ lanes


def _sides(lane: Lane, shape: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return rows and columns that a lane covers."""
    if lane.crop is None:
        return (0, shape[0]), (0, shape[1])
    return (lane.crop.row_start, lane.crop.row_stop), (lane.crop.column_start, lane.crop.column_stop)


def _frame(lane: Lane, rows: tuple[int, int], columns: tuple[int, int]) -> Patch:
    """Return the outline of a lane."""
    style: dict[str, Any] = {"fill": False, "edgecolor": "#FFD400", "linewidth": 1.6}
    if lane.shape is not None:
        return Polygon(np.array(lane.shape.corners)[:, ::-1], **style)
    corner = (columns[0] - 0.5, rows[0] - 0.5)
    return Rectangle(corner, columns[1] - columns[0], rows[1] - rows[0], **style)


def _mark_top(ax: Axes, lane: Lane, rows: tuple[int, int], columns: tuple[int, int]) -> None:
    """Draw a thick line along the side of a lane that is its top."""
    places = {
        0: (columns, (rows[0], rows[0])),
        90: ((columns[0], columns[0]), rows),
        180: (columns, (rows[1], rows[1])),
        270: ((columns[1], columns[1]), rows),
    }
    ax.plot(*places[lane.rotation], color="#E13C1E", linewidth=4, solid_capstyle="butt")
