"""Names of classes that mean the same: capitals, gaps and the form of Unicode make no other class."""

import unicodedata
from collections.abc import Iterable, Mapping

from corewidgets.labels.legend import Legend

__all__ = ["code_of", "name_key", "spellings"]


def name_key(name: str) -> str:
    """Return what names that mean the same have in common.

    Parameters
    ----------
    name : str

    Returns
    -------
    str

    Examples
    --------
    >>> name_key("Carb  TAN") == name_key("carb tan")
    True
    """
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
    return " ".join(folded.split())


def code_of(legend: Legend, name: str) -> int:
    """Look up the code of a class whose name may be spelled otherwise.

    Parameters
    ----------
    legend : Legend
    name : str
        As it is in the legend or, where only one class is meant, in other capitals or with other gaps.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        There is no such class, or several are meant.
    """
    if name not in legend:
        same = [other for other in legend.names if name_key(other) == name_key(name)]
        if len(same) == 1:
            name = same[0]
    return legend.code(name)


def spellings(names: Iterable[str]) -> Mapping[str, str]:
    """Return for each name its first spelling among them.

    Parameters
    ----------
    names : iterable of str

    Returns
    -------
    dict
        From each name to the one that came first of those that mean the same.

    Examples
    --------
    >>> spellings(["Mud", "Sand", "MUD"])["MUD"]
    'Mud'
    """
    first: dict[str, str] = {}
    return {name: first.setdefault(name_key(name), name) for name in names}
