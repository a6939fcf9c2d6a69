"""Tiles cover what is in view, with as many rows as there are pixels and less than twice as many."""

from __future__ import annotations

from itertools import pairwise

import pytest

from corewidgets.project.depth_tiles import FINEST, ROWS, Part, Tile, level_of, parts_of, tiles_in_view


@pytest.mark.parametrize(("top", "base"), [(0, 900), (698.4, 698.41), (12.3, 13.1), (-2, 3), (0, 0.004)])
def test_tiles_cover_the_view_and_are_not_too_fine(top, base):
    tiles = tiles_in_view(top, base, 560)
    assert tiles[0].top <= top
    assert tiles[-1].base >= base
    assert tiles[0].base > top
    assert tiles[-1].top < base
    assert all(one.base == pytest.approx(other.top) for one, other in pairwise(tiles))
    rows = (base - top) / tiles[0].row_length
    assert rows < 2 * 560 or tiles[0].level == 0
    assert rows >= 560 * (1 - 1e-9) or tiles[0].level == 0
    assert len(tiles) * ROWS <= 2 * 560 + 2 * ROWS


def test_levels_are_powers_of_two():
    assert level_of(1 / FINEST) == 0
    assert level_of(1 / (8 * FINEST)) == 3
    assert level_of(1e9) == 0
    assert (Tile(3, 2).top, Tile(3, 2).base) == (2 * ROWS * 8 * FINEST, 3 * ROWS * 8 * FINEST)


def test_parts_lie_in_their_rows():
    tile = Tile(15, 0)  # a metre a row
    assert tile.row_length == 1.0
    pieces = [("a", -10.0, 10.0), ("b", 10.0, 30.0), ("c", 40.0, 300.0), ("d", 400.0, 500.0)]
    assert parts_of(tile, pieces) == [
        ("a", Part(0, 10, 0.5, 1.0)),
        ("b", Part(10, 30, 0.0, 1.0)),
        ("c", Part(40, 256, 0.0, 216 / 260)),
    ]
    assert parts_of(Tile(15, 5), pieces) == []


def test_photographs_thinner_than_a_row_are_not_shown_twice_nor_all_read():
    pieces = [(str(k), k * 0.6, k * 0.6 + 0.6) for k in range(1400)]
    parts = parts_of(Tile(16, 0), pieces)  # two metres a row
    assert len(parts) <= ROWS
    rows = [row for _, part in parts for row in range(part.first, part.stop)]
    assert len(rows) == len(set(rows))
    assert len(rows) > ROWS - 3
