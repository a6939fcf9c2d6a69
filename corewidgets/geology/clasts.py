"""Clasts: the connected pieces of each class of rock, their sizes and shapes, and how they are sorted."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage
from skimage.measure import regionprops_table
from skimage.morphology import local_maxima, reconstruction
from skimage.segmentation import watershed

from corewidgets.atomic import atomic_write
from corewidgets.extras import import_extra
from corewidgets.geology.segmented import Piece, check_segmentation, pair_segmentations
from corewidgets.labels.arrays import regions
from corewidgets.labels.legend import Legend
from corewidgets.labels.polygons import trace_regions
from corewidgets.spreadsheet import safe_table

__all__ = ["Clasts", "measure_clasts", "separate_clasts"]

GROUNDMASS = ("Matrix",)
THINNEST_NECK = 2.0  # pixels: distances to the edge below that are as good as this
SHAPES = (
    *("label", "area", "centroid", "bbox", "orientation", "perimeter_crofton"),
    *("axis_major_length", "axis_minor_length"),
)

Numbers = NDArray[np.int32]
Floats = NDArray[np.float64]
Rings = list[Floats]  # the outer one first, corners as x, y in millimetres, y up from the top of the hole


@dataclass(frozen=True, eq=False)
class Clasts:
    """Measures of clasts, from top to base.

    Attributes
    ----------
    table : pandas.DataFrame
        A row a clast. `section` and `class`, names; `code`; `number`, of the clast in its section from 1;
        `depth`, `top` and `base` of the clast in metres (NaN where unknown); `row` and `column` of its
        center; `area_mm2`; `diameter_mm` of the circle of equal area; `major_axis_mm` and `minor_axis_mm` of
        the ellipse with equal second moments; `aspect_ratio`, major over minor; `orientation` of the major
        axis in degrees from across the core, -90 to 90, positive where it rises to the right; `perimeter_mm`;
        `roundness`, 4 pi area / perimeter squared, 1 for a circle; `touches_edge`, of the photograph, and
        `touches_not_rock`, such as liner or void: then the clast may be larger than what is seen.
    outlines : list of list of ndarray, or None
        For each row its rings of corners (x, y) in millimetres: x from the left of the photograph, y upwards,
        minus the depth (below the top of the photograph where the depth is unknown). The first ring is the
        outer one, the others are holes.
    legend : Legend
    """

    table: Any
    outlines: list[Rings] | None
    legend: Legend

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        return f"Clasts({len(self)} clasts of {self.table['class'].nunique()} classes)"

    def write_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the table as CSV.

        Parameters
        ----------
        path : str or path-like
            File to write.
        """
        with atomic_write(path) as temporary:
            safe_table(self.table).to_csv(temporary, index=False, float_format="%.10g", lineterminator="\n")

    def write_parquet(self, path: str | os.PathLike[str]) -> None:
        """Write the table as Parquet.

        Parameters
        ----------
        path : str or path-like
            File to write.

        Raises
        ------
        ModuleNotFoundError
            pyarrow is not installed.
        """
        import_extra("pyarrow", "core", "A Parquet file")
        with atomic_write(path) as temporary:
            self.table.to_parquet(temporary, index=False, engine="pyarrow")

    def write_geojson(self, path: str | os.PathLike[str], *, unit: Literal["mm", "m"] = "mm") -> None:
        """Write the outlines as GeoJSON polygons with the measures as properties.

        Coordinates are x across the core and y upwards, minus the depth, so that a map shows the core the
        right way up. They are lengths, not longitude and latitude: choose a plane without a projection in a
        geographic information system.

        Parameters
        ----------
        path : str or path-like
            File to write.
        unit : {"mm", "m"}
            Of the coordinates. The properties keep the units of the table.

        Raises
        ------
        ValueError
            The clasts were measured without outlines, or the unit is another.
        """
        if unit not in {"mm", "m"}:
            raise ValueError(f"unit must be 'mm' or 'm', but it is {unit!r}.")
        if self.outlines is None:
            raise ValueError("These clasts have no outlines; measure them with outlines=True.")
        scale, digits = (1.0, 4) if unit == "mm" else (0.001, 7)
        colors = self.legend.rgb().tolist()
        features = [
            {
                "type": "Feature",
                "geometry": {
                    "type": "Polygon",
                    "coordinates": [_ring(ring, scale, digits) for ring in rings],
                },
                "properties": {**_plain_values(row), "color": colors[row["code"]]},
            }
            for row, rings in zip(self.table.to_dict("records"), self.outlines, strict=True)
        ]
        own = {"unit": unit, "x": "across the core, from the left", "y": "minus depth"}
        document = {"type": "FeatureCollection", "corewidgets": own, "features": features}
        with atomic_write(path) as temporary:
            temporary.write_text(json.dumps(document), encoding="utf-8")

    def size_distribution(self, weight: Literal["number", "area"] = "number") -> Any:
        """Cumulate the clasts of each class over their diameter.

        Parameters
        ----------
        weight : {"number", "area"}
            What is cumulated.

        Returns
        -------
        pandas.DataFrame
            Sorted by `class`, in the order of the legend, and `diameter_mm`; `share` is that of the clasts of
            the class that are as large or smaller.
        """
        if weight not in {"number", "area"}:
            raise ValueError(f"weight must be 'number' or 'area', but it is {weight!r}.")
        table = self.table.sort_values(["code", "diameter_mm"])[["class", "code", "diameter_mm", "area_mm2"]]
        weights = table["area_mm2"] if weight == "area" else table["area_mm2"] * 0 + 1
        by_class = weights.groupby(table["code"])
        table["share"] = by_class.cumsum() / by_class.transform("sum")
        return table[["class", "diameter_mm", "share"]].reset_index(drop=True)

    def cumulate(self) -> Any:
        """Cumulate area and perimeter of the clasts downwards.

        Perimeter over area is large where clasts are small: drawn against each other, the curve of a graded
        or sorted deposit bends where the size of its clasts changes, and is straight where it does not.

        Returns
        -------
        pandas.DataFrame
            A row a clast, by depth: `depth` in metres, `area_mm2` and `perimeter_mm`, sums from the top.
        """
        table = self.table.sort_values("depth", kind="stable")
        sums = table[["area_mm2", "perimeter_mm"]].cumsum()
        sums.insert(0, "depth", table["depth"])
        return sums.reset_index(drop=True)

    def by_depth(self, interval: float = 0.1) -> Any:
        """Summarize the sizes of clasts in intervals of depth.

        A clast belongs to the interval of its center. Sizes are in phi, minus the logarithm to base 2 of the
        diameter in millimetres, each clast counting once.

        Parameters
        ----------
        interval : float
            Length of an interval in metres.

        Returns
        -------
        pandas.DataFrame
            A row an interval that has clasts: `top` and `base` in metres; `n_clasts`; `median_mm`, the median
            diameter, and `largest_mm`; `mean_phi`, `sorting_phi` and `skewness_phi`, graphic mean, inclusive
            graphic standard deviation and skewness [1]_, NaN for fewer than five clasts; `area_mm2` and
            `perimeter_mm`, sums; `perimeter_by_area`, their ratio in 1/mm.

        References
        ----------
        .. [1] R. L. Folk and W. C. Ward, Brazos River bar: a study in the significance of grain size
           parameters, Journal of Sedimentary Petrology 27 (1957), pages 3 to 26.
        """
        import pandas as pd

        if not (math.isfinite(interval) and interval > 0):
            raise ValueError(f"interval must be a positive number of metres, but it is {interval}.")
        known = self.table[self.table["depth"].notna()]
        index = np.floor(known["depth"] / interval + 1e-9).astype(int)
        rows = [_summary(int(key), interval, clasts) for key, clasts in known.groupby(index)]
        return pd.DataFrame(rows, columns=_Summary._fields)


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
        Names of classes that are what lies between clasts. Names that the legend lacks are passed over.
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
    import pandas as pd

    codes = [code for code in legend.rock_codes if legend.name(code) not in groundmass]
    tables, traced = [], []
    for section, segmentation, _ in pair_segmentations(sections, segmentations):
        checked = check_segmentation(section, segmentation, legend)
        size = _pixel_size(section, checked, pixel_size_mm)
        numbered = _number_clasts(checked, codes, smallest_mm2 / size**2, neck)
        tables.append(pd.DataFrame(_measure(section, checked, numbered, size, legend)))
        traced.append(_trace(section, numbered, size) if outlines else [])
    table = pd.concat(tables, ignore_index=True)
    order = table["depth"].to_numpy().argsort(kind="stable")
    kept = [rings for each in traced for rings in each]
    return Clasts(
        table.iloc[order].reset_index(drop=True), [kept[k] for k in order] if outlines else None, legend
    )


