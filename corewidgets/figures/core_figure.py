"""The figure that plots are drawn in: it shows itself in a notebook, and is written whole or not at all."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from corewidgets.atomic import atomic_write

__all__ = ["CoreFigure", "save_figure"]

TEXT, SMALL = 9.0, 8.0  # points
INK = "0.15"


class CoreFigure(Figure):
    """A figure that shows itself in a notebook, with or without ``%matplotlib inline``."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=self.dpi)
        return buffer.getvalue()


def save_figure(figure: Figure, path: str | os.PathLike[str], *, dpi: float = 200) -> None:
    """Write a figure as PNG, PDF, SVG or JPEG; an existing file is replaced only by a complete one.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    path : str or path-like
        The suffix chooses the format.
    dpi : float
        Pixels per inch.

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
    with atomic_write(path) as temporary, rc_context({"svg.hashsalt": "corewidgets"}):
        figure.savefig(temporary, format=kind, dpi=dpi)
        if kind == "svg":
            temporary.write_text(_with_counted_clips(temporary.read_text("utf-8")), "utf-8")


def _with_counted_clips(svg: str) -> str:
    """Return a drawing whose clip rectangles are named by their order.

    matplotlib names them by a digest of their corners, which may differ in the last bit of a float from one
    time to the next, while the numbers that are written are the same.
    """
    names: dict[str, str] = {}
    for name in re.findall(r'<clipPath id="(\w+)">', svg):
        names[name] = f"clip{len(names) + 1}"
    return re.sub(
        r'(?<=<clipPath id=")\w+(?=">)|(?<=clip-path="url\(#)\w+(?=\)")', lambda found: names[found[0]], svg
    )


def empty_figure(size: tuple[float, float] | None = None) -> CoreFigure:
    """Return a figure that can measure its texts; with a size in inches, one that lays itself out."""
    figure = CoreFigure(figsize=size, layout=None if size is None else "constrained")
    FigureCanvasAgg(figure)
    return figure


def figure_of(ax: Axes) -> Figure:
    """Return the figure that holds the axes."""
    figure = ax.figure
    return figure if isinstance(figure, Figure) else figure.figure
