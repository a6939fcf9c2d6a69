"""Necks: regions that are several clasts joined where they touch, cut there."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.morphology import local_maxima, reconstruction
from skimage.segmentation import watershed

__all__ = ["separate_clasts"]

THINNEST_NECK = 2.0  # pixels: distances to the edge below that are as good as this

Numbers = NDArray[np.int32]


def separate_clasts(numbered: NDArray[np.integer], neck: float = 0.7) -> Numbers:
    """Cut regions that are several clasts joined by necks.

    Parameters
    ----------
    numbered : ndarray of int, (n_rows, n_columns)
        0 = outside, else the number of a region.
    neck : float
        From 0 to 1. Two parts are cut when the widest passage between them is narrower than this part of
        the width of the narrower one. 1 cuts at every waist.

    Returns
    -------
    ndarray of int32, (n_rows, n_columns)
        The first part of a region keeps its number, others get new ones after the largest.

    Raises
    ------
    ValueError
        `neck` is not between 0 and 1.

    Notes
    -----
    A watershed of the distance to the edge, from its maxima. A maximum counts where it stands above the
    passes to higher ones by the factor 1 / neck, which is a maximum of height log(1 / neck) of the logarithm
    of the distance: so the same shapes are cut at every size. Such maxima are the regional maxima of the
    reconstruction of the lowered distance (P. Soille, Morphological Image Analysis, 2nd edition, Springer
    2003, section 6.3).

    Examples
    --------
    >>> rows, columns = np.mgrid[:50, :90]
    >>> disks = (np.hypot(rows - 25, columns - 25) < 20) | (np.hypot(rows - 25, columns - 62) < 20)
    >>> len(np.unique(separate_clasts(disks.astype(np.int32)))) - 1
    2
    """
    if not 0 < neck <= 1:
        raise ValueError(f"neck must lie between 0 and 1, but it is {neck}.")
    result = np.array(numbered, dtype=np.int32)
    following = int(result.max(initial=0)) + 1
    for number, box in enumerate(ndimage.find_objects(result), start=1):
        if box is None or min(side.stop - side.start for side in box) < 2 * THINNEST_NECK:
            continue
        mask = result[box] == number
        parts = _parts(mask, neck)
        for part in range(2, int(parts.max()) + 1):
            result[box][parts == part] = following
            following += 1
    return result


def _parts(mask: NDArray[np.bool_], neck: float) -> Numbers:
    """Count through the parts of one region."""
    distance = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    if distance.max() * neck <= THINNEST_NECK:
        return mask.astype(np.int32)
    height = np.log(np.maximum(distance, THINNEST_NECK))
    step = max(-math.log(neck), 1e-3)
    lowered = reconstruction(height - step, height)  # type: ignore[no-untyped-call]
    tops = local_maxima(lowered) & mask  # type: ignore[no-untyped-call]
    markers, n_peaks = ndimage.label(tops, np.ones((3, 3)))
    if n_peaks < 2:
        return mask.astype(np.int32)
    return np.asarray(watershed(-distance, markers, mask=mask), np.int32)  # type: ignore[no-untyped-call]
