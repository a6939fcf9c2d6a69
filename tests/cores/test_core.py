"""The table of a core: pieces in order of depth, and every mistake told at once."""

from __future__ import annotations

import math
import re
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import corewidgets as cw
from corewidgets.cores.box import find_lanes, propose_lanes
from corewidgets.cores.core import Core, Crop, Interval, Lane, _moved, find_gaps
from corewidgets.cores.registration import Shift
from corewidgets.cores.table import read_core


def exactly(text):
    return f"^{re.escape(text)}$"


def numbered(n_rows, n_columns):
    """A photograph whose pixels tell their row and column."""
    image = np.zeros((n_rows, n_columns, 3), np.uint8)
    image[..., 0] = np.arange(n_rows)[:, None]
    image[..., 1] = np.arange(n_columns)
    return image


@pytest.fixture
def folder(tmp_path):
    """Three photographs of one section each, and one of a box."""
    for name in ("a", "b", "c"):
        Image.fromarray(numbered(40, 20)).save(tmp_path / f"{name}.png")
    Image.fromarray(numbered(60, 100)).save(tmp_path / "box.png")
    return tmp_path


def table(folder, text, name="core.csv"):
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


# ------------------------------------------------------------------------------------------------------ lanes


@pytest.mark.parametrize(
    ("rotation", "corner"),
    [(0, (10, 30)), (90, (19, 30)), (180, (19, 89)), (270, (10, 89))],
)
def test_a_lane_is_cut_and_turned(folder, rotation, corner):
    lane = Lane(folder / "box.png", 1.0, 2.0, crop=(10, 20, 30, 90), rotation=rotation)
    section = lane.read()
    assert section.shape == ((10, 60) if rotation % 180 == 0 else (60, 10))
    assert tuple(section.image[0, 0, :2]) == corner
    assert (section.top, section.base, section.name) == (1.0, 2.0, "box")


def test_the_second_photograph_is_brought_into_register(tmp_path, sample):
    image = sample.section.image
    Image.fromarray(image).save(tmp_path / "white.png")
    Image.fromarray(np.roll(255 - image, (3, 5), axis=(0, 1))).save(tmp_path / "uv.png")
    lane = Lane(tmp_path / "white.png", 1.0, 2.0, second_file=tmp_path / "uv.png", crop=(10, 400, 0, 150))
    section = lane.read()
    assert list(section.images) == ["image", "second"]
    assert np.array_equal(section.images["second"][:-3, :-5], 255 - section.image[:-3, :-5])
    Image.fromarray(np.rot90(image)).save(tmp_path / "uv.png")
    with pytest.raises(ValueError, match="the crop 10:400 0:150 reaches beyond"):
        lane.read()


def test_clockwise_by_90_brings_the_left_end_up(folder):
    section = Lane(folder / "box.png", 1.0, 2.0, crop=(10, 20, 0, 100), rotation=90).read()
    assert section.image[:, 0, 1].tolist() == list(range(100))  # columns of the photograph run down
    assert section.image[0, :, 0].tolist() == list(range(19, 9, -1))


@pytest.mark.parametrize("rotation", [0, 90, 180])
def test_a_lane_in_the_middle_shows_what_was_beyond_its_crop(tmp_path, sample, rotation):
    image = sample.section.image
    Image.fromarray(image).save(tmp_path / "white.png")
    Image.fromarray(255 - np.roll(image, (9, -12), axis=(0, 1))).save(tmp_path / "uv.png")
    crop = Crop(40, 440, 30, 130)
    lane = Lane(
        tmp_path / "white.png", 1.0, 2.0, crop=crop, rotation=rotation, second_file=tmp_path / "uv.png"
    )
    section = lane.read()
    assert np.array_equal(section.images["second"], 255 - section.image)


