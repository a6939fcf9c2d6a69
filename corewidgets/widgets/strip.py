"""The photographs of a project in a column, by depth, with their pictures and states."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
from traitlets import Dict, List, Unicode

from corewidgets.cores.core import SAME_DEPTH
from corewidgets.project.project import Project
from corewidgets.project.state import PhotographState
from corewidgets.widgets.background import Ticket, Worker
from corewidgets.widgets.messages import Messages

__all__ = ["Strip"]

_FOLDER = Path(__file__).parent
_FOUND = 0.01  # share of the map


class Strip(anywidget.AnyWidget):
    """Shows the photographs of a project, and which one is open; a click or PageUp and PageDown choose one.

    Only rows in view are drawn, and only their pictures are made and sent.

    Parameters
    ----------
    project : Project
    messages : Messages
        Where errors are shown.

    Attributes
    ----------
    rows : list of dict
        Name, depths in the unit of the hole, states, codes of classes (labelled, or at least 1 % of the map),
        reasons and problem of each photograph. Change one with `refresh`.
    selected : str
        Name of the photograph that is open. Trait.
    suggested : str
        Name of the one to label next, or nothing. Trait.
    progress : str
        How far work in the background is, in words; empty for none. Trait.
    opened : dict
        Name of the photograph whose tools can be used ("name"), none while one is being opened, and how often
        they were replaced ("tools"). Change it with `tell_opened` and `tell_replaced`. Trait: it is state, so
        that a page that is opened or connected later has it too.
    """

    _esm = (_FOLDER / "strip.js").read_text("utf-8")  # by its name each widget would be kept for ever
    _css = (_FOLDER / "strip.css").read_text("utf-8")

    rows: Any = List().tag(sync=True)
    classes = Dict().tag(sync=True)
    unit = Unicode("m").tag(sync=True)
    selected = Unicode().tag(sync=True)
    suggested = Unicode().tag(sync=True)
    progress = Unicode().tag(sync=True)
    opened: Any = Dict({"name": "", "tools": 0}).tag(sync=True)

    def __init__(self, project: Project, messages: Messages) -> None:
        self.project = project
        self._worker = Worker(messages.fail, lambda _: None)
        self._accepted: Callable[[], object] = lambda: None
        self._stopped: Callable[[], object] = lambda: None
        super().__init__()
        self.reload()
        self.on_msg(messages.wrap(self._said))

    def on_accept(self, callback: Callable[[], object]) -> None:
        """Call back when the map of the open photograph is accepted, or not any more."""
        self._accepted = callback

    def on_stop(self, callback: Callable[[], object]) -> None:
        """Call back when the work in the background shall stop."""
        self._stopped = callback

    def reload(self) -> None:
        """Show all photographs as they are now."""
        self.unit = self.project.scale.unit
        self._places = {name: place for place, name in enumerate(self.project.names)}
        self.rows = [self._row(name) for name in self._places]
        self._name_classes()

    def refresh(self, name: str) -> None:
        """Show a photograph as it is now: its state, and its pictures, which are made anew."""
        row = self._row(name)
        self.rows[self._places[name]] = row  # in place: the page is told of this row only
        self.send({"kind": "row", "row": row, "stale": True})
        self._name_classes()

    def step(self, step: int) -> None:
        """Choose the photograph before (-1) or after (1) the open one, of those that the page shows."""
        self.send({"kind": "step", "step": step})

    def tell_opened(self, name: str) -> None:
        """Say which photograph is open; none while another one is being opened.

        The page lets nothing be done with the tools of the one before meanwhile.
        """
        self.opened = self.opened | {"name": name}

    def tell_replaced(self) -> None:
        """Say that the tools on the page give way to those of another photograph now."""
        self.opened = self.opened | {"tools": self.opened["tools"] + 1}

    def stop(self) -> None:
        """Make no more pictures."""
        self._worker.stop()

    def wait(self, timeout: float = 60.0) -> bool:
        """Wait until no pictures are being made; return whether that came within `timeout` seconds."""
        return self._worker.wait(timeout)

    def _name_classes(self) -> None:
        legend = self.project.legend
        self.classes = {str(entry.code): entry.name for entry in legend}

    def _row(self, name: str) -> dict[str, Any]:
        """Return a photograph in plain values."""
        state, legend, scale = self.project.state(name), self.project.legend, self.project.scale
        top, base = (None if end is None else scale.of(end) for end in (state.top, state.base))
        return {
            "name": name, "top": top, "base": base, "gap": scale.of(self._gap_above(name)),
            "states": list(state.states), "classes": sorted(map(legend.code, _classes(state))),
            "reasons": list(state.flagged), "problem": state.problem,
        }  # fmt: skip

    def _gap_above(self, name: str) -> float:
        """Return how many metres above a photograph no photograph shows."""
        place, names = self._places[name], list(self._places)
        top = self.project.entry(name).top
        above = self.project.entry(names[place - 1]).base if place else None
        gap = 0.0 if top is None or above is None else top - above
        return gap if gap > SAME_DEPTH else 0.0

    def _said(self, _: Any, content: dict[str, Any], __: list[Any]) -> None:
        if content.get("kind") == "look":
            names = [str(name) for name in content["names"] if name in self._places]
            self._worker.submit(lambda ticket: self._make(ticket, names))
        elif content.get("kind") == "accept":
            self._accepted()
        elif content.get("kind") == "stop":
            self._stopped()
        elif content.get("kind") == "opened":  # the page has waited for it
            self.send_state(["opened", "selected"])

    def _make(self, ticket: Ticket, names: list[str]) -> None:
        """Make pictures of photographs, and send each when it is there; in a thread."""
        for name in names:
            ticket.check()
            before = self.project.state(name)
            try:
                pictures = self.project.small_pictures(name)
            except (OSError, ValueError):  # the project lists it with the reason from now on
                ticket.deliver(self.refresh, name)
                continue
            if self.project.state(name) != before:  # its photograph turned out to be another one
                ticket.deliver(self.refresh, name)
            ticket.deliver(self.send, {"kind": "pictures", "name": name}, list(pictures))


def _classes(state: PhotographState) -> set[str]:
    """Return the classes that a photograph is found by: labelled, or not rare in its map."""
    return {*state.pixels, *(name for name, share in state.shares.items() if share >= _FOUND)}
