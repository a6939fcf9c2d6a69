"""The likely reach: along edges, round, parting what looks different; and what is within a reach."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from corewidgets.geology.reaches import REACHES, Ground, cleaned, likely, reach_of, worth

ROWS, COLUMNS = np.mgrid[:80, :100]
AWAY = np.hypot(ROWS - 40, COLUMNS - 50).astype(np.float32)
DISC = AWAY <= 20
SEEDS = AWAY == 0
EDGES = np.where(abs(AWAY - 20.5) <= 1.5, np.float32(10), np.float32(0))
LOOK = np.where(DISC[..., None], [1.0, 0.0], [0.0, 1.0]).astype(np.float32)
UNLIKE = np.where(DISC, np.float32(-1), np.float32(1))
GROUND = Ground(EDGES, LOOK, SEEDS, AWAY <= 4, (True, True, True, True))
COST = (AWAY / 20 + np.where(DISC, 0, 1)).astype(np.float32)


def value(mask, ground=GROUND):
    return worth(mask, ground, UNLIKE)


def test_the_likely_reach_is_that_of_the_clast():
    found = likely(COST, GROUND, UNLIKE)
    assert (found.mask & DISC).sum() / (found.mask | DISC).sum() > 0.97
    np.testing.assert_array_equal(found.mask, cleaned(COST, SEEDS, found.reach))
    assert found.reach in REACHES


def test_an_outline_along_the_edge_is_worth_more_than_a_smaller_and_a_larger_one():
    assert value(DISC) > value(AWAY <= 14)
    assert value(DISC) > value(AWAY <= 27)


def test_a_ragged_outline_is_worth_less_with_all_else_alike():
    ground = replace(GROUND, edges=np.full_like(EDGES, 10), look=np.zeros_like(LOOK))
    comb = DISC & ((ROWS % 4 < 2) | (COLUMNS < 50))
    flat = np.zeros_like(UNLIKE)
    assert worth(DISC, ground, flat) > worth(comb, ground, flat) + 1


def test_an_outline_that_touches_the_border_of_the_photograph_is_worth_less():
    ground = replace(GROUND, edges=np.full_like(EDGES, 10), look=np.zeros_like(LOOK))
    at, off = (np.hypot(ROWS - row, COLUMNS - 50) <= 12 for row in (12, 30))
    flat = np.zeros_like(UNLIKE)
    assert worth(off, ground, flat) == pytest.approx(worth(at, ground, flat) + 1.2, abs=0.3)


def test_a_reach_that_runs_out_of_the_window_is_taken_only_where_there_is_no_other():
    everywhere = np.zeros_like(COST)
    inner = replace(GROUND, ends=(True, False, False, False))
    assert likely(everywhere, inner, UNLIKE).mask.mean() > 0.9  # corners are rounded
    leaks = np.where(ROWS < 60, AWAY / 400, 10).astype(np.float32)
    at_top = likely(leaks, inner, UNLIKE).mask[0].any()
    assert not at_top


def test_the_reach_of_a_number_of_cells():
    costs = np.array([[0.0, 3.0], [1.0, 2.0]], np.float32)
    assert [reach_of(costs, n) for n in (0, 1, 2, 4, 9)] == [0, 0, 1, 3, 3]


@pytest.mark.parametrize(("width", "is_bridged"), [(1, True), (3, True), (6, False)])
def test_a_crack_across_a_clast_is_bridged(width, is_bridged):
    right = COLUMNS - 56
    crack = (right >= 0) & (right < width)
    beyond = DISC & (right >= width)
    inside = cleaned(np.where(DISC & ~crack, 0, 9).astype(np.float32), SEEDS, 1.0)
    assert (inside & beyond).any() == is_bridged
    assert not (inside & ~DISC).any()


def test_a_crack_is_bridged_up_to_the_border_of_the_window():
    half = np.where((AWAY <= 45) & ~((COLUMNS == 60) & (ROWS < 70)), 0, 9).astype(np.float32)
    inside = cleaned(half, SEEDS, 1.0)
    assert inside[2:70, 60].all()
    assert not (inside & (AWAY > 45)).any()


def test_holes_are_filled_and_what_hangs_on_a_neck_is_cut():
    cost = np.where(AWAY <= 15, 0, 9).astype(np.float32)
    cost[40:43, 55:58] = 9
    cost[40, 50:85] = 0
    cost[30:50, 78:95] = 0
    inside = cleaned(cost, SEEDS, 1.0)
    assert inside[41, 56]
    assert not inside[:, 75:].any()
    assert abs(inside.sum() - (AWAY <= 15).sum()) < 60
