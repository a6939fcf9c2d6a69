"""Breaks across the core in a lane: dark lines that reach from one side to the other.

Bedding makes such lines too, but many that are alike: a break is darker than the others near by.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Field = NDArray[np.float32]
Profile = NDArray[np.float64]

_INSET = 0.12  # of a strip's rows, on either side, where shade and edges confuse
_THIN = 1.2  # columns: half of the width of a break
_DARK = 8.0  # grey levels a column squared: a line that is as dark counts in full
_STEEPEST, _N_SLANTS = 0.6, 25  # columns along the lane for one across it
_LEAST = 0.33  # mean over the rows
_ABOVE, _MOST = 0.15, 75  # by so much a break is darker than this percentage of the lines near by
_NEAR = 1.5  # widths of the lane
_FAINTEST = 0.05


def find_breaks(strip: Field, width: float) -> NDArray[np.int64]:
    """Return the columns of breaks in the middle of a strip, from the first to the last.

    Parameters
    ----------
    strip : ndarray of float32, (n_rows, n_columns, 3)
        A lane from side to side, lightness first.
    width : float
        Columns that are as long as the lane is wide.
    """
    dark = _darkness(strip, width)
    ranked = dark + 1e-3 * ndimage.gaussian_filter1d(dark, 2.0)  # of columns that are as dark the middle one
    lines = np.flatnonzero((ranked == ndimage.maximum_filter1d(ranked, 5)) & (dark > _FAINTEST))
    found = []
    for column in lines[dark[lines] > _LEAST]:
        near = lines[(np.abs(lines - column) < _NEAR * width) & (lines != column)]
        if not near.size or dark[column] > np.percentile(dark[near], _MOST) + _ABOVE:
            found.append(column)
    return np.array(found, np.int64)


def _darkness(strip: Field, width: float) -> Profile:
    """Return how dark the darkest line through each column of the middle is, at any slant."""
    inset = round(_INSET * len(strip))
    inner = strip[inset : len(strip) - inset, :, 0]
    valley = np.clip(ndimage.gaussian_filter1d(inner, _THIN, axis=1, order=2) / _DARK, -1, 1)
    away = (np.arange(len(valley)) - (len(valley) - 1) / 2) * width / len(strip)
    columns, rows = np.arange(valley.shape[1]), np.arange(len(valley))[:, None]
    best = np.full(valley.shape[1], -1.0)
    for slant in np.linspace(-_STEEPEST, _STEEPEST, _N_SLANTS):
        along = columns + np.rint(slant * away).astype(int)[:, None]
        within = (along >= 0) & (along < len(columns))
        seen = np.where(within, valley[rows, along.clip(0, len(columns) - 1)], 0.0)
        best = np.maximum(best, seen.mean(axis=0))
    return best
