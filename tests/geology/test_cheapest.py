"""Cheapest ways: what they cost, the same with the compiled loop and without."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from skimage.graph import MCP_Geometric

from corewidgets.geology import cheapest
from corewidgets.geology.cheapest import cheapest_costs

from .loops import with_and_without

compiled = with_and_without(cheapest._WALK)


@pytest.mark.usefixtures("compiled")
def test_a_step_costs_the_mean_of_both_cells_times_its_length():
    cost = np.array([[1.0, 3.0, 9.0], [5.0, 2.0, 1.0]], np.float32)
    seeds = np.array([[True, False, False], [False, False, False]])
    root = np.sqrt(2)
    expected = [[0, 2, 8], [3, 1.5 * root, 1.5 * root + 1.5]]
    np.testing.assert_allclose(cheapest_costs(cost, seeds), expected)


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (25, 2), (60, 80)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_costs_are_those_of_scikit_image_to_the_last_digit(shape, dtype):
    rng = np.random.default_rng(1)
    cost = (0.001 + np.maximum(ndimage.gaussian_filter(rng.normal(0, 3, shape), 1), 0)).astype(dtype)
    seeds = rng.random(shape) < 0.01
    seeds[0, 0] = True
    found = cheapest_costs(cost, seeds)
    assert found.shape == shape
    np.testing.assert_array_equal(found, MCP_Geometric(cost).find_costs(np.argwhere(seeds))[0])


@pytest.mark.usefixtures("compiled")
def test_a_cell_whose_cost_is_no_number_is_never_entered():
    cost = np.ones((30, 40), np.float32)
    cost[5:20, 10:30] = np.nan
    seeds = np.zeros(cost.shape, bool)
    seeds[0, 0] = True
    found = cheapest_costs(cost, seeds)
    assert np.isinf(found[6:19, 11:29]).all()
    assert np.isfinite(found[np.isfinite(cost)]).all()
