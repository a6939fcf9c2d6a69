"""Deletion and order of the classes of a legend, under which every code keeps its meaning.

Maps, models and sessions hold codes. Were a class removed from its legend, those behind it would get other
codes, or a class that is added later its code; maps that were made before would then be named and colored
wrongly. So a code never becomes that of another class: a class that is deleted only leaves the list.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import SupportsIndex

import numpy as np
from numpy.typing import NDArray

from corewidgets.labels.legend import Legend

__all__ = ["bring_back", "carry_on", "delete_class", "move_class", "present_codes", "with_classes_of"]


def delete_class(legend: Legend, name: str) -> Legend:
    """Take a class off the list; its code stays with it.

    Parameters
    ----------
    legend : Legend
    name : str
        Name of a class on the list. Labels that have its code are to be erased by the caller.

    Returns
    -------
    Legend

    Raises
    ------
    ValueError
        There is no such class on the list, or it is the only one.

    Examples
    --------
    >>> legend = delete_class(Legend(["Matrix", "Clast", "Void"]), "Clast")
    >>> legend.order, legend.code("Void")
    ((1, 3), 3)
    >>> legend.add("Clast").order
    (1, 3, 2)
    """
    code = _listed(legend, name)
    if len(legend.order) == 1:
        raise ValueError(f"{name!r} is the only class; add another one before it is deleted, or rename it.")
    return _reordered(legend, (other for other in legend.order if other != code))


def move_class(legend: Legend, name: str, steps: int) -> Legend:
    """Move a class up (less than 0) or down the list; it stops at the ends.

    Parameters
    ----------
    legend : Legend
    name : str
        Name of a class on the list.
    steps : int
        How many places.

    Returns
    -------
    Legend
        All codes, names and colors are those of before.

    Raises
    ------
    ValueError
        There is no such class on the list.

    Examples
    --------
    >>> move_class(Legend(["Matrix", "Clast", "Void"]), "Void", -1).order
    (1, 3, 2)
    """
    code = _listed(legend, name)
    others = [other for other in legend.order if other != code]
    place = min(max(legend.order.index(code) + steps, 0), len(others))
    return _reordered(legend, [*others[:place], code, *others[place:]])


def bring_back(legend: Legend, codes: Iterable[SupportsIndex]) -> Legend:
    """Add deleted classes to the end of the list again where labels have their codes.

    Parameters
    ----------
    legend : Legend
    codes : iterable of int
        Codes of the legend; 0, and those of classes on the list, are passed over.

    Returns
    -------
    Legend
    """
    missing = sorted({int(code) for code in codes} - {0, *legend.order})
    return _reordered(legend, [*legend.order, *missing]) if missing else legend


def carry_on(earlier: Legend, now: Legend) -> Legend:
    """Return an earlier legend, with the classes that came later as deleted ones.

    Parameters
    ----------
    earlier, now : Legend
        A legend, and what became of it: it has the same codes and perhaps more.

    Returns
    -------
    Legend
        As long as `now`: a class that is added next gets a code that no class has had.
    """
    legend = earlier
    for entry in [*now][len(earlier) :]:
        name = entry.name
        while name in legend:
            name = f"{name} (deleted)"
        legend = Legend(
            [*legend.names, name], [*legend.colors, entry.color],
            not_rock=[*legend.not_rock, *([name] if entry.name in now.not_rock else [])],
            order=earlier.order,
        )  # fmt: skip
    return legend


def with_classes_of(legend: Legend, other: Legend) -> Legend:
    """Return the first legend with the classes of the other that it has not, at its end.

    Parameters
    ----------
    legend : Legend
        Its codes and colors stay.
    other : Legend
        A class keeps its color where that is free, and is no rock where either legend says so.

    Returns
    -------
    Legend
    """
    for entry in other:
        if entry.name not in legend:
            legend = legend.add(entry.name, entry.color if entry.color not in legend.colors else None)
    not_rock = {*legend.not_rock, *other.not_rock}
    return legend.mark_not_rock(*not_rock) if not_rock else legend


def present_codes(labels: NDArray[np.uint8]) -> list[int]:
    """Return the codes that labels have, 0 among them, in ascending order."""
    labelled = labels[labels > 0]  # few of many: to count all of a large photograph takes long
    codes = [int(code) for code in np.flatnonzero(np.bincount(labelled, minlength=256))]
    return codes if labelled.size == labels.size else [0, *codes]


def _listed(legend: Legend, name: str) -> int:
    """Return the code of a class that is on the list, or raise."""
    code = legend.code(name)
    if code not in legend.order:
        names = ", ".join(legend.name(other) for other in legend.order)
        raise ValueError(f"The class {name!r} was deleted; choose from {names}.")
    return code


def _reordered(legend: Legend, order: Iterable[int]) -> Legend:
    return Legend(legend.names, legend.colors, not_rock=legend.not_rock, order=[*order])
