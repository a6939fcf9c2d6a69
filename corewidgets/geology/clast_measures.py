"""Clasts measured: the connected pieces of each class, counted through, with their sizes and shapes."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage
from skimage.measure import regionprops_table

from corewidgets.extras import import_needed
from corewidgets.geology.clasts import GROUNDMASS, Clasts, Floats, Rings
from corewidgets.geology.necks import Numbers, separate_clasts
from corewidgets.geology.segmented import Piece, check_segmentation, pair_segmentations
from corewidgets.labels.arrays import regions
from corewidgets.labels.legend import Legend
from corewidgets.labels.polygons import trace_regions

__all__ = ["measure_clasts", "measure_numbered", "number_clasts", "pixel_size_of"]

SHAPES = (
    *("label", "area", "centroid", "bbox", "orientation", "perimeter_crofton"),
    *("axis_major_length", "axis_minor_length"),
)


def measure_clasts(
    sections: Piece | Iterable[Piece],
    segmentations: ArrayLike | Iterable[ArrayLike],
    legend: Legend,
    *,
    groundmass: Collection[str] = GROUNDMASS,
    smallest_mm2: float = 1.0,
    neck: float | None = 0.7,
    pixel_size_mm: float | None = None,
    outlines: bool = True,
) -> Clasts:
    """Measure the clasts of one section or of several.

    A clast is a piece of one class, connected along edges of pixels. Classes that the legend marks as not
    rock, and the groundmass, have none.

    Parameters
    ----------
    sections : CoreSection, Lane, or iterable of them
        A `Core` will do.
    segmentations : array of shape (n_rows, n_columns), or iterable of them
        Codes of each section. They may come from a generator: only one is held at a time.
    legend : Legend
    groundmass : collection of str
        Names of classes that are what lies between clasts. Names that the legend lacks are ignored.
    smallest_mm2 : float
        Smaller clasts are left out: the smallest pieces of a segmentation are mostly its noise.
    neck : float or None
        Touching clasts are cut where they are joined by a neck narrower than this part of the narrower of
        them (see `separate_clasts`); None to leave them joined.
    pixel_size_mm : float, optional
        Size of a pixel; without it, that along the depths of each section.
    outlines : bool
        Whether to keep the outline of each clast, which `Clasts.write_geojson` needs.

    Returns
    -------
    Clasts

    Raises
    ------
    ModuleNotFoundError
        pandas is not installed.
    ValueError
        A segmentation has another shape than its section or a code that the legend lacks, the size of a pixel
        is unknown, or there are more sections than segmentations or the other way round.

    Notes
    -----
    Measures are those of scikit-image's `regionprops`. The perimeter is Crofton's, from crossings in four
    directions, because the length of a pixel outline depends on its direction. Roundness is that of Cox [1]_;
    for shapes of a few pixels the perimeter may come out too short, and roundness is cut off at 1.

    References
    ----------
    .. [1] E. P. Cox, A method of assigning numerical and percentage values to the degree of roundness of sand
       grains, Journal of Paleontology 1 (1927), pages 179 to 183.

    Examples
    --------
    >>> segmentation = np.ones((100, 50), np.uint8)
    >>> segmentation[20:40, 10:30] = 2
    >>> from corewidgets.cores.section import CoreSection
    >>> section = CoreSection(np.zeros((100, 50, 3), np.uint8), top=10.0, base=10.05)
    >>> clasts = measure_clasts(section, segmentation, Legend(["Matrix", "Chert"]))
    >>> clasts.table[["class", "area_mm2", "depth"]].round(4).to_numpy().tolist()
    [['Chert', 100.0, 10.015]]
    """
    pd = import_needed("pandas", "A table of clasts")
    codes = [code for code in legend.rock_codes if legend.name(code) not in groundmass]
    tables, traced = [], []
    for section, segmentation, _ in pair_segmentations(sections, segmentations):
        checked = check_segmentation(section, segmentation, legend)
        size = pixel_size_of(section, checked, pixel_size_mm)
        numbered = number_clasts(checked, codes, smallest_mm2 / size**2, neck)
        code = _first_codes(checked, numbered)
        tables.append(pd.DataFrame(measure_numbered(section, checked, numbered, code, size, legend)))
        traced.append(_trace(section, numbered, size) if outlines else [])
    table = pd.concat(tables, ignore_index=True)
    order = table["depth"].to_numpy().argsort(kind="stable")
    kept = [rings for each in traced for rings in each]
    return Clasts(
        table.iloc[order].reset_index(drop=True), [kept[k] for k in order] if outlines else None, legend
    )


def number_clasts(
    codes: NDArray[np.uint8], wanted: Sequence[int], smallest: float, neck: float | None
) -> Numbers:
    """Count through the clasts of some classes, 0 elsewhere and where smaller than `smallest` pixels.

    Parameters
    ----------
    codes : ndarray of uint8, (n_rows, n_columns)
    wanted : sequence of int
        Codes of the classes that have clasts.
    smallest : float
    neck : float or None
        See `measure_clasts`.

    Returns
    -------
    ndarray of int32, (n_rows, n_columns)
    """
    numbered = regions(np.where(np.isin(codes, wanted), codes, 0))
    numbered = _without_small(numbered, smallest)
    return numbered if neck is None else _without_small(separate_clasts(numbered, neck), smallest)


def _without_small(numbered: Numbers, smallest: float) -> Numbers:
    """Take out regions of fewer pixels and count the others through, in the order of their numbers."""
    sizes = np.bincount(numbered.ravel())
    keep = sizes >= smallest
    keep[0] = False
    return np.where(keep, np.cumsum(keep), 0).astype(np.int32)[numbered]


def measure_numbered(
    section: Piece,
    codes: NDArray[np.uint8],
    numbered: Numbers,
    code: NDArray[np.int64],
    size: float,
    legend: Legend,
    *,
    origin: tuple[int, int] = (0, 0),
    shape: tuple[int, int] | None = None,
) -> dict[str, Any]:
    """Measure numbered clasts of a section, or of a part of it that holds them and one pixel around them.

    Parameters
    ----------
    section : CoreSection or Lane
    codes : ndarray of uint8, (n_rows, n_columns)
        The map there; it tells where no rock is.
    numbered : ndarray of int32, (n_rows, n_columns)
        0 = outside, else 1 to the number of clasts.
    code : ndarray of int64, (n_clasts,)
        The class of each.
    size : float
        Of a pixel, in millimetres.
    legend : Legend
    origin : tuple of int
        Row and column of the section that the part begins at.
    shape : tuple of int, optional
        Rows and columns of the section; by default those of the part.

    Returns
    -------
    dict of str to ndarray
        The columns of `Clasts.table`.
    """
    n_rows, n_columns = shape or (codes.shape[0], codes.shape[1])
    shapes = regionprops_table(numbered, properties=SHAPES)  # type: ignore[no-untyped-call]
    area = shapes["area"] * size**2
    major, minor = shapes["axis_major_length"] * size, shapes["axis_minor_length"] * size
    perimeter = shapes["perimeter_crofton"] * size
    row, column = shapes["centroid-0"] + origin[0], shapes["centroid-1"] + origin[1]
    first, stop = shapes["bbox-0"] + origin[0], shapes["bbox-2"] + origin[0]
    left, right = shapes["bbox-1"] + origin[1], shapes["bbox-3"] + origin[1]
    names = np.array(["", *legend.names], dtype=object)
    with np.errstate(divide="ignore", invalid="ignore"):
        roundness = np.minimum(4 * np.pi * area / perimeter**2, 1)
        aspect = np.where(minor > 0, major / minor, np.inf)
    return {
        "section": np.full(len(area), section.name, dtype=object),
        "class": names[code],
        "code": code,
        "number": shapes["label"],
        "depth": _depth(section, row, n_rows),
        "top": _depth(section, first - 0.5, n_rows),
        "base": _depth(section, stop - 0.5, n_rows),
        "row": row,
        "column": column,
        "area_mm2": area,
        "diameter_mm": np.sqrt(4 * area / np.pi),
        "major_axis_mm": major,
        "minor_axis_mm": minor,
        "aspect_ratio": aspect,
        "orientation": _degrees(shapes["orientation"]),
        "perimeter_mm": perimeter,
        "roundness": roundness,
        "touches_edge": (first == 0) | (left == 0) | (stop == n_rows) | (right == n_columns),
        "touches_not_rock": _touching(numbered, _beside(~np.isin(codes, legend.rock_codes))),
    }


def _first_codes(codes: NDArray[np.uint8], numbered: Numbers) -> NDArray[np.int64]:
    """Return the code of each clast, in the order of their numbers."""
    found, first = np.unique(numbered, return_index=True)
    return codes.ravel()[first[found > 0]].astype(np.int64)


def _degrees(orientation: Floats) -> Floats:
    """Turn scikit-image's angle, from the row axis in radians, into degrees from across the core."""
    angle = np.degrees(orientation) + 90
    return np.where(angle > 90, angle - 180, angle)


