"""The parts that a stage is put together from, and how they lie on the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as ipw
from ipycanvas import MultiCanvas

from corewidgets.cores.section import CoreSection
from corewidgets.markup import html
from corewidgets.widgets.buttons import button
from corewidgets.widgets.messages import Messages
from corewidgets.widgets.shared_look import look
from corewidgets.widgets.stage.ink import InkLayer

__all__ = ["GROUND", "Footer", "body_of", "canvas_with_ink", "picture_height", "toolbar_of"]

GROUND = "#2a2a2a"  # behind the photograph: neutral and dark, so that colors are judged alike in both themes
_N_LAYERS = 4
_READOUT = (
    '{% for name, value in told if value != "" %}<span>{{ name }}{{ " " if name }}<b>{{ value }}</b></span>'
    "{% endfor %}"
)


def canvas_with_ink(
    size: tuple[int, int], pixel_size_mm: float | None = None
) -> tuple[MultiCanvas, InkLayer]:
    """Return a canvas of a width and height in pixels, and the layer of the script that lies over it."""
    width, height = size
    layout = ipw.Layout(
        grid_area="stage",
        width=f"{width}px",
        max_width="100%",  # a second view of the widget may be narrower
        height="auto",
        margin="0",
        align_self="flex-start",
    )
    canvas = MultiCanvas(_N_LAYERS, width=width, height=height, layout=layout)
    ink = InkLayer(
        canvas=canvas,
        canvas_size=[width, height],
        ground=GROUND,
        pixel_size=pixel_size_mm or 0.0,
        layout=ipw.Layout(grid_area="stage", width="0", height="0", margin="0", overflow="visible"),
    )
    return canvas, ink


def picture_height(height: int, more: int = 0) -> str:
    """Return the height of a picture, and `more` pixels, in the words of CSS.

    It is the height that was asked for, or what a small screen leaves: the script says so as `--cw-height`.
    """
    return f"calc(min({height}px, var(--cw-height, {height}px)) + {more}px)"


def body_of(canvas: MultiCanvas, ink: InkLayer, height: int) -> ipw.GridBox:
    """Return a box where both lie over each other, at most `height` pixels of the page high."""
    layout = ipw.Layout(
        grid_template_areas='"stage"', grid_template_columns="100%", width="calc(100% - 2px)", min_width="0",
        overflow="hidden", height=picture_height(height), flex="0 0 auto",
    )  # fmt: skip
    return ipw.GridBox([canvas, ink], layout=layout).add_class("cw-body")


class Footer(ipw.HBox):
    """The line under the picture: what lies under the pointer, and the scale.

    Attributes
    ----------
    readout, scale : ipywidgets.HTML
    """

    def __init__(self) -> None:
        self.readout = ipw.HTML(**look(ipw.HTML, flex="1 1 auto", margin="0", min_width="0"))
        self.scale = ipw.HTML(**look(ipw.HTML, flex="0 0 auto", margin="0"))
        super().__init__([self.readout, self.scale], **look(ipw.HBox, width="100%", flex="0 0 auto"))
        self.add_class("cw-footer")

    def tell(
        self, section: CoreSection, pixel: tuple[int, int] | None, describe: Callable[[int, int], str]
    ) -> None:
        """Say where a pixel lies, its depth, and what `describe` says of it; nothing outside."""
        inside = pixel is not None and all(0 <= at < n for at, n in zip(pixel, section.shape, strict=True))
        if pixel is None or not inside:
            self.readout.value = ""
            return
        scale = section.scale
        depth = "" if section.top is None else f"{scale.of(section.depth(pixel[0])):.4f} {scale.unit}"
        told = [("Row", pixel[0]), ("Column", pixel[1]), ("Depth", depth), ("", describe(*pixel))]
        self.readout.value = html(_READOUT, told=told)


def toolbar_of(stage: Any, messages: Messages) -> ipw.HBox:
    """Return the buttons that change the view of a stage."""
    buttons: list[tuple[str, str, str, Callable[[], Any]]] = [
        ("", "search-minus", "Zoom out (-)", lambda: stage.zoom(1 / 1.5)),
        ("", "search-plus", "Zoom in (+)", lambda: stage.zoom(1.5)),
        ("Whole", "", "Show the whole core (0)", stage.fit),
        ("Width", "", "Fill the view with the core's shorter side (W)", stage.fit_across),
        ("1:1", "", "100 %: one pixel of the photograph for one of the page (A)", stage.actual_size),
        ("Turn", "", "Turn by a quarter (R)", stage.turn),
    ]
    made = [
        button(messages, action, text, icon=icon, tooltip=tooltip) for text, icon, tooltip, action in buttons
    ]
    return ipw.HBox(made, **look(ipw.HBox, flex="0 0 auto")).add_class("cw-toolbar")
