"""Polygons in another unit, or drawn on a picture of another size, are said to be so."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from corewidgets.labels.placement import area, check_places

SIZE = (400, 100)


def box(x, y, width, height):
    """Return the corners of a box, rows and columns of pixel centers."""
    return [np.array([(y, x), (y, x + width), (y + height, x + width), (y + height, x)], float) - 0.5]


def check(*boxes, n_pixels=None, is_ours=False):
    inside = [int(area(rings)) for rings in boxes] if n_pixels is None else n_pixels
    check_places(boxes, inside, SIZE, "a.geojson: ", is_ours=is_ours)


def test_areas():
    assert area(box(1, 2, 3, 4)) == 12
    assert area([*box(0, 0, 10, 10), *box(2, 2, 5, 5)]) == 75
    assert area(box(1e6, 1e6, 3, 4)) == 12


def test_polygons_all_over_the_image_are_fine():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check(box(0, 0, 10, 10), box(80, 300, 10, 10), box(40, 200, 10, 10))
        check(box(0, 0, 20, 20), box(20, 20, 10, 10))
        check(box(0, 0, 90, 10), box(0, 20, 10, 10), box(40, 30, 10, 10))


def test_nothing_labelled_is_an_error_that_says_what_it_looks_like():
    with pytest.raises(
        ValueError, match=r"^All 1 polygons lie outside .*look like another scale, 30\.1 times"
    ):
        check(box(3000, 9000, 10, 10), n_pixels=[0])
    with pytest.raises(ValueError, match=r"^All 1 polygons lie outside .*look like y upwards"):
        check(box(10, -90, 10, 10), n_pixels=[0])
    with pytest.raises(ValueError, match=r"^None of the 1 polygons covers .*look like degrees of longitude"):
        check(box(7.1, 50.2, 0.001, 0.001), n_pixels=[0])


def test_polygons_that_lie_mostly_outside_are_named():
    with pytest.warns(
        UserWarning, match=r"^a\.geojson: 1 of 2 polygons lie mostly outside .*scale, 1\.9 times"
    ):
        check(box(0, 0, 10, 10), box(90, 10, 100, 100), n_pixels=[100, 1000])


def test_polygons_that_cover_no_center_are_counted():
    with pytest.warns(
        UserWarning, match=r"^a\.geojson: 1 of 2 polygons label nothing: they cover the center of no"
    ):
        check(box(0, 0, 90, 10), box(5.6, 5.6, 0.3, 0.3), n_pixels=[900, 0])


def test_polygons_of_a_smaller_copy_are_named():
    half = [box(2, 3, 5, 5), box(40, 190, 8, 8), box(20, 100, 5, 5)]
    with pytest.warns(
        UserWarning, match=r"polygons lie in the upper left .* at 48 of 100 columns and y at 198 of 400"
    ):
        check(*half)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check(*half, is_ours=True)
