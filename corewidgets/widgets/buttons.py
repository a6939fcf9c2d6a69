"""Buttons, as they look in all tools, and titles of what stands below."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as ipw

from corewidgets.widgets.messages import Messages
from corewidgets.widgets.shared_look import look

__all__ = ["button", "panel_button", "title"]


def button(
    messages: Messages,
    action: Callable[[], Any],
    text: str = "",
    *,
    icon: str = "",
    tooltip: str = "",
    disabled: bool = False,
) -> ipw.Button:
    """Return a button as wide as its text; what its action raises is shown in `messages`."""
    made = ipw.Button(
        description=text,
        icon=icon,
        tooltip=tooltip,
        disabled=disabled,
        **look(ipw.Button, width="auto", margin="0", flex="0 0 auto"),
    )
    made.on_click(messages.wrap(lambda _: action()))
    return made


def panel_button(icon: str, text: str, panel: ipw.Widget) -> tuple[ipw.ToggleButton, ipw.Widget]:
    """Return a button that shows and hides a panel, and the panel, hidden."""
    panel.layout.display = "none"
    made = ipw.ToggleButton(
        description=text,
        icon=icon,
        **look(ipw.ToggleButton, width="auto", margin="0"),
        tooltip=f"Show or hide: {text}",
    )
    made.observe(lambda change: setattr(panel.layout, "display", "" if change["new"] else "none"), "value")
    return made, panel


def title(text: str, key: str = "") -> ipw.HTML:
    """Return a title, with the key that does the same."""
    keys = f"<kbd>{key}</kbd>" if key else ""
    made = ipw.HTML(f"<span>{text}</span>{keys}", **look(ipw.HTML, margin="0", flex="0 0 auto"))
    return made.add_class("cw-title")
