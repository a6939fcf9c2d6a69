"""What became of a section, in a file that is written last: without it the section is not done."""

from __future__ import annotations

import dataclasses
import errno
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

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
        What was noticed on reading it, and what was corrected before it was mapped.
    image : str
        SHA-256 of the photograph's file, and of the second one's after a space.
    n_rows, n_columns : int
    counts : dict of str to int
        Pixels by code.
    uncertainty : float
        Mean over the pixels, 0 (certain) to 1.
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
        try:
            write_json(folder.record(self.name), asdict(self))
        except OSError as error:
            if error.errno != errno.ENAMETOOLONG:
                raise
            write_json(folder.record_instead(self.name), asdict(self))

    def is_of(self, lane: Lane, settings: str) -> bool:
        """Return whether the record is of a lane as it is now, under the same settings."""
        return self.name == lane.name and self.place == place_of(lane) and self.settings == settings


def read_record(folder: RunFolder, name: str) -> SectionRecord | None:
    """Return the record of a section, or None where there is none, or one that was cut short.

    Raises
    ------
    ValueError
        The file is whole, but a run would not write what it says.
    """
    for path in (folder.record(name), folder.record_instead(name)):
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            continue
        problem = _problem(values)
        if problem:
            raise ValueError(
                f"The record '{path}' was edited or is damaged: {problem}. Delete it, and start the run "
                "again: its section is then segmented again."
            )
        return SectionRecord(**values)
    return None


def _problem(values: Any) -> str:
    """Return what is wrong with the values of a record, "" for nothing."""
    if not isinstance(values, dict):
        return f"it holds {type(values).__name__}, not a JSON object"
    fields = {field.name for field in dataclasses.fields(SectionRecord)}
    for name in ("name", "state", "settings", "place"):
        if name not in values:
            return f"{name!r} is missing"
    for name, value in values.items():
        if name not in fields:
            return f"{name!r} is not one of its fields"
        if not _RULES[name].holds(value):
            return f"{name} is {value!r:.80}, but it must be {_RULES[name].rule}"
    return _count_problem(values)


def _count_problem(values: Mapping[str, Any]) -> str:
    """Return which pixel counts of a mapped section contradict each other, "" for none."""
    if values["state"] == DONE and values.get("counts") is None:
        return "the section is done, but counts is missing"
    if values.get("counts") is None:
        return ""
    n_counted, n_rows, n_columns = (
        sum(values["counts"].values()),
        values.get("n_rows"),
        values.get("n_columns"),
    )
    if not n_counted or n_counted != (n_rows or 0) * (n_columns or 0):
        return f"counts has {n_counted} pixels, but the section has {n_rows} rows and {n_columns} columns"
    return ""


class _Rule(NamedTuple):
    """What a value must be, as a test and in words."""

    holds: Callable[[Any], bool]
    rule: str


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: Any, most: float) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= most


def _is_counts(value: Any) -> bool:
    codes = {str(code) for code in range(256)}
    return isinstance(value, dict) and value.keys() <= codes and all(map(_is_whole, value.values()))


_TEXT = _Rule(lambda value: isinstance(value, str), "text")
_WHOLE = _Rule(_is_whole, "a whole number from 0")
_RULES = {
    **dict.fromkeys(("name", "settings", "place", "error", "warning", "image", "map"), _TEXT),
    **dict.fromkeys(("n_rows", "n_columns"), _WHOLE),
    "state": _Rule(lambda value: value in (DONE, FAILED), f"{DONE} or {FAILED}"),
    "counts": _Rule(
        lambda value: value is None or _is_counts(value), "a number of pixels from 0 for each code"
    ),
    "uncertainty": _Rule(lambda value: value is None or _is_number(value, 1), "from 0 to 1"),
    "seconds": _Rule(lambda value: value is None or _is_number(value, 1e12), "a number of seconds from 0"),
    "corrected": _Rule(lambda value: isinstance(value, bool), "true or false"),
}


def place_of(lane: Lane) -> str:
    """Return crop and rotation of a lane in words that differ when they do."""
    if lane.shape is not None:
        ties = f", {lane.top} to {lane.base} by {lane.shape.ties_text()}" if lane.shape.ties else ""
        return f"corners {lane.shape.corners_text}{ties}"
    return f"{lane.crop or 'whole'}, turned {lane.rotation}"
