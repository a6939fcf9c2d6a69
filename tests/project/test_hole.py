"""A hole is the photographs by depth: gaps, overlaps, what shows a depth, and the log of the maps."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw
from corewidgets.cores.core import Interval
from corewidgets.cores.depth_scale import DepthScale
from corewidgets.project.export import export_project

from .conftest import SHAPE, picture


@pytest.fixture
def hole(project):
    """Return a hole of three photographs with a gap after the first; the order is not that of the names."""
    for name, top in (("R2", 10.0), ("R3", 11.5), ("R1", 12.5)):
        project.set_depths(name, top, top + 1.0)
    return cw.Hole(project)


def test_gaps_and_what_shows_a_depth(hole):
    assert [lane.name for lane in hole.core] == ["R2", "R3", "R1"]
    assert hole.gaps == [Interval(11.0, 11.5)]
    assert hole.overlaps == []
    assert [hole.at(depth) for depth in (9.9, 10.0, 11.0, 12.5, 13.4, 13.5)] == [
        [],
        ["R2"],
        [],
        ["R1"],
        ["R1"],
        [],
    ]
    assert hole.without_depth == []


def test_overlaps_are_told(hole):
    hole.project.set_depths("R1", 12.25, 13.25)
    assert hole.overlaps == [("R3", "R1", Interval(12.25, 12.5))]
    assert hole.at(12.3) == ["R3", "R1"]
    hole.project.set_depths("R2", None, None)
    assert hole.without_depth == ["R2"]
    assert hole.gaps == []


def test_the_log_is_that_of_the_maps_as_they_arrive(hole):
    with pytest.raises(
        ValueError, match="No photograph with depths has a map yet; train, or give depths with"
    ):
        hole.depth_log()
    segmentation = np.ones(SHAPE, np.uint8)
    segmentation[20:, :6] = 2
    hole.project.correct_map("R3", segmentation)
    assert hole.mapped == ["R3"]
    table = hole.depth_log(interval=0.5).table
    assert table[["top", "base"]].to_numpy().tolist() == [[11.5, 12.0], [12.0, 12.5]]
    assert table["Clast"].tolist() == pytest.approx([0.0, 0.5])
    hole.project.correct_map("R1", np.full(SHAPE, 2, np.uint8))
    lanes = cw.Core([hole.core["R3"], hole.core["R1"]])
    expected = cw.depth_log(
        lanes, [segmentation, np.full(SHAPE, 2, np.uint8)], hole.project.legend, interval=0.5
    )
    assert hole.depth_log(interval=0.5).table.equals(expected.table)


def test_maps_of_other_pixels_are_in_no_log(hole, scans):
    for name in ("R1", "R3"):
        hole.project.write_map(name, np.ones(SHAPE, np.uint8))
    hole.project.correct_map("R2", np.ones(SHAPE, np.uint8))
    before = hole.depth_log()
    pixels = {}
    for number in (2, 3):
        pixels[number] = (scans / f"R{number}.png").read_bytes()
        Image.fromarray(picture(number + 7)).save(scans / f"R{number}.png")
    for project in (hole.project, cw.Project(hole.project.folder)):
        told = "The photographs of R2, R3 were replaced since .* for R2, or restore the photographs"
        with pytest.raises(ValueError, match=told):
            cw.Hole(project).depth_log()
        with pytest.raises(ValueError, match="The photographs of R2, R3 were replaced"):
            export_project(project)
        assert not (project.folder / "exports").exists()
        assert [project.state(name).outdated for name in ("R1", "R2", "R3")] == [True, False, True]
        assert project.replaced == ["R2", "R3"]
        assert cw.Hole(project).depth_log(top=12.5).table["top"].min() == pytest.approx(12.5)
    (scans / "R2.png").write_bytes(pixels[2])
    hole.project.write_map("R3", np.ones(SHAPE, np.uint8))
    assert hole.depth_log().table.equals(before.table)
    assert hole.project.replaced == []


@pytest.mark.parametrize("how", ["depths", "core", "table", "project"])
def test_a_hole_in_feet_stays_one(project, scans, tmp_path, how):
    if how == "depths":
        for number, name in enumerate(("R1", "R2", "R3")):
            project.set_depths(name, 9000 + 3 * number, 9003 + 3 * number, "ft")
    else:
        lanes = [
            cw.Lane(scans / f"R{n}.png", 0.3048 * (8997 + 3 * n), 0.3048 * (9000 + 3 * n)) for n in (1, 2, 3)
        ]
        core = cw.Core(lanes, "hole", cw.DepthScale("ft", "below sea floor"))
        core.write_csv(scans / "feet.csv")
        source = {"core": core, "table": scans / "feet.csv", "project": None}[how]
        source = source or cw.Project.create(tmp_path / "first.corewidgets", core)
        project = cw.Project.create(tmp_path / "feet.corewidgets", source)
        assert project.scale.datum == "below sea floor"
        assert (project.folder / "photographs.csv").read_text().startswith("file,top (fbsf),base (fbsf)")
    again = cw.Project(project.folder)
    again.set_depths("R2", 9003.5, 9006, "ft")
    for scale in (project.scale, again.scale, again.core.scale, again.read("R1").scale):
        assert scale.unit == "ft"
    assert again.scale.of(again.entry("R2").top) == 9003.5
    again.correct_map("R1", np.ones(SHAPE, np.uint8))
    again.correct_map("R3", np.ones(SHAPE, np.uint8))
    log = cw.Hole(again).depth_log(interval=1)
    assert log.scale.unit == "ft"
    assert [round(log.scale.of(top), 6) for top in log.table["top"]] == [9000 + k for k in range(9)]
    assert log.table["core_loss"].tolist() == pytest.approx([0, 0, 0, 1, 1, 1, 0, 0, 0])


def test_feet_among_metres_are_shown_in_metres(project):
    project.set_depths("R1", 100.0, 101.0)
    project.set_depths("R2", 1000, 1001, "ft")
    assert cw.Project(project.folder).scale.unit == project.scale.unit == "m"
    assert project.entry("R2").top == pytest.approx(304.8)


def test_what_depths_are_measured_from_is_kept(scans, tmp_path):
    lanes = [cw.Lane(scans / f"R{number}.png", number, number + 1) for number in (1, 2)]
    core = cw.Core(lanes, scale=DepthScale("m", "below the collar at 412 m"))
    project = cw.Project.create(tmp_path / "hole.corewidgets", core)
    again = cw.Project(project.folder)
    again.set_depths("R1", 1.0, 1.5)
    for found in (project, again, cw.Project(project.folder)):
        assert found.scale == found.core.scale == found.read("R2").scale == core.scale
    bare = cw.Project.create(tmp_path / "bare.corewidgets", scans / "R3.png")
    bare.add(core)
    assert cw.Project(bare.folder).scale == core.scale
    for name in bare.names:
        bare.set_depths(name, None, None)
    assert bare.scale == core.scale
    bare.set_depths("R3", 30.0, 33.0, "ft")
    assert bare.scale == DepthScale("ft", core.scale.datum)
