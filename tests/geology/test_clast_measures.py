"""Shapes of known size measure what they should."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy import ndimage

from corewidgets.cores.core import Lane
from corewidgets.cores.section import CoreSection
from corewidgets.geology.clast_measures import measure_clasts

from .clast_shapes import LEGEND, PIXEL, ellipse, matrix_with, measure, one


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
