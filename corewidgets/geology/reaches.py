"""The reach whose outline is most likely that of a clast, and what is within: arrays of cells only."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from corewidgets.geology.distances import around, framed, squared_depth

__all__ = ["FAINT", "REACHES", "SMALLEST", "Ground", "Likely", "cleaned", "likely", "reach_of", "worth"]

FAINT = 3.0
"""Unit of L*a*b* by which neighbors differ more than where there is an edge."""

REACHES = np.geomspace(0.03, 60.0, 24)
"""Those that are looked at."""

SMALLEST = 60
"""Cells of an outline that is found by itself."""

_BRIDGED = 2  # cells: gaps in what is within reach, as of a crack, are bridged up to twice that width
_OPENED = 0.5, 0.18  # cells, and share of the radius: necks thinner than twice that are cut
_HOLE = 0.25  # share of an outline from which on a hole is not filled
_FAR = 5  # cells from an outline to beyond the ring around it
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


class Ground(NamedTuple):
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
    """

    edges: Cells
    look: Cells
    seeds: Mask
    near: Mask
    ends: Ends


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
    masks: list[Mask] = []
    worths: list[float] = []
    reaches: list[float] = []  # where each mask was found
    counts = np.searchsorted(np.sort(cost, axis=None), REACHES, side="right")
    of_last = 0
    for reach, count in zip(REACHES, counts, strict=True):
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
        worths.append(worth(mask, ground, unlike) if np.count_nonzero(mask) >= SMALLEST else -1e6)
        if _meets(mask, ground.ends):
            worths[-1] -= 1e3  # it runs out of the window
            break
    sizes = [np.count_nonzero(mask) for mask in masks]
    growth = np.gradient(np.log(sizes)) if len(sizes) > 1 else np.zeros(1)
    totals = np.array(worths) - _GROWING * growth
    best = int(np.argmax(totals))
    return Likely(reaches[best], float(totals[best]), masks[best])


def worth(mask: Mask, ground: Ground, unlike: Cells) -> float:
    """Return how much an outline looks like that of a clast."""
    at_border = any(side.any() for side in (mask[0], mask[-1], mask[:, 0], mask[:, -1]))
    part = around(mask, _FAR)
    mask, unlike, look = mask[part], unlike[part], ground.look[part]
    beside = _grown(mask)
    rim = beside & _grown(~mask)
    near = _grown(beside)
    ring = _grown(_grown(near)) & ~beside
    along = (ground.edges[part][rim] > FAINT).mean() if rim.any() else 0.0
    outside = near & ~mask
    apart = max(unlike[outside].mean() - unlike[mask].mean(), 0.01) if outside.any() else 0.01
    other = np.linalg.norm(_mean(look, ring) - _mean(look, mask)) if ring.any() else 0.0
    ragged = (np.count_nonzero(rim) / 2) ** 2 / (4 * np.pi * np.count_nonzero(mask))
    return float(
        _ALONG * np.log(along + 0.1)
        + _APART * np.log(apart + 0.3)
        + _OTHER * np.log(other + 0.1)
        - _RAGGED * np.log(max(ragged, _ROUND))
        - _LEAVING * at_border
    )


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
    whole, start = framed(_bridged(near[part])), framed(seeds[part])
    radius = _OPENED[0] + _OPENED[1] * np.sqrt(np.count_nonzero(whole) / np.pi)
    core = squared_depth(whole) > radius**2
    numbered, n_cores = ndimage.label(core)
    kept = np.zeros(n_cores + 1, bool)
    kept[numbered[start & core]] = True
    if kept.any():
        whole = (squared_depth(~kept[numbered]) <= radius**2) | start
    inside[part] = _filled(whole)[1:-1, 1:-1]
    return inside


def _mean(look: Cells, where: Mask) -> NDArray[np.float32]:
    cells = look.reshape(-1, look.shape[-1])
    return np.asarray(where.ravel().astype(np.float32) @ cells / np.count_nonzero(where), np.float32)


def _grown(mask: Mask) -> Mask:
    """Return a mask and the cells beside it."""
    grown = mask.copy()
    grown[1:] |= mask[:-1]
    grown[:-1] |= mask[1:]
    grown[:, 1:] |= mask[:, :-1]
    grown[:, :-1] |= mask[:, 1:]
    return grown


def _bridged(mask: Mask) -> Mask:
    """Return a mask and what is narrow between its parts."""
    margin = _BRIDGED + 1
    bridged = np.pad(mask, margin)
    for _ in range(_BRIDGED):
        bridged = _grown(bridged)
    for _ in range(_BRIDGED):
        bridged = ~_grown(~bridged)
    return bridged[margin:-margin, margin:-margin]


def _filled(mask: Mask) -> Mask:
    """Return a mask, False along its border, without holes but large ones: these are clasts in groundmass."""
    numbered, _ = ndimage.label(~mask)
    stays = np.bincount(numbered.ravel()) > _HOLE * np.count_nonzero(mask)
    stays[0] = False  # what is inside
    stays[numbered[0, 0]] = True
    return np.asarray(~stays[numbered])


def _meets(mask: Mask, ends: Ends) -> bool:
    """Tell whether a mask reaches an end of the window that is not the photograph's."""
    sides = mask[0], mask[-1], mask[:, 0], mask[:, -1]
    return any(side.any() for side, end in zip(sides, ends, strict=True) if end)
