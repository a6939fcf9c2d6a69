"""A table that holds more than it is written with is not written over."""

from __future__ import annotations

import pytest

from corewidgets.cores.plain_table import check_plain


def test_units_in_headings_are_no_columns_of_their_own(tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("Top (ft),base [ft],file\n1,2,a.png\n")
    check_plain(table, ("top", "base", "file"), "lanes")


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("t.csv", "top,base,driller\n1,2,Ann\n", "columns 'driller', which would be lost; save the lanes as"),
        ("t.csv", "# by Ann\ntop,base\n1,2\n", "the remark '# by Ann', which would be lost"),
        ("t.xlsx", "", r"t.xlsx' is not a CSV file; name one, such as 't.csv'\."),
    ],
)
def test_what_would_be_lost_is_told(tmp_path, name, text, told):
    table = tmp_path / name
    table.write_text(text)
    with pytest.raises(ValueError, match=told):
        check_plain(table, ("top", "base"), "lanes")
