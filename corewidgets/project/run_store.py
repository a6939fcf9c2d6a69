"""The runs whose maps a project is to take over, kept until that is done."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from corewidgets.project.layout import ProjectLayout
from corewidgets.project.map_store import MapStore
from corewidgets.project.map_taking import MapTaking

__all__ = ["RunStore"]

_NOT_TAKEN = "The maps of the run in '{}' are not taken over. {}"


class RunStore(MapStore):
    """The runs that were opened with a project, beside its maps; `Project` is built on it."""

    def __init__(self, layout: ProjectLayout) -> None:
        super().__init__(layout)
        self.notes: list[str] = []
        self._runs = layout.found_from_here(layout.read_about().get("runs"))

    @property
    def runs(self) -> list[Path]:
        """Folders of the runs whose maps are not taken over to the end; `take_maps` does."""
        return list(self._runs)

    def take_maps(self) -> None:
        """Take the maps of `runs` where no map is that is to stay; `notes` tells what cannot be taken.

        Where the project cannot be written, what was taken stays, and the next call goes on.
        """
        for folder in self.runs:
            taking = self.taking(folder)
            if taking is None:
                continue
            try:
                for name in taking.names:
                    if told := taking.take(name):
                        self.notes.append(told)
            except OSError as error:
                self.notes.append(_NOT_TAKEN.format(folder, error))
                return
        self.forget_runs()

    def taking(self, folder: Path) -> MapTaking | None:
        """Return what takes the maps of a run; None, and a note, where none can be taken."""
        try:
            return MapTaking(self, folder)
        except (OSError, ValueError) as error:
            self.notes.append(_NOT_TAKEN.format(folder, error))
            return None

    def forget_runs(self) -> None:
        """Note that all maps of `runs` are taken over that can be."""
        self._keep_runs([])

    def _keep_runs(self, runs: list[Path]) -> None:
        """Keep which runs are to be taken over, so that whoever opens the project next goes on."""
        self._runs = list({os.path.realpath(folder): folder for folder in runs}.values())
        about, seen = self._layout.read_about(), self._layout.seen_from_here(self._runs)
        if seen != about.get("runs", []):
            with suppress(OSError):  # then nothing is taken either
                self._layout.write_about(about | {"runs": seen})
