"""An explanation as HTML."""

from __future__ import annotations

import base64
import io

import numpy as np
import numpy.typing as npt
from PIL import Image

from corewidgets.cores.section import CoreSection
from corewidgets.labels.legend import Legend
from corewidgets.learning.explanation import Example, Explanation
from corewidgets.markup import Markup, html
from corewidgets.widgets.score_views import bars

__all__ = ["why_html"]

_THUMBNAIL = 49  # pixels of the photograph; odd, so that there is one in the middle

_WHY = """\
<h4>Why {{ name }}? ({{ place }})</h4>\
{% if alone is not none %}<p class="cw-remark">\
On its own it would be {{ alone }}; its neighbors of similar color decided.</p>{% endif %}\
<div class="cw-why-parts"><div><h4>How likely</h4>{{ probabilities }}</div>\
<div><h4>This pixel, and the most similar labelled examples</h4>{{ examples }}</div>\
<div><h4>Evidence for {{ name }}{% if against is not none %} rather than {{ against }}{% endif %}</h4>\
{{ taps }}</div></div>"""

_EXAMPLES = """\
<div class="cw-examples">{{ examples | join }}</div>\
{% if not any %}<p class="cw-remark">There are no labels to compare it with.</p>{% endif %}"""

_EXAMPLE = """\
<div class="cw-example" title="{{ title }}">\
<img src="{{ source }}" alt="" style="border-color: {{ color }}">{{ text }}</div>"""

_TAPS = """\
{{ layers }}<p class="cw-remark">What each layer adds to {{ unit }}.</p><h4>Single maps</h4>{{ maps }}"""


def why_html(why: Explanation, section: CoreSection, legend: Legend) -> Markup:
    """Return the class probabilities, the examples with thumbnails and the taps of an explanation."""
    name = _name(why.code, legend)
    own = Example(why.row, why.column, why.code, 1.0)
    place = f"row {why.row}, column {why.column}"
    if section.top is not None:
        place += f", {section.scale.of(section.depth(why.row)):.4f} {section.scale.unit}"
    return html(
        _WHY,
        name=name,
        place=place,
        alone=None if why.alone == why.code else _name(why.alone, legend),
        against=None if why.against is None else _name(why.against, legend),
        probabilities=_probabilities(why, legend),
        examples=_examples(why, own, section, legend),
        taps=_taps(why),
    )


def _probabilities(why: Explanation, legend: Legend) -> Markup:
    likely = {code: p for code, p in why.probabilities.items() if p >= 0.005}
    named = {_name(code, legend): p for code, p in likely.items()}
    return bars(named, colors=[_color(code, legend) for code in likely], largest=1.0)


def _examples(why: Explanation, own: Example, section: CoreSection, legend: Legend) -> Markup:
    parts = [_example(own, "this pixel", section, legend)]
    parts += [_example(example, _likeness(example, why, legend), section, legend) for example in why.examples]
    return html(_EXAMPLES, examples=parts, any=bool(why.examples))


def _likeness(example: Example, why: Explanation, legend: Legend) -> str:
    """Return the class, and of a forest the share of the trees that do not tell the two apart."""
    name = _name(example.code, legend)
    return name if why.against is not None else f"{name} {example.similarity:.0%}"


def _example(example: Example, text: str, section: CoreSection, legend: Legend) -> Markup:
    title = f"row {example.row}, column {example.column}: {_name(example.code, legend)}"
    source = thumbnail(section.image, example.row, example.column)
    return html(_EXAMPLE, title=title, source=source, color=_color(example.code, legend), text=text)


def _taps(why: Explanation) -> Markup:
    if not why.taps:
        return html('<p class="cw-remark">This classifier does not report what it uses.</p>')
    return html(
        _TAPS,
        layers=bars(why.layers, form="{:+.2f}"),
        unit="the probability" if why.against is None else "the logarithm of the odds",
        maps=bars(why.taps, form="{:+.3f}"),
    )


def thumbnail(image: npt.NDArray[np.uint8], row: int, column: int, size: int = _THUMBNAIL) -> str:
    """Return the address of a small picture of the surroundings of a pixel; black beyond the image."""
    cut = np.zeros((size, size, 3), np.uint8)
    top, left = row - size // 2, column - size // 2
    rows = slice(max(top, 0), min(top + size, image.shape[0]))
    columns = slice(max(left, 0), min(left + size, image.shape[1]))
    cut[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left] = image[rows, columns]
    file = io.BytesIO()
    Image.fromarray(cut).save(file, "PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def _name(code: int, legend: Legend) -> str:
    return legend.name(code) if code in legend.codes else f"code {code}"


def _color(code: int, legend: Legend) -> str:
    return legend.colors[code - 1] if code in legend.codes else "#808080"
