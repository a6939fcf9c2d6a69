"""Press, moves and release as one generator: before the first `yield` is the press, then come the moves.

This is how the stage understands ipycanvas's own events, where the script of the ink layer does not run. A
generator is sent (x, y) for each move and None for the release.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from corewidgets.widgets.stage.modes import MODES

Gesture = Generator[None, "tuple[float, float] | None", None]

CLICK_DISTANCE = 4.0  # canvas pixels that a click may wander


@dataclass(frozen=True)
class Stroke:
    """What was drawn between a press and a release.

    Parameters
    ----------
    mode : str
        A mode that draws, of the table `MODES`.
    points : array, shape (n, 2), float32
        (row, column) along the way; an integer is the middle of a pixel. They may lie outside of the image.
    size : float
        Diameter of the brush in pixels of the image; 0 where the mode has no brush.
    code : int, optional
        Code of the class that was selected when it was drawn, which may have been before the kernel knew;
        None where that is the class that is selected now.
    width : float
        Of an outline: how many times as wide it is as the one that is found by itself.
    lengths : tuple of int
        How many of the points belong to each click, of an outline or of a polygon whose corners are set by
        clicks; nothing for one click or one drag.
    takes : bool
        Whether an outline takes its part away from the region that was clicked.
    """

    mode: str
    points: npt.NDArray[np.float32] = field(repr=False)
    size: float = 0.0
    code: int | None = None
    width: float = 1.0
    lengths: tuple[int, ...] = ()
    takes: bool = False


class GestureRunner:
    """Runs one gesture at a time.

    Parameters
    ----------
    begin : callable
        Called with (x, y) of a press; returns the generator, or None where nothing happens.
    """

    def __init__(self, begin: Callable[[float, float], Gesture | None]) -> None:
        self._begin = begin
        self._running: Gesture | None = None

    def press(self, x: float, y: float) -> None:
        """Begin, unless a gesture is under way (a second finger)."""
        if self._running is None:
            gesture = self._begin(x, y)
            if gesture is not None:
                next(gesture)
                self._running = gesture

    def move(self, x: float, y: float) -> None:
        """Go on, where a gesture is under way."""
        if self._running is not None:
            self._send((x, y))

    def release(self, *_: Any) -> None:
        """End; also called where the pointer leaves the canvas, since nobody says when it is released."""
        if self._running is not None:
            self._send(None)

    def _send(self, position: tuple[float, float] | None) -> None:
        running = self._running
        if running is None:
            return
        try:
            running.send(position)
        except StopIteration:
            self._running = None
        except BaseException:
            self._running = None
            raise


class Surface(Protocol):
    """What a gesture needs of the stage that it happens on."""

    canvas: Any
    messages: Any
    viewport: Any
    mode: Any
    brush_size: Any

    @property
    def frame(self) -> Any:
        """Where the parts of the stage lie on the canvas."""

    @property
    def overview(self) -> Any:
        """The viewport of the small picture of the whole."""

    def hover(self, row: float, column: float) -> None:
        """Hear of the pixel under the pointer."""

    def press_key(self, key: str) -> None:
        """Hear of a key."""

    def draw_line(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Show a piece of the stroke that is being drawn."""

    def finish(self, stroke: Stroke) -> None:
        """Hear of a stroke that is drawn."""

    def click(self, row: float, column: float) -> None:
        """Hear of a click."""


class CanvasEvents:
    """Lets a stage hear the events of its own canvas.

    Parameters
    ----------
    stage : Surface
    """

    def __init__(self, stage: Surface) -> None:
        self._stage = stage
        self._pointer = (0.0, 0.0)
        self._running = GestureRunner(self._begin)
        canvas, wrap = stage.canvas, stage.messages.wrap
        canvas.on_mouse_down(wrap(self._running.press))
        canvas.on_mouse_move(wrap(self._moved))
        canvas.on_mouse_up(wrap(self._running.release))
        canvas.on_mouse_out(wrap(self._running.release))
        canvas.on_touch_start(wrap(lambda touches: self._running.press(*touches[0])))
        canvas.on_touch_move(wrap(lambda touches: self._moved(*touches[0])))
        canvas.on_touch_end(wrap(self._running.release))
        canvas.on_touch_cancel(wrap(self._running.release))
        canvas.on_mouse_wheel(wrap(self._turned_wheel))
        canvas.on_key_down(wrap(self._pressed_key))

    def _begin(self, x: float, y: float) -> Gesture | None:
        stage = self._stage
        if stage.frame.overview.contains(x, y):
            return look(stage, x, y)
        if not stage.viewport.box.contains(x, y):
            return None
        mode = MODES[stage.mode]
        if mode.gesture in ("pick", "move"):
            return drag(stage, x, y)
        return (point if mode.gesture in ("spot", "outline") else draw)(stage, x, y)

    def _moved(self, x: float, y: float) -> None:
        self._pointer = (x, y)
        self._running.move(x, y)
        viewport = self._stage.viewport
        if viewport.box.contains(x, y):
            self._stage.hover(*viewport.to_image(x, y))

    def _turned_wheel(self, _: float, amount: float) -> None:
        self._stage.viewport = self._stage.viewport.zoom(math.exp(-amount * 0.0016), *self._pointer)

    def _pressed_key(self, key: str, shift: bool, control: bool, meta: bool) -> None:
        name = key.lower() if len(key) == 1 else key
        held = control or meta
        named_shift = shift and (held or len(key) > 1)
        self._stage.press_key(f"{'ctrl+' if held else ''}{'shift+' if named_shift else ''}{name}")


def draw(stage: Surface, x: float, y: float) -> Gesture:
    """Draw with the brush or around: a line is shown while it goes on, one stroke comes at the end."""
    mode = stage.mode
    points = [stage.viewport.to_image(x, y)]
    position = yield
    while position is not None:
        points.append(stage.viewport.to_image(*position))
        stage.draw_line((x, y), position)
        x, y = position
        position = yield
    size = float(stage.brush_size) if MODES[mode].has_brush else 0.0
    stage.finish(Stroke(mode, np.array(points, np.float32), size))


def point(stage: Surface, x: float, y: float) -> Gesture:
    """Do something at one place: what counts is where the press was."""
    where = stage.viewport.to_image(x, y)
    mode = stage.mode
    while (yield) is not None:
        pass
    stage.finish(Stroke(mode, np.array([where], np.float32)))


def drag(stage: Surface, x: float, y: float) -> Gesture:
    """Move the view; a press and release in one place is a click on a pixel."""
    start, opening = (x, y), stage.viewport
    clicked = True
    position = yield
    while position is not None:
        clicked = clicked and math.dist(start, position) <= CLICK_DISTANCE
        if not clicked:
            stage.viewport = opening.pan(position[0] - start[0], position[1] - start[1])
        position = yield
    if clicked:
        stage.click(*opening.to_image(*start))


def look(stage: Surface, x: float, y: float) -> Gesture:
    """Show what lies under the pointer on the overview."""
    position: tuple[float, float] | None = (x, y)
    while position is not None:
        stage.viewport = stage.viewport.at(*stage.overview.to_image(*position)).inside()
        position = yield
