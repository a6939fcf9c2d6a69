"""Pictures of feature maps and of hypercolumns, as HTML."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

import numpy as np
import numpy.typing as npt
from PIL import Image

from corewidgets.features.layer_maps import LayerMaps
from corewidgets.markup import Markup, html, joined
from corewidgets.widgets.stage.viewport import Viewport

_VIRIDIS = (
    *("440154", "482878", "3E4989", "31688E", "26828E"),
    *("1F9E89", "35B779", "6ECE58", "B5DE2B", "FDE725"),
)
"""Ten colors of matplotlib's viridis, evenly apart; those between are blended."""

_NARROW, _WIDE = 24, 100  # bars: a part is as wide as the first at least; from the second on there is room

_SCALE = (
    '{{ low }}<span class="cw-explorer-scale" '
    'style="background: linear-gradient(90deg, {{ colors }})"></span>'
    "{{ high }}"
)
_SHEET = (
    '<div class="cw-sheet">{% for name, url, caption in buttons %}'
    '<button data-pick="{{ name }}" title="Show {{ name }}"><img src="{{ url }}" alt="{{ name }}">'
    "<span>{{ caption }}</span></button>{% endfor %}</div>"
)
_PROFILE = (
    '<div class="cw-profile"><h4>{{ title }}{% for name, color in keys %}'
    '<span><i style="background: {{ color }}"></i>{{ name }}</span>{% endfor %}</h4>'
    '<div class="cw-profile-row">{{ row }}</div></div>'
)
_PART = (
    '<div class="cw-profile-part" style="flex: {{ flex }} 1 0" title="{{ source }}, highest: {{ high }}">'
    '<svg viewBox="0 0 {{ bars | length }} 100" preserveAspectRatio="none">'
    "{% for name, value, x, y, height in bars %}"
    '<g data-pick="{{ name }}"><title>{{ name }}: {{ value }}</title>'
    '<rect class="cw-room" x="{{ loop.index0 }}" y="0" width="1" height="100"/>'
    '<rect x="{{ x }}" y="{{ y }}" width="0.8" height="{{ height }}"/></g>{% endfor %}'
    "{% for points, stroke, width in drawn %}"
    '<polyline points="{{ points }}" vector-effect="non-scaling-stroke" stroke="{{ stroke }}" '
    'stroke-width="{{ width }}"/>{% endfor %}</svg>'
    "<div>{% for text in texts %}<span>{{ text }}</span>{% endfor %}</div></div>"
)

THUMBNAIL_SIZE = (64, 210)
"""The most columns and rows of a thumbnail."""


def color_table() -> npt.NDArray[np.uint8]:
    """Return the color of each place on the color scale, dark violet to yellow: (256, 4) uint8, opaque."""
    anchors = np.array([[int(color[k : k + 2], 16) for k in (0, 2, 4)] for color in _VIRIDIS])
    places = np.linspace(0, 255, len(anchors))
    channels = [np.interp(np.arange(256), places, channel) for channel in anchors.T]
    return np.rint(np.column_stack([*channels, np.full(256, 255)])).astype(np.uint8)


def color_scale(low: float, high: float) -> Markup:
    """Return a drawing of the color scale of a map, with its ends."""
    colors = ", ".join(f"#{color}" for color in _VIRIDIS)
    return html(_SCALE, low=f"{low:.3g}", high=f"{high:.3g}", colors=colors)


# --- contact sheet ------------------------------------------------------------------------------


def sheet(thumbnails: Iterable[tuple[str, bytes, str]]) -> Markup:
    """Return a contact sheet of (name of the map, picture, caption); what is no `Markup` is escaped."""
    return html(_SHEET, buttons=[(name, url.decode(), caption) for name, url, caption in thumbnails])


