"""The cheapest ways over a plane of costs, from some cells to all others.

scikit-image finds them; where Numba is there, a loop that it compiles finds the same costs in less than half
the time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from skimage.graph import MCP_Geometric

from corewidgets.geology.compiled import Loop

__all__ = ["cheapest_costs"]

_BESIDE = ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))


def cheapest_costs(cost: NDArray[np.floating], seeds: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the cost of the cheapest way from any seed to each cell.

    Parameters
    ----------
    cost : ndarray, (n_rows, n_columns)
        What a cell costs: above 0; one that is not a number is never entered. A step to one of the eight
        cells beside costs the mean of both, times its length.
    seeds : ndarray of bool, (n_rows, n_columns)
        At least one.

    Returns
    -------
    ndarray of float64, (n_rows, n_columns)
    """
    if _WALK.run is None:
        cost = np.where(np.isnan(cost), np.inf, cost)  # scikit-image would write beyond its memory
        return np.asarray(MCP_Geometric(cost).find_costs(np.argwhere(seeds))[0])
    # the border cannot be entered
    framed = np.full((cost.shape[0] + 2, cost.shape[1] + 2), np.inf)
    framed[1:-1, 1:-1] = cost
    beside = np.array([down * framed.shape[1] + right for down, right in _BESIDE])
    halves = np.array([np.hypot(*step) for step in _BESIDE]) / 2
    found = _WALK.run(framed.ravel(), np.flatnonzero(np.pad(seeds, 1)), beside, halves)
    return np.asarray(found.reshape(framed.shape)[1:-1, 1:-1])


def _found(  # noqa: C901 - one loop, for the compiler
    cost: np.ndarray, starts: np.ndarray, beside: np.ndarray, halves: np.ndarray
) -> np.ndarray:
    """Search as Dijkstra does, with a heap of four branches; the border must cost infinitely much."""
    best = np.full(cost.size, np.inf)
    done = np.zeros(cost.size, np.bool_)
    keys = np.empty(cost.size * len(beside) + len(starts))
    cells = np.empty(len(keys), np.int32)
    size = len(starts)
    for number in range(size):
        best[starts[number]] = 0.0
        keys[number], cells[number] = 0.0, starts[number]
    while size:
        here, cell = keys[0], cells[0]
        size -= 1
        key, moved = keys[size], cells[size]
        place, least = 0, 1
        while least < size:
            below = keys[least]
            for child in range(least + 1, min(least + 4, size)):
                if keys[child] < below:
                    least, below = child, keys[child]
            if below >= key:
                break
            keys[place], cells[place] = below, cells[least]
            place, least = least, 4 * least + 1
        keys[place], cells[place] = key, moved
        if done[cell]:
            continue
        done[cell] = True
        for number in range(len(beside)):
            other = cell + beside[number]
            there = here + halves[number] * (cost[cell] + cost[other])
            if not there < best[other]:  # nor where it is not a number
                continue
            best[other] = there
            place = size
            size += 1
            while place:
                parent = (place - 1) >> 2
                if keys[parent] <= there:
                    break
                keys[place], cells[place] = keys[parent], cells[parent]
                place = parent
            keys[place], cells[place] = there, other
    return best


_WALK = Loop(_found, np.full(9, np.inf), np.array([4]), np.array([1]), np.ones(1))
