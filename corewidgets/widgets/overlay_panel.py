"""The parts of the overlay around its picture: how the map is shown, its classes, and reasons beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as ipw
import numpy as np
import numpy.typing as npt

from corewidgets.learning.light import said_of_lights
from corewidgets.learning.maps import Maps
from corewidgets.markup import Markup, html
from corewidgets.widgets.buttons import button, title
from corewidgets.widgets.class_shares import ClassShares
from corewidgets.widgets.messages import Messages
from corewidgets.widgets.stage.parts import picture_height

__all__ = ["OverlayBar", "OverlaySide", "color_key"]


class OverlayBar(ipw.HBox):
    """What is shown, how it is drawn and compared, and how far the map is.

    Parameters
    ----------
    view : Widget
        The buttons that change the view.

    Attributes
    ----------
    shows, drawing, comparison : ipywidgets.ToggleButtons
    progress : ipywidgets.FloatProgress
    """

    def __init__(self, view: ipw.Widget) -> None:
        self.shows = _choice(
            [("Classes", "classes"), ("Probability", "probability"), ("Doubt", "uncertainty")]
        )
        self.drawing = _choice([("Fill", "fill"), ("Outline", "outline")])
        self.comparison = _choice([("Over", "over"), ("Side by side", "beside"), ("Swipe", "swipe")])
        self.progress = ipw.FloatProgress(
            min=0, max=1, layout=ipw.Layout(width="110px", height="10px", margin="0", visibility="hidden")
        )
        super().__init__(
            [self.shows, self.drawing, self.comparison, view, self.progress],
            layout=ipw.Layout(width="100%", flex_flow="row wrap"),
        )
        self.add_class("cw-bar")


class OverlaySide(ipw.VBox):
    """Opacity, swipe line, classes with their shares, places to label next, and why a pixel has its class.

    Parameters
    ----------
    choose, toggle : callable
        Called with the code of a class, to show its probability or to hide it.
    least_sure : callable
        Called with 1 for the next place and -1 for the one before.
    messages : Messages
    height : int
        Of the picture, in pixels of the page.

    Attributes
    ----------
    opacity, swipe : ipywidgets.FloatSlider
    classes : ClassShares
    key, light : ipywidgets.HTML
        What the colors mean, and what the model corrected in the light of the photograph.
    labels_shown, hatched : ipywidgets.ToggleButton
    """

    def __init__(
        self,
        choose: Callable[[int], Any],
        toggle: Callable[[int], Any],
        least_sure: Callable[[int], Any],
        messages: Messages,
        height: int,
    ) -> None:
        wide = ipw.Layout(width="100%", margin="0", flex="0 0 auto")
        self.opacity = ipw.FloatSlider(
            0.6, min=0, max=1, step=0.05, readout_format=".0%", layout=wide, tooltip="Opacity of the map"
        )
        self.swipe = ipw.FloatSlider(
            0.5, min=0.01, max=0.99, step=0.01, readout_format=".0%", layout=wide,
            tooltip="Part of the photograph that is shown without the map, from the left",
            continuous_update=False,  # else it answers each step of the line that is dragged, too late
        )  # fmt: skip
        self.swipe_row = ipw.VBox(
            [title("Photograph alone, from the left"), self.swipe],
            layout=ipw.Layout(width="100%", display="none", flex="0 0 auto"),
        )
        self.classes = ClassShares(messages, choose, toggle)
        self.key = ipw.HTML(layout=ipw.Layout(width="100%", margin="0", flex="0 0 auto", min_height="36px"))
        self.light = ipw.HTML(layout=ipw.Layout(display="none", width="100%", margin="0", flex="0 0 auto"))
        self.labels_shown = _toggle("Labels", "pencil", "Show the outlines of the labels")
        self.hatched = _toggle("Patterns", "th", "Draw a pattern over each class")
        why = ipw.Layout(display="none", margin="4px 0 0", width="100%", flex="0 0 auto")
        self.why = ipw.HTML(layout=why).add_class("cw-why")
        super().__init__(
            [
                title("Opacity of the map"), self.opacity, self.swipe_row,
                title("Classes and proportions"), self.classes, self.key, self.light,
                title("Where to label next"), self._unsure_row(least_sure, messages),
                ipw.HBox([self.labels_shown, self.hatched], layout=wide),
                self.why,
            ],
            layout=ipw.Layout(width="252px", flex="0 0 auto", max_height=picture_height(height, 26)),
        )  # fmt: skip
        self.add_class("cw-side")

    def _unsure_row(self, least_sure: Callable[[int], Any], messages: Messages) -> ipw.HBox:
        self.place = ipw.HTML(layout=ipw.Layout(margin="0 0 0 8px"))
        self.unsure = [
            button(messages, lambda: least_sure(-1), icon="chevron-left", tooltip="The previous place"),
            button(
                messages, lambda: least_sure(1), "Least sure", icon="question",
                tooltip="Go to the place where the model is least certain (N)",
            ),
            button(messages, lambda: least_sure(1), icon="chevron-right", tooltip="The next place (N)"),
        ]  # fmt: skip
        return ipw.HBox([*self.unsure, self.place]).add_class("cw-toolbar")

    def say_place(self, number: int, total: int) -> None:
        """Say which of the least sure places is shown."""
        self.place.value = f"<span>{number} of {total}</span>"

    def say_light(self, maps: Maps | None) -> None:
        """Say what the model corrected before it mapped the photograph; nothing where that is nothing."""
        text = "" if maps is None else said_of_lights(maps.lights)
        self.light.value = html('<p class="cw-remark">{{ text }}</p>', text=text)
        self.light.layout.display = "" if text else "none"

    def say_why(self, text: str) -> None:
        """Show why a pixel has its class, in HTML."""
        self.why.value = text
        self.why.layout.display = ""


def color_key(palette: npt.NDArray[np.uint8], low: str, high: str) -> Markup:
    """Return a strip of the colors of a palette with opacity, with the meaning of its ends."""
    stops = ", ".join(
        f"rgba({red}, {green}, {blue}, {opacity / 255:.2f})" for red, green, blue, opacity in palette[::15]
    )
    return html(
        '<div class="cw-ramp" style="background: linear-gradient(to right, {{ stops }})"></div>'
        '<div class="cw-ramp-ends"><span>{{ low }}</span><span>{{ high }}</span></div>',
        stops=stops,
        low=low,
        high=high,
    )


def _choice(options: list[tuple[str, str]]) -> ipw.ToggleButtons:
    layout = ipw.Layout(margin="0", width="auto", flex="0 0 auto")
    return ipw.ToggleButtons(options=options, style={"button_width": "auto"}, layout=layout)


def _toggle(description: str, icon: str, tooltip: str) -> ipw.ToggleButton:
    layout = ipw.Layout(width="auto", margin="0 4px 0 0")
    return ipw.ToggleButton(description=description, icon=icon, tooltip=tooltip, layout=layout)
