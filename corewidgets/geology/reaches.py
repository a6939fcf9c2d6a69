"""The reach whose outline is most likely that of a clast, and what is within: arrays of cells only."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corewidgets.geology.distances import around, framed
from corewidgets.geology.means import Means
from corewidgets.geology.shapes import connected, filled, grown, within

__all__ = ["FAINT", "REACHES", "SMALLEST", "Ground", "Likely", "cleaned", "likely", "reach_of", "worth"]

FAINT = 3.0
"""Unit of L*a*b* by which neighbors differ more than where there is an edge."""

REACHES = np.geomspace(0.03, 60.0, 24)
"""Those that are looked at."""

SMALLEST = 60
"""Cells of an outline that is found by itself."""

_BRIDGED = 2  # cells: gaps in what is within reach, as of a crack, are bridged up to twice that width
_FRAME = _BRIDGED + 1  # cells around a mask, so that none gets to its border
_OPENED = 0.5, 0.18  # cells, and share of the radius: necks thinner than twice that are cut
_HOLE = 0.25  # share of an outline from which on a hole is not filled
_FAR = 5  # cells from an outline to beyond the ring around it
_INNER = (slice(_FAR, -_FAR),) * 2  # of what has so many cells around it
_SAME = 1.02  # growth of what is within reach up to which the outline is taken to be the same

_ALONG = 1.0  # what counts for a reach: running along edges,
_APART = 0.4  # cells beside it that look like the surroundings,
_OTHER = 1.3  # and a ring around it that looks other than its inside
_RAGGED = 1.5  # what counts against it: a rim longer than that of a disc, whose raggedness is
_ROUND = 0.8  # here; less has only what the window cuts,
_GROWING = 1.0  # growth,
_LEAVING = 1.2  # and touching the border of the photograph

Mask = NDArray[np.bool_]
Cells = NDArray[np.float32]
Ends = tuple[bool, ...]


@dataclass(frozen=True, eq=False)
class Ground:
    """What lies in the window around a click.

    Attributes
    ----------
    edges : ndarray of float32, (n_rows, n_columns)
        By how much color changes from one cell to the next.
    look : ndarray of float32, (n_rows, n_columns, n)
        What every cell looks like.
    seeds, near : ndarray of bool
        Where the click is, and what lies around it and has its look.
    ends : tuple of bool
        Which ends of the window (top, base, left, right) lie inside of the photograph.
    is_edge : ndarray of bool
        Where edges are more than faint.
    """

    edges: Cells
    look: Cells
    seeds: Mask
    near: Mask
    ends: Ends

    @cached_property
    def is_edge(self) -> Mask:  # noqa: D102 - told above
        return self.edges > FAINT


class Likely(NamedTuple):
    """The likeliest reach, what counts for it, and the cells within."""

    reach: float
    worth: float
    mask: Mask


def likely(cost: Cells, ground: Ground, unlike: Cells) -> Likely:
    """Return the reach whose outline runs along edges, parts what looks different, and hardly grows.

    Parameters
    ----------
    cost : ndarray of float32, (n_rows, n_columns)
        Of the cheapest way to every cell.
    ground : Ground
    unlike : ndarray of float32
        By how much every cell looks more like something else than like the clast.
    """
    means = _means(ground, unlike)
    masks: list[Mask] = []
    worths: list[float] = []
    reaches: list[float] = []  # where each mask was found
    of_last = 0
    for reach in REACHES:
        count = int(np.count_nonzero(cost <= reach))
        if masks and count <= _SAME * of_last:
            masks.append(masks[-1])
            worths.append(worths[-1])
            reaches.append(reaches[-1])
            continue
        of_last = count
        is_small = count < SMALLEST / 2  # whatever is cut from it, or filled
        mask = (cost <= reach) | ground.seeds if is_small else cleaned(cost, ground.seeds, reach)
        masks.append(mask)
        reaches.append(float(reach))
        worths.append(_worth(mask, ground, means) if np.count_nonzero(mask) >= SMALLEST else -1e6)
        if _meets(mask, ground.ends):
            worths[-1] -= 1e3  # it runs out of the window
            break
    sizes = [np.count_nonzero(mask) for mask in masks]
    growth = np.gradient(np.log(sizes)) if len(sizes) > 1 else np.zeros(1)
    totals = np.array(worths) - _GROWING * growth
    best = int(np.argmax(totals))
    return Likely(reaches[best], float(totals[best]), masks[best])


def worth(mask: Mask, ground: Ground, unlike: Cells) -> float:
    """Return how much an outline looks like that of a clast; `unlike` as in `likely`."""
    return _worth(mask, ground, _means(ground, unlike))


def reach_of(cost: Cells, n_cells: int) -> float:
    """Return the reach that holds so many cells, before it is cleaned."""
    place = min(max(n_cells, 1), cost.size) - 1
    return float(np.partition(cost.ravel(), place)[place])


def cleaned(cost: Cells, seeds: Mask, reach: float) -> Mask:
    """Return what is within reach: cracks bridged, necks and what hangs on them cut, holes filled."""
    inside = np.zeros(cost.shape, bool)
    near = cost <= reach
    near |= seeds
    part = around(near, 0)
    whole, start = framed(near[part], _FRAME), framed(seeds[part], _FRAME)
    whole = ~grown(~grown(whole, _BRIDGED), _BRIDGED)
    radius = _OPENED[0] + _OPENED[1] * np.sqrt(np.count_nonzero(whole) / np.pi)
    core = connected(~within(~whole, radius), np.flatnonzero(start))
    if core.any():
        whole = within(core, radius) | start
    inside[part] = filled(whole, _HOLE)[_FRAME:-_FRAME, _FRAME:-_FRAME]
    return inside


def _means(ground: Ground, unlike: Cells) -> Means:
    """Return means of what cells look like, and, as the last, of how unlike the clast they are."""
    return Means(np.concatenate([ground.look, unlike[..., None]], axis=-1))


def _worth(mask: Mask, ground: Ground, means: Means) -> float:
    part = around(mask, _FAR)
    here = framed(mask[part], _FAR)
    valid = framed(np.ones_like(mask[part]), _FAR)
    beside = grown(here)
    near = grown(beside)
    rim = (beside & grown(valid & ~here))[_INNER]
    ring = grown(near, 2) & ~beside & valid
    n_rim = np.count_nonzero(rim)
    along = np.count_nonzero(rim & ground.is_edge[part]) / n_rim if n_rim else 0.0
    apart, other = 0.01, 0.0
    if ring.any():
        inside = means.of(here, part, _FAR)
        other = float(np.linalg.norm(means.of(ring, part, _FAR)[:-1] - inside[:-1]))
        apart = max(float(means.of(near & ~here & valid, part, _FAR)[-1] - inside[-1]), apart)
    ragged = (n_rim / 2) ** 2 / (4 * np.pi * np.count_nonzero(here))
    return float(
        _ALONG * np.log(along + 0.1)
        + _APART * np.log(apart + 0.3)
        + _OTHER * np.log(other + 0.1)
        - _RAGGED * np.log(max(ragged, _ROUND))
        - _LEAVING * _meets(mask, (True, True, True, True))
    )


def _meets(mask: Mask, ends: Ends) -> bool:
    """Tell whether a mask reaches an end of the window that is not the photograph's."""
    sides = mask[0], mask[-1], mask[:, 0], mask[:, -1]
    return any(side.any() for side, end in zip(sides, ends, strict=True) if end)
