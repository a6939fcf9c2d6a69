"""A job on each of many photographs, done by the processes of a Dask cluster; what they find comes back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

from corewidgets.batch.cluster import connected, installed, xla_threads_here
from corewidgets.batch.dispatch import Dispatch
from corewidgets.batch.options import Processes
from corewidgets.batch.settings import installed_versions
from corewidgets.cores.section_entry import SectionEntry
from corewidgets.learning.classifier import PixelClassifier

__all__ = ["do_on_cluster"]


def do_on_cluster(
    job: Callable[[SectionEntry], Any],
    model: PixelClassifier,
    photographs: Sequence[SectionEntry],
    processes: Processes,
    *,
    finished: Callable[[SectionEntry, Any], object],
    failed: Callable[[SectionEntry, str], object],
    check: Callable[[], object],
) -> None:
    """Have a job done on photographs, the first one first; results are as they would be in this process.

    Parameters
    ----------
    job : callable
        Called with a photograph in another process.
    model : PixelClassifier
        What the job computes with.
    photographs : sequence of SectionEntry
        All with files, which the processes can read.
    processes : Processes
    finished : callable
        Called with a photograph and what the job returned.
    failed : callable
        Called with a photograph, and why the job could not be done, in words.
    check : callable
        Called ten times a second; raises to stop. What a process is at then comes to its end, for nothing.

    Raises
    ------
    ConnectionError
        No scheduler answers, or a process has other versions than this one.
    ModuleNotFoundError
        Dask is not installed.
    """
    threads = xla_threads_here()
    with connected(processes.client, processes.n_workers, threads) as connection:
        from corewidgets.batch.photograph_worker import PhotographWorker  # imports Dask

        if processes.connect is not None:
            processes.connect(connection.client)
        worker = PhotographWorker(
            f"corewidgets-{uuid4().hex}", job, model, installed_versions(), threads, connection.n_threads
        )
        with installed(connection, worker):
            _Jobs(connection.client, worker, photographs, processes, finished, failed, check).run()


class _Jobs(Dispatch):
    """Hands photographs over, and gives what comes back to callbacks."""

    remedy = "give_up_after), and train again"

    def __init__(
        self,
        client: Any,
        worker: Any,
        photographs: Sequence[SectionEntry],
        processes: Processes,
        finished: Callable[[SectionEntry, Any], object],
        failed: Callable[[SectionEntry, str], object],
        check: Callable[[], object],
    ) -> None:
        each: list[list[Any]] = [[photograph] for photograph in photographs]
        super().__init__(client, worker, each, 0, len(each), processes, None)
        self._finished, self._failed, self._checked = finished, failed, check

    @property
    def task(self) -> Callable[[Sequence[Any], str], Any]:
        """What a process does with a photograph."""
        from corewidgets.batch.photograph_worker import do_job

        return do_job

    def check(self) -> None:
        """Stop, where that is wanted."""
        self._checked()

    def finished(self, lanes: Sequence[Any], future: Any) -> None:
        """Give what a process found to the callback."""
        self._finished(lanes[0], future.result())

    def failed(self, lane: Any, why: str) -> None:
        """Tell the callback why a photograph could not be done."""
        self._failed(lane, why)
