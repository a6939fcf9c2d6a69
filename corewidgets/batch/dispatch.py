"""Photographs, handed to the processes of a cluster, and what comes back of them."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corewidgets.batch.options import Processes
from corewidgets.batch.run_folder import OutputError, explained
from corewidgets.batch.watch import Hung, Watch
from corewidgets.cores.core import Core, Lane
from corewidgets.extras import import_extra

if TYPE_CHECKING:
    from corewidgets.batch.section_worker import SectionWorker

__all__ = ["Dispatch", "photographs_of"]

_PAUSE = 0.1
"""Seconds between two looks at what has come back, and at what hangs: so long does Ctrl-C wait."""

_RESTART_SECONDS = 60


class Dispatch:
    """Photograph after photograph is segmented, and all stop at once where results cannot be written.

    This is what a run does. Other work derives from it: `task`, `check`, `finished` and `failed` say what is
    done with a photograph, and with what comes back.

    Parameters
    ----------
    client : distributed.Client
    worker : SectionWorker
        What each process holds.
    photographs : list of list of Lane
        What is to be done: the lanes of each photograph.
    n_done, n_all : int
        Sections that are done already, and all of them.
    options : Processes
    progress : callable, optional
        Called with the number of sections done and the number of all.
    """

    remedy = "give_up_after, --give-up-after), and start the run again"

    def __init__(
        self,
        client: Any,
        worker: SectionWorker,
        photographs: Sequence[list[Lane]],
        n_done: int,
        n_all: int,
        options: Processes,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self._client, self._worker, self._photographs = client, worker, photographs
        self._retries, self._progress = options.retries, progress
        self._watch = Watch(options.report or _write_line, options.give_up_after)
        self._lanes: dict[str, list[Lane]] = {}  # by the key of their task
        self._futures: dict[str, Any] = {}
        self._n_done, self._n_all = n_done, n_all

    def run(self) -> None:
        """Segment all, or raise what all sections would fail by.

        Raises
        ------
        OutputError
            Results cannot be written.
        BaseException
            Whatever `check` raises.
        """
        distributed: Any = import_extra("distributed", "core", "A run over a whole core")
        self._client.subscribe_topic(self._worker.name, self._watch.heard)
        try:
            completed = distributed.as_completed(self._submitted(self._photographs))
            while not completed.is_empty():
                for future in completed.next_batch(block=False):
                    self._take(future)
                self.check()
                for hung in self._watch.look():
                    completed.update(self._submitted(self._given_up(hung)))
                time.sleep(_PAUSE)
        finally:
            with suppress(OSError):  # the scheduler is gone: then it is what was raised
                self._client.unsubscribe_topic(self._worker.name)
                self._client.cancel([*self._futures.values()])

    @property
    def task(self) -> Callable[[Sequence[Lane], str], Any]:
        """What a process does with the lanes of a photograph, and the name of what it holds."""
        from corewidgets.batch.section_worker import segment_photograph

        return segment_photograph

    def check(self) -> None:
        """Go on; others may raise to stop."""

    def finished(self, lanes: Sequence[Lane], future: Any) -> None:
        """Take over what a process made of a photograph: that of a run has written all that is to be kept."""

    def failed(self, lane: Lane, why: str) -> None:
        """Note why a section could not be segmented."""
        from corewidgets.batch.section_worker import failed_record

        with explained(self._worker.folder.path):
            failed_record(lane, self._worker.settings, why).write(self._worker.folder)

    def _submitted(self, photographs: Sequence[list[Lane]]) -> list[Any]:
        """Hand photographs over, each the lanes of one file, the first one first."""
        if not photographs:
            return []
        futures: list[Any] = self._client.map(
            self.task, photographs, name=self._worker.name, retries=self._retries, pure=False
        )
        for future, lanes in zip(futures, photographs, strict=True):
            self._lanes[future.key], self._futures[future.key] = lanes, future
        return futures

    def _take(self, future: Any) -> None:
        """Take over what became of a photograph, unless it was given up."""
        lanes = self._lanes.pop(future.key, None)
        if lanes is None:
            return
        del self._futures[future.key]
        error = future.exception()
        if isinstance(error, OutputError):
            raise error
        if error is not None:
            for lane in lanes:
                self.failed(lane, _in_words(error))
        else:
            self.finished(lanes, future)
        self._count(lanes)

    def _given_up(self, hung: Hung) -> list[list[Lane]]:
        """Give a section up, and end the process that is at it; return what else was on its photograph."""
        keys = [key for key, lanes in self._lanes.items() if hung.name in [lane.name for lane in lanes]]
        if not keys:  # it is done, which was told after the look
            self._watch.ended(hung.name)
            return []
        lanes = self._lanes.pop(keys[0])
        given_up = [lane for lane in lanes if lane.name == hung.name]
        self._client.cancel([self._futures.pop(keys[0])])
        with suppress(OSError, TimeoutError, ValueError):  # it is gone, does not answer, or has no nanny
            self._client.restart_workers([hung.worker], timeout=_RESTART_SECONDS, raise_for_error=False)
        for lane in given_up:
            self.failed(
                lane,
                f"It was stopped after {hung.seconds:.0f} s without a result; check whether its photograph "
                f"can be read from its disk, or allow more time ({self.remedy}.",
            )
        self._count(given_up)
        others = [lane for lane in lanes if lane.name != hung.name]
        return [others] if others else []

    def _count(self, lanes: Sequence[Lane]) -> None:
        self._watch.ended(*(lane.name for lane in lanes))
        self._n_done += len(lanes)
        if self._progress is not None:
            self._progress(self._n_done, self._n_all)


def photographs_of(core: Core) -> list[list[Lane]]:
    """Return the lanes of each photograph, from top to base."""
    lanes: dict[str, list[Lane]] = {}
    for lane in core:
        lanes.setdefault(real_file(lane.file), []).append(lane)
    return list(lanes.values())


def real_file(file: Path) -> str:
    """Return where a file is behind its links; a loop of links is an error only where it is read."""
    return os.path.realpath(file)


def _write_line(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _in_words(error: BaseException) -> str:
    """Say why a section failed that no process could finish."""
    if type(error).__name__ == "KilledWorker":
        return (
            "Each process that worked on the photograph was killed, most likely because memory ran out; give "
            "fewer workers more memory, or cut the photograph into lanes."
        )
    return f"{type(error).__name__}: {error}"
