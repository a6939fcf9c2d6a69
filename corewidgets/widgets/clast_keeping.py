"""Where what was done to clasts is kept: in the project, or beside the photograph."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from corewidgets.cores.section import CoreSection
from corewidgets.geology.clast_table import ClastTable
from corewidgets.labels.legend import Legend
from corewidgets.project.kept_file import KeptFile
from corewidgets.project.layout import read_json, write_json
from corewidgets.project.project import Project

__all__ = ["ClastKeeping", "FileClasts", "ProjectClasts"]

Codes = NDArray[np.uint8]


class ClastKeeping(Protocol):
    """Opens the clasts of a map, with what was done to them, and keeps what is done."""

    def open(self, section: CoreSection, codes: Codes, legend: Legend, **settings: Any) -> ClastTable:
        """Return the clasts of a map; the settings count where nothing was done yet."""

    def keep(self, table: ClastTable) -> bool:
        """Keep what was done; return whether it is kept outside of the table."""


class ProjectClasts:
    """Keeps them in a project.

    Parameters
    ----------
    project : Project
    name : str
        Of the photograph.
    """

    def __init__(self, project: Project, name: str) -> None:
        self._project, self._name = project, name

    def open(self, section: CoreSection, codes: Codes, legend: Legend, **settings: Any) -> ClastTable:
        """Return the clasts of a map."""
        found = self._project.clasts(self._name, section, codes, **settings)
        return ClastTable(section, codes, legend, **settings) if found is None else found

    def keep(self, table: ClastTable) -> bool:
        """Keep what was done in the project."""
        self._project.write_clasts(self._name, table)
        return True


class FileClasts:
    """Keeps them in a file.

    Parameters
    ----------
    path : pathlib.Path or None
        None keeps nothing.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._file = None if path is None else KeptFile(path)

    def open(self, section: CoreSection, codes: Codes, legend: Legend, **settings: Any) -> ClastTable:
        """Return the clasts of a map."""
        if self._file is None or not self._file.path.exists():
            return ClastTable(section, codes, legend, **settings)
        self._file.remember()
        return ClastTable.from_dict(read_json(self._file.path), section, codes, legend)

    def keep(self, table: ClastTable) -> bool:
        """Keep what was done in the file, if there is one."""
        if self._file is None:
            return False
        self._file.write(lambda path: write_json(path, table.to_dict()))
        return True
