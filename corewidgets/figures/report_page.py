"""Pieces of a self-contained HTML page: everything is escaped, pictures are inside."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from corewidgets.labels.legend import Legend

__all__ = ["Cell", "figures", "map_picture", "named_values", "page", "photograph_picture", "swatch", "table"]

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


class Cell(str):
    """HTML that is escaped already; any other text is escaped where it is put into a table."""


def page(title: str, parts: Iterable[str]) -> str:
    """Return a whole page; its policy lets a browser load nothing from elsewhere, and run nothing."""
    style = files("corewidgets.figures").joinpath("report.css").read_text(encoding="utf-8")
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title><style>\n{style}</style></head><body>",
            *parts,
            "</body></html>\n",
        ]
    )


def table(header: Sequence[str], rows: Iterable[Sequence[Any]], *, numbers: int = 0) -> str:
    """Return a table; the last `numbers` columns are aligned to the right."""
    first = len(header) - numbers

    def cells(tag: str, row: Sequence[Any]) -> str:
        return "".join(
            f"<{tag}{' class=number' if position >= first else ''}>{_html(value)}</{tag}>"
            for position, value in enumerate(row)
        )

    body = "".join(f"<tr>{cells('td', row)}</tr>\n" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{cells("th", header)}</tr></thead>\n{body}</table></div>'


def figures(values: Iterable[tuple[str, str, str]]) -> str:
    """Return a row of large figures: value, what it is, and good, warn, bad or nothing."""
    items = [f'<li class="{kind}"><b>{escape(value)}</b>{escape(text)}</li>' for value, text, kind in values]
    return f'<ul class="figures">{"".join(items)}</ul>'


def named_values(values: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    """Return nested plain values as rows of names and values, without those that are empty.

    Examples
    --------
    >>> named_values({"model": {"classes": [1, 2], "file": None}})
    [('model, classes', '1, 2')]
    """
    rows: list[tuple[str, str]] = []
    for name, value in values.items():
        full = f"{before}, {name}" if before else str(name)
        if isinstance(value, Mapping):
            rows += named_values(value, full)
        elif isinstance(value, list | tuple):
            rows += [(full, ", ".join(map(str, value)))] if len(value) else []
        elif value is not None and value != "":
            rows.append((full, str(value)))
    return [(name.replace("_", " "), value) for name, value in rows]


def swatch(legend: Legend, name: str) -> Cell:
    """Return the name of a class behind a square of its color."""
    color = legend.colors[legend.code(name) - 1]
    return Cell(f'<span class="swatch" style="background:{escape(color)}"></span>{escape(name)}')


def photograph_picture(image: NDArray[np.uint8], height: int, text: str) -> Cell:
    """Return a photograph, reduced to a height in pixels, as JPEG."""
    picture = Image.fromarray(np.ascontiguousarray(image))
    picture = picture.resize(_reduced(picture.size, height), Image.Resampling.BOX, reducing_gap=3.0)
    return _picture(picture, text, "JPEG", quality=75, optimize=True)


def map_picture(segmentation: NDArray[np.uint8], legend: Legend, height: int, text: str) -> Cell:
    """Return a map of classes in the colors of the legend, reduced to a height, as indexed PNG."""
    picture = Image.fromarray(np.ascontiguousarray(segmentation)).convert("P")
    colors = [(0, 0, 0), *(_rgb(color) for color in legend.colors)]
    picture.putpalette([value for color in colors for value in color])
    picture = picture.resize(_reduced(picture.size, height), Image.Resampling.NEAREST)
    return _picture(picture, text, "PNG", optimize=True)


def figure_picture(content: bytes, text: str) -> Cell:
    """Return a picture of a figure that fills the page's width, from the bytes of a PNG."""
    return Cell(f'<img class="strip" alt="{escape(text)}" src="{_data(content, "png")}">')


def _html(value: Any) -> str:
    return value if isinstance(value, Cell) else escape(str(value))


def _rgb(color: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(color.removeprefix("#")))


def _reduced(size: tuple[int, int], height: int) -> tuple[int, int]:
    """Return columns and rows of a picture reduced to a height; a smaller one stays as it is."""
    n_columns, n_rows = size
    return max(1, round(n_columns * min(1.0, height / n_rows))), min(n_rows, height)


def _picture(picture: Image.Image, text: str, kind: str, **options: Any) -> Cell:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    width, height = picture.size
    return Cell(
        f'<img loading="lazy" decoding="async" width="{width}" height="{height}" alt="{escape(text)}" '
        f'src="{_data(buffer.getvalue(), kind.lower())}">'
    )


def _data(content: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
