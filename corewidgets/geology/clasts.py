"""Clasts: a table of their sizes and shapes, with outlines, and how they are sorted."""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corewidgets.atomic import atomic_write
from corewidgets.extras import import_extra, import_needed
from corewidgets.labels.legend import Legend
from corewidgets.spreadsheet import safe_table

__all__ = ["Clasts"]

GROUNDMASS = ("Matrix",)  # names of classes that are what lies between clasts

Floats = NDArray[np.float64]
Rings = list[Floats]  # the outer one first, corners as x, y in millimetres, y up from the top of the hole


@dataclass(frozen=True, eq=False)
class Clasts:
    """Measures of clasts, from top to base.

    Attributes
    ----------
    table : pandas.DataFrame
        One row per clast. `section` and `class`, names; `code`; `number`, of the clast in its section from 1;
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
            One row per clast, by depth: `depth` in metres, `area_mm2` and `perimeter_mm`, sums from the top.
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
            One row per interval that has clasts: `top` and `base` in metres; `n_clasts`; `median_mm`, the
            median diameter, and `largest_mm`; `mean_phi`, `sorting_phi` and `skewness_phi`, graphic mean,
            inclusive graphic standard deviation and skewness [1]_, NaN for fewer than five clasts; `area_mm2`
            and `perimeter_mm`, sums; `perimeter_by_area`, their ratio in 1/mm.

        References
        ----------
        .. [1] R. L. Folk and W. C. Ward, Brazos River bar: a study in the significance of grain size
           parameters, Journal of Sedimentary Petrology 27 (1957), pages 3 to 26.
        """
        pd = import_needed("pandas", "A table of clasts")
        if not (math.isfinite(interval) and interval > 0):
            raise ValueError(f"interval must be a positive number of metres, but it is {interval}.")
        known = self.table[self.table["depth"].notna()]
        index = np.floor(known["depth"] / interval + 1e-9).astype(int)
        rows = [_summary(int(key), interval, clasts) for key, clasts in known.groupby(index)]
        return pd.DataFrame(rows, columns=_Summary._fields)


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
