"""The table of a project is what was written, and rows that people spoil are told one by one."""

from __future__ import annotations

import re

import pytest
from PIL import Image

from corewidgets.cores.crop import Crop
from corewidgets.cores.photograph_table import read_table, write_table
from corewidgets.cores.section_entry import SectionEntry


@pytest.fixture
def scans(tmp_path):
    for number in (1, 2, 3):
        Image.new("RGB", (6, 12)).save(tmp_path / f"R{number}.png")
    return tmp_path


def known(entry):
    names = ("name", "file", "top", "base", "crop", "rotation", "second_file", "problem")
    return [getattr(entry, name) for name in names]


def test_a_table_is_read_as_it_was_written(scans):
    (scans / "hole").mkdir()
    entries = [
        SectionEntry("=a", scans / "R1.png", 1.5, 2.25, crop=Crop(0, 10, 0, 5), rotation=0),
        SectionEntry("b", scans / "R2.png", second_file=scans / "R3.png"),
    ]
    write_table(scans / "hole" / "photographs.csv", entries)
    read = read_table(scans / "hole" / "photographs.csv")
    assert [known(entry) for entry in read] == [known(entry) for entry in entries]


def test_photographs_elsewhere_are_named_in_full(scans, tmp_path):
    other = tmp_path / "others" / "disk" / "hole"
    other.mkdir(parents=True)
    write_table(other / "photographs.csv", [SectionEntry("a", scans / "R1.png")])
    assert str(scans / "R1.png") in (other / "photographs.csv").read_text()


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (",1,2,a,,,", "the column file is empty; name a photograph."),
        ("R1.png,1,,a,,,", "only top is given; give both depths or neither."),
        ("R1.png,2,1,a,,,", "the base of a section must lie below its top"),
        ("R1.png,2,deep,a,,,", "base 'deep' is not a number of metres"),
        ("R1.png,1,2,a,all,,", "crop 'all' is not a rectangle"),
        ("R9.png,1,2,a,,,", "There is no file"),
    ],
)
def test_what_is_wrong_with_a_row_is_its_problem(row, problem, scans):
    path = scans / "photographs.csv"
    path.write_text(f"file,top,base,name,crop,rotation,second_file\n{row}\nR2.png,,,b,,,\n")
    spoiled, whole = read_table(path)
    assert problem in spoiled.problem
    assert whole.problem == ""


@pytest.mark.parametrize(
    ("second", "problem"),
    [
        ("R1", "the name 'R1' is already that of row 2; names must differ"),
        ("../../R2", "the name '../../R2' cannot be the name of a file"),
        ("..", "the name '..' cannot be the name of a file"),
    ],
)
def test_a_name_is_that_of_the_files_of_one_photograph(second, problem, scans):
    path = scans / "photographs.csv"
    path.write_text(f"file,top,base,name\nR1.png,,,R1\nR2.png,,,{second}\n")
    message = f"Row 3 of '{path}': {problem}. Correct the table."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        read_table(path)
