"""Figures: a section beside what was drawn on it and what a model made of it, against one depth axis.

Every function returns a :class:`matplotlib.figure.Figure` that belongs to no window and no global state, so
that the same call works in a notebook, in a thread and on a machine without a screen.  Pass `ax` to draw into
a figure of your own.  Long images are thinned for display only: photographs and maps are averaged, classes
are picked, never blended.
"""

from __future__ import annotations

import io
import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.legend import Legend as Key
from matplotlib.patches import Patch
from matplotlib.text import Text
from matplotlib.ticker import AutoMinorLocator, MaxNLocator, ScalarFormatter
from numpy.typing import ArrayLike, NDArray

from corewidgets.atomic import atomic_write
from corewidgets.cores.section import CoreSection, as_section
from corewidgets.labels.arrays import check_labels
from corewidgets.labels.legend import Legend, LegendEntry

if TYPE_CHECKING:
    from corewidgets.scoring.evaluation import Score

__all__ = [
    "CoreFigure",
    "plot_confusion",
    "plot_feature_maps",
    "plot_labels",
    "plot_photograph",
    "plot_poster",
    "plot_segmentation",
    "plot_uncertainty",
    "save_figure",
]

Image: TypeAlias = NDArray[np.uint8]
Codes: TypeAlias = NDArray[np.uint8]

# Sizes of a laid-out figure, in inches.
_TALLEST, _TALLEST_OF_ALL = 9.0, 16.0
_NARROWEST, _WIDEST, _WIDEST_TOGETHER = 0.9, 3.0, 26.0
_AXIS, _GAP, _MARGIN, _TITLE, _HEADING, _COLORBAR = 0.75, 0.18, 0.15, 0.28, 0.26, 0.3

_MOST_PIXELS = 4000  # along either side of what is handed to matplotlib
_TEXT, _SMALL = 9.0, 8.0  # points
_INK = "0.15"
_OUTLINE = (30, 30, 30, 255)


