"""The outline of a lane that is no upright rectangle, and depths that are known within it.

A tilted box, or one that was photographed aslant, has lanes with corners of their own; a bent one more points
along its sides. What is read is straightened. Between places of known depth, depth runs evenly; where nothing
was recovered no depth may pass at all, and these rows are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.measure import points_in_poly

from corewidgets.cores.crop import Crop

__all__ = ["LaneShape"]

Points = NDArray[np.float64]
Pair = tuple[float, float]

_NUMBER = r"-?\d+(?:\.\d+)?(?:e-?\d+)?"
_N_PLACES = 4001  # along a lane that are told apart
_LEAST_RISE = 1e-9  # of depth between two rows, so that depth can be looked up


@dataclass(frozen=True)
class LaneShape:
    """Corners of a lane, and depths along it.

    Parameters
    ----------
    corners : sequence of (float, float)
        Rows and columns in the photograph: down the left side, as seen with the top up, then up the right
        side, as many points on either. Four for a lane with straight sides.
    ties : sequence of (float, float), optional
        Places along the lane, 0 for its top and 1 for its base, and their depths in metres, downwards. Two
        places may have the same depth: between them nothing was recovered.

    Raises
    ------
    ValueError
        There are not four corners or more, an odd number, or they enclose nothing; or a tie does not lie in
        the lane, or above the one before.

    Examples
    --------
    >>> shape = LaneShape([(40, 10), (44, 210), (4, 212), (0, 12)], [(0.5, 12.25)])
    >>> str(shape.crop), shape.corners_text
    ('0:45 10:213', '40,10 44,210 4,212 0,12')
    """

    corners: Sequence[Pair]
    ties: Sequence[Pair] = ()

    def __post_init__(self) -> None:
        for name, digits in (("corners", 2), ("ties", 9)):  # as a table holds them
            pairs = ((round(float(a), digits), round(float(b), digits)) for a, b in getattr(self, name))
            object.__setattr__(self, name, tuple(pairs))
        n_corners = len(self.corners)
        if n_corners < 4 or n_corners % 2 or not np.isfinite(self.corners).all():
            raise ValueError(
                f"A lane needs 4 corners, or more in pairs, but there are {n_corners}; write row,column for "
                "each, down its left side and up its right, like '40,10 44,210 4,212 0,12'."
            )
        if min(map(min, self.corners)) < -0.5 or min(self.size) < 2:
            raise ValueError(
                f"The corners {self.corners_text} enclose no lane within the photograph; write them down the "
                "left side and up the right, top first."
            )
        shares = [share for share, _ in self.ties]
        depths = [depth for _, depth in self.ties]
        if any(not 0 <= share <= 1 for share in shares) or shares != sorted(set(shares)):
            raise ValueError(
                "Places of known depth must lie between 0 and 1 and increase down the lane, but are "
                f"{shares}; write them in order."
            )
        if not np.isfinite(depths).all() or depths != sorted(depths):
            raise ValueError(f"Known depths must not decrease down the lane, but they are {depths} m.")

    @property
    def sides(self) -> tuple[Points, Points]:
        """Left and right side, from top to base, each ``(n_points, 2)``."""
        points = np.array(self.corners)
        half = len(points) // 2
        return points[:half], points[half:][::-1]

    @property
    def size(self) -> tuple[int, int]:
        """Pixels along and across the straightened lane."""
        left, right = self.sides
        along = np.mean([np.hypot(*np.diff(side, axis=0).T).sum() for side in (left, right)])
        return round(float(along)), round(float(np.hypot(*(right - left).T).mean()))

    @property
    def crop(self) -> Crop:
        """The rectangle around the corners."""
        points = np.array(self.corners)
        first = np.floor(points.min(axis=0) + 0.5).clip(0)
        last = np.ceil(points.max(axis=0) + 0.5)
        return Crop(int(first[0]), int(last[0]), int(first[1]), int(last[1]))

    def at(self, shares: NDArray[np.float64]) -> tuple[Points, Points]:
        """Return where the left and the right side are at places along the lane, each ``(n_shares, 2)``."""
        left, right = self.sides
        return _at(left, shares), _at(right, shares)

    def share_at(self, row: float, column: float) -> float:
        """Return the place along the lane of a position in the photograph, 0 at its top and 1 at its base."""
        shares = np.linspace(0, 1, _N_PLACES)
        left, right = self.at(shares)
        across, beside = right - left, (row, column) - left
        off = across[:, 0] * beside[:, 1] - across[:, 1] * beside[:, 0]
        return float(shares[np.argmin(np.abs(off) / np.hypot(*across.T))])

    def holds(self, row: float, column: float) -> bool:
        """Tell whether a position in the photograph lies within the lane."""
        return bool(points_in_poly([(row, column)], np.array(self.corners))[0])  # type: ignore[no-untyped-call]

    def holds_half(self, other: LaneShape) -> bool:
        """Tell whether more than half of another lane lies within this one."""
        shares = (np.arange(40) + 0.5) / 40
        left, right = other.at(shares)
        across = ((np.arange(8) + 0.5) / 8)[:, None, None]
        points = (left + across * (right - left)).reshape(-1, 2)
        return bool(points_in_poly(points, np.array(self.corners)).mean() > 0.5)  # type: ignore[no-untyped-call]

    @property
    def corners_text(self) -> str:
        """Corners as a table holds them."""
        return " ".join(f"{row:.9g},{column:.9g}" for row, column in self.corners)

    def ties_text(self, shown: Callable[[float], float] = float) -> str:
        """Return places and depths as a table holds them; `shown` turns metres into its unit."""
        return " ".join(f"{share:.10g}={shown(depth):.12g}" for share, depth in self.ties)

    def depth_problem(self, top: float, base: float) -> str:
        """Say that a known depth lies outside of those of the lane, or nothing."""
        beyond = [depth for _, depth in self.ties if not top - 1e-6 <= depth <= base + 1e-6]
        if not beyond:
            return ""
        return f"the known depth {beyond[0]:g} m does not lie between top and base, {top:g} to {base:g} m"

    def depths(self, shares: NDArray[np.float64], top: float, base: float) -> NDArray[np.float64]:
        """Return depths at places along the lane, in metres."""
        places, known = self._known(top, base)
        return np.interp(shares, places, known)

    def shares(self, depths: NDArray[np.float64], top: float, base: float) -> NDArray[np.float64]:
        """Return places along the lane at depths in metres; of what is missing the upper end."""
        places, known = self._known(top, base)
        rising = known + np.arange(known.size) * _LEAST_RISE * max(1.0, base - top)
        return np.asarray(np.interp(depths, rising, places))

    def cut(
        self, photograph: NDArray[np.uint8], top: float, base: float, *, halo: int = 0, offset: Pair = (0, 0)
    ) -> NDArray[np.uint8]:
        """Return the lane straightened, its top up, rows evenly in depth.

        Parameters
        ----------
        photograph : ndarray of uint8, (n_rows, n_columns, 3)
        top, base : float
            Depths of the ends of the lane.
        halo : int
            Pixels around it that are returned too; beyond the photograph its border is repeated.
        offset : tuple of float
            Row and column of the first pixel of `photograph`, where it was cut.

        Returns
        -------
        ndarray of uint8, (n_rows + 2 halo, n_columns + 2 halo, 3)
        """
        n_along, n_across = self.size
        shares = self._shares(n_along, top, base)
        step = 1 / n_along
        before, after = (-np.arange(halo, 0, -1) * step, 1 + np.arange(1, halo + 1) * step)
        shares = np.concatenate([before, shares, after])
        across = ((np.arange(-halo, n_across + halo) + 0.5) / n_across)[:, None]
        left, right = self.at(shares)
        where = (left + across[..., None] * (right - left)).transpose(2, 1, 0) - np.reshape(offset, (2, 1, 1))
        channels = [
            ndimage.map_coordinates(
                photograph[..., channel].astype(np.float32), where, order=1, mode="nearest"
            )
            for channel in range(photograph.shape[2])
        ]
        return np.ascontiguousarray(np.rint(np.stack(channels, axis=-1)).clip(0, 255).astype(np.uint8))

    def _known(self, top: float, base: float) -> tuple[Points, Points]:
        """Return all places of known depth, the ends among them."""
        inner = [tie for tie in self.ties if 0 < tie[0] < 1]
        places, depths = np.array([(0.0, top), *inner, (1.0, base)]).T
        return places, depths

    def _shares(self, n_along: int, top: float, base: float) -> Points:
        """Return the place of each row, evenly in depth; what no depth passes has none."""
        places, depths = self._known(top, base)
        passed = np.diff(depths) > _LEAST_RISE
        n_rows = max(2, round(n_along * float(np.diff(places)[passed].sum())))
        wanted = top + (np.arange(n_rows) + 0.5) / n_rows * (base - top)
        return self.shares(wanted, top, base)


def parse_corners(text: str) -> list[Pair]:
    """Read corners as a table holds them."""
    found = re.findall(rf"({_NUMBER})\s*[,;]\s*({_NUMBER})", text)
    rest = re.sub(rf"{_NUMBER}\s*[,;]\s*{_NUMBER}", "", text)
    if not found or rest.strip():
        raise ValueError("is not a list of corners; write row,column for each like '40,10 44,210 4,212 0,12'")
    return [(float(row), float(column)) for row, column in found]


def parse_ties(text: str, to_metres: Callable[[float], float] = float) -> list[Pair]:
    """Read places and depths as a table holds them; `to_metres` turns its unit into metres."""
    pairs = [re.fullmatch(rf"({_NUMBER})=({_NUMBER})", word) for word in text.split()]
    if not pairs or not all(pairs):
        raise ValueError(
            "is not a list of known depths; write place=depth for each like '0.25=45.1 0.5=45.4'"
        )
    return [(float(pair[1]), to_metres(float(pair[2]))) for pair in pairs if pair]


def _at(side: Points, shares: Points) -> Points:
    """Return points along a side; beyond its ends it goes straight on."""
    known = np.linspace(0, 1, len(side))
    inner = shares.clip(0, 1)
    made = np.stack([np.interp(inner, known, side[:, axis]) for axis in (0, 1)], axis=-1)
    beyond = shares - inner
    ends = np.where(beyond[:, None] < 0, side[1] - side[0], side[-1] - side[-2]) * (len(side) - 1)
    return np.asarray(made + beyond[:, None] * ends)
