"""The random field of a tile on the cores of a processor: two sparse matrices, and nothing to compile.

One matrix says how much each cell listens to each of its neighbors, the other how much each pixel takes of
the cells around it.  They are multiplied with the beliefs of all classes at once.  On an accelerator
`regularization` computes the same in a compiled program.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from corewidgets.features.color import srgb_to_lab
from corewidgets.machine import count_cores, one_thread

__all__ = ["CELL", "LEAST", "MOST_UNLIKE", "Amounts", "Lattice", "nearness", "smoothed", "steps_of"]

CELL = 2
"""Pixels along a side of a cell."""

LEAST = 1e-4
"""A class is never thought less likely than this: one forest of 100 trees cannot exclude a class."""

MOST_UNLIKE = 40.0
"""Squared difference of color, in widths, beyond which cells are all as unlike a pixel: one must be heard."""

_ROWS = 64
"""Rows, of pixels or cells, that a core computes at a time."""

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]


class Lattice(NamedTuple):
    """Which neighbors are listened to, and how often; `reach` and `spacing` in cells."""

    reach: int
    spacing: int
    n_steps: int


class Amounts(NamedTuple):
    """What changes from model to model, such as a temperature that was found."""

    strength: float
    trust: float
    temperature: float
    width: float
    color_width: float


def steps_of(lattice: Lattice) -> tuple[NDArray[np.int64], Bools]:
    """Return the steps, in cells, to the neighbors along an axis, and which pairs lie within reach."""
    reach, spacing = lattice.reach, lattice.spacing
    steps = np.arange(-(reach // spacing) * spacing, reach + 1, spacing)
    distance = np.hypot(steps[:, None], steps)
    return steps, (distance > 0) & (distance <= reach)


def nearness(down: int, across: int) -> float:
    """Return the share of a pixel's cell (0, 0), or the next nearest (1) down and across, in its value."""
    return (0.25 if down else 0.75) * (0.25 if across else 0.75)


def smoothed(
    lattice: Lattice,
    halo: tuple[int, int],
    amounts: Amounts,
    pixels: NDArray[np.uint8],
    beliefs: np.ndarray,
    origin: NDArray[np.int32],
    shape: NDArray[np.int32],
) -> Floats:
    """Return the smoothed probabilities of a tile, given those of the tile and its halo.

    Parameters
    ----------
    lattice : Lattice
    halo : (int, int)
        Rows and columns of pixels around the tile, multiples of a cell.
    amounts : Amounts
    pixels : numpy.ndarray
        ``(n_rows, n_columns, 3)`` uint8 RGB: the tile and its halo.
    beliefs : numpy.ndarray
        ``(n_rows, n_columns, n_classes)``: their probabilities.
    origin : numpy.ndarray
        ``(2,)``: row and column of the first of `pixels` in the image.
    shape : numpy.ndarray
        ``(2,)``: rows and columns of the image.

    Returns
    -------
    numpy.ndarray
        ``(n_rows - 2 halo, n_columns - 2 halo, n_classes)`` float32.
    """
    with one_thread():
        unary, lab, cells, cell_lab = _unary(amounts, pixels, beliefs)
        inside = _inside(cells.shape[:2], origin, shape)
        messages = _messages(lattice, amounts, cells, cell_lab, inside)
        found = np.empty_like(unary[_center(unary.shape, halo)])

        def decide(rows: slice) -> None:
            place = slice(rows.start + halo[0], rows.stop + halo[0]), _center(unary.shape, halo)[1]
            logits = _cells_at(lab[place], cell_lab, inside, (place[0].start, halo[1])) @ messages
            logits = logits.reshape(unary[place].shape)
            logits *= np.float32(amounts.strength)
            logits += unary[place]
            logits *= np.float32(1 / amounts.temperature)
            found[rows] = softmax(logits)

        _in_parts(len(found), decide)
    return found


def _in_parts(n_rows: int, compute: Callable[[slice], None]) -> None:
    """Compute some rows at a time: few enough to stay in a processor's own memory."""
    parts = [slice(row, min(row + _ROWS, n_rows)) for row in range(0, n_rows, _ROWS)]
    n_threads = count_cores() // 2  # the others compute what is smoothed next
    if n_threads < 2:
        for part in parts:
            compute(part)
        return
    with ThreadPoolExecutor(n_threads) as cores:
        for _ in cores.map(compute, parts):
            pass


