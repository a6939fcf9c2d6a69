"""Errors and notes, shown in the widget where they happened."""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ipywidgets import HTML, Button, HBox, Layout

from corewidgets.markup import Markup, html
from corewidgets.widgets.shared_look import look
from corewidgets.widgets.turn import TURN

_ERROR = "<span>{{ text }}</span><details><summary>Details</summary><pre>{{ trace }}</pre></details>"


class Messages(HBox):
    """A line that is not there until there is something to say.

    Callbacks of widgets have nobody to raise to: Jupyter drops what they raise. `shown` catches it here.

    Attributes
    ----------
    error : Exception or None
        The last error that was shown.
    """

    def __init__(self) -> None:
        self.error: Exception | None = None
        self._cause: object = None  # what failed, until it succeeds
        self._text = HTML(**look(HTML, flex="1 1 auto", margin="0"))
        close = Button(icon="times", tooltip="Close this message", **look(Button, width="28px", margin="0"))
        close.on_click(lambda _: self.clear())
        super().__init__([self._text, close], layout=Layout(display="none", flex="0 0 auto"))
        self.add_class("cw-message")

    @property
    def text(self) -> str:
        """The text as it is shown, in HTML."""
        return str(self._text.value)

    def note(self, text: str) -> None:
        """Show a plain text that is no error."""
        self._cause = None
        self._show(html("{{ text }}", text=text), "cw-error", "cw-note")

    def fail(self, error: Exception, cause: object = None) -> None:
        """Show an error: its text, and where it came from for who wants to see it.

        Parameters
        ----------
        error : Exception
        cause : object, optional
            What failed; the error is taken away when the same succeeds in `shown`.
        """
        self.error, self._cause = error, cause
        said = str(error) or type(error).__name__
        expected = isinstance(error, (ValueError, TypeError, OSError))
        text = said if expected else f"{type(error).__name__}: {said}"
        trace = "".join(traceback.format_exception(error))
        self._show(html(_ERROR, text=text, trace=trace), "cw-note", "cw-error")

    def clear(self) -> None:
        """Take the message away."""
        self._cause = None
        self._text.value = ""
        self.layout.display = "none"

    def _show(self, text: Markup, not_this: str, this: str) -> None:
        self.remove_class(not_this)
        self.add_class(this)
        self._text.value = str(text)
        self.layout.display = ""

    @contextmanager
    def shown(self, cause: object = None) -> Iterator[None]:
        """Show what the block raises instead of raising it; other threads wait for their turn.

        Where a `cause` is given, an error of the same that is still shown is taken away on success.
        """
        with TURN:
            try:
                yield
            except Exception as error:  # noqa: BLE001 - a callback has nobody to raise to; it is shown
                self.fail(error, cause)
            else:
                if cause is not None and self._cause == cause:
                    self.clear()

    def wrap(self, callback: Callable[..., Any]) -> Callable[..., None]:
        """Return a callback that shows what `callback` raises."""

        @functools.wraps(callback)
        def guarded(*args: Any, **kwargs: Any) -> None:
            with self.shown(callback):
                callback(*args, **kwargs)

        return guarded
