"""The maps of a run on their way into a project, one by one: the project can be used meanwhile."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import Any

from corewidgets.batch.settings import model_digest
from corewidgets.cores.section_entry import SectionEntry
from corewidgets.project.map_store import MapStore
from corewidgets.project.run_maps import RunMap, RunMaps

__all__ = ["MapTaking", "place_of_entry"]


class MapTaking:
    """Takes the maps of a run into a project.

    Which maps are there still to be taken is told by the files of both: one that was killed, or stopped, is
    gone on with by another.

    Parameters
    ----------
    project : MapStore
        A `Project`.
    folder : pathlib.Path
        The folder of the run. No file in it is changed.

    Raises
    ------
    OSError, ValueError
        There is no run, what it says of itself or of its maps cannot be read, or the project lacks some of
        the classes of the maps.
    """

    def __init__(self, project: MapStore, folder: Path) -> None:
        self._project, self._run = project, RunMaps(folder)
        known = set(project.class_names)
        if not known.issuperset(self._run.legend.names):  # else no record need be read for it
            lacking = [name for name in self._run.classes if name not in known]
            if lacking:
                raise ValueError(
                    f"The project has no class {', '.join(map(repr, lacking))}; add what is missing to its "
                    "classes, and open the run again."
                )
        lanes = {place_of_entry(SectionEntry.of_lane(lane)): lane for lane in self._run.core}
        places = {entry.name: place_of_entry(entry) for entry in project.entries}
        self._lanes = {name: lanes[place] for name, place in places.items() if place in lanes}

    @property
    def names(self) -> list[str]:
        """Names of the photographs of the project that are in the run, in the order of the project."""
        return list(self._lanes)

    def waits(self, name: str) -> bool:
        """Tell whether the run has a map of a photograph that is to be taken; may be called in a thread.

        Where that cannot be told, `take` says why.
        """
        try:
            found = self._found(name)
            return found is not None and self._project.gives_way(name, found)
        except (OSError, ValueError):
            return True

    def take(self, name: str) -> str:
        """Take the map of a photograph, if there is one and none is that is to stay.

        Returns
        -------
        str
            Why it cannot be taken, in words; empty where nothing is wrong.

        Raises
        ------
        OSError
            The project cannot be written.
        """
        try:
            found = self._found(name)
        except (OSError, ValueError) as error:
            return _told(name, error)
        try:
            if found is not None:
                self._project.take_map(name, found, lambda: self._model)
        except ValueError as error:
            return _told(name, error)
        return ""

    def _found(self, name: str) -> RunMap | None:
        return self._run.map_of(self._lanes[name]) if name in self._lanes else None

    @cached_property
    def _model(self) -> str:
        """What is noted of the model: that of the project where the run used it, else that of the run."""
        own = self._project.model
        of_own = own is not None and model_digest(own) == self._run.model_digest
        return str(self._project.model_digest) if of_own else self._run.model


def _told(name: str, error: Exception) -> str:
    return f"{name}: the map of the run is not taken over. {error}"


def place_of_entry(entry: SectionEntry) -> tuple[str, Any]:
    """Return what tells a photograph from others: its file, and which part of it."""
    return os.path.realpath(entry.file or ""), entry.shape.corners if entry.shape else entry.crop
