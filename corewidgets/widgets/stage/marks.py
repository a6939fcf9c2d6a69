"""What is drawn around and over the photograph: ruler, scale bar, frame on the overview, swipe line, ring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from corewidgets.cores.section import CoreSection
from corewidgets.widgets.stage.viewport import Box, Frame, Tick, Viewport, ruler_ticks, scale_bar

COLORS = {"band": "#e8e8e8", "text": "#202020", "line": "#606060"}
"""Of the strips around the view, until the page tells its own."""

_FONT = "system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"


@dataclass(frozen=True)
class Marks:
    """The marks of one view.

    Parameters
    ----------
    frame : Frame
        How the canvas is divided.
    viewport, overview : Viewport
        The view, and that of the strip with the whole core.
    colors : mapping
        Colors of the page: "band", "text" and "line".
    unit : float
        Canvas pixels for one pixel of the page.
    """

    frame: Frame
    viewport: Viewport
    overview: Viewport
    colors: Mapping[str, str]
    unit: float

    def draw_bands(self, canvas: Any) -> None:
        """Clear the canvas and color the strips around the view."""
        canvas.clear()
        canvas.fill_style = self.colors["band"]
        for band in (self.frame.overview, self.frame.ruler):
            canvas.fill_rect(band.left, band.top, band.width, band.height)

    def draw(
        self, canvas: Any, section: CoreSection, swipe: float = 0.0, marker: tuple[int, int] | None = None
    ) -> None:
        """Draw all marks.

        Parameters
        ----------
        canvas : ipycanvas.Canvas
        section : CoreSection
        swipe : float
            Where the overlay begins, as a share of the view; 0 for no line.
        marker : tuple of int, optional
            Row and column of a pixel to draw a ring around.
        """
        self._draw_frame_of_view(canvas)
        spacing = (90 if self.viewport.rows_run_across else 60) * self.unit
        scale = section.scale
        top, base = (None if end is None else scale.of(end) for end in (section.top, section.base))
        self._draw_ruler(canvas, ruler_ticks(self.viewport, top, base, spacing, scale.unit))
        self._draw_scale_bar(canvas, *scale_bar(self.viewport.scale, section.pixel_size_mm, 140 * self.unit))
        if swipe:
            self._draw_swipe(canvas, swipe)
        if marker is not None:
            self._draw_ring(canvas, self.viewport, 9 * self.unit, marker)
            self._draw_ring(canvas, self.overview, 4 * self.unit, marker)

    def _draw_swipe(self, canvas: Any, share: float) -> None:
        """Draw a line with a handle."""
        view, unit = self.viewport.box, self.unit
        x, middle = view.left + view.width * share, view.top + view.height / 2
        for color, width in (("rgba(0, 0, 0, 0.7)", 4), ("white", 2)):
            canvas.stroke_style, canvas.line_width = color, width * unit
            canvas.stroke_line(x, view.top, x, view.top + view.height)
        canvas.fill_style, canvas.stroke_style = "white", "rgba(0, 0, 0, 0.7)"
        canvas.fill_circle(x, middle, 10 * unit)
        canvas.stroke_circle(x, middle, 10 * unit)
        canvas.fill_style = "#202020"
        for side in (-unit, unit):
            canvas.fill_polygon(
                [(x + side * far, middle + unit * up) for far, up in ((3, -4), (7, 0), (3, 4))]
            )

    def _draw_ring(self, canvas: Any, viewport: Viewport, radius: float, pixel: tuple[int, int]) -> None:
        x, y = viewport.to_canvas(*pixel)
        if not viewport.box.contains(x, y):
            return
        for color, width in (("rgba(0, 0, 0, 0.75)", 5), ("#FFD54A", 2.5)):
            canvas.stroke_style, canvas.line_width = color, width * self.unit
            canvas.stroke_circle(x, y, radius)

    def _draw_frame_of_view(self, canvas: Any) -> None:
        overview, view = self.overview, self.viewport.box
        corners = [
            overview.to_canvas(*self.viewport.to_image(x, y))
            for x, y in ((view.left, view.top), (view.left + view.width, view.top + view.height))
        ]
        whole = overview.place(*overview.spans())
        left, right = (min(max(corner[0], whole.left), whole.left + whole.width) for corner in corners)
        top, bottom = (min(max(corner[1], whole.top), whole.top + whole.height) for corner in corners)
        for color, width in (("rgba(0, 0, 0, 0.75)", 4), ("#FFD54A", 2)):
            canvas.stroke_style, canvas.line_width = color, width * self.unit
            canvas.stroke_rect(left, top, right - left, bottom - top)

    def _draw_ruler(self, canvas: Any, ticks: list[Tick]) -> None:
        ruler, unit = self.frame.ruler, self.unit
        across = self.viewport.rows_run_across
        canvas.fill_style = self.colors["text"]
        canvas.stroke_style, canvas.line_width = self.colors["line"], unit
        canvas.font = f"{11 * unit:g}px {_FONT}"
        canvas.text_align, canvas.text_baseline = ("center", "top") if across else ("right", "middle")
        for tick in ticks:
            x, y = self.viewport.to_canvas(tick.row, self.viewport.column)
            length = (9 if tick.text else 4) * unit
            if across:
                edge = ruler.top + ruler.height
                canvas.stroke_line(x, edge - length, x, edge)
                _text_if_inside(canvas, tick.text, x, ruler.top + 3 * unit, ruler, 26 * unit, 0)
            else:
                edge = ruler.left + ruler.width
                canvas.stroke_line(edge - length, y, edge, y)
                _text_if_inside(canvas, tick.text, edge - 12 * unit, y, ruler, 0, 8 * unit)

    def _draw_scale_bar(self, canvas: Any, length: float, text: str) -> None:
        view, unit = self.viewport.box, self.unit
        right, bottom = view.left + view.width - 16 * unit, view.top + view.height - 14 * unit
        canvas.fill_style = "rgba(20, 20, 20, 0.72)"
        canvas.fill_rect(right - length - 10 * unit, bottom - 24 * unit, length + 20 * unit, 32 * unit)
        canvas.fill_style = "white"
        canvas.fill_rect(right - length, bottom - 3 * unit, length, 4 * unit)
        canvas.font = f"600 {12 * unit:g}px {_FONT}"
        canvas.text_align, canvas.text_baseline = "center", "bottom"
        canvas.fill_text(text, right - length / 2, bottom - 5 * unit)


def _text_if_inside(
    canvas: Any, text: str, x: float, y: float, box: Box, margin_x: float, margin_y: float
) -> None:
    """Write, unless the text would be cut off at the ends of the box."""
    across = box.left + margin_x <= x <= box.left + box.width - margin_x
    if text and across and box.top + margin_y <= y <= box.top + box.height - margin_y:
        canvas.fill_text(text, x, y)
