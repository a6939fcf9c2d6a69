"""What the script of the ink layer says, and what the stage does of it."""

from __future__ import annotations

from collections import deque
from typing import Any, Protocol

import numpy as np

from corewidgets.widgets.stage.gestures import Stroke
from corewidgets.widgets.turn import TURN

__all__ = ["InkMessages", "outline_of"]


class Listener(Protocol):
    """What the messages need of the stage."""

    ink: Any
    messages: Any
    viewport: Any
    overlay_from: float

    def show(self, row: float, column: float, scale: float | None = None) -> None:
        """Bring a position to the middle."""

    def draw(self) -> None:
        """Send a picture; the script waits for one."""

    def resize(self, width: int, ratio: float, height: int | None = None) -> None:
        """Hear of the room on the page, in its own pixels, and of canvas pixels for one of these."""

    def take_colors(self, colors: dict[str, str]) -> None:
        """Hear of the page's colors."""

    def choose(self, code: int, mode: str) -> None:
        """Hear of a class and a mode that were chosen."""

    def finish(self, stroke: Stroke) -> None:
        """Hear of a stroke that is drawn."""

    def click(self, row: float, column: float) -> None:
        """Hear of a click."""

    def hover(self, row: float | None, column: float | None) -> None:
        """Hear of the pixel under the pointer."""

    def press_key(self, key: str) -> None:
        """Hear of a key."""


class InkMessages:
    """Handles the messages of the script one after the other, whichever thread they come in.

    Parameters
    ----------
    stage : Listener

    Attributes
    ----------
    strokes : dict of str to int
        Number of the last stroke that came from each client.
    """

    def __init__(self, stage: Listener) -> None:
        self._stage = stage
        self._said: deque[tuple[dict[str, Any], list[Any]]] = deque()
        self.strokes: dict[str, int] = {}
        self._handlers = {
            "page": self._page,
            "view": self._view,
            "stroke": self._stroke,
            "choose": self._choose,
            "pixel": self._pixel,
            "hover": self._hover,
            "key": lambda content, _: stage.press_key(content["key"]),
            "swipe": self._swipe,
        }
        stage.ink.on_msg(self._came)

    def _came(self, _: Any, content: dict[str, Any], buffers: list[Any]) -> None:
        """Handle a message; one that came before, in another thread, comes before."""
        self._said.append((content, buffers))
        with TURN:
            while self._said:
                self._handle(*self._said.popleft())

    def _handle(self, content: dict[str, Any], buffers: list[Any]) -> None:
        handler = self._handlers.get(content.get("kind", ""))
        if handler is not None:
            with self._stage.messages.shown():
                handler(content, buffers)

    def _page(self, content: dict[str, Any], _: Any) -> None:
        self._stage.take_colors({name: color for name, color in content["colors"].items() if color})
        self._stage.resize(int(content["width"]), float(content["ratio"]), content.get("height"))

    def _view(self, content: dict[str, Any], _: Any) -> None:
        stage = self._stage
        before = stage.viewport
        stage.show(content["row"], content["column"], content["scale"] * before.unit / content["unit"])
        if stage.viewport == before:
            stage.draw()

    def _stroke(self, content: dict[str, Any], buffers: list[Any]) -> None:
        points = np.frombuffer(buffers[0], np.float32).reshape(-1, 2)
        self.strokes[content["client"]] = int(content["id"])
        code = int(content.get("code") or 0) or None
        self._stage.finish(
            Stroke(content["mode"], points, float(content["size"]), code, **outline_of(content))
        )

    def _pixel(self, content: dict[str, Any], _: Any) -> None:
        self._stage.ink.adds = bool(content.get("adds"))
        self._stage.click(content["row"], content["column"])

    def _choose(self, content: dict[str, Any], _: Any) -> None:
        ink = self._stage.ink
        try:
            self._stage.choose(int(content["code"]), str(content["mode"]))
        finally:
            ink.chosen = {**ink.chosen, content["client"]: content["number"]}

    def _hover(self, content: dict[str, Any], _: Any) -> None:
        try:
            self._stage.hover(content["row"], content["column"])
        finally:
            self._stage.ink.send({"kind": "hovered"})

    def _swipe(self, content: dict[str, Any], _: Any) -> None:
        self._stage.overlay_from = content["share"]


def outline_of(content: dict[str, Any]) -> dict[str, Any]:
    """Return what a message says of an outline, by the names of `Stroke`."""
    return {
        "width": float(content.get("width") or 1.0),
        "lengths": tuple(int(length) for length in content.get("lengths") or ()),
        "takes": bool(content.get("takes")),
    }
