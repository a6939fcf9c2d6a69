"""Where a camera that is askew sees a scene, against geometry done by hand."""

from __future__ import annotations

import numpy as np
import pytest

from corewidgets.cores.synthetic_camera import Camera


def test_a_turn_is_clockwise_about_the_middle():
    camera = Camera((101, 201), turn=90)
    np.testing.assert_allclose(
        camera.to_photograph([[50, 100], [50, 140]]), [[50, 100], [90, 100]], atol=1e-9
    )


def test_keystone_makes_what_lies_below_larger():
    camera = Camera((101, 201), keystone=(0.1, 0.0))
    above, below = (np.ptp(camera.to_photograph([[row, 50], [row, 150]])[:, 1]) for row in (0, 100))
    assert above < 100 < below


def test_a_barrel_draws_corners_in_more_than_sides():
    camera = Camera((101, 201), barrel=0.02)
    corner, side = camera.to_photograph([[0, 0], [50, 0]])
    assert 0 < side[1] < corner[1]
    assert corner[0] > 0


def test_points_come_back_and_the_photograph_shows_them():
    camera = Camera((80, 120), turn=4, keystone=(0.02, -0.01), barrel=0.01)
    points = np.array([[20.0, 30.0], [60.0, 100.0], [40.0, 10.0]])
    seen = camera.to_photograph(points)
    np.testing.assert_allclose(camera.to_scene(seen), points, atol=1e-6)
    scene = np.zeros((80, 120, 1), np.float32)
    for row, column in points.astype(int):
        scene[row - 1 : row + 2, column - 1 : column + 2] = 1
    photograph = camera.photograph(scene)[..., 0]
    for row, column in np.rint(seen).astype(int):
        assert photograph[row, column] == pytest.approx(1, abs=0.05)
