"""The modes of the labeler and the buttons that choose one."""

from __future__ import annotations

import ipywidgets as ipw

__all__ = ["MODE_BUTTONS", "mode_buttons"]

MODE_BUTTONS = {
    "paint": ("Paint", "paint-brush", "b", "Paint with the brush; Shift+click draws a straight line"),
    "erase": ("Erase", "eraser", "e", "Erase with the brush; the right mouse button erases too"),
    "polygon": (
        "Polygon",
        "pencil-square-o",
        "p",
        "Draw around, or click corners; double-click or Enter closes",
    ),
    "fill": ("Fill", "tint", "g", "Fill the gap or the region that is clicked"),
    "pick": ("Pick", "eyedropper", "i", "Select the class that is clicked; Alt+click does it in every mode"),
    "pan": ("Pan", "arrows", "h", "Move the core; so do Space + drag and the middle mouse button"),
}


def mode_buttons(mode: str) -> ipw.ToggleButtons:
    """Return a button for each mode, with the one of `mode` pressed."""
    made = ipw.ToggleButtons(
        options=[(name, mode) for mode, (name, *_) in MODE_BUTTONS.items()],
        icons=[icon for _, icon, *_ in MODE_BUTTONS.values()],
        tooltips=[f"{tip} (key {key.upper()})" for _, _, key, tip in MODE_BUTTONS.values()],
        value=mode,
        style={"button_width": "auto"},
        layout=ipw.Layout(margin="0", width="auto", flex="0 0 auto"),
    )
    made.add_class("cw-modes")
    return made
