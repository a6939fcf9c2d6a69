"""The buttons that choose a mode of the brush."""

from __future__ import annotations

import ipywidgets as ipw

from corewidgets.widgets.stage.modes import MODES

__all__ = ["mode_buttons"]


def mode_buttons(mode: str) -> ipw.ToggleButtons:
    """Return a button for each mode of the table, with the one of `mode` pressed."""
    made = ipw.ToggleButtons(
        options=[(one.label, one.name) for one in MODES.values()],
        icons=[one.icon for one in MODES.values()],
        tooltips=[f"{one.tip} (key {one.key.upper()})" for one in MODES.values()],
        value=mode,
        style={"button_width": "auto"},
        layout=ipw.Layout(margin="0", width="auto", flex="0 0 auto"),
    )
    made.add_class("cw-modes")
    return made
