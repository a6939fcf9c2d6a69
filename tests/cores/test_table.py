from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from corewidgets.cores.core import Core, Lane
from corewidgets.cores.crop import Crop
from corewidgets.cores.table import read_core


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a table beside the photographs a.png and box.png, 100 x 40 each."""
    for name in ("a", "box"):
        Image.fromarray(np.zeros((100, 40, 3), np.uint8)).save(tmp_path / f"{name}.png")

    def write(*lines: str, header: str = "file,top,base,name,crop,rotation") -> Path:
        path = tmp_path / "hole.csv"
        path.write_text("\n".join([header, *lines]), encoding="utf-8")
        return path

    return write


def test_lanes_of_a_photograph_are_numbered_by_depth(write):
    core = read_core(write("box.png,3,4,,50:100 0:40,", "a.png,1,2,,,", "box.png,2,3,,0:50 0:40,180"))
    assert [lane.name for lane in core] == ["a", "box-1", "box-2"]
    assert core["box-1"].crop == Crop(0, 50, 0, 40)
    assert (core["box-1"].rotation, core.name) == (180, "hole")


def test_all_problems_are_listed_with_their_rows(write):
    with pytest.raises(ValueError, match="has 6 problems") as error:
        read_core(write("a.png,2,1,,,", "no.png,3,4,,,", "box.png,x,6,,,45", "box.png,7,8,x/y,90:200 0:40,"))
    first, *lines = str(error.value).splitlines()
    assert first.endswith("has 6 problems; correct the table and read it again:")
    assert [line.split(":")[0].strip() for line in lines] == [
        "row 2",
        "row 3",
        "row 4",
        "row 4",
        "row 5",
        "row 5",
    ]
    assert "the name 'x/y' cannot be the name of a file" in str(error.value)
    assert "rotation '45' must be 0, 90, 180 or 270 degrees clockwise" in str(error.value)


def test_overlaps_and_gaps(write):
    path = write("a.png,1,2.5,,,", "box.png,2,3,,,")
    with pytest.raises(ValueError, match=r"2\.0 to 3\.0 m overlaps row 2, which ends at 2\.5 m, by 0\.5 m"):
        read_core(path)
    assert len(read_core(path, largest_overlap=0.5)) == 2
    path = write("a.png,1,2,,,", "box.png,2.5,3,,,")
    assert len(read_core(path)) == 2
    with pytest.raises(ValueError, match=r"there is a gap of 0\.5 m between row 2 and this one; fill it"):
        read_core(path, largest_gap=0.4)


def test_a_column_written_wrongly_is_not_passed_over(write):
    with pytest.raises(ValueError, match="has a column 'rotations'; should it be called 'rotation'"):
        read_core(write("a.png,1,2,90", header="file,top,base,rotations"))
    with pytest.raises(ValueError, match="there is no base: its first row is 'file,top'"):
        read_core(write("a.png,1", header="file,top"))


def test_a_table_in_feet_is_in_metres(write):
    core = read_core(write("a.png,9000,9003", "box.png,9003,9006", header="file,top (ft),base (ft)"))
    assert [(lane.top, lane.base) for lane in core] == [(2743.2, 2744.1144), (2744.1144, 2745.0288)]
    assert core.gaps == []
    core = read_core(write("a.png,9000 ft,9003'6\"", header="file,top,base"))
    assert (core.top, core.base) == (2743.2, pytest.approx(2744.2668))


def test_a_unit_at_some_depths_only_is_asked_for(write):
    with pytest.raises(ValueError, match="has 2 problems") as error:
        read_core(write("a.png,9000 ft,9003 ft", "box.png,9003,9006", header="file,top,base"))
    assert str(error.value).splitlines()[1:] == [
        "  row 3: base '9006' has no unit, but others have one; write it to each",
        "  row 3: top '9003' has no unit, but others have one; write it to each",
    ]


def test_a_german_table(write):
    core = read_core(write("a.png;1.520,5;1.521,25", "box.png;1521,25;1522", header="file;top;base"))
    assert [(lane.top, lane.base) for lane in core] == [(1520.5, 1521.25), (1521.25, 1522.0)]


def test_elevations_are_named_and_counted_from_the_collar(write):
    path = write("a.png,1520.5,1519.5", "box.png,1519.5,1518.25", header="file,top,base")
    with pytest.raises(ValueError, match="has 1 problem") as error:
        read_core(path)
    assert str(error.value).splitlines()[1] == (
        "  row 2: the base is smaller than the top in all rows, here 1519.5 m and 1520.5 m: these are "
        "elevations, not depths. Do not exchange them, which would turn the core upside down; give the "
        "elevation of the top of the hole, collar=1520.5 (--collar 1520.5) where the core begins there, so "
        "that depths are counted from it"
    )
    core = read_core(path, collar=1522.0)
    assert [(lane.name, lane.top, lane.base) for lane in core] == [("a", 1.5, 2.5), ("box", 2.5, 3.75)]
    path = write("a.png,1,2", "box.png,2,3", header="file,top,base")
    with pytest.raises(ValueError, match=r"row 2: with a collar \(--collar\) top and base are elevations"):
        read_core(path, collar=1522.0)


def test_one_reversed_row_among_others_is_a_slip(write):
    with pytest.raises(
        ValueError, match=r"row 3: the base of a section must lie below its top, .* exchange them"
    ):
        read_core(write("a.png,1,2", "box.png,3,2.5", header="file,top,base"))


def test_photographs_are_found_as_windows_writes_them(write):
    path = write("A.PNG,1,2", ".\\box,2,3", header="file,top,base")
    assert [lane.file.name for lane in read_core(path)] == ["a.png", "box.png"]


def test_a_date_is_no_name(write):
    with pytest.raises(ValueError, match="was turned into a date by a spreadsheet; format the cell as text"):
        read_core(write("a.png,1,2,2024-03-04 00:00:00,,"))


def test_another_encoding_is_told_to_the_user(write):
    path = write("a.png,1,2,é,,")
    path.write_bytes(path.read_text(encoding="utf-8").encode("cp1252"))
    with pytest.warns(UserWarning, match="is read as Western European") as told:
        assert [lane.name for lane in read_core(path)] == ["é"]
    assert told[0].filename == __file__


def test_links_in_a_circle_are_a_problem_of_their_row(write, tmp_path):
    (tmp_path / "round.png").symlink_to("round.png")
    with pytest.raises(ValueError, match=r"row 2: '.*round.png' is a link that leads to no file"):
        read_core(write("round.png,1,2,,,"))
    core = Core([Lane(tmp_path / "round.png", 1, 2)])
    core.write_csv(tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_text().splitlines()[1].startswith("round.png,1,2")


def test_lying_sections_without_a_rotation_are_asked_about(write, tmp_path):
    Image.fromarray(np.zeros((40, 100, 3), np.uint8)).save(tmp_path / "wide.png")
    with pytest.warns(UserWarning, match="is more than twice as wide") as told:
        read_core(write("wide.png,1,2,,,", "a.png,2,3,,0:10 0:40,", "box.png,3,4,,,"))
    assert told[0].filename == __file__
    assert str(told[0].message) == (
        f"'{tmp_path / 'hole.csv'}': in rows 2, 3 the picture of the section is more than twice as wide as "
        "tall, but without a rotation rows run down the core. Write 90 into the column rotation where the "
        "top is at the left, 270 where it is at the right, and 0 where the core stands."
    )
    core = read_core(write("wide.png,1,2,,,90", "a.png,2,3,,0:10 0:40,0"))
    assert [lane.read().shape for lane in core] == [(100, 40), (10, 40)]
    assert core["wide"].read().rotation == 90