def separate_clasts(numbered: NDArray[np.integer], neck: float = 0.7) -> Numbers:
    """Cut regions that are several clasts joined by necks.

    Parameters
    ----------
    numbered : ndarray of int, (n_rows, n_columns)
        0 = outside, else the number of a region.
    neck : float
        From 0 to 1. Two parts are cut when the widest passage between them is narrower than this part of
        the width of the narrower one. 1 cuts at every waist.

    Returns
    -------
    ndarray of int32, (n_rows, n_columns)
        The first part of a region keeps its number, others get new ones after the largest.

    Raises
    ------
    ValueError
        `neck` is not between 0 and 1.

    Notes
    -----
    A watershed of the distance to the edge, from its maxima. A maximum counts where it stands above the
    passes to higher ones by the factor 1 / neck, which is a maximum of height log(1 / neck) of the logarithm
    of the distance: so the same shapes are cut at every size. Such maxima are the regional maxima of the
    reconstruction of the lowered distance (P. Soille, Morphological Image Analysis, 2nd edition, Springer
    2003, section 6.3).

    Examples
    --------
    >>> rows, columns = np.mgrid[:50, :90]
    >>> disks = (np.hypot(rows - 25, columns - 25) < 20) | (np.hypot(rows - 25, columns - 62) < 20)
    >>> len(np.unique(separate_clasts(disks.astype(np.int32)))) - 1
    2
    """
    if not 0 < neck <= 1:
        raise ValueError(f"neck must lie between 0 and 1, but it is {neck}.")
    result = np.array(numbered, dtype=np.int32)
    following = int(result.max(initial=0)) + 1
    for number, box in enumerate(ndimage.find_objects(result), start=1):
        if box is None or min(side.stop - side.start for side in box) < 2 * THINNEST_NECK:
            continue
        mask = result[box] == number
        parts = _parts(mask, neck)
        for part in range(2, int(parts.max()) + 1):
            result[box][parts == part] = following
            following += 1
    return result


