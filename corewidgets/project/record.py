"""What is known of a photograph of a project: its labels in numbers, by whom and when, its map, its state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from corewidgets.learning.light import Light
from corewidgets.project.kept_file import set_aside
from corewidgets.project.layout import read_json, write_json
from corewidgets.project.when import now

__all__ = ["Edit", "MapRecord", "Record", "counted"]

Number = TypeVar("Number", int, float)


@dataclass(frozen=True)
class Edit:
    """Who has labelled a photograph, from when to when, in how many strokes."""

    user: str
    first: str
    last: str
    strokes: int


@dataclass(frozen=True)
class MapRecord:
    """Where a map comes from.

    Attributes
    ----------
    model : str
        SHA-256 of the file of the model; empty where a person made it.
    file : str
        SHA-256 of the map: another one means that it was corrected in another program.
    corrected : bool
        Whether it was corrected by hand.
    when : str
    shares : dict of int to float
        Share of the photograph of each class, by code.
    next : str
        SHA-256 of the map that was about to replace it, in case nobody came to write more.
    lights : dict of str to Light
        What was corrected before the photograph was mapped, by its name.
    """

    model: str
    file: str
    corrected: bool
    when: str
    shares: dict[int, float] = field(default_factory=dict)
    next: str = ""
    lights: dict[str, Light] = field(default_factory=dict)

    @property
    def was_begun(self) -> bool:
        """Whether it is the first map of a photograph, and was not written to its end."""
        return bool(self.next) and not (self.file or self.corrected)


@dataclass(frozen=True)
class Record:
    """What is known of a photograph.

    Attributes
    ----------
    labels : str
        SHA-256 of the file of labels that `pixels` were counted in; empty without labels.
    pixels : dict of int to int
        Labelled pixels of each class, by code.
    edits : tuple of Edit
        One for each person.
    map : MapRecord or None
    accepted : tuple of str or None
        Who looked at the map and accepted it, and when.
    drift : dict or None
        What `measure_drift` found: ``novelty``, ``uncertainty`` and ``reasons``.
    """

    labels: str = ""
    pixels: dict[int, int] = field(default_factory=dict)
    edits: tuple[Edit, ...] = ()
    map: MapRecord | None = None
    accepted: tuple[str, str] | None = None
    drift: dict[str, Any] | None = None

    def with_labels(self, digest: str, pixels: Mapping[int, int], user: str | None) -> Record:
        """Return the record after a stroke; without a user, after labels were only counted anew."""
        changed = replace(self, labels=digest, pixels=dict(pixels))
        if user is None:
            return changed
        own = next((edit for edit in self.edits if edit.user == user), Edit(user, now(), now(), 0))
        own = replace(own, last=now(), strokes=own.strokes + 1)
        return replace(changed, edits=(*(edit for edit in self.edits if edit.user != user), own))

    def write(self, path: Path) -> None:
        """Write the record, whole or not at all; a damaged one is kept beside it under another name."""
        try:
            _read(path)
        except FileNotFoundError:
            pass
        except _DAMAGED:
            set_aside(path)
        write_json(path, asdict(self))

    @classmethod
    def read(cls, path: Path) -> Record:
        """Read a record; one that is missing or damaged is empty. What a newer version adds is left out."""
        try:
            return _read(path)
        except (FileNotFoundError, *_DAMAGED):
            return cls()


_DAMAGED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
_PLAIN = {"str": str, "int": int, "bool": bool}


def _read(path: Path) -> Record:
    values = read_json(path)
    accepted = values.get("accepted")
    return Record(
        str(values.get("labels", "")),
        _by_code(values.get("pixels", {}), int),
        tuple(Edit(**_known(Edit, edit)) for edit in values.get("edits", ())),
        _read_map(values.get("map")),
        None if accepted is None else (str(accepted[0]), str(accepted[1])),
        _read_drift(values.get("drift")),
    )


def _by_code(values: Any, kind: Callable[[Any], Number]) -> dict[int, Number]:
    """Return numbers of classes by their codes."""
    numbers = {int(code): kind(number) for code, number in values.items()}
    if not all(0 < code < 256 for code in numbers):
        raise ValueError(f"codes of classes are 1 to 255, but here they are {sorted(numbers)}")
    return numbers


def _read_drift(values: Any) -> dict[str, Any] | None:
    if values is None:
        return None
    return {**values, "reasons": [str(reason) for reason in values.get("reasons", ())]}


def _read_map(values: Any) -> MapRecord | None:
    if values is None:
        return None
    shares = _by_code(values.get("shares", {}), float)
    lights = {name: Light.from_dict(light) for name, light in values.get("lights", {}).items()}
    return MapRecord(**{**_known(MapRecord, values), "shares": shares, "lights": lights})


def _known(kind: type[Edit | MapRecord], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return those values that this version knows; text, numbers and marks must be that."""
    kinds = {each.name: _PLAIN.get(str(each.type)) for each in fields(kind)}
    for name, value in values.items():
        if (plain := kinds.get(name)) is not None and type(value) is not plain:
            raise TypeError(f"{name} is {value!r:.80}, but it must be of type {plain.__name__}")
    return {name: value for name, value in values.items() if name in kinds}


def counted(codes: NDArray[np.uint8]) -> dict[int, int]:
    """Return how many pixels each class has, by code, those that have some; 0 is none."""
    counts = np.bincount(codes.ravel(), minlength=256)
    return {int(code): int(counts[code]) for code in np.flatnonzero(counts) if code}
