"""The receptive field of a pixel: which part of the photograph a layer of VGG-16 sees there."""

from __future__ import annotations

from dataclasses import dataclass

from corewidgets.features.vgg_table import layer as layer_called

__all__ = ["ReceptiveField", "receptive_field"]


@dataclass(frozen=True)
class ReceptiveField:
    """The pixels that one cell of a layer depends on.

    Attributes
    ----------
    layer : str
        "pool2", for example.
    cell : tuple of int
        Row and column of the cell in the maps of the layer.
    own : tuple of slice
        Rows and columns of the photograph that this cell stands for.
    rows, columns : slice
        The receptive field, cut at the edges of the photograph.
    side : int
        Rows, and columns, of the field where no edge cuts it.
    """

    layer: str
    cell: tuple[int, int]
    own: tuple[slice, slice]
    rows: slice
    columns: slice
    side: int


def receptive_field(layer: str, row: int, column: int, shape: tuple[int, int]) -> ReceptiveField:
    """Return the receptive field of the cell that stands for a pixel.

    Parameters
    ----------
    layer : str
        A layer of VGG-16, "conv1_1" to "pool5".
    row, column : int
        A pixel of the photograph.
    shape : tuple of int
        Rows and columns of the photograph.

    Raises
    ------
    ValueError
        There is no such layer or pixel.

    Examples
    --------
    >>> field = receptive_field("pool2", 100, 40, (600, 200))
    >>> field.rows, field.columns, field.side
    (slice(94, 110, None), slice(34, 50, None), 16)
    """
    found = layer_called(layer)
    if not (0 <= row < shape[0] and 0 <= column < shape[1]):
        raise ValueError(
            f"There is no pixel in row {row}, column {column}: the image has {shape[0]} rows and {shape[1]} "
            "columns, counted from 0."
        )
    cell = row // found.stride, column // found.stride
    own, field = [], []
    for number, end in zip(cell, shape, strict=True):
        first, last = number * found.stride, (number + 1) * found.stride
        own.append(slice(first, min(last, end)))
        field.append(slice(max(first - found.reach, 0), min(last + found.reach, end)))
    side = found.stride + 2 * found.reach
    return ReceptiveField(found.name, cell, (own[0], own[1]), field[0], field[1], side)
