"""Legends as offices write them are read; what is not clear is named with its row."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corewidgets.labels.legend import Legend
from corewidgets.labels.legend_table import read_legend_table

LEGEND = Legend(["Matrix", "Clast", "Void"], ["#FF0000", "#00FF00", "#0000FF"], not_rock=["Void"])
TABLE = "value,name,color,rock\n1,Matrix,#FF0000,yes\n2,Clast,#00FF00,yes\n3,Void,#0000FF,no\n"


def read(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "legend.csv"
    path.write_bytes(text.encode(encoding) if isinstance(text, str) else text)
    return Legend.read_csv(path)


@pytest.mark.parametrize(
    "text",
    [
        TABLE,
        TABLE.replace(",", ";"),
        TABLE.replace(",", "\t"),
        TABLE.replace(",", " | "),
        TABLE.replace("value,name,color", "Value, NAME ,Colour"),
        TABLE.replace("value,name,color", "Class ID,Rock type,hex"),
        TABLE.replace("value,name", "class,name"),
        "Classes of hole A,,,\n\n" + TABLE,
        TABLE.replace("\n", "\r\n\r\n"),
        TABLE + ",,,\n# drawn by hand\n",
        TABLE.replace("\n1,", "\n0,Unlabelled,black,\n1,"),
        TABLE.replace("yes", "TRUE").replace("no\n", "False\n"),
        TABLE.replace("yes", "1").replace("no\n", "0\n"),
        TABLE.replace("#FF0000", "#F00").replace("#00FF00", "00ff00").replace("#0000FF", "blue"),
        TABLE.replace("#FF0000", "red").replace("#00FF00", '"0, 255, 0"').replace("#0000FF", "rgb(0 0 255)"),
        TABLE.replace("#FF0000", "#FF0000FF").replace("#00FF00", "0x00FF00").replace("#0000FF", "Blue"),
        TABLE.replace("\n1,", "\n1.0,").replace("\n2,", "\n02,"),
        "rock,color,name,value\n,#FF0000,Matrix,1\n,#00FF00,Clast,2\nno,#0000FF,Void,3\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_the_same_legend_in_many_hands(tmp_path, text, encoding):
    assert read(tmp_path, text, encoding) == LEGEND


def test_other_encodings_are_read_with_a_word(tmp_path):
    assert read(tmp_path, "value,name\n1,Карбонат\n", "utf-16").names == ("Карбонат",)
    with pytest.warns(
        UserWarning, match=r"is not in UTF-8; it is read as Western European .* makes 'Café' of a"
    ):
        assert read(tmp_path, "value,name\n1,Café\n", "cp1252").names == ("Café",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "value,name\n1,Mud\nx,Sand\n",
            "row 3: a value must be a whole number, but there is 'x'; number the",
        ),
        ("value,name\n1,Mud\n1.5,Sand\n", "row 3: a value must be a whole number, but there is '1.5'"),
        ("value,name\n1,Mud\n-2,Sand\n", "row 3: a value must be a whole number, but there is '-2'"),
        ("value,name\n1,Mud\n1,Sand\n", "row 3: the value 1 is that of row 2 too; number each class once."),
        (
            "value,name\n1,Mud\n\n2,Mud\n",
            "row 4: Names of classes must differ, but 'Mud' is that of row 2 too;",
        ),
        ("value,name\n1,\n", "row 2: the name of the class is empty; give it one, or remove the row."),
        (
            "value,name,color\n1,Mud,#12345\n",
            "row 2: The color of 'Mud' must look like '#1BD69E', but it is '#12345'",
        ),
        ("value,name,color\n1,Mud,#FF000080\n", "row 2: The color of 'Mud' must look like"),
        ("value,name,color\n1,Mud,300 0 0\n", "row 2: The color of 'Mud' must look like"),
        (
            "value,name,rock\n1,Mud,maybe\n",
            "row 2: the column rock must say yes or no, but there is 'maybe'; write",
        ),
        (
            "value,name\n1,Mud, grey\n",
            "row 2 has more cells than the heading; put a name that contains the separator",
        ),
        (
            "value,color\n1,#FF0000\n",
            "there is no name: its row 1 is 'value,color'. Name the columns in its first",
        ),
        (b"PK\x03\x04", "is a file of a spreadsheet; save it as CSV in UTF-8."),
    ],
)
def test_what_is_not_clear_is_named_with_its_row(tmp_path, text, message):
    with pytest.raises(ValueError, match=rf"legend\.csv.*{re.escape(message)}"):
        read(tmp_path, text)


@given(st.binary(max_size=60) | st.text("valuenmcor,;\t\n\"'#01 2=|é", max_size=60).map(str.encode))
@pytest.mark.filterwarnings("ignore")
def test_whatever_is_in_a_file_it_is_a_legend_or_refused(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("legend") / "legend.csv"
    path.write_bytes(content)
    try:
        Legend.read_csv(path)
    except ValueError as error:  # any other error fails the test
        assert str(path) in str(error)  # noqa: PT017


def test_rows_are_numbered_as_a_spreadsheet_does(tmp_path):
    path = tmp_path / "legend.csv"
    path.write_text("Title\n\nvalue,name\n0,None\n1,Mud\n")
    assert [row[:3] for row in read_legend_table(path)] == [(5, 1, "Mud")]
