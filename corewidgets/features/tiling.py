"""Tiles, halos and strides: where to cut an image so that its parts give what the whole would.

Only geometry: integers and slices, no pixels.  Rows and columns are treated alike, one axis at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


def round_up(size: int, multiple: int) -> int:
    """Return the smallest multiple of `multiple` that is not below `size`."""
    return -(-size // multiple) * multiple


@dataclass(frozen=True)
class Tile:
    """A rectangle of an image, in pixels; it may reach past the image's last row and column.

    Parameters
    ----------
    row, column : int
        The first row and column; multiples of the grid's tile size, hence of every stride that divides it.
    n_rows, n_columns : int
        The size, the same for every tile of a grid.
    """

    row: int
    column: int
    n_rows: int
    n_columns: int

    def inside(self, shape: tuple[int, int]) -> tuple[slice, slice]:
        """Return the part that lies in an image of `shape` (n_rows, n_columns), as slices of the image."""
        return (
            slice(self.row, min(self.row + self.n_rows, shape[0])),
            slice(self.column, min(self.column + self.n_columns, shape[1])),
        )


@dataclass(frozen=True)
class TileGrid:
    """Equal tiles, side by side, that cover an image.

    Parameters
    ----------
    shape : (int, int)
        n_rows and n_columns of the image.
    tile_shape : (int, int)
        n_rows and n_columns of every tile.
    """

    shape: tuple[int, int]
    tile_shape: tuple[int, int]

    @property
    def n_down(self) -> int:
        """The number of tiles in a column of tiles."""
        return -(-self.shape[0] // self.tile_shape[0])

    @property
    def n_across(self) -> int:
        """The number of tiles in a row of tiles."""
        return -(-self.shape[1] // self.tile_shape[1])

    def __len__(self) -> int:
        return self.n_down * self.n_across

    def __iter__(self) -> Iterator[Tile]:
        for down in range(self.n_down):
            for across in range(self.n_across):
                yield self.tile(down, across)

    def tile(self, down: int, across: int) -> Tile:
        """Return the tile that is `down` tiles from the top and `across` tiles from the left."""
        n_rows, n_columns = self.tile_shape
        return Tile(down * n_rows, across * n_columns, n_rows, n_columns)


def overlap(start: int, stop: int, first: int, size: int) -> tuple[slice, slice]:
    """Return where ``[start, stop)`` meets ``[first, first + size)``, as a slice of each."""
    low, high = max(start, first), min(stop, first + size)
    return slice(low - start, high - start), slice(low - first, high - first)
