"""Whatever holds photographs is opened: each is a row, and what cannot be read is one with its reason."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from PIL import Image

from corewidgets.batch.run_folder import RunFolder
from corewidgets.cores.core import Core, Crop, Lane
from corewidgets.cores.depth_scale import DepthScale
from corewidgets.cores.lane_shape import LaneShape
from corewidgets.cores.opening import holds_many, open_entries, open_section, open_sections
from corewidgets.cores.section import CoreSection


def picture(number):
    return np.random.default_rng(number).integers(0, 256, (12, 6, 3), np.uint8)


def exactly(text):
    return f"^{re.escape(text)}$"


@pytest.fixture
def folder(tmp_path):
    """Return a folder of three photographs, with files beside them that are none."""
    made = tmp_path / "scans"
    made.mkdir()
    for number in (2, 10, 1):
        Image.fromarray(picture(number)).save(made / f"box-{number}.png")
    Image.fromarray(picture(1)).convert("L").save(made / "box-1.labels.png")
    Image.fromarray(picture(1)).convert("L").save(made / "box-1.labels.20261125-120000.png")
    (made / ".DS_Store").write_bytes(b"x")
    (made / "._box-1.png").write_bytes(b"x")
    (made / "notes.txt").write_text("x")
    return made


def names(entries):
    return [entry.name for entry in entries]


def test_a_folder_is_its_photographs_with_numbers_counted(folder):
    entries = open_entries(folder)
    assert names(entries) == ["box-1", "box-2", "box-10"]
    assert [entry.problem for entry in entries] == ["", "", ""]
    sections = open_sections(str(folder))
    assert [section.name for section in sections] == ["box-1", "box-2", "box-10"]
    assert all((section.image == picture(n)).all() for section, n in zip(sections, (1, 2, 10), strict=True))
    assert sections[0].path == folder / "box-1.png"
    assert sections[0].top is None


def test_a_pattern_is_the_photographs_of_that_name(folder):
    assert names(open_entries(folder / "box-1*.png")) == ["box-1", "box-10"]
    assert names(open_entries(folder.parent / "**" / "*.png")) == ["box-1", "box-2", "box-10"]
    message = exactly(f"There is no photograph '{folder}/*.jpg'; check the pattern and the folder.")
    with pytest.raises(FileNotFoundError, match=message):
        open_entries(f"{folder}/*.jpg")


def test_a_file_may_have_a_name_like_a_pattern(folder):
    (folder / "box-2.png").rename(folder / "box [2].png")
    assert open_section(folder / "box [2].png").name == "box [2]"
    assert not holds_many(folder / "box [2].png")


def test_a_file_that_is_no_photograph_is_listed_with_the_reason(folder):
    (folder / "box-3.jpg").write_bytes(b"")
    (folder / "box-4.tif").write_text("hello")
    (folder / "box-5.png").symlink_to(folder / "lost.png")
    entries = open_entries(folder)
    assert names(entries) == ["box-1", "box-2", "box-3", "box-4", "box-5", "box-10"]
    assert entries[2].problem == f"'{folder / 'box-3.jpg'}' is empty; copy it again from its source."
    assert entries[3].problem.startswith(f"'{folder / 'box-4.tif'}' is not a photograph that can be read")
    assert "box-5.png' is a link to" in entries[4].problem
    assert [entry.problem for entry in (entries[0], entries[1], entries[5])] == ["", "", ""]
    with pytest.raises(ValueError, match=r"box-3\.jpg' is empty"):
        open_sections(folder)


def test_a_folder_of_which_nothing_can_be_read(tmp_path):
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(b"")
    message = f"None of 2 photographs can be read. The first: '{tmp_path / 'a.jpg'}' is empty; copy it again"
    with pytest.raises(ValueError, match=re.escape(message)):
        open_entries(tmp_path)


def test_a_folder_without_photographs(folder):
    empty = folder.parent / "empty"
    empty.mkdir()
    message = (
        f"There are no photographs in the folder '{empty}' (JPEG, PNG, TIFF, WebP, JPEG 2000 or BMP); check "
        "the name of the folder."
    )
    with pytest.raises(ValueError, match=exactly(message)):
        open_entries(empty)
    with pytest.raises(ValueError, match=re.escape(f"there are some in '{folder}': give that, or")):
        open_entries(folder.parent)


def test_a_list_may_hold_anything(folder, image):
    lane = Core([Lane(folder / "box-10.png", 5.0, 6.0, "deep")])
    held = Image.fromarray(picture(2))
    section = CoreSection(picture(3), 1.0, 2.0, name="mine")
    entries = open_entries([folder / "box-1.png", str(folder / "none.png"), image, held, section, lane])
    assert names(entries) == ["box-1", "none", "section-3", "section-4", "mine", "deep"]
    assert entries[1].problem == (
        f"There is no file or folder '{folder / 'none.png'}'; check the name and the folder."
    )
    assert (entries[2].read().image == image).all()
    assert (entries[3].read().image == picture(2)).all()
    assert entries[4].read() is section
    assert (entries[5].top, entries[5].base) == (5.0, 6.0)
    with pytest.raises(TypeError, match="image must be an array of uint8"):
        open_entries([image, 3.5])


def test_names_differ(folder, tmp_path):
    other = tmp_path / "others"
    other.mkdir()
    Image.fromarray(picture(7)).save(other / "BOX-1.png")
    entries = open_entries([folder / "box-1.png", other / "BOX-1.png", folder / "box-1.png"])
    assert names(entries) == ["box-1", "BOX-1-2", "box-1-3"]
    assert entries[1].read().name == "BOX-1-2"


def test_nothing_is_no_photograph():
    with pytest.raises(ValueError, match=r"There are no photographs to open: the list is empty\."):
        open_entries([])


def test_a_run_keeps_corners_known_depths_and_the_unit_of_its_lanes(folder):
    shape = LaneShape([(0, 0), (9, 0), (11, 5), (2, 5)], [(0.5, 1.25)])
    scale = DepthScale("ft", "below sea floor")
    file = folder / "box-1.png"
    lanes = [Lane(file, 1, 2, "a", shape=shape), Lane(file, 2, 3, "b", Crop(0, 9, 0, 5), 180)]
    core = Core(lanes, "hole", scale)
    run = RunFolder(folder / "run")
    run.path.mkdir()
    run.about.write_text(json.dumps({"core": run.describe_core(core)}))
    for source in (core, run.path):
        opened = open_entries(source)
        assert [entry.shape for entry in opened] == [shape, None]
        assert [entry.crop for entry in opened] == [lane.crop for lane in core]
        assert [entry.scale for entry in opened] == [scale, scale]


def test_a_table_a_core_and_a_run_are_their_lanes(folder):
    lanes = [
        Lane(folder / "box-2.png", 2.0, 3.0, "lower", Crop(0, 12, 0, 3), 180),
        Lane(folder / "box-1.png", 1.0, 2.0, "upper", second_file=folder / "box-2.png"),
    ]
    core = Core(lanes)
    core.write_csv(folder / "core.csv")
    rows = [
        {"name": lane.name, "file": f"../{lane.file.name}", "top": lane.top, "base": lane.base,
         "crop": lane.crop, "rotation": lane.rotation,
         "second_file": lane.second_file and f"../{lane.second_file.name}"}
        for lane in core
    ]  # fmt: skip
    (folder / "run").mkdir()
    (folder / "run" / "run.json").write_text(json.dumps({"core": {"name": "", "sections": rows}}))
    for source in (core, folder / "core.csv", folder / "run"):
        upper, lower = open_entries(source)
        assert (upper.name, upper.top, upper.base, upper.second_file) == (
            "upper", 1.0, 2.0, folder / "box-2.png",
        )  # fmt: skip
        section = lower.read()
        expected = core["lower"].read()
        assert (section.image == expected.image).all()
        assert (section.name, section.top, section.base) == ("lower", 2.0, 3.0)
        assert (section.part, section.rotation) == (expected.part, expected.rotation) == ("lower", 180)
    (folder / "run" / "run.json").write_text('{"core": 3}')
    with pytest.raises(ValueError, match=r"run\.json' was edited or is damaged"):
        open_entries(folder / "run")


def test_a_session_is_told_from_a_photograph(tmp_path):
    path = tmp_path / "core.session.zip"
    path.write_bytes(b"x")
    message = f"'{path}' is a session, not a photograph; cw.Workbench.reopen('{path}') opens it."
    with pytest.raises(ValueError, match=exactly(message)):
        open_entries(path)


def test_one_photograph_is_wanted(folder):
    (folder / "box-2.png").unlink()
    with pytest.raises(ValueError, match=re.escape("there are 2: box-1, box-10. Give one of them;")):
        open_section(folder)
    (folder / "box-10.png").unlink()
    assert open_section(folder).name == "box-1"
    assert open_section([folder / "box-1.png"]).name == "box-1"
    with pytest.raises(
        FileNotFoundError, match=exactly("There is no file 'none.png'; check the name and the folder.")
    ):
        open_section("none.png")


@pytest.mark.parametrize("given", ["~/scans", "~/scans/*.png", "~/scans/box-2.png", ["~/scans/box-2.png"]])
def test_the_home_folder_may_be_a_tilde(folder, monkeypatch, given):
    monkeypatch.setenv("HOME", str(folder.parent))
    monkeypatch.setenv("USERPROFILE", str(folder.parent))
    assert "box-2" in names(open_entries(given))
    assert holds_many(given) == (given != "~/scans/box-2.png")
    assert np.array_equal(open_section("~/scans/box-2.png").image, picture(2))
