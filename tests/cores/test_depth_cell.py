"""What a depth in a table means, and where that is in doubt."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corewidgets.cores.depth_cell import Number, Style, factor_of, own_factor


@pytest.mark.parametrize(
    ("cells", "metres"),
    [
        (["698.41", "1520"], [698.41, 1520]),
        (["698,41", "1520"], [698.41, 1520]),
        (["1,520.5", "1,521"], [1520.5, 1521]),
        (["1.520,5", "698,41"], [1520.5, 698.41]),
        (["1,234,567", "2"], [1234567, 2]),
        (["1 520.5", "1\u00a0521,5".replace(",", ".")], [1520.5, 1521.5]),
        (["1.520", "2.035"], [1.52, 2.035]),
        (["0,520", "0,9"], [0.52, 0.9]),
        (["\u22120.5", "+0.5"], [-0.5, 0.5]),
        (["100 m", "103M"], [100, 103]),
        (["9000 ft", "9003ft"], [2743.2, 2744.1144]),
        (["9000'6\"", "9001' 0\""], [2743.3524, 2743.5048]),
        (["9000 ft 6 in", "9001\u2032"], [2743.3524, 2743.5048]),
        (["150 cm", "2500 mm"], [1.5, 2.5]),
        (["1e3", ".5"], [1000, 0.5]),
        ([Number(1.52), "698,41"], [1.52, 698.41]),
        ([Number(1.523), "698,41"], [1.523, 698.41]),
    ],
)
def test_what_is_clear_is_read(cells, metres):
    style = Style(cells)
    assert [style.metres(cell) for cell in cells] == pytest.approx(metres, abs=1e-12)


@pytest.mark.parametrize(
    ("cells", "cell", "message"),
    [
        (["1,520", "1,521"], "1,520", "may be 1.52 or 1520; write one of these"),
        (["1,525", "1,521"], "1,525", "may be 1.5250 or 1525; write one of these"),
        (["1.525", "698,41"], "1.525", "may be 1,5250 or 1525; write one of these"),
        (["4,0", "5.0"], "4,0", "is not a number of metres; write it like 698.41"),
        (["1_0"], "1_0", "is not a number of metres; write it like 698.41"),
        ([""], "", "is not a number of metres; write it like 698.41"),
        (["12.3.4"], "12.3.4", "is not a number of metres; write it like 698.41"),
        (["9000 fathoms"], "9000 fathoms", "is not a number of metres; write it like 698.41"),
        (
            ["=B2+0.61"],
            "=B2+0.61",
            "is a formula whose value is not stored in the file; open the table in a spreadsheet program and "
            "save it",
        ),
    ],
)
def test_what_is_not_clear_is_named(cells, cell, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Style(cells).metres(cell)


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("cells", [["1,525", "1,600"], ["1.525", "698,41"], ["1.525", "1.600"], ["1,000"]])
def test_a_remedy_is_clear(separator, cells):
    try:
        Style(cells, separator).metres(cells[0])
    except ValueError as error:
        decimal, whole = re.match(r"may be (\S+) or (\S+); write", str(error)).groups()
        expected = float(cells[0].replace(",", "."))
        assert Style([decimal, *cells[1:]], separator).metres(decimal) == expected
        assert Style([whole, *cells[1:]], separator).metres(whole) == 1000 * expected
    else:
        assert (separator, cells[0]) == (",", "1.525")


def test_a_point_between_semicolons_may_be_one_for_thousands():
    style = Style(["1.234", "2.468"], ";")
    with pytest.raises(ValueError, match=r"^may be 1.2340 or 1234; write one of these$"):
        style.metres("1.234")
    assert Style(["1.234", "2.5"], ";").metres("1.234") == 1.234
    assert Style(["698.410", "699.020"], ";").metres("698.410") == 698.41  # no hole is 698,410 m deep
    assert Style(["1.234", "2.468"]).metres("1.234") == 1.234


def test_a_unit_is_that_of_the_heading():
    assert Style(["100"]).metres("100", 0.3048) == 30.48
    assert Style(["100 ft"]).metres("100 ft", 0.3048) == 30.48
    with pytest.raises(ValueError, match=r"^has a different unit from its heading or its row; keep one$"):
        Style(["100 m"]).metres("100 m", 0.3048)
    assert [own_factor(cell) for cell in ("5", "5 m", "5'", "5'3\"")] == [None, 1.0, 0.3048, 0.3048]
    assert [factor_of(unit) for unit in ("", "m", "(ft)", "[cm]", "rock")] == [None, 1.0, 0.3048, 0.01, None]


@given(st.lists(st.integers(-999_999_99, 999_999_99), min_size=1), st.sampled_from(["ft", "m", ""]))
def test_the_same_numbers_with_points_and_with_commas(hundredths, unit):
    numbers = [number / 100 for number in hundredths]
    english = [f"{number:,.2f}{unit}" for number in numbers]
    german = [text.translate(str.maketrans(",.", ".,")) for text in english]
    expected = [round(number * 0.3048, 9) if unit == "ft" else number for number in numbers]
    assert [Style(english).metres(text) for text in english] == expected
    assert [Style(german).metres(text) for text in german] == expected


@given(st.lists(st.text("0123456789.,' \"ftm+-e=", max_size=9), max_size=4))
def test_any_cells_are_a_number_or_an_error(cells):
    style = Style(cells)
    for cell in cells:
        try:
            assert isinstance(style.metres(cell), float)
        except ValueError:
            continue
