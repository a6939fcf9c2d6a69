"""The pixels that are labelled, without those that are not: few, of a large photograph.

What is learned from is drawn anew after each stroke.  A list of the labelled pixels takes a look at each
pixel of the photograph; all that follows costs what is labelled.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

__all__ = ["LabelledPixels", "listed"]

_WORD = 8  # bytes that are looked at together

Numbers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class LabelledPixels:
    """The labelled pixels of a photograph, row by row.

    Parameters
    ----------
    places : array, shape (n,), int64
        Row times the number of columns, plus column; ascending.
    codes : array, shape (n,), uint8
        From 1.
    shape : (int, int)
        n_rows and n_columns of the photograph.

    Examples
    --------
    >>> pixels = LabelledPixels.of(np.array([[1, 1, 0], [2, 0, 1]], np.uint8))
    >>> pixels.rows.tolist(), pixels.columns.tolist(), pixels.codes.tolist()
    ([0, 0, 1, 1], [0, 1, 0, 2], [1, 1, 2, 1])
    >>> pixels.regions.tolist()
    [1, 1, 2, 3]
    """

    places: Numbers
    codes: NDArray[np.uint8]
    shape: tuple[int, int]

    @classmethod
    def of(cls, labels: NDArray[np.uint8]) -> LabelledPixels:
        """List the pixels of labels ``(n_rows, n_columns)`` that are not 0."""
        flat = np.ascontiguousarray(labels, np.uint8).reshape(-1)
        whole = flat.size // _WORD * _WORD
        words = np.flatnonzero(flat[:whole].view(np.uint64))
        near = (words[:, None] * _WORD + np.arange(_WORD)).reshape(-1)
        near = np.concatenate([near, np.arange(whole, flat.size)])
        places = near[flat[near] > 0]
        return cls(places, flat[places], (labels.shape[0], labels.shape[1]))

    def __len__(self) -> int:
        return len(self.places)

    @cached_property
    def rows(self) -> Numbers:
        """The row ``(n,)`` of each pixel."""
        return self.places // self.shape[1]

    @cached_property
    def columns(self) -> Numbers:
        """The column ``(n,)`` of each pixel."""
        return self.places - self.rows * self.shape[1]

    @cached_property
    def regions(self) -> Numbers:
        """The number ``(n,)`` of the region of each pixel, as `regions` counts them: from 1."""
        if not len(self):
            return np.zeros(0, np.int64)
        begins = np.diff(self.places, prepend=-2) != 1
        begins[1:] |= np.diff(self.codes) != 0
        begins |= self.columns == 0
        firsts = np.flatnonzero(begins)  # of the runs of a row that have one code
        lasts = np.append(firsts[1:], len(self)) - 1
        return self._joined(firsts, lasts)[np.cumsum(begins) - 1]

    @cached_property
    def region_sizes(self) -> Numbers:
        """How many pixels each region has, in the order of their numbers."""
        return np.bincount(self.regions, minlength=1)[1:]

    @cached_property
    def region_codes(self) -> NDArray[np.uint8]:
        """The code of each region."""
        codes = np.zeros(self.n_regions, np.uint8)
        codes[self.regions - 1] = self.codes
        return codes

    @property
    def n_regions(self) -> int:
        """The number of regions."""
        return len(self.region_sizes)

    def _joined(self, firsts: Numbers, lasts: Numbers) -> Numbers:
        """Return the number of the region of each run."""
        starts, stops, codes = self.places[firsts], self.places[lasts], self.codes[firsts]
        low = np.searchsorted(stops, starts + self.shape[1])  # the first run below that reaches as far
        high = np.searchsorted(starts, stops + self.shape[1], side="right")
        n_below = np.maximum(high - low, 0)
        above = np.repeat(np.arange(len(firsts)), n_below)
        below = np.arange(len(above)) + np.repeat(low - (np.cumsum(n_below) - n_below), n_below)
        alike = codes[above] == codes[below]
        pairs = (np.ones(np.count_nonzero(alike), bool), (above[alike], below[alike]))
        n_found, found = connected_components(coo_array(pairs, (len(firsts), len(firsts))), directed=False)
        first = np.empty(n_found, np.int64)  # the first run of each region
        first[found[::-1]] = np.arange(len(found))[::-1]
        order = np.empty(n_found, np.int64)
        order[np.argsort(first)] = np.arange(1, n_found + 1)
        return order[found]


def listed(all_labels: Iterable[NDArray[np.uint8] | LabelledPixels]) -> list[LabelledPixels]:
    """Return the labelled pixels of each photograph; what is a list of them already stays as it is."""
    return [part if isinstance(part, LabelledPixels) else LabelledPixels.of(part) for part in all_labels]
