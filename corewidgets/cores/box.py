"""Where the lanes of a core box lie in its photograph: a proposal, to be corrected in a table."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage
from skimage.filters import threshold_otsu

from corewidgets.cores.core import Lane, depth_problems, raise_first
from corewidgets.cores.crop import Crop
from corewidgets.cores.photograph import read_photograph
from corewidgets.cores.section import as_section

__all__ = ["find_lanes", "propose_lanes"]

LONGEST = 1600  # pixels of the longer side of what is looked at
THINNEST = 0.4  # of the typical thickness: thinner strips are not lanes
SMOOTHING = 0.006  # of the length of a profile
LEAST_CONTRAST = 0.35  # between rock and divider, of their sum: below, there are no dividers

Field = NDArray[np.float64]


def propose_lanes(
    path: str | os.PathLike[str],
    top: float,
    base: float,
    *,
    n_lanes: int | None = None,
    rotation: int | None = None,
) -> list[Lane]:
    """Propose the lanes of the photograph of a core box, with depths in proportion to their lengths.

    This is a guess that saves typing. Draw it with `plot_lanes`, write it as a table with
    ``Core(lanes).write_csv(...)``, correct crops and depths there, and read the table with `read_core`.

    Parameters
    ----------
    path : str or path-like
        The photograph.
    top, base : float
        Depths in metres of the beginning of the first lane and the end of the last.
    n_lanes, rotation : optional
        See `find_lanes`.

    Returns
    -------
    list of Lane
        In the order in which a box is read, called "box-1", "box-2" and so on after the file.

    Raises
    ------
    FileNotFoundError, ValueError
        The photograph cannot be read, the depths are reversed, or no lanes are found (see `find_lanes`).
    """
    path = Path(path)
    raise_first(depth_problems(top, base))
    crops, angle = find_lanes(read_photograph(path), n_lanes=n_lanes, rotation=rotation)
    lengths = [_length(crop, angle) for crop in crops]
    ends = top + (base - top) * np.cumsum([0, *lengths]) / sum(lengths)
    ends[-1] = base  # exactly
    return [
        Lane(path, float(start), float(stop), f"{path.stem}-{number}" if len(crops) > 1 else "", crop, angle)
        for number, (crop, (start, stop)) in enumerate(zip(crops, pairwise(ends), strict=True), start=1)
    ]


def find_lanes(
    image: ArrayLike, *, n_lanes: int | None = None, rotation: int | None = None
) -> tuple[list[Crop], int]:
    """Find the lanes of a core box: strips with the texture of rock between smooth dividers.

    A divider is smooth along its own direction while rock is rough in every direction. So the mean difference
    of neighboring pixels along a lane, as a profile across the lanes, is high on rock and low on dividers;
    Otsu's threshold parts them. The profile across the image against that down the image tells which way the
    lanes run.

    Parameters
    ----------
    image : ndarray of uint8, (n_rows, n_columns, 3)
        The photograph. Its dividers must run along rows or columns, within about a degree.
    n_lanes : int, optional
        How many there are, where it is known.
    rotation : {0, 90, 180, 270}, optional
        Degrees, clockwise, that bring the top of each lane up. Without it 0 for lanes that run down the image
        and 90, the top at the left, for lanes that run across.

    Returns
    -------
    crops : list of Crop
        In reading order: from top to bottom, or from left to right.
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
    grey = as_section(image).image.mean(axis=2)
    factor = max(1, round(max(grey.shape) / LONGEST))
    thinned = _thin(grey, factor)
    if rotation is None:
        rotation = 90 if _runs_across(thinned) else 0
    lanes_run_across = rotation in (90, 270)
    strips = _strips(_profile(thinned, along=int(lanes_run_across)), n_lanes)
    if n_lanes is not None and len(strips) != n_lanes:
        raise ValueError(
            f"{len(strips)} lanes were found where there should be {n_lanes}; write their crops into the "
            "table by hand, or give another n_lanes."
        )
    ends = _ends(thinned if lanes_run_across else thinned.T, strips)
    return [_crop(strip, ends, factor, grey.shape, lanes_run_across) for strip in strips], rotation