def _center(shape: tuple[int, ...], halo: tuple[int, int]) -> tuple[slice, slice]:
    """Return what lies within a halo."""
    return slice(halo[0], shape[0] - halo[0]), slice(halo[1], shape[1] - halo[1])


def _unary(
    amounts: Amounts, pixels: NDArray[np.uint8], beliefs: np.ndarray
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return logarithms and color, in widths of the window over it, of pixels; and the same of cells."""
    n_rows, n_columns, n_classes = beliefs.shape
    unary, lab = (np.empty((n_rows, n_columns, n), np.float32) for n in (n_classes, 3))
    cells, cell_lab = (np.empty((n_rows // CELL, n_columns // CELL, n), np.float32) for n in (n_classes, 3))

    def compute(rows: slice) -> None:
        some = np.log(np.maximum(beliefs[rows], np.float32(LEAST), dtype=np.float32))
        unary[rows] = some * np.float32(amounts.trust)
        lab[rows] = srgb_to_lab(pixels[rows], np) * np.float32(1 / amounts.color_width)
        half = slice(rows.start // CELL, rows.stop // CELL)
        cells[half], cell_lab[half] = _means(unary[rows]), _means(lab[rows])

    _in_parts(n_rows, compute)
    return unary, lab, cells, cell_lab


def _messages(lattice: Lattice, amounts: Amounts, cells: Floats, cell_lab: Floats, inside: Bools) -> Floats:
    """Return what each cell hears of each class ``(n_cells, n_classes)`` in the end."""
    n_columns = inside.shape[1]
    steps, is_near = steps_of(lattice)
    offsets = steps[np.argwhere(is_near)]
    weights = np.zeros((*inside.shape, len(offsets)), np.float32)  # here, as memory of other threads is kept
    places = np.empty(weights.shape, np.int32)
    own = cells.reshape(inside.size, -1)
    beliefs, messages = np.empty_like(own), np.zeros_like(own)

    def weigh(rows: slice) -> None:
        _weigh(weights[rows], offsets, amounts.width, cell_lab, inside, rows)
        first = np.arange(rows.start * n_columns, rows.stop * n_columns, dtype=np.int32)
        there = first.reshape(-1, n_columns, 1) + (offsets @ [n_columns, 1]).astype(np.int32)
        there.clip(0, inside.size - 1, out=places[rows])

    def believe(rows: slice) -> None:
        some = slice(rows.start * n_columns, rows.stop * n_columns)
        beliefs[some] = softmax(own[some] + np.float32(amounts.strength) * messages[some])

    def listen(rows: slice) -> None:
        neighbors = _rows_of(weights[rows], places[rows], inside.size)
        messages[rows.start * n_columns : rows.stop * n_columns] = neighbors @ beliefs

    _in_parts(len(inside), weigh)
    for _ in range(lattice.n_steps):
        _in_parts(len(inside), believe)
        _in_parts(len(inside), listen)
    return messages


def softmax(logits: Floats) -> Floats:
    """Return the probabilities of classes, in place."""
    logits -= reduce(np.maximum, np.moveaxis(logits, -1, 0))[..., None]  # quicker than a maximum along few
    np.exp(logits, out=logits)
    logits /= (logits @ np.ones(logits.shape[-1], np.float32))[..., None]
    return logits


def _means(values: Floats) -> Floats:
    """Return the means of blocks of 2 x 2 pixels."""
    down = values[::CELL] + values[1::CELL]
    return np.asarray((down[:, ::CELL] + down[:, 1::CELL]) * np.float32(0.25))


def _inside(size: tuple[int, ...], origin: NDArray[np.int32], shape: NDArray[np.int32]) -> Bools:
    """Return which cells lie in the image, at least in part."""
    masks = []
    for axis in (0, 1):
        cell = origin[axis] // CELL + np.arange(size[axis])
        masks.append((cell >= 0) & (cell < -(-shape[axis] // CELL)))
    return np.asarray(masks[0][:, None] & masks[1])


def _weigh(
    weights: Floats,
    offsets: NDArray[np.int64],
    width: float,
    lab: Floats,
    inside: Bools,
    rows: slice,
) -> None:
    """Write how much cells of some rows listen to each of their neighbors; sums of 1.

    Parameters
    ----------
    weights : numpy.ndarray
        ``(n_of_these_rows, n_columns, n_neighbors)``: 0 so far.
    offsets : numpy.ndarray
        ``(n_neighbors, 2)``: rows and columns from a cell to its neighbors.
    width : float
        Standard deviation, in pixels, of the window over distance.
    lab : numpy.ndarray
        ``(n_rows, n_columns, 3)`` of the cells, in widths of the window over color.
    inside : numpy.ndarray
        ``(n_rows, n_columns)`` bool: which cells lie in the image.
    rows : slice
        Of `lab` and `inside`.
    """
    n_rows, n_columns = inside.shape
    planes = np.moveaxis(lab, -1, 0)
    number_of = {(down, across): number for number, (down, across) in enumerate(offsets.tolist())}
    for down, across in number_of:
        if (down, across) < (0, 0):
            continue  # two cells are as near to one as to the other: written with the opposite step
        around = slice(max(rows.start - down, 0), rows.stop)  # the step leads from there into the rows, too
        here = _staying(around, n_rows, down), _staying(slice(0, n_columns), n_columns, across)
        there = tuple(
            slice(part.start + step, part.stop + step)
            for part, step in zip(here, (down, across), strict=True)
        )
        near: Any = np.float32((down**2 + across**2) * (CELL / width) ** 2)
        for plane in planes:
            near = near + (plane[there] - plane[here]) ** 2
        near *= np.float32(-0.5)
        np.exp(near, out=near)
        for own, other, step in ((here, there, (down, across)), (there, here, (-down, -across))):
            start = max(own[0].start, rows.start)
            stop = max(start, min(own[0].stop, rows.stop))
            part = slice(start - own[0].start, stop - own[0].start)
            place = slice(start - rows.start, stop - rows.start), own[1], number_of[step]
            weights[place] = near[part] * inside[other][part]
    weights /= weights.sum(axis=-1, keepdims=True) + np.float32(1e-6)


def _staying(part: slice, size: int, step: int) -> slice:
    """Return those of a part of an axis that a step does not lead out of the axis."""
    start = max(part.start, -step)
    return slice(start, max(start, min(part.stop, size - step)))


def _cells_at(lab: Floats, cell_lab: Floats, inside: Bools, halo: tuple[int, int]) -> Any:
    """Return how much each pixel within a halo takes of each cell, ``(n_pixels, n_cells)``; sums of 1.

    Out of the four cells around it those count that have the pixel's color: joint bilateral upsampling (Kopf,
    Cohen, Lischinski and Uyttendaele 2007, ACM Transactions on Graphics 26, article 96).  An edge of color
    stays where the photograph has it, not where the cells end.
    """
    n_rows, n_columns = lab.shape[:2]
    downs, acrosses = (
        [(pixels + edge) // CELL + beside * (pixels % CELL * 2 - 1) for beside in (0, 1)]
        for pixels, edge in ((np.arange(n_rows), halo[0]), (np.arange(n_columns), halo[1]))
    )
    weights = np.zeros((n_rows, n_columns, 2, 2), np.float32)
    places = np.zeros((n_rows, n_columns, 2, 2), np.int32)
    for down, across in np.ndindex(2, 2):
        row, column = downs[down][:, None], acrosses[across]
        is_there = (row >= 0) & (row < inside.shape[0]) & (column >= 0) & (column < inside.shape[1])
        row, column = row.clip(0, inside.shape[0] - 1), column.clip(0, inside.shape[1] - 1)
        unlike = ((cell_lab[row, column] - lab) ** 2) @ np.ones(3, np.float32)
        likeness = np.exp(np.float32(-0.5) * np.minimum(unlike, np.float32(MOST_UNLIKE)))
        weights[..., down, across] = likeness * (is_there & inside[row, column])
        weights[..., down, across] *= np.float32(nearness(down, across))
        places[..., down, across] = row * inside.shape[1] + column
    weights /= weights.sum(axis=(-2, -1), keepdims=True) + np.float32(1e-12)
    return _rows_of(weights.reshape(-1, 4), places.reshape(-1, 4), inside.size)


def _rows_of(weights: Floats, places: NDArray[np.int32], n_columns: int) -> Any:
    """Return a sparse matrix of as many entries in each row: their values and columns ``(..., n)``."""
    n = weights.shape[-1]
    starts = np.arange(0, weights.size + 1, n, dtype=np.int32)
    return sparse.csr_array((weights.ravel(), places.ravel(), starts), shape=(weights.size // n, n_columns))
