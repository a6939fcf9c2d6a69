"""A widget whose script is given to the page once, however many of its kind there are."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import anywidget
import ipywidgets as ipw
from ipywidgets import widget_serialization
from traitlets import Instance, Unicode, default

__all__ = ["Script", "ScriptedWidget"]


class Script(ipw.Widget):
    """The text of a script on the page; it is shown nowhere, and closed with the kernel."""

    text = Unicode().tag(sync=True)


_SCRIPTS: dict[str, Script] = {}  # those of this kernel, by their texts


class ScriptedWidget(anywidget.AnyWidget):
    """A widget that is made for each photograph.

    A page keeps each module that it loads until it is closed, 0.1 MiB for that of the stage. anywidget loads
    one for each widget, so that the module is a few lines, which find the script that all of a kind share.

    Attributes
    ----------
    shared_script : str
        Of a class: a module of JavaScript whose default export has `render`.
    script : Script
    """

    _esm = (Path(__file__).parent / "shared_script.js").read_text("utf-8")

    shared_script: ClassVar[str]
    script = Instance(Script).tag(sync=True, **widget_serialization)

    @default("script")
    def _script_on_the_page(self) -> Any:
        found = _SCRIPTS.get(self.shared_script)
        if found is None or found.comm is None:
            found = _SCRIPTS[self.shared_script] = Script(text=self.shared_script)
        return found
