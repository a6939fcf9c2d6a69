"""The unit of a table, what its depths are measured from, and names of lanes by box."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from corewidgets.cores.depth_scale import METRES, DepthScale
from corewidgets.cores.table import read_core


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a table beside the photographs a.png, b.png and one of a folder."""
    (tmp_path / "more").mkdir()
    for name in ("a", "b", "more/a"):
        Image.fromarray(np.zeros((100, 40, 3), np.uint8)).save(tmp_path / f"{name}.png")

    def write(*lines: str, name: str = "hole.csv") -> Path:
        path = tmp_path / name
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    return write


FEET = ("a.png,100,102", "b.png,102,104.5")


@pytest.mark.parametrize(
    ("lines", "scale"),
    [
        (("file,top (ft),base (ft)", *FEET), DepthScale("ft")),
        (("file,from,to,unit", "a.png,100,102,ft", "b.png,102,104.5,ft"), DepthScale("ft")),
        (("file,top,base", "a.png,100 ft,102 ft", "b.png,102 ft,104'6\""), DepthScale("ft")),
        (("file,top (fbsf),base (fbsf)", *FEET), DepthScale("ft", "below sea floor")),
        (("file,top,base", ",ft,ft", *FEET), DepthScale("ft")),
    ],
)
def test_a_core_in_feet_is_shown_in_feet(write, lines, scale):
    core = read_core(write(*lines))
    assert core.scale == scale
    assert [lane.top for lane in core] == [30.48, 31.0896]
    assert repr(core) == "Core('hole', 2 sections, 100.0 to 104.5 ft)"


@pytest.mark.parametrize(
    ("heading", "scale"),
    [
        ("top,base", METRES),
        ("top (mbsf),base (mbsf)", DepthScale("m", "below sea floor")),
        ("top [mcd],base [mcd]", DepthScale("m", "composite depth")),
        ("top (cm),base (cm)", METRES),
    ],
)
def test_metres_are_shown_in_metres(write, heading, scale):
    assert read_core(write(f"file,{heading}", *FEET)).scale == scale


def test_the_unit_may_be_said_where_the_table_does_not(write):
    path = write("file,top,base", *FEET)
    core = read_core(path, unit="ft", datum="along hole")
    assert (core.top, core.scale) == (30.48, DepthScale("ft", "along hole"))
    path = write("file,top (m),base (m)", *FEET)
    with pytest.raises(
        ValueError, match="row 2: its unit is m, but all depths are said to be in ft; leave out"
    ):
        read_core(path, unit="ft")
    with pytest.raises(ValueError, match="The unit of depths is 'km'; choose from m, ft"):
        read_core(path, unit="km")


def test_a_table_that_mixes_feet_and_metres_names_the_first_row_that_differs(write):
    path = write("file,top,base,unit", "a.png,10,20,ft", "b.png,7,9,m")
    with pytest.warns(
        UserWarning, match="in feet in some rows and in metres in others, the first time in row 3"
    ):
        core = read_core(path)
    assert [(lane.top, lane.base) for lane in core] == [(3.048, 6.096), (7, 9)]
    assert core.scale == METRES


@pytest.mark.parametrize(
    ("heading", "row"),
    [("top,base", "a.png,10 ft,11 m"), ("top (ft),base (m)", "a.png,10,4"), ("top,base", "a.png,9 cm,11 ft")],
)
def test_top_in_feet_and_base_in_metres_is_refused(write, heading, row):
    with pytest.raises(ValueError, match=r"row 2: one of top and base is in feet, .* write both in one unit"):
        read_core(write(f"file,{heading}", row))


def test_a_table_is_written_in_its_unit_and_read_back(write, tmp_path):
    core = read_core(write("file,top (fbsf),base (fbsf)", *FEET))
    core.write_csv(tmp_path / "again.csv")
    lines = (tmp_path / "again.csv").read_text().splitlines()
    assert lines[0].startswith("file,top (fbsf),base (fbsf),name")
    assert lines[2].startswith("b.png,102.0,104.5,b")
    assert read_core(tmp_path / "again.csv", name="hole") == core


