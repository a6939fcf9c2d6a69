"""What clasts look like: over the photograph, and as a histogram of their sizes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from corewidgets.geology.clast_table import ClastTable
from corewidgets.labels.legend import Legend
from corewidgets.markup import Markup, html

__all__ = ["clast_codes", "clast_palette", "histogram_html", "selection_codes", "selection_palette"]

Codes = NDArray[np.uint8]

_MOST = 126  # classes that have a color inside and another along the edge
_EDGE = 128  # is added to a code along the edge
_EDITED = 127  # along the edge of a clast that was edited
_INSIDE = 90  # opacity, of 255
_SELECTED = (255, 213, 74)

_HISTOGRAM = """
<svg viewBox="0 0 360 112" width="360" role="img" aria-label="Area of the clasts by their diameter"
 style="max-width: 100%; font: 10px sans-serif; fill: currentColor">
{% for x, y, height, color, told in bars %}
<rect x="{{ x }}" y="{{ y }}" width="{{ width }}" height="{{ height }}" fill="{{ color }}">
<title>{{ told }}</title></rect>{% endfor %}
<path d="M8 88 H352" stroke="currentColor"/>
{% for x, text in marks %}<text x="{{ x }}" y="99" text-anchor="middle">{{ text }}</text>{% endfor %}
<text x="352" y="110" text-anchor="end">Diameter (mm), share of the area</text>
</svg>
<p>{{ count }} clasts, {{ area }} cm². Diameters by area: 10 % below {{ sizes[0] }} mm, half below
<b>{{ sizes[1] }} mm</b>, 90 % below {{ sizes[2] }} mm.</p>
"""


def clast_codes(table: ClastTable) -> Codes:
    """Return the class of each clast's pixels, ``(n_rows, n_columns)``, other codes along their edges.

    The colors are those of `clast_palette`. Clasts that were edited have edges of their own.
    """
    numbered = table.numbered
    size = max([0, *table.numbers()]) + 1
    inside, edge = np.zeros(size, np.uint8), np.zeros(size, np.uint8)
    has_both = len(table.legend) <= _MOST
    for row in table.rows():
        number, code = row["number"], row["code"]
        inside[number] = code if has_both else 0
        edge[number] = (_EDITED if row["edited"] else code + _EDGE) if has_both else code
    codes = inside[numbered]
    border = np.zeros(numbered.shape, bool)
    down, across = numbered[1:] != numbered[:-1], numbered[:, 1:] != numbered[:, :-1]
    border[1:] |= down
    border[:-1] |= down
    border[:, 1:] |= across
    border[:, :-1] |= across
    codes[border] = edge[numbered[border]]
    return codes


def clast_palette(legend: Legend) -> Codes:
    """Return red, green, blue and opacity of the codes of `clast_codes`, ``(256, 4)``."""
    colors = np.zeros((256, 4), np.uint8)
    rgb = legend.rgb()[1:]
    colors[1 : len(rgb) + 1, :3] = rgb
    if len(rgb) > _MOST:
        colors[1 : len(rgb) + 1, 3] = 255
        return colors
    colors[1 : len(rgb) + 1, 3] = _INSIDE
    colors[_EDGE + 1 : _EDGE + len(rgb) + 1, :3] = rgb
    colors[_EDGE + 1 : _EDGE + len(rgb) + 1, 3] = 255
    colors[_EDITED] = 255
    return colors


def selection_codes(table: ClastTable, numbers: Sequence[int], width: int) -> Codes:
    """Return 1 inside of selected clasts and 2 along their edges, `width` pixels wide; 0 elsewhere."""
    codes = np.zeros(table.section.shape, np.uint8)
    for number in numbers:
        box, mask = table.region(number)
        inner = ndimage.binary_erosion(np.pad(mask, 1), iterations=width)[1:-1, 1:-1]
        part = codes[box]
        part[mask] = 2
        part[inner] = 1
    return codes


def selection_palette() -> Codes:
    """Return red, green, blue and opacity of the codes of `selection_codes`."""
    return np.array([(0, 0, 0, 0), (*_SELECTED, 70), (*_SELECTED, 255)], np.uint8)


def histogram_html(table: ClastTable, numbers: Sequence[int]) -> Markup:
    """Draw which share of the area of some clasts lies in clasts of which diameter, by their classes.

    The intervals are halves of phi: each ends at 1.41 times where it begins.
    """
    if not numbers:
        return html("<p>No clasts.</p>")
    rows = table.rows(numbers)
    diameters = [row["diameter_mm"] for row in rows]
    first = math.floor(2 * math.log2(min(diameters)))
    last = max(math.floor(2 * math.log2(max(diameters))) + 1, first + 4)
    edges = [2 ** (half / 2) for half in range(first, last + 1)]
    names = {row["class"] for row in rows}
    entries = [entry for entry in table.legend if entry.name in names]
    areas = [
        table.histogram(edges, numbers=[row["number"] for row in rows if row["class"] == entry.name])
        for entry in entries
    ]
    total = float(np.sum(areas))
    highest = float(np.max(np.sum(areas, axis=0)))
    width = 344 / (len(edges) - 1)
    bars, base = [], np.full(len(edges) - 1, 88.0)
    for entry, area in zip(entries, areas, strict=True):
        for k in np.flatnonzero(area):
            height = 80 * float(area[k]) / highest
            base[k] -= height
            told = f"{entry.name}, {edges[k]:.2g} to {edges[k + 1]:.2g} mm: {area[k] / total:.1%} of the area"
            bars.append((f"{8 + k * width:.1f}", f"{base[k]:.1f}", f"{height:.1f}", entry.color, told))
    step = -(-len(edges) // 9)
    marks = [(f"{8 + k * width:.1f}", f"{edge:.2g}") for k, edge in enumerate(edges) if k % step == 0]
    sizes = [f"{size:.3g}" for size in table.percentiles(numbers=numbers)]
    return html(
        _HISTOGRAM, bars=bars, marks=marks, width=f"{max(width - 1, 1):.1f}", count=f"{len(numbers):,}",
        area=f"{total / 100:,.1f}", sizes=sizes,
    )  # fmt: skip
