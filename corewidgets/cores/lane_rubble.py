"""Rubble in the lanes of a box: fragments with dark gaps between them, along the lane as well as across it.

On a floor as light as the rock, gaps are not dark, and rubble is not told from pieces.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Field = NDArray[np.float32]
Profile = NDArray[np.float64]
Flags = NDArray[np.bool_]

_INSET = 0.12  # of a strip's rows, on either side, where shade and edges confuse
_FINE, _ALONG = 1.0, 2.0  # rows and columns, over which noise and grain are evened
_NEAR = 0.35  # widths of the lane, over which what is seen is averaged
_BRIGHT, _WIDE = 80, 2.0  # percentile of lightness, and widths of the lane, that tell how bright the rock is
_DARK, _GAPS = 0.7, 0.24  # of that lightness: what is darker; and share of such pixels
_ROUGH, _LEAST = 1.4, 1.5  # times rougher than most of the box, and grey levels a row
_SHORTEST = 0.4  # widths of the lane


def find_rubble(strips: Sequence[Field], widths: Sequence[float]) -> list[Flags]:
    """Return for each lane of a box which columns are rubble.

    Parameters
    ----------
    strips : sequence of ndarray of float32, each (n_rows, n_columns, 3)
        Lanes from side to side, lightness first.
    widths : sequence of float
        For each, columns that are as long as it is wide.
    """
    rough = [_roughness(strip, width) for strip, width in zip(strips, widths, strict=True)]
    usual = float(np.percentile(np.concatenate(rough), 60)) if rough else 0.0
    least = max(_LEAST, _ROUGH * usual)
    return [
        _long_runs((profile > least) & (_dark_share(strip, width) > _GAPS), _SHORTEST * width)
        for profile, strip, width in zip(rough, strips, widths, strict=True)
    ]


def _inner(strip: Field) -> Field:
    inset = round(_INSET * len(strip))
    return strip[inset : len(strip) - inset, :, 0]


def _roughness(strip: Field, width: float) -> Profile:
    """Return how fast lightness changes across the lane near each column, in grey levels a row.

    Bedding and breaks, which cross the lane, add little; the shade of a round core is left out.
    """
    even = ndimage.gaussian_filter1d(_inner(strip), _ALONG, axis=1)
    change = ndimage.gaussian_filter1d(even, _FINE, axis=0, order=1)
    change -= np.median(change, axis=1, keepdims=True)
    return _near(np.abs(change).mean(axis=0), width)


def _dark_share(strip: Field, width: float) -> Profile:
    """Return which share of the pixels near each column is much darker than the rock there."""
    inner = _inner(strip)
    bright = ndimage.median_filter(np.percentile(inner, _BRIGHT, axis=0), 2 * round(_WIDE * width) + 1)
    return _near((inner < _DARK * bright).mean(axis=0), width)


def _near(profile: NDArray[np.floating], width: float) -> Profile:
    return np.asarray(ndimage.uniform_filter1d(profile, max(3, round(_NEAR * width))), float)


def _long_runs(flags: Flags, shortest: float) -> Flags:
    """Return flags without runs that are short."""
    ends = np.flatnonzero(np.diff(np.r_[False, flags, False].astype(np.int8))).reshape(-1, 2)
    kept = np.zeros_like(flags)
    for start, stop in ends[np.diff(ends, axis=1)[:, 0] >= shortest]:
        kept[start:stop] = True
    return kept
