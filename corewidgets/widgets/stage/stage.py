"""The stage: a photograph of a core with what lies over it, to look at, move over and draw on.

It is one canvas of four layers (photograph, overlay, labels, marks), alone or inside other widgets::

    stage = Stage(section)                            # any CoreSection or image
    stage.set_overlay(segmentation, palette, 0.6)     # codes and (n_codes, 3 or 4) colors, or RGB(A)
    stage.overlay_opacity = 0.3                       # draws again, encodes and sends nothing
    stage.overlay_from = 0.5                          # swipe: overlay only right of this share of the view
    stage.marker = (row, column)                      # a ring around a pixel
    stage.set_labels(labels, palette)                 # a second map of codes, above the overlay
    stage.labels_opacity = 0.5
    stage.set_photograph(other_image)                 # same size; a feature map, say
    stage.set_overlay(None)                           # away with it
    stage.redraw()                                    # everything, as after a reload of the page

    stage.show(row, column, scale=4)                  # bring a position to the middle
    stage.fit(), stage.fit_across(), stage.actual_size(), stage.zoom(2), stage.turn()
    stage.viewport                                    # trait: what is shown; observe it, set it
    unlink = link_viewports(stage, other_stage)       # both show the same part, from now on

    stage.on_pixel(lambda row, column: ...)           # a click (modes "pan" and "pick"), whole pixels
    stage.on_stroke(lambda stroke: ...)               # a Stroke, of a mode that draws, or "measure"
    stage.on_key({"ctrl+z": undo, "b": ...})          # keys while the focus is in the widget
    stage.describe = lambda row, column: "Matrix"     # what the read-out says after the depth
    stage.messages.note("..."), stage.messages.fail(error)
    with stage.messages.shown(): ...                  # errors inside are shown in the widget
    button.on_click(stage.messages.wrap(callback))    # the same for callbacks, which otherwise lose them

Its parts are widgets, `stage.toolbar`, `stage.body`, `stage.footer` and `stage.messages`, which others may
arrange in their own way; `Stage(section, toolbar=False)` leaves the first out. Drawing is safe from any
thread. Arrays that are set are not copied: do not change them in place, set others.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import ipywidgets as ipw
import numpy as np
import numpy.typing as npt
from traitlets import Enum, Float, Instance, Unicode, observe, validate

from corewidgets.cores.section import CoreSection, as_section
from corewidgets.widgets.held import held
from corewidgets.widgets.messages import Messages
from corewidgets.widgets.stage.canvas_layers import LAYERS, LayerPictures, codes_source
from corewidgets.widgets.stage.gestures import CanvasEvents, Stroke
from corewidgets.widgets.stage.ink_messages import InkMessages
from corewidgets.widgets.stage.marks import COLORS, Marks
from corewidgets.widgets.stage.modes import MODES
from corewidgets.widgets.stage.parts import GROUND, Footer, body_of, canvas_with_ink, toolbar_of
from corewidgets.widgets.stage.pictures import Pyramid
from corewidgets.widgets.stage.viewport import Frame, Viewport
from corewidgets.widgets.tool import Tool
from corewidgets.widgets.turn import TURN

__all__ = ["Stage", "Stroke", "Viewport"]

WIDTH, HEIGHT = 900, 560


class Stage(Tool):
    """A photograph with an overlay, labels, a ruler and an overview, that zooms, pans and takes strokes.

    Parameters
    ----------
    section : CoreSection or array, shape (n_rows, n_columns, 3), uint8
        What to show. Its pixels are never changed.
    height : int
        Height in pixels of the page; the width is that of the place where the stage is shown.
    toolbar : bool
        Whether the buttons that change the view are shown above it.

    Attributes
    ----------
    viewport : Viewport
        What is shown. Values that are set are brought into the stage's own size, and back to the image. One
        of another stage is shown as large on the page as there.
    mode : str
        A name of `MODES`: "paint", "outline", "erase", "polygon", "fill", "pick", "pan" or "measure".
    brush_size : float
        Diameter of the brush in pixels of the image.
    ink_color : str
        Color of the ink while a stroke is drawn, "#RRGGBB".
    overlay_opacity, labels_opacity : float
        0 to 1.
    overlay_from : float
        Share of the view, from the left, that the overlay leaves free; a line there can be dragged.
    marker : tuple of int or None
        Row and column of a pixel that a ring is drawn around.
    """

    viewport = Instance(Viewport)
    mode = Enum(tuple(MODES), default_value="pan")
    brush_size = Float(12.0, min=1.0)
    ink_color = Unicode("#FFD54A")
    overlay_opacity = Float(0.6, min=0.0, max=1.0)
    labels_opacity = Float(0.6, min=0.0, max=1.0)
    overlay_from = Float(0.0, min=0.0, max=1.0)
    marker = Instance(tuple, allow_none=True)

    def __init__(
        self, section: CoreSection | npt.NDArray[np.uint8], *, height: int = HEIGHT, toolbar: bool = True
    ):
        self.section = as_section(section)
        self.messages = Messages()
        self.describe: Callable[[int, int], str] = lambda _row, _column: ""
        self.key_before: Callable[[str], Callable[[], Any] | None] = lambda _key: None
        self._height, self._ratio = height, 1.0
        self._size, self._frame_number = (WIDTH, height), 0
        self._colors = dict(COLORS)
        self._asked: Viewport | None = None
        self._callbacks: dict[str, list[Callable[..., Any]]] = {"pixel": [], "stroke": [], "choice": []}
        self._keys: dict[str, Callable[[], Any]] = {}
        self._sources: dict[str, Any] = dict.fromkeys(LAYERS)
        self._sources["photograph"] = Pyramid(self.section.image)
        self._shown, self._small = LayerPictures(), LayerPictures()  # in the view, and on the overview
        self._build()
        super().__init__(
            [*([self.toolbar] if toolbar else []), self.messages, self.body, self.footer],
            layout=ipw.Layout(width="100%"),
            viewport=self._first_viewport(),
        )
        self.add_class("cw-stage")
        self._opening = True  # until the view is moved, it follows the size of the page
        self._listen()
        self.redraw()

    def _unseen_parts(self) -> Iterable[ipw.Widget]:
        return [self.toolbar, *self._shown.images.values(), *self._small.images.values()]

    # --- what is shown ----------------------------------------------------------------------------

    def set_photograph(self, image: npt.NDArray[np.uint8]) -> None:
        """Show another image of the same size in the place of the photograph."""
        self._check_shape(image.shape, "image")
        self._set("photograph", Pyramid(image))

    def set_overlay(
        self,
        overlay: npt.NDArray[np.uint8] | None,
        palette: npt.NDArray[np.uint8] | None = None,
        opacity: float | None = None,
    ) -> None:
        """Lay a map over the photograph.

        Parameters
        ----------
        overlay : array, shape (n_rows, n_columns) or (n_rows, n_columns, 4), uint8, or None
            Codes to look up in the palette, or red, green, blue and opacity of each pixel; None for no
            overlay.
        palette : array, shape (n_codes, 3) or (n_codes, 4), uint8
            Color of each code. With three columns code 0 is transparent and all others are opaque.
        opacity : float, optional
            The new `overlay_opacity`.

        Raises
        ------
        ValueError
            The overlay has another size than the photograph, or codes come without a palette.
        """
        self._set_map("overlay", overlay, palette, opacity)

    def set_labels(
        self,
        labels: npt.NDArray[np.uint8] | None,
        palette: npt.NDArray[np.uint8] | None = None,
        opacity: float | None = None,
    ) -> None:
        """Lay labels over photograph and overlay; the parameters are those of `set_overlay`."""
        self._set_map("labels", labels, palette, opacity)

    def _set_map(self, layer: str, values: Any, palette: Any, opacity: float | None) -> None:
        if values is not None:
            self._check_shape(values.shape, layer)
            if values.ndim == 2:
                values = codes_source(layer, values, palette)
        if opacity is not None:
            with self.hold_trait_notifications():
                self.set_trait(f"{layer}_opacity", opacity)
        self._set(layer, values)

    def _set(self, layer: str, source: Any) -> None:
        with TURN:
            self._sources[layer] = source
            self._shown.cut(self._sources, self.viewport, [layer])
            self._small.cut(self._sources, self.overview, [layer])
            self.draw()

    def _check_shape(self, shape: tuple[int, ...], name: str) -> None:
        if shape[:2] != self.section.shape:
            raise ValueError(
                f"The {name} has shape {shape} but the image has {self.section.n_rows} rows and "
                f"{self.section.n_columns} columns; make it from this section."
            )

    def redraw(self) -> None:
        """Cut, send and draw everything."""
        with TURN:
            self._shown.cut(self._sources, self.viewport)
            self._small.cut(self._sources, self.overview)
            self.draw()

    # --- the view ---------------------------------------------------------------------------------

    def show(self, row: float, column: float, scale: float | None = None) -> None:
        """Bring a position of the image to the middle, at `scale` canvas pixels per pixel."""
        self.viewport = self.viewport.at(row, column, scale)

    def fit(self) -> None:
        """Show the whole image."""
        self.viewport = self.viewport.fit()

    def fit_across(self) -> None:
        """Let the shorter side of the image fill the view."""
        self.viewport = self.viewport.fit_across()

    def actual_size(self) -> None:
        """Show one pixel of the image as one pixel of the page: at 100 %."""
        self.viewport = self.viewport.magnified(1.0)

    def zoom(self, factor: float) -> None:
        """Come nearer (above 1) or go back."""
        self.viewport = self.viewport.zoom(factor)

    def turn(self) -> None:
        """Turn the core by a quarter, counterclockwise: the top goes to the left."""
        whole = abs(self.viewport.scale / self.viewport.fit_scale - 1) < 1e-6
        turned = self._framed(self.viewport.turned(self.viewport.rotation + 90))
        self.viewport = turned.fit() if whole else turned.inside()

    def pan(self, across: float, down: float) -> None:
        """Move on by shares of the view: 0.5 is half of its width or height."""
        box = self.viewport.box
        self.viewport = self.viewport.pan(-across * box.width, -down * box.height).inside()

    @property
    def asked(self) -> Viewport:
        """The view as it was set last: `viewport` is what of it this stage can show at its present size."""
        return self.viewport if self._asked is None else self._asked

    @property
    def frame(self) -> Frame:
        """How the canvas is divided."""
        return self._arranged(self.viewport.rotation)

    @property
    def overview(self) -> Viewport:
        """The view on the strip that shows the whole core."""
        box = self.frame.overview.inset(4 * self._ratio)
        return replace(self.viewport, box=box).fit().snapped()

    def _arranged(self, rotation: int) -> Frame:
        return Frame.arrange(*self._size, self.section.shape, rotation, self._ratio)

    def _framed(self, viewport: Viewport) -> Viewport:
        return viewport.resized(self._arranged(viewport.rotation).view, self._ratio)

    def _first_viewport(self) -> Viewport:
        n_rows, n_columns = self.section.shape
        box = self._arranged(0).view
        return Viewport(n_rows, n_columns, box).opening().snapped()

    @validate("viewport")
    def _check_viewport(self, proposal: dict[str, Any]) -> Viewport:
        value: Viewport = proposal["value"]
        self._check_shape((value.n_rows, value.n_columns), "viewport")
        self._asked = value
        return self._framed(value).snapped()

    @observe("viewport")
    def _viewport_changed(self, change: dict[str, Any]) -> None:
        self._opening = False
        turned = not isinstance(change["old"], Viewport) or change["old"].rotation != change["new"].rotation
        with TURN:
            self._shown.cut(self._sources, self.viewport)
            if turned:
                self._small.cut(self._sources, self.overview)
            self.draw()

    @observe("overlay_opacity", "labels_opacity", "overlay_from", "marker")
    def _looks_changed(self, _: dict[str, Any]) -> None:
        self.draw()

    # --- what is done on it -----------------------------------------------------------------------

    def on_pixel(self, callback: Callable[[int, int], Any]) -> None:
        """Call back with (row, column) of the pixel when one is clicked in the modes "pan" and "pick"."""
        self._callbacks["pixel"].append(callback)

    def on_stroke(self, callback: Callable[[Stroke], Any]) -> None:
        """Call back with each finished stroke."""
        self._callbacks["stroke"].append(callback)

    def on_choice(self, callback: Callable[[int, str], Any]) -> None:
        """Call back with the code of the class and the mode that were chosen on the page, 0 and "" for none.

        The buttons and keys that were pressed for it say the same, perhaps later: strokes that are drawn
        while the kernel is busy have what was chosen before them.
        """
        self._callbacks["choice"].append(callback)

    def offer_classes(self, classes: Sequence[tuple[int, str]], code: int) -> None:
        """Tell the page which classes there are.

        Parameters
        ----------
        classes : sequence of (int, str)
            Code and color of each class, in the order of the list.
        code : int
            Code of the class that is painted with.
        """
        with TURN, self.ink.hold_sync():
            self.ink.classes = [list(one) for one in classes]
            self.ink.class_code = code

    def offer_choices(self, modes: Sequence[str], keys: Mapping[str, Mapping[str, Any]]) -> None:
        """Tell the page which modes have buttons, in their order, and what keys choose.

        Parameters
        ----------
        modes : sequence of str
        keys : mapping of str to mapping
            By the name of a key ``{"mode": "erase"}``, or ``{"place": 0}`` for the first class on the list.
        """
        with TURN, self.ink.hold_sync():
            self.ink.mode_names = list(modes)
            self.ink.key_choices = {name: dict(choice) for name, choice in keys.items()}

    def on_key(self, keys: Mapping[str, Callable[[], Any]]) -> None:
        """Call back for keys by name, as "b", "ctrl+z" or "ArrowLeft"; later ones replace earlier ones."""
        self._keys.update(keys)
        self.ink.key_names = list(self._keys)

    def click(self, row: float, column: float) -> None:
        """Do what a click at a position of the image does."""
        pixel = self.viewport.pixel_at(*self.viewport.to_canvas(row, column))
        if pixel is not None:
            for callback in self._callbacks["pixel"]:
                with self.messages.shown(callback):
                    callback(*pixel)

    def finish(self, stroke: Stroke) -> None:
        """Do what the end of a stroke does; then the picture takes the place of the ink."""
        before = self._frame_number
        for callback in self._callbacks["stroke"]:
            with self.messages.shown(callback):
                callback(stroke)
        if self._frame_number == before:  # nothing was changed: the ink goes away all the same
            self.draw()

    def choose(self, code: int, mode: str) -> None:
        """Do what a choice of a class and a mode on the page does; 0 and "" stand for none."""
        for callback in self._callbacks["choice"]:
            callback(code, mode)

    def press_key(self, key: str) -> None:
        """Do what a key does; unknown keys do nothing."""
        action = self.key_before(key) or self._keys.get(key)
        if action is not None:
            with self.messages.shown(action):
                action()

    def hover(self, row: float | None, column: float | None) -> None:
        """Say in the read-out what lies at a position of the image; None where the pointer is elsewhere."""
        pixel = None
        if row is not None and column is not None:
            pixel = math.floor(row + 0.5), math.floor(column + 0.5)
        self.footer.tell(self.section, pixel, self.describe)

    # --- building, and the place on the page ------------------------------------------------------

    def _build(self) -> None:
        self.canvas, self.ink = canvas_with_ink(self._size, self.section.pixel_size_mm)
        self.body = body_of(self.canvas, self.ink, self._height)
        self._heard = InkMessages(self)
        self.footer = Footer()
        self.toolbar = toolbar_of(self, self.messages)

    def _listen(self) -> None:
        self._tell_ink()
        self.on_key(
            {
                "+": lambda: self.zoom(1.25), "=": lambda: self.zoom(1.25), "-": lambda: self.zoom(0.8),
                "0": self.fit, "w": self.fit_across, "a": self.actual_size, "r": self.turn,
                "ArrowLeft": lambda: self.pan(-0.25, 0), "ArrowRight": lambda: self.pan(0.25, 0),
                "ArrowUp": lambda: self.pan(0, -0.25), "ArrowDown": lambda: self.pan(0, 0.25),
                "PageUp": lambda: self.pan(0, -0.9), "PageDown": lambda: self.pan(0, 0.9),
            }
        )  # fmt: skip
        self.canvas.on_client_ready(self.messages.wrap(lambda *_: self.redraw()))
        self._events = CanvasEvents(self)

    def take_colors(self, colors: Mapping[str, str]) -> None:
        """Draw the bands in colors of the page: "band", "text" and "line", as CSS writes them."""
        self._colors.update(colors)

    def resize(self, width: int, ratio: float, height: int | None = None) -> None:
        """Take another place on the page.

        Parameters
        ----------
        width, height : int
            In pixels of the page; the height is at most, and by default, the one that was asked for.
        ratio : float
            Canvas pixels for one pixel of the page.
        """
        size = (round(width * ratio), round(min(height or self._height, self._height) * ratio))
        if (size, ratio) == (self._size, self._ratio):
            self.draw()
            return
        with TURN:
            opening = self._opening
            self._size, self._ratio = size, ratio
            self.canvas.width, self.canvas.height = size
            self.canvas.layout.width = f"{width}px"
            with self.ink.hold_sync():
                self.ink.canvas_size = list(size)
                self.ink.pixel_ratio = ratio
            view = self.asked
            opens = opening and not view.rotation
            self.set_trait("viewport", self._framed(view).opening() if opens else view)
            self._opening = opening
            self.redraw()

    @observe("mode", "brush_size", "ink_color", "labels_opacity")
    def _tell_ink(self, _: dict[str, Any] | None = None) -> None:
        with TURN, self.ink.hold_sync():
            self.ink.mode = self.mode
            self.ink.brush_size = self.brush_size
            self.ink.ink_color = self.ink_color
            self.ink.ink_opacity = self.labels_opacity
            self.ink.view = self.viewport.to_dict()
            self.ink.overview = self.overview.to_dict()

    # --- drawing ----------------------------------------------------------------------------------

    def draw(self) -> None:
        """Draw the pictures that there are, in one message."""
        with TURN:
            self._frame_number += 1
            self._announce()
            marks = Marks(self.frame, self.viewport, self.overview, self._colors, self._ratio)
            top = self.canvas[3]
            with held(self.canvas):
                for number, layer in enumerate(LAYERS):
                    self._draw_layer(self.canvas[number], layer)
                marks.draw_bands(top)
                for layer in LAYERS:
                    self._small.draw(top, layer, self._opacities)
                top.global_alpha = 1.0
                marks.draw(top, self.section, self._swipe, self.marker)
                top.line_dash_offset = self._frame_number  # how the layer knows which picture is there

    def _announce(self) -> None:
        self.footer.scale.value = f"<span>{100 * self.viewport.magnification:.0f} %</span>"
        view = self.viewport.to_dict()
        with self.ink.hold_sync():
            self.ink.view = view
            self.ink.overview = self.overview.to_dict()
            strokes = dict(self._heard.strokes)
            self.ink.swipe = self._swipe
            self.ink.drawn = {"frame": self._frame_number, "view": view, "strokes": strokes}

    @property
    def _swipe(self) -> float:
        """Where the line lies from which on the overlay is shown; 0 without one."""
        return float(self.overlay_from) if "overlay" in self._shown.pictures else 0.0

    def _draw_layer(self, canvas: Any, layer: str) -> None:
        width, height = self._size
        if layer == "photograph":
            canvas.fill_style = GROUND
            canvas.fill_rect(0, 0, width, height)
        else:
            canvas.clear()
        self._shown.draw(canvas, layer, self._opacities)
        if layer == "overlay" and self.overlay_from:
            view = self.viewport.box
            canvas.clear_rect(view.left, view.top, view.width * self.overlay_from, view.height)

    @property
    def _opacities(self) -> dict[str, float]:
        return {"overlay": self.overlay_opacity, "labels": self.labels_opacity}

    def draw_line(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Show a piece of a stroke that goes on, on the canvas itself; its end draws it anew."""
        canvas = self.canvas[3]
        mode = MODES[self.mode]
        with TURN, held(self.canvas):
            canvas.line_cap = "round"
            canvas.stroke_style = "white" if mode.erases else self.ink_color
            width = self.brush_size * self.viewport.scale if mode.has_brush else 2 * self._ratio
            canvas.line_width = max(width, 1)
            canvas.global_alpha = 1.0
            canvas.stroke_line(*start, *end)
