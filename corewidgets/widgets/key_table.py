"""What the keys of the labeler do, to look up."""

from __future__ import annotations

from collections.abc import Iterator

import ipywidgets as ipw

from corewidgets.widgets.stage.modes import MODES

__all__ = ["KEY_TABLE", "key_table"]


def _modes() -> Iterator[tuple[str, str]]:
    """Yield the keys of the modes and what they choose, two in a line."""
    modes = list(MODES.values())
    for pair in (modes[first : first + 2] for first in range(0, len(modes), 2)):
        yield " ".join(mode.key.upper() for mode in pair), ", ".join(mode.label.lower() for mode in pair)


KEY_TABLE = (
    *_modes(),
    ("1 … 9", "select a class"),
    ("[ ]", "smaller, larger brush"),
    ("K", "switch Keep to edges"),
    ("Ctrl+Z", "undo"),
    ("Ctrl+Shift+Z", "redo"),
    ("L", "show or hide labels"),
    ("Space", "hold to move the core"),
    ("Shift+click", "straight line from the last stroke; one more click of an outline"),
    ("Right button", "erase"),
    ("Alt+click", "pick the class; remove an outline"),
    ("Wheel + -", "zoom; reach of the pressed outline"),
    ("0 W A", "whole core, full width, 1:1"),
    ("R", "turn by a quarter"),
    ("Arrows, Page", "move on"),
    ("Tab .", "show or hide a crosshair: arrows move it, with Shift farther, Enter clicks or ends"),
    ("Shift+Enter", "Shift+click at the crosshair; Alt+Enter is Alt+click"),
    ("N", "the next clast that the model proposes"),
    ("Enter", "close the polygon; accept the proposal"),
    ("X", "reject the proposal"),
    ("Shift+Enter", "accept all proposals that are listed"),
    ("Backspace", "remove its last corner, as Ctrl+Z"),
    ("Esc", "cancel the polygon, outline or stroke"),
)


def key_table() -> ipw.HTML:
    """Return the keys and what they do, as they are shown under the tool bar."""
    rows = "".join(
        f"<div><span>{''.join(f'<kbd>{key}</kbd>' for key in keys.split(' ') if key)}</span>{text}</div>"
        if keys not in ("1 … 9", "Right button", "Wheel + -", "Arrows, Page")
        else f"<div><span><kbd>{keys}</kbd></span>{text}</div>"
        for keys, text in KEY_TABLE
    )
    return ipw.HTML(rows).add_class("cw-key-table")
