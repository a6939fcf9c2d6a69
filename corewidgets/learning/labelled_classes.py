"""Labels with the names of their codes: which classes there are, and where some of their pixels lie."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from corewidgets.labels.arrays import regions
from corewidgets.labels.legend import Legend

__all__ = ["LabelledClasses", "draw_pixels"]


@dataclass(frozen=True, eq=False)
class LabelledClasses:
    """Labels and a legend, either of which may be missing.

    Parameters
    ----------
    labels : array, shape (n_rows, n_columns), uint8, or None
        0 = unlabelled.
    given : Legend or None
        Names of the codes; without one they are called "Class 1" and so on.
    """

    labels: npt.NDArray[np.uint8] | None = None
    given: Legend | None = None

    @cached_property
    def legend(self) -> Legend:
        """The legend, or one made for the codes that there are."""
        if self.given is not None:
            return self.given
        highest = 0 if self.labels is None else int(self.labels.max(initial=0))
        return Legend.of_codes(max(highest, 1))

    @cached_property
    def n_pixels(self) -> dict[str, int]:
        """How many pixels of each class are labelled, those of none left out."""
        if self.labels is None:
            return {}
        counts = np.bincount(self.labels.ravel(), minlength=256)
        return {entry.name: int(counts[entry.code]) for entry in self.legend if counts[entry.code]}

    def pixels_of(self, name: str, n_most: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return rows and columns of some pixels of a class, drawn evenly from its regions.

        Raises
        ------
        ValueError
            There is no such class, or none of its pixels is labelled.
        """
        code = self.legend.code(name)
        if self.labels is None or name not in self.n_pixels:
            raise ValueError(f"No pixel is labelled {name!r}; label some, or choose another class.")
        return draw_pixels(self.labels, code, n_most)


def draw_pixels(
    labels: npt.NDArray[np.uint8], code: int, n_most: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Draw rows and columns of labelled pixels of a class, as evenly over its regions as these allow."""
    rows, columns = np.nonzero(labels == code)
    number = regions(labels)[rows, columns]
    order = np.random.default_rng(0).permutation(len(rows))
    order = order[np.argsort(number[order], kind="stable")]
    starts = np.searchsorted(number[order], number[order])
    turn = np.arange(len(order)) - starts
    chosen = order[np.argsort(turn, kind="stable")[:n_most]]
    return rows[chosen], columns[chosen]
