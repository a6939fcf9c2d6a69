"""The state of a photograph of a project, in the words of the strip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from corewidgets.cores.section_entry import SectionEntry
from corewidgets.labels.legend import Legend
from corewidgets.project.record import MapRecord, Record
from corewidgets.project.run_maps import BY_RUN

__all__ = ["STATES", "PhotographState", "state_of"]

Number = TypeVar("Number", int, float)

STATES = ("labelled", "mapped", "outdated", "flagged", "corrected", "accepted", "unreadable")


@dataclass(frozen=True)
class PhotographState:
    """A photograph of a project, as far as is known without reading it.

    Attributes
    ----------
    name : str
    file : pathlib.Path or None
    top, base : float or None
        Metres.
    pixels : dict of str to int
        Labelled pixels of each class, by name.
    mapped, outdated, corrected : bool
        Whether it has a map, whether that is of an earlier model or, as far as is known, of the photograph
        that was there before, whether it was corrected by hand.
    flagged : tuple of str
        Why it differs from the training photographs; empty where it does not, or is labelled itself.
    accepted : bool
        Whether a person looked at its map and accepted it.
    problem : str
        Why it cannot be read; empty where nothing is known against it.
    shares : dict of str to float
        Share of the photograph that the map gives to each class, by name.
    """

    name: str
    file: Path | None
    top: float | None
    base: float | None
    pixels: dict[str, int]
    mapped: bool
    outdated: bool
    corrected: bool
    flagged: tuple[str, ...]
    accepted: bool
    problem: str
    shares: dict[str, float]

    @property
    def states(self) -> tuple[str, ...]:
        """The words of `STATES` that hold."""
        holds = (
            bool(self.pixels), self.mapped, self.outdated, bool(self.flagged), self.corrected, self.accepted,
            bool(self.problem),
        )  # fmt: skip
        return tuple(word for word, held in zip(STATES, holds, strict=True) if held)


def state_of(entry: SectionEntry, record: Record, model: str | None, legend: Legend) -> PhotographState:
    """Return the state of an entry.

    Parameters
    ----------
    entry : SectionEntry
    record : Record
    model : str or None
        SHA-256 of the model of now.
    legend : Legend
    """
    made = None if record.map is None or record.map.was_begun else record.map
    return PhotographState(
        entry.name,
        entry.file,
        entry.top,
        entry.base,
        pixels=_named(record.pixels, legend),
        mapped=made is not None,
        outdated=made is not None and not made.corrected and _is_of_earlier(made, model),
        corrected=made is not None and made.corrected,
        flagged=() if record.pixels else tuple((record.drift or {}).get("reasons", ())),
        accepted=record.accepted is not None,
        problem=entry.problem,
        shares={} if made is None else _named(made.shares, legend),
    )


def _is_of_earlier(made: MapRecord, model: str | None) -> bool:
    """Tell whether a map is of an earlier model; that of a run is not, while the project has none."""
    return made.model != model and not (model is None and made.model.startswith(BY_RUN))


def _named(values: Mapping[int, Number], legend: Legend) -> dict[str, Number]:
    """Return values by the names of classes; codes that the legend lacks are left out."""
    return {legend.name(code): value for code, value in sorted(values.items()) if code <= len(legend)}
