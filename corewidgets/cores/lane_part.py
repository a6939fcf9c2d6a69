"""A stretch of a lane of a core box."""

from __future__ import annotations

from typing import Literal, NamedTuple

__all__ = ["CORE", "Kind", "LanePart"]

Kind = Literal["piece", "rubble", "gap", "block"]

CORE: tuple[Kind, ...] = ("piece", "rubble")
"""What is core, and counts for depth and recovery."""


class LanePart(NamedTuple):
    """A stretch of a lane, measured along its middle.

    Attributes
    ----------
    start, stop : float
        From the beginning of the lane: in millimetres where it was made, as a share of its length, 0 to 1,
        where it was found.
    kind : {"piece", "rubble", "gap", "block"}
        A piece of core between two breaks; fragments that no longer fit together; nothing but the floor of
        the lane; or a block on which a depth is written.
    """

    start: float
    stop: float
    kind: Kind

    @property
    def length(self) -> float:
        """From start to stop."""
        return self.stop - self.start
