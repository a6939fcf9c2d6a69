"""A whole core: the pieces that its photographs show, and their depths."""

from __future__ import annotations

import csv
import difflib
import math
import operator
import os
import warnings
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corewidgets.atomic import atomic_write
from corewidgets.cores.crop import Crop, crop_beyond
from corewidgets.cores.depth_scale import METRES, DepthScale
from corewidgets.cores.lane_shape import LaneShape
from corewidgets.cores.photograph import read_photograph
from corewidgets.cores.registration import Shift, find_shift, shift_of_whole, shift_remark, whole_remark
from corewidgets.cores.section import ROTATIONS, CoreSection
from corewidgets.spreadsheet import safe_cell

__all__ = ["SECOND", "Core", "Crop", "Interval", "Lane", "find_gaps"]

COLUMNS = ("file", "top", "base", "name", "crop", "rotation", "second_file")
OPTIONAL = ("labels_file", "corners", "ties")
"""Columns of a table that are there where a lane has something in them."""
SECOND = "second"  # what the second photograph is called among the images of a section
SAME_DEPTH = 1e-6  # metres: what differs by less is a matter of rounding


class Interval(NamedTuple):
    """A piece of the hole.

    Attributes
    ----------
    top, base : float
        Depths in metres.
    """

    top: float
    base: float