@pytest.mark.parametrize("rotation", [0, 90])
def test_even_rock_is_moved_like_the_whole_photographs_and_that_is_said(tmp_path, sample, rotation):
    image = sample.section.image.copy()
    rng = np.random.default_rng(0)
    image[100:180, 20:120] = 120 + rng.integers(-3, 4, (80, 100, 3))
    second = 255 - np.roll(image, (4, -3), axis=(0, 1))
    second[104:184, 17:117] = 90 + rng.integers(-3, 4, (80, 100, 3))
    second[140:144, 57:77] = 200  # where the other shows nothing
    for name, photograph in (("white", image), ("uv", second)):
        Image.fromarray(photograph).save(tmp_path / f"{name}.png")
    crop = Crop(100, 180, 20, 120)
    lane = Lane(tmp_path / "white.png", 1.0, 2.0, "R7", crop, rotation, tmp_path / "uv.png")
    with pytest.warns(
        UserWarning, match=r"^R7: The piece alone does not tell .* moved like the whole photographs, by 5.0 "
    ):
        found = lane.read().images["second"]
    assert np.array_equal(np.rot90(found, rotation // 90), second[104:184, 17:117])


@pytest.mark.parametrize("crop", [Crop(100, 180, 20, 120), Crop(0, 60, 0, 40)])  # within, and at a corner
def test_only_what_lies_around_a_piece_is_moved_like_the_whole_photographs(sample, crop):
    image, shift = sample.section.image, Shift(2.4, -3.7, 0.0, 1.0)
    moved, whole = _moved(image, crop, shift), shift.apply(image)
    inside = (slice(crop.row_start, crop.row_stop), slice(crop.column_start, crop.column_stop))
    assert np.array_equal(moved[inside], whole[inside])
    assert np.array_equal(moved[250:], image[250:])


def test_a_second_photograph_of_another_piece_is_told_with_the_name_of_the_section(tmp_path, sample):
    other = cw.sample_core(*sample.section.shape, seed=5).section.image
    for name, image in (("white", sample.section.image), ("uv", other)):
        Image.fromarray(image).save(tmp_path / f"{name}.png")
    lane = Lane(tmp_path / "white.png", 1.0, 2.0, "R7", second_file=tmp_path / "uv.png")
    with pytest.warns(UserWarning, match=r"^R7: The second photograph does not match the first"):
        lane.read()


def test_the_second_photograph_is_cut_alike(folder):
    lane = Lane(folder / "a.png", 1.0, 2.0, crop=(0, 10, 0, 5), rotation=180, second_file=folder / "b.png")
    assert np.array_equal(lane.read_second().image, replace(lane, second_file=None).read().image)
    with pytest.raises(
        ValueError, match=r"^c has no second photograph; name one in the column second_file\.$"
    ):
        Lane(folder / "c.png", 1.0, 2.0).read_second()


def test_lanes_say_what_is_wrong_with_them(folder):
    message = (
        "The base of a section must lie below its top, but top is 2.0 m and base is 1.0 m; exchange them, "
        "unless they are elevations, which decrease downwards: write those as depths."
    )
    with pytest.raises(ValueError, match=exactly(message)):
        Lane("a.png", 2.0, 1.0)
    with pytest.raises(
        ValueError, match=r"^Rotation must be 0, 90, 180 or 270 degrees clockwise, but it is 45"
    ):
        Lane("a.png", 1.0, 2.0, rotation=45)
    with pytest.raises(ValueError, match=r"^The crop 5:5 0:9 is empty"):
        Lane("a.png", 1.0, 2.0, crop=(5, 5, 0, 9))
    with pytest.raises(ValueError, match="which has 40 rows and 20 columns; make it smaller"):
        Lane(folder / "a.png", 1.0, 2.0, crop=(0, 41, 0, 9)).read()


# ------------------------------------------------------------------------------------------------------ cores


def test_a_core_is_sorted_by_depth(folder):
    core = Core([Lane(folder / "b.png", 2.0, 3.0), Lane(folder / "a.png", 1.0, 2.0)], "hole")
    assert [lane.name for lane in core] == ["a", "b"]
    assert (core.top, core.base, core.gaps, len(core)) == (1.0, 3.0, [], 2)
    assert repr(core) == "Core('hole', 2 sections, 1.0 to 3.0 m)"
    assert core["b"].top == 2.0
    with pytest.raises(KeyError, match="The core has no section 'd'"):
        core["d"]
    assert [section.name for section in core.sections()] == ["a", "b"]


def test_a_box_is_read_once(folder, monkeypatch):
    read = []
    monkeypatch.setattr(
        "corewidgets.cores.core.read_photograph", lambda path: read.append(path) or numbered(60, 100)
    )
    lanes = [Lane(folder / "box.png", k, k + 1, f"{k}", (20 * k, 20 * k + 20, 0, 100), 90) for k in range(3)]
    assert [section.shape for section in Core(lanes).sections()] == [(100, 20)] * 3
    assert len(read) == 1


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 10)), min_size=1, max_size=8))
def test_gaps_are_what_nothing_covers(pairs):
    pieces = [Interval(float(top), float(top + length)) for top, length in pairs]
    covered = {step for top, length in pairs for step in range(top, top + length)}
    whole = set(range(min(covered), max(covered) + 1))
    missing = {step for gap in find_gaps(pieces) for step in range(int(gap.top), int(gap.base))}
    assert missing == whole - covered


