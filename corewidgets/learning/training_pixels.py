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
    if n_most is None:
        return [(part.rows, part.columns) for part in listed(all_labels)]
    place, region, code = _region_of_pixels(listed(all_labels))
    order = np.lexsort((_ranks(place, rng), region))
    names, starts, sizes = np.unique(region[order], return_index=True, return_counts=True)
    codes = code[order[starts]]
    classes = np.unique(codes)
    shares = np.zeros(len(names), int)
    class_shares = even_shares(np.array([sizes[codes == name].sum() for name in classes]), n_most)
    for name, share in zip(classes, class_shares, strict=True):
        shares[codes == name] = even_shares(sizes[codes == name], share)
    kept = np.concatenate([order[start : start + share] for start, share in zip(starts, shares, strict=True)])
    kept = place[:, np.sort(kept)]
    return [(kept[1, kept[0] == number], kept[2, kept[0] == number]) for number in range(len(all_labels))]


def _region_of_pixels(labelled: list[LabelledPixels]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return, a labelled pixel, (photograph, row, column) ``(3, n)``, region ``(n,)``, code ``(n,)``."""
    places, numbers, n_regions = [], [], 0
    for photograph, part in enumerate(labelled):
        places.append(np.stack([np.full(len(part), photograph), part.rows, part.columns]))
        numbers.append(part.regions + n_regions)
        n_regions += part.n_regions
    codes = np.concatenate([part.codes for part in labelled])
    return np.concatenate(places, axis=1), np.concatenate(numbers), codes


def _ranks(place: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return numbers ``(n,)`` uint64, as good as random, that depend on a pixel's place alone.

    The mixing of SplitMix64 (Steele, Lea and Flood 2014, Fast splittable pseudorandom number generators,
    OOPSLA).
    """
    photograph, row, column = place.astype(np.uint64)
    number = (
        (photograph << np.uint64(48)) + (row << np.uint64(24)) + column + rng.integers(2**63, dtype=np.uint64)
    )
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        number = (number ^ (number >> np.uint64(shift))) * np.uint64(factor)
    return np.asarray(number ^ (number >> np.uint64(31)))


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
