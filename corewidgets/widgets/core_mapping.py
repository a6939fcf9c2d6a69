"""Maps the photographs of a project in the background, the nearest first, and says which are unlike."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from corewidgets.cores.section import CoreSection
from corewidgets.learning.classifier import PixelClassifier
from corewidgets.learning.mapping import map_section
from corewidgets.project.project import Project
from corewidgets.scoring.drift import PhotographDrift, measure_drift
from corewidgets.widgets.background import Ticket, Worker
from corewidgets.widgets.messages import Messages

__all__ = ["CoreMapping"]

_PAUSE = 0.1  # seconds between two looks at whether the open photograph is being worked on


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
    """

    def __init__(
        self,
        project: Project,
        messages: Messages,
        told: Callable[[str], None],
        progress: Callable[[str], None],
    ) -> None:
        self._project, self._told, self._progress = project, told, progress
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
            Whether the open photograph is being worked on, which comes first.
        """
        names = [name for name in self._project.nearest_first(near) if self._is_wanted(name)]
        self._worker.submit(lambda ticket: self._map(ticket, model, names, training, busy))

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

    def _map(
        self,
        ticket: Ticket,
        model: PixelClassifier,
        names: Sequence[str],
        training: Sequence[CoreSection],
        busy: Callable[[], bool],
    ) -> None:
        compared: list[str] = []

        def mapped() -> Iterator[CoreSection]:
            for number, name in enumerate(names):
                while busy():
                    ticket.check()
                    time.sleep(_PAUSE)
                ticket.deliver(self._progress, f"Mapping {name}, {number + 1} of {len(names)} …")
                section = self._map_one(ticket, model, name)
                if section is not None and name not in self._project.labelled:
                    compared.append(name)
                    yield section

        drift = measure_drift(model, training, mapped())
        for name, found in zip(compared, drift, strict=True):
            ticket.deliver(self._compared, name, found)

    def _map_one(self, ticket: Ticket, model: PixelClassifier, name: str) -> CoreSection | None:
        """Map a photograph and return it; None where it cannot be read, which the project tells then."""
        try:
            section = self._project.read(name)
        except (OSError, ValueError):
            ticket.deliver(self._told, name)
            return None
        maps = map_section(model, section, check=ticket.check)
        ticket.deliver(self._keep, name, maps.segmentation, section.digest)
        return section

    # --- where widgets may be touched -------------------------------------------------------------

    def _keep(self, name: str, segmentation: object, photograph: str) -> None:
        self._project.write_map(name, segmentation, photograph)  # type: ignore[arg-type]  # Maps holds codes
        self._told(name)

    def _compared(self, name: str, found: PhotographDrift) -> None:
        self._project.note_drift(name, found.novelty, found.uncertainty, found.reasons)
        self._told(name)
