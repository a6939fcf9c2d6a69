"""Outlines of regions as polygons along pixel edges, and polygons back to pixels: geometry only."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Box", "fill_polygon", "from_xy", "to_xy", "trace_regions"]

Box = tuple[slice, slice]  # rows and columns of a part of an array


def to_xy(ring: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return corners of pixels as other programs have them: x and y from the upper left corner of the image.

    Examples
    --------
    >>> to_xy(np.array([[-0.5, 2.5]]))
    array([[3, 0]])
    """
    return np.round(ring[:, ::-1] + 0.5).astype(np.int64)


def from_xy(points: ArrayLike) -> NDArray[np.float64]:
    """Return x and y from the upper left corner as rows and columns, an integer at the center of a pixel.

    Examples
    --------
    >>> from_xy([3, 0])
    array([[-0.5,  2.5]])
    """
    return np.reshape(np.asarray(points, np.float64), (-1, 2))[:, ::-1] - 0.5


def fill_polygon(points: ArrayLike, shape: tuple[int, int]) -> tuple[Box, NDArray[np.bool_]]:
    """Find the pixels whose centers lie inside a polygon.

    A polygon that crosses itself is filled wherever it winds around the center (the nonzero rule). A center
    that lies exactly on an edge belongs to the side of larger rows or columns, so that polygons that share an
    edge neither overlap nor leave a gap.

    Parameters
    ----------
    points : array-like, (n_points, 2)
        Row and column of each corner, an integer at the center of a pixel. The last is joined to the first.
        They may lie outside the image.
    shape : tuple of int
        Rows and columns of the image.

    Returns
    -------
    box : tuple of slice
        Rows and columns that enclose the polygon within the image.
    mask : ndarray of bool
        Which pixels of the box are inside.

    Raises
    ------
    ValueError
        `points` are not finite pairs.

    Examples
    --------
    >>> box, mask = fill_polygon([[-0.5, -0.5], [-0.5, 1.5], [1.5, 1.5]], (4, 4))
    >>> mask
    array([[ True,  True],
           [False,  True]])
    """
    corners = check_points(points)
    box = enclosing_box(corners, 0.0, shape)
    rows, columns = box
    n_rows, n_columns = rows.stop - rows.start, columns.stop - columns.start
    winding = np.zeros((n_rows, n_columns + 1), np.int32)
    if winding.size and len(corners):
        row, column, turn = _crossings(corners, rows)
        first = np.clip(np.ceil(column), columns.start, columns.stop).astype(np.intp)
        np.add.at(winding, (row - rows.start, first - columns.start), turn)
    return box, np.cumsum(winding, axis=1)[:, :-1] != 0


def check_points(points: ArrayLike) -> NDArray[np.float64]:
    """Return points as an array of (row, column), or raise.

    Parameters
    ----------
    points : array-like, (n_points, 2)
        Row and column of each point.

    Returns
    -------
    ndarray of float64, (n_points, 2)

    Raises
    ------
    ValueError
        They are not finite pairs.
    """
    array = np.asarray(points, dtype=np.float64)
    if array.size == 0:
        return array.reshape(0, 2)
    if array.ndim != 2 or array.shape[1] != 2:
        raise ValueError(
            f"points must be pairs of row and column, (n_points, 2), but their shape is {array.shape}."
        )
    if not np.isfinite(array).all():
        raise ValueError("points must be finite, but there is a NaN or an infinity among them.")
    return array


def enclosing_box(points: NDArray[np.float64], margin: float, shape: tuple[int, int]) -> Box:
    """Find the part of an image that holds all pixels within a margin of points.

    Parameters
    ----------
    points : ndarray, (n_points, 2)
        Row and column of each point.
    margin : float
        In pixels.
    shape : tuple of int
        Rows and columns of the image.

    Returns
    -------
    tuple of slice
        Rows and columns; empty where no pixel is that near.
    """
    if len(points) == 0:
        return slice(0, 0), slice(0, 0)
    start = np.clip(np.ceil(points.min(axis=0) - margin), 0, shape).astype(int).tolist()
    stop = np.clip(np.floor(points.max(axis=0) + margin) + 1, start, shape).astype(int).tolist()
    return slice(start[0], stop[0]), slice(start[1], stop[1])


