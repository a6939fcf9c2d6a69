"""The pieces of a core between its breaks, corrected one break after the other."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from corewidgets.geology.recovery import SAME_DEPTH, RockPiece, core_recovery, without_overlap

__all__ = ["CoreBreak", "PieceLog"]

_REACH = 0.05  # metres: a break is meant that lies no farther from where it is said to be


class CoreBreak(NamedTuple):
    """Where two pieces of core touch.

    Attributes
    ----------
    depth : float
        Metres.
    mechanical : bool
        Whether it was made by drilling or handling; else it is natural.
    """

    depth: float
    mechanical: bool


@dataclass(frozen=True)
class PieceLog:
    """The pieces of a core, as `core_recovery` and `write_pieces` take them.

    It is never changed: each correction returns another log.

    Parameters
    ----------
    pieces : sequence of RockPiece
        In any order; they may touch, but not overlap.

    Raises
    ------
    ValueError
        Pieces overlap.

    Examples
    --------
    >>> log = PieceLog([RockPiece(10.0, 10.3), RockPiece(10.3, 10.36), RockPiece(10.36, 11.0)])
    >>> [round(float(each.recovery([(10, 11)])["rqd"][0]), 2) for each in (log, log.with_mechanical(10.36))]
    [0.94, 1.0]
    >>> log.without_break(10.3).with_break(10.5, mechanical=True).breaks
    (CoreBreak(depth=10.36, mechanical=False), CoreBreak(depth=10.5, mechanical=True))
    """

    pieces: tuple[RockPiece, ...]

    def __init__(self, pieces: Iterable[RockPiece]) -> None:
        object.__setattr__(self, "pieces", tuple(without_overlap(pieces)))

    def __iter__(self) -> Iterator[RockPiece]:
        return iter(self.pieces)

    def __len__(self) -> int:
        return len(self.pieces)

    @property
    def breaks(self) -> tuple[CoreBreak, ...]:
        """Where two pieces touch, from top to base; the ends of core that is missing are none."""
        return tuple(
            CoreBreak(upper.base, upper.mechanical_below)
            for upper, lower in itertools.pairwise(self.pieces)
            if lower.top - upper.base <= SAME_DEPTH
        )

    def recovery(self, intervals: Iterable[tuple[float, float]]) -> Any:
        """Return recovery, RQD and fracture frequency by interval; see `core_recovery`."""
        return core_recovery(self.pieces, intervals)

    def with_break(self, depth: float, *, mechanical: bool = False) -> PieceLog:
        """Return the log with one more break.

        Raises
        ------
        ValueError
            There is no core at that depth, or a break already.
        """
        number = self._piece_at(depth)
        piece = self.pieces[number]
        upper = replace(piece, base=depth, mechanical_below=mechanical)
        return self._replaced(number, 1, upper, replace(piece, top=depth))

    def without_break(self, depth: float) -> PieceLog:
        """Return the log with the pieces above and below the nearest break made one.

        Raises
        ------
        ValueError
            No break lies within 5 cm, or it parts rubble from solid core.
        """
        number = self._break_at(depth)
        upper, lower = self.pieces[number : number + 2]
        if upper.solid != lower.solid:
            raise ValueError(
                f"Rubble and solid core touch at {upper.base:.3f} m, and no piece can be both; mark the one "
                "as the other first: with_rubble, or U and D in the editor."
            )
        return self._replaced(number, 2, replace(lower, top=upper.top))

    def with_break_moved(self, depth: float, to: float) -> PieceLog:
        """Return the log with the nearest break at another depth.

        Raises
        ------
        ValueError
            No break lies within 5 cm, or it would pass the other end of a piece.
        """
        number = self._break_at(depth)
        upper, lower = self.pieces[number : number + 2]
        if not upper.top + SAME_DEPTH < to < lower.base - SAME_DEPTH:
            raise ValueError(
                f"The break at {upper.base:.3f} m cannot be moved to {to:.3f} m; keep it between the ends of "
                f"its pieces, {upper.top:.3f} and {lower.base:.3f} m."
            )
        return self._replaced(number, 2, replace(upper, base=to), replace(lower, top=to))

    def with_mechanical(self, depth: float, mechanical: bool = True) -> PieceLog:
        """Return the log with the nearest break marked as made by drilling or handling, or as natural.

        Raises
        ------
        ValueError
            No break lies within 5 cm.
        """
        number = self._break_at(depth)
        return self._replaced(number, 1, replace(self.pieces[number], mechanical_below=mechanical))

    def with_rubble(self, depth: float, rubble: bool = True) -> PieceLog:
        """Return the log with the piece at a depth marked as rubble, or as solid core.

        Raises
        ------
        ValueError
            There is no core at that depth, or a break.
        """
        number = self._piece_at(depth)
        return self._replaced(number, 1, replace(self.pieces[number], solid=not rubble))

    def _replaced(self, number: int, n_pieces: int, *others: RockPiece) -> PieceLog:
        return PieceLog([*self.pieces[:number], *others, *self.pieces[number + n_pieces :]])

    def _piece_at(self, depth: float) -> int:
        """Return which piece holds a depth, its ends excluded."""
        for number, piece in enumerate(self.pieces):
            if piece.top + SAME_DEPTH < depth < piece.base - SAME_DEPTH:
                return number
        ends = any(min(abs(depth - piece.top), abs(depth - piece.base)) <= SAME_DEPTH for piece in self)
        there = "a piece ends there" if ends else "there is no core"
        raise ValueError(f"No piece holds the depth {depth:.3f} m, because {there}; give a depth within one.")

    def _break_at(self, depth: float) -> int:
        """Return above which break that is nearest a piece lies."""
        near = [
            (abs(upper.base - depth), number)
            for number, (upper, lower) in enumerate(itertools.pairwise(self.pieces))
            if lower.top - upper.base <= SAME_DEPTH
        ]
        off, number = min(near, default=(_REACH + 1, -1))
        if off > _REACH:
            nearest = f"the nearest is at {self.pieces[number].base:.3f} m" if near else "there is none"
            raise ValueError(f"No break lies within 5 cm of {depth:.3f} m; {nearest}.")
        return number
