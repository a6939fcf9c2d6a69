"""Darker, warmer and blurred photographs are told apart by one number each."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from corewidgets.cores.appearance import N_STRETCHES, sample_rows, stretches


def look(image):
    return stretches(image)[1]


@pytest.fixture
def image(sample):
    return sample.section.image


@pytest.mark.parametrize("n_rows", [1, 3, 5, 31, 255, 256, 257, 2693])
def test_sampled_rows_lie_in_the_photograph_and_do_not_overlap(n_rows):
    bands = sample_rows(n_rows)
    rows = np.concatenate([np.arange(n_rows)[band] for band in bands])
    assert np.unique(rows).size == rows.size
    assert rows[0] == 0
    assert rows[-1] == n_rows - 1
    assert len(stretches(np.zeros((n_rows, 4, 3), np.uint8))) == min(N_STRETCHES, n_rows)


def test_a_darker_photograph_is_darker_and_flatter_but_as_sharp(image):
    before, after = look(image), look((image * 0.6).astype(np.uint8))
    assert after.lightness < before.lightness - 10
    assert after.contrast < 0.8 * before.contrast
    assert after.sharpness == pytest.approx(before.sharpness, rel=0.05)


def test_a_blurred_photograph_is_less_sharp_and_as_light(image):
    before, after = look(image), look(ndimage.gaussian_filter(image, (1, 1, 0)))
    assert after.sharpness < 0.65 * before.sharpness
    assert after.lightness == pytest.approx(before.lightness, abs=1)


def test_warm_light_is_yellow_and_an_even_photograph_has_no_detail(image):
    before, after = look(image), look(np.clip(image * [1.1, 1.0, 0.8], 0, 255).astype(np.uint8))
    assert after.yellow_blue > before.yellow_blue + 5
    assert after.red_green > before.red_green + 1
    assert look(np.full((64, 20, 3), 255, np.uint8))[:2] == pytest.approx((100, 0), abs=1e-3)
    assert look(np.full((64, 20, 3), 255, np.uint8)).sharpness == pytest.approx(0, abs=1e-6)
