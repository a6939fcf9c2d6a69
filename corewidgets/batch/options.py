"""What may be said of a run over a core: where it is computed, and what is kept of it besides the maps."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from corewidgets.batch.watch import GIVE_UP_AFTER
from corewidgets.learning.uncertainty import UNCERTAINTIES

__all__ = ["SCHEDULER", "Kept", "Processes", "processes_around", "with_earlier"]

SCHEDULER = "COREWIDGETS_SCHEDULER"
"""Environment variable with the address of a Dask scheduler, for the workbenches of a JupyterLab."""

Group = TypeVar("Group", "Kept", "Processes")


@dataclass(frozen=True)
class Kept:
    """What a run keeps besides one map per section.

    Parameters
    ----------
    probabilities : bool
        Whether to keep the probabilities of the classes, compressed.
    uncertainty : {"entropy", "margin"}, optional
        Kind of uncertainty to keep for each pixel. Its mean is always in the table, by the entropy if no kind
        is given.
    scores : mapping, optional
        Plain values to keep with the run, such as `Evaluation.to_dict()`; by default those that the file of
        the model holds.
    model_file : path, optional
        Where the model is, for those who read the run; by default the file that `segment_core` reads it from.

    Raises
    ------
    ValueError
        There is no such kind of uncertainty.
    """

    probabilities: bool = False
    uncertainty: str | None = None
    scores: Mapping[str, Any] | None = None
    model_file: str | os.PathLike[str] | None = None

    def __post_init__(self) -> None:
        if self.uncertainty is not None and self.uncertainty not in UNCERTAINTIES:
            raise ValueError(
                f"uncertainty is {self.uncertainty!r}; choose from {', '.join(map(repr, UNCERTAINTIES))}."
            )


@dataclass(frozen=True)
class Processes:
    """The processes that segment a core.

    Parameters
    ----------
    client : distributed.Client or str, optional
        A Dask cluster or the address of its scheduler. Its processes must see the photographs and the folder
        of the run under the same names. Without it, processes are started on this machine.
    n_workers : int, optional
        Processes on this machine, where no client is given; without it, one for each processor core, as far
        as memory allows.
    retries : int
        How often Dask tries a section again after an error that may pass, such as one of a network.
    connect : callable, optional
        Called with the Dask client before the first section, such as to show its `dashboard_link`.
    give_up_after : float, optional
        Seconds that a section may take. One that takes longer has failed, its process is restarted, and
        the others go on; None for any time.
    report : callable, optional
        Called with a line about a section that takes long, first after 60 seconds; without it, the line is
        written to the standard error stream.

    Raises
    ------
    ValueError
        `n_workers` is below 1, `retries` below 0, or `give_up_after` is not above 0.
    """

    client: Any = None
    n_workers: int | None = None
    retries: int = 2
    connect: Callable[[Any], None] | None = None
    give_up_after: float | None = GIVE_UP_AFTER
    report: Callable[[str], object] | None = None

    def __post_init__(self) -> None:
        for name, least in (("n_workers", 1), ("retries", 0)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise ValueError(f"{name} must be {least} or more, but is {value}.")
        if self.give_up_after is not None and not self.give_up_after > 0:
            raise ValueError(
                f"give_up_after must be seconds above 0, or None for any time, but is {self.give_up_after}."
            )


def processes_around() -> Processes | None:
    """Return the Dask cluster that the environment names; None where it names none."""
    address = os.environ.get(SCHEDULER)
    return Processes(address) if address else None


def with_earlier(
    kept: Kept | None, processes: Processes | None, earlier: Mapping[str, Any]
) -> tuple[Kept, Processes]:
    """Return both groups, with what is given by the keywords that `segment_core` had in version 0.1.

    Parameters
    ----------
    kept : Kept or None
    processes : Processes or None
    earlier : mapping
        Other keywords by name.

    Raises
    ------
    TypeError
        A keyword is not known, or is given besides the group that it belongs to.

    Warns
    -----
    FutureWarning
        If there are earlier keywords.
    """
    left = dict(earlier)
    groups = (_group("kept", Kept, kept, left), _group("processes", Processes, processes, left))
    if left:
        raise TypeError(f"segment_core has no option {', '.join(map(repr, left))}.")
    return groups


def _group(name: str, made: type[Group], given: Group | None, left: dict[str, Any]) -> Group:
    """Return a group as given, or made of the keywords that are left; these are taken out."""
    found = {field: left.pop(field) for field in made.__annotations__ if field in left}
    if found and given is not None:
        raise TypeError(
            f"{', '.join(found)} and {name} are both given; put all of them in {name}={made.__name__}(...)."
        )
    if found:
        told = ", ".join(f"{option}=..." for option in found)
        warnings.warn(
            f"segment_core({told}) is now segment_core({name}=cw.{made.__name__}({told})); the earlier form "
            "will be removed in version 1.",
            FutureWarning,
            stacklevel=4,
        )
    return made(**found) if given is None else given
