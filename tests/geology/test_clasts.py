"""Shapes of known size measure what they should."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from corewidgets.cores.core import Lane
from corewidgets.cores.section import CoreSection
from corewidgets.geology.clasts import measure_clasts, separate_clasts
from corewidgets.labels.legend import Legend

pandas = pytest.importorskip("pandas")

LEGEND = Legend(["Matrix", "Chert", "Melt", "Void"], not_rock=["Void"])
PIXEL = 0.25  # mm


def section_of(shape, top=100.0, name="piece"):
    return CoreSection(np.zeros((*shape, 3), np.uint8), top, top + shape[0] * PIXEL / 1000, name=name)


def measure(segmentation, **settings):
    return measure_clasts(section_of(segmentation.shape), segmentation, LEGEND, **settings)


def ellipse(shape, row, column, down, across, degrees=0.0):
    """Pixels inside an ellipse, its axis `across` turned by degrees, positive if it rises to the right."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    x, y = columns - column, -(rows - row)
    angle = np.radians(degrees)
    along, beside = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    return (along / across) ** 2 + (beside / down) ** 2 <= 1


def matrix_with(mask, code=2):
    return np.where(mask, code, 1).astype(np.uint8)


def one(clasts):
    (row,) = clasts.table.to_dict("records")
    return row


# ------------------------------------------------------------------------------------------------------ shape


@pytest.mark.parametrize("radius", [12, 20, 60])
def test_a_disk(radius):
    shape = (3 * radius, 4 * radius)
    clast = one(measure(matrix_with(ellipse(shape, 1.4 * radius, 2 * radius, radius, radius))))
    diameter = 2 * radius * PIXEL
    assert clast["class"] == "Chert"
    assert clast["area_mm2"] == pytest.approx(np.pi / 4 * diameter**2, rel=0.02)
    assert clast["diameter_mm"] == pytest.approx(diameter, rel=0.01)
    assert clast["major_axis_mm"] == pytest.approx(diameter, rel=0.02)
    assert clast["perimeter_mm"] == pytest.approx(np.pi * diameter, rel=0.02)
    assert clast["aspect_ratio"] == pytest.approx(1, abs=0.04)
    assert clast["roundness"] > 0.96
    assert clast["depth"] == pytest.approx(100 + (1.4 * radius + 0.5) * PIXEL / 1000, abs=0.2 * PIXEL / 1000)
    assert clast["top"] == pytest.approx(100 + 0.4 * radius * PIXEL / 1000, abs=2 * PIXEL / 1000)
    assert clast["base"] - clast["top"] == pytest.approx(diameter / 1000, rel=0.1)
    assert not clast["touches_edge"]
    assert not clast["touches_not_rock"]


@pytest.mark.parametrize("degrees", [-80, -45, 0, 20, 45, 90])
def test_an_ellipse(degrees):
    clast = one(measure(matrix_with(ellipse((200, 200), 100, 100, 20, 60, degrees))))
    assert clast["major_axis_mm"] == pytest.approx(120 * PIXEL, rel=0.02)
    assert clast["minor_axis_mm"] == pytest.approx(40 * PIXEL, rel=0.02)
    assert clast["aspect_ratio"] == pytest.approx(3, rel=0.02)
    assert (clast["orientation"] - degrees + 90) % 180 - 90 == pytest.approx(0, abs=1)
    assert -90 < clast["orientation"] <= 90
    perimeter = np.pi * (3 * 80 - np.sqrt((3 * 60 + 20) * (60 + 3 * 20))) * PIXEL  # Ramanujan
    assert clast["perimeter_mm"] == pytest.approx(perimeter, rel=0.03)


def test_a_square_is_less_round_than_a_disk():
    mask = np.zeros((120, 120), bool)
    mask[20:100, 20:100] = True
    clast = one(measure(matrix_with(mask)))
    assert clast["area_mm2"] == pytest.approx(400)
    assert clast["perimeter_mm"] == pytest.approx(80, rel=0.06)  # four directions see corners as rounded
    assert clast["roundness"] == pytest.approx(np.pi / 4, rel=0.13)
    assert (clast["row"], clast["column"]) == (59.5, 59.5)


def test_clasts_at_the_edge_and_beside_what_is_no_rock():
    codes = np.ones((60, 60), np.uint8)
    codes[:, 50:] = 4
    codes[0:10, 5:15] = 2  # at the edge
    codes[20:30, 40:50] = 2  # at the void
    codes[40:50, 20:30] = 3  # neither
    table = measure(codes).table
    assert table["class"].tolist() == ["Chert", "Chert", "Melt"]
    assert table["touches_edge"].tolist() == [True, False, False]
    assert table["touches_not_rock"].tolist() == [False, True, False]


def test_what_is_a_clast_can_be_chosen():
    codes = np.ones((60, 60), np.uint8)
    codes[10:20, 10:20] = 2
    codes[10:20, 20:30] = 3  # touches another class: two clasts
    codes[40:42, 40:42] = 3  # 0.25 mm2
    assert measure(codes).table["class"].tolist() == ["Chert", "Melt"]
    assert len(measure(codes, smallest_mm2=0)) == 3
    assert measure(codes, groundmass=["Chert", "Melt"]).table["class"].tolist() == ["Matrix"]
    assert measure(np.ones((60, 60), np.uint8)).table.empty


