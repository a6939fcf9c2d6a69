"""A rectangle of a photograph."""

from __future__ import annotations

import os
from typing import NamedTuple

__all__ = ["Crop", "crop_beyond"]


class Crop(NamedTuple):
    """A rectangle of a photograph, in pixels of the photograph as it is read; the stops are not part of it.

    Attributes
    ----------
    row_start, row_stop, column_start, column_stop : int
        First row and first row after, first column and first column after.
    """

    row_start: int
    row_stop: int
    column_start: int
    column_stop: int

    def __str__(self) -> str:
        return f"{self.row_start}:{self.row_stop} {self.column_start}:{self.column_stop}"

    @property
    def n_pixels(self) -> int:
        """Number of pixels of the rectangle."""
        return max(0, self.row_stop - self.row_start) * max(0, self.column_stop - self.column_start)

    def overlap(self, other: Crop) -> Crop:
        """Return the part that two rectangles share; it may be empty."""
        return Crop(
            max(self.row_start, other.row_start),
            min(self.row_stop, other.row_stop),
            max(self.column_start, other.column_start),
            min(self.column_stop, other.column_stop),
        )


def crop_beyond(crop: Crop, shape: tuple[int, int], file: str | os.PathLike[str]) -> str | None:
    """Say that a crop reaches beyond a photograph, or nothing."""
    if crop.row_stop <= shape[0] and crop.column_stop <= shape[1]:
        return None
    return (
        f"the crop {crop} reaches beyond '{file}', which has {shape[0]} rows and {shape[1]} columns; "
        "make it smaller"
    )