def test_limits_and_problems_are_in_the_unit_of_the_table(write):
    path = write("file,top (ft),base (ft)", "a.png,100,102", "b.png,101.5,104")
    with pytest.raises(
        ValueError, match=r"101\.5 to 104\.0 ft overlaps row 2, which ends at 102\.0 ft, by 0\.5 ft"
    ):
        read_core(path)
    assert len(read_core(path, largest_overlap=0.5)) == 2
    with pytest.raises(ValueError, match=r"top is 102\.0 ft and base is 100\.0 ft"):
        read_core(write("file,top (ft),base (ft)", "a.png,102,100"))
    with pytest.raises(ValueError, match=r"there is a gap of 1 ft between row 2 and this one"):
        read_core(write("file,top (ft),base (ft)", "a.png,1,2", "b.png,3,4"), largest_gap=0.5)


def test_elevations_in_feet_are_counted_from_a_collar_in_feet(write):
    path = write("file,top (ft),base (ft)", "a.png,5000,4998", "b.png,4998,4990")
    with pytest.raises(ValueError, match=r"here 4998\.0 ft and 5000\.0 ft: .*collar=5000 \(--collar 5000\)"):
        read_core(path)
    core = read_core(path, collar=5010)
    assert [core.scale.of(lane.top) for lane in core] == [10, 12]
    assert core.scale == DepthScale("ft", "below the collar at 5010 ft")


def test_lanes_that_are_counted_in_each_box_anew_are_called_by_the_box(write):
    rows = [
        f"{file},{top},{top + 1},{top % 2 + 1},{50 * (top % 2)}:{50 * (top % 2 + 1)} 0:40"
        for top, file in enumerate(["a.png", "a.png", "b.png", "b.png", "more/a.png", "more/a.png"])
    ]
    with pytest.warns(UserWarning, match="so that '1' in row 2 is called '.*-a-1'; write other names"):
        core = read_core(write("file,top,base,name,crop", *rows))
    names = [lane.name for lane in core]
    assert names[2:4] == ["b-1", "b-2"]
    assert names[4:] == ["more-a-1", "more-a-2"]
    assert len(set(names)) == 6
    unnamed = [",".join([*row.split(",")[:3], "", row.split(",")[4]]) for row in rows]
    with pytest.warns(UserWarning, match="several boxes have sections of the same name"):
        core = read_core(write("file,top,base,name,crop", *unnamed))
    assert [lane.name for lane in core][2:] == ["b-1", "b-2", "more-a-1", "more-a-2"]


def test_sections_of_one_name_that_fill_their_photographs_are_asked_about(write):
    with pytest.raises(ValueError, match="row 3: the name 'x' is already that of row 2; names must differ"):
        read_core(write("file,top,base,name", "a.png,1,2,x", "b.png,2,3,x"))


def test_a_heading_of_two_rows_with_merged_cells(write):
    core = read_core(write("Photo;Depth (ft);;Name", ";From;To;", *(row.replace(",", ";") for row in FEET)))
    assert (core.top, core.scale) == (30.48, DepthScale("ft"))
    core = read_core(
        write("Photo;Depth;;Name", ";From;To;", "", *(row.replace(",", ";") for row in FEET), ";;;", "")
    )
    assert [lane.top for lane in core] == [100, 102]


def test_merged_cells_of_a_spreadsheet_on_its_second_sheet(write, tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["Geotechnical log", None])
    sheet = book.create_sheet("Boxes")
    for row in (["Box photograph list"], ["Photo", "Depth (ft)", None], [None, "From", "To"]):
        sheet.append(row)
    sheet.merge_cells("B2:C2")
    sheet.merge_cells("A2:A3")
    for row in FEET:
        file, top, base = row.split(",")
        sheet.append([file, float(top), float(base)])
    sheet.append([None, None, None])
    book.save(tmp_path / "hole.xlsx")
    with warnings.catch_warnings(action="error"):
        core = read_core(tmp_path / "hole.xlsx")
    assert (core.top, core.base, core.scale.unit) == (30.48, pytest.approx(31.8516), "ft")


def test_feet_that_the_format_of_a_cell_shows_and_hidden_rows_of_a_spreadsheet(write, tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["file", "top", "base"])
    for row in FEET:
        file, top, base = row.split(",")
        sheet.append([file, float(top), float(base)])
    for line in sheet["B2" : f"C{sheet.max_row}"]:
        for cell in line:
            cell.number_format = '0.00" ft"'
    sheet.row_dimensions[3].hidden = True
    book.save(tmp_path / "hole.xlsx")
    expected = r"hole\.xlsx' has rows that are hidden in the sheet 'Sheet', the first is row 3; they are read"
    with pytest.warns(UserWarning, match=expected):
        core = read_core(tmp_path / "hole.xlsx")
    assert (core.top, core.base, core.scale.unit) == (30.48, pytest.approx(31.8516), "ft")
