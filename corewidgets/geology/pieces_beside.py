"""The table of the pieces of a core that lies beside the table of its lanes, and grows box by box."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from corewidgets.cores.core import Lane
from corewidgets.cores.plain_table import check_plain
from corewidgets.geology.piece_log import PieceLog
from corewidgets.geology.recovery import RockPiece
from corewidgets.geology.recovery_table import PIECES, read_pieces

__all__ = ["merged_pieces", "pieces_file", "pieces_in"]


def pieces_file(table: str | os.PathLike[str]) -> Path:
    """Return where the pieces of a core lie: "hole.pieces.csv" beside "hole.csv"."""
    return Path(table).with_suffix(".pieces.csv")


def pieces_in(path: Path, lanes: Sequence[Lane]) -> PieceLog | None:
    """Return the pieces of a table that lie in lanes; None where there is no table, or none of them.

    Raises
    ------
    OSError, ValueError
        See `read_pieces`.
    """
    found = [piece for piece in read_pieces(path) if _lies_in(piece, lanes)] if path.exists() else []
    return PieceLog(found) if found else None


def merged_pieces(path: Path, pieces: Iterable[RockPiece], lanes: Sequence[Lane]) -> PieceLog:
    """Return the pieces of a table with others in the place of those that lie in some lanes.

    Parameters
    ----------
    path : pathlib.Path
        The table; it may not be there.
    pieces : iterable of RockPiece
    lanes : sequence of Lane
        As they are, and as they were when the table was written last.

    Raises
    ------
    OSError
        The table cannot be read.
    ValueError
        It has problems, or holds more than pieces, which would be lost; or pieces overlap those of another
        photograph.
    """
    others: list[RockPiece] = []
    if path.exists():
        check_plain(path, PIECES.columns, "pieces")
        others = [piece for piece in read_pieces(path) if not _lies_in(piece, lanes)]
    return PieceLog([*others, *pieces])


def _lies_in(piece: RockPiece, lanes: Iterable[Lane]) -> bool:
    middle = (piece.top + piece.base) / 2
    return any(lane.top <= middle <= lane.base for lane in lanes)
