"""The line under the tool bar in which labels are read from a file, or copied to one."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import ipywidgets as ipw

from corewidgets.labels.formats import LABEL_FORMATS, describe_formats
from corewidgets.widgets.buttons import button
from corewidgets.widgets.messages import Messages
from corewidgets.widgets.shared_look import look

__all__ = ["FilePanel"]


class FilePanel(ipw.HBox):
    """The name of a file, and two buttons.

    Parameters
    ----------
    path : path-like
        File whose name is shown at first.
    messages : Messages
        Where errors are shown.
    write, read : callable
        Called with the name of the file when its button is pressed.

    Attributes
    ----------
    path : Text
        Name of the file.
    save, read : Button
        Write a copy to it; read from it.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        messages: Messages,
        write: Callable[[str], Any],
        read: Callable[[str], Any],
    ) -> None:
        self.path = ipw.Text(
            value=str(path), tooltip=describe_formats(), **look(ipw.Text, flex="1 1 auto", margin="0")
        )
        self.save = button(
            messages, lambda: write(self.path.value), "Save copy",
            tooltip="Write a copy of the labels to this file",
        )  # fmt: skip
        self.read = button(
            messages, lambda: read(self.path.value), "Open", tooltip="Read labels from this file"
        )
        endings = " &nbsp;".join(one.endings[0] for one in LABEL_FORMATS)
        hint = ipw.HTML(f"<span>{endings}</span>", **look(ipw.HTML, margin="0"))
        super().__init__([self.path, self.save, self.read, hint], layout=ipw.Layout(width="100%"))
        self.add_class("cw-file")