def thumbnail(maps: LayerMaps, channel: int, view: Viewport | None = None) -> bytes:
    """Return a small picture of a map, as the text of a `data:` address.

    Parameters
    ----------
    maps : LayerMaps
    channel : int
    view : Viewport, optional
        Show what this view does; the whole photograph where left out.
    """
    box = _cells_in(maps, view)
    top, bottom, left, right = box
    width, height = _fitted(maps.layer.stride * (right - left), maps.layer.stride * (bottom - top))
    rows, columns = (slice(int(low), int(np.ceil(high))) for low, high in ((top, bottom), (left, right)))
    values = maps.cells[channel, rows, columns].astype(np.float32)
    inside = (left - columns.start, top - rows.start, right - columns.start, bottom - rows.start)
    resized = Image.fromarray(values).resize((width, height), Image.Resampling.BILINEAR, box=inside)
    codes = maps.codes(channel, np.asarray(resized))
    if view is not None:
        codes = np.rot90(codes, view.rotation // 90)
    return _encoded(np.ascontiguousarray(codes))


def _cells_in(maps: LayerMaps, view: Viewport | None) -> tuple[float, float, float, float]:
    """Return first and last row and column of what a view shows, in cells and their parts."""
    n_rows, n_columns = maps.cells.shape[1:]
    ends = (maps.shape[0] / maps.layer.stride, maps.shape[1] / maps.layer.stride)
    if view is None:
        return 0.0, min(ends[0], n_rows), 0.0, min(ends[1], n_columns)
    limits = []
    for span, end in zip(view.spans(), ends, strict=True):
        low, high = span.start / maps.layer.stride, span.end / maps.layer.stride
        low = float(np.clip(low, 0, max(end - 1, 0)))
        limits += [low, float(np.clip(high, min(low + 1, end), end))]
    return limits[0], limits[1], limits[2], limits[3]


def _fitted(width: float, height: float) -> tuple[int, int]:
    scale = min(THUMBNAIL_SIZE[0] / width, THUMBNAIL_SIZE[1] / height)
    return max(2, round(width * scale)), max(2, round(height * scale))


def _encoded(codes: npt.NDArray[np.uint8]) -> bytes:
    image = Image.fromarray(codes)
    image.putpalette(color_table()[:, :3].tobytes())
    file = io.BytesIO()
    image.save(file, "PNG")
    return b"data:image/png;base64," + base64.b64encode(file.getvalue())


# --- profile ------------------------------------------------------------------------------------


def profile(
    names: Sequence[str],
    values: npt.NDArray[np.floating],
    title: str,
    lines: Mapping[str, tuple[str, npt.NDArray[np.floating]]],
) -> Markup:
    """Return a drawing of a hypercolumn: one bar per feature, the layers side by side, each to its own scale.

    Parameters
    ----------
    names : sequence of str
        Of the features, such as "pool1/28".
    values : array, shape (n_features,)
    title : str
        What stands above; it is escaped if it is no `Markup`.
    lines : mapping of str to (str, array of shape (n_features,))
        Color and values of what the bars are compared with, by name.
    """
    parts = []
    for source, members in groupby(range(len(names)), key=lambda k: names[k].rpartition("/")[0]):
        chosen = list(members)
        part = [(color, line[chosen]) for color, line in lines.values()]
        parts.append(_profile_part(source, [names[k] for k in chosen], values[chosen], part))
    colors = [(name, color) for name, (color, _) in lines.items()]
    return html(_PROFILE, title=title, keys=colors, row=joined(*parts))


def _profile_part(
    source: str,
    names: Sequence[str],
    values: npt.NDArray[np.floating],
    lines: Sequence[tuple[str, npt.NDArray[np.floating]]],
) -> Markup:
    every = np.concatenate([[0.0], values, *(line for _, line in lines)])
    low, high = float(every.min()), float(every.max())
    unit = 100 / ((high - low) or 1.0)
    zero = high * unit
    bars = [
        (
            name,
            f"{value:.3g}",
            f"{k + 0.1:.1f}",
            f"{zero - max(value, 0) * unit:.2f}",
            f"{abs(value) * unit:.2f}",
        )
        for k, (name, value) in enumerate(zip(names, values, strict=True))
    ]
    drawn = [
        (_points(line, high, unit), stroke, width)
        for color, line in lines
        for stroke, width in (("rgba(90, 90, 90, 0.8)", 3.4), (color, 1.8))
    ]
    return html(
        _PART,
        source=source,
        high=f"{high:.3g}",
        flex=max(len(names), _NARROW),
        bars=bars,
        drawn=drawn,
        texts=_caption(source, len(names), high),
    )


def _caption(source: str, n: int, high: float) -> list[str]:
    """Return what there is room for below a part of `n` bars."""
    if n <= _NARROW:
        return [source]
    highest = f"highest: {high:.3g}"
    return [source, highest] if n < _WIDE else [f"{source}/0", highest, f"{source}/{n - 1}"]


def _points(line: npt.NDArray[np.floating], high: float, unit: float) -> str:
    return " ".join(f"{k + 0.5},{(high - value) * unit:.2f}" for k, value in enumerate(line))
