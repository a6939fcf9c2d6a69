"""Features of the part in view are computed in the background, from even pixels on, and not again."""

from __future__ import annotations

import numpy as np
import pytest

from corewidgets.features.look import outline_features
from corewidgets.widgets import looks_ahead
from corewidgets.widgets.looks_ahead import LooksAhead, _around

IMAGE = np.random.default_rng(0).integers(0, 255, (120, 90, 3), dtype=np.uint8)


@pytest.fixture
def looks():
    errors = []
    made = LooksAhead(IMAGE, 10, errors.append)
    yield made
    made.stop()
    assert errors == []


def test_what_is_in_view_is_known_with_a_margin(looks):
    looks.want((slice(31, 60), slice(20, 70)))
    assert looks.features((slice(31, 60), slice(20, 70))) is None
    assert looks.wait(120)
    part, features = looks.features((slice(21, 70), slice(10, 80)))
    assert part == (slice(20, 70), slice(10, 80))
    np.testing.assert_array_equal(features, outline_features(IMAGE[part]))
    assert looks.features((slice(19, 30), slice(20, 30))) is None


def test_a_part_that_is_known_is_not_looked_at_again(looks, monkeypatch):
    looks.want((slice(30, 60), slice(20, 70)))
    assert looks.wait(120)
    monkeypatch.setattr(looks_ahead, "outline_features", None)  # calling it would fail
    looks.want((slice(35, 50), slice(30, 60)))
    assert looks.wait(120)
    assert looks.features((slice(35, 50), slice(30, 60))) is not None


def test_the_view_wanted_last_counts(looks):
    looks.want((slice(0, 20), slice(0, 20)))
    looks.want((slice(80, 100), slice(50, 70)))
    assert looks.wait(120)
    assert looks.features((slice(0, 20), slice(0, 20))) is None
    assert looks.features((slice(80, 100), slice(50, 70))) is not None


def test_work_that_is_stopped_can_be_wanted_again(looks):
    looks.want((slice(0, 20), slice(0, 20)))
    looks.stop()
    assert looks.features((slice(0, 20), slice(0, 20))) is None
    looks.want((slice(0, 20), slice(0, 20)))
    assert looks.wait(120)
    assert looks.features((slice(0, 20), slice(0, 20))) is not None


@pytest.mark.parametrize(
    ("view", "part"),
    [
        ((slice(0, 100), slice(0, 50)), (slice(0, 120), slice(0, 70))),
        ((slice(31, 41), slice(0, 50)), (slice(10, 61), slice(0, 70))),
        ((slice(0, 20000), slice(0, 400)), (slice(8214, 11785), slice(0, 420))),
    ],
)
def test_a_part_has_a_margin_and_is_not_too_large(view, part):
    shape = (120, 90) if view[0].stop < 1000 else (20000, 900)
    assert _around(view, 20, shape) == part
