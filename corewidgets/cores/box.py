"""Where the lanes of a core box lie in its photograph: a proposal, to be corrected in a table."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from corewidgets.cores.core import Lane, depth_problems, raise_first
from corewidgets.cores.crop import Crop
from corewidgets.cores.found_box import BoxLane, FoundBox, find_box
from corewidgets.cores.lane_part import CORE
from corewidgets.cores.lane_shape import LaneShape
from corewidgets.cores.photograph import read_photograph

__all__ = ["find_lanes", "propose_lanes"]

_SURE = 0.5  # confidence; below, a person should look at each lane
_STRAIGHT = 1.5  # pixels by which corners may lie off a rectangle that stands for them
_SHORT_GAP = 0.004  # of a lane: shorter gaps are breaks


def propose_lanes(
    path: str | os.PathLike[str],
    top: float,
    base: float,
    *,
    n_lanes: int | None = None,
    rotation: int | None = None,
    boustrophedon: bool = False,
) -> list[Lane]:
    """Propose the lanes of the photograph of a core box, with depths that run over the core in them.

    The result is a proposal. Draw it with `plot_lanes`, correct it in a `LaneEditor`, or write it as
    a table with ``Core(lanes).write_csv(...)``, correct that, and read it with `read_core`.

    Header, ruler and color card are left out, and so are empty lanes. A lane begins and ends with its core;
    gaps and blocks within it take up no depth (`Lane.shape`), and lanes that are tilted or bent are
    straightened when they are read.

    Parameters
    ----------
    path : str or path-like
        The photograph.
    top, base : float
        Depths in metres of the beginning of the first lane and the end of the last.
    n_lanes, rotation, boustrophedon : optional
        See `find_box`.

    Returns
    -------
    list of Lane
        In the order in which a box is read, called "box-1", "box-2" and so on after the file.

    Raises
    ------
    FileNotFoundError, ValueError
        The photograph cannot be read, the depths are reversed, or no lanes are found (see `find_lanes`), or
        all of them are empty.

    Warns
    -----
    UserWarning
        It is not sure that these are the lanes, or the photograph may be upside down: the box seems to be
        filled from its end. A full box upside down is noticed only by what is written on it or beside it
        (`read_depth_marks`, `writing_upside_down`).
    """
    path = Path(path)
    raise_first(depth_problems(top, base))
    image = read_photograph(path)
    box = _found(image, n_lanes, rotation, boustrophedon)
    full = [lane for lane in box.lanes if not lane.empty]
    if not full:
        raise ValueError(
            f"All {len(box.lanes)} lanes of '{path}' seem to be empty; if they are not, write their crops "
            "into the table by hand."
        )
    if box.confidence < _SURE:
        warnings.warn(
            f"These may not be the lanes of '{path}' (confidence {box.confidence:.2f} of 1); "
            "check them with plot_lanes or in a LaneEditor, or give n_lanes.",
            stacklevel=2,
        )
    if box.filled_from_end:
        warnings.warn(
            f"The core in '{path}' begins late and ends at the end of the last lane, so the photograph may "
            f"be upside down; if it is, give rotation={(box.lanes[0].rotation + 180) % 360}.",
            stacklevel=2,
        )
    recovered = np.array([lane.recovered for lane in full])
    ends = top + (base - top) * np.cumsum([0, *recovered]) / recovered.sum()
    ends[-1] = base  # exactly
    names = [f"{path.stem}-{number}" for number in range(1, len(full) + 1)] if len(full) > 1 else [""]
    return [
        _lane(path, lane, (float(start), float(stop)), name, image.shape[:2])
        for lane, name, start, stop in zip(full, names, ends[:-1], ends[1:], strict=True)
    ]


def find_lanes(
    image: ArrayLike, *, n_lanes: int | None = None, rotation: int | None = None
) -> tuple[list[Crop], int]:
    """Find the lanes of a core box as rectangles; `find_box` tells more of them.

    Parameters
    ----------
    image : ndarray of uint8, (n_rows, n_columns, 3)
        The photograph.
    n_lanes, rotation : optional
        See `find_box`.

    Returns
    -------
    crops : list of Crop
        In the order of reading, empty lanes among them.
    rotation : int

    Raises
    ------
    ValueError
        No lanes are found, or another number than `n_lanes`.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> box = np.full((210, 400, 3), 120, np.uint8)
    >>> for first in (10, 80, 150):
    ...     box[first : first + 50] = rng.integers(0, 255, (50, 400, 3))
    >>> crops, rotation = find_lanes(box)
    >>> len(crops), rotation
    (3, 90)
    """
    lanes = _found(image, n_lanes, rotation, False).lanes
    n_rows, n_columns = np.shape(image)[:2]
    everything = Crop(0, n_rows, 0, n_columns)
    return [lane.crop.overlap(everything) for lane in lanes], lanes[0].rotation


def _found(image: ArrayLike, n_lanes: int | None, rotation: int | None, boustrophedon: bool) -> FoundBox:
    box = find_box(image, n_lanes=n_lanes, rotation=rotation, boustrophedon=boustrophedon)
    if not box.lanes:
        raise ValueError(
            "No lanes were found: nothing in the photograph looks like lanes beside each other; write their "
            "crops into the table by hand."
        )
    if n_lanes is not None and len(box.lanes) != n_lanes:
        raise ValueError(
            f"{len(box.lanes)} lanes were found where there should be {n_lanes}; write their crops into the "
            "table by hand, or give another n_lanes."
        )
    return box


def _lane(path: Path, lane: BoxLane, depths: tuple[float, float], name: str, shape: Sequence[int]) -> Lane:
    """Return a lane from the first of its core to the last."""
    places = [part for part in lane.parts if part.kind in CORE]
    start, stop = places[0].start, places[-1].stop
    corners = lane.corners(start, stop).clip(-0.5, np.subtract(shape, 0.5))
    ties = _ties(lane, start, stop, depths)
    turned = LaneShape(corners.tolist(), ties)
    if not ties and _is_upright(turned):
        return Lane(path, *depths, name, turned.crop, lane.rotation)
    return Lane(path, *depths, name, rotation=lane.rotation, shape=turned)


def _ties(lane: BoxLane, start: float, stop: float, depths: tuple[float, float]) -> list[tuple[float, float]]:
    """Return where gaps and blocks begin and end, with their depths."""
    top, base = depths
    total, passed = lane.recovered, 0.0
    ties: list[tuple[float, float]] = []
    for part, length in zip(lane.parts, lane.lengths, strict=True):
        if part.kind in CORE:
            passed += length
        elif start < part.start and part.stop < stop and part.length > _SHORT_GAP:
            depth = min(base, top + (base - top) * passed / total)
            ties += [((end - start) / (stop - start), depth) for end in (part.start, part.stop)]
    return sorted(set(ties))


def _is_upright(shape: LaneShape) -> bool:
    """Tell whether a rectangle along rows and columns does as well."""
    points, crop = np.array(shape.corners), shape.crop
    off = [
        np.minimum(np.abs(along - first), np.abs(along - stop + 1))
        for along, first, stop in zip(points.T, (crop[0], crop[2]), (crop[1], crop[3]), strict=True)
    ]
    return bool((np.minimum(*off) <= _STRAIGHT).all())