def _parts(mask: NDArray[np.bool_], neck: float) -> Numbers:
    """Count through the parts of one region."""
    distance = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    if distance.max() * neck <= THINNEST_NECK:
        return mask.astype(np.int32)
    height = np.log(np.maximum(distance, THINNEST_NECK))
    step = max(-math.log(neck), 1e-3)
    lowered = reconstruction(height - step, height)  # type: ignore[no-untyped-call]
    tops = local_maxima(lowered) & mask  # type: ignore[no-untyped-call]
    markers, n_peaks = ndimage.label(tops, np.ones((3, 3)))
    if n_peaks < 2:
        return mask.astype(np.int32)
    return np.asarray(watershed(-distance, markers, mask=mask), np.int32)  # type: ignore[no-untyped-call]


# ------------------------------------------------------------------------------------------------ measurement


def _number_clasts(
    codes: NDArray[np.uint8], wanted: Sequence[int], smallest: float, neck: float | None
) -> Numbers:
    """Count through the clasts of some classes, 0 elsewhere and where smaller than `smallest` pixels."""
    numbered = regions(np.where(np.isin(codes, wanted), codes, 0))
    numbered = _without_small(numbered, smallest)
    return numbered if neck is None else _without_small(separate_clasts(numbered, neck), smallest)


