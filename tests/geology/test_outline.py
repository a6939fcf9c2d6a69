"""Outlines from a click: they keep to edges and to the look, for every reach, and bad clicks are named."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

import corewidgets as cw
from corewidgets.features.look import outline_features
from corewidgets.geology.compiled import prepare
from corewidgets.geology.outline import Click, grow, outline

ROWS, COLUMNS = np.mgrid[:160, :200]


def agreement(found, truth):
    return (found & truth).sum() / (found | truth).sum()


def ellipse(row, column, down, across):
    return ((ROWS - row) / down) ** 2 + ((COLUMNS - column) / across) ** 2 <= 1


def painted(*masks_and_colors, ground=(90, 90, 90), noise=4, seed=0):
    image = np.empty((*ROWS.shape, 3))
    image[:] = ground
    for mask, color in masks_and_colors:
        image[mask] = color
    image = ndimage.gaussian_filter(image, (0.7, 0.7, 0))
    image += np.random.default_rng(seed).normal(0, noise, image.shape)
    return image.clip(0, 255).astype(np.uint8)


CLAST = ellipse(80, 90, 35, 50)
IMAGE = painted((CLAST, (150, 110, 80)))


@pytest.mark.parametrize("place", [(80, 90), (80, 50), (60, 110), (105, 95)])
def test_a_click_anywhere_in_a_clast_finds_its_outline(place):
    assert agreement(outline(IMAGE, *place), CLAST) > 0.93


def test_a_section_is_outlined_as_its_photograph():
    section = cw.CoreSection(IMAGE)
    np.testing.assert_array_equal(cw.outline(section, 80, 90), outline(IMAGE, 80, 90))


def test_a_larger_reach_holds_more():
    growth = grow(IMAGE, [Click(np.array([80]), np.array([90]))])
    sizes = [growth.mask(reach).sum() for reach in np.geomspace(0.01, 60, 25)]
    assert (np.diff(sizes) >= 0).all()
    assert sizes[0] < 0.5 * CLAST.sum()
    assert sizes[-1] > 1.5 * CLAST.sum()
    np.testing.assert_array_equal(growth.mask(), growth.mask(growth.reach))


def test_a_reach_is_found_for_every_width():
    growth = grow(IMAGE, [Click(np.array([80]), np.array([90]))])
    assert growth.wider(1) == growth.reach
    reaches = [growth.wider(by) for by in np.linspace(0.05, 4, 60)]
    assert (np.diff(reaches) >= 0).all()
    assert growth.wider(0.999) == pytest.approx(growth.reach, rel=0.3)
    sizes = [growth.mask(growth.wider(by)).sum() / growth.mask().sum() for by in (0.5, 0.8)]
    assert sizes == pytest.approx([0.25, 0.64], abs=0.1)
    assert growth.mask(growth.wider(1e-9))[80, 90]
    assert growth.mask(growth.wider(1e9)).mean() > 0.9  # corners are rounded


def test_the_outline_is_where_the_photograph_is_however_far_down():
    tall = np.concatenate([np.full((1001, 200, 3), 90, np.uint8), IMAGE])
    found = outline(tall, 1001 + 80, 90)
    assert not found[:1001].any()
    assert agreement(found[1001:], CLAST) > 0.93


def test_a_neck_to_another_clast_is_cut():
    other = ellipse(80, 178, 20, 20)
    neck = (abs(ROWS - 80) <= 2) & (COLUMNS > 135) & (COLUMNS < 165)
    image = painted((CLAST | other | neck, (150, 110, 80)))
    assert not outline(image, 80, 90)[other].any()


def test_a_scribble_across_two_colors_holds_both():
    left, right = CLAST & (COLUMNS < 90), CLAST & (COLUMNS >= 90)
    image = painted((left, (150, 110, 80)), (right, (60, 100, 150)))
    one = outline(image, 80, 65)
    columns = np.arange(60, 121)
    both = outline(image, np.full(columns.shape, 80), columns)
    assert agreement(one, left) > 0.9
    assert both[80, 60:121].all()
    assert agreement(both, CLAST) > 0.9


def test_two_clicks_are_one_outline_with_one_reach():
    left, right = CLAST & (COLUMNS < 90), CLAST & (COLUMNS >= 90)
    image = painted((left, (150, 110, 80)), (right, (60, 100, 150)))
    clicks = [Click(np.array([80]), np.array([column])) for column in (65, 115)]
    growth = grow(image, clicks)
    found = np.zeros(ROWS.shape, bool)
    found[growth.box] = growth.mask()
    assert agreement(found, CLAST) > 0.9


def test_a_texture_of_no_other_color_is_told_by_features():
    rng = np.random.default_rng(0)
    fine = rng.normal(0, 1, ROWS.shape)
    coarse = ndimage.gaussian_filter(rng.normal(0, 1, ROWS.shape), 2.5)
    texture = np.where(CLAST, coarse / coarse.std(), fine) * 22 + 110
    image = np.repeat(texture.clip(0, 255).astype(np.uint8)[..., None], 3, axis=-1)
    with_features = outline(image, 80, 90, features=outline_features(image))
    assert agreement(with_features, CLAST) > 0.75
    assert agreement(with_features, CLAST) > agreement(outline(image, 80, 90), CLAST) + 0.1


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (5, 1), (3, 3)])
def test_a_photograph_of_few_pixels_has_an_outline(shape):
    found = outline(np.zeros((*shape, 3), np.uint8), 0, 0)
    assert found.shape == shape
    assert found[0, 0]


@pytest.mark.parametrize("reach", [None, 0.03, 60])
def test_a_photograph_of_one_color_is_one_place(reach):
    image = np.full((60, 50, 3), 128, np.uint8)
    assert outline(image, 30, 20, reach).all()
    near = outline(image, 30, 20, reach, within=10)
    np.testing.assert_array_equal(np.argwhere(near).min(axis=0), [20, 10])
    np.testing.assert_array_equal(np.argwhere(near).max(axis=0), [40, 30])
    assert near.sum() == 21 * 21


def test_whether_anything_parts_a_click_from_its_surroundings_is_told():
    def is_even(image, features=None):
        return grow(image, [Click(np.array([30]), np.array([20]))], features=features).is_even

    even = np.full((60, 50, 3), 128, np.uint8)
    assert is_even(even)
    assert is_even(even + np.random.default_rng(0).integers(0, 3, even.shape, dtype=np.uint8))
    assert is_even(even[:31, :21])
    features = np.zeros((30, 25, 1), np.float32)
    features[:, 20:] = 20
    assert not is_even(even, features)
    even[:, 40:] = 150
    assert not is_even(even)
    assert not grow(IMAGE, [Click(np.array([80]), np.array([90]))]).is_even


@pytest.mark.parametrize("place", [(-1, 3), (160, 3), (3, 200), (3, -1)])
def test_a_click_outside_is_named(place):
    with pytest.raises(ValueError, match="160 rows and 200 columns"):
        outline(IMAGE, *place)


@pytest.mark.parametrize("name", ["reach", "within"])
@pytest.mark.parametrize("value", ["4", [1, 2], {}])
def test_what_is_no_number_is_named(name, value):
    with pytest.raises(TypeError, match=f"{name} must be a number, but it is "):
        outline(IMAGE, 80, 90, **{name: value})


@pytest.mark.parametrize("value", [np.nan, np.inf, -1e6])
def test_features_that_are_no_features_are_named(value):
    """Costs that are no numbers went beyond the memory of the loops."""
    prepare()
    features = np.zeros((80, 100, 3), np.float32)
    features[40:, 50:] = value
    with pytest.raises(ValueError, match="features must be numbers from -65,504 to 65,504, but around"):
        outline(IMAGE, 80, 90, features=features)
    with pytest.raises(TypeError, match=r"features must be an array of numbers, but they are list; outline_"):
        outline(IMAGE, 80, 90, features=features.tolist())
    with pytest.raises(TypeError, match=r"but they are ndarray of <U\d+;"):
        outline(IMAGE, 80, 90, features=features.astype(str))


def test_any_extent_is_one():
    assert outline(IMAGE, 80, 90, 1e300).sum() == outline(IMAGE, 80, 90, 1e30).sum()
    half, one = (outline(IMAGE, 80, 90, within=within) for within in (0.5, 1))
    np.testing.assert_array_equal(half, one)
    everywhere, far = (outline(IMAGE, 80, 90, within=within) for within in (np.inf, 10**6))
    np.testing.assert_array_equal(everywhere, far)


@pytest.mark.parametrize("reach", [0, -1, np.nan, np.inf])
def test_a_reach_is_above_0(reach):
    with pytest.raises(ValueError, match="reach must be above 0"):
        outline(IMAGE, 80, 90, reach)


def test_a_place_between_pixels_is_refused():
    with pytest.raises(TypeError, match="row must be a whole number"):
        outline(IMAGE, 80.5, 90)


def test_no_click_and_unequal_scribbles_are_refused():
    with pytest.raises(ValueError, match="at least one"):
        outline(IMAGE, [], [])
    with pytest.raises(ValueError, match="as many rows as columns"):
        outline(IMAGE, [80, 81], [90])


def test_features_of_another_photograph_are_refused():
    with pytest.raises(ValueError, match="outline_features"):
        outline(IMAGE, 80, 90, features=np.zeros((70, 100, 12), np.float32))


def test_a_window_of_many_cells_is_made_of_larger_ones():
    rows, columns = np.mgrid[:900, :1400]
    truth = ((rows - 450) / 300) ** 2 + ((columns - 700) / 500) ** 2 <= 1
    image = np.where(truth[..., None], np.uint8([150, 110, 80]), np.uint8([90, 90, 90])).astype(np.uint8)
    scribble = np.arange(250, 1151)
    found = outline(image, np.full(scribble.shape, 450), scribble, within=400)
    assert found[450, 250:1151].all()
    assert agreement(found, truth) > 0.95
    near = outline(image, 450, 700, 60, within=100)
    assert near[450, 700]
    assert not near[:350].any()
    assert not near[551:].any()


def test_an_outline_reaches_at_least_a_pixel():
    with pytest.raises(ValueError, match="within must be above 0"):
        outline(IMAGE, 80, 90, within=0)
