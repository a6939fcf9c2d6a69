"""The swatch of a class: its color, with the pattern that it has on the map where patterns are drawn."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

from corewidgets.figures.pattern_pixels import MOST_CLASSES, with_patterns
from corewidgets.labels.legend import Legend
from corewidgets.learning.maps import class_palette
from corewidgets.markup import Markup, html

__all__ = ["class_swatch"]

_SHAPE = (16, 30)  # rows and columns of the page, as many as a pattern needs to be told from the others

_PLAIN = '<span class="cw-swatch" style="background: {{ color }}; margin: 0"></span>'
_HATCHED = (
    '<img class="cw-swatch cw-hatched" alt="" style="width: {{ width }}px; height: {{ height }}px" '
    'src="{{ source }}">'
)


def class_swatch(legend: Legend, code: int, *, hatched: bool) -> Markup:
    """Return what shows a class in a list: its color, or its color and pattern as on the screen.

    A legend of more classes than patterns are drawn for has colors alone.
    """
    if not hatched or len(legend) > MOST_CLASSES:
        return html(_PLAIN, color=legend.colors[code - 1])
    height, width = _SHAPE
    return html(_HATCHED, width=width, height=height, source=_address(legend, code))


def _address(legend: Legend, code: int) -> str:
    """Return a piece of a map of the class alone as the text of a `data:` address."""
    codes, palette = with_patterns(
        np.full(_SHAPE, code, np.uint8), class_palette(legend, frozenset()), legend, 1
    )
    file = io.BytesIO()
    Image.fromarray(palette[codes][..., :3]).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
