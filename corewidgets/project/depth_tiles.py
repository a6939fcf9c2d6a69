"""How a hole is cut into tiles by depth: levels, tiles in view, rows of a tile. Only arithmetic.

A tile has `ROWS` rows. At level 0 a row is `FINEST` metres, and each level above has rows twice as long.
Tiles are counted downwards from depth 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["FINEST", "ROWS", "Part", "Tile", "level_of", "parts_of", "tiles_in_view"]

ROWS = 256
FINEST = 2.0**-15  # metres of a row of level 0, about 0.03 mm


@dataclass(frozen=True)
class Tile:
    """One tile.

    Attributes
    ----------
    level : int
        From 0; rows are ``FINEST * 2**level`` metres.
    index : int
        From 0 at depth 0; negative above.
    """

    level: int
    index: int

    @property
    def row_length(self) -> float:
        """Metres of a row."""
        return float(FINEST * 2.0**self.level)

    @property
    def top(self) -> float:
        """Depth of its upper edge in metres."""
        return self.index * ROWS * self.row_length

    @property
    def base(self) -> float:
        """Depth of its lower edge in metres."""
        return (self.index + 1) * ROWS * self.row_length


class Part(NamedTuple):
    """What a tile shows of a photograph.

    Attributes
    ----------
    first, stop : int
        Rows of the tile.
    start, end : float
        Where the first row begins and the last one ends in the photograph: 0 at its top, 1 at its base.
    """

    first: int
    stop: int
    start: float
    end: float


def level_of(pixels_per_metre: float) -> int:
    """Return the level with at least as many rows as pixels, and less than twice as many."""
    return max(math.floor(math.log2(1 / (pixels_per_metre * FINEST)) + 1e-9), 0)


def tiles_in_view(top: float, base: float, height: float) -> list[Tile]:
    """Return the tiles that show depths in a number of pixels, from top to base.

    Parameters
    ----------
    top, base : float
        Metres.
    height : float
        Pixels of the screen between them.
    """
    level = level_of(height / (base - top))
    length = ROWS * FINEST * 2.0**level
    return [Tile(level, index) for index in range(math.floor(top / length), math.ceil(base / length))]


def parts_of(tile: Tile, pieces: list[tuple[str, float, float]]) -> list[tuple[str, Part]]:
    """Return what a tile shows of which photographs.

    Parameters
    ----------
    tile : Tile
    pieces : list of (str, float, float)
        Name, top and base of photographs, by their tops.

    Returns
    -------
    list of (str, Part)
        A photograph thinner than a row has one, the first that lies in it; none is shown twice.
    """
    found: list[tuple[str, Part]] = []
    taken = 0
    for name, top, base in pieces:
        if base <= tile.top or top >= tile.base:
            continue
        first = max(round((top - tile.top) / tile.row_length), taken, 0)
        stop = min(max(round((base - tile.top) / tile.row_length), first + 1), ROWS)
        if first >= stop:
            continue
        depths = (tile.top + first * tile.row_length, tile.top + stop * tile.row_length)
        start, end = (min(max((depth - top) / (base - top), 0.0), 1.0) for depth in depths)
        if end <= start:
            continue
        found.append((name, Part(first, stop, start, end)))
        taken = stop
    return found