class CoreFigure(Figure):
    """A figure that shows itself in a notebook, with or without ``%matplotlib inline``."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=self.dpi)
        return buffer.getvalue()


# ---------------------------------------------------------------------------------------------------- figures


def plot_photograph(section: CoreSection | Image, ax: Axes | None = None) -> Figure:
    """Draw the photograph against depth.

    Parameters
    ----------
    section : CoreSection or image
        Images are uint8 of shape (n_rows, n_columns, 3).  The axis shows depth in metres, or rows where depth
        is unknown.
    ax : matplotlib Axes, optional
        Draw here; a new figure is made if it is left out.

    Returns
    -------
    matplotlib.figure.Figure
    """
    section = as_section(section)
    return _show(section, _photograph(section), ax)


def plot_labels(
    section: CoreSection | Image,
    labels: ArrayLike,
    legend: Legend,
    ax: Axes | None = None,
    *,
    opacity: float = 0.75,
) -> Figure:
    """Draw labels over the photograph, with a legend of the classes that occur.

    Parameters
    ----------
    section : CoreSection or image
    labels : array of shape (n_rows, n_columns)
        Codes; 0 = unlabelled, where the photograph shows.
    legend : Legend
    ax : matplotlib Axes, optional
    opacity : float
        Of the labels, from 0 to 1.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the shape is not that of the image, or the legend lacks a code.
    """
    section = as_section(section)
    codes = _checked_labels(section, labels, legend)
    return _show(section, _classes("Labels", section, codes, legend, opacity), ax, _entries([codes], legend))


def plot_segmentation(
    section: CoreSection | Image,
    segmentation: ArrayLike,
    legend: Legend,
    ax: Axes | None = None,
    *,
    opacity: float = 1.0,
    all_classes: bool = False,
) -> Figure:
    """Draw the class of every pixel in its color, with a legend.

    Parameters
    ----------
    section : CoreSection or image
    segmentation : array of shape (n_rows, n_columns)
        Codes, 1 to n.
    legend : Legend
    ax : matplotlib Axes, optional
    opacity : float
        From 0 to 1; below 1 the photograph shows through.
    all_classes : bool
        Show the whole legend, not only the classes that occur.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the shape is not that of the image, or the legend lacks a code.
    """
    section = as_section(section)
    codes = _checked_segmentation(section, segmentation, legend)
    entries = list(legend) if all_classes else _entries([codes], legend)
    return _show(section, _classes("Segmentation", section, codes, legend, opacity), ax, entries)


def plot_uncertainty(
    section: CoreSection | Image,
    uncertainty: ArrayLike,
    ax: Axes | None = None,
    *,
    label: str = "Uncertainty",
) -> Figure:
    """Draw how unsure the model is of every pixel, with a color scale that starts at 0.

    Parameters
    ----------
    section : CoreSection or image
    uncertainty : array of shape (n_rows, n_columns)
        0 = sure.  The scale ends at 1, or at the largest value where that is larger.
    ax : matplotlib Axes, optional
    label : str
        Name of the measure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the shape is not that of the image.
    """
    section = as_section(section)
    return _show(section, _uncertainty(section, uncertainty, label), ax)


def plot_feature_maps(section: CoreSection | Image, maps: Mapping[str, ArrayLike]) -> Figure:
    """Draw feature maps side by side, the photograph first.

    Parameters
    ----------
    section : CoreSection or image
    maps : mapping of str to array of shape (n_rows, n_columns)
        By name, such as "pool1/28".  Each has its own color scale, which ends at the 99.5th percentile.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there are no maps, or a shape is not that of the image.
    """
    section = as_section(section)
    if not maps:
        raise ValueError("There are no feature maps to draw; give one or more, such as {'pool1/28': array}.")
    panels = [_feature_map(section, values, name) for name, values in maps.items()]
    return _lay_out(section, [_photograph(section), *panels], [])


def plot_poster(
    section: CoreSection | Image,
    labels: ArrayLike | None,
    segmentation: ArrayLike,
    legend: Legend,
    *,
    feature_maps: Mapping[str, ArrayLike] | None = None,
    uncertainty: ArrayLike | None = None,
) -> Figure:
    """Draw everything about a section side by side, against one depth axis.

    Photograph, feature maps, labels over the photograph, segmentation, uncertainty, and the legend of the
    classes that occur.

    Parameters
    ----------
    section : CoreSection or image
    labels : array of shape (n_rows, n_columns), or None
        Codes, 0 = unlabelled; None leaves the panel out.
    segmentation : array of shape (n_rows, n_columns)
        Codes, 1 to n.
    legend : Legend
    feature_maps : mapping of str to array of shape (n_rows, n_columns), optional
        By name, such as "pool1/28".
    uncertainty : array of shape (n_rows, n_columns), optional

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If a shape is not that of the image, or the legend lacks a code.
    """
    section = as_section(section)
    panels = [_photograph(section)]
    panels += [_feature_map(section, values, name) for name, values in (feature_maps or {}).items()]
    drawn = []
    if labels is not None:
        drawn.append(_checked_labels(section, labels, legend))
        panels.append(_classes("Labels", section, drawn[0], legend, 0.75))
    drawn.append(_checked_segmentation(section, segmentation, legend))
    panels.append(_classes("Segmentation", section, drawn[-1], legend, 1.0))
    if uncertainty is not None:
        panels.append(_uncertainty(section, uncertainty, "Uncertainty"))
    return _lay_out(section, panels, _entries(drawn, legend))


def plot_confusion(score: Score, ax: Axes | None = None) -> Figure:
    """Draw which classes are taken for which.

    A row is a true class, a column a predicted one.  A cell gives the share of the row's pixels, and their
    number below.  Classes that the protocol cannot score have no row; where they were predicted, they have a
    column at the right.

    Parameters
    ----------
    score : Score
        One protocol of an :class:`~corewidgets.evaluation.Evaluation`, such as ``evaluation["regions"]``.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows, columns = _confusion_order(score.confusion)
    counts = score.confusion[np.ix_(rows, columns)]
    shares = counts / counts.sum(axis=1, keepdims=True)
    if ax is None:
        size = (max(0.46 * columns.size + 2.6, 5), 0.46 * rows.size + 2.4)
        ax = _empty_figure(size).add_subplot()
    ax.imshow(shares, cmap="Blues", vmin=0, vmax=1, interpolation="nearest")
    _write_cells(ax, counts, shares)
    _name_classes(
        ax, [score.classes[k] for k in rows], counts.sum(axis=1), [score.classes[k] for k in columns]
    )
    if columns.size > rows.size:
        ax.axvline(rows.size - 0.5, color=_INK, linewidth=1)
    means = f"weighted F1 {score.weighted_f1:.3f}, macro F1 {score.macro_f1:.3f}"
    ax.set_title(f"Held out: {score.title}\n{means}", fontsize=_TEXT + 1, loc="left")
    return _figure_of(ax)


