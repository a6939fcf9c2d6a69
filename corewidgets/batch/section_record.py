"""What became of a section, in a file that is written last: without it the section is not done."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from corewidgets.batch.run_folder import RunFolder, write_json
from corewidgets.cores.core import Lane

DONE, FAILED, WAITING = "done", "failed", "waiting"


@dataclass(frozen=True)
class SectionRecord:
    """What became of a section.

    Parameters
    ----------
    name : str
    state : {"done", "failed"}
    settings : str
        Digest of the settings of the run.
    place : str
        Crop and rotation in the photograph.
    error : str
        Why it failed, in words.
    warning : str
        What was noticed on reading it.
    image : str
        SHA-256 of the photograph's file, and of the second one's after a space.
    n_rows, n_columns : int
    counts : dict of str to int
        Pixels by code.
    uncertainty : float
        Mean over the pixels, 0 (sure) to 1.
    seconds : float
        From the photograph to the last file.
    map : str
        SHA-256 of the file of the map that `counts` are of; "" in a record of version 0.1.
    corrected : bool
        Whether somebody changed the map after the run had written it.
    """

    name: str
    state: str
    settings: str
    place: str
    error: str = ""
    warning: str = ""
    image: str = ""
    n_rows: int = 0
    n_columns: int = 0
    counts: dict[str, int] | None = None
    uncertainty: float | None = None
    seconds: float | None = None
    map: str = ""
    corrected: bool = False

    def write(self, folder: RunFolder) -> None:
        """Write the record, whole or not at all."""
        write_json(folder.record(self.name), asdict(self))

    def is_of(self, lane: Lane, settings: str) -> bool:
        """Return whether the record is of a lane as it is now, under the same settings."""
        return self.name == lane.name and self.place == place_of(lane) and self.settings == settings


def read_record(folder: RunFolder, name: str) -> SectionRecord | None:
    """Return the record of a section, or None where there is none that can be read."""
    try:
        values: dict[str, Any] = json.loads(folder.record(name).read_text(encoding="utf-8"))
        return SectionRecord(**values)
    except (OSError, ValueError, TypeError):
        return None


def place_of(lane: Lane) -> str:
    """Return crop and rotation of a lane in words that differ when they do."""
    return f"{lane.crop or 'whole'}, turned {lane.rotation}"