def _thin(grey: Field, factor: int) -> Field:
    """Average blocks of pixels; what is left over at the end is dropped."""
    n_rows, n_columns = grey.shape[0] // factor, grey.shape[1] // factor
    blocks = grey[: n_rows * factor, : n_columns * factor].reshape(n_rows, factor, n_columns, factor)
    return np.asarray(blocks.mean(axis=(1, 3)))


def _profile(grey: Field, along: int) -> Field:
    """Return how rough an image is along one axis, for each place on the other."""
    rough = np.abs(np.diff(grey, axis=along)).mean(axis=along)
    return np.asarray(ndimage.gaussian_filter1d(rough, max(1.0, SMOOTHING * rough.size), mode="nearest"))


def _runs_across(grey: Field) -> bool:
    """Tell whether lanes run across the image: by where there are dividers, or else by its longer side."""
    across, down = (_contrast(_within(_profile(grey, along=axis))) for axis in (1, 0))
    if max(across, down) < LEAST_CONTRAST:
        return grey.shape[1] > grey.shape[0]
    return across > down


def _within(profile: Field) -> Field:
    """Return a profile without the frame at either end."""
    rough = np.flatnonzero(profile >= _threshold(profile))
    return profile[rough[0] : rough[-1] + 1]


def _threshold(profile: Field) -> float:
    """Return Otsu's threshold, for an even profile its value."""
    return float(threshold_otsu(profile)) if np.ptp(profile) else float(profile[0])  # type: ignore[no-untyped-call]


def _contrast(profile: Field) -> float:
    """Return the difference of the two sides of Otsu's threshold over their sum."""
    low = profile < _threshold(profile)
    if not low.any():
        return 0.0
    rock, divider = profile[~low].mean(), profile[low].mean()
    return float((rock - divider) / (rock + divider))


def _strips(profile: Field, n_lanes: int | None) -> list[tuple[int, int]]:
    """Return start and stop of each strip that is as rough as rock."""
    if profile.max() < 0.5:
        raise ValueError("No lanes were found: the photograph is of one even color.")
    if _contrast(profile) < LEAST_CONTRAST:
        return [(0, profile.size)]
    otsu = _threshold(profile)
    low, high = profile.min(), profile.max()
    candidates = [otsu, *(low + (high - low) * np.linspace(0.1, 0.9, 33))]
    for threshold in candidates if n_lanes else candidates[:1]:
        strips = _runs(profile > threshold)
        if len(strips) == n_lanes:
            return strips
    return _runs(profile > otsu)


def _runs(rough: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return start and stop of each run that is not much thinner than the others."""
    edges = np.flatnonzero(np.diff(rough, prepend=False, append=False)).reshape(-1, 2)
    thickness = edges[:, 1] - edges[:, 0]
    typical = np.median(thickness[thickness > 0.3 * thickness.max()])
    return [(int(start), int(stop)) for start, stop in edges[thickness > THINNEST * typical]]


def _ends(grey: Field, strips: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Return where the longest lane begins and ends: there the frame of the box is smooth across it."""
    starts, stops = [], []
    for start, stop in strips:
        profile = _profile(grey[start:stop], along=0)
        rough = np.flatnonzero(profile > 0.35 * np.median(profile))
        starts.append(int(rough[0]))
        stops.append(int(rough[-1]) + 1)
    return min(starts), max(stops)


def _crop(
    strip: tuple[int, int],
    ends: tuple[int, int],
    factor: int,
    shape: tuple[int, ...],
    lanes_run_across: bool,
) -> Crop:
    """Turn a strip of the thinned image into a rectangle of the photograph."""
    rows, columns = (strip, ends) if lanes_run_across else (ends, strip)
    sides = [
        limit if stop * factor > limit - factor else stop * factor
        for (_, stop), limit in zip((rows, columns), shape, strict=True)
    ]
    return Crop(rows[0] * factor, sides[0], columns[0] * factor, sides[1])


def _length(crop: Crop, rotation: int) -> int:
    """Return the length of a lane in pixels."""
    if rotation in (90, 270):
        return crop.column_stop - crop.column_start
    return crop.row_stop - crop.row_start
