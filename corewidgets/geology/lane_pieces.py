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
from corewidgets.cores.lane_strip import N_ROWS
from corewidgets.cores.photograph import read_photograph
from corewidgets.cores.straightened import opponent_colors
from corewidgets.geology.piece_log import PieceLog
from corewidgets.geology.recovery import SAME_DEPTH, RockPiece

__all__ = ["lane_pieces"]

_SHORTEST = 4  # pixels of a piece, in a photograph as large as breaks are looked for in


def lane_pieces(lanes: Iterable[Lane], photograph: NDArray[np.uint8] | None = None) -> PieceLog:
    """Return the pieces of core in lanes between the breaks that their photographs show.

    Breaks are a proposal: a photograph does not tell what made them, and rubble is parted into pieces;
    correct both (`PieceLog`, `LaneEditor`) before you report RQD. Where a lane has two places of one depth
    core is missing between them, and two pieces touch.

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
        for lane in of_box:
            seen = lane.showing(()).read(image).image
            depths = [lane.top, *_break_depths(lane, seen, factor), lane.base]
            pieces += [RockPiece(top, base) for top, base in pairwise(depths)]
    return PieceLog(pieces)


def _break_depths(lane: Lane, image: NDArray[np.uint8], factor: int) -> list[float]:
    """Return the depths of breaks in a lane, those where core is missing among them."""
    n_along, n_across = image.shape[:2]
    n_columns = max(N_ROWS, n_along // factor)
    resized: Any = resize  # has no types
    strip = resized(np.rot90(image).astype(np.float32), (N_ROWS, n_columns, 3), order=1, anti_aliasing=True)
    columns = find_breaks(opponent_colors(strip), n_across / factor)
    metre = (lane.base - lane.top) / n_columns
    seen = lane.top + (columns + 0.5) * metre
    known = [] if lane.shape is None else [depth for _, depth in lane.shape.ties]
    missing = {upper for upper, lower in pairwise(known) if lower - upper <= SAME_DEPTH}
    inner = [depth for depth in missing if lane.top + SAME_DEPTH < depth < lane.base - SAME_DEPTH]
    fixed = np.array([lane.top, *inner, lane.base])
    near = np.abs(seen[:, None] - fixed).min(axis=1)
    return sorted([*inner, *seen[near > _SHORTEST * metre].tolist()])
