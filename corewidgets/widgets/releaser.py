"""The page lets go of widgets that are closed, with all their elements."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import anywidget
import ipywidgets as ipw

__all__ = ["Releaser"]


class Releaser(anywidget.AnyWidget):
    """Tells the page which widgets are about to be closed; it is shown nowhere.

    JupyterLab keeps what the channel of a widget calls until the kernel ends, and with it all elements of
    the widget. A script that knows of the closing in time can cut that.
    """

    _esm = (Path(__file__).parent / "releaser.js").read_text("utf-8")

    def announce(self, widgets: Iterable[ipw.Widget]) -> None:
        """Say that these widgets will be closed next."""
        ids = [widget.model_id for widget in widgets if widget.comm is not None]
        if ids:
            self.send({"kind": "closing", "ids": ids})
