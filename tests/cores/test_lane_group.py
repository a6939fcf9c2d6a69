"""A group of lanes, and the contrast of two colors."""

from __future__ import annotations

import numpy as np
import pytest

from corewidgets.cores.lane_group import LaneGroup, contrast


def test_a_group_has_the_width_of_most_of_its_lanes_and_the_sum_of_their_scores():
    group = LaneGroup(((10, 50), (60, 99), (110, 150)), (0.5, 0.25, 0.75), np.zeros(3))
    assert (group.width, group.total) == (40, 1.5)


@pytest.mark.parametrize(("light", "expected"), [(150, 0.0), (165, 15 / 117), (300, 1.0)])
def test_light_may_differ_more_on_a_bright_divider(light, expected):
    wall = np.array([150.0, 20, 40])
    assert contrast(np.array([light, 20.0, 40]), wall) == pytest.approx(expected)
