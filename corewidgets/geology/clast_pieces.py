"""The clasts of one map as numbered pixels with their measures, changed one at a time and back again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.draw import line
from skimage.segmentation import watershed

from corewidgets.cores.section import CoreSection
from corewidgets.geology.clast_measures import measure_numbered
from corewidgets.geology.necks import Numbers
from corewidgets.labels.legend import Legend
from corewidgets.labels.polygons import Box, trace_regions

__all__ = ["ClastPieces", "Patch", "Region"]

Mask = NDArray[np.bool_]
Row = dict[str, Any]


class Region(NamedTuple):
    """Some pixels of a photograph: a box, and which of its pixels."""

    box: Box
    mask: Mask


@dataclass(frozen=True, eq=False)
class Patch:
    """What a change has changed, so that it can be taken back and made again.

    Attributes
    ----------
    box : tuple of slice
        Rows and columns where pixels got another number.
    before, after : ndarray of int32
        The numbers there.
    rows_before, rows_after : dict of int to dict or None
        By number the measures of each clast that changed; None where it was not there.
    """

    box: Box
    before: Numbers
    after: Numbers
    rows_before: Mapping[int, Row | None]
    rows_after: Mapping[int, Row | None]


class ClastPieces:
    """Numbered clasts and their measures. A change costs as much as the clasts that it changes.

    Parameters
    ----------
    section : CoreSection
    codes : ndarray of uint8, (n_rows, n_columns)
        The map.
    numbered : ndarray of int32, (n_rows, n_columns)
        0 = no clast, else 1 to the number of clasts. It is written to.
    size : float
        Of a pixel, in millimetres.
    legend : Legend

    Attributes
    ----------
    rows : dict of int to dict
        By number the measures of each clast, as the columns of `Clasts.table`.
    names : list of str
        Of these columns.
    """

    def __init__(
        self, section: CoreSection, codes: NDArray[np.uint8], numbered: Numbers, size: float, legend: Legend
    ) -> None:
        self._section, self._codes, self._legend = section, codes, legend
        self.size = size
        self.numbered = numbered
        self._boxes: dict[int, Box] = dict(_boxes_of(numbered))
        found, first = np.unique(numbered, return_index=True)
        code = codes.ravel()[first[found > 0]].astype(np.int64)
        columns = measure_numbered(section, codes, numbered, code, size, legend)
        self.names = list(columns)
        self.rows: dict[int, Row] = {row["number"]: row for row in _rows_of(columns)}
        self._following = len(self.rows) + 1

    def region(self, number: int) -> Region:
        """Return the pixels of a clast.

        Raises
        ------
        KeyError
            There is no such clast.
        """
        if number not in self.rows:
            raise KeyError(f"There is no clast {number}; there are {len(self.rows)}, see `numbers`.")
        box = self._boxes[number]
        return Region(box, self.numbered[box] == number)

    def union(self, numbers: Iterable[int]) -> Region:
        """Return the pixels of several clasts."""
        return joined([self.region(number) for number in numbers])

    def rings(self, number: int) -> list[NDArray[np.float64]]:
        """Return the outline of a clast as `trace_regions` does, on the photograph."""
        box, mask = self.region(number)
        ((_, rings),) = trace_regions(mask.astype(np.int32))
        return [ring + np.array([box[0].start, box[1].start]) for ring in rings]

    def best(self, region: Region) -> tuple[int, float]:
        """Return the clast that agrees most with some pixels, and how far: common over joint pixels.

        Returns
        -------
        number : int
            0 where there is none.
        agreement : float
            From 0 to 1; above a half for one clast at most.
        """
        inside = self.numbered[region.box][region.mask]
        common = np.bincount(inside)
        common[:1] = 0
        if not common.any():
            return 0, 0.0
        own = int(np.count_nonzero(region.mask))
        agreements = {
            int(number): common[number] / (own + self.n_pixels(int(number)) - common[number])
            for number in np.flatnonzero(common)
        }
        number = max(agreements, key=lambda number: agreements[number])
        return number, float(agreements[number])

    def n_pixels(self, number: int) -> int:
        """Return the pixels of a clast."""
        return round(self.rows[number]["area_mm2"] / self.size**2)

    # --- changes --------------------------------------------------------------------------------------

    def recode(self, numbers: Sequence[int], code: int) -> Patch:
        """Give clasts another class."""
        rows = {n: {**self.rows[n], "code": code, "class": self._legend.name(code)} for n in numbers}
        corner = (slice(0, 1), slice(0, 1))  # no pixel changes
        return self._patch(corner, self.numbered[corner].copy(), rows)

    def merge(self, numbers: Sequence[int]) -> Patch:
        """Make one clast of several, of the number and class of the largest.

        Raises
        ------
        ValueError
            They do not all touch.
        """
        largest = max(numbers, key=self.n_pixels)
        region = self.union(numbers)
        if ndimage.label(region.mask)[1] > 1:
            named = ", ".join(str(number) for number in sorted(numbers))
            raise ValueError(
                f"Clasts {named} do not all touch, and a clast is one piece; select some that do."
            )
        after = self.numbered[region.box].copy()
        after[region.mask] = largest
        gone: dict[int, Row | None] = {number: None for number in numbers if number != largest}
        codes = {largest: self.rows[largest]["code"]}
        return self._patch(region.box, after, {**gone, **self._measured(region.box, after, codes)})

    def split(self, number: int, points: NDArray[np.float64], smallest: float) -> Patch:
        """Cut a clast along a line. The largest part keeps the number.

        Parameters
        ----------
        number : int
        points : ndarray, (n, 2)
            Row and column along the line.
        smallest : float
            Pixels that a part needs; smaller ones stay with what they touch.

        Raises
        ------
        ValueError
            The line does not cut it in two.
        """
        box, mask = self.region(number)
        parts = _cut(mask, points - [box[0].start, box[1].start], smallest)
        sizes = np.bincount(parts.ravel())[1:]
        if len(sizes) < 2:
            raise ValueError(
                f"The line does not cut clast {number} into parts that are large enough; draw it from one "
                "side of the clast to the other."
            )
        order = np.argsort(-sizes, kind="stable") + 1
        names = np.zeros(len(sizes) + 1, np.int32)
        names[order] = [number, *range(self._following, self._following + len(sizes) - 1)]
        after = np.where(mask, names[parts], self.numbered[box]).astype(np.int32)
        code = self.rows[number]["code"]
        return self._patch(box, after, self._measured(box, after, {int(name): code for name in names[1:]}))

    def delete(self, numbers: Sequence[int]) -> Patch:
        """Delete clasts."""
        region = self.union(numbers)
        after = self.numbered[region.box].copy()
        after[region.mask] = 0
        return self._patch(region.box, after, dict.fromkeys(numbers))

    def apply(self, patch: Patch) -> None:
        """Make a change."""
        self._put(patch.box, patch.after, patch.rows_after)

    def take_back(self, patch: Patch) -> None:
        """Undo a change."""
        self._put(patch.box, patch.before, patch.rows_before)

    def _patch(self, box: Box, after: Numbers, rows: Mapping[int, Row | None]) -> Patch:
        before = {number: self.rows.get(number) for number in rows}
        return Patch(box, self.numbered[box].copy(), after, before, rows)

    def _put(self, box: Box, numbers: Numbers, rows: Mapping[int, Row | None]) -> None:
        self.numbered[box] = numbers
        boxes = dict(_boxes_of(numbers, only=set(rows)))
        for number, row in rows.items():
            if row is None:
                self.rows.pop(number, None)
                self._boxes.pop(number, None)
                continue
            self.rows[number] = row
            self._following = max(self._following, number + 1)
            if number in boxes:
                self._boxes[number] = _moved(boxes[number], box)

    def _measured(self, box: Box, numbers: Numbers, codes: Mapping[int, int]) -> dict[int, Row]:
        """Measure clasts that lie in a box, by number."""
        around = tuple(
            slice(max(side.start - 1, 0), min(side.stop + 1, size))
            for side, size in zip(box, self.numbered.shape, strict=True)
        )
        part = np.zeros([side.stop - side.start for side in around], np.int32)
        inner = tuple(
            slice(side.start - outer.start, side.stop - outer.start)
            for side, outer in zip(box, around, strict=True)
        )
        wanted = sorted(codes)
        table = np.zeros(max(int(numbers.max(initial=0)), wanted[-1]) + 1, np.int32)
        table[wanted] = np.arange(1, len(wanted) + 1)
        part[inner] = table[numbers]
        columns = measure_numbered(
            self._section, self._codes[around], part, np.array([codes[n] for n in wanted], np.int64),
            self.size, self._legend, origin=(around[0].start, around[1].start), shape=self._section.shape,
        )  # fmt: skip
        return {
            number: {**row, "number": number} for number, row in zip(wanted, _rows_of(columns), strict=True)
        }


def joined(regions: Sequence[Region]) -> Region:
    """Return the pixels of several regions as one."""
    rows, columns = (
        slice(min(one.box[axis].start for one in regions), max(one.box[axis].stop for one in regions))
        for axis in (0, 1)
    )
    mask = np.zeros((rows.stop - rows.start, columns.stop - columns.start), bool)
    for box, inside in regions:
        part = (
            slice(box[0].start - rows.start, box[0].stop - rows.start),
            slice(box[1].start - columns.start, box[1].stop - columns.start),
        )
        mask[part] |= inside
    return Region((rows, columns), mask)


def _cut(mask: Mask, points: NDArray[np.float64], smallest: float) -> Numbers:
    """Count through the parts of a mask beside a line; small ones, and the line, go to their neighbors."""
    free = mask.copy()
    corners = np.floor(points + 0.5).astype(int)
    for start, stop in pairwise(corners):
        rows, columns = line(*start, *stop)  # type: ignore[no-untyped-call]
        inside = (rows >= 0) & (rows < mask.shape[0]) & (columns >= 0) & (columns < mask.shape[1])
        free[rows[inside], columns[inside]] = False
    parts, _ = ndimage.label(free)
    keep = np.bincount(parts.ravel()) >= smallest
    keep[0] = False
    markers = np.where(keep, np.cumsum(keep), 0)[parts]
    if markers.max(initial=0) < 2:
        return markers.astype(np.int32)
    flat = np.zeros(mask.shape, np.uint8)
    return np.asarray(watershed(flat, markers, mask=mask, connectivity=1), np.int32)  # type: ignore[no-untyped-call]


def _boxes_of(numbers: Numbers, only: set[int] | None = None) -> Iterable[tuple[int, Box]]:
    for number, box in enumerate(ndimage.find_objects(numbers), start=1):
        if box is not None and (only is None or number in only):
            yield number, box


def _moved(box: Box, outer: Box) -> Box:
    rows, columns = (
        slice(side.start + whole.start, side.stop + whole.start)
        for side, whole in zip(box, outer, strict=True)
    )
    return rows, columns


def _rows_of(columns: Mapping[str, NDArray[Any]]) -> Iterable[Row]:
    """Return columns of one length as rows of plain values."""
    plain = {name: values.tolist() for name, values in columns.items()}
    for values in zip(*plain.values(), strict=True):
        yield dict(zip(plain, values, strict=True))
