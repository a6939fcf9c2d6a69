"""Rubble is told from pieces by the dark gaps around its fragments."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from corewidgets.cores.lane_rubble import find_rubble

WIDTH = 60.0  # columns


def rock(seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    strip = np.zeros((40, 480, 3), np.float32)
    strip[..., 0] = 130 + rng.normal(scale=6, size=(40, 480))
    return strip


def with_fragments(strip: np.ndarray, start: int, stop: int, gaps: float = 25.0) -> np.ndarray:
    """Return a strip with round fragments in a stretch of it, and what lies between them."""
    rows, columns = np.mgrid[:40, : stop - start]
    fragments = np.hypot(rows % 10 - 4.5, (columns + 7 * (rows // 10)) % 16 - 7.5) < 4.4
    strip = strip.copy()
    strip[:, start:stop, 0] = np.where(fragments, strip[:, start:stop, 0], gaps)
    return strip


def ends(flags: np.ndarray) -> list[int]:
    return np.flatnonzero(np.diff(flags.astype(int))).tolist()


def test_fragments_are_rubble_and_the_rock_beside_them_is_not():
    found, bare = find_rubble([with_fragments(rock(), 200, 300), rock(1)], [WIDTH, WIDTH])
    assert ends(found) == pytest.approx([200, 300], abs=10)
    assert not bare.any()


def test_breaks_and_bedding_and_the_shade_of_a_round_core_are_none():
    broken = rock()
    for column in range(40, 480, 60):
        broken[:, column : column + 5, 0] = 30
    bedded = rock() + (25 * np.sin(np.arange(480) / 3))[None, :, None].astype(np.float32)
    shaded = rock() * np.linspace(0.4, 1.1, 40, dtype=np.float32)[:, None, None]
    assert not any(flags.any() for flags in find_rubble([broken, bedded, shaded], [WIDTH] * 3))


def test_coarse_grain_is_none():
    grain = ndimage.gaussian_filter(np.random.default_rng(2).normal(size=(40, 480)), 3)
    coarse = rock()
    coarse[..., 0] += 25 * grain.astype(np.float32) / grain.std()
    assert not find_rubble([coarse], [WIDTH])[0].any()


def test_a_single_chip_is_too_short():
    assert not find_rubble([with_fragments(rock(), 200, 210)], [WIDTH])[0].any()


def test_on_a_light_floor_it_is_not_told():
    assert not find_rubble([with_fragments(rock(), 200, 300, gaps=160.0)], [WIDTH])[0].any()


def test_a_box_without_lanes_has_none():
    assert find_rubble([], []) == []
