"""Tiles cover an image once, whatever its size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corewidgets.features.tiling import TileGrid, overlap, round_up

sizes = st.integers(1, 200)


@pytest.mark.parametrize(
    ("size", "multiple", "expected"), [(1, 16, 16), (16, 16, 16), (17, 16, 32), (0, 4, 0)]
)
def test_round_up(size: int, multiple: int, expected: int) -> None:
    assert round_up(size, multiple) == expected


@given(shape=st.tuples(sizes, sizes), tile_shape=st.tuples(sizes, sizes))
def test_every_pixel_lies_in_exactly_one_tile(shape: tuple[int, int], tile_shape: tuple[int, int]) -> None:
    grid = TileGrid(shape, tile_shape)
    covered = np.zeros(shape, int)
    for tile in grid:
        covered[tile.inside(shape)] += 1
    assert (covered == 1).all()
    assert len(list(grid)) == len(grid)


@given(start=st.integers(-50, 50), size=sizes, first=st.integers(-50, 50), piece=sizes)
def test_overlap_names_the_same_places_twice(start: int, size: int, first: int, piece: int) -> None:
    here, there = overlap(start, start + size, first, piece)
    common = sorted(set(range(start, start + size)) & set(range(first, first + piece)))
    if common:
        assert list(range(start, start + size))[here] == common
        assert list(range(first, first + piece))[there] == common
