"""A hand that draws by calling the handlers, and no error that goes unnoticed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from ipywidgets import CallbackDispatcher

from corewidgets.widgets.messages import Messages
from corewidgets.widgets.stage.stage import Stage


@pytest.fixture
def shown_errors(monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
    """Return the errors that widgets have shown; a test that expects some takes them out."""
    errors: list[Exception] = []
    show = Messages.fail

    def fail(self: Messages, error: Exception, cause: object = None) -> None:
        errors.append(error)
        show(self, error, cause)

    monkeypatch.setattr(Messages, "fail", fail)
    return errors


@pytest.fixture(autouse=True)
def _nothing_swallowed(monkeypatch: pytest.MonkeyPatch, shown_errors: list[Exception]) -> Iterator[None]:
    """Fail where a callback raises, which ipywidgets would only log, or where an error is shown."""

    def call(self: CallbackDispatcher, *args: Any, **kwargs: Any) -> Any:
        value = None
        for callback in list(self.callbacks):
            result = callback(*args, **kwargs)
            value = result if result is not None else value
        return value

    monkeypatch.setattr(CallbackDispatcher, "__call__", call)
    yield
    if shown_errors:
        raise shown_errors[0]


class Hand:
    """Uses a stage as the browser would.

    Parameters
    ----------
    stage : Stage
    """

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._n_strokes = 0

    # ipycanvas's own events, positions on the canvas

    def event(self, name: str, **content: Any) -> None:
        """Send an event of the canvas."""
        self.stage.canvas[3]._handle_frontend_event(None, {"event": name, **content}, [])

    def drag(self, *points: tuple[float, float]) -> None:
        """Press at the first position of the image, move through the others, release."""
        positions = [self.stage.viewport.to_canvas(*point) for point in points]
        self.drag_on_canvas(*positions)

    def drag_on_canvas(self, *positions: tuple[float, float]) -> None:
        """Press at the first position of the canvas, move through the others, release."""
        for number, (x, y) in enumerate(positions):
            self.event("mouse_move" if number else "mouse_down", x=x, y=y)
        self.event("mouse_up", x=positions[-1][0], y=positions[-1][1])

    # messages of the ink layer, positions in the image

    def say(self, kind: str, buffers: list[bytes] | None = None, **content: Any) -> None:
        """Send a message of the layer."""
        self.stage.ink._handle_custom_msg({"kind": kind, **content}, buffers or [])

    def stroke(self, mode: str, *points: tuple[float, float], size: float | None = None) -> None:
        """Send a whole stroke, as the layer does at its end."""
        buffer = np.array(points, np.float32).tobytes()
        size = self.stage.brush_size if size is None else size
        self.say("stroke", [buffer], client="test", id=self._n_strokes, mode=mode, size=size)
        self._n_strokes += 1

    def key(self, name: str) -> None:
        """Press a key."""
        self.say("key", key=name)


@pytest.fixture
def stage(image: np.ndarray) -> Stage:
    """Return a stage of the made photograph."""
    return Stage(image)
