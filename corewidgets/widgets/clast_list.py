"""The table of clasts on the page: only the rows in view are asked for, sent and drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from traitlets import Int, List, Unicode

from corewidgets.geology.clast_table import ClastTable
from corewidgets.widgets.messages import Messages
from corewidgets.widgets.shared_script import ScriptedWidget

__all__ = ["COLUMNS", "ClastList"]

_FOLDER = Path(__file__).parent

COLUMNS = (
    ("number", "No.", 0), ("class", "Class", None), ("depth", "Depth (m)", 3),
    ("diameter_mm", "Diameter (mm)", 1), ("area_mm2", "Area (mm²)", 1), ("aspect_ratio", "Aspect", 2),
    ("orientation", "Angle (°)", 0), ("roundness", "Roundness", 2), ("edited", "Edited", None),
)  # fmt: skip
"""Name, heading and digits after the point of each column that is shown."""

_MOST = 400  # rows in one answer


class ClastList(ScriptedWidget):
    """Shows rows of a `ClastTable`; a click or an arrow key selects, with Shift several.

    Parameters
    ----------
    messages : Messages
        Where errors are shown.

    Attributes
    ----------
    order : list of int
        The numbers of the clasts that are shown, in their order. Change them with `show`.
    selected : list of int
        Numbers that are marked. Trait.
    sort : str
        The column that the rows are sorted by, with "-" before it where it falls. Trait.
    """

    shared_script = (_FOLDER / "clast_list.js").read_text("utf-8")
    _css = (_FOLDER / "clast_list.css").read_text("utf-8")  # by its name each widget would be kept for ever

    columns: Any = List().tag(sync=True)
    count = Int(0).tag(sync=True)
    version = Int(0).tag(sync=True)
    selected = List(Int()).tag(sync=True)
    sort = Unicode("row").tag(sync=True)

    def __init__(self, messages: Messages) -> None:
        self.order: list[int] = []
        self._table: ClastTable | None = None
        self._picked: Callable[[int, bool], object] = lambda number, adds: None
        super().__init__(columns=[{"name": name, "title": title} for name, title, _ in COLUMNS])
        self.on_msg(messages.wrap(self._said))

    def on_pick(self, callback: Callable[[int, bool], object]) -> None:
        """Call back with the number of a clast that is chosen, and whether it is one more."""
        self._picked = callback

    def show(self, table: ClastTable | None, order: Sequence[int]) -> None:
        """Show clasts of a table in an order."""
        self._table, self.order = table, list(order)
        with self.hold_sync():
            self.count = len(self.order)
            self.version += 1

    def reveal(self, number: int) -> None:
        """Bring a clast into view."""
        if number in self.order:
            self.send({"kind": "reveal", "place": self.order.index(number)})

    def _said(self, _: Any, content: dict[str, Any], __: list[Any]) -> None:
        kind = content.get("kind")
        if kind == "look":
            self._answer(int(content["first"]), int(content["stop"]))
        elif kind == "pick" and 0 <= int(content["place"]) < len(self.order):
            self._picked(self.order[int(content["place"])], bool(content.get("adds")))
        elif kind == "step":
            self._step(int(content["step"]), bool(content.get("adds")))
        elif kind == "sort":
            name = str(content["column"])
            self.sort = f"-{name}" if self.sort == name else name

    def _step(self, step: int, adds: bool) -> None:
        """Choose the clast before or after the last one; `adds` extends or shortens the selection."""
        if not self.order:
            return
        last = self.selected[-1] if self.selected else 0
        place = self.order.index(last) + step if last in self.order else 0
        number = self.order[min(max(place, 0), len(self.order) - 1)]
        if not adds:
            self._picked(number, False)
        elif number != last:
            back = self.selected[-2:-1] == [number]
            beyond = number in self.selected and not back
            self._picked(last if back else number, True)
            if beyond:  # selected before, beyond a gap that is closed now: it stays, as the last one
                self._picked(number, True)

    def _answer(self, first: int, stop: int) -> None:
        first = max(first, 0)
        numbers = self.order[first : min(stop, first + _MOST)]
        rows = [] if self._table is None else [_texts(row) for row in self._table.rows(numbers)]
        self.send({"kind": "rows", "first": first, "version": self.version, "numbers": numbers, "rows": rows})


def _texts(row: dict[str, Any]) -> list[str]:
    """Return the cells of a row as they are shown."""
    texts = []
    for name, _, digits in COLUMNS:
        value = row[name]
        if isinstance(value, bool):
            texts.append("yes" if value else "")
        elif digits is None:
            texts.append(str(value))
        else:
            texts.append("" if value != value else f"{value:.{digits}f}")
    return texts