# ----------------------------------------------------------------------------------------------------- tables


def test_a_table_is_read(folder):
    path = table(
        folder,
        "Top, base, file, name, crop, rotation, second_file, comment\n"
        "2.0, 3.0, b.png, second, 0:10 0:20, 180, c.png, broken\n"
        "\n"
        "1.0, 2.0, a.png, , , , , \n",
    )
    core = read_core(path)
    first, second = core.lanes
    assert first == Lane(folder / "a.png", 1.0, 2.0, "a")
    assert second == Lane(folder / "b.png", 2.0, 3.0, "second", Crop(0, 10, 0, 20), 180, folder / "c.png")
    assert core.name == "core"


def test_lanes_of_a_box_get_numbers(folder):
    rows = "".join(f"box.png,{5 - k},{6 - k},{20 * k}:{20 * k + 20} 0:100\n" for k in range(3))
    with pytest.warns(
        UserWarning, match="in rows 2, 3, 4 the picture of the section is more than twice as wide"
    ):
        core = read_core(table(folder, f"file,top,base,crop\n{rows}"))
    assert [(lane.name, lane.top) for lane in core] == [("box-1", 3.0), ("box-2", 4.0), ("box-3", 5.0)]


def test_all_problems_are_told_at_once(folder):
    path = table(
        folder,
        "file,top,base,name,crop,rotation\n"
        "a.png,1.0,2.0,,,\n"
        "lost.png,2.0,3.0,,,\n"
        "b.png,4.0,3.5,,,\n"
        "b.png,2.5,3.5,A,,\n"
        '"c.png","4,0",5.0,c,0:41 0:9,45\n'
        "c.png,7.0,8.0,x/y,,\n"
        ",9,10,,,\n"
        "box.png,10,11,,0:20 0:100,\n"
        "box.png,11,12,,5:30 0:100,\n"
        "c.png,12,nan,,0:99 0:9,\n",
    )
    with pytest.raises(ValueError, match=r"core\.csv' has 14 problems; correct the table") as caught:
        read_core(path, largest_gap=1.5)
    _, *problems = str(caught.value).splitlines()
    found = [problem.strip().replace(f"{folder}/", "") for problem in problems]
    assert found == [
        "row 3: there is no file 'lost.png'; check its name and folder",
        "row 4: the base of a section must lie below its top, but top is 4.0 m and base is 3.5 m; "
        "exchange them, unless they are elevations, which decrease downwards: write those as depths",
        "row 5: 2.5 to 3.5 m overlaps row 3, which ends at 3.0 m, by 0.5 m; correct the depths, or allow for "
        "it with largest_overlap (--largest-overlap)",
        "row 5: the name 'A' is already that of row 2; names must differ",
        "row 6: rotation '45' must be 0, 90, 180 or 270 degrees clockwise",
        "row 6: the crop 0:41 0:9 reaches beyond 'c.png', which has 40 rows and 20 columns; make it smaller",
        "row 6: top '4,0' is not a number of metres; write it like 698.41",
        "row 7: the name 'x/y' cannot be the name of a file; use letters, digits, - and _",
        "row 7: there is a gap of 3.5 m between row 5 and this one; fill it",
        "row 8: the column file is empty; name a photograph",
        "row 9: there is a gap of 2 m between row 7 and this one; fill it",
        "row 10: it shows the same part of 'box.png' as row 9; correct the crop",
        "row 11: depths must be finite, but top is 12.0 m and base is nan m",
        "row 11: the crop 0:99 0:9 reaches beyond 'c.png', which has 40 rows and 20 columns; make it smaller",
    ]


def test_overlap_and_gaps_can_be_allowed(folder):
    path = table(folder, "file,top,base\na.png,1,2\nb.png,1.9,3\nc.png,5,6\n")
    with pytest.raises(
        ValueError, match=r"row 3: 1\.9 to 3\.0 m overlaps row 2, which ends at 2\.0 m, by 0\.1 m"
    ):
        read_core(path)
    assert read_core(path, largest_overlap=0.1).gaps == [Interval(3.0, 5.0)]
    with pytest.raises(ValueError, match=r"has 1 problem; .*\n  row 4: there is a gap of 2 m between row 3"):
        read_core(path, largest_overlap=0.1, largest_gap=1)


