"""What rows of a straightened box tell."""

from __future__ import annotations

import numpy as np
import pytest

from corewidgets.cores.lane_rows import LaneRows, peaks


@pytest.fixture(scope="module")
def rows() -> LaneRows:
    """A band of rough rock between smooth walls, and a bright patch above that is short."""
    rng = np.random.default_rng(0)
    image = np.zeros((160, 480, 3), np.float32)
    image[..., 0] = 100 + rng.normal(scale=1, size=(160, 480))
    image[60:120, 60:420, 0] += 50 + rng.normal(scale=20, size=(60, 360))
    image[20:40, 60:160, 0] += 60
    return LaneRows(image)


def test_lines_are_where_the_band_begins_and_ends(rows):
    strong = peaks(rows.line)[rows.line[peaks(rows.line)] > 0.6]
    np.testing.assert_allclose(strong, [59.5, 119.5], atol=1.5)
    np.testing.assert_allclose(rows.columns, [60, 420], atol=15)


def test_a_short_line_is_seen_where_few_columns_agree(rows):
    at = np.arange(18, 23)
    assert rows.line[at].max() < 0.5
    assert rows.short_line[at].max() > 0.6


def test_rock_is_rougher_than_a_wall_and_coverage_says_how_much_of_a_line_is_there(rows):
    assert rows.roughness[70:110].mean() > rows.roughness[130:150].mean() + 0.5
    assert rows.coverage(60) > 0.95
    assert rows.coverage(20) < 0.5
    np.testing.assert_allclose(rows.color[140], (100, 0, 0), atol=1)
