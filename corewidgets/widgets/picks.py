"""Pictures to choose from: HTML made in the kernel, whose parts can be clicked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from traitlets import Unicode

from corewidgets.widgets.shared_script import ScriptedWidget

_FOLDER = Path(__file__).parent


class Picks(ScriptedWidget):
    """Shows HTML; a click on an element with the attribute `data-pick` is told to the kernel.

    Attributes
    ----------
    html : str
        What is shown. Texts of users must be escaped by who makes it.
    picked : str
        The value of `data-pick` that is marked.
    """

    shared_script = (_FOLDER / "picks.js").read_text("utf-8")
    _css = (_FOLDER / "picks.css").read_text("utf-8")  # by its name each widget would be kept for ever

    html = Unicode().tag(sync=True)
    picked = Unicode().tag(sync=True)

    def on_pick(self, callback: Callable[[str], Any]) -> None:
        """Call back with the value of the element that is clicked."""

        def said(_: Any, content: dict[str, Any], __: list[Any]) -> None:
            if content.get("kind") == "pick":
                callback(str(content["what"]))

        self.on_msg(said)
