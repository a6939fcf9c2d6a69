"""Outlines in steps of their width: nested, and those of the growth."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from corewidgets.geology.outline import Click, grow
from corewidgets.geology.widths import MOST, OUTSIDE, STEP, Widths, resized, step_of

ROWS, COLUMNS = np.mgrid[:90, :110]
IMAGE = np.where(np.hypot(ROWS - 45, COLUMNS - 50) < 22, 170.0, 60.0)[..., None].repeat(3, axis=2)
IMAGE = (IMAGE + np.random.default_rng(0).normal(0, 4, IMAGE.shape)).clip(0, 255).astype(np.uint8)
GROWTH = grow(IMAGE, [Click(np.array([45]), np.array([50]))])


@pytest.mark.parametrize(
    ("width", "step"), [(1, 0), (2, 16), (0.5, -16), (STEP**7.4, 7), (1e9, MOST), (1e-9, -MOST)]
)
def test_a_step_is_that_of_a_width(width, step):
    assert step_of(width) == step


def test_the_likely_outline_is_that_of_step_0():
    np.testing.assert_array_equal(Widths(GROWTH).mask(0), GROWTH.mask())


def test_each_outline_holds_those_of_the_steps_below():
    widths = Widths(GROWTH)
    masks = [widths.mask(step) for step in (-40, -20, -3, 0, 2, 14, 24)]
    for smaller, larger in itertools.pairwise(masks):
        assert larger[smaller].all()
    for step, mask in zip((-20, 14), (masks[1], masks[5]), strict=True):
        alone = GROWTH.mask(GROWTH.wider(STEP**step))
        assert (alone & mask).sum() / (alone | mask).sum() > 0.9


def test_where_it_crosses_an_edge_it_follows_in_several_steps():
    widths = Widths(GROWTH)
    sizes = np.array([widths.mask(step).sum() for step in range(-16, 17)])
    alone = np.array([GROWTH.mask(GROWTH.wider(STEP**step)).sum() for step in range(-16, 17)])
    assert (alone[1:] / alone[:-1]).max() > 1.3
    assert (sizes[1:] / sizes[:-1]).max() < 1.15


@pytest.mark.parametrize("by", [1.1, 1 / 1.1])
def test_resized_by_hand_an_outline_always_changes_and_holds_the_smaller_one(by):
    mask, width = GROWTH.mask(), 1.0
    for _ in range(9):
        changed, wider = resized(GROWTH, mask, width, by)
        larger, smaller = (changed, mask) if by > 1 else (mask, changed)
        assert larger[smaller].all()
        assert 1 < larger.sum() / smaller.sum() < 1.3
        assert wider in (pytest.approx(width * by**n) for n in range(1, 8))
        mask, width = changed, wider


def test_where_no_width_changes_an_outline_it_stays():
    everywhere = np.ones(IMAGE.shape[:2], bool)
    assert resized(GROWTH, everywhere, 3.0, 1.1)[1] == 3.0
    assert resized(GROWTH, everywhere, 3.0, 1 / 1.1)[0].sum() < everywhere.sum()


def test_whatever_was_asked_for_before_an_outline_is_the_same():
    outwards, jumping = Widths(GROWTH), Widths(GROWTH)
    found = {step: outwards.mask(step) for step in (1, 2, 5, -1, -7)}
    for step in (-7, 5, 1, -1, 2):
        np.testing.assert_array_equal(jumping.mask(step), found[step])


def test_what_is_known_is_told_in_one_array():
    widths = Widths(GROWTH)
    widths.find(4)
    widths.find(-2)
    known, steps = widths.known()
    assert known == (-2, 4)
    assert set(np.unique(steps)) <= {*range(-2, 5), OUTSIDE}
    np.testing.assert_array_equal(steps <= 3, widths.mask(3))
    widths.find(9)
    assert widths.known()[0] == (-2, 9)
    assert (steps[steps != OUTSIDE] == widths.known()[1][steps != OUTSIDE]).all()
