"""How long each section has been worked on, so that one that hangs is reported, and given up in the end."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

__all__ = ["FIRST_LINE", "GIVE_UP_AFTER", "Hung", "Watch"]

FIRST_LINE = 60.0
"""Seconds after which the first line about a section comes; each later one after twice as long."""


GIVE_UP_AFTER = 7200.0
"""Seconds that a section may take, but for what is given: several times what the largest photographs need."""


class Hung(NamedTuple):
    """A section that is to be given up.

    Attributes
    ----------
    name : str
        Of the section.
    worker : str
        Address of the process that is at it.
    seconds : float
        How long that has been.
    """

    name: str
    worker: str
    seconds: float


@dataclass
class _Work:
    """A section that a process is at, or nothing."""

    name: str
    since: float
    next_line: float = FIRST_LINE


class Watch:
    """What the processes of a run are at.

    Parameters
    ----------
    report : callable
        Called with a line of text.
    give_up_after : float, optional
        Seconds after which a section is given up; None for never.
    clock : callable
        Returns seconds.
    """

    def __init__(
        self,
        report: Callable[[str], object],
        give_up_after: float | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._report = report
        self._give_up_after = give_up_after
        self._clock = clock
        self._lock = threading.Lock()  # lines of the processes come in the thread of the client
        self._at: dict[tuple[str, int], _Work] = {}
        self._nothing = _Work("", clock())

    def heard(self, event: tuple[float, Mapping[str, Any]]) -> None:
        """Take over that a thread of a process has begun a section; Dask calls it with time and message."""
        _, told = event
        name = bytes(told["section"]).decode("utf-8", "surrogatepass")
        with self._lock:
            self._forget(name)  # begun anew, after another process ended
            self._at[told["worker"], told["thread"]] = _Work(name, self._clock())

    def ended(self, *names: str) -> None:
        """Take over that sections are done, failed or given up."""
        with self._lock:
            self._forget(*names)
            self._nothing = _Work("", self._clock())

    def _forget(self, *names: str) -> None:
        self._at = {place: work for place, work in self._at.items() if work.name not in names}

    def look(self) -> list[Hung]:
        """Tell of sections that take long, and return those that are to be given up."""
        now = self._clock()
        with self._lock:
            working = dict(self._at)
        for work in working.values():
            self._tell(work, now, f"Section {work.name} has been working for")
        if working:
            self._nothing = _Work("", now)
        else:
            self._tell(self._nothing, now, "No process has begun a section for")
        limit = math.inf if self._give_up_after is None else self._give_up_after
        return [
            Hung(work.name, worker, now - work.since)
            for (worker, _), work in working.items()
            if now - work.since >= limit
        ]

    def _tell(self, work: _Work, now: float, what: str) -> None:
        if now - work.since >= work.next_line:
            self._report(f"{what} {now - work.since:.0f} s.")
            work.next_line *= 2
