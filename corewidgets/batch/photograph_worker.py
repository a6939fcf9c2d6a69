"""What a process of the cluster does for a project: one job, on one photograph after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from distributed import get_worker
from distributed.diagnostics.plugin import WorkerPlugin

from corewidgets.batch.section_worker import prepare_process, tell_begun
from corewidgets.cores.section_entry import SectionEntry
from corewidgets.learning.classifier import PixelClassifier

__all__ = ["PhotographWorker", "do_job"]


@dataclass
class PhotographWorker(WorkerPlugin):
    """A job that each process of the cluster holds.

    Parameters
    ----------
    name : str
        By which tasks find it.
    job : callable
        Called with a photograph; what it returns is sent back.
    model : PixelClassifier
        What the job computes with.
    versions, xla_threads, n_threads
        As of a `SectionWorker`.
    """

    name: str
    job: Callable[[SectionEntry], Any]
    model: PixelClassifier
    versions: dict[str, str]
    xla_threads: int
    n_threads: int

    def setup(self, worker: Any) -> None:
        """Check that the process computes what the others do, and share its cores."""
        prepare_process(worker.address, self.model, self.versions, self.xla_threads, self.n_threads)


def do_job(entries: Sequence[SectionEntry], name: str) -> Any:
    """Do the job on a photograph in whatever process this runs: a task of Dask."""
    here: Any = get_worker()
    (entry,) = entries
    tell_begun(here, name, entry.name)
    return here.plugins[name].job(entry)
