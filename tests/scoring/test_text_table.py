"""Columns stand one below the other, and no line ends with a gap."""

from __future__ import annotations

import pytest

from corewidgets.scoring.text_table import text_table


def test_the_first_column_is_at_the_left_and_the_others_are_at_the_right():
    assert text_table([["a", "number", ""], ["longer", "1", "x"], ["", "12345678", ""]]) == [
        "a         number",
        "longer         1  x",
        "        12345678",
    ]


def test_a_row_that_lacks_a_cell_is_an_error_and_not_a_shorter_table():
    with pytest.raises(ValueError, match="shorter"):
        text_table([["a", "b"], ["c"]])
