"""The pieces of core in a box that was found, with their depths."""

from __future__ import annotations

from corewidgets.cores.core import depth_problems, raise_first
from corewidgets.cores.found_box import FoundBox
from corewidgets.cores.lane_part import CORE
from corewidgets.geology.piece_log import PieceLog
from corewidgets.geology.recovery import RockPiece

__all__ = ["box_pieces"]


def box_pieces(box: FoundBox, top: float, base: float) -> PieceLog:
    """Return the pieces of core in a box between its breaks, to measure recovery and RQD.

    Depth runs over the core alone, as in `propose_lanes`: what is missing is not measured, unless drill runs
    say how much there should be. Breaks and rubble are a proposal. A photograph does not tell what made a
    break, and rubble that lies on a light floor is parted into pieces; correct both (`PieceLog`) before you
    report RQD.

    Parameters
    ----------
    box : FoundBox
        Of `find_box`.
    top, base : float
        Depths in metres of the beginning of the first lane with core and the end of the last.

    Returns
    -------
    PieceLog

    Raises
    ------
    ValueError
        The depths are reversed, or there is no core in the box.

    Examples
    --------
    >>> import corewidgets as cw
    >>> sample = cw.sample_box(26, size=800)
    >>> pieces = box_pieces(cw.find_box(sample.image), 45.0, 49.0)
    >>> pieces.recovery([(45, 49)])["tcr"].round(6).tolist()
    [1.0]
    """
    raise_first(depth_problems(top, base))
    parts = [
        (length, part.kind)
        for lane in box.lanes
        if not lane.empty
        for part, length in zip(lane.parts, lane.lengths, strict=True)
        if part.kind in CORE and length > 0
    ]
    if not parts:
        raise ValueError("There is no core in the box: all of its lanes are empty, or none was found.")
    scale = (base - top) / sum(length for length, _ in parts)
    pieces, depth = [], top
    for length, kind in parts:
        pieces.append(RockPiece(depth, depth + length * scale, solid=kind == "piece"))
        depth += length * scale
    return PieceLog(pieces)