def test_a_section_within_another_overlaps_it(folder):
    path = table(folder, "file,top,base\na.png,1,9\nb.png,2,3\nc.png,4,5\n")
    with pytest.raises(ValueError, match="has 2 problems") as caught:
        read_core(path)
    assert "row 4: 4.0 to 5.0 m overlaps row 2, which ends at 9.0 m" in str(caught.value)


@pytest.mark.parametrize("suffix", [".xlsx", ".parquet"])
def test_other_tables_say_the_same(folder, suffix):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {
            "file": ["a.png", "b.png"],
            "top": [1.0, 2.0],
            "base": [2, 3],
            "rotation": [None, 180.0],
            "name": [7, 8],
        }
    )
    path = folder / f"core{suffix}"
    frame.to_excel(path, index=False) if suffix == ".xlsx" else frame.to_parquet(path)
    core = read_core(path)
    assert [(lane.name, lane.top, lane.base, lane.rotation) for lane in core] == [
        ("7", 1, 2, 0),
        ("8", 2, 3, 180),
    ]
    frame["file"] = ["a.png", "lost.png"]
    frame.to_excel(path, index=False) if suffix == ".xlsx" else frame.to_parquet(path)
    with pytest.raises(ValueError, match=f"row {3 if suffix == '.xlsx' else 2}: there is no file"):
        read_core(path)


def test_a_written_table_is_read_back(folder):
    lanes = [
        Lane(folder / "a.png", 1.0, 2.0, "first", (0, 10, 0, 20), 90, folder / "b.png"),
        Lane(folder / "c.png", 2.1, 3.3),
    ]
    core = Core(lanes, "core")
    core.write_csv(folder / "core.csv")
    assert (folder / "core.csv").read_text().splitlines()[1] == "a.png,1.0,2.0,first,0:10 0:20,90,b.png"
    assert read_core(folder / "core.csv") == core


def test_labels_of_lanes_are_a_column_that_is_written_where_there_are_some(folder):
    lanes = [
        Lane(folder / "a.png", 1.0, 2.0, labels_file=folder / "drawn" / "a.h5"),
        Lane(folder / "c.png", 2.1, 3.3),
    ]
    core = Core(lanes, "core")
    core.write_csv(folder / "core.csv")
    rows = (folder / "core.csv").read_text().splitlines()
    assert rows[0] == "file,top,base,name,crop,rotation,second_file,labels_file"
    assert rows[1:] == ["a.png,1.0,2.0,a,,0,,drawn/a.h5", "c.png,2.1,3.3,c,,0,,"]
    assert read_core(folder / "core.csv") == core
    (folder / "core.csv").write_text("\n".join([rows[0].replace("labels_file", "Labels"), *rows[1:]]))
    assert read_core(folder / "core.csv") == core


def test_what_is_no_table(folder, monkeypatch):
    with pytest.raises(FileNotFoundError, match="There is no table"):
        read_core(folder / "lost.csv")
    with pytest.raises(ValueError, match=r"save it as \.csv, \.xlsx, \.parquet"):
        read_core(table(folder, "", "core.txt"))
    with pytest.raises(
        ValueError, match="but there is no file and no top and no base: its first row is 'photos;m;n'"
    ):
        read_core(table(folder, "photos;m;n\n"))
    with pytest.raises(ValueError, match="has a column 'rotatoin'; should it be called 'rotation'"):
        read_core(table(folder, "file,top,base,rotatoin\na.png,1,2,90\n"))
    with pytest.raises(ValueError, match="has the column top twice"):
        read_core(table(folder, "file,top,base,Top\na.png,1,2,3\n"))
    with pytest.raises(ValueError, match="has no rows; write one for each section"):
        read_core(table(folder, "file,top,base\n"))
    with pytest.raises(ValueError, match=r"has no rows|must have the columns"):
        read_core(table(folder, ""))
    (folder / "zeros.csv").write_bytes(b"file,top,base\n\xe4.png,1,\x00\x00\n")
    with pytest.raises(ValueError, match="is not a table in UTF-8"):
        read_core(folder / "zeros.csv")
    for name in ("broken.xlsx", "broken.parquet"):
        (folder / name).write_bytes(b"nothing of the kind")
        with pytest.raises(ValueError, match=r"cannot be read as an? (Excel|Parquet) file"):
            read_core(folder / name)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    message = (
        "A table in Parquet needs the package pyarrow, which is not installed; install it with "
        r".+ -m pip install 'corewidgets\[core\]' \(in a clone: '\.\[core\]'\)\."
    )
    with pytest.raises(ModuleNotFoundError, match=message):
        read_core(folder / "broken.parquet")


