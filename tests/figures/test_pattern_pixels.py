"""Patterns as pixels, for the screen."""

from itertools import combinations

import numpy as np
import pytest

import corewidgets as cw
from corewidgets.figures.pattern_pixels import pattern_pixels, with_patterns
from corewidgets.learning.maps import class_palette

LEGEND = cw.Legend(["Matrix", "Clast", "Void"], ["#FFFFFF", "#101010", "#D05050"])
CODES = np.repeat(np.arange(4, dtype=np.uint8), 80)[:, None].repeat(300, axis=1)
COLORS = class_palette(LEGEND, frozenset())


def test_patterns_leave_most_of_the_color_and_differ_from_each_other():
    tiles = [pattern_pixels(code) for code in range(1, 17)]
    assert all(0.02 < tile.mean() < 0.5 for tile in tiles)
    assert all((one != other).mean() > 0.02 for one, other in combinations(tiles, 2))
    assert np.array_equal(pattern_pixels(17), tiles[0])


def test_each_class_has_its_pattern_in_the_ink_that_is_seen_on_its_color():
    drawn, palette = with_patterns(CODES, COLORS, LEGEND, 1)
    assert palette[4:].tolist() == [[0, 0, 0, 255], [255, 255, 255, 255]]
    assert np.array_equal(palette[:4], COLORS)
    rows, columns = np.indices(CODES.shape)
    for code, ink in ((1, 4), (2, 5), (3, 5)):
        here = code == CODES
        inked = pattern_pixels(code)[rows % 144, columns % 144]
        assert np.array_equal(drawn[here], np.where(inked, ink, code)[here])
    assert not drawn[CODES == 0].any()
    assert CODES.max() == 3  # what was given stays


def test_lines_are_as_wide_as_asked():
    codes = np.ones((432, 864), np.uint8)
    narrow, wide = (with_patterns(codes, COLORS, LEGEND, width)[0] == 4 for width in (1, 3))
    assert np.array_equal(wide, narrow[:144, :288].repeat(3, axis=0).repeat(3, axis=1))


def test_what_is_hidden_has_no_pattern():
    drawn, _ = with_patterns(CODES, class_palette(LEGEND, frozenset({2})), LEGEND, 1)
    assert (drawn[CODES == 2] == 2).all()
    assert (drawn[CODES == 3] == 5).any()


def test_254_classes_are_too_many():
    legend = cw.Legend.of_codes(254)
    with pytest.raises(
        ValueError, match=r"^Patterns are drawn for 253 classes at most, but the legend has 254;"
    ):
        with_patterns(CODES, class_palette(legend, frozenset()), legend, 1)
