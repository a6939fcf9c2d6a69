"""What the rows of a straightened photograph of a box tell: lines along the lanes, and how rough rows are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from corewidgets.cores.straightened import N_BLOCKS, block_means, changes, with_texture

Field = NDArray[np.float32]
Profile = NDArray[np.float64]

_N_LINES = 24  # strongest lines, by which it is told how far the box reaches
_AGREES = 0.3  # of a block with a line: above, the line passes through the block
_WALLS = 0.05  # of the length of the lanes, within which walls end
_MARGIN = 0.02  # of the photograph, that must be left beyond
_NARROWEST = 0.15  # of the photograph: what reaches less far is no lane


class LaneRows:
    """Profiles down a straightened photograph.

    Parameters
    ----------
    image : ndarray of float32, (n_rows, n_columns, 3)

    Attributes
    ----------
    columns : tuple of int
        First column of the lanes, and the first after them.
    line : ndarray of float64, (n_rows,)
        0 to 1: how far the blocks of columns agree that something begins or ends at this row.
    short_line : ndarray of float64, (n_rows,)
        The same where it is so for a third of the columns only.
    roughness : ndarray of float64, (n_rows,)
        Logarithm of the change of color along the row, a median: low on dividers, whose grain runs along.
    color : ndarray of float64, (n_rows, 3)
        Median color.
    blocks : ndarray of float32, (n_rows, n_blocks, 3)
        Mean colors of blocks of columns between `columns`.
    textures : ndarray of float32, (n_rows, n_blocks)
        Change of lightness along the row in each block.
    outside : ndarray of float32, (n_rows, 4)
        Median color and texture of what lies left and right of the lanes; NaN where hardly anything does.
    """

    def __init__(self, image: Field) -> None:
        self.n_columns = image.shape[1]
        textured = with_texture(image)
        self.columns = _reach(changes(block_means(textured, N_BLOCKS)[0]), image.shape[1])
        means, _ = block_means(textured, N_BLOCKS, self.columns)
        self.blocks, self.textures = means[..., :3], means[..., 3]
        self.outside = _outside(textured, self.columns)
        change = self._change = changes(means)
        self.line = _length(change.mean(axis=1))
        sums = np.cumsum(np.pad(change, ((0, 0), (1, 0), (0, 0))), axis=1)
        window = max(1, change.shape[1] // 3)
        starts = np.arange(0, change.shape[1] - window + 1, max(1, window // 2))
        windows = (sums[:, starts + window] - sums[:, starts]) / window
        self.short_line = _length(windows).max(axis=1)
        along = np.abs(np.diff(self.blocks, axis=1)).sum(axis=-1)
        fine = np.median(self.textures, axis=1)
        self.roughness = np.log(np.median(along, axis=1) + 2 * fine + 1)
        self.color = np.median(self.blocks, axis=1)

    def __len__(self) -> int:
        return len(self.line)

    def coverage(self, row: float) -> float:
        """Return the share of the blocks that agree with the line at a row."""
        return float(self.agreeing(row).mean())

    def color_between(self, first: float, last: float) -> Profile:
        """Return the median color of rows, without the blur at their ends."""
        inset = min(1.0, 0.2 * (last - first))
        start = int(np.clip(round(first + inset), 0, len(self) - 1))
        stop = int(np.clip(round(last - inset) + 1, start + 1, len(self)))
        return np.asarray(np.median(self.color[start:stop], axis=0))

    def agreeing(self, row: float) -> NDArray[np.bool_]:
        """Return which blocks agree with the line at a row."""
        at = min(max(round(row), 0), len(self) - 1)
        near = self._change[max(0, at - 1) : at + 2].mean(axis=0)
        direction = near.mean(axis=0)
        agreement = near @ (direction / max(float(np.sqrt((direction**2).sum())), 1e-6))
        return np.asarray(agreement > _AGREES)


def peaks(profile: Profile, reach: int = 3) -> NDArray[np.int64]:
    """Return where a profile is largest within its surroundings."""
    largest = ndimage.maximum_filter1d(profile, 2 * reach + 1)
    return np.flatnonzero((profile == largest) & (profile > 0.05))


def _length(vectors: Field) -> Profile:
    return np.asarray(np.sqrt((vectors**2).sum(axis=-1)), np.float64)


def _reach(change: Field, n_columns: int) -> tuple[int, int]:
    """Return the columns between which the strongest lines run: a weighted median over lines."""
    mean = change.mean(axis=1)
    strength = _length(mean)
    lines = peaks(strength)
    lines = lines[np.argsort(-strength[lines])][:_N_LINES]
    if not len(lines):
        return 0, n_columns
    runs = []
    for row in lines:
        near = change[max(0, row - 1) : row + 2].mean(axis=0)
        agreement = near @ (mean[row] / strength[row]) - _AGREES
        runs.append(_best_run(agreement))
    gains, starts, stops = np.array(runs).T
    weights = gains * (stops - starts)
    blocks = [_weighted_median(ends, weights) for ends in (starts, stops)]
    first, last = (int(block * n_columns / change.shape[1]) for block in blocks)
    return (first, last) if last - first > _NARROWEST * n_columns else (0, n_columns)


def _outside(textured: Field, columns: tuple[int, int]) -> Field:
    """Return median color and texture of what lies well beyond the ends of the lanes, for each row."""
    n_columns = textured.shape[1]
    away = _WALLS * (columns[1] - columns[0])
    first, last = round(columns[0] - away), round(columns[1] + away)
    kept = np.r_[0 : max(0, first), min(n_columns, last) : n_columns]
    if len(kept) < _MARGIN * n_columns:
        return np.full((len(textured), 4), np.nan, np.float32)
    middle = np.median(textured[:, kept, :3], axis=1)
    return np.concatenate([middle, textured[:, kept, 3:].mean(axis=1)], axis=1)


def _best_run(values: Field) -> tuple[float, int, int]:
    """Return sum, start and stop of the run of values with the largest sum."""
    best, current, start = (0.0, 0, len(values)), 0.0, 0
    for index, value in enumerate(values):
        if current <= 0:
            current, start = 0.0, index
        current += float(value)
        if current > best[0]:
            best = (current, start, index + 1)
    return best


def _weighted_median(values: Profile, weights: Profile) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][min(np.searchsorted(total, total[-1] / 2), len(values) - 1)])
