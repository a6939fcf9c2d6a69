from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import ndimage

from corewidgets.features.sampling import (
    Sampled,
    _gaussian,
    _kept_gaussian,
    averaged_cells,
    cells_of,
    interpolate,
    reach_of,
    rim,
    upsample,
    without_halo,
)


def ramp(n_rows: int, n_columns: int, stride: int) -> jnp.ndarray:
    """Return cells, a rim around them, that say the row and the column of their middle in pixels."""
    rows = (np.arange(-rim(stride), n_rows + rim(stride)) + 0.5) * stride - 0.5
    columns = (np.arange(-rim(stride), n_columns + rim(stride)) + 0.5) * stride - 0.5
    return jnp.asarray(np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1), jnp.float32)


@pytest.mark.parametrize("stride", [1, 2, 4, 8])
def test_the_middle_of_a_cell_lies_where_the_module_says(stride):
    rows, columns = np.array([0, 1, stride, 3 * stride - 1]), np.array([2 * stride - 1, 0, 1, stride])
    found = interpolate(ramp(3, 2, stride), stride, rows, columns)
    np.testing.assert_allclose(found, np.stack([rows, columns], axis=1), atol=1e-5)


@pytest.mark.parametrize("stride", [1, 2, 4])
def test_all_pixels_at_once_are_each_pixel_by_itself(stride):
    cells = jnp.asarray(
        np.random.default_rng(0).normal(size=(5 + 2 * rim(stride), 4 + 2 * rim(stride), 3)), jnp.float32
    )
    rows, columns = np.mgrid[0 : 5 * stride, 0 : 4 * stride]
    single = interpolate(cells, stride, rows.ravel(), columns.ravel())
    np.testing.assert_allclose(upsample(cells, stride), np.reshape(single, (*rows.shape, 3)), atol=1e-6)


def averaged(values: np.ndarray, sigma: float, weights: np.ndarray | None = None) -> np.ndarray:
    reach = reach_of(sigma)
    window = jnp.asarray(np.pad(values, ((reach, reach), (reach, reach), (0, 0)), constant_values=1e3))
    source = Sampled(window, reach, 1, sigma)
    return np.asarray(cells_of(source, jnp.array([0, 0]), jnp.array(values.shape[:2]), weights))


def test_averages_are_scipys_inside_and_take_nothing_from_beyond_the_image():
    values = np.random.default_rng(1).normal(size=(30, 26, 2)).astype(np.float32)
    found = averaged(values, 2.0)
    share = ndimage.gaussian_filter(np.ones((30, 26)), 2.0, mode="constant", radius=6)
    wanted = [ndimage.gaussian_filter(values[..., k], 2.0, mode="constant", radius=6) / share for k in (0, 1)]
    np.testing.assert_allclose(found, np.stack(wanted, axis=-1), atol=1e-5)


@pytest.mark.parametrize("n_outputs", [2, 9])
def test_weights_before_or_after_the_average_give_the_same(n_outputs):
    rng = np.random.default_rng(2)
    values = rng.normal(size=(12, 10, 4)).astype(np.float32)
    weights = rng.normal(size=(4, n_outputs)).astype(np.float32)
    np.testing.assert_allclose(
        averaged(values, 1.5, jnp.asarray(weights)), averaged(values, 1.5) @ weights, atol=1e-5
    )


@pytest.mark.parametrize(("sigma", "stride"), [(2.0, 1), (1.5, 4), (None, 2)])
def test_numpy_averages_what_the_compiled_function_does(sigma, stride):
    """At a corner of the image, which ends within the tile."""
    window = np.random.default_rng(3).normal(size=(24, 30, 5)).astype(np.float32)
    source, origin, shape = Sampled(window, 7, stride, sigma), np.array([8, 0]), np.array([8 + 7, 9])
    found, wanted = averaged_cells(source, origin, shape), cells_of(source, origin, shape)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, wanted, atol=1e-6)


def test_wide_cells_are_averaged_in_parts():
    window = np.random.default_rng(4).normal(size=(12, 170, 3)).astype(np.float32)
    source, origin, shape = Sampled(window, 5, 2, 1.3), np.array([8, 0]), np.array([60, 330])
    found, wanted = averaged_cells(source, origin, shape), cells_of(source, origin, shape)
    np.testing.assert_allclose(found, wanted, atol=1e-6)


@pytest.mark.parametrize("first", [-3, 0, 5, 77, 262, 280])  # 300 cells, windows on 40
def test_windows_far_from_the_borders_are_averaged_by_one_matrix(first):
    kept = _kept_gaussian(40, 2.0, first, 300)
    np.testing.assert_array_equal(kept, np.asarray(_gaussian(np, 40, 2.0, first, 300), np.float32))
    assert (kept is _kept_gaussian(40, 2.0, 100, 300)) == (0 <= first <= 260)


def test_sizes_of_windows():
    assert [reach_of(sigma) for sigma in (0.5, 1.0, 1.1)] == [2, 3, 4]
    assert [rim(stride) for stride in (1, 2, 16)] == [0, 1, 1]
    assert without_halo(jnp.arange(20).reshape(4, 5), 1).tolist() == [[6, 7, 8], [11, 12, 13]]
    assert without_halo(jnp.arange(4).reshape(2, 2), 0).shape == (2, 2)
