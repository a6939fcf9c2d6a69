from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import corewidgets as cw
from corewidgets.geology.recovery_table import recovery_in

FOOT = 0.3048


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "table.csv"

    def write(text):
        path.write_text(text)
        return path

    return write


def test_runs_are_read_as_offices_write_them_in_metres_and_in_order(table):
    runs = cw.read_runs(table("Hole 7\nFrom (ft);To (ft);Driller\n105,5;110;A\n100;105,5;B\n"))
    assert [(run.top / FOOT, run.base / FOOT) for run in runs] == [
        pytest.approx((100, 105.5)),
        pytest.approx((105.5, 110)),
    ]


@pytest.mark.parametrize(
    ("text", "top"),
    [
        ("top,base\n10,20\n", 10 * FOOT),
        ("top (m),base (m)\n10,20\n", 10.0),
        ("top,base\n10 m,20 m\n", 10.0),
        ("top,base,unit\n10,20,ft\n", 10 * FOOT),
    ],
)
def test_a_unit_holds_where_the_table_names_none(table, text, top):
    assert cw.read_runs(table(text), unit="ft")[0].top == pytest.approx(top)


def test_pieces_are_solid_and_their_breaks_natural_unless_said_otherwise(table):
    pieces = cw.read_pieces(table("top,base,solid,mechanical\n1,2,,\n2,3,No,\n3,4,yes,X\n"))
    assert [(piece.solid, piece.mechanical_below) for piece in pieces] == [
        (True, False),
        (False, False),
        (True, True),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("top,base\n", "has no rows; write one for each run"),
        ("top,file\n1,a.jpg\n", "must have the columns top and base, .* there is no base"),
        (
            "top,base\n1,2\n1.5,3\n",
            "row 3: the run from 1.5 to 3 m overlaps that of row 2, 1 to 2 m, by 0.5 m",
        ),
        ("top,base\n1,2\n4,3\n", "row 3: the base of a run must lie below its top"),
        ("top,base\n1,x\n", "row 2: base 'x' is not a number"),
        ("top,base,unit\n1,2,m\n3,4,fathom\n", "row 3: unit 'fathom' is not known"),
        ("top,base\n9,8\n7,6\n", "these are elevations, not depths"),
    ],
)
def test_what_is_wrong_with_runs_is_named(table, text, message):
    with pytest.raises(ValueError, match=message):
        cw.read_runs(table(text))


def test_rows_in_two_units_are_told(table):
    with pytest.warns(UserWarning, match="in feet in some rows and in metres in others, .* in row 3"):
        runs = cw.read_runs(table("top,base,unit\n100,200,ft\n61,62,m\n"))
    assert [run.top for run in runs] == pytest.approx([30.48, 61.0])


def test_recovery_is_written_in_the_unit_of_the_hole(tmp_path):
    pieces = [cw.RockPiece(0, 1.5), cw.RockPiece(1.5, 2.0)]
    found = cw.core_recovery([cw.RockPiece(p.top * FOOT, p.base * FOOT) for p in pieces], [(0, 4 * FOOT)])
    shown = recovery_in(found, cw.DepthScale("ft"))
    cw.write_recovery(found, tmp_path / "r.csv", scale=cw.DepthScale("ft"))
    np.testing.assert_allclose(pd.read_csv(tmp_path / "r.csv"), shown, rtol=1e-9)
    row = shown.iloc[0].to_dict()
    assert row == pytest.approx(
        {
            "top (ft)": 0,
            "base (ft)": 4,
            "recovered (ft)": 2,
            "tcr (V/V)": 0.5,
            "scr (V/V)": 0.5,
            "rqd (V/V)": 0.5,
            "n_fractures": 1,
            "fracture_frequency (1/ft)": 0.5,
        }
    )
    assert list(pd.DataFrame(found).columns[:3]) == ["top", "base", "recovered"]  # metres, as they were
