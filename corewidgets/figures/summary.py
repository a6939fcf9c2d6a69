"""What stands first on the page of a run: the hole in one picture, what it consists of, what is flagged."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from corewidgets.cores.core import Core
from corewidgets.cores.section import CoreSection
from corewidgets.figures.report_page import photograph_picture
from corewidgets.labels.legend import Legend
from corewidgets.markup import Markup, html

__all__ = ["core_loss", "flag_summary", "hole_picture", "proportion_bar"]

_WIDTH, _HEIGHT = 1400, 56  # pixels
_NOTHING = 232  # grey where there is no photograph
_LEAST_SHARE = 0.005  # of a class that is named

_HOLE = """\
<figure class="hole">{{ picture }}\
<figcaption class=soft><span>{{ top }}</span><span>{{ base }}</span></figcaption></figure>"""

_BAR = """\
<div class="proportions">{% for _, share, color in parts %}\
<span style="width:{{ share }};background:{{ color }}"></span>{% endfor %}</div>
<ul class="key">{% for name, share, color in parts %}\
<li><span class="swatch" style="background:{{ color }}"></span>{{ name }} {{ share }}</li>{% endfor %}</ul>"""


def hole_picture(sections: Sequence[CoreSection], core: Core) -> Markup:
    """Return the photographs of a hole side by side over depth, its top at the left; gaps are grey."""
    canvas = np.full((_HEIGHT, _WIDTH, 3), _NOTHING, np.uint8)
    for section in sections:
        if section.top is None or section.base is None:
            continue
        first, stop = (_column(depth, core) for depth in (section.top, section.base))
        part = canvas[:, first : max(stop, first + 1)]
        part[:] = _laid(section.image, part.shape[1])
    picture = photograph_picture(
        canvas, _HEIGHT, f"Photographs of {core.name or 'the hole'}, top at the left"
    )
    return html(_HOLE, picture=picture, top=core.scale.text(core.top), base=core.scale.text(core.base))


def _column(depth: float, core: Core) -> int:
    """Return the column of the picture where a depth lies."""
    return min(_WIDTH - 1, round(_WIDTH * (depth - core.top) / (core.base - core.top)))


def _laid(image: NDArray[np.uint8], n_columns: int) -> NDArray[np.uint8]:
    """Return a photograph laid on its side, its top at the left, in the size of its place."""
    lying = Image.fromarray(np.ascontiguousarray(np.rot90(image)))
    return np.asarray(lying.resize((n_columns, _HEIGHT), Image.Resampling.BOX))


def proportion_bar(shares: Mapping[str, float], legend: Legend) -> Markup:
    """Return the shares of the classes as parts of one bar, with their names below."""
    colors = {name: legend.colors[legend.code(name) - 1] for name in shares}
    parts = [(name, f"{share:.1%}", colors[name]) for name, share in shares.items() if share >= _LEAST_SHARE]
    return html(_BAR, parts=parts)


def core_loss(core: Core) -> float:
    """Return the share of the length of a core of which there is no photograph.

    Examples
    --------
    >>> from corewidgets.cores.core import Lane
    >>> round(core_loss(Core([Lane("a.jpg", 1.0, 2.0), Lane("b.jpg", 3.0, 5.0)])), 6)
    0.25
    """
    return sum(gap.base - gap.top for gap in core.gaps) / (core.base - core.top)


def flag_summary(reasons: Sequence[Sequence[str]]) -> str:
    """Return how often each kind of reason is given, the most frequent first.

    Examples
    --------
    >>> dark, new = "darker than any (lightness 20; 30 to 40 is usual)", "41% of it looks like nothing"
    >>> flag_summary([[dark], [dark, new], ["darker than any (lightness 21; 30 to 40 is usual)"]])
    'darker than any: 3; part of it looks like nothing: 1'
    """
    kinds = Counter(_kind(reason) for each in reasons for reason in each)
    return "; ".join(f"{kind}: {n}" for kind, n in kinds.most_common())


def _kind(reason: str) -> str:
    """Return a reason without its numbers."""
    return re.sub(r"^\d+% of it", "part of it", reason.split(" (")[0])
