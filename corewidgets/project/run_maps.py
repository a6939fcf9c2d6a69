"""The maps that a run made, to be taken into a project."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corewidgets.batch.core_run import current_record
from corewidgets.batch.run_folder import RunFolder
from corewidgets.batch.section_map import read_map
from corewidgets.batch.section_record import DONE, SectionRecord
from corewidgets.batch.settings import settings_digest
from corewidgets.cores.core import Lane
from corewidgets.labels.legend import Legend
from corewidgets.links import at_home

__all__ = ["BY_RUN", "RunMap", "RunMaps", "run_folders"]

BY_RUN = "run "
"""Begins what a record says of the model of a map that came from a run; the model's digest follows."""


@dataclass(frozen=True)
class RunMap:
    """The map of a section of a run.

    Attributes
    ----------
    lane : Lane
    file : pathlib.Path
    legend : Legend
        That of the run.
    model : str
        What a project's record says of the model.
    record : SectionRecord
        What the run says of the map as it is now.
    """

    lane: Lane
    file: Path
    legend: Legend
    model: str
    record: SectionRecord

    @property
    def shares(self) -> dict[int, float]:
        """Share of each class, by code of the run."""
        n_pixels = self.record.n_rows * self.record.n_columns
        counts = self.record.counts or {}
        return {int(code): count / n_pixels for code, count in counts.items() if int(code)}

    def read(self) -> NDArray[np.uint8]:
        """Read it, (n_rows, n_columns), in codes of the run.

        Raises
        ------
        OSError, ValueError
            It cannot be read.
        """
        return read_map(self.file, (self.record.n_rows, self.record.n_columns), self.legend)


class RunMaps:
    """The maps of a run as they are now, finished or not.

    Parameters
    ----------
    folder : pathlib.Path
        The folder of the run.

    Attributes
    ----------
    legend : Legend
    model_digest : str
        As `run_settings` has it.
    core : Core

    Raises
    ------
    FileNotFoundError
        There is no run.
    OSError, ValueError
        The description of the run cannot be read, or was edited.
    """

    def __init__(self, folder: Path) -> None:
        files = RunFolder(Path(os.path.realpath(folder)))
        about = files.read_about()
        if about is None:
            raise FileNotFoundError(f"There is no run in '{folder}' any more; open it where it is now.")
        self.legend = Legend.from_dict(about["settings"]["legend"])
        self.model_digest = str(about["settings"]["model"])
        self.core = files.core_of(about["core"])
        self._files, self._settings = files, settings_digest(about["settings"])

    @property
    def model(self) -> str:
        """What the record of a project says of the model."""
        return BY_RUN + self.model_digest

    def map_of(self, lane: Lane) -> RunMap | None:
        """Return the map of a section as it is now, None where it is not done.

        Raises
        ------
        OSError, ValueError
            What the run says of it cannot be read, or was edited.
        """
        record = current_record(self._files, self._settings, lane, self.legend)
        if record is None or record.state != DONE:
            return None
        return RunMap(lane, self._files.segmentation(lane.name), self.legend, self.model, record)

    @property
    def maps(self) -> list[RunMap]:
        """Those that are done, in the order of the core; all records are read."""
        return [made for lane in self.core if (made := self.map_of(lane)) is not None]

    @property
    def classes(self) -> list[str]:
        """Names of the classes that are in the maps; all records are read."""
        codes = sorted({code for made in self.maps for code in made.shares})
        return [self.legend.name(code) for code in codes]


def run_folders(photographs: Any) -> list[Path]:
    """Return the folders of runs among what was given to be opened."""
    if isinstance(photographs, (str, os.PathLike)):
        given: Iterable[Any] = [photographs]
    else:
        given = photographs if isinstance(photographs, (list, tuple)) else []
    paths = [at_home(one) for one in given if isinstance(one, (str, os.PathLike))]
    return [path for path in paths if RunFolder(path).about.is_file()]