def save_figure(figure: Figure, path: str | os.PathLike[str], *, dpi: float = 200) -> None:
    """Write a figure as PNG, PDF, SVG or JPEG; a file that is there is replaced only by a whole one.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    path : str or path-like
        The suffix chooses the format.
    dpi : float
        Pixels an inch.

    Raises
    ------
    ValueError
        If the suffix names no format that figures can be written in.
    """
    kind = Path(path).suffix.lower().removeprefix(".")
    known = figure.canvas.get_supported_filetypes()
    if kind not in known:
        raise ValueError(
            f"A figure cannot be written as {os.fspath(path)!r}; end its name in .png, .pdf, .svg or .jpg."
        )
    with atomic_write(path) as temporary:
        figure.savefig(temporary, format=kind, dpi=dpi)


# ----------------------------------------------------------------------------------------------------- checks


def _checked_labels(section: CoreSection, labels: ArrayLike, legend: Legend) -> Codes:
    """Return labels that fit the image and the legend."""
    return _known(check_labels(np.asarray(labels), section.shape), legend, "labels contain")


def _checked_segmentation(section: CoreSection, segmentation: ArrayLike, legend: Legend) -> Codes:
    """Return a segmentation that fits the image and the legend."""
    codes = _fitting(section, segmentation, "segmentation", "segment this section")
    return _known(check_labels(codes, section.shape), legend, "segmentation contains")


def _fitting(section: CoreSection, values: ArrayLike, name: str, remedy: str) -> NDArray[Any]:
    """Return an array that has a value for each pixel of the image."""
    array = np.asarray(values)
    if array.shape != section.shape:
        n_rows, n_columns = section.shape
        raise ValueError(
            f"{name} has shape {array.shape} but the image has {n_rows} rows and {n_columns} columns; "
            f"{remedy}."
        )
    return array


def _measured(section: CoreSection, values: ArrayLike, name: str, remedy: str) -> NDArray[np.float32]:
    """Return a measure of each pixel of the image, in a precision that figures are drawn in."""
    return _fitting(section, values, name, remedy).astype(np.float32, copy=False)


def _known(codes: Codes, legend: Legend, what: str) -> Codes:
    """Return codes that all have a class in the legend, or are 0."""
    highest = int(codes.max(initial=0))
    if highest > len(legend):
        raise ValueError(
            f"{what} code {highest}, but the legend has codes 1 to {len(legend)}; add its class."
        )
    return codes


def _entries(drawn: Iterable[Codes], legend: Legend) -> list[LegendEntry]:
    """Return the entries of the legend that occur in any of the arrays."""
    counts = sum(np.bincount(codes.ravel(), minlength=256) for codes in drawn)
    return [entry for entry in legend if np.asarray(counts)[entry.code]]


# ----------------------------------------------------------------------------------------------------- panels


@dataclass(frozen=True)
class _Panel:
    """One picture of the section: how it is drawn, and what its color scale is called."""

    title: str
    draw: Callable[[Axes], AxesImage]
    scale: str | None = None
    extend: str = "neither"


def _photograph(section: CoreSection) -> _Panel:
    """Return the panel of the photograph."""
    return _Panel("Photograph", lambda ax: _draw_image(ax, section, _averaged(section.image)))


