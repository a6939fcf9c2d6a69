"""Figures of a section beside what was drawn on it and what a model made of it, against one depth axis.

Every function returns a :class:`matplotlib.figure.Figure` that belongs to no window and no global state, so
that the same call works in a notebook, in a thread and on a machine without a screen.  Pass `ax` to draw into
a figure of your own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from corewidgets.cores.section import CoreSection, as_section
from corewidgets.figures.layout import lay_out, show
from corewidgets.figures.panels import (
    Image,
    class_panel,
    feature_map_panel,
    fitting,
    photograph_panel,
    uncertainty_panel,
)
from corewidgets.figures.thinning import Codes
from corewidgets.labels.arrays import check_labels
from corewidgets.labels.legend import Legend, LegendEntry

__all__ = [
    "plot_feature_maps",
    "plot_labels",
    "plot_photograph",
    "plot_poster",
    "plot_segmentation",
    "plot_uncertainty",
]


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
    return show(section, photograph_panel(section), ax)


def plot_labels(
    section: CoreSection | Image,
    labels: ArrayLike,
    legend: Legend,
    ax: Axes | None = None,
    *,
    opacity: float = 0.75,
    hatched: bool = False,
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
    hatched : bool
        Draw a pattern over each class too, as in lithology logs; the legend shows it.

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
    panel = class_panel("Labels", section, codes, legend, opacity, hatched=hatched)
    return show(section, panel, ax, _entries([codes], legend), hatched=hatched)


def plot_segmentation(
    section: CoreSection | Image,
    segmentation: ArrayLike,
    legend: Legend,
    ax: Axes | None = None,
    *,
    opacity: float = 1.0,
    all_classes: bool = False,
    hatched: bool = False,
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
    hatched : bool
        Draw a pattern over each class too, as in lithology logs; the legend shows it.

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
    panel = class_panel("Segmentation", section, codes, legend, opacity, hatched=hatched)
    return show(section, panel, ax, entries, hatched=hatched)


def plot_uncertainty(
    section: CoreSection | Image,
    uncertainty: ArrayLike,
    ax: Axes | None = None,
    *,
    label: str = "Uncertainty",
) -> Figure:
    """Draw the uncertainty of the model at every pixel, with a color scale that starts at 0.

    Parameters
    ----------
    section : CoreSection or image
    uncertainty : array of shape (n_rows, n_columns)
        0 = certain.  The scale ends at 1, or at the largest value where that is larger.
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
    return show(section, uncertainty_panel(section, uncertainty, label), ax)


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
    panels = [feature_map_panel(section, values, name) for name, values in maps.items()]
    return lay_out(section, [photograph_panel(section), *panels], [])


def plot_poster(
    section: CoreSection | Image,
    labels: ArrayLike | None,
    segmentation: ArrayLike,
    legend: Legend,
    *,
    feature_maps: Mapping[str, ArrayLike] | None = None,
    uncertainty: ArrayLike | None = None,
    hatched: bool = False,
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
    hatched : bool
        Draw a pattern over each class of the segmentation too, as in lithology logs; the legend shows it.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If a shape is not that of the image, or the legend lacks a code.
    """
    section = as_section(section)
    panels = [photograph_panel(section)]
    panels += [feature_map_panel(section, values, name) for name, values in (feature_maps or {}).items()]
    drawn = []
    if labels is not None:
        drawn.append(_checked_labels(section, labels, legend))
        panels.append(class_panel("Labels", section, drawn[0], legend, 0.75))
    drawn.append(_checked_segmentation(section, segmentation, legend))
    panels.append(class_panel("Segmentation", section, drawn[-1], legend, 1.0, hatched=hatched))
    if uncertainty is not None:
        panels.append(uncertainty_panel(section, uncertainty, "Uncertainty"))
    return lay_out(section, panels, _entries(drawn, legend), hatched=hatched)


def _checked_labels(section: CoreSection, labels: ArrayLike, legend: Legend) -> Codes:
    """Return labels that fit the image and the legend."""
    codes = check_labels(labels, section.shape)
    legend.check(codes, remedy="add its class to the legend")
    return codes


def _checked_segmentation(section: CoreSection, segmentation: ArrayLike, legend: Legend) -> Codes:
    """Return a segmentation that fits the image and the legend."""
    fitted = fitting(section, segmentation, "segmentation", "segment this section")
    codes = check_labels(fitted, section.shape)
    legend.check(codes, "segmentation holds", "add its class to the legend")
    return codes


def _entries(drawn: Iterable[Codes], legend: Legend) -> list[LegendEntry]:
    """Return the entries of the legend that occur in any of the arrays."""
    counts = sum(np.bincount(codes.ravel(), minlength=256) for codes in drawn)
    return [entry for entry in legend if np.asarray(counts)[entry.code]]
