"""Takes the maps of runs into a project in the background, one by one, those of what is open first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from corewidgets.project.project import Project
from corewidgets.widgets.background import Ticket, Worker
from corewidgets.widgets.messages import Messages

__all__ = ["CoreTaking"]

_PAUSE = 0.1  # seconds between two looks at whether it was stopped, while the kernel does something else
_MOST = 3  # maps that cannot be taken whose reasons are told


class CoreTaking:
    """Takes the maps of the runs that a project is to take over.

    Parameters
    ----------
    project : Project
    messages : Messages
        Where errors are shown.
    told : callable
        Called with the name of a photograph that has changed.
    progress : callable
        Called with how far the work is, in words; empty when there is none.
    """

    def __init__(
        self,
        project: Project,
        messages: Messages,
        told: Callable[[str], None],
        progress: Callable[[str], None],
    ) -> None:
        self._project, self._messages, self._told, self._progress = project, messages, told, progress
        self._worker = Worker(messages.fail, self._changed)
        self._takings = [found for folder in project.runs if (found := project.taking(folder)) is not None]
        if project.runs and not self._takings:  # what is wrong with them is noted
            project.forget_runs()
        self._refused: list[str] = []

    @property
    def busy(self) -> bool:
        """Whether maps are being taken."""
        return self._worker.busy

    def now(self, name: str) -> None:
        """Take the map of a photograph that is opened, at once."""
        if self._waits(name):
            with self._messages.shown():
                self._take_one(name)

    def begin(self, near: str) -> None:
        """Take all that are not taken yet, those nearest to a photograph first."""
        if self._takings:
            names = list(dict.fromkeys([near, *self._project.nearest_first(near), *self._project.names]))
            self._worker.submit(lambda ticket: self._take(ticket, names))

    def stop(self) -> None:
        """Stop; what is taken stays, and the next one that opens the project goes on."""
        self._worker.stop()

    def wait(self, timeout: float = 600.0) -> bool:
        """Wait until all are taken; return whether that came within `timeout` seconds."""
        return self._worker.wait(timeout)

    def _waits(self, name: str) -> bool:
        return any(taking.waits(name) for taking in self._takings)

    def _changed(self, busy: bool) -> None:
        if not busy:
            self._progress("")

    # --- in the thread ----------------------------------------------------------------------------

    def _take(self, ticket: Ticket, names: Sequence[str]) -> None:
        for number, name in enumerate(names, start=1):
            ticket.check()
            if self._waits(name):
                text = f"Taking over the maps of the run, {number} of {len(names)} …"
                done = threading.Event()
                ticket.deliver(self._take_next, name, text, done)
                while not done.wait(_PAUSE):  # else all would be delivered in one go
                    ticket.check()
        ticket.deliver(self._finish)

    # --- where widgets may be touched -------------------------------------------------------------

    def _take_next(self, name: str, text: str, done: threading.Event) -> None:
        try:
            self._progress(text)
            self._take_one(name)
        except OSError:
            self.stop()  # no other will fare better
            raise
        finally:
            done.set()

    def _take_one(self, name: str) -> None:
        """Take the map of a photograph, and show it; why it cannot be taken is told in the end."""
        for taking in self._takings:
            told = taking.take(name)
            if told and told not in self._refused:
                self._refused.append(told)
        self._told(name)

    def _finish(self) -> None:
        self._project.forget_runs()
        self._takings = []
        more = len(self._refused) - _MOST
        told = [*self._refused[:_MOST], *([f"{more} more are not taken over either."] if more > 0 else [])]
        if told:
            self._messages.note(" ".join(told))
