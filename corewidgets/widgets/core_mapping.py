"""Maps the photographs of a project in the background, the nearest first, and says which are unlike."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from corewidgets.batch.options import Processes, processes_around
from corewidgets.batch.photograph_jobs import do_on_cluster
from corewidgets.cores.section import CoreSection
from corewidgets.cores.section_entry import SectionEntry
from corewidgets.learning.classifier import PixelClassifier
from corewidgets.project.photograph_mapper import MappedPhotograph, PhotographMapper
from corewidgets.project.project import Project
from corewidgets.scoring.drift import KnownPhotographs
from corewidgets.widgets.background import Ticket, Worker
from corewidgets.widgets.messages import Messages

__all__ = ["CoreMapping"]

_PAUSE = 0.1  # seconds between two looks at whether the open photograph is being worked on
_MOST = 3  # photographs that a cluster could not map whose reasons are told


@dataclass(frozen=True, eq=False)
class _Order:
    """What is to be mapped: `digest` is that of the file of the model, `busy` whether to wait."""

    model: PixelClassifier
    digest: str | None
    names: Sequence[str]
    training: Sequence[CoreSection]
    busy: Callable[[], bool]


class CoreMapping:
    """Maps all photographs but the open one.

    Parameters
    ----------
    project : Project
    messages : Messages
        Where errors are shown.
    told : callable
        Called with the name of a photograph that has changed.
    progress : callable
        Called with how far the work is, in words; empty when there is none.
    processes : Processes, optional
        A Dask cluster that maps; by default the one that the environment names, or else this process.

    Raises
    ------
    TypeError
        `processes` is something else, such as a client.
    """

    def __init__(
        self,
        project: Project,
        messages: Messages,
        told: Callable[[str], None],
        progress: Callable[[str], None],
        processes: Processes | None = None,
    ) -> None:
        if not isinstance(processes, Processes | None):
            raise TypeError(
                f"processes is a {type(processes).__name__}; give cw.Processes(client), with a client of "
                "Dask or the address of a scheduler."
            )
        self._project, self._told, self._progress = project, told, progress
        self._messages, self._processes = messages, processes or processes_around()
        self._worker = Worker(messages.fail, self._changed)

    def begin(
        self,
        model: PixelClassifier,
        near: str,
        training: Sequence[CoreSection],
        busy: Callable[[], bool] = lambda: False,
    ) -> None:
        """Map what is not yet mapped by this model.

        Parameters
        ----------
        model : PixelClassifier
            That of the project.
        near : str
            The open photograph, which is left out.
        training : sequence of CoreSection
            What the model was trained on.
        busy : callable
            Whether the open photograph is being worked on, which comes first in this process.
        """
        names = [name for name in self._project.nearest_first(near) if self._is_wanted(name)]
        order = _Order(model, self._project.model_digest, names, training, busy)
        self._worker.submit(lambda ticket: self._map(ticket, order))

    def stop(self) -> None:
        """Stop; the maps that are there stay."""
        self._worker.stop()

    def wait(self, timeout: float = 600.0) -> bool:
        """Wait until all is mapped; return whether that came within `timeout` seconds."""
        return self._worker.wait(timeout)

    def _is_wanted(self, name: str) -> bool:
        state = self._project.state(name)
        return not state.corrected and (not state.mapped or state.outdated)

    def _changed(self, busy: bool) -> None:
        if not busy:
            self._progress("")

    # --- in the thread ----------------------------------------------------------------------------

    def _map(self, ticket: Ticket, order: _Order) -> None:
        if not order.names:
            return
        known = KnownPhotographs.of(order.model, order.training)
        mapper = PhotographMapper(order.model, known, frozenset(self._project.labelled))
        if self._processes is None:
            self._map_here(ticket, order, mapper)
        else:
            self._map_there(ticket, order, mapper, self._processes)

    def _map_here(self, ticket: Ticket, order: _Order, mapper: PhotographMapper) -> None:
        """Map one photograph after the other in this process."""
        for number, name in enumerate(order.names, start=1):
            while order.busy():
                ticket.check()
                time.sleep(_PAUSE)
            ticket.deliver(self._progress, f"Mapping {name}, {number} of {len(order.names)} …")
            self._map_one(ticket, order, mapper, name)

    def _map_there(
        self, ticket: Ticket, order: _Order, mapper: PhotographMapper, processes: Processes
    ) -> None:
        """Have a cluster map all photographs; what its processes cannot read is mapped here."""
        total, n_done, failed = len(order.names), 0, list[str]()

        def tell(text: str = "") -> None:
            ticket.deliver(
                self._progress, f"Mapping on the cluster, {n_done} of {total} done … {text}".rstrip()
            )

        def finished(entry: SectionEntry, made: MappedPhotograph | None) -> None:
            nonlocal n_done
            if made is None:
                self._map_one(ticket, order, mapper, entry.name)
            else:
                ticket.deliver(self._keep, order, entry.name, made)
            n_done += 1
            tell()

        tell()
        do_on_cluster(
            mapper,
            order.model,
            [self._project.entry(name) for name in order.names],
            replace(processes, report=tell),
            finished=finished,
            failed=lambda entry, why: failed.append(f"{entry.name} is not mapped. {why}"),
            check=ticket.check,
        )
        if failed:
            ticket.deliver(self._tell_failed, failed)

    def _map_one(self, ticket: Ticket, order: _Order, mapper: PhotographMapper, name: str) -> None:
        """Map a photograph in this process; the project tells of one that cannot be read."""
        try:
            section = self._project.read(name)
        except (OSError, ValueError):
            ticket.deliver(self._told, name)
            return
        ticket.deliver(self._keep, order, name, mapper.map(name, section, ticket.check))

    # --- where widgets may be touched -------------------------------------------------------------

    def _keep(self, order: _Order, name: str, made: MappedPhotograph) -> None:
        if self._project.model_digest != order.digest:
            return  # another model was trained meanwhile, which maps all: no map of this one is noted as its
        self._project.write_map(name, made.segmentation, made.photograph, made.lights)
        if made.drift is not None:
            self._project.note_drift(name, made.drift.novelty, made.drift.uncertainty, made.drift.reasons)
        self._told(name)

    def _tell_failed(self, failed: Sequence[str]) -> None:
        more = len(failed) - _MOST
        told = [*failed[:_MOST], *([f"{more} more are not mapped either."] if more > 0 else [])]
        self._messages.note(" ".join(told))
