"""Points on the stage that can be dragged, texts at places, and a field there to type into."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from corewidgets.widgets.messages import Messages
from corewidgets.widgets.stage.ink import InkLayer
from corewidgets.widgets.turn import TURN

__all__ = ["Handles"]

Pair = tuple[float, float]
_Moved = Callable[[int, float, float], object]


class Handles:
    """The corners of an outline, that a person drags, and what is written at places of the photograph.

    Parameters
    ----------
    ink : InkLayer
    messages : Messages
        Where errors of those that are called back are shown.
    """

    def __init__(self, ink: InkLayer, messages: Messages) -> None:
        self._ink = ink
        self._moved: _Moved = lambda number, row, column: None
        self._side_moved: _Moved = lambda number, rows, columns: None
        self._typed: Callable[[str], object] | None = None
        self._messages = messages
        ink.on_msg(self._said)

    def show(
        self,
        points: Sequence[Pair],
        *,
        active: int = -1,
        texts: Sequence[tuple[float, float, str]] = (),
        closed: bool = True,
    ) -> None:
        """Show points, rows and columns, one of which keys move, and texts with their rows and columns.

        They are the corners of an outline whose sides can be dragged, unless it is not `closed`.
        """
        told = [{"row": row, "column": column, "text": text} for row, column, text in texts]
        with TURN:
            self._ink.handles = {"points": [list(map(float, point)) for point in points],
                                 "active": active, "texts": told, "closed": closed}  # fmt: skip

    def on_move(self, callback: _Moved) -> None:
        """Call back with the number of a corner that was dragged, and the row and column where it is put."""
        self._moved = callback

    def on_move_side(self, callback: _Moved) -> None:
        """Call back with the number of the corner before a side that was dragged, and how far it was moved.

        That is in rows and columns. Sides are dragged where a press would move the view.
        """
        self._side_moved = callback

    def ask(self, row: float, column: float, text: str, label: str, typed: Callable[[str], object]) -> None:
        """Let a person type at a place, beginning with a text, and call back with what is typed in the end.

        Parameters
        ----------
        row, column : float
        text : str
        label : str
            What is asked for.
        typed : callable
        """
        self._typed = typed
        self._ink.send({"kind": "ask", "row": row, "column": column, "text": text, "label": label})

    def _said(self, _: Any, content: dict[str, Any], __: list[Any]) -> None:
        with TURN, self._messages.shown():
            kind = content.get("kind")
            if kind in ("handle", "side"):
                try:
                    if kind == "handle":
                        self._moved(int(content["number"]), float(content["row"]), float(content["column"]))
                    else:
                        self._side_moved(
                            int(content["number"]), float(content["rows"]), float(content["columns"])
                        )
                finally:  # also where it stays as it was: on the page it followed the hand
                    self._ink.send({"kind": "handled"})
            elif kind == "typed":
                typed, self._typed = self._typed, None
                if typed is not None and content["text"] is not None:
                    typed(str(content["text"]))
