"""The receptive field is what the network sees: a pixel inside changes the cell, one outside does not."""

from __future__ import annotations

import numpy as np
import pytest

from corewidgets.features.layer_maps import LayerMapStore
from corewidgets.features.receptive_field import receptive_field
from corewidgets.features.vgg16 import LAYERS

SHAPE = (48, 40)


@pytest.mark.parametrize("name", ["conv1_1", "pool1", "conv2_2", "pool2"])
def test_a_cell_depends_on_its_field_and_on_nothing_else(name):
    image = np.random.default_rng(0).integers(0, 256, (*SHAPE, 3), np.uint8)
    field = receptive_field(name, 24, 21, SHAPE)
    inside, outside = image.copy(), 255 - image
    inside[field.rows, field.columns] = 255 - image[field.rows, field.columns]
    outside[field.rows, field.columns] = image[field.rows, field.columns]
    at = [
        LayerMapStore(each).get(name).cells[:, field.cell[0], field.cell[1]].astype(float)
        for each in (image, inside, outside)
    ]
    assert np.abs(at[0] - at[1]).max() > 0.1
    np.testing.assert_allclose(at[2], at[0], rtol=2e-3, atol=2e-3)  # half precision


def test_the_outermost_pixels_of_the_field_count():
    image = np.full((*SHAPE, 3), 128, np.uint8)
    field = receptive_field("pool2", 24, 21, SHAPE)
    corner = image.copy()
    corner[field.rows.start, field.columns.start] = 255
    beyond = image.copy()
    beyond[field.rows.start - 1, field.columns.start - 1] = 255
    cells = [
        LayerMapStore(each).get("pool2").cells[:, field.cell[0], field.cell[1]].astype(float)
        for each in (image, corner, beyond)
    ]
    assert np.abs(cells[1] - cells[0]).max() > 0
    np.testing.assert_array_equal(cells[2], cells[0])


def test_fields_grow_with_depth_as_in_the_paper():
    sides = {name: receptive_field(name, 300, 300, (700, 700)).side for name in LAYERS}
    known = {"conv1_1": 3, "conv1_2": 5, "pool1": 6, "pool2": 16, "pool3": 44, "pool4": 100, "pool5": 212}
    assert {name: sides[name] for name in known} == known
    assert list(sides.values()) == sorted(sides.values())


def test_edges_cut_the_field():
    field = receptive_field("pool1", 0, 39, (41, 40))
    assert (field.rows, field.columns) == (slice(0, 4), slice(36, 40))
    assert receptive_field("pool1", 40, 0, (41, 40)).own == (slice(40, 41), slice(0, 2))


@pytest.mark.parametrize(("row", "column"), [(-1, 0), (41, 0), (0, 40)])
def test_a_pixel_that_is_not_there_is_named(row, column):
    with pytest.raises(ValueError, match=f"no pixel in row {row}, column {column}: the image has 41 rows"):
        receptive_field("pool1", row, column, (41, 40))
