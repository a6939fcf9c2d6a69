"""Excel files that are small, and would take gigabytes of memory."""

from __future__ import annotations

import io
import zipfile

import pytest
from excel_book import excel_book

from corewidgets.cores.workbook import LargeTableError, Workbook

TABLE = [["file", "top", "base"], ["a.jpg", 1, 2], ["b.jpg", "=C2", None]]


def saved(made):
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


def with_sheet(content, xml):
    """Return an Excel file whose first sheet holds another text of XML."""
    new = io.BytesIO()
    with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as made, zipfile.ZipFile(io.BytesIO(content)) as old:
        for name in old.namelist():
            made.writestr(name, xml if name == "xl/worksheets/sheet1.xml" else old.read(name))
    return new.getvalue()


def test_cells_are_texts_and_formulas_without_a_value_are_there_on_request():
    found = Workbook(saved(excel_book(A=TABLE)))
    assert found.grids == {"A": [["file", "top", "base"], ["a.jpg", "1", "2"], ["b.jpg", "", ""]]}
    found.add_formulas("A")
    assert found.grids["A"][2] == ["b.jpg", "=C2", ""]


def test_a_sheet_that_unpacks_to_hundreds_of_megabytes_is_refused():
    content = with_sheet(saved(excel_book(A=TABLE)), bytes(300 * 2**20))
    assert len(content) < 2**20
    with pytest.raises(LargeTableError, match=r"^it unpacks to 314,\d+,\d+ bytes, more than the 268,\d+"):
        Workbook(content)


def test_a_sheet_of_millions_of_cells_is_refused():
    content = with_sheet(saved(excel_book(A=TABLE)), b"<row><c/></row>" * 3_000_000)
    assert len(content) < 2**20
    with pytest.raises(LargeTableError, match=r"^its sheets have 6,000,\d+ tags of XML, more than the "):
        Workbook(content)


def test_a_cell_far_off_makes_a_sheet_too_large_and_the_others_are_read():
    made = excel_book(Far=TABLE, Core=TABLE)
    made["Far"].cell(1_048_576, 16_384, "x")
    found = Workbook(saved(made))
    assert list(found.grids) == ["Core"]
    assert found.too_large == [
        "its sheet 'Far' reaches to row 1,048,576 and column 16,384, which are 17,179,869,184 cells, more "
        "than the 33,554,432 that are read; delete the rows below the table and the columns beside it, also "
        "those that look empty"
    ]


def test_a_number_has_the_unit_that_its_format_shows():
    made = excel_book(A=[["file", "top", "base"], [7, 100, 110.25], ["b.jpg", 3, "4"]])
    for place, shown in {"B2": '0.00" ft"', "C2": r"0.00\ \f\t", "B3": '0.0" (sic)"', "C3": '0" ft"'}.items():
        made["A"][place].number_format = shown
    assert Workbook(saved(made)).grids["A"][1:] == [["7", "100 ft", "110.25 ft"], ["b.jpg", "3", "4"]]


def test_sheets_that_are_shown_come_first_and_hidden_rows_are_known():
    made = excel_book(Old=TABLE, New=[*TABLE, [None, None, None]])
    made["Old"].sheet_state = "hidden"
    for row in (3, 4, 9):
        made["New"].row_dimensions[row].hidden = True
    found = Workbook(saved(made))
    assert list(found.grids) == ["New", "Old"]
    assert found.hidden == {"New": [3], "Old": []}
