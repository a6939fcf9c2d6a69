"""A second photograph in another light is found where it was moved to, and what does not match is named."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

import corewidgets as cw
from corewidgets.cores.registration import Shift, register, shift_of_whole


def in_ultraviolet(image, shift=(0, 0), seed=0):
    """What a second light could show: other colors, some edges inverted, a softer and noisier picture."""
    red, green, blue = np.moveaxis(image / 255, -1, 0)
    planes = [0.2 * (1 - green) ** 2, 0.15 * red * (1 - blue), 0.5 * (1 - red) + 0.3 * (blue > 0.6)]
    light = ndimage.gaussian_filter(np.stack(planes, axis=-1), (0.7, 0.7, 0))
    light = ndimage.shift(light, (*shift, 0), order=1, mode="nearest")
    light += np.random.default_rng(seed).normal(0, 0.02, light.shape)
    return (np.clip(light, 0, 1) * 255).astype(np.uint8)


@pytest.fixture(scope="module")
def image(sample):
    return sample.section.image


@settings(max_examples=10)
@given(st.floats(-15, 15), st.floats(-15, 15))
def test_a_shift_is_found_to_a_tenth_of_a_pixel(image, rows, columns):
    shift = register(image, in_ultraviolet(image, (rows, columns)), max_distance=30)
    assert shift.rows == pytest.approx(-rows, abs=0.15)
    assert shift.columns == pytest.approx(-columns, abs=0.15)
    assert shift.reliable
    assert shift.distance == pytest.approx(np.hypot(rows, columns), abs=0.2)


def test_whole_pixels_move_without_loss_and_the_border_is_repeated(image):
    second = np.roll(image, (4, -3), axis=(0, 1))
    shift = register(image, second)
    assert (shift.rows, shift.columns) == (-4, 3)
    moved = shift.apply(second)
    assert np.array_equal(moved[:-4, 3:], image[:-4, 3:])
    assert np.array_equal(moved[:, :3], np.repeat(moved[:, 3:4], 3, axis=1))
    assert np.array_equal(Shift(0, 0, 0, 1).apply(second), second)


def test_two_pieces_do_not_match(image):
    other = cw.sample_core(*image.shape[:2], seed=5).section.image
    with pytest.warns(UserWarning, match="does not match the first by a shift alone"):
        assert not register(image, in_ultraviolet(other)).reliable


def test_a_turned_photograph_does_not_match(image):
    turned = ndimage.rotate(image, 3, reshape=False, mode="nearest", order=1)
    with pytest.warns(
        UserWarning, match="check that both show the same piece, the same way up and at the same"
    ):
        assert register(image, in_ultraviolet(turned)).disagreement > 2


def test_a_long_shift_is_warned_of(image):
    with pytest.warns(
        UserWarning, match=r"lies 25\.\d pixels off the first, more than 20; compare both, and"
    ):
        register(image, in_ultraviolet(image, (25, 3)))


def test_an_even_photograph_matches_nothing(image):
    with pytest.warns(UserWarning, match="does not match"):
        assert register(image, np.zeros_like(image)).correlation == 0


def test_sizes_must_agree(image):
    with pytest.raises(
        ValueError, match=r"has shape \(479, 160, 3\), but the first \(480, 160, 3\); crop and"
    ):
        register(image, image[1:])


def test_the_real_section_is_registered(chicxulub):
    image = chicxulub.section.image
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        shift = register(image, in_ultraviolet(image, (3.3, -4.7)))
    assert (shift.rows, shift.columns) == pytest.approx((-3.3, 4.7), abs=0.1)
    assert shift.disagreement < 0.2


@pytest.mark.parametrize("layout", ["foam", "frame"])
def test_a_second_photograph_of_another_box_is_told(layout):
    boxes = [cw.sample_box(seed, layout=layout, size=600, ultraviolet=True) for seed in (1, 2)]
    n_rows, n_columns = np.min([box.image.shape[:2] for box in boxes], axis=0)
    images = [box.image[:n_rows, :n_columns] for box in boxes]
    seconds = [box.second[:n_rows, :n_columns] for box in boxes]
    for box, image, second in zip(boxes, images, seconds, strict=True):
        shift = register(image, second)
        assert (shift.rows, shift.columns) == pytest.approx((-box.shift[0], -box.shift[1]), abs=0.3)
    with pytest.warns(UserWarning, match="does not match the first by a shift alone"):
        assert not register(images[0], seconds[1]).reliable


@pytest.mark.parametrize(("layout", "seed"), [("wood", 3313), ("cardboard", 3317)])
def test_a_third_with_little_in_it_does_not_make_it_another_box(layout, seed):
    """The shift of an empty lane alone is chance; it was taken for one that contradicts."""
    box = cw.sample_box(seed, layout=layout, size=600, ultraviolet=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        shift = register(box.image, box.second)
    assert (shift.rows, shift.columns) == pytest.approx((-box.shift[0], -box.shift[1]), abs=0.3)


@pytest.mark.parametrize("times", [1, 7])
def test_whole_photographs_are_compared_in_reduced_size_where_they_are_large(image, times):
    photograph = np.kron(image, np.ones((times, times, 1), np.uint8))[:-1]
    shift = shift_of_whole(photograph, 255 - np.roll(photograph, (6, -4), axis=(0, 1)))
    assert (shift.rows, shift.columns) == pytest.approx((-6, 4), abs=0.5)
    assert shift.reliable
