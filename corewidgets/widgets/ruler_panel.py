"""What lies along a line that was measured: length, angle, and color or probability from end to end."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as ipw
import numpy as np

from corewidgets.geology.ruler import Profile, Ruler
from corewidgets.labels.legend import Legend
from corewidgets.learning.maps import Maps
from corewidgets.markup import Markup, html
from corewidgets.widgets.messages import Messages
from corewidgets.widgets.stage.modes import MODES
from corewidgets.widgets.stage.stage import Stage, Stroke

__all__ = ["RulerPanel"]

_COLOR = "color"
_CHANNELS = ("#C62828", "#2E7D32", "#1565C0")  # red, green and blue, dark enough on white
_WIDTH, _HEIGHT, _MARGIN = 420, 70, 34
_LINE = """
<svg viewBox="0 0 {{ width + margin + 8 }} {{ height + 22 }}" width="{{ width + margin + 8 }}" role="img"
 aria-label="{{ label }}" style="max-width: 100%; font: 10px sans-serif; fill: currentColor">
<path d="M{{ margin }} 4 V{{ height + 4 }} H{{ width + margin }}" fill="none" stroke="currentColor"/>
{% for y, text in marks %}
<text x="{{ margin - 4 }}" y="{{ y + 7 }}" text-anchor="end">{{ text }}</text>{% endfor %}
<text x="{{ margin }}" y="{{ height + 18 }}">0</text>
<text x="{{ width + margin }}" y="{{ height + 18 }}" text-anchor="end">{{ length }}</text>
{% for color, points in lines %}
<polyline points="{{ points }}" fill="none" stroke="{{ color }}" stroke-width="1.5"/>{% endfor %}
</svg>
"""


class RulerPanel(ipw.HBox):
    """Shows the line that was measured last on a stage; nothing until there is one.

    Parameters
    ----------
    stage : Stage
        Its mode "measure" draws the lines.
    messages : Messages
        Where errors are shown.
    maps, legend : callable
        Return the maps of now, or None, and the legend of now.

    Attributes
    ----------
    ruler : Ruler or None
    profile : Profile or None
        What is shown along it.
    """

    def __init__(
        self, stage: Stage, messages: Messages, maps: Callable[[], Maps | None], legend: Callable[[], Legend]
    ) -> None:
        self._stage, self._section, self._maps, self._legend = stage, stage.section, maps, legend
        self.paused = False  # lines that are drawn are for something else
        self.ruler: Ruler | None = None
        self.profile: Profile | None = None
        self._told = ipw.HTML(layout=ipw.Layout(margin="0", flex="0 0 auto"))
        self.along = ipw.Dropdown(
            options=[("Color", _COLOR)],
            tooltip="What is shown along the line",
            layout=ipw.Layout(width="170px", margin="0"),
        )
        self._line = ipw.HTML(layout=ipw.Layout(margin="0", flex="1 1 auto", min_width="0"))
        close = ipw.Button(
            icon="times", tooltip="Close the ruler", layout=ipw.Layout(width="28px", margin="0")
        )
        close.on_click(lambda _: self.take_away())
        self.along.observe(messages.wrap(lambda _: self._draw()), "value")
        super().__init__(
            [ipw.VBox([self._told, self.along]), self._line, close],
            layout=ipw.Layout(width="100%", display="none", align_items="flex-start"),
        )
        self.add_class("cw-panel").add_class("cw-ruler")
        stage.on_stroke(self._measured)

    def _measured(self, stroke: Stroke) -> None:
        if MODES[stroke.mode].gesture == "line" and not self.paused:
            self.measure(tuple(stroke.points[0].tolist()), tuple(stroke.points[-1].tolist()))

    def measure(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Measure from one position of the photograph, row and column, to another."""
        self.ruler = Ruler(start, end, self._section.pixel_size_mm)
        maps, before = self._maps(), self.along.value
        known = (
            [] if maps is None else [one for one in self._legend() if maps.probability(one.code) is not None]
        )
        options = [("Color", _COLOR), *((f"Probability of {one.name}", one.code) for one in known)]
        self.along.options = options
        self.along.value = before if before in dict(options).values() else _COLOR
        self._draw()

    def take_away(self) -> None:
        """Take the line and what is told of it away."""
        self.ruler = self.profile = None
        self.layout.display = "none"
        self._stage.ink.send({"kind": "no ruler"})

    def _draw(self) -> None:
        ruler = self.ruler
        if ruler is None:
            return
        lines, high, what = self._values(ruler)
        unit = "px" if ruler.length_mm is None else "mm"
        length = f"{self.profile.distance[-1]:.4g} {unit}" if self.profile else ""
        self._told.value = html(
            "<b>{{ length }}</b>, {{ angle }}° from across the core"
            "{% if bare %}<br>Its millimetres are not known: the photograph has no depths.{% endif %}",
            length=length, angle=f"{ruler.angle:.1f}", bare=ruler.length_mm is None,
        )  # fmt: skip
        self._line.value = html(
            _LINE, width=_WIDTH, height=_HEIGHT, margin=_MARGIN, lines=lines, length=length, label=what,
            marks=[(4, f"{high:g}"), (4 + _HEIGHT, "0")],
        )  # fmt: skip
        self.layout.display = ""

    def _values(self, ruler: Ruler) -> tuple[list[tuple[str, Markup]], float, str]:
        """Return the lines to draw, the value at the top of the axis, and what they are."""
        maps, code = self._maps(), self.along.value
        found = None if maps is None or code == _COLOR else maps.probability(code)
        if found is None:
            self.profile = ruler.profile(self._section.image)
            return _lines(self.profile, _CHANNELS, 255), 255, "Red, green and blue along the line"
        probability = ruler.profile(found)
        self.profile = Profile(probability.distance, probability.values / 255)
        color = self._legend().colors[code - 1]
        return _lines(self.profile, (color,), 1), 1, f"Probability of {self._legend().name(code)}"


def _lines(profile: Profile, colors: tuple[str, ...], high: float) -> list[tuple[str, Markup]]:
    x = _MARGIN + _WIDTH * np.linspace(0, 1, len(profile.distance))
    y = 4 + _HEIGHT * (1 - profile.values.reshape(len(x), -1) / high)
    return [
        (
            color,
            html(
                "{{ points }}", points=" ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y[:, k], strict=True))
            ),
        )
        for k, color in enumerate(colors)
    ]
