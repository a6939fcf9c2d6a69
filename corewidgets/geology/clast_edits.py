"""What a person did to the clasts of a map, kept so that it can be done again to the next map.

An edit knows its clasts by their outlines. Of another map it finds those that agree with them: where more
than half of the pixels that either has are common to both, there is one such clast at most.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corewidgets.geology.clast_pieces import ClastPieces, Patch, Region, joined
from corewidgets.labels.legend import Legend
from corewidgets.labels.polygons import fill_polygon

__all__ = [
    "AGREEMENT",
    "EDITS",
    "FORMAT",
    "ClastEdit",
    "NotApplicableError",
    "digest_of_map",
    "edit_of",
    "patch_of",
    "read_values",
]

AGREEMENT = 0.5
"""Common over joint pixels that a clast needs to be the one that was edited."""

FORMAT = 1
"""The version of a file of edits that is written, and the newest that is read."""

EDITS = ("class", "merge", "split", "delete")
"""What can be done to clasts."""

Ring = tuple[tuple[int, int], ...]


class NotApplicableError(ValueError):
    """An edit cannot be made to this map: its clasts are not there, or no longer as they were."""


@dataclass(frozen=True)
class ClastEdit:
    """One change of clasts.

    Attributes
    ----------
    kind : str
        One of `EDITS`.
    outlines : tuple
        Of each clast its rings, of each ring its corners (x, y) in pixels from the upper left corner of the
        photograph; the first ring is the outer one.
    class_name : str
        The new class, of kind "class"; else empty.
    line : tuple of (float, float)
        Rows and columns along the line, of kind "split"; else empty.
    """

    kind: str
    outlines: tuple[tuple[Ring, ...], ...]
    class_name: str = ""
    line: tuple[tuple[float, float], ...] = ()

    def __str__(self) -> str:
        x, y = np.mean([np.mean(rings[0], axis=0) for rings in self.outlines], axis=0)
        place = f"row {y:.0f}, column {x:.0f}"
        clasts = "clast" if len(self.outlines) == 1 else f"{len(self.outlines)} clasts"
        told = {"class": f"class {self.class_name}", "merge": "merged", "split": "split", "delete": "deleted"}
        return f"{told[self.kind]}: {clasts} at {place}"

    def renamed(self, names: Mapping[str, str]) -> ClastEdit:
        """Return the edit with the present name of its class."""
        return replace(self, class_name=names.get(self.class_name, self.class_name))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        values: dict[str, Any] = {"kind": self.kind, "outlines": self.outlines}
        if self.class_name:
            values["class"] = self.class_name
        if self.line:
            values["line"] = self.line
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ClastEdit:
        """Make it from what `to_dict` gave.

        Raises
        ------
        ValueError
            It is not an edit of clasts.
        """
        try:
            outlines = tuple(
                tuple(tuple((int(x), int(y)) for x, y in ring) for ring in rings)
                for rings in values["outlines"]
            )
            points = tuple((float(row), float(column)) for row, column in values.get("line", ()))
            made = cls(str(values["kind"]), outlines, str(values.get("class", "")), points)
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
            raise ValueError(f"An edit of clasts is damaged ({type(error).__name__}: {error}).") from error
        complete = made.kind in EDITS and outlines and all(rings and len(rings[0]) > 3 for rings in outlines)
        if not complete or (made.kind == "split" and len(points) < 2):
            raise ValueError(f"An edit of clasts is damaged: kind {made.kind!r}, {len(outlines)} outlines.")
        return made


def digest_of_map(codes: NDArray[np.uint8]) -> str:
    """Return the SHA-256 of what is the same for maps of the same codes only."""
    shape = "x".join(map(str, codes.shape)).encode()
    return hashlib.sha256(shape + np.ascontiguousarray(codes).tobytes()).hexdigest()


def edit_of(
    kind: str,
    pieces: ClastPieces,
    numbers: Sequence[int],
    class_name: str = "",
    line: Sequence[tuple[float, float]] = (),
) -> ClastEdit:
    """Return the edit of clasts as they are now."""
    outlines = tuple(
        tuple(tuple((x, y) for x, y in _corners(ring)) for ring in pieces.rings(number)) for number in numbers
    )
    points = tuple((float(row), float(column)) for row, column in line)
    return ClastEdit(kind, outlines, class_name, points)


def patch_of(
    edit: ClastEdit, pieces: ClastPieces, legend: Legend, classes: Sequence[int], smallest: float
) -> Patch:
    """Return what an edit changes of the clasts of a map.

    Parameters
    ----------
    edit : ClastEdit
    pieces : ClastPieces
    legend : Legend
    classes : sequence of int
        Codes of the classes that have clasts.
    smallest : float
        Pixels of the smallest clast.

    Raises
    ------
    NotApplicableError
        The clasts are not in this map, or they cannot be changed so.
    """
    regions = [_region(rings, pieces.numbered.shape) for rings in edit.outlines]
    if edit.kind == "merge":
        return _merged(pieces, regions)
    numbers = [_found(pieces, region) for region in regions]
    if edit.kind == "delete":
        return pieces.delete(numbers)
    if edit.kind == "class":
        if edit.class_name not in legend or legend.code(edit.class_name) not in classes:
            raise NotApplicableError(f"there are no clasts of a class {edit.class_name!r} here")
        return pieces.recode(numbers, legend.code(edit.class_name))
    try:
        return pieces.split(numbers[0], np.array(edit.line, np.float64), smallest)
    except ValueError as error:
        raise NotApplicableError("its line no longer cuts the clast in two") from error


def read_values(
    values: Mapping[str, Any], renamed: Mapping[str, str]
) -> tuple[list[ClastEdit], dict[str, Any]]:
    """Return the edits of a file, and what counts as a clast there.

    Parameters
    ----------
    values : mapping
        What `ClastTable.to_dict` gave.
    renamed : mapping of str to str
        The present names of classes, by the names that they had before.

    Raises
    ------
    ValueError
        They are damaged, or of a newer version.
    """
    number = values.get("format")
    if isinstance(number, int) and number > FORMAT:
        raise ValueError(
            f"The edits of clasts were written by a newer version of corewidgets (format {number}; this "
            f"one reads up to {FORMAT}); update corewidgets."
        )
    try:
        edits = [ClastEdit.from_dict(edit).renamed(renamed) for edit in values["edits"]]
        size, neck = values.get("pixel_size_mm"), values["neck"]
        return edits, {
            "groundmass": [renamed.get(str(name), str(name)) for name in values["groundmass"]],
            "smallest_mm2": float(values["smallest_mm2"]),
            "neck": None if neck is None else float(neck),
            "pixel_size_mm": None if size is None else float(size),
        }
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"The edits of clasts are damaged ({type(error).__name__}: {error}).") from error


def _merged(pieces: ClastPieces, regions: Sequence[Region]) -> Patch:
    """Merge clasts; where a map has them as one already, nothing changes."""
    try:
        numbers = [_found(pieces, region) for region in regions]
        if len(set(numbers)) < len(numbers):
            raise NotApplicableError("two of its clasts are now one")
    except NotApplicableError:
        number, agreement = pieces.best(joined(regions))
        if agreement <= AGREEMENT:
            raise
        return pieces.merge([number])
    try:
        return pieces.merge(numbers)
    except ValueError as error:
        raise NotApplicableError("its clasts no longer touch") from error


def _found(pieces: ClastPieces, region: Region) -> int:
    number, agreement = pieces.best(region)
    if agreement <= AGREEMENT:
        raise NotApplicableError("no clast of the map there overlaps it by more than half")
    return number


def _region(rings: Sequence[Ring], shape: tuple[int, ...]) -> Region:
    """Return the pixels inside of an outline, as far as the photograph goes."""
    box, mask = fill_polygon(_points(rings[0]), (shape[0], shape[1]))
    origin, size = [box[0].start, box[1].start], (mask.shape[0], mask.shape[1])
    for ring in rings[1:]:
        part, hole = fill_polygon(_points(ring) - origin, size)
        mask[part] &= ~hole
    return Region(box, mask)


def _corners(ring: NDArray[np.float64]) -> list[list[int]]:
    """Return rows and columns of corners as whole x and y."""
    corners: list[list[int]] = np.round(ring[:, ::-1] + 0.5).astype(int).tolist()
    return corners


def _points(ring: Ring) -> NDArray[np.float64]:
    return np.array(ring, np.float64)[:, ::-1] - 0.5
