"""A question before something large is done, in the tool itself: a page of a notebook has no dialogs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as ipw

from corewidgets.markup import html
from corewidgets.widgets.buttons import button
from corewidgets.widgets.messages import Messages
from corewidgets.widgets.shared_look import look

__all__ = ["Question"]


class Question(ipw.VBox):
    """A text with two buttons that is not there until something is asked.

    Parameters
    ----------
    messages : Messages
        Where errors of what is agreed to are shown.
    """

    def __init__(self, messages: Messages) -> None:
        self._action: Callable[[], Any] | None = None
        self._text = ipw.HTML(**look(ipw.HTML, margin="0", width="100%"))
        self.agree = button(messages, self._agreed)
        self.refuse = button(messages, self.withdraw, "Cancel", tooltip="Cancel, and change nothing")
        buttons = ipw.HBox([self.agree, self.refuse], **look(ipw.HBox, width="100%"))
        super().__init__(
            [self._text, buttons], layout=ipw.Layout(width="100%", flex="0 0 auto", display="none")
        )
        self.add_class("cw-question")

    @property
    def text(self) -> str:
        """What is asked, in HTML; "" where nothing is."""
        return str(self._text.value)

    def ask(self, text: str, agree: str, action: Callable[[], Any]) -> None:
        """Ask, in the place of what was asked before.

        Parameters
        ----------
        text : str
            Plain text.
        agree : str
            Text of the button that does it.
        action : callable
            What it does.
        """
        self._action = action
        self._text.value = html("{{ text }}", text=text)
        self.agree.description = agree
        self.layout.display = ""

    def withdraw(self) -> None:
        """Ask no longer."""
        self._action = None
        self._text.value = ""
        self.layout.display = "none"

    def _agreed(self) -> None:
        action = self._action
        self.withdraw()
        if action is not None:
            action()
