from __future__ import annotations

import pytest

import corewidgets as cw
from corewidgets.figures.recovery import recovery_figures, recovery_parts

FEET = cw.DepthScale("ft")


def test_nothing_is_said_of_recovery_that_was_not_measured():
    assert recovery_figures(None) == []
    assert recovery_parts(None, FEET) == []


def test_runs_count_by_their_length():
    found = cw.core_recovery([cw.RockPiece(0, 1.0), cw.RockPiece(1.0, 1.05)], [(0, 1), (1, 4)])
    assert [value for value, _, _ in recovery_figures(found)] == ["26%", "25%"]


@pytest.mark.parametrize(("n_runs", "is_open"), [(3, True), (30, False)])
def test_many_runs_stand_behind_a_fold_in_the_unit_of_the_hole(n_runs, is_open):
    runs = [(30.48 * k, 30.48 * (k + 1)) for k in range(n_runs)]
    page = "".join(recovery_parts(cw.map_recovery([cw.Interval(0, 15.24)], runs), FEET))
    assert ("<details open>" in page) == is_open
    assert page.count("<tr>") == n_runs + 1
    assert "from (ft)" in page
    assert "<td class=number>50.00</td><td class=number>50%</td>" in page
    assert "RQD, were not given" in page


def test_no_solid_core_has_no_fracture_frequency():
    page = "".join(recovery_parts(cw.core_recovery([cw.RockPiece(0, 1, solid=False)], [(0, 2)]), FEET))
    assert "<td class=number>0</td><td class=number>-</td>" in page
    assert "Deere and Deere (1988)" in page
