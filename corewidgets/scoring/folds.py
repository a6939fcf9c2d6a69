"""Which labelled pixels are held out of training: photographs, regions, stretches of depth, or any pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corewidgets.labels.arrays import check_labels, regions

__all__ = [
    "LabeledPixels",
    "checked_count",
    "checked_share",
    "cut_depth",
    "deal_photographs",
    "deal_regions",
    "depth_folds",
    "held_out_with_others",
    "random_share",
    "random_split",
    "region_folds",
]

Integers: TypeAlias = NDArray[np.int64]

NEVER_HELD_OUT = -1


class LabeledPixels(NamedTuple):
    """Every labelled pixel of one or several sections, as flat arrays of equal length."""

    sections: Integers
    rows: Integers
    columns: Integers
    codes: Integers
    regions: Integers  # numbered from 0 through all sections

    @classmethod
    def of(cls, labels: Sequence[NDArray[np.uint8]]) -> LabeledPixels:
        """Gather the labelled pixels of `labels`, one array per section."""
        parts = []
        n_regions = 0
        for index, array in enumerate(labels):
            rows, columns = np.nonzero(array)
            numbers = regions(array)[rows, columns].astype(np.int64) + (n_regions - 1)
            parts.append((np.full(rows.size, index), rows, columns, array[rows, columns], numbers))
            n_regions = int(numbers.max(initial=n_regions - 1)) + 1
        return cls(*(np.concatenate(column).astype(np.int64) for column in zip(*parts, strict=True)))

    def take(self, chosen: NDArray[np.bool_]) -> LabeledPixels:
        """Return the pixels where `chosen` is true."""
        return LabeledPixels(*(values[chosen] for values in self))


def _pixels_of_one(labels: ArrayLike) -> tuple[NDArray[np.uint8], LabeledPixels]:
    """Check one array of labels and gather its labelled pixels."""
    array = check_labels(labels)
    return array, LabeledPixels.of([array])


def _classes_with_several(codes: Integers, groups: Integers) -> Integers:
    """Return the codes that occur in two groups or more."""
    first = int(groups.min(initial=0))
    seen = np.zeros((int(codes.max(initial=0)) + 1, int(groups.max(initial=0)) - first + 1), bool)
    seen[codes, groups - first] = True
    return np.flatnonzero(seen.sum(axis=1) > 1)


def random_split(labels: ArrayLike, share: float = 0.05, random_state: int | None = 0) -> NDArray[np.bool_]:
    """Hold out a random share of the labelled pixels of each class, as the published protocol does.

    Parameters
    ----------
    labels : array of shape (n_rows, n_columns)
        Codes; 0 = unlabelled.
    share : float
        The part of each class's pixels to hold out, between 0 and 1.  A class with two pixels or more gets at
        least one held out and at least one to train on; a class with a single pixel is never held out.
    random_state : int or None
        The same number gives the same pixels.

    Returns
    -------
    bool array of shape (n_rows, n_columns)
        True where a pixel is held out.

    Raises
    ------
    ValueError
        If `share` is not between 0 and 1.

    Examples
    --------
    >>> labels = np.repeat([[1, 2]], 100, axis=0)
    >>> random_split(labels, share=0.05).sum(axis=0)
    array([5, 5])
    """
    array, pixels = _pixels_of_one(labels)
    held_out = np.zeros(array.shape, dtype=bool)
    held_out[pixels.rows, pixels.columns] = random_share(pixels, checked_share(share), random_state) >= 0
    return held_out


def region_folds(labels: ArrayLike, n_splits: int = 5, random_state: int | None = 0) -> NDArray[np.int16]:
    """Deal whole regions to folds, so that no held-out pixel adjoins a training pixel of its class.

    The regions of each class are dealt out large before small (in random order where sizes are within a
    factor of two), each to the fold that has the fewest pixels of that class.  So every fold gets about the
    same share of a class, and the regions of a class never lie all in one fold: while one is scored, another
    is trained on.

    Parameters
    ----------
    labels : array of shape (n_rows, n_columns)
        Codes; 0 = unlabelled.
    n_splits : int
        The number of folds, 2 or more.
    random_state : int or None
        The same number gives the same folds.

    Returns
    -------
    int16 array of shape (n_rows, n_columns)
        The fold in which a pixel is held out, from 0; -1 where a pixel is unlabelled or its class has a
        single region, which no fold can score.

    Raises
    ------
    ValueError
        If `n_splits` is below 2.
    """
    array, pixels = _pixels_of_one(labels)
    folds = deal_regions(pixels, checked_count(n_splits, "n_splits"), random_state)
    return _on_grid(array.shape, pixels, folds)


def depth_folds(labels: ArrayLike, n_blocks: int = 5) -> NDArray[np.int16]:
    """Cut a section into contiguous blocks of depth, with about equally many labelled pixels each.

    A region that one cut runs through stays whole and goes to the block that holds more of it, so that no
    half of a clast is trained on while the other is scored.  Only a region that reaches through three blocks
    or more (liner, matrix) is divided.

    Parameters
    ----------
    labels : array of shape (n_rows, n_columns)
        Codes; 0 = unlabelled.
    n_blocks : int
        The number of blocks, 2 or more.

    Returns
    -------
    int16 array of shape (n_rows, n_columns)
        The block in which a pixel is held out, from 0 at the top; -1 where a pixel is unlabelled or its class
        lies in a single block, which cannot be scored.

    Raises
    ------
    ValueError
        If `n_blocks` is below 2.

    Notes
    -----
    Neighbors are not independent, so spatial data are validated by block: Roberts et al. (2017),
    Cross-validation strategies for data with temporal, spatial, hierarchical, or phylogenetic structure,
    Ecography 40, 913-929.
    """
    array, pixels = _pixels_of_one(labels)
    folds = cut_depth(pixels, pixels.rows, checked_count(n_blocks, "n_blocks"))
    return _on_grid(array.shape, pixels, folds)


def _on_grid(shape: tuple[int, ...], pixels: LabeledPixels, folds: Integers) -> NDArray[np.int16]:
    """Spread the folds of pixels over an array, -1 elsewhere."""
    grid = np.full(shape, NEVER_HELD_OUT, dtype=np.int16)
    grid[pixels.rows, pixels.columns] = folds
    return grid


def checked_share(share: float) -> float:
    """Return `share` if some pixels are held out and some are left."""
    if not 0 < share < 1:
        raise ValueError(f"share is the part of the pixels to hold out, between 0 and 1, but is {share}.")
    return share


def checked_count(count: int, name: str) -> int:
    """Return the number of folds if there are two or more."""
    if count < 2:
        raise ValueError(f"{name} must be 2 or more, one to score and one to train on, but is {count}.")
    return count


def random_share(pixels: LabeledPixels, share: float, random_state: int | None) -> Integers:
    """Return 0 for the pixels that are held out, -1 for the others; see `random_split`."""
    rng = np.random.default_rng(random_state)
    folds = np.full(pixels.codes.size, NEVER_HELD_OUT)
    for code in np.unique(pixels.codes):
        members = np.flatnonzero(pixels.codes == code)
        if members.size > 1:
            n_held_out = min(max(1, round(share * members.size)), members.size - 1)
            folds[rng.choice(members, n_held_out, replace=False)] = 0
    return folds


def deal_regions(pixels: LabeledPixels, n_splits: int, random_state: int | None) -> Integers:
    """Return the fold of each pixel, dealt region by region; see `region_folds`."""
    rng = np.random.default_rng(random_state)
    sizes = np.bincount(pixels.regions)
    code_of_region = np.zeros(sizes.size, dtype=np.int64)
    code_of_region[pixels.regions] = pixels.codes
    fold_of_region = np.full(sizes.size, NEVER_HELD_OUT)
    n_pixels = np.zeros(n_splits)
    for code in rng.permutation(_classes_with_several(pixels.codes, pixels.regions)):
        members = rng.permutation(np.flatnonzero(code_of_region == code))
        n_of_class = np.zeros(n_splits)
        for region in members[np.argsort(-np.floor(np.log2(sizes[members])), kind="stable")]:
            fold = np.lexsort((rng.random(n_splits), n_pixels, n_of_class))[0]
            fold_of_region[region] = fold
            n_of_class[fold] += sizes[region]
            n_pixels[fold] += sizes[region]
    return fold_of_region[pixels.regions]


def cut_depth(pixels: LabeledPixels, depths: Integers, n_blocks: int) -> Integers:
    """Return the block of each pixel, `depths` being rows counted through all sections; see `depth_folds`."""
    if depths.size == 0:
        return depths
    n_in_row = np.bincount(depths)
    share_above = (np.cumsum(n_in_row) - n_in_row / 2) / depths.size
    blocks = np.floor(share_above * n_blocks).astype(np.int64)[depths]
    n_regions = int(pixels.regions.max()) + 1
    n_in_block = np.bincount(pixels.regions * n_blocks + blocks, minlength=n_regions * n_blocks)
    n_in_block = n_in_block.reshape(n_regions, n_blocks)
    stays_whole = np.count_nonzero(n_in_block, axis=1) <= 2
    blocks = np.where(stays_whole[pixels.regions], n_in_block.argmax(axis=1)[pixels.regions], blocks)
    scored = np.isin(pixels.codes, _classes_with_several(pixels.codes, blocks))
    return np.where(scored, blocks, NEVER_HELD_OUT)


def deal_photographs(pixels: LabeledPixels, photographs: Integers, n_splits: int) -> Integers:
    """Deal whole photographs to folds.

    Each photograph, those with the largest shares of a class first, goes to the fold that has the least of
    its classes.  Where `n_splits` folds would put all photographs of a class together, so that nobody could
    score it, there are more folds, at most one a photograph.

    Parameters
    ----------
    pixels : LabeledPixels
    photographs : int array of shape (n_pixels,)
        The number of the photograph that each pixel lies on.
    n_splits : int
        The number of folds.

    Returns
    -------
    int array of shape (n_pixels,)
        The fold in which a pixel is held out, from 0; -1 if without its photograph fewer than two classes
        would be left to train on.
    """
    found, numbers = np.unique(photographs, return_inverse=True)
    codes, columns = np.unique(pixels.codes, return_inverse=True)
    n_pixels = np.zeros((found.size, codes.size))
    np.add.at(n_pixels, (numbers, columns), 1)
    n_photographs = np.count_nonzero(n_pixels, axis=0)
    folds = numbers
    for n_folds in range(min(n_splits, found.size), found.size + 1):
        folds = _even_folds(n_pixels, n_folds)[numbers]
        if np.array_equal(_classes_with_several(pixels.codes, folds), codes[n_photographs > 1]):
            break
    left = {fold: np.unique(pixels.codes[folds != fold]).size for fold in np.unique(folds).tolist()}
    return np.where(np.isin(folds, [fold for fold in left if left[fold] > 1]), folds, NEVER_HELD_OUT)


def _even_folds(n_pixels: NDArray[np.float64], n_folds: int) -> Integers:
    """Return the fold of each photograph, from its number of pixels by class (a row each)."""
    shares = n_pixels / n_pixels.sum(axis=0)
    held = np.zeros((n_folds, shares.shape[1]))
    sizes = np.zeros(n_folds)
    folds = np.zeros(len(shares), dtype=np.int64)
    for photograph in np.argsort(-shares.max(axis=1), kind="stable"):
        classes = shares[photograph] > 0
        fold = np.lexsort((sizes, held[:, classes].sum(axis=1)))[0]
        folds[photograph] = fold
        held[fold] += shares[photograph]
        sizes[fold] += n_pixels[photograph].sum()
    return folds


def held_out_with_others(pixels: LabeledPixels, folds: Integers) -> NDArray[np.bool_]:
    """Return which pixels can be scored: those held out whose class other folds (or none) hold as well."""
    return (folds >= 0) & np.isin(pixels.codes, _classes_with_several(pixels.codes, folds))
