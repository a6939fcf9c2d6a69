"""Clasts are sorted by size and depth, and written with their outlines."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest

from corewidgets.geology.clast_measures import measure_clasts

from .clast_shapes import LEGEND, PIXEL, ellipse, field_of_disks, matrix_with, measure, section_of


def test_sizes_are_distributed():
    clasts = measure(field_of_disks([10, 5, 20, 5]))
    sizes = clasts.size_distribution()
    assert sizes["diameter_mm"].to_numpy() == pytest.approx([2.5, 2.5, 5, 10], rel=0.04)
    assert sizes["share"].tolist() == [0.25, 0.5, 0.75, 1.0]
    by_area = clasts.size_distribution("area")["share"].to_numpy()
    assert by_area == pytest.approx(np.cumsum([25, 25, 100, 400]) / 550, rel=0.05)


def test_perimeter_and_area_cumulate_downwards():
    sums = measure(field_of_disks([20, 20, 5, 5])).cumulate()
    assert sums["depth"].is_monotonic_increasing
    slopes = np.diff(sums["perimeter_mm"]) / np.diff(sums["area_mm2"])
    assert slopes == pytest.approx([4 / 10, 4 / 2.5, 4 / 2.5], rel=0.05)  # 4 / diameter


def test_sorting_by_depth():
    diameters = 2.0 ** np.linspace(1, 3, 21)  # phi from -1 to -3, evenly
    even = field_of_disks(np.full(21, 10))
    wide = field_of_disks(diameters / 2 / PIXEL)
    sections = [section_of(even.shape, 100.0, "even"), section_of(wide.shape, 101.0, "wide")]
    table = measure_clasts(sections, [even, wide], LEGEND).by_depth(1.0)
    assert table["top"].tolist() == [100, 101]
    assert table["n_clasts"].tolist() == [21, 21]
    assert table["median_mm"].to_numpy() == pytest.approx([5, 4], rel=0.03)
    assert table["mean_phi"].to_numpy() == pytest.approx([-np.log2(5), -2], abs=0.03)
    assert table["sorting_phi"].to_numpy() == pytest.approx([0, 1.36 / 4 + 1.8 / 6.6], abs=0.03)
    assert table["skewness_phi"].iloc[1] == pytest.approx(0, abs=0.05)
    assert table["perimeter_by_area"].iloc[0] == pytest.approx(4 / 5, rel=0.03)


def test_few_clasts_are_not_sorted():
    (row,) = measure(field_of_disks([10, 12])).by_depth(1.0).to_dict("records")
    assert row["n_clasts"] == 2
    assert np.isnan(row["sorting_phi"])


# ------------------------------------------------------------------------------------------------------ files


def test_tables_are_read_back(sample, tmp_path):
    clasts = measure_clasts(sample.section, sample.truth, sample.legend)
    clasts.write_csv(tmp_path / "clasts.csv")
    clasts.write_parquet(tmp_path / "clasts.parquet")
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "clasts.csv"), clasts.table)
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "clasts.parquet"), clasts.table, check_dtype=False
    )


def signed_area(ring):
    """Of a ring, positive if counterclockwise with y up."""
    x, y = np.asarray(ring).T
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) / 2)


@pytest.mark.parametrize(("unit", "scale"), [("mm", 1.0), ("m", 0.001)])
def test_geojson_is_in_lengths(tmp_path, unit, scale):
    disk = ellipse((100, 80), 50, 40, 30, 30) & ~ellipse((100, 80), 50, 40, 10, 10)
    clasts = measure(matrix_with(disk))
    clasts.write_geojson(tmp_path / "clasts.geojson", unit=unit)
    document = json.loads((tmp_path / "clasts.geojson").read_text())
    assert document["corewidgets"]["unit"] == unit
    (feature,) = document["features"]
    outer, hole = feature["geometry"]["coordinates"]
    assert outer[0] == outer[-1]
    assert signed_area(outer) > 0 > signed_area(hole)  # as RFC 7946 wants them
    area = clasts.table["area_mm2"].iloc[0]
    assert signed_area(outer) + signed_area(hole) == pytest.approx(area * scale**2, rel=1e-6)
    x, y = np.asarray(outer).T
    assert (x.min(), x.max()) == pytest.approx((10 * PIXEL * scale, 71 * PIXEL * scale))
    assert y.max() == pytest.approx(-(100_000 + 20 * PIXEL) * scale)
    assert feature["properties"]["class"] == "Chert"
    assert feature["properties"]["color"] == LEGEND.rgb()[2].tolist()
    assert feature["properties"]["touches_edge"] is False


def test_every_outline_encloses_its_clast(sample):
    clasts = measure_clasts(sample.section, sample.truth, sample.legend)
    for area, rings in zip(clasts.table["area_mm2"], clasts.outlines, strict=True):
        closed = [np.vstack([ring, ring[:1]]) for ring in rings]
        assert sum(map(signed_area, closed)) == pytest.approx(area, rel=1e-6)


def test_geojson_needs_outlines(tmp_path):
    clasts = measure(field_of_disks([10]), outlines=False)
    with pytest.raises(
        ValueError, match=r"^These clasts have no outlines; measure them with outlines=True\.$"
    ):
        clasts.write_geojson(tmp_path / "clasts.geojson")
    with pytest.raises(ValueError, match="unit must be 'mm' or 'm', but it is 'inch'"):
        clasts.write_geojson(tmp_path / "clasts.geojson", unit="inch")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: measure(np.full((9, 9), 5, np.uint8)),
            "code 5, but the legend ends with code 4 (Void)",
        ),
        (
            lambda: measure_clasts(section_of((9, 9)), np.ones((8, 9), np.uint8), LEGEND),
            "segmentation has shape (8, 9) but section 'piece' has 9 rows and 9 columns; segment",
        ),
        (
            lambda: measure_clasts([section_of((9, 9))], [], LEGEND),
            "but one ended after 0; give one for each",
        ),
        (
            lambda: measure(np.ones((9, 9), np.uint8), pixel_size_mm=0),
            "pixel_size_mm must be a positive number, but it is 0.",
        ),
        (
            lambda: measure(np.ones((9, 9), np.uint8)).by_depth(-1),
            "interval must be a positive number of metres, but it is -1.",
        ),
        (
            lambda: measure(np.ones((9, 9), np.uint8)).size_distribution("mass"),
            "weight must be 'number' or 'area', but it is 'mass'.",
        ),
    ],
)
def test_errors_say_what_to_do(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()
