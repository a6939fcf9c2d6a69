"""Work in the background: one thread, the latest request wins, and what it finds arrives in the main loop.

A cell or a callback submits work and goes on. The work runs in a thread and says what it finds by its ticket;
the callbacks given there run where widgets may be touched: in a loop of the kernel, between two messages, one
at a time. Without a loop (a test, a script) they run in `Worker.wait`.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any

from corewidgets.widgets.turn import TURN

__all__ = ["Mailbox", "StoppedError", "Ticket", "Worker"]

_GRACE = 20.0  # seconds that the end of the program waits for a piece of work to notice it


class StoppedError(Exception):
    """Nobody waits for this work any more; raised inside it to leave it."""


class Mailbox:
    """Callbacks on their way from a thread to the loops in which the mailbox was made and listened to."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()
        self._arrived = threading.Condition()
        self._loops: list[asyncio.AbstractEventLoop] = []
        self.listen()

    def listen(self) -> None:
        """Deliver in the loop that runs here too: the first one that is free does it."""
        with contextlib.suppress(RuntimeError):  # there is no loop
            loop = asyncio.get_running_loop()
            self._loops = [other for other in self._loops if other is not loop and not other.is_closed()]
            self._loops.append(loop)

    def post(self, callback: Callable[[], None]) -> None:
        """Have `callback` called in a loop, after those posted before; from any thread."""
        with self._arrived:
            self._waiting.append(callback)
            self._arrived.notify_all()
        for loop in self._loops:
            with contextlib.suppress(RuntimeError):  # it was closed
                loop.call_soon_threadsafe(self.deliver)

    def deliver(self) -> None:
        """Call what has arrived, where widgets may be touched."""
        with TURN:
            while self._waiting:
                self._waiting.popleft()()

    def wait(self, until: Callable[[], bool], timeout: float) -> bool:
        """Deliver until `until()` holds or `timeout` seconds are over; return whether it holds."""
        deadline = time.monotonic() + timeout
        while True:
            self.deliver()
            left = deadline - time.monotonic()
            if until() or left <= 0:
                return until()
            with self._arrived:
                if not self._waiting:
                    self._arrived.wait(left)


class Ticket:
    """What a piece of work holds in its hand: whether it is still wanted, and where to deliver."""

    def __init__(self, post: Callable[[Callable[[], None]], None], failed: Callable[[Exception], None]):
        self._post, self._failed = post, failed
        self._left = threading.Event()  # set when it is no longer wanted
        self._stopped = False

    @property
    def stopped(self) -> bool:
        """Whether nothing of the work is to be delivered any more."""
        return self._stopped

    @property
    def superseded(self) -> bool:
        """Whether newer work waits, or the work is stopped."""
        return self._left.is_set()

    def stop(self) -> None:
        """Have the work stop at its next check."""
        self._stopped = True
        self._left.set()

    def supersede(self) -> None:
        """Have the work give way at its next check."""
        self._left.set()

    def pause(self, seconds: float) -> None:
        """Wait; leave the work as soon as it is no longer wanted.

        Raises
        ------
        StoppedError
        """
        self._left.wait(seconds)
        self.check()

    def check(self, patient: bool = False) -> None:
        """Leave the work if it is no longer wanted.

        Parameters
        ----------
        patient : bool
            Go on although newer work waits; only a stop counts.

        Raises
        ------
        StoppedError
        """
        if self.stopped or (self.superseded and not patient):
            raise StoppedError

    def deliver(self, callback: Callable[..., Any], *args: Any) -> None:
        """Have `callback(*args)` called where widgets may be touched, unless the work is stopped before."""
        self._post(lambda: self._call(callback, args))

    def _call(self, callback: Callable[..., Any], args: tuple[Any, ...]) -> None:
        if self.stopped:
            return
        try:
            callback(*args)
        except Exception as error:  # noqa: BLE001 - a delivery has nobody to raise to; the owner shows it
            self._failed(error)


class Worker:
    """Runs the latest piece of work.

    Parameters
    ----------
    failed : callable
        Called with an error that the work, or one of its deliveries, raised.
    changed : callable
        Called with True when work is submitted to an idle worker, and with False when there is none left
        that anybody waits for.

    Attributes
    ----------
    busy : bool
        Whether there is work, as told by `changed`.
    """

    def __init__(self, failed: Callable[[Exception], None], changed: Callable[[bool], None]) -> None:
        self.busy = False
        self._failed, self._changed = failed, changed
        self._mailbox = Mailbox()
        self._condition = threading.Condition()
        self._next: tuple[float, Ticket, Callable[[Ticket], None]] | None = None
        self._current: Ticket | None = None
        self._thread: threading.Thread | None = None
        _WORKERS.add(self)

    def submit(self, work: Callable[[Ticket], None], delay: float = 0.0) -> None:
        """Run `work(ticket)` after `delay` seconds, unless newer work is submitted before.

        What runs now is told that it is superseded; what waited is dropped.
        """
        ticket = Ticket(self._mailbox.post, self._failed)
        with TURN:
            self._mailbox.listen()
            with self._condition:
                if self._current is not None:
                    self._current.supersede()
                self._next = (time.monotonic() + delay, ticket, work)
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="corewidgets", daemon=True)
                    self._thread.start()
                self._condition.notify_all()
            self._set_busy(True)

    def stop(self) -> None:
        """Drop what waits, and ask what runs to stop; nothing of it is delivered any more.

        The worker is idle at once. What runs may be inside a library that cannot be interrupted; then it goes
        on to its next check, and newer work waits for that.
        """
        with TURN:
            self._drop()
            self._set_busy(False)

    def wait(self, timeout: float = 600.0) -> bool:
        """Wait until there is no work, delivering; return whether that came in time."""
        return self._mailbox.wait(lambda: not self.busy, timeout)

    def _drop(self) -> None:
        with self._condition:
            self._next = None
            if self._current is not None:
                self._current.stop()
            self._condition.notify_all()

    def _set_busy(self, busy: bool) -> None:
        if busy != self.busy:
            self.busy = busy
            self._changed(busy)

    def _run(self) -> None:
        try:
            while (taken := self._take()) is not None:
                self._do(*taken)
        finally:
            with self._condition:
                if self._thread is threading.current_thread():  # left by what is no Exception
                    self._current = self._thread = None
            self._mailbox.post(self._ended)

    def _do(self, ticket: Ticket, work: Callable[[Ticket], None]) -> None:
        try:
            work(ticket)
        except StoppedError:
            return
        except Exception as error:  # noqa: BLE001 - a thread has nobody to raise to; the owner shows it
            ticket.deliver(self._failed, error)

    def _take(self) -> tuple[Ticket, Callable[[Ticket], None]] | None:
        """Wait until the next work is due; None ends the thread."""
        with self._condition:
            self._current = None
            while self._next is not None:
                due, ticket, work = self._next
                left = due - time.monotonic()
                if left <= 0:
                    self._next, self._current = None, ticket
                    return ticket, work
                self._condition.wait(left)
            self._thread = None
            return None

    def _ended(self) -> None:
        if self._thread is None:  # otherwise more was submitted since
            self._set_busy(False)

    def _finish(self) -> None:
        self._drop()
        thread = self._thread
        if thread is not None:
            thread.join(_GRACE)


_WORKERS: weakref.WeakSet[Worker] = weakref.WeakSet()


@atexit.register
def _finish_all() -> None:
    """Let no thread be inside a library that the interpreter takes down."""
    for worker in list(_WORKERS):
        worker._finish()