def _classes(title: str, section: CoreSection, codes: Codes, legend: Legend, opacity: float) -> _Panel:
    """Return the panel of class colors over the photograph."""

    def draw(ax: Axes) -> AxesImage:
        picked = _picked(codes)
        colors = np.zeros((*picked.shape, 4), dtype=np.uint8)
        colors[..., :3] = legend.rgb()[picked]
        colors[..., 3] = np.where(picked > 0, round(255 * opacity), 0)
        if not colors[..., 3].all():  # unlabelled pixels: pale, so that the labels stand out
            if picked.shape == codes.shape:
                colors[_outlines(picked)] = _OUTLINE
            _draw_image(ax, section, _pale(_averaged(section.image)))
        elif opacity < 1:
            _draw_image(ax, section, _averaged(section.image))
        return _draw_image(ax, section, colors, interpolation="nearest")

    return _Panel(title, draw)


def _uncertainty(section: CoreSection, uncertainty: ArrayLike, label: str) -> _Panel:
    """Return the panel of an uncertainty."""
    values = _measured(section, uncertainty, "uncertainty", "predict it for this section")
    highest = max(1.0, float(np.max(values, initial=0, where=np.isfinite(values))))

    def draw(ax: Axes) -> AxesImage:
        return _draw_image(ax, section, _averaged(values), cmap="magma", vmin=0, vmax=highest)

    return _Panel(label, draw, scale=label)


def _feature_map(section: CoreSection, values: ArrayLike, name: str) -> _Panel:
    """Return the panel of a feature map."""
    array = _measured(section, values, f"feature map {name!r}", "compute it from this section")
    finite = array[np.isfinite(array)]
    low, high = (float(finite.min()), float(np.percentile(finite, 99.5))) if finite.size else (0.0, 1.0)
    if finite.size and high <= low:
        high = float(finite.max()) if finite.max() > low else low + 1.0

    def draw(ax: Axes) -> AxesImage:
        return _draw_image(ax, section, _averaged(array), cmap="viridis", vmin=low, vmax=high)

    return _Panel(name, draw, scale=name, extend="max" if finite.size and finite.max() > high else "neither")


def _pale(image: Image) -> Image:
    """Return a photograph almost halfway to white, with two thirds of its color."""
    gray = image.mean(axis=2, keepdims=True)
    pale: Image = np.rint(0.45 * 255 + 0.55 * (2.0 * image + gray) / 3).astype(np.uint8)
    return pale


def _outlines(codes: Codes) -> NDArray[np.bool_]:
    """Return the unlabelled pixels around regions, in a band as wide as shows in a figure."""
    reach = max(1, round(codes.shape[0] / 1200))
    inside = codes > 0
    near = inside.copy()
    for shift in range(1, reach + 1):
        near[shift:] |= inside[:-shift]
        near[:-shift] |= inside[shift:]
        near[:, shift:] |= inside[:, :-shift]
        near[:, :-shift] |= inside[:, shift:]
    return near & ~inside


def _step(size: int) -> int:
    """Return how many pixels along one side become one on display."""
    return math.ceil(size / _MOST_PIXELS)


def _averaged(values: NDArray[Any]) -> NDArray[Any]:
    """Thin a photograph or map for display by averaging blocks of pixels."""
    thinned = values
    for axis in (0, 1):
        step = _step(values.shape[axis])
        if step > 1:
            starts = np.arange(0, values.shape[axis], step)
            sums = np.add.reduceat(thinned, starts, axis=axis, dtype=np.float64)
            lengths = np.diff(starts, append=values.shape[axis])
            thinned = sums / lengths.reshape([-1 if k == axis else 1 for k in range(values.ndim)])
    rounds = values.dtype == np.uint8 and thinned is not values
    return np.rint(thinned).astype(np.uint8) if rounds else thinned


