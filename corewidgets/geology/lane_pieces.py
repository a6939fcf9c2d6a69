"""The pieces of core in lanes whose corners and depths are known, parted at breaks that are seen."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.transform import resize

from corewidgets.cores.core import Lane
from corewidgets.cores.found_box import LONGEST
from corewidgets.cores.lane_breaks import find_breaks
from corewidgets.cores.lane_rubble import find_rubble
from corewidgets.cores.lane_strip import N_ROWS
from corewidgets.cores.photograph import read_photograph
from corewidgets.cores.straightened import opponent_colors
from corewidgets.geology.piece_log import PieceLog
from corewidgets.geology.recovery import SAME_DEPTH, RockPiece

__all__ = ["lane_pieces"]

Field = NDArray[np.float32]

_SHORTEST = 4  # pixels of a piece, in a photograph as large as breaks are looked for in


def lane_pieces(lanes: Iterable[Lane], photograph: NDArray[np.uint8] | None = None) -> PieceLog:
    """Return the pieces of core in lanes between the breaks that their photographs show.

    Breaks and rubble are a proposal: a photograph does not tell what made a break, and rubble that lies on a
    light floor is parted into pieces; correct both (`PieceLog`, `LaneEditor`) before you report RQD. Where a
    lane has two places of one depth core is missing between them, and two pieces touch.

    Parameters
    ----------
    lanes : iterable of Lane, or Core
        Such as `propose_lanes` returns; their depths must not overlap.
    photograph : ndarray of uint8, (n_rows, n_columns, 3), optional
        That of all lanes, where it has been read already.

    Returns
    -------
    PieceLog

    Raises
    ------
    FileNotFoundError, ValueError
        A photograph cannot be read, a lane reaches beyond it, or lanes overlap in depth.
    """
    pieces = []
    for file, of_box in groupby(lanes, key=lambda lane: lane.file):
        image = read_photograph(file) if photograph is None else photograph
        factor = max(1, round(max(image.shape[:2]) / LONGEST))
        here = [*of_box]
        strips = [_strip(lane.showing(()).read(image).image, factor) for lane in here]
        rubble = find_rubble([strip for strip, _ in strips], [width for _, width in strips])
        for lane, (strip, width), broken in zip(here, strips, rubble, strict=True):
            pieces += _pieces_of(lane, find_breaks(strip, width), broken)
    return PieceLog(pieces)


def _strip(image: NDArray[np.uint8], factor: int) -> tuple[Field, float]:
    """Return a lane as breaks are looked for in it, and how many of its columns are as long as it is wide."""
    n_along, n_across = image.shape[:2]
    size = (N_ROWS, max(N_ROWS, n_along // factor), 3)
    resized: Any = resize  # has no types
    strip = resized(np.rot90(image).astype(np.float32), size, order=1, anti_aliasing=True)
    return opponent_colors(strip), n_across / factor


def _pieces_of(lane: Lane, breaks: NDArray[np.int64], rubble: NDArray[np.bool_]) -> list[RockPiece]:
    """Return the pieces of a lane; no break parts rubble."""
    metre = (lane.base - lane.top) / rubble.size
    ends = np.flatnonzero(np.diff(rubble.astype(np.int8))) + 1.0
    seen = lane.top + np.r_[ends, breaks[~rubble[breaks]] + 0.5] * metre
    pieces = []
    for top, base in pairwise(_bounds(lane, seen, metre)):
        column = int(((top + base) / 2 - lane.top) / metre)
        pieces.append(RockPiece(top, base, solid=not rubble[min(column, rubble.size - 1)]))
    return pieces


def _bounds(lane: Lane, seen: NDArray[np.float64], metre: float) -> list[float]:
    """Return the ends of pieces: what is seen, the ends of the lane, and where core is missing in it."""
    known = [] if lane.shape is None else [depth for _, depth in lane.shape.ties]
    missing = {upper for upper, lower in pairwise(known) if lower - upper <= SAME_DEPTH}
    inner = [depth for depth in missing if lane.top + SAME_DEPTH < depth < lane.base - SAME_DEPTH]
    fixed = [lane.top, *inner, lane.base]
    for depth in seen.tolist():
        if min(abs(depth - other) for other in fixed) > _SHORTEST * metre:
            fixed.append(depth)
    return sorted(fixed)
