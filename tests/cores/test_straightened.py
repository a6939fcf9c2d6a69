"""Lines along the lanes become rows."""

from __future__ import annotations

import numpy as np
import pytest

from corewidgets.cores.straightened import Straightened, block_means, opponent_colors
from corewidgets.cores.synthetic_camera import Camera


@pytest.fixture(scope="module")
def stripes() -> np.ndarray:
    """Five light stripes on grey, with noise, along the columns."""
    image = np.random.default_rng(0).normal(90, 8, (240, 480, 3)).astype(np.float32)
    for row in range(30, 230, 40):
        image[row : row + 14, 40:440] += 90
    return image


@pytest.mark.parametrize(
    ("turn", "keystone", "barrel"), [(0, 0, 0), (4.5, 0, 0), (-5, 0, 0.0), (2, 0.02, 0.012)]
)
def test_lines_are_straight_and_points_are_found_again(stripes, turn, keystone, barrel):
    camera = Camera(stripes.shape[:2], turn=turn, keystone=(keystone, 0.0), barrel=barrel)
    straight = Straightened(opponent_colors(camera.photograph(stripes)))
    middle = np.c_[np.full(9, 117.0), np.linspace(80, 400, 9)]  # of a stripe
    seen = camera.to_photograph(middle)
    for point in seen:
        rows = np.arange(240.0)
        along = straight.to_photograph(np.c_[rows, np.full(240, point[1])])
        row = np.interp(point[0], along[:, 0], rows)
        assert straight.image[round(row), round(point[1]), 0] > 130
    rows = [
        np.interp(one[0], straight.to_photograph(np.c_[rows, np.full(240, one[1])])[:, 0], rows)
        for one in seen
    ]
    assert np.ptp(rows) < 1.5


def test_sharpness_tells_which_way_lines_run(stripes):
    along, across = (Straightened(opponent_colors(np.rot90(stripes, k))) for k in (0, 1))
    assert along.sharpness > 2 * across.sharpness


def test_blocks_are_means_and_never_empty():
    image = np.arange(12, dtype=np.float32).reshape(1, 12, 1)
    means, middles = block_means(image, 3)
    assert means.ravel().tolist() == [1.5, 5.5, 9.5]
    assert middles.tolist() == [1.5, 5.5, 9.5]
    assert block_means(image, 40, (2, 6))[0].ravel().tolist() == [2.5, 4.5]
