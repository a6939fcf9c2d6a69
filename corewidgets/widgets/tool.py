"""A tool ends with all its parts, and those that a cell made in an earlier run end when it is run again.

ipywidgets keeps every widget until it is closed, and closes no parts with it: a workbench has hundreds.
"""

from __future__ import annotations

import base64
import sys
import weakref
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import ipywidgets as ipw
import numpy as np

from corewidgets.widgets.held import SHARED_TRAIT
from corewidgets.widgets.releaser import Releaser
from corewidgets.widgets.sent_messages import keep_sent_messages
from corewidgets.widgets.shared_script import Script
from corewidgets.widgets.still import still
from corewidgets.widgets.turn import TURN

__all__ = ["Tool", "close_all", "family"]


class Tool(ipw.VBox):
    """Widgets that are made, and closed, together."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        keep_sent_messages()
        super().__init__(*args, **kwargs)
        self.add_class("cw-tool")
        _remember(self)

    def close(self) -> None:
        """Keep what is not yet kept, stop what is computed, and take all parts off the page."""
        if self.comm is None:
            return  # closed before, or never there; also said when it is forgotten, in any thread
        with TURN:
            close_all(family(self))

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """Show the tool, and a picture where no kernel runs, such as in a page made of a notebook."""
        shown = super()._repr_mimebundle_(**options)
        section = getattr(self, "section", None)
        if section is None or not isinstance(shown, dict):
            return shown
        found = [getattr(self, name, None) for name in ("segmentation", "labels")]
        codes = next((each for each in found if isinstance(each, np.ndarray)), None)
        picture = base64.b64encode(still(section.image, codes, getattr(self, "legend", None))).decode()
        return shown | {"image/png": picture}

    def _end(self) -> None:
        """Keep and stop what is this tool's own; its parts are asked for theirs."""

    def _unseen_parts(self) -> Iterable[ipw.Widget]:
        """Return parts that no other part holds for the page, such as pictures that are only drawn.

        Widgets that are no tools may say so too.
        """
        return ()


def family(widget: ipw.Widget) -> list[ipw.Widget]:
    """Return a widget and all that it is made of."""
    found, left = {widget.model_id: widget}, [widget]
    while left:
        for part in _parts(left.pop()):
            if part.comm is not None and part.model_id not in found:
                found[part.model_id] = part
                left.append(part)
    return list(found.values())


def _parts(widget: ipw.Widget) -> Iterator[ipw.Widget]:
    for name in widget.keys:
        if name != SHARED_TRAIT and widget.trait_has_value(name):  # else its default would be made
            yield from _widgets_in(getattr(widget, name))
    unseen = getattr(widget, "_unseen_parts", None)
    if unseen is not None:
        yield from unseen()


def _widgets_in(value: Any) -> Iterator[ipw.Widget]:
    if isinstance(value, Script):
        return  # the other widgets of its kind need it
    if isinstance(value, ipw.Widget):
        yield value
    elif isinstance(value, (list, tuple, set)):
        for each in value:
            yield from _widgets_in(each)
    elif isinstance(value, dict):
        yield from _widgets_in(list(value.values()))


def close_all(widgets: Iterable[ipw.Widget]) -> None:
    """Let all tools among the widgets end before any is gone."""
    closing = list(widgets)
    for widget in closing:
        if isinstance(widget, Tool):
            widget._end()
    for releaser in _RELEASER:
        releaser.announce(closing)
    for widget in closing:
        ipw.Widget.close(widget)


# --- cells that are run again ----------------------------------------------------------------------


@dataclass(frozen=True)
class _Run:
    """One run of one cell of a notebook."""

    cell: str
    message: str


_MADE: list[tuple[weakref.ref[Tool], _Run]] = []
_RELEASER: list[Releaser] = []  # the one of this kernel; none where no notebook has shown a tool


def _remember(tool: Tool) -> None:
    """Note which run of which cell made a tool, and let the page count where it is shown."""
    run = _run()
    if run is None:
        return
    tool._view_count = 0
    if not any(releaser.comm is not None for releaser in _RELEASER):
        _RELEASER[:] = [Releaser()]  # now, so that the page has its script before anything is closed
    _MADE[:] = [entry for entry in _MADE if (made := entry[0]()) is not None and made.comm is not None]
    _MADE.append((weakref.ref(tool), run))
    events = _shell().events
    if _close_replaced not in events.callbacks["post_run_cell"]:
        events.register("post_run_cell", _close_replaced)


def _close_replaced(_: Any = None) -> None:
    """Close what earlier runs of this cell made, if no name holds it and once it is shown nowhere."""
    run = _run()
    if run is None:
        return
    with TURN:
        inner = {part.model_id for tool, _ in _alive() for part in family(tool) if part is not tool}
        earlier = [tool for tool, its in _alive() if its.cell == run.cell and its.message != run.message]
        for tool in [tool for tool in earlier if tool.model_id not in inner]:
            _close_when_unseen(tool)


def _close_when_unseen(tool: Tool) -> None:
    def look(_: Any = None) -> None:
        if tool.comm is None or tool._view_count:
            return
        kept = {part.model_id for named in _named_tools() for part in family(named)}
        if tool.model_id not in kept:
            tool.unobserve(look, "_view_count")
            close_all([part for part in family(tool) if part.model_id not in kept])

    tool.observe(look, "_view_count")
    look()


def _named_tools() -> list[Tool]:
    named = {id(value) for value in _named(_shell().user_ns)}
    return [tool for tool, _ in _alive() if id(tool) in named]


def _alive() -> list[tuple[Tool, _Run]]:
    found = [(made(), run) for made, run in _MADE]
    return [(tool, run) for tool, run in found if tool is not None and tool.comm is not None]


def _named(names: dict[str, Any]) -> Iterator[Any]:
    """Yield what a person's names hold, also in lists; IPython's own record of outputs does not count."""
    for name, value in list(names.items()):
        if name.startswith("_") or name in ("In", "Out"):
            continue
        yield value
        if isinstance(value, (list, tuple, set)):
            yield from value
        elif isinstance(value, dict):
            yield from value.values()


def _shell() -> Any:
    module = sys.modules.get("IPython")
    return None if module is None else module.get_ipython()


def _run() -> _Run | None:
    """Return the run of a cell that we are in, if we are in one and the page names its cells."""
    shell = _shell()
    if getattr(shell, "kernel", None) is None:
        return None
    parent = shell.get_parent() or {}
    cell = (parent.get("metadata") or {}).get("cellId")
    header = parent.get("header") or {}
    if cell is None or header.get("msg_type") != "execute_request":
        return None
    return _Run(str(cell), str(header.get("msg_id")))
