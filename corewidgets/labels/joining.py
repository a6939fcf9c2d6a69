"""Labels of several photographs under one legend, by the names of classes and not by their codes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corewidgets.labels.arrays import check_labels
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
        Some have names and others none, or there are not as many legends as labels.

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
    checked = [check_labels(one) for one in labels]
    named = [source for source, legend in zip(sources, legends, strict=True) if legend is not None]
    if not named:
        return checked, None
    if len(named) < len(legends):
        nameless = ", ".join(source for source in sources if source not in named)
        raise ValueError(
            f"The classes of {', '.join(named)} have names, those of {nameless} have codes only, which may "
            "mean other classes; say what the codes mean: give a legend for all, or files with names."
        )
    joined = _joined([legend for legend in legends if legend is not None])
    return [
        _translated(one, legend, joined, source)
        for one, legend, source in zip(checked, legends, sources, strict=True)
        if legend is not None
    ], joined


def _joined(legends: Sequence[Legend]) -> Legend:
    """Return all classes of some legends; one whose color another has already gets a color of its own."""
    colors: dict[str, str | None] = {}
    listed: set[str] = set()
    not_rock: set[str] = set()
    for legend in legends:
        for entry in legend:
            if entry.name not in colors:
                colors[entry.name] = None if entry.color in colors.values() else entry.color
        not_rock.update(legend.not_rock)
        listed.update(legend.name(code) for code in legend.order)
    order = [code for code, name in enumerate(colors, 1) if name in listed]
    return Legend(list(colors), list(colors.values()), not_rock=not_rock, order=order)


def _translated(labels: NDArray[np.uint8], own: Legend, legend: Legend, source: str) -> NDArray[np.uint8]:
    highest = int(labels.max(initial=0))
    if highest > len(own):
        raise ValueError(
            f"{source} hold code {highest}, but their legend ends with code {len(own)} ({own.names[-1]}); "
            "add a class to the legend, or erase these labels."
        )
    table = np.zeros(256, np.uint8)
    table[1 : len(own) + 1] = [legend.code(name) for name in own.names]
    return table[labels]