def _picked(codes: Codes) -> Codes:
    """Thin codes for display by picking the pixel in the middle of each block."""
    rows, columns = (
        np.minimum(np.arange(0, size, _step(size)) + _step(size) // 2, size - 1) for size in codes.shape
    )
    return codes[np.ix_(rows, columns)]


def _down(section: CoreSection, row_edge: float) -> float:
    """Return where the upper edge of a row lies on the vertical axis: depth in metres, or rows."""
    return row_edge - 0.5 if section.top is None else section.depth(row_edge - 0.5)


def _draw_image(ax: Axes, section: CoreSection, values: NDArray[Any], **settings: Any) -> AxesImage:
    """Draw thinned pixels where they lie; a last block that reaches past the image is cut by the axes."""
    shown_rows = values.shape[0] * _step(section.n_rows)
    shown_columns = values.shape[1] * _step(section.n_columns)
    extent = (-0.5, shown_columns - 0.5, _down(section, shown_rows), _down(section, 0))
    image = ax.imshow(values, extent=extent, origin="upper", aspect="auto", **settings)
    ax.set_xlim(-0.5, section.n_columns - 0.5)
    ax.set_ylim(_down(section, section.n_rows), _down(section, 0))
    return image


# ----------------------------------------------------------------------------------------------------- layout


def _empty_figure(size: tuple[float, float] | None = None) -> CoreFigure:
    """Return a figure that can measure its texts; with a size in inches, one that lays itself out."""
    figure = CoreFigure(figsize=size, layout=None if size is None else "constrained")
    FigureCanvasAgg(figure)
    return figure


def _figure_of(ax: Axes) -> Figure:
    """Return the figure that holds the axes."""
    figure = ax.figure
    return figure if isinstance(figure, Figure) else figure.figure


def _show(
    section: CoreSection, panel: _Panel, ax: Axes | None, entries: Sequence[LegendEntry] = ()
) -> Figure:
    """Draw one panel into given axes, or into a figure of its own."""
    if ax is None:
        return _lay_out(section, [panel], entries)
    image = panel.draw(ax)
    _label_depth(ax, section)
    _title(ax, panel.title)
    if section.n_rows / section.n_columns < _TALLEST_OF_ALL / _NARROWEST:
        ax.set_aspect(section.n_rows / (_down(section, section.n_rows) - _down(section, 0)))
    if panel.scale is not None:
        ax.figure.colorbar(image, ax=ax, label=panel.scale, extend=panel.extend)
    _key(ax, entries, _TALLEST, bbox_to_anchor=(1, 1), borderaxespad=1)
    return _figure_of(ax)


def _panel_size(shape: tuple[int, int], n_panels: int) -> tuple[float, float]:
    """Return width and height in inches that show pixels square, unless that is too narrow to see."""
    slenderness = shape[0] / shape[1]
    height = float(np.clip(_NARROWEST * slenderness, _TALLEST, _TALLEST_OF_ALL))
    height = min(height, slenderness * min(_WIDEST, _WIDEST_TOGETHER / n_panels))
    width = height / slenderness
    return max(width, _NARROWEST), max(height, _NARROWEST)


def _lay_out(section: CoreSection, panels: Sequence[_Panel], entries: Sequence[LegendEntry]) -> Figure:
    """Draw panels side by side at equal height, with one depth axis and the legend at the right."""
    figure = _empty_figure()

    def inches(artist: Text | Key) -> float:
        return float(artist.get_window_extent().width) / figure.dpi

    width, height = _panel_size(section.shape, len(panels))
    text = _heading(section, width, height)
    heading = figure.text(0, 0, text, va="top", fontsize=_TEXT + 1, parse_math=False)
    axes = [figure.add_axes((0, 0, 1, 1), label=f"panel {index}") for index in range(len(panels))]
    titles = [_title(ax, panel.title) for ax, panel in zip(axes, panels, strict=True)]
    key = _key(figure, entries, height, borderaxespad=0)
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
    return ax.set_title(text, fontsize=_TEXT, parse_math=False)


def _label_depth(ax: Axes, section: CoreSection, *, named: bool = True) -> None:
    """Mark depth along the left side; `named` says whether with numbers."""
    is_depth = section.top is not None
    ax.set_xticks([])
    ax.yaxis.set_major_locator(MaxNLocator(10, steps=[1, 2, 5, 10], integer=not is_depth, min_n_ticks=1))
    if is_depth:
        ax.yaxis.set_minor_locator(AutoMinorLocator())
    ax.yaxis.set_major_formatter(ScalarFormatter(useOffset=False))
    ax.tick_params(axis="y", which="both", labelleft=named, labelsize=_SMALL)
    for spine in ax.spines.values():
        spine.set_linewidth(0.6)
    if named:
        ax.set_ylabel("Depth (m)" if is_depth else "Row", fontsize=_TEXT)


def _color_scale(
    figure: Figure, image: AxesImage, place: tuple[float, float, float, float], extend: str
) -> None:
    """Draw the color scale of a panel below it, with its two ends as numbers."""
    low, high = image.get_clim()
    bar = figure.colorbar(image, cax=figure.add_axes(place), orientation="horizontal", extend=extend)
    bar.set_ticks([low, high], labels=[f"{low:.3g}", f"{high:.3g}"])
    bar.ax.tick_params(labelsize=_SMALL, length=2, pad=2)
    first, last = bar.ax.get_xticklabels()
    first.set_horizontalalignment("left")
    last.set_horizontalalignment("right")


def _patches(entries: Sequence[LegendEntry]) -> list[Patch]:
    """Return a patch of color for each entry of the legend."""
    return [Patch(facecolor=entry.color, edgecolor="0.3", linewidth=0.5) for entry in entries]


def _key(parent: Figure | Axes, entries: Sequence[LegendEntry], height: float, **place: Any) -> Key | None:
    """Draw the legend of the classes, in as many columns as the height in inches asks for."""
    if not entries:
        return None
    key = parent.legend(
        _patches(entries),
        [""] * len(entries),
        ncols=math.ceil(len(entries) * 0.22 / height),
        loc="upper left",
        fontsize=_TEXT,
        frameon=False,
        borderpad=0,
        handlelength=1.4,
        handleheight=1.2,
        labelspacing=0.45,
        **place,
    )
    for text, entry in zip(key.get_texts(), entries, strict=True):
        text.set_parse_math(False)  # a name is a name, even with dollars or a leading underscore
        text.set_text(entry.name)
    return key


# -------------------------------------------------------------------------------------------------- confusion


def _confusion_order(confusion: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the classes that have scored pixels, and those followed by other classes that were predicted."""
    rows = np.flatnonzero(confusion.sum(axis=1))
    others = np.setdiff1d(np.flatnonzero(confusion.sum(axis=0)), rows)
    return rows, np.concatenate([rows, others])


def _name_classes(ax: Axes, true: Sequence[str], totals: NDArray[np.int64], predicted: Sequence[str]) -> None:
    """Label the rows with true classes and their pixels, the columns with predicted classes."""
    counted = [f"{name}  ({total:,})" for name, total in zip(true, totals, strict=True)]
    style: dict[str, Any] = {"fontsize": _SMALL, "parse_math": False}
    ax.set_yticks(range(len(true)), counted, **style)
    style |= {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
    ax.set_xticks(range(len(predicted)), predicted, **style)
    ax.tick_params(length=0)
    ax.set_ylabel("True class (scored pixels)", fontsize=_TEXT)
    ax.set_xlabel("Predicted class", fontsize=_TEXT)


def _write_cells(ax: Axes, counts: NDArray[np.int64], shares: NDArray[np.float64]) -> None:
    """Write share and number into each cell that is not empty."""
    for row, column in np.argwhere(counts).tolist():
        share = shares[row, column]
        ink = "white" if share > 0.55 else "0.5" if share < 0.005 else _INK
        ax.text(
            column,
            row - 0.16,
            "<1%" if share < 0.005 else f"{share:.0%}",
            ha="center",
            va="center",
            fontsize=_SMALL,
            color=ink,
        )
        ax.text(
            column, row + 0.24, _short(counts[row, column]), ha="center", va="center", fontsize=6.5, color=ink
        )


def _short(count: int) -> str:
    """Return a number in at most five characters, such as 12.3k."""
    return f"{count}" if count < 10_000 else f"{count / 1000:.3g}k"
