"""The clasts of one map, to look through and to correct; corrections outlive the map."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corewidgets.cores.section import CoreSection
from corewidgets.extras import import_needed
from corewidgets.geology.clast_edits import (
    FORMAT,
    ClastEdit,
    NotApplicableError,
    digest_of_map,
    edit_of,
    patch_of,
    read_values,
)
from corewidgets.geology.clast_export import write_coco, write_csv, write_geojson
from corewidgets.geology.clast_measures import number_clasts, pixel_size_of
from corewidgets.geology.clast_pieces import ClastPieces, Patch
from corewidgets.geology.clasts import GROUNDMASS, Clasts, Floats
from corewidgets.geology.segmented import check_segmentation
from corewidgets.labels.legend import Legend

__all__ = ["ClastTable"]

Weight = Literal["number", "area"]


class ClastTable:
    """The clasts of a map: selected, sorted, measured, corrected, exported.

    Parameters
    ----------
    section : CoreSection
        The photograph, with depths where `pixel_size_mm` is not given.
    segmentation : array of shape (n_rows, n_columns)
        Its map.
    legend : Legend
    groundmass, smallest_mm2, neck, pixel_size_mm
        What counts as a clast, see `measure_clasts`.
    edits : sequence of ClastEdit
        Changes to begin with, such as those that were made to an earlier map.

    Attributes
    ----------
    section : CoreSection
    legend : Legend
    map_digest : str
        SHA-256 of the map.

    Raises
    ------
    ValueError
        As `measure_clasts` does.

    Examples
    --------
    >>> segmentation = np.ones((100, 50), np.uint8)
    >>> segmentation[20:40, 10:30] = 2
    >>> section = CoreSection(np.zeros((100, 50, 3), np.uint8), top=10.0, base=10.05)
    >>> table = ClastTable(section, segmentation, Legend(["Matrix", "Chert", "Melt"]))
    >>> table.set_class([table.at(30, 20)], "Melt")
    >>> [(row["class"], round(row["area_mm2"]), row["edited"]) for row in table.rows()]
    [('Melt', 100, True)]
    """

    def __init__(
        self,
        section: CoreSection,
        segmentation: ArrayLike,
        legend: Legend,
        *,
        groundmass: Collection[str] = GROUNDMASS,
        smallest_mm2: float = 1.0,
        neck: float | None = 0.7,
        pixel_size_mm: float | None = None,
        edits: Sequence[ClastEdit] = (),
    ) -> None:
        codes = check_segmentation(section, segmentation, legend)
        size = pixel_size_of(section, codes, pixel_size_mm)
        self.section, self.legend = section, legend
        self.settings: dict[str, Any] = {
            "groundmass": sorted(groundmass),
            "smallest_mm2": smallest_mm2,
            "neck": neck,
        }
        self._given_size = pixel_size_mm
        self.map_digest = digest_of_map(codes)
        self._classes = [code for code in legend.rock_codes if legend.name(code) not in groundmass]
        self._smallest = smallest_mm2 / size**2
        numbered = number_clasts(codes, self._classes, self._smallest, neck)
        self._pieces = ClastPieces(section, codes, numbered, size, legend)
        self._done: list[tuple[ClastEdit, Patch | None]] = []
        self._undone: list[ClastEdit] = []
        self._reasons: dict[int, str] = {}
        self._columns: dict[str, NDArray[Any]] | None = None
        for edit in edits:
            self._make_again(edit)

    def __len__(self) -> int:
        return len(self._pieces.rows)

    def __repr__(self) -> str:
        return (
            f"ClastTable({len(self)} clasts, {len(self._done)} edits, {len(self.unapplied)} not applicable)"
        )

    # --- to look at -----------------------------------------------------------------------------------

    @property
    def classes(self) -> list[str]:
        """Names of the classes that have clasts."""
        return [self.legend.name(code) for code in self._classes]

    @property
    def pixel_size_mm(self) -> float:
        """Size of a pixel."""
        return self._pieces.size

    @property
    def numbered(self) -> NDArray[np.int32]:
        """The number of the clast of each pixel, 0 = none; it cannot be written to."""
        view = self._pieces.numbered.view()
        view.flags.writeable = False
        return view

    def at(self, row: int, column: int) -> int:
        """Return the number of the clast at a pixel, 0 for none."""
        n_rows, n_columns = self.section.shape
        inside = 0 <= row < n_rows and 0 <= column < n_columns
        return int(self._pieces.numbered[row, column]) if inside else 0

    def region(self, number: int) -> tuple[tuple[slice, slice], NDArray[np.bool_]]:
        """Return rows and columns that hold a clast, and which of their pixels are its own.

        Raises
        ------
        KeyError
            There is no such clast.
        """
        return self._pieces.region(number)

    def outline(self, number: int) -> list[Floats]:
        """Return the rings of a clast: rows and columns of their corners, the outer one first."""
        return self._pieces.rings(number)

    def row(self, number: int) -> dict[str, Any]:
        """Return the measures of a clast, by the names of `Clasts.table`, and whether it was ``edited``.

        Raises
        ------
        KeyError
            There is no such clast.
        """
        self._pieces.region(number)
        return {**self._pieces.rows[number], "edited": number in self.edited}

    @property
    def edited(self) -> frozenset[int]:
        """Numbers of the clasts that an edit has changed."""
        changed = {number for _, patch in self._done if patch is not None for number in patch.rows_after}
        return frozenset(changed & self._pieces.rows.keys())

    def numbers(
        self,
        *,
        sort: str = "row",
        descending: bool = False,
        classes: Collection[str] | None = None,
        smallest_mm: float = 0.0,
        largest_mm: float = np.inf,
        edited: bool = False,
    ) -> list[int]:
        """Return the numbers of clasts, sorted and chosen.

        Parameters
        ----------
        sort : str
            A column of the table; where values are equal, those higher in the core come first.
        descending : bool
        classes : collection of str, optional
            Those of these classes only.
        smallest_mm, largest_mm : float
            Those of these diameters only.
        edited : bool
            Those that an edit has changed only.

        Raises
        ------
        ValueError
            There is no such column.
        """
        columns = self._table()
        if sort not in columns:
            raise ValueError(f"There is no column {sort!r} to sort by; choose from {', '.join(columns)}.")
        diameter = columns["diameter_mm"]
        keep = (diameter >= smallest_mm) & (diameter <= largest_mm)
        if classes is not None:
            keep &= np.isin(columns["class"].astype(str), list(classes))
        if edited:
            keep &= columns["edited"]
        place = np.flatnonzero(keep)
        ranks = np.unique(columns[sort][place], return_inverse=True)[1]
        order = np.lexsort((columns["number"][place], columns["row"][place], -ranks if descending else ranks))
        found: list[int] = columns["number"][place][order].tolist()
        return found

    @property
    def columns(self) -> list[str]:
        """Names of the columns: those of `Clasts.table`, and ``edited``."""
        return list(self._table())

    def rows(self, numbers: Sequence[int] | None = None) -> list[dict[str, Any]]:
        """Return the measures of clasts; by default of all, from top to base."""
        edited = self.edited
        wanted = self.numbers() if numbers is None else numbers
        return [{**self._pieces.rows[number], "edited": number in edited} for number in wanted]

    @property
    def clasts(self) -> Clasts:
        """The clasts as they are now, with outlines, for figures and other exports."""
        pd = import_needed("pandas", "A table of clasts")
        numbers = self.numbers()
        table = pd.DataFrame(self.rows(numbers), columns=self.columns)
        top = 0.0 if self.section.top is None else 1000 * self.section.top
        outlines = [
            [
                np.column_stack([ring[:, 1] + 0.5, -(ring[:, 0] + 0.5)])[::-1] * self.pixel_size_mm - (0, top)
                for ring in self.outline(number)
            ]
            for number in numbers
        ]
        return Clasts(table, outlines, self.legend)

    def _table(self) -> dict[str, NDArray[Any]]:
        """Return the columns, made anew after a change."""
        if self._columns is None:
            rows, edited = list(self._pieces.rows.values()), self.edited
            self._columns = {name: np.array([row[name] for row in rows]) for name in self._pieces.names}
            self._columns["edited"] = np.array([row["number"] in edited for row in rows], bool)
        return self._columns

    # --- sizes ----------------------------------------------------------------------------------------

    def percentiles(
        self, shares: Sequence[float] = (0.1, 0.5, 0.9), weight: Weight = "area", *,
        numbers: Sequence[int] | None = None,
    ) -> list[float]:  # fmt: skip
        """Return the diameters that shares of the clasts do not exceed.

        Parameters
        ----------
        shares : sequence of float
            From 0 to 1.
        weight : {"area", "number"}
            By area, a share is one of the area of all clasts: few large ones count as much as many small.
        numbers : sequence of int, optional
            Of which clasts; by default of all.

        Returns
        -------
        list of float
            Millimetres; NaN where there are no clasts.
        """
        diameters, weights = self._weighted(weight, numbers)
        if not len(diameters):
            return [float("nan")] * len(shares)
        order = np.argsort(diameters, kind="stable")
        sums = np.cumsum(weights[order])
        place = np.searchsorted(sums, np.asarray(shares) * sums[-1] * (1 - 1e-12))
        found: list[float] = diameters[order][np.minimum(place, len(sums) - 1)].tolist()
        return found

    def histogram(
        self, edges_mm: Sequence[float], weight: Weight = "area", *, numbers: Sequence[int] | None = None
    ) -> Floats:
        """Return how much of the clasts lies between diameters.

        Parameters
        ----------
        edges_mm : sequence of float
            Rising; the last interval holds its upper end too.
        weight, numbers
            As in `percentiles`.

        Returns
        -------
        ndarray, (n_edges - 1,)
            Square millimetres, or clasts.
        """
        diameters, weights = self._weighted(weight, numbers)
        return np.histogram(diameters, np.asarray(edges_mm, np.float64), weights=weights)[0].astype(
            np.float64
        )

    def _weighted(self, weight: Weight, numbers: Sequence[int] | None) -> tuple[Floats, Floats]:
        if weight not in {"number", "area"}:
            raise ValueError(f"weight must be 'number' or 'area', but it is {weight!r}.")
        columns = self._table()
        keep = np.ones(len(self), bool) if numbers is None else np.isin(columns["number"], list(numbers))
        diameters = columns["diameter_mm"][keep].astype(np.float64)
        areas = columns["area_mm2"][keep].astype(np.float64)
        return diameters, areas if weight == "area" else np.ones(len(areas))

    # --- to change ------------------------------------------------------------------------------------

    def set_class(self, numbers: Sequence[int], name: str) -> None:
        """Give clasts another class.

        Raises
        ------
        KeyError, ValueError
            There is no such clast, or the class has no clasts.
        """
        if name not in self.classes:
            raise ValueError(
                f"Clasts cannot be of class {name!r}; choose from {', '.join(self.classes)}, or delete them."
            )
        self._do("class", _some(numbers), class_name=name)

    def merge(self, numbers: Sequence[int]) -> None:
        """Make one clast of several that touch; it has the number and the class of the largest.

        Raises
        ------
        KeyError, ValueError
            There is no such clast, they are fewer than two, or they do not touch.
        """
        if len(set(numbers)) < 2:
            raise ValueError("Select two clasts or more to merge them.")
        self._do("merge", _some(numbers))

    def split(self, number: int, points: Sequence[tuple[float, float]]) -> None:
        """Cut a clast along a line; the largest part keeps the number.

        Parameters
        ----------
        number : int
        points : sequence of (float, float)
            Row and column along the line, from one side of the clast to the other.

        Raises
        ------
        KeyError, ValueError
            There is no such clast, or the line does not cut it.
        """
        if len(points) < 2:
            raise ValueError("A line has two points or more; draw it across the clast.")
        self._do("split", [number], line=points)

    def delete(self, numbers: Sequence[int]) -> None:
        """Delete clasts.

        Raises
        ------
        KeyError, ValueError
            There is no such clast, or none is given.
        """
        self._do("delete", _some(numbers))

    def undo(self) -> bool:
        """Undo the last edit; return False where there is none."""
        if not self._done:
            return False
        edit, patch = self._done.pop()
        if patch is not None:
            self._pieces.take_back(patch)
        self._reasons.pop(len(self._done), None)
        self._undone.append(edit)
        self._columns = None
        return True

    def redo(self) -> bool:
        """Redo the edit that was undone last; return False where there is none."""
        if not self._undone:
            return False
        self._make_again(self._undone.pop())
        return True

    def _do(
        self,
        kind: str,
        numbers: Sequence[int],
        class_name: str = "",
        line: Sequence[tuple[float, float]] = (),
    ) -> None:
        pieces = self._pieces
        edit = edit_of(kind, pieces, numbers, class_name, line)
        if kind == "split":
            patch = pieces.split(numbers[0], np.asarray(line, np.float64), self._smallest)
        elif kind == "class":
            patch = pieces.recode(numbers, self.legend.code(class_name))
        else:
            patch = pieces.merge(numbers) if kind == "merge" else pieces.delete(numbers)
        pieces.apply(patch)
        self._done.append((edit, patch))
        self._undone.clear()
        self._columns = None

    def _make_again(self, edit: ClastEdit) -> None:
        """Make an edit of an earlier map, or one that was taken back; note why where it cannot be made."""
        self._columns = None
        try:
            patch = patch_of(edit, self._pieces, self.legend, self._classes, self._smallest)
        except NotApplicableError as error:
            self._reasons[len(self._done)] = str(error)
            self._done.append((edit, None))
            return
        self._pieces.apply(patch)
        self._done.append((edit, patch))

    # --- what outlives the map ------------------------------------------------------------------------

    @property
    def edits(self) -> list[ClastEdit]:
        """All changes, in their order, also those that cannot be made to this map."""
        return [edit for edit, _ in self._done]

    @property
    def unapplied(self) -> list[tuple[ClastEdit, str]]:
        """Changes that cannot be made to this map, and why; a later map may have their clasts again."""
        return [(self._done[place][0], reason) for place, reason in sorted(self._reasons.items())]

    @property
    def can_redo(self) -> bool:
        """Whether there is an edit to redo."""
        return bool(self._undone)

    def with_map(self, segmentation: ArrayLike, legend: Legend | None = None) -> ClastTable:
        """Return the clasts of another map of this photograph, with the same edits made to it."""
        return ClastTable(
            self.section, segmentation, legend or self.legend, pixel_size_mm=self._given_size,
            edits=self.edits, **self.settings,
        )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """Return the edits and what counts as a clast as plain values."""
        return {
            "format": FORMAT, "map": self.map_digest, **self.settings, "pixel_size_mm": self._given_size,
            "edits": [edit.to_dict() for edit in self.edits],
        }  # fmt: skip

    @classmethod
    def from_dict(
        cls,
        values: Mapping[str, Any],
        section: CoreSection,
        segmentation: ArrayLike,
        legend: Legend,
        formerly: Mapping[str, str] | None = None,
    ) -> ClastTable:
        """Make the table of a map with the edits that `to_dict` gave, of this map or of an earlier one.

        Parameters
        ----------
        values : mapping
        section, segmentation, legend
            As for the table itself.
        formerly : mapping of str to str, optional
            The present names of classes, by the names that they had before.

        Raises
        ------
        ValueError
            The values are damaged, or of a newer version.
        """
        edits, settings = read_values(values, formerly or {})
        return cls(section, segmentation, legend, edits=edits, **settings)

    # --- files ----------------------------------------------------------------------------------------

    def write_csv(self, path: str | os.PathLike[str], numbers: Sequence[int] | None = None) -> None:
        """Write the table as CSV, with the units in its headings; of some clasts, or of all."""
        write_csv(self, Path(path), self.numbers() if numbers is None else numbers)

    def write_geojson(self, path: str | os.PathLike[str], numbers: Sequence[int] | None = None) -> None:
        """Write the outlines as GeoJSON that QuPath reads: in pixels, with class and measurements."""
        write_geojson(self, Path(path), self.numbers() if numbers is None else numbers)

    def write_coco(self, path: str | os.PathLike[str], numbers: Sequence[int] | None = None) -> None:
        """Write the outlines as COCO annotations."""
        write_coco(self, Path(path), self.numbers() if numbers is None else numbers)


def _some(numbers: Sequence[int]) -> list[int]:
    if not len(numbers):
        raise ValueError("No clast is selected; click one in the picture or in the table.")
    return list(dict.fromkeys(numbers))