def _depth(section: Piece, row: Floats, n_rows: int) -> Floats:
    """Return the depth of rows, an integer at the center of a pixel; NaN where it is unknown."""
    if section.top is None or section.base is None:
        return np.full(len(row), np.nan)
    return section.top + (row + 0.5) / n_rows * (section.base - section.top)


def _beside(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the pixels that share an edge with those of a mask."""
    return np.asarray(ndimage.binary_dilation(mask))


def _touching(numbered: Numbers, place: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return for each clast whether one of its pixels lies in a place."""
    found = np.bincount(numbered[place], minlength=int(numbered.max(initial=0)) + 1)
    return found[1:] > 0


def _trace(section: Piece, numbered: Numbers, size: float) -> list[Rings]:
    """Outline each clast in millimetres, x to the right and y up, counterclockwise, holes clockwise."""
    top = 0.0 if section.top is None else 1000 * section.top
    rings = dict(trace_regions(numbered))
    return [
        [np.column_stack([ring[:, 1] + 0.5, -(ring[:, 0] + 0.5)])[::-1] * size - (0, top) for ring in each]
        for each in (rings[number] for number in range(1, len(rings) + 1))
    ]


def pixel_size_of(section: Piece, codes: NDArray[np.uint8], pixel_size_mm: float | None) -> float:
    """Return the size of a pixel in millimetres, or raise where it is unknown."""
    if pixel_size_mm is not None:
        if not (math.isfinite(pixel_size_mm) and pixel_size_mm > 0):
            raise ValueError(f"pixel_size_mm must be a positive number, but it is {pixel_size_mm}.")
        return pixel_size_mm
    if section.top is None or section.base is None:
        raise ValueError(
            f"The size of a pixel of section {section.name!r} is unknown; give the section top= and base= in "
            "metres, or give pixel_size_mm=."
        )
    return 1000 * (section.base - section.top) / len(codes)
