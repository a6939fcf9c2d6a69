"""Labels of several photographs under one legend, by the names of classes and not by their codes."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corewidgets.labels.arrays import check_labels
from corewidgets.labels.class_names import name_key, spellings
from corewidgets.labels.legend import Legend

__all__ = ["join_labels"]


def join_labels(
    labels: Sequence[ArrayLike], legends: Sequence[Legend | None], *, sources: Sequence[str] = ()
) -> tuple[list[NDArray[np.uint8]], Legend | None]:
    """Bring the labels of several photographs to one legend, by the names of their classes.

    Two programs seldom number classes alike: code 4 may be Void in one file and Fracture in the next.

    Parameters
    ----------
    labels : sequence of array-like, each (n_rows, n_columns)
        Codes, 0 = unlabelled.
    legends : sequence of Legend or None
        Of each; None where its codes have no names.
    sources : sequence of str, optional
        What errors call each; by default "labels 1", "labels 2" and so on.

    Returns
    -------
    labels : list of ndarray of uint8, (n_rows, n_columns)
        Codes of the joined legend.
    legend : Legend or None
        All classes in the order in which they come first, colored as there; None where none have names.

    Raises
    ------
    ValueError
        Some have names and others none, or there are not as many legends, or sources, as labels.

    Warns
    -----
    UserWarning
        None have names, names differ only in how they are spelled, or a class is rock in some legends only.

    Examples
    --------
    >>> first, second = [[1, 2]], [[1, 2]]
    >>> joined, legend = join_labels([first, second], [Legend(["Mud", "Void"]), Legend(["Void", "Chert"])])
    >>> joined[1].tolist(), legend.names
    ([[2, 3]], ('Mud', 'Void', 'Chert'))
    """
    if len(labels) != len(legends):
        raise ValueError(
            f"There are {len(labels)} arrays of labels but {len(legends)} legends; give as many, or None."
        )
    sources = list(sources) or [f"labels {number}" for number in range(1, len(labels) + 1)]
    if len(sources) != len(labels):
        raise ValueError(
            f"There are {len(labels)} arrays of labels but {len(sources)} sources; give a name for each, or "
            "none."
        )
    checked = [check_labels(one) for one in labels]
    named = [source for source, legend in zip(sources, legends, strict=True) if legend is not None]
    if not named:
        if len(checked) > 1:
            warnings.warn(
                f"The classes of {', '.join(sources)} have codes but no names, so those of one code are "
                "taken "
                "for one class. If another program may have numbered them otherwise, say what the codes "
                "mean: "
                "give a legend for each, or files with names.",
                stacklevel=2,
            )
        return checked, None
    if len(named) < len(legends):
        nameless = ", ".join(source for source in sources if source not in named)
        raise ValueError(
            f"The classes of {', '.join(named)} have names, those of {nameless} have codes only, which may "
            "mean other classes; say what the codes mean: give a legend for all, or files with names."
        )
    given = {source: legend for source, legend in enumerate(legends) if legend is not None}
    names = _common_names(list(given.values()))
    _say_what_is_joined(names, [*given.values()], sources)
    joined = _joined([*given.values()], names)
    return [
        _translated(one, given[number], joined, names, source)
        for number, (one, source) in enumerate(zip(checked, sources, strict=True))
    ], joined


def _common_names(legends: Sequence[Legend]) -> dict[str, str]:
    """Return for each name that which its class has when joined: the first of those that mean the same.

    Names that one legend tells apart stay apart.
    """
    names = dict.fromkeys(name for legend in legends for name in legend.names)
    apart = {
        name_key(name)
        for legend in legends
        for name in legend.names
        if sum(name_key(other) == name_key(name) for other in legend.names) > 1
    }
    first = spellings(names)
    return {name: name if name_key(name) in apart else first[name] for name in names}


def _say_what_is_joined(names: Mapping[str, str], legends: Sequence[Legend], sources: Sequence[str]) -> None:
    """Warn of classes whose names are spelled otherwise, or that are rock in some legends only."""
    others = [f"{name!r} and {common!r}" for name, common in names.items() if name != common]
    if others:
        warnings.warn(
            f"Names that differ only in capitals, gaps or the form of Unicode are one class: "
            f"{', '.join(others)}. "
            "If they are not, rename one.",
            stacklevel=3,
        )
    for common in dict.fromkeys(names.values()):
        having = [
            (source, any(names[name] == common for name in legend.not_rock))
            for source, legend in zip(sources, legends, strict=True)
            if any(names[name] == common for name in legend.names)
        ]
        if len({is_not for _, is_not in having}) > 1:
            marked, unmarked = (
                ", ".join(s for s, is_not in having if is_not is what) for what in (True, False)
            )
            warnings.warn(
                f"The class {common!r} is marked as not rock in {marked}, but not in {unmarked}; it is "
                "taken as not rock everywhere. Mark it in the same way in all legends.",
                stacklevel=3,
            )


def _joined(legends: Sequence[Legend], names: Mapping[str, str]) -> Legend:
    """Return all classes of some legends; one whose color another has already gets a color of its own."""
    colors: dict[str, str | None] = {}
    listed: set[str] = set()
    not_rock: set[str] = set()
    for legend in legends:
        for entry in legend:
            if names[entry.name] not in colors:
                colors[names[entry.name]] = None if entry.color in colors.values() else entry.color
        not_rock.update(names[name] for name in legend.not_rock)
        listed.update(names[legend.name(code)] for code in legend.order)
    order = [code for code, name in enumerate(colors, 1) if name in listed]
    return Legend(list(colors), list(colors.values()), not_rock=not_rock, order=order)


def _translated(
    labels: NDArray[np.uint8], own: Legend, legend: Legend, names: Mapping[str, str], source: str
) -> NDArray[np.uint8]:
    own.check(labels, f"{source} hold", f"add a class to the legend of {source}, or erase these labels")
    table = np.zeros(256, np.uint8)
    table[1 : len(own) + 1] = [legend.code(names[name]) for name in own.names]
    return table[labels]
