"""The line with the file of a session: its name, two buttons, and what became of it."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipywidgets as ipw

from corewidgets.markup import html
from corewidgets.widgets.buttons import button
from corewidgets.widgets.messages import Messages

__all__ = ["SessionLine", "check_may_be_session"]


def check_may_be_session(path: Path) -> None:
    """Raise ValueError where a file is there that is no session and is not called like one: a photograph."""
    if path.suffix.lower() != ".zip" and path.is_file() and not zipfile.is_zipfile(path):
        raise ValueError(
            f"'{path}' is not a session, and is not replaced by one; give another name, such as "
            f"'{path.stem}.session.zip'."
        )


class SessionLine(ipw.HBox):
    """Names the file of a session.

    Names stay what they are, though a cell may change the folder of the program.

    Parameters
    ----------
    path : pathlib.Path
        The file that is named at first.
    messages : Messages
        Where errors of the buttons are shown.
    save, read : callable
        What the buttons do.

    Attributes
    ----------
    path : ipywidgets.Text
        The name, short for what lies in this folder. It can be edited.
    status : ipywidgets.HTML
    """

    def __init__(
        self, path: Path, messages: Messages, save: Callable[[], Any], read: Callable[[], Any]
    ) -> None:
        self._folder = Path.cwd()
        self.path = ipw.Text(
            layout=ipw.Layout(flex="1 1 160px", margin="0", min_width="0"),
            tooltip="File of the session: labels, classes, model, map, scores and view",
        )
        self.name(path)
        self.status = ipw.HTML(layout=ipw.Layout(margin="0 0 0 8px", flex="0 0 auto"))
        self.status.add_class("cw-session-status")
        buttons = [
            button(messages, action, text, icon=icon, tooltip=tooltip)
            for action, text, icon, tooltip in (
                (save, "Save", "floppy-o", "Keep everything in this file"),
                (read, "Open", "folder-open-o", "Open the session in this file"),
            )
        ]
        layout = ipw.Layout(flex="1 1 420px", min_width="0")
        super().__init__([self.path, *buttons, self.status], layout=layout)
        self.add_class("cw-file-line")

    def name(self, path: Path) -> None:
        """Name another file."""
        short = path.relative_to(self._folder) if path.is_relative_to(self._folder) else path
        self.path.value = str(short)

    def file(self, path: str | os.PathLike[str] | None = None) -> Path:
        """Return a file as it was given, by default the one that is named, with its folder."""
        return self._folder / (path or self.path.value)

    def say(self, text: str, well: bool = True) -> None:
        """Tell in plain text what became of it."""
        kind = "cw-well" if well else "cw-bad"
        self.status.value = html('<span class="{{ kind }}">{{ text }}</span>', kind=kind, text=text)
