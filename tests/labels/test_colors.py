"""Colors that are those of a legend are its codes, however a palette is ordered; others are named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corewidgets.labels.colors import (
    agrees,
    codes_of_colors,
    codes_of_indexes,
    codes_of_mask,
    codes_of_pixels,
)
from corewidgets.labels.legend import Legend

LEGEND = Legend(["Matrix", "Clast", "Crack"], ["#FF0000", "#00FF00", "#0000FF"])
PATH = Path("painted.png")


def palette(*colors):
    table = np.zeros((256, 4), np.uint8)
    table[:, 3] = 255
    for value, color in enumerate(colors):
        table[value, : len(color)] = color
    return table


def counts(*pixels):
    return np.array([*pixels, *[0] * (256 - len(pixels))])


RED, GREEN, BLUE, BLACK, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 0, 0), (255, 255, 255)


def test_a_palette_in_the_order_of_the_codes_agrees():
    assert agrees(palette(BLACK, RED, GREEN, BLUE), counts(5, 1, 1, 1), LEGEND)
    assert not agrees(palette(BLACK, RED, BLUE, GREEN), counts(5, 1, 1, 1), LEGEND)
    assert not agrees(palette(RED, RED, GREEN, BLUE), counts(5, 1, 1, 1), LEGEND)
    assert agrees(palette((*RED, 0), RED, GREEN, BLUE), counts(5, 1, 1, 1), LEGEND)
    assert not agrees(palette(BLACK, RED, GREEN, BLUE), counts(0, 0, 0, 0, 1), LEGEND)


@given(st.permutations([BLACK, RED, GREEN, BLUE]))
def test_a_palette_in_any_order_gives_the_codes_of_its_colors(order):
    table, legend = codes_of_indexes(palette(*order), counts(1, 1, 1, 1), None, LEGEND, PATH)
    expected = [[BLACK, RED, GREEN, BLUE].index(color) for color in order]
    assert table[:4].tolist() == expected
    assert legend in {LEGEND, None}
    own = Legend(["Matrix", "Clast", "Crack"], LEGEND.colors)
    table, legend = codes_of_indexes(palette(*order), counts(1, 1, 1, 1), own, None, PATH)
    assert table[:4].tolist() == expected
    assert legend is own


def test_colors_that_fit_in_part_are_named():
    message = (
        r"^'painted\.png' has 7 pixels of the color #fe0100, which is that of no class of the legend; paint "
        r"with the colors of the legend, without smooth edges and without transparency\.$"
    )
    with pytest.raises(ValueError, match=message):
        codes_of_indexes(palette(BLACK, GREEN, (254, 1, 0)), counts(1, 1, 7), None, LEGEND, PATH)


def test_values_beyond_the_legend_in_other_colors_are_refused():
    with pytest.raises(
        ValueError, match=r"has 5 pixels of the color #0a0a0b, which .*, and 1 other such colors;"
    ):
        codes_of_indexes(
            palette(BLACK, (9, 9, 1), *[(10, 10, 11)] * 9), counts(1, 2, 0, 0, 0, 0, 5), None, LEGEND, PATH
        )


def test_codes_in_colors_of_another_program_are_read_with_a_warning():
    strange = palette(BLACK, (128, 0, 0), (0, 128, 0))
    with pytest.warns(
        UserWarning, match=r"colors of 'painted\.png' are none of the legend's \(#FF0000, #00FF00"
    ):
        table, legend = codes_of_indexes(strange, counts(1, 1, 1), None, LEGEND, PATH)
    assert (table == np.arange(256)).all()
    assert legend is None
    with pytest.warns(UserWarning, match="has a palette of another program and no legend"):
        codes_of_indexes(strange, counts(1, 1, 1), None, None, PATH)


@pytest.mark.parametrize(
    "table",
    [
        np.column_stack([Legend.of_codes(255).rgb(), np.full(256, 255)]),
        np.column_stack([*[np.arange(256)] * 3, np.full(256, 255)]),
        palette(*[(10, 20, 30)] * 256),
    ],
)
def test_a_palette_that_says_nothing_leaves_the_codes(table):
    for legend in (None, LEGEND):
        codes, found = codes_of_indexes(table.astype(np.uint8), counts(1, 1, 1, 1), None, legend, PATH)
        assert (codes == np.arange(256)).all()
        assert found is None


@pytest.mark.parametrize(
    ("colors", "expected"),
    [
        ([BLACK, RED], [0, 1]),
        ([WHITE, RED], [0, 1]),
        ([(9, 9, 9, 0), RED], [0, 1]),
        ([(*GREEN, 0), GREEN], [0, 2]),
    ],
)
def test_unlabelled_pixels_are_transparent_black_or_white(colors, expected):
    rows = np.array([(*color, 255)[:4] for color in colors], np.uint8)
    assert codes_of_colors(rows, np.ones(2, int), LEGEND, PATH).tolist() == expected
    with pytest.raises(ValueError, match="which is that of no class"):
        codes_of_colors(
            rows[:1] if rows[0, 3] else rows[:1] // 2, np.ones(1, int), LEGEND, PATH, ground=False
        )


def test_black_and_white_are_classes_where_the_legend_says_so():
    legend = Legend(["Void", "Paper"], ["#000000", "#FFFFFF"])
    rows = np.array([(0, 0, 0, 255), (255, 255, 255, 255)], np.uint8)
    assert codes_of_colors(rows, np.ones(2, int), legend, PATH).tolist() == [1, 2]
    assert codes_of_colors(rows, np.ones(2, int), Legend(["Void"], ["#000000"]), PATH).tolist() == [1, 0]
    with pytest.raises(ValueError, match="1 pixels of the color #ffffff"):
        codes_of_colors(rows, np.ones(2, int), LEGEND, PATH)


def test_a_color_of_several_classes_is_refused():
    legend = Legend(["A", "B"], ["#FF0000", "#FF0000"])
    with pytest.raises(ValueError, match="3 pixels of the color #ff0000, which is that of several classes"):
        codes_of_colors(np.array([(255, 0, 0, 255)], np.uint8), np.array([3]), legend, PATH)


def test_pixels_get_the_codes_of_their_colors():
    codes = np.random.default_rng(0).integers(0, 4, (30, 20)).astype(np.uint8)
    pixels = np.dstack([LEGEND.rgb()[codes], np.full(codes.shape, 255, np.uint8)])
    assert (codes_of_pixels(pixels, LEGEND, PATH) == codes).all()
    pixels[3, 4] = (255, 0, 0, 128)
    with pytest.raises(ValueError, match=r"has 1 pixels of the color #ff0000 \(50% opaque\), which"):
        codes_of_pixels(pixels, LEGEND, PATH)


def test_a_mask_of_0_and_255_is_one_class():
    mask = np.bincount([0, 0, 255], minlength=256)
    assert codes_of_mask(mask, Legend(["Clast"]), PATH)[[0, 255]].tolist() == [0, 1]
    with pytest.warns(
        UserWarning, match=r"^'painted\.png' holds 0 and 255 only, so it is read as a mask: 255 is"
    ):
        assert codes_of_mask(mask, None, PATH)[255] == 1
    with pytest.raises(ValueError, match="does not say which of the 3 classes of the legend it shows; give"):
        codes_of_mask(mask, LEGEND, PATH)
    assert codes_of_mask(mask, Legend.of_codes(255), PATH) is None
    assert codes_of_mask(np.bincount([0, 1, 255], minlength=256), LEGEND, PATH) is None
    assert codes_of_mask(np.bincount([0, 1], minlength=256), LEGEND, PATH) is None
