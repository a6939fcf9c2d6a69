"""Tables as offices write them."""

from __future__ import annotations

import datetime as dt
import re
import warnings

import pytest
from excel_book import excel_book
from hypothesis import given
from hypothesis import strategies as st

from corewidgets.cores.sheet import read_sheet

PLAIN = "file,top,base\na.jpg,1.5,2.5\nb.jpg,2.5,3.5\n"
ROWS = [("a.jpg", "1.5", "2.5"), ("b.jpg", "2.5", "3.5")]


@pytest.fixture
def read(tmp_path):
    """Return a function that writes a table and reads its sheet."""

    def read(content, name="core.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(content.encode(encoding))
        return read_sheet(path)

    return read


def rows_of(sheet):
    return [(cells["file"], cells["top"], cells["base"]) for _, cells in sheet.rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings_separators_and_ends_of_lines(read, encoding, separator, newline):
    sheet = read(PLAIN.replace(",", separator).replace("\n", newline), encoding=encoding)
    assert rows_of(sheet) == ROWS
    assert [number for number, _ in sheet.rows] == [2, 3]
    assert sheet.notes == sheet.problems == []


def test_what_is_not_in_utf_8_is_told(read, tmp_path):
    sheet = read("file,top,base\nrés 1.jpg,1,2\n", encoding="cp1252")
    assert rows_of(sheet) == [("rés 1.jpg", "1", "2")]
    assert sheet.notes == [
        f"'{tmp_path / 'core.csv'}' is not in UTF-8; it is read as Western European (Windows-1252), which "
        "makes 'rés 1.jpg' of a cell. Save it as CSV in UTF-8 if that is wrong."
    ]


@pytest.mark.parametrize(
    ("content", "numbers"),
    [
        ("Hole A, core log,\n,,\n" + PLAIN, [4, 5]),
        ("# written by hand, in 2024\n" + PLAIN, [3, 4]),
        ("file,top,base\na.jpg,1.5,2.5\n# broken, see notes of 3 May,\n\nb.jpg,2.5,3.5\n", [2, 5]),
        ("file,top,base\n,m,m\na.jpg,1.5,2.5\nb.jpg,2.5,3.5\n", [3, 4]),
        ("Photograph,From,To\na.jpg,1.5,2.5\nb.jpg,2.5,3.5\n", [2, 3]),
        ("FILE NAME,Depth_from,Depth-To\na.jpg,1.5,2.5\nb.jpg,2.5,3.5\n", [2, 3]),
        ("from,to,top,base,file\n9,9,1.5,2.5,a.jpg\n9,9,2.5,3.5,b.jpg\n", [2, 3]),
        ("file,top,base,unit\na.jpg,1.5,2.5,Unit II\nb.jpg,2.5,3.5,Unit III\n", [2, 3]),
    ],
)
def test_titles_remarks_and_other_names(read, content, numbers):
    sheet = read(content)
    assert rows_of(sheet) == ROWS
    assert [number for number, _ in sheet.rows] == numbers
    assert sheet.problems == []
    assert all(set(factors.values()) <= {1.0} for factors in sheet.factors)


def test_a_file_that_begins_like_a_remark_is_a_row(read):
    assert rows_of(read("file,top,base\n#1.jpg,1,2\n")) == [("#1.jpg", "1", "2")]


@pytest.mark.parametrize(
    "content",
    [
        "file,top_ft,base_ft\na.jpg,1,2\n",
        "file,top (ft),base (FT)\na.jpg,1,2\n",
        "file,top [feet],base/ft\na.jpg,1,2\n",
        "file,from ft,to ft\na.jpg,1,2\n",
        "file,depth from (ft),depth to (ft)\na.jpg,1,2\n",
        "file,top,base\n,(ft),(ft)\na.jpg,1,2\n",
        "file,top,base,unit\na.jpg,1,2,ft\n",
    ],
)
def test_units_of_headings_rows_and_columns(read, content):
    sheet = read(content)
    assert rows_of(sheet) == [("a.jpg", "1", "2")]
    assert sheet.factors == [{"top": 0.3048, "base": 0.3048}]


def test_units_that_contradict_each_other(read):
    with pytest.raises(ValueError, match="names two units for top, in its heading and below; keep one"):
        read("file,top (ft),base (ft)\n,m,m\na.jpg,1,2\n")
    sheet = read("file,top (ft),base (ft),unit\na.jpg,1,2,m\nb.jpg,2,3,yards\n")
    assert sheet.problems == [
        (2, "the unit 'm' differs from that in the heading of top; keep one"),
        (2, "the unit 'm' differs from that in the heading of base; keep one"),
        (3, "unit 'yards' is not known; write m, ft, cm or mm"),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("file;top\na.jpg;1\n", "but there is no base: its first row is 'file;top'."),
        ("Hole A\nfile,top\na.jpg,1\n", "but there is no base: its row 2 is 'file,top'."),
        ("a.jpg,1,2\n", "but there is no file and no top and no base: its first row is 'a.jpg,1,2'."),
        (
            "file,from,start,to,top_m,top_ft,base\n",
            "has two columns for top, 'from' and 'top_m' and 'top_ft'; name",
        ),
        ("file,top,base,top\n", "has the column top twice; remove one."),
        ("file,top,base,rotations\n", "has a column 'rotations'; should it be called 'rotation'? Rename it."),
    ],
)
def test_a_heading_that_is_none(read, content, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        read(content)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_table_or_an_error(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    try:
        read_sheet(path)
    except ValueError:
        return  # any other error fails the test


@pytest.fixture
def excel(tmp_path):
    """Return a function that writes sheets of rows to a file and reads it."""

    def excel(**sheets):
        excel_book(**sheets).save(tmp_path / "core.xlsx")
        return read_sheet(tmp_path / "core.xlsx")

    return excel


def test_the_sheet_with_the_table_is_read(excel, tmp_path):
    table = [["file", "top", "base"], ["a.jpg", 1.5, "2,5"]]
    sheet = excel(Notes=[["read me"]], Core=[["Hole X"], [], *table])
    assert rows_of(sheet) == [("a.jpg", "1.5", "2,5")]
    assert (sheet.rows[0][0], sheet.notes) == (4, [])
    sheet = excel(New=table, Old=[*table, ["b.jpg", 3, 4]])
    assert len(sheet.rows) == 1
    assert sheet.notes == [
        f"'{tmp_path / 'core.xlsx'}' has several sheets with the table of a core; 'New' is read, not 'Old'."
    ]


def test_a_table_that_would_take_gigabytes_of_memory_is_refused_with_a_remedy(excel, tmp_path):
    path = tmp_path / "core.xlsx"
    excel(Far=[["file", "top", "base"]], Core=[["file", "top", "base"], ["a.jpg", 1, 2]])
    book = pytest.importorskip("openpyxl").load_workbook(path)
    book["Far"].cell(1_048_576, 16_384, "x")
    book.save(path)
    assert rows_of(read_sheet(path)) == [("a.jpg", "1", "2")]
    del book["Core"]
    book.save(path)
    expected = (
        f"'{path}' is too large for the table of a core: its sheet 'Far' reaches to row 1,048,576 and column "
        "16,384, which are 17,179,869,184 cells, more than the 33,554,432 that are read; delete the rows "
        "below the table and the columns beside it, also those that look empty."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(expected)}$"):
        read_sheet(path)


def test_formulas_without_a_value_and_dates_are_kept_as_they_are(excel):
    sheet = excel(A=[["file", "top", "base", "name"], ["a.jpg", 1, "=B2+0.61", dt.datetime(2024, 3, 4)]])
    assert rows_of(sheet) == [("a.jpg", "1", "=B2+0.61")]
    assert sheet.rows[0][1]["name"] == "2024-03-04 00:00:00"


def test_warnings_are_those_of_the_table(excel):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert rows_of(excel(A=[["file", "top", "base"], [12, 1, 2], [None, None, None]])) == [
            ("12", "1", "2")
        ]


OPEN_DOCUMENT = (
    b"PK\x03\x04\x14\x00\x00\x00\x00\x00" + bytes(16) + b"\x08\x00\x00\x00"
    b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"
)


@pytest.mark.parametrize(
    ("name", "start", "message"),
    [
        (
            "a.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "is an Excel file with a password, or one of before 2007 (.xls)",
        ),
        ("a.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "save it as .xlsx without a password."),
        (
            "a.csv",
            b"PK\x03\x04",
            "is named .csv, but it is an Excel file, or another spreadsheet; open it there, and save it as",
        ),
        ("a.csv", OPEN_DOCUMENT, "is an OpenDocument spreadsheet (.ods), which is not read; open it in a"),
        ("a.xlsx", OPEN_DOCUMENT, "is an OpenDocument spreadsheet (.ods), which is not read; open it in a"),
        ("a.tsv", b"PAR1", "is named .tsv, but it is a Parquet file; name it .parquet, or save the table as"),
        ("a.xls", b"", "cannot be read as the table of a core; save it as .csv, .xlsx, .parquet, .tsv."),
        ("a.ods", b"", "cannot be read as the table of a core; save it as .csv, .xlsx, .parquet, .tsv."),
    ],
)
def test_a_table_of_another_kind_is_told(tmp_path, name, start, message):
    (tmp_path / name).write_bytes(start + bytes(600))
    with pytest.raises(ValueError, match=re.escape(f"{name}' ") + ".*" + re.escape(message)):
        read_sheet(tmp_path / name)


def test_a_title_may_begin_as_parquet_does(tmp_path):
    (tmp_path / "a.csv").write_text("PAR1,hole,2024\nfile,top,base\na.jpg,1,2\n")
    assert rows_of(read_sheet(tmp_path / "a.csv")) == [("a.jpg", "1", "2")]