def test_depth_may_be_unknown():
    codes = matrix_with(ellipse((60, 60), 30, 30, 10, 10))
    section = CoreSection(np.zeros((60, 60, 3), np.uint8), name="loose")
    clasts = measure_clasts(section, codes, LEGEND, pixel_size_mm=0.5)
    assert clasts.table["area_mm2"].iloc[0] == pytest.approx(np.pi * 25, rel=0.03)
    assert clasts.table["depth"].isna().all()
    assert clasts.by_depth().empty
    message = (
        "The size of a pixel of section 'loose' is unknown; give the section top= and base= in metres, or"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        measure_clasts(section, codes, LEGEND)


def test_the_made_core_measures_its_truth(sample):
    legend = sample.legend.mark_not_rock("Void", "Liner")
    clasts = measure_clasts(sample.section, sample.truth, legend, smallest_mm2=0, neck=None)
    rock = np.isin(sample.truth, [code for code in legend.rock_codes if legend.name(code) != "Matrix"])
    assert clasts.table["area_mm2"].sum() == pytest.approx(np.count_nonzero(rock) / 16)
    for code, found in clasts.table.groupby("code"):
        assert len(found) == ndimage.label(sample.truth == code)[1]
        assert found["area_mm2"].sum() == pytest.approx(np.count_nonzero(sample.truth == code) / 16)
    assert clasts.table["depth"].is_monotonic_increasing
    assert clasts.table["depth"].between(100.0, 100.12).all()


def test_clasts_of_the_made_core_are_hardly_cut(sample):
    legend = sample.legend.mark_not_rock("Void", "Liner")
    joined = measure_clasts(sample.section, sample.truth, legend, neck=None)
    cut = measure_clasts(sample.section, sample.truth, legend)
    assert len(joined) <= len(cut) <= 1.05 * len(joined)


def test_sections_are_joined_by_depth(tmp_path):
    first, second = (matrix_with(ellipse((80, 80), row, 40, 10, 10)) for row in (20, 60))
    lanes = [Lane(tmp_path / "b.png", 2.0, 2.02), Lane(tmp_path / "a.png", 1.0, 1.02)]
    clasts = measure_clasts(lanes, iter([first, second]), LEGEND)
    assert clasts.table["section"].tolist() == ["a", "b"]
    assert clasts.table["depth"].to_numpy() == pytest.approx([1.015125, 2.005125])
    uppermost = [rings[0][:, 1].max() for rings in clasts.outlines]
    assert uppermost == pytest.approx([-1012.5, -2002.5])


# ------------------------------------------------------------------------------------------------- separation


@pytest.mark.parametrize("scale", [1, 3])
@pytest.mark.parametrize(("distance", "n_parts"), [(30, 2), (35, 2), (20, 1), (10, 1)])
def test_touching_disks_are_cut_at_their_neck(scale, distance, n_parts):
    """Disks of radius 20: the neck is 0.66, 0.48, 0.87 and 0.97 times as wide as a disk."""
    shape = (60 * scale, 100 * scale)
    disks = [
        ellipse(shape, 30 * scale, (30 + offset) * scale, 20 * scale, 20 * scale) for offset in (0, distance)
    ]
    clasts = measure(matrix_with(disks[0] | disks[1]), neck=0.7)
    assert len(clasts) == n_parts
    if n_parts == 2:
        half = np.count_nonzero(disks[0] | disks[1]) / 2 * PIXEL**2
        assert clasts.table["area_mm2"].to_numpy() == pytest.approx([half, half], rel=0.03)
    assert len(measure(matrix_with(disks[0] | disks[1]), neck=None)) == 1


@given(st.integers(0, 2**32 - 1), st.floats(0.3, 1))
def test_cutting_loses_nothing(seed, neck):
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal((50, 60)), 3)
    numbered, n = ndimage.label(noise > 0)
    parts = separate_clasts(numbered, neck)
    assert np.array_equal(parts > 0, numbered > 0)
    for number in range(1, parts.max() + 1):
        assert len(np.unique(numbered[parts == number])) == 1
        assert number > n or (numbered[parts == number] == number).all()


def test_a_neck_is_a_share():
    message = r"^neck must lie between 0 and 1, but it is 1\.5\.$"
    with pytest.raises(ValueError, match=message):
        separate_clasts(np.zeros((5, 5), int), 1.5)


# ------------------------------------------------------------------------------------------------------ sizes


def field_of_disks(radii, spacing=60):
    """Disks below each other."""
    codes = np.ones((spacing * len(radii), spacing), np.uint8)
    for k, radius in enumerate(radii):
        codes[ellipse(codes.shape, spacing * (k + 0.5), spacing / 2, radius, radius)] = 2
    return codes


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
    pandas.testing.assert_frame_equal(pandas.read_csv(tmp_path / "clasts.csv"), clasts.table)
    pandas.testing.assert_frame_equal(
        pandas.read_parquet(tmp_path / "clasts.parquet"), clasts.table, check_dtype=False
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
