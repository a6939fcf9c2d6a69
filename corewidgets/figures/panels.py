"""Panels: the pictures of a section that a figure is laid out from, each over the photograph's pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from corewidgets.cores.section import CoreSection
from corewidgets.figures.patterns import draw_patterns
from corewidgets.figures.thinning import Codes, averaged, block_size, picked
from corewidgets.labels.legend import Legend

Image: TypeAlias = NDArray[np.uint8]

_OUTLINE = (30, 30, 30, 255)


@dataclass(frozen=True)
class Panel:
    """One picture of the section: how it is drawn, and what its color scale is called."""

    title: str
    draw: Callable[[Axes], AxesImage]
    scale: str | None = None
    extend: str = "neither"


def photograph_panel(section: CoreSection) -> Panel:
    """Return the panel of the photograph."""
    return Panel("Photograph", lambda ax: _draw_image(ax, section, averaged(section.image)))


def class_panel(
    title: str, section: CoreSection, codes: Codes, legend: Legend, opacity: float, *, hatched: bool = False
) -> Panel:
    """Return the panel of class colors over the photograph, with the patterns of the classes on request."""

    def draw(ax: Axes) -> AxesImage:
        shown = picked(codes)
        colors = np.zeros((*shown.shape, 4), dtype=np.uint8)
        colors[..., :3] = legend.rgb()[shown]
        colors[..., 3] = np.where(shown > 0, round(255 * opacity), 0)
        if not colors[..., 3].all():  # unlabelled pixels: pale, so that the labels stand out
            if shown.shape == codes.shape:
                colors[_outlines(shown)] = _OUTLINE
            _draw_image(ax, section, _pale(averaged(section.image)))
        elif opacity < 1:
            _draw_image(ax, section, averaged(section.image))
        image = _draw_image(ax, section, colors, interpolation="nearest")
        if hatched:
            draw_patterns(ax, shown, legend, image.get_extent())
        return image

    return Panel(title, draw)


def uncertainty_panel(section: CoreSection, uncertainty: ArrayLike, label: str) -> Panel:
    """Return the panel of an uncertainty."""
    values = _measured(section, uncertainty, "uncertainty", "predict it for this section")
    highest = max(1.0, float(np.max(values, initial=0, where=np.isfinite(values))))

    def draw(ax: Axes) -> AxesImage:
        return _draw_image(ax, section, averaged(values), cmap="magma", vmin=0, vmax=highest)

    return Panel(label, draw, scale=label)


def feature_map_panel(section: CoreSection, values: ArrayLike, name: str) -> Panel:
    """Return the panel of a feature map."""
    array = _measured(section, values, f"feature map {name!r}", "compute it from this section")
    finite = array[np.isfinite(array)]
    low, high = (float(finite.min()), float(np.percentile(finite, 99.5))) if finite.size else (0.0, 1.0)
    if finite.size and high <= low:
        high = float(finite.max()) if finite.max() > low else low + 1.0

    def draw(ax: Axes) -> AxesImage:
        return _draw_image(ax, section, averaged(array), cmap="viridis", vmin=low, vmax=high)

    return Panel(name, draw, scale=name, extend="max" if finite.size and finite.max() > high else "neither")


def fitting(section: CoreSection, values: ArrayLike, name: str, remedy: str) -> NDArray[Any]:
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
    return fitting(section, values, name, remedy).astype(np.float32, copy=False)


def _pale(image: Image) -> Image:
    """Return a photograph almost halfway to white, with two thirds of its color."""
    gray = image.mean(axis=2, keepdims=True)
    pale: Image = np.rint(0.45 * 255 + 0.55 * (2.0 * image + gray) / 3).astype(np.uint8)
    return pale


def _outlines(codes: Codes) -> NDArray[np.bool_]:
    """Return the unlabelled pixels around regions, in a band as wide as shows in a figure."""
    reach = max(1, round(codes.shape[0] / 1200))
    inside = codes > 0
    near: NDArray[np.bool_] = ndimage.binary_dilation(inside, iterations=reach)
    return near & ~inside


def down(section: CoreSection, row_edge: float) -> float:
    """Return where the upper edge of a row lies on the vertical axis: depth in metres, or rows."""
    return row_edge - 0.5 if section.top is None else section.depth(row_edge - 0.5)


def _draw_image(ax: Axes, section: CoreSection, values: NDArray[Any], **settings: Any) -> AxesImage:
    """Draw thinned pixels where they lie; a last block that reaches past the image is cut by the axes."""
    shown_rows = values.shape[0] * block_size(section.n_rows)
    shown_columns = values.shape[1] * block_size(section.n_columns)
    extent = (-0.5, shown_columns - 0.5, down(section, shown_rows), down(section, 0))
    image = ax.imshow(values, extent=extent, origin="upper", aspect="auto", **settings)
    ax.set_xlim(-0.5, section.n_columns - 0.5)
    ax.set_ylim(down(section, section.n_rows), down(section, 0))
    return image