def _crossings(
    corners: NDArray[np.float64], rows: slice
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.int32]]:
    """Find where edges cross the center lines of rows: row, column and +1 (downward) or -1."""
    start, stop = corners, np.roll(corners, -1, axis=0)
    down = start[:, 0] < stop[:, 0]
    upper, lower = np.where(down[:, None], (start, stop), (stop, start))  # the same numbers either way
    first = np.clip(np.ceil(upper[:, 0]), rows.start, rows.stop).astype(np.intp)
    last = np.clip(np.ceil(lower[:, 0]), rows.start, rows.stop).astype(np.intp)
    n_crossed = last - first
    edge = np.repeat(np.arange(len(corners)), n_crossed)
    row = np.arange(len(edge)) - np.repeat(np.cumsum(n_crossed) - n_crossed, n_crossed) + first[edge]
    height, width = (lower - upper)[edge].T
    column = upper[edge, 1] + (row - upper[edge, 0]) * width / height
    return row, column, np.where(down, 1, -1).astype(np.int32)[edge]


def trace_regions(regions: NDArray[np.integer]) -> Iterator[tuple[int, list[NDArray[np.float64]]]]:
    """Outline each region along the edges of its pixels.

    The rings are simple polygons that touch each other, and those of other regions, at corners or edges but
    never cross. `fill_polygon` of the first ring without those of the others gives back exactly the region.

    Parameters
    ----------
    regions : ndarray of int, (n_rows, n_columns)
        0 = outside, else the number of a 4-connected region, as `corewidgets.labels.regions` counts them.

    Yields
    ------
    region : int
        Number of the region.
    rings : list of ndarray of float64, (n_corners, 2)
        Row and column of each corner, an integer at the center of a pixel. The first ring is the outer one,
        clockwise on the screen; the others are holes, the other way round. The last corner is not the first
        one again.
    """
    keys, owners = _boundary_edges(regions)
    successors = _successors(keys, owners, regions.shape[1] + 1).tolist()
    directions = keys % 4
    rows, columns = np.divmod(keys // 4, regions.shape[1] + 1)
    corners = np.column_stack([rows, columns]) - 0.5
    rings: dict[int, list[NDArray[np.float64]]] = {}
    for cycle in _cycles(successors):
        ring = corners[cycle][directions[cycle] != np.roll(directions[cycle], 1)]
        rings.setdefault(int(owners[cycle[0]]), []).append(ring)  # the outer ring holds the first edge
    yield from sorted(rings.items())


def _boundary_edges(regions: NDArray[np.integer]) -> tuple[NDArray[np.int64], NDArray[np.integer]]:
    """Find the edges between regions, each directed so that its region lies on the right.

    An edge is numbered 4 * (corner that it starts from) + direction, with corners counted along rows and
    directions 0 to 3 for right, down, left and up. The numbers are sorted; the owners go with them.
    """
    padded = np.pad(regions, 1)
    inner = padded[1:-1, 1:-1]
    neighbors = (padded[:-2, 1:-1], padded[1:-1, 2:], padded[2:, 1:-1], padded[1:-1, :-2])
    starts = (
        (0, 0),
        (0, 1),
        (1, 1),
        (1, 0),
    )  # corner of the pixel that its upper, right, ... edge starts from
    keys, owners = [], []
    for direction, (neighbor, (down, right)) in enumerate(zip(neighbors, starts, strict=True)):
        row, column = np.nonzero((inner != 0) & (inner != neighbor))
        corner = (row + down) * (regions.shape[1] + 1) + column + right
        keys.append(4 * corner.astype(np.int64) + direction)
        owners.append(inner[row, column])
    key = np.concatenate(keys)
    order = np.argsort(key)
    return key[order], np.concatenate(owners)[order]


def _successors(keys: NDArray[np.int64], owners: NDArray[np.integer], n_corners: int) -> NDArray[np.intp]:
    """Find the edge that follows each edge around its region: to the left where it can, then straight on.

    Keeping left at a corner where a region touches itself goes around what is outside: rings are simple.
    """
    corner, direction = np.divmod(keys, 4)
    end = corner + np.array([1, n_corners, -1, -n_corners])[direction]
    successors = np.full(len(keys), -1, np.intp)
    for turn in (1, 0, -1):  # right, straight, left: the last that exists stays
        candidates = 4 * end + (direction + turn) % 4
        found = np.minimum(np.searchsorted(keys, candidates), len(keys) - 1)
        exists = (keys[found] == candidates) & (owners[found] == owners)
        successors[exists] = found[exists]
    return successors


def _cycles(successors: list[int]) -> Iterator[list[int]]:
    """Yield the cycles of a permutation, in the order of their smallest members."""
    seen = bytearray(len(successors))
    for start in range(len(successors)):
        if seen[start]:
            continue
        cycle, current = [], start
        while not seen[current]:
            seen[current] = 1
            cycle.append(current)
            current = successors[current]
        yield cycle