@dataclass(frozen=True)
class Lane:
    """A piece of core in a photograph: where it lies, which way up, and between which depths.

    A photograph of one section has one lane, a photograph of a core box several.

    Parameters
    ----------
    file : str or path-like
        The photograph.
    top, base : float
        Depths of the ends of the piece in metres.
    name : str, optional
        What the piece is called; without it, the name of the file without its ending.
    crop : Crop or tuple of int, optional
        Rows and columns of the photograph that show the piece: first row, first row after, first column,
        first column after. Without it, the whole photograph.
    rotation : {0, 90, 180, 270}
        Degrees, clockwise, by which the crop is turned to bring the top of the piece up: 90 where the top is
        at the left.
    second_file : str or path-like, optional
        A second photograph of the same piece, such as one in ultraviolet light, with the same crop and turn.
        `read` brings it into register with the first.
    labels_file : str or path-like, optional
        Labels that were drawn on the piece, its top up.
    shape : LaneShape, optional
        Corners of a piece that is no upright rectangle, and depths that are known within it. It is
        straightened as it is read; `crop` is then the rectangle around it.

    Raises
    ------
    ValueError
        The base does not lie below the top, a depth is not finite, the crop is empty or the rotation is none
        of these, or a depth of `shape` does not lie between the two.

    Examples
    --------
    >>> lane = Lane("box-12.jpg", 45.0, 46.0, crop=(100, 300, 0, 2000), rotation=90)
    >>> lane.name, str(lane.crop)
    ('box-12', '100:300 0:2000')
    """

    file: Path
    top: float
    base: float
    name: str = ""
    crop: Crop | None = None
    rotation: int = 0
    second_file: Path | None = None
    labels_file: Path | None = None
    shape: LaneShape | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "file", Path(self.file))
        object.__setattr__(self, "name", self.name or self.file.stem)
        if self.shape is not None:
            object.__setattr__(self, "crop", self.shape.crop)
        if self.crop is not None:
            object.__setattr__(self, "crop", Crop(*map(operator.index, self.crop)))
        for name in ("second_file", "labels_file"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, Path(getattr(self, name)))
        beyond = "" if self.shape is None else self.shape.depth_problem(self.top, self.base)
        problems = [*depth_problems(self.top, self.base), *shape_problems(self.crop, self.rotation)]
        raise_first([*problems, *([beyond] if beyond else [])])

    @property
    def part(self) -> str:
        """What the piece is called among others that the photograph shows; empty where it is all of it."""
        return self.name if self.crop is not None else ""

    def showing(self, photographs: Collection[str]) -> Lane:
        """Return the lane without the second photograph, unless it is among those that are used.

        A photograph that is not used is neither read nor registered.

        Parameters
        ----------
        photographs : collection of str
            Names, such as `PixelClassifier.image_names_`.

        Examples
        --------
        >>> lane = Lane("box.jpg", 1.0, 2.0, second_file="box-uv.jpg")
        >>> lane.showing(["image"]).second_file is None, lane.showing(["image", "second"]) == lane
        (True, True)
        """
        return self if SECOND in photographs else replace(self, second_file=None)

    def read(self, photograph: NDArray[np.uint8] | None = None) -> CoreSection:
        """Read the piece as a section.

        Parameters
        ----------
        photograph : ndarray of uint8, (n_rows, n_columns, 3), optional
            The photograph, where it has been read already.

        Returns
        -------
        CoreSection
            With the second photograph, if there is one, among its `images` as ``"second"``, shifted to lie on
            the first.

        Raises
        ------
        FileNotFoundError, ValueError
            A photograph cannot be read (see `read_section`), the crop reaches beyond it, or the two differ in
            size.

        Warns
        -----
        UserWarning
            The second photograph does not match the first, or lies far off (see `register`), or only the
            whole photographs tell by how much it is to be moved.
        """
        image = self._read_part(self.file) if photograph is None else self._cut(photograph, self.file)
        others = {}
        if self.second_file is not None:
            others[SECOND] = self._registered(image)
        return CoreSection(
            image,
            self.top,
            self.base,
            name=self.name,
            path=self.file,
            part=self.part,
            rotation=self.rotation,
            others=others,
        )

    def read_second(self) -> CoreSection:
        """Read the second photograph of the piece, cut and turned like the first, and as it is otherwise.

        Returns
        -------
        CoreSection

        Raises
        ------
        FileNotFoundError, ValueError
            There is no second photograph, it cannot be read, or the crop reaches beyond it.
        """
        if self.second_file is None:
            raise ValueError(f"{self.name} has no second photograph; name one in the column second_file.")
        image = self._read_part(self.second_file)
        return CoreSection(image, self.top, self.base, name=self.name, path=self.second_file)

    def _read_part(self, file: Path) -> NDArray[np.uint8]:
        """Read the part of a photograph that shows the piece, its top up."""
        if self.shape is not None and self.crop is not None:
            part = read_photograph(file, crop=self.crop)
            first = (self.crop.row_start, self.crop.column_start)
            return self.shape.cut(part, self.top, self.base, offset=first)
        return np.ascontiguousarray(np.rot90(read_photograph(file, crop=self.crop), -self.rotation // 90))

    def _registered(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the second photograph of the piece, moved onto the first and then cut.

        What is moved in from beyond the crop is what the photograph shows there. Where the piece alone does
        not tell by how much, the whole photographs may.
        """
        if self.second_file is None:
            raise ValueError(f"{self.name} has no second photograph; name one in the column second_file.")
        photograph = read_photograph(self.second_file)
        shift = find_shift(image, self._cut(photograph, self.second_file))
        if not shift.reliable and self.crop is not None:  # even rock tells little; the rest of the box may
            files = self.file, self.second_file
            whole = _shift_of_files(*files, *(os.stat(file).st_mtime_ns for file in files))
            if whole is not None and not shift_remark(whole):
                warnings.warn(f"{self.name}: {whole_remark(shift, whole)}", UserWarning, stacklevel=2)
                return self._cut(_moved(photograph, self.crop, whole), self.second_file)
        if remark := shift_remark(shift):
            warnings.warn(f"{self.name}: {remark}", UserWarning, stacklevel=2)
        halo = math.ceil(max(abs(shift.rows), abs(shift.columns))) + 1
        moved = shift.apply(self._cut(photograph, self.second_file, halo))
        return np.ascontiguousarray(moved[halo:-halo, halo:-halo])

    def _cut(self, photograph: NDArray[np.uint8], file: Path, halo: int = 0) -> NDArray[np.uint8]:
        """Return the part of a photograph that shows the piece, its top up, and `halo` pixels around it.

        Beyond the photograph its border is repeated.
        """
        n_rows, n_columns = photograph.shape[:2]
        crop = self.crop or Crop(0, n_rows, 0, n_columns)
        if self.crop is not None and (problem := crop_beyond(self.crop, (n_rows, n_columns), file)):
            raise ValueError(f"{self.name}: {problem}.")
        if self.shape is not None:
            return self.shape.cut(photograph, self.top, self.base, halo=halo)
        part = photograph[crop.row_start : crop.row_stop, crop.column_start : crop.column_stop]
        if halo:
            rows = np.arange(crop.row_start - halo, crop.row_stop + halo).clip(0, n_rows - 1)
            columns = np.arange(crop.column_start - halo, crop.column_stop + halo).clip(0, n_columns - 1)
            part = photograph[np.ix_(rows, columns)]
        return np.ascontiguousarray(np.rot90(part, -self.rotation // 90))


def _moved(photograph: NDArray[np.uint8], crop: Crop, shift: Shift) -> NDArray[np.uint8]:
    """Return a photograph that is moved within a crop and right around it; the rest stays as it is."""
    halo = math.ceil(max(abs(shift.rows), abs(shift.columns))) + 3
    part = (
        slice(max(0, crop.row_start - halo), crop.row_stop + halo),
        slice(max(0, crop.column_start - halo), crop.column_stop + halo),
    )
    moved = photograph.copy()
    moved[part] = shift.apply(photograph[part])
    return moved


@lru_cache(maxsize=16)
def _shift_of_files(file: Path, second_file: Path, *changed: int) -> Shift | None:
    """Return the shift between whole photographs, None where they differ in size; kept until one changes."""
    del changed
    image, second = read_photograph(file), read_photograph(second_file)
    return shift_of_whole(image, second) if image.shape == second.shape else None


@dataclass(frozen=True, init=False)
class Core:
    """The pieces of a core, from top to base.

    Parameters
    ----------
    lanes : iterable of Lane
        In any order; they are sorted by depth.
    name : str, optional
        Name of the hole.
    scale : DepthScale
        The unit that depths are shown in, and what they are measured from.

    Attributes
    ----------
    lanes : tuple of Lane
        From top to base.

    Raises
    ------
    ValueError
        There are no lanes, or two have the same name.

    Examples
    --------
    >>> core = Core([Lane("b.jpg", 2.0, 2.9), Lane("a.jpg", 1.0, 2.0), Lane("c.jpg", 3.0, 4.0)])
    >>> [lane.name for lane in core], core.gaps
    (['a', 'b', 'c'], [Interval(top=2.9, base=3.0)])
    """

    lanes: tuple[Lane, ...]
    name: str
    scale: DepthScale

    def __init__(self, lanes: Iterable[Lane], name: str = "", scale: DepthScale = METRES) -> None:
        ordered = tuple(sorted(lanes, key=lambda lane: (lane.top, lane.base)))
        if not ordered:
            raise ValueError("A core needs at least one section, but there are none; add a row to its table.")
        seen: set[str] = set()
        for lane in ordered:
            if lane.name.casefold() in seen:
                raise ValueError(f"Names of sections must differ, but {lane.name!r} occurs twice.")
            seen.add(lane.name.casefold())
        object.__setattr__(self, "lanes", ordered)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "scale", scale)

    def __len__(self) -> int:
        return len(self.lanes)

    def __iter__(self) -> Iterator[Lane]:
        return iter(self.lanes)

    def __getitem__(self, name: str) -> Lane:
        for lane in self.lanes:
            if lane.name == name:
                return lane
        near = difflib.get_close_matches(name, [lane.name for lane in self.lanes], n=3)
        raise KeyError(
            f"The core has no section {name!r}" + (f"; near it: {', '.join(near)}" if near else "")
        )

    def __repr__(self) -> str:
        named = f"{self.name!r}, " if self.name else ""
        top, base = map(self.scale.of, (self.top, self.base))
        return f"Core({named}{len(self)} sections, {top} to {base} {self.scale.unit})"

    @property
    def top(self) -> float:
        """Depth of the uppermost end in metres."""
        return self.lanes[0].top

    @property
    def base(self) -> float:
        """Depth of the lowermost end in metres."""
        return max(lane.base for lane in self.lanes)

    @property
    def gaps(self) -> list[Interval]:
        """Intervals between top and base of which there is no photograph, from top to base."""
        return find_gaps(self.lanes)

    def showing(self, photographs: Collection[str]) -> Core:
        """Return the core without second photographs, unless they are used; see `Lane.showing`."""
        return Core([lane.showing(photographs) for lane in self.lanes], self.name, self.scale)

    def sections(self) -> Iterator[CoreSection]:
        """Read the sections one after the other, from top to base.

        Only one photograph is held at a time; one with several lanes that follow each other is read once.

        Yields
        ------
        CoreSection
        """
        file, photograph = None, None
        for lane in self.lanes:
            if photograph is None or lane.file != file:
                photograph = None  # let the old one go before the new one is read
                file, photograph = lane.file, read_photograph(lane.file)
            yield replace(lane.read(photograph), scale=self.scale)

    def write_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the table that `read_core` reads, to correct it by hand or keep it.

        Parameters
        ----------
        path : str or path-like
            CSV file to write, in UTF-8. Files are named as seen from its folder, where they lie in it.
        """
        folder = Path(os.path.realpath(path)).parent  # resolve() fails where links lead in a circle
        rows = [self._cells(lane, folder) for lane in self.lanes]
        columns = [
            name for name in (*COLUMNS, *OPTIONAL) if name in COLUMNS or any(row[name] for row in rows)
        ]
        with atomic_write(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            heading = {name: name + self.scale.heading for name in ("top", "base")}
            writer.writerow(heading.get(name, name) for name in columns)
            writer.writerows([safe_cell(row[name]) for name in columns] for row in rows)

    def _cells(self, lane: Lane, folder: Path) -> dict[str, Any]:
        """Return the row of a lane, by the names of columns."""
        shape = lane.shape
        return {
            "file": _relative(lane.file, folder),
            "top": self.scale.of(lane.top),
            "base": self.scale.of(lane.base),
            "name": lane.name,
            "crop": lane.crop or "",
            "rotation": lane.rotation,
            "second_file": "" if lane.second_file is None else _relative(lane.second_file, folder),
            "labels_file": "" if lane.labels_file is None else _relative(lane.labels_file, folder),
            "corners": "" if shape is None else shape.corners_text,
            "ties": "" if shape is None else shape.ties_text(self.scale.of),
        }


def find_gaps(pieces: Iterable[Any]) -> list[Interval]:
    """Find what no piece covers between the top of the uppermost and the base of the lowermost.

    Parameters
    ----------
    pieces : iterable
        Lanes, sections or intervals: all that has a `top` and a `base`, in any order.

    Returns
    -------
    list of Interval
        From top to base.

    Examples
    --------
    >>> find_gaps([Interval(3.0, 4.0), Interval(1.0, 2.0), Interval(1.5, 2.5)])
    [Interval(top=2.5, base=3.0)]
    """
    gaps: list[Interval] = []
    reached: float | None = None
    for top, base in sorted((piece.top, piece.base) for piece in pieces):
        if reached is not None and top > reached + SAME_DEPTH:
            gaps.append(Interval(reached, top))
        reached = base if reached is None else max(reached, base)
    return gaps


# ----------------------------------------------------------------------------------------------------- checks


def raise_first(problems: Sequence[str]) -> None:
    """Raise the first problem as an error of its own, if there is any."""
    if problems:
        raise ValueError(f"{problems[0][0].upper()}{problems[0][1:]}.")


def depth_problems(top: float, base: float, scale: DepthScale = METRES) -> list[str]:
    """Say what is wrong with a pair of depths."""
    said = f"but top is {scale.of(top)} {scale.unit} and base is {scale.of(base)} {scale.unit}"
    if not (math.isfinite(top) and math.isfinite(base)):
        return [f"depths must be finite, {said}"]
    if base <= top:
        return [
            f"the base of a section must lie below its top, {said}; "
            "exchange them, unless they are elevations, which decrease downwards: write those as depths"
        ]
    return []


def shape_problems(crop: Crop | None, rotation: int) -> list[str]:
    """Say what is wrong with a crop and a rotation in themselves."""
    problems = []
    if crop is not None and (min(crop) < 0 or not crop.n_pixels):
        problems.append(f"the crop {crop} is empty; write rows and columns like '100:300 0:2000'")
    if rotation not in ROTATIONS:
        problems.append(f"rotation must be 0, 90, 180 or 270 degrees clockwise, but it is {rotation}")
    return problems


def _relative(file: Path, folder: Path) -> str:
    """Return a file as seen from a folder where it lies in it, else in full."""
    resolved = Path(os.path.realpath(file))
    return resolved.relative_to(folder).as_posix() if resolved.is_relative_to(folder) else str(resolved)
