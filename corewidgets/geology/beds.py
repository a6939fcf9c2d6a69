"""Beds: runs of intervals of a depth log in which one class leads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corewidgets.extras import import_needed

__all__ = ["find_beds"]

_SAME_LENGTH = 1e-9  # of an interval


def find_beds(
    table: Any, rock_names: Sequence[str], *, interval: float, top: float, base: float, thinnest: float
) -> Any:
    """Join neighboring intervals in which the same class has the largest share to beds.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per interval, from top to base: `top`, `base` in metres, and a column of shares for each class
        of rock, NaN where there is no rock.
    rock_names : sequence of str
        The columns of shares.
    interval : float
        Length of an interval in metres.
    top, base : float
        Depths of the ends in metres, within the first and the last interval.
    thinnest : float
        Metres; thinner beds and breaks are given to the thicker of their neighbors.

    Returns
    -------
    pandas.DataFrame
        As of `DepthLog.beds`.
    """
    pd = import_needed("pandas", "A table of beds")
    names = list(rock_names)
    shares = table[names].to_numpy()
    rock = ~np.isnan(shares).all(axis=1)
    leading = np.where(rock, np.argmax(np.nan_to_num(shares, nan=-1), axis=1), -1)
    runs = _without_thin(_runs(leading), max(0.0, thinnest) / interval)
    rows = []
    for position, (start, stop, index) in enumerate(runs):
        if index < 0:
            continue
        first = max(top, float(table["top"].iloc[start]))
        last = min(base, float(table["base"].iloc[stop - 1]))
        share = float(np.nanmean(shares[start:stop, index]))
        seen = (
            position > 0 and runs[position - 1][2] >= 0,
            position + 1 < len(runs) and runs[position + 1][2] >= 0,
        )
        rows.append((first, last, last - first, names[index], share, *seen))
    return pd.DataFrame(rows, columns=["top", "base", "thickness", "class", "share", "top_seen", "base_seen"])


def _runs(values: NDArray[np.intp]) -> list[tuple[int, int, int]]:
    """Return start, stop and value of each run of equal values."""
    starts = np.flatnonzero(np.diff(values, prepend=values[0] - 1))
    stops = [*starts[1:].tolist(), len(values)]
    return [(start, stop, int(values[start])) for start, stop in zip(starts.tolist(), stops, strict=True)]


def _without_thin(runs: Sequence[tuple[int, int, int]], thinnest: float) -> list[tuple[int, int, int]]:
    """Give each run shorter than `thinnest` to the longer of its neighbors, the shortest first."""
    kept = list(runs)
    while len(kept) > 1:
        lengths = [stop - start for start, stop, _ in kept]
        shortest = min(range(len(kept)), key=lengths.__getitem__)
        if lengths[shortest] >= thinnest - _SAME_LENGTH:
            break
        neighbors = [k for k in (shortest - 1, shortest + 1) if 0 <= k < len(kept)]
        taker = kept[max(neighbors, key=lambda k: (kept[k][2] >= 0, lengths[k]))]
        kept[shortest] = (*kept[shortest][:2], taker[2])
        kept = _joined(kept)
    return kept


def _joined(runs: Sequence[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Join neighboring runs of the same value."""
    joined = [runs[0]]
    for start, stop, value in runs[1:]:
        if value == joined[-1][2]:
            joined[-1] = (joined[-1][0], stop, value)
        else:
            joined.append((start, stop, value))
    return joined
