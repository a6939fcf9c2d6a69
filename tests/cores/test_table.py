from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from corewidgets.cores.core import Crop
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
