"""The page lets go of widgets that are closed, with all their elements, and goes on drawing the others."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import anywidget
import ipywidgets as ipw
from ipycanvas.canvas import _CANVAS_MANAGER
from traitlets import Unicode

__all__ = ["Releaser"]


class Releaser(anywidget.AnyWidget):
    """Tells the page which widgets are about to be closed; it is shown nowhere.

    JupyterLab keeps what the channel of a widget calls until the kernel ends, and with it all elements of
    the widget. A script that knows of the closing in time can cut that. Where a canvas is closed while
    drawing for it is on its way, ipycanvas would draw on no canvas of the page any more; the script has it go
    on.
    """

    _esm = (Path(__file__).parent / "releaser.js").read_text("utf-8")

    canvas_manager = Unicode().tag(sync=True)

    def __init__(self) -> None:
        super().__init__(canvas_manager=_CANVAS_MANAGER.model_id or "")

    def announce(self, widgets: Iterable[ipw.Widget]) -> None:
        """Say that these widgets will be closed next."""
        ids = [widget.model_id for widget in widgets if widget.comm is not None]
        if ids:
            self.send({"kind": "closing", "ids": ids})
