"""Pieces of a self-contained HTML page: everything is escaped, pictures are inside."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from corewidgets.labels.legend import Legend
from corewidgets.markup import Markup, html

__all__ = [
    "figure_picture",
    "figures",
    "map_picture",
    "named_values",
    "page",
    "photograph_picture",
    "swatch",
    "table",
]


_PAGE = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" \
content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title><style>
{{ style }}</style></head><body>
{% for part in parts %}{{ part }}
{% endfor %}</body></html>

"""

_TABLE = """\
<div class="scroll"><table><thead><tr>\
{% for value in header %}<th{{ kinds[loop.index0] }}>{{ value }}</th>{% endfor %}</tr></thead>
{% for row in rows %}<tr>\
{% for value in row %}<td{{ kinds[loop.index0] }}>{{ value }}</td>{% endfor %}</tr>
{% endfor %}</table></div>"""

_FIGURES = """\
<ul class="figures">{% for value, text, kind in values %}\
<li class="{{ kind }}"><b>{{ value }}</b>{{ text }}</li>{% endfor %}</ul>"""


def page(title: str, parts: Iterable[Markup]) -> str:
    """Return a whole page; its policy lets a browser load nothing from elsewhere, and run nothing."""
    style = files("corewidgets.figures").joinpath("report.css").read_text(encoding="utf-8")
    return html(_PAGE, title=title, style=Markup(style), parts=parts)


def table(header: Sequence[str], rows: Iterable[Sequence[Any]], *, numbers: int = 0) -> Markup:
    """Return a table; the last `numbers` columns are aligned to the right."""
    kinds = [""] * (len(header) - numbers) + [" class=number"] * numbers
    return html(_TABLE, header=header, rows=rows, kinds=kinds)


def figures(values: Iterable[tuple[str, str, str]]) -> Markup:
    """Return a row of large figures: value, what it is, and good, warn, bad or nothing."""
    return html(_FIGURES, values=values)


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


def swatch(legend: Legend, name: str) -> Markup:
    """Return the name of a class behind a square of its color."""
    color = legend.colors[legend.code(name) - 1]
    return html(
        '<span class="swatch" style="background:{{ color }}"></span>{{ name }}', color=color, name=name
    )


def photograph_picture(image: NDArray[np.uint8], height: int, text: str) -> Markup:
    """Return a photograph, reduced to a height in pixels, as JPEG."""
    picture = Image.fromarray(np.ascontiguousarray(image))
    picture = picture.resize(_reduced(picture.size, height), Image.Resampling.BOX, reducing_gap=3.0)
    return _picture(picture, text, "JPEG", quality=75, optimize=True)


def map_picture(segmentation: NDArray[np.uint8], legend: Legend, height: int, text: str) -> Markup:
    """Return a map of classes in the colors of the legend, reduced to a height, as indexed PNG."""
    picture = Image.fromarray(np.ascontiguousarray(segmentation)).convert("P")
    colors = [(0, 0, 0), *(_rgb(color) for color in legend.colors)]
    picture.putpalette([value for color in colors for value in color])
    picture = picture.resize(_reduced(picture.size, height), Image.Resampling.NEAREST)
    return _picture(picture, text, "PNG", optimize=True)


def figure_picture(content: bytes, text: str) -> Markup:
    """Return a picture of a figure that fills the page's width, from the bytes of a PNG."""
    return html(
        '<img class="strip" alt="{{ text }}" src="{{ source }}">', text=text, source=_data(content, "png")
    )


def _rgb(color: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(color.removeprefix("#")))


def _reduced(size: tuple[int, int], height: int) -> tuple[int, int]:
    """Return columns and rows of a picture reduced to a height; a smaller one stays as it is."""
    n_columns, n_rows = size
    return max(1, round(n_columns * min(1.0, height / n_rows))), min(n_rows, height)


def _picture(picture: Image.Image, text: str, kind: str, **options: Any) -> Markup:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    width, height = picture.size
    return html(
        '<img loading="lazy" decoding="async" width="{{ width }}" height="{{ height }}" alt="{{ text }}" '
        'src="{{ source }}">',
        width=width,
        height=height,
        text=text,
        source=_data(buffer.getvalue(), kind.lower()),
    )


def _data(content: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
