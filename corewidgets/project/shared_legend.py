"""One legend for all photographs of a project: classes are brought together by their names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corewidgets.labels.class_list import bring_back, present_codes
from corewidgets.labels.legend import Legend

__all__ = ["SharedLegend"]

Codes = NDArray[np.uint8]


@dataclass(frozen=True)
class SharedLegend:
    """The classes of all photographs.

    Parameters
    ----------
    legend : Legend
    formerly : mapping of str to int
        Codes by the names that classes had before they were renamed: labels that were drawn then have them.
    """

    legend: Legend
    formerly: Mapping[str, int] = field(default_factory=dict)

    def followed_by(self, legend: Legend) -> SharedLegend:
        """Return what becomes of the classes when they are renamed, colored, ordered or get new ones.

        Raises
        ------
        ValueError
            It has fewer classes: their codes are in labels and maps.
        """
        if len(legend) < len(self.legend):
            raise ValueError(
                f"The project has {len(self.legend)} classes, whose codes are in its labels and maps, but "
                f"the legend that is set has {len(legend)}. Delete a class in the labeler: its code stays."
            )
        renamed = {
            old: code
            for code, (old, new) in enumerate(zip(self.legend.names, legend.names, strict=False), start=1)
            if old != new
        }
        formerly = {**self.formerly, **renamed}
        return SharedLegend(legend, {name: code for name, code in formerly.items() if name not in legend})

    def translated(self, labels: Codes, own: Legend | None) -> tuple[Codes, SharedLegend]:
        """Bring labels to the codes of this legend.

        Parameters
        ----------
        labels : ndarray of uint8, (n_rows, n_columns)
        own : Legend or None
            What their codes mean; None where they are those of this legend.

        Returns
        -------
        labels : ndarray of uint8, (n_rows, n_columns)
        legend : SharedLegend
            With the classes that it lacked, and with those that were deleted but have labels.
        """
        used = [code for code in present_codes(labels) if code]
        highest = max(used, default=1)
        own = own or (self.legend if highest <= len(self.legend) else self.named(highest))
        legend, table = self.legend, np.zeros(256, np.uint8)
        for code in used:
            name = own.name(code)
            if name not in legend and name not in self.formerly:
                color = own.colors[code - 1]
                legend = legend.add(name, None if color in legend.colors else color)
                if name in own.not_rock:
                    legend = legend.mark_not_rock(*legend.not_rock, name)
            table[code] = legend.code(name) if name in legend else self.formerly[name]
        brought = labels if all(table[code] == code for code in used) else table[labels]
        return brought, SharedLegend(bring_back(legend, present_codes(brought)), self.formerly)

    def named(self, highest: int) -> Legend:
        """Return names for codes up to a highest one, of labels that came without, each time the same.

        They are those of this legend, and "Class 4" of code 4 where it ends before. A class that was named so
        may have another code here.
        """
        known = self.legend.names
        names = [f"Class {code}" for code in range(1, highest + 1)]
        for number, name in enumerate(known[:highest]):
            if not re.fullmatch(r"Class \d+", name):
                names[number] = name
        return Legend(names)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {**self.legend.to_dict(), "formerly": dict(self.formerly)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> SharedLegend:
        """Make it from what `to_dict` gave.

        Raises
        ------
        ValueError
            It is no legend.
        """
        formerly = values.get("formerly", {})
        if not isinstance(formerly, dict) or not all(isinstance(code, int) for code in formerly.values()):
            raise ValueError(f"formerly must be names with codes, but it is {formerly!r:.80}.")
        return cls(Legend.from_dict(values), formerly)
