"""Which labelled pixels to learn from: few, and even over classes and regions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from corewidgets.labels.labelled_pixels import LabelledPixels, listed

Labels = Sequence[np.ndarray | LabelledPixels]
"""Of each photograph: ``(n_rows, n_columns)`` uint8, or the list of what is not 0 in it."""


def draw_training_pixels(
    all_labels: Labels, n_most: int | None, rng: np.random.Generator
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the rows and columns of each photograph's training pixels, even over classes and regions.

    Which pixels of a region are taken depends on where they lie and on `rng` only: a few strokes more change
    how many are taken, and most of those drawn before are drawn again.
    """
    pixels = listed(all_labels)
    if n_most is None:
        return [(part.rows, part.columns) for part in pixels]
    sizes = np.concatenate([part.region_sizes for part in pixels])
    codes = np.concatenate([part.region_codes for part in pixels])
    classes = np.unique(codes)
    shares = np.zeros(len(sizes), int)
    class_shares = even_shares(np.array([sizes[codes == name].sum() for name in classes]), n_most)
    for name, share in zip(classes, class_shares, strict=True):
        shares[codes == name] = even_shares(sizes[codes == name], share)
    shares_of = np.split(shares, np.cumsum([part.n_regions for part in pixels])[:-1])
    salt = rng.integers(2**63, dtype=np.uint64)
    return [_drawn(number, part, shares_of[number], salt) for number, part in enumerate(pixels)]


def _drawn(
    photograph: int, part: LabelledPixels, shares: np.ndarray, salt: np.uint64
) -> tuple[np.ndarray, np.ndarray]:
    """Return rows and columns of so many pixels of each region of a photograph: those of least rank."""
    region = part.regions - 1
    rank = ranks(photograph, part.rows, part.columns, salt)
    enough = (shares + 5 * np.sqrt(shares) + 10) / part.region_sizes  # of the pixels, nearly always
    limits = (np.where(enough < 1, enough, 0.0) * 2.0**64).astype(np.uint64)  # 0: all are looked at
    near = (rank < limits[region]) | (limits[region] == 0)
    short = np.bincount(region[near], minlength=len(shares)) < shares
    near = np.flatnonzero(near | short[region])
    order = near[np.lexsort((rank[near], region[near]))]
    starts = np.searchsorted(region[order], np.arange(len(shares)))
    kept = np.sort(order[np.arange(len(order)) - starts[region[order]] < shares[region[order]]])
    return part.rows[kept], part.columns[kept]


def ranks(photograph: int | np.ndarray, rows: np.ndarray, columns: np.ndarray, salt: np.uint64) -> np.ndarray:
    """Return numbers ``(n,)`` uint64, as good as random, that depend on a pixel's place alone.

    The mixing of SplitMix64 (Steele, Lea and Flood 2014, Fast splittable pseudorandom number generators,
    OOPSLA).
    """
    number = (rows.astype(np.uint64) << np.uint64(24)) + columns.astype(np.uint64)
    number += (np.atleast_1d(np.asarray(photograph, np.uint64)) << np.uint64(48)) + salt
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        number ^= number >> np.uint64(shift)
        number *= np.uint64(factor)
    number ^= number >> np.uint64(31)
    return number


def even_shares(sizes: np.ndarray, total: int) -> np.ndarray:
    """Return how many to take of groups of some sizes: as evenly as these allow, but at least one each."""
    shares = np.zeros(len(sizes), int)
    left = total
    for rank, group in enumerate(np.argsort(sizes, kind="stable")):
        shares[group] = min(sizes[group], max(1, left // (len(sizes) - rank)))
        left -= shares[group]
    return shares


def summarize_training(all_labels: Labels, codes: np.ndarray) -> dict[str, Any]:
    """Return plain numbers that say what was learned from."""
    names, used = np.unique(codes, return_counts=True)
    pixels = listed(all_labels)
    labelled = np.sum([np.bincount(part.codes, minlength=256) for part in pixels], axis=0)
    return {
        "n_sections": len(pixels),
        "n_labelled_pixels": sum(map(len, pixels)),
        "n_training_pixels": len(codes),
        "n_regions": sum(part.n_regions for part in pixels),
        "classes": {
            int(name): {"n_labelled_pixels": int(labelled[name]), "n_training_pixels": int(number)}
            for name, number in zip(names, used, strict=True)
        },
    }