def _without_small(numbered: Numbers, smallest: float) -> Numbers:
    """Take out regions of fewer pixels and count the others through, in the order of their numbers."""
    sizes = np.bincount(numbered.ravel())
    keep = sizes >= smallest
    keep[0] = False
    return np.where(keep, np.cumsum(keep), 0).astype(np.int32)[numbered]


def _measure(
    section: Piece,
    codes: NDArray[np.uint8],
    numbered: Numbers,
    size: float,
    legend: Legend,
) -> dict[str, Any]:
    """Return the columns of the table of one section."""
    shapes = regionprops_table(numbered, properties=SHAPES)  # type: ignore[no-untyped-call]
    area = shapes["area"] * size**2
    major, minor = shapes["axis_major_length"] * size, shapes["axis_minor_length"] * size
    perimeter = shapes["perimeter_crofton"] * size
    code = _first_codes(codes, numbered)
    row, column = shapes["centroid-0"], shapes["centroid-1"]
    names = np.array(["", *legend.names], dtype=object)
    with np.errstate(divide="ignore", invalid="ignore"):
        roundness = np.minimum(4 * np.pi * area / perimeter**2, 1)
        aspect = np.where(minor > 0, major / minor, np.inf)
    return {
        "section": np.full(len(area), section.name, dtype=object),
        "class": names[code],
        "code": code,
        "number": shapes["label"],
        "depth": _depth(section, row, len(codes)),
        "top": _depth(section, shapes["bbox-0"] - 0.5, len(codes)),
        "base": _depth(section, shapes["bbox-2"] - 0.5, len(codes)),
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
        "touches_edge": _touching(numbered, _edge(numbered.shape)),
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


def _edge(shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return the pixels along the edge of an image."""
    edge = np.ones(shape, bool)
    edge[1:-1, 1:-1] = False
    return edge


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


# ------------------------------------------------------------------------------------------------------ sizes


class _Summary(NamedTuple):
    """What a row of `Clasts.by_depth` holds."""

    top: float
    base: float
    n_clasts: int
    median_mm: float
    largest_mm: float
    mean_phi: float
    sorting_phi: float
    skewness_phi: float
    area_mm2: float
    perimeter_mm: float
    perimeter_by_area: float


def _summary(index: int, interval: float, clasts: Any) -> _Summary:
    """Summarize the clasts of an interval."""
    diameter = clasts["diameter_mm"].to_numpy()
    area, perimeter = float(clasts["area_mm2"].sum()), float(clasts["perimeter_mm"].sum())
    return _Summary(
        round(index * interval, 9),
        round((index + 1) * interval, 9),
        len(clasts),
        float(np.median(diameter)),
        float(diameter.max()),
        *_folk_and_ward(-np.log2(diameter)),
        area,
        perimeter,
        perimeter / area,
    )


def _folk_and_ward(phi: Floats) -> tuple[float, float, float]:
    """Return graphic mean, inclusive graphic standard deviation and skewness of sizes in phi."""
    if len(phi) < 5:
        return math.nan, math.nan, math.nan
    p5, p16, p50, p84, p95 = np.percentile(phi, [5, 16, 50, 84, 95]).tolist()
    mean = (p16 + p50 + p84) / 3
    sorting = (p84 - p16) / 4 + (p95 - p5) / 6.6
    if p84 == p16:
        return mean, sorting, math.nan
    return (
        mean,
        sorting,
        (p16 + p84 - 2 * p50) / (2 * (p84 - p16)) + (p5 + p95 - 2 * p50) / (2 * (p95 - p5)),
    )


# ------------------------------------------------------------------------------------------------------ files


def _ring(corners: Floats, scale: float, digits: int) -> list[list[float]]:
    """Return a ring as GeoJSON has it, the first corner once more at the end."""
    points = np.round(corners * scale, digits).tolist()
    return [*points, points[0]]


def _plain_values(row: dict[str, Any]) -> dict[str, Any]:
    """Return the cells of a row as JSON has them; what is no number is null."""
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in row.items()
    }


# ----------------------------------------------------------------------------------------------------- checks


def _pixel_size(section: Piece, codes: NDArray[np.uint8], pixel_size_mm: float | None) -> float:
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