# ------------------------------------------------------------------------------------------------------ boxes


@pytest.fixture(scope="module")
def box():
    """A wooden box with three lanes of rock, the last half empty, and where they lie: rows and columns."""
    rng = np.random.default_rng(1)
    length, width = 500, 100
    image = np.full((3 * width + 2 * 20 + 60, length + 60, 3), (150.0, 120.0, 85.0))
    places = [(30 + k * (width + 20), 30 + k * (width + 20) + width) for k in range(3)]
    for k, (start, stop) in enumerate(places):
        image[start:stop, 30 : 30 + length] = np.rot90(cw.sample_core(length, width, seed=k).section.image)
    image[places[2][0] : places[2][1], 330 : 30 + length] = (60, 50, 40)
    image += rng.normal(scale=2.5, size=image.shape)
    return np.clip(image, 0, 255).astype(np.uint8), places


def test_lanes_of_a_box_are_found(box):
    image, places = box
    crops, rotation = find_lanes(image)
    assert rotation == 90
    for crop, (start, stop) in zip(crops, places, strict=True):
        assert start <= crop.row_start <= start + 15  # the liner and the gap to it are not rock
        assert stop - 15 <= crop.row_stop <= stop
        assert abs(crop.column_start - 30) <= 8
        assert abs(crop.column_stop - 530) <= 8


def test_boxes_that_stand_up_are_found(box):
    image, places = box
    crops, rotation = find_lanes(np.ascontiguousarray(np.rot90(image)))
    assert rotation == 0
    assert len(crops) == len(places)
    assert all(crop.row_stop - crop.row_start > 480 for crop in crops)


def test_a_section_is_one_lane_without_its_liner(sample):
    (crop,), rotation = find_lanes(sample.section.image)
    assert rotation == 0
    assert (crop.row_start, crop.row_stop) == (0, 480)
    assert 3 <= crop.column_start <= 15
    assert 145 <= crop.column_stop <= 157


def test_the_real_section_is_one_lane(chicxulub):
    (crop,), rotation = find_lanes(chicxulub.section.image)
    assert rotation == 0
    assert (crop.row_start, crop.row_stop) == (0, 2693)


def test_a_proposal_becomes_a_table(box, tmp_path):
    image, _ = box
    Image.fromarray(image).save(tmp_path / "box.png")
    lanes = propose_lanes(tmp_path / "box.png", 10.0, 11.5, n_lanes=3)
    assert [lane.name for lane in lanes] == ["box-1", "box-2", "box-3"]
    # depth runs over the core: 500, 500 and 300 pixels of it
    assert [lane.top for lane in lanes] == pytest.approx([10.0, 10.577, 11.154], abs=0.025)
    assert lanes[-1].base == 11.5
    Core(lanes).write_csv(tmp_path / "core.csv")
    core = read_core(tmp_path / "core.csv")
    assert core.lanes == tuple(lanes)
    shapes = [section.shape for section in core.sections()]
    assert all(n_rows > 4 * n_columns for n_rows, n_columns in shapes[:2])
    assert shapes[2][0] == pytest.approx(300, abs=10)  # it ends with its core


def test_lanes_that_are_not_there(box):
    with pytest.raises(ValueError, match=r"^3 lanes were found where there should be 7; write their crops"):
        find_lanes(box[0], n_lanes=7)
    with pytest.raises(ValueError, match="No lanes were found: the photograph is of one even color"):
        find_lanes(np.full((50, 60, 3), 128, np.uint8))


def test_depths_of_a_proposal_must_not_be_reversed(box, tmp_path):
    Image.fromarray(box[0]).save(tmp_path / "box.png")
    with pytest.raises(ValueError, match="The base of a section must lie below its top"):
        propose_lanes(tmp_path / "box.png", 11.0, 10.0)
    with pytest.raises(ValueError, match=r"^Depths must be finite, but top is 11\.0 m and base is inf m"):
        propose_lanes(tmp_path / "box.png", 11.0, math.inf)
