"""Ways from a click: what they cost, and outlines that are larger and smaller than the likely one."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from corewidgets.geology.reaches import Ground, Likely, likely
from corewidgets.geology.ways import BySize, by_outline, looked_at_again, travel

ROWS, COLUMNS = np.mgrid[:90, :110]
CORE = np.hypot(ROWS - 45, COLUMNS - 50) <= 12
CLAST = np.hypot(ROWS - 45, COLUMNS - 55) <= 28
SEEDS = (ROWS == 45) & (COLUMNS == 50)
NEAR = np.hypot(ROWS - 45, COLUMNS - 50) <= 4
LOOK = np.select([CORE[..., None], CLAST[..., None]], [[0.0, 1.0], [0.5, 1.0]], [3.0, 0.0]).astype(np.float32)
LOOK += np.random.default_rng(0).normal(0, 0.05, LOOK.shape).astype(np.float32)
EDGES = np.where(abs(np.hypot(ROWS - 45, COLUMNS - 55) - 28) < 1.5, np.float32(12), np.float32(1))
GROUND = Ground(EDGES, LOOK, SEEDS, NEAR, (True, True, True, True))


def agreement(found, truth):
    return (found & truth).sum() / (found | truth).sum()


def test_a_way_costs_what_its_cells_cost_and_edges_beyond_a_faint_one():
    edges = np.zeros((1, 5), np.float32)
    edges[0, 3] = 13  # 10 more than a faint one
    seeds = np.array([[True, False, False, False, False]])
    costs = travel(edges, np.zeros_like(edges), seeds)[0]
    np.testing.assert_allclose(costs, [0, 0.001, 0.002, 0.5025, 1.003], rtol=1e-3)


def test_the_looks_of_an_outline_part_it_from_its_surroundings():
    way = by_outline(GROUND, CLAST)
    assert way.unlike[CLAST].max() < 0 < way.unlike[~CLAST].min()
    assert way.cost[CLAST].max() < way.cost[~CLAST].min()


def test_what_was_found_too_small_is_looked_at_again():
    first = by_outline(GROUND, CORE).cost
    found = Likely(0.1, 0.0, CORE)
    way, again = looked_at_again(GROUND, first, found)
    assert agreement(again.mask, CLAST) > 0.9
    assert again.reach > 0
    assert way.cost.shape == CLAST.shape


@pytest.fixture
def by_size():
    way = by_outline(GROUND, CORE)
    unlike_all = likely(way.cost, GROUND, way.unlike)
    return BySize(GROUND, way.cost, way, unlike_all.reach)


def test_larger_outlines_hold_smaller_ones(by_size):
    reaches = [
        by_size.reach_at(share) for share in (0.05, 0.15, 0.3, 0.5, 0.7, 0.9, 1, 1.1, 1.4, 1.7, 2, 2.6)
    ]
    masks = [by_size.inside(reach) for reach in reaches]
    for smaller, larger in pairwise(masks):
        assert not (smaller & ~larger).any()
    assert masks[0].sum() < 0.2 * masks[6].sum()
    assert masks[-1].sum() > 2 * masks[6].sum()
    assert all(mask[45, 50] for mask in masks)


def test_an_outline_is_the_same_whatever_was_asked_before(by_size):
    reaches = [by_size.reach_at(share) for share in (0.3, 2.6, 0.1, 1.4)]
    before = [by_size.inside(reach) for reach in reaches]
    fresh = BySize(GROUND, by_size._first, by_size._ways[0], by_size.reach_at(1))
    after = [fresh.inside(reach) for reach in reversed(reaches)][::-1]
    np.testing.assert_array_equal(before, after)


def test_far_larger_than_likely_the_looks_are_those_of_the_larger_outline():
    """By the looks in and around the core, the rest of its clast is as unlike as what lies around it."""
    edges = np.where(EDGES > 5, np.float32(4), np.float32(1))
    look = np.select([CORE[..., None], CLAST[..., None]], [[0.0, 0.0], [1.0, 0.0]], [1.0, 1.0])
    ground = replace(GROUND, look=look.astype(np.float32), edges=edges)
    way = by_outline(ground, CORE)
    sizes = BySize(ground, travel(edges, np.zeros_like(edges), SEEDS), way, float(way.cost[CORE].max()))
    grown = sizes.inside(sizes.reach_at(CLAST.sum() / CORE.sum()))
    straight = way.cost <= np.sort(way.cost, axis=None)[CLAST.sum() - 1]
    assert agreement(straight, CLAST) < 0.9
    assert agreement(grown, CLAST) > agreement(straight, CLAST) + 0.05


def test_a_way_by_which_the_click_looks_like_the_surroundings_is_not_taken():
    """What is unlike a click is not its clast, though a hole of its outline may be the likeliest one."""
    first = travel(EDGES, np.where(CLAST, 0, 5).astype(np.float32), SEEDS)
    inside_out = LOOK.copy()
    inside_out[NEAR] = LOOK[0, 0]
    ground = replace(GROUND, look=inside_out)
    found = Likely(0.1, 0.0, NEAR)
    way, _ = looked_at_again(ground, first, found)
    assert way.unlike[NEAR].mean() < 0
