"""Whether polygons lie where the image is, or were drawn in another unit or on a picture of another size."""

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["area", "check_places"]

_MOST = 0.5  # of an area outside of the image
_SMALL = 0.6  # of the sides of an image that polygons on a smaller copy of it do not pass
_ALIKE = 0.1  # by which the scales along both sides may differ
_FEW = 3  # polygons that say nothing about the size of a picture
_LEAST = 1.05  # of a scale

Rings = Sequence[NDArray[np.float64]]


def area(rings: Rings) -> float:
    """Return the area within the first ring but outside of the others, in pixels."""
    sizes = [_ring_area(ring) for ring in rings]
    return max(sizes[0] - sum(sizes[1:]), 0.0)


def _ring_area(ring: NDArray[np.float64]) -> float:
    rows, columns = (ring - ring[:1]).T
    return abs(float(rows @ np.roll(columns, -1) - columns @ np.roll(rows, -1))) / 2


def check_places(
    polygons: Sequence[Rings], n_pixels: Sequence[int], size: tuple[int, int], source: str, *, is_ours: bool
) -> None:
    """Raise where polygons label no pixel of an image, and warn where some do not, or look out of scale.

    Parameters
    ----------
    polygons : sequence of sequence of ndarray, (n_corners, 2)
        Rings of each, rows and columns.
    n_pixels : sequence of int
        Pixels that each labels.
    size : tuple of int
        Rows and columns of the image.
    source : str
        What warnings begin with, such as the file's name and a colon.
    is_ours : bool
        Whether the size of the image is told by the polygons' own file.
    """
    if not polygons:
        return
    outside = [
        rings for rings, n in zip(polygons, n_pixels, strict=True) if not n and _misses(rings[0], size)
    ]
    tiny = sum(not n for n in n_pixels) - len(outside)
    partly = [
        rings for rings, n in zip(polygons, n_pixels, strict=True) if n and n < (1 - _MOST) * area(rings) - 1
    ]
    if not any(n_pixels):
        told = (
            f"All {len(polygons)} polygons lie outside of the image"
            if not tiny
            else (f"None of the {len(polygons)} polygons covers the center of a pixel")
        )
        raise ValueError(f"{told}: {_extent(polygons, size)}; {_remedy(polygons, size)}.")
    for some, what, effect in (
        (outside, "lie outside of the image", "; they label nothing"),
        (partly, "lie mostly outside of the image", ""),
    ):
        if some:
            told = f"{len(some)} of {len(polygons)} polygons {what}: {_extent(some, size)}{effect}"
            _warn(f"{source}{told}: {_remedy(some, size)}.")
    if tiny:
        _warn(f"{source}{tiny} of {len(polygons)} polygons label nothing: they cover the center of no pixel.")
    if not is_ours and not outside and not partly:
        _check_scale(polygons, size, source)


def _warn(text: str) -> None:
    warnings.warn(text, stacklevel=6)


def _misses(ring: NDArray[np.float64], size: tuple[int, int]) -> bool:
    """Return whether a ring and an image have no pixel in common, by the box around the ring."""
    low, high = ring.min(axis=0), ring.max(axis=0)
    return bool((high < -0.5).any() or (low > np.subtract(size, 0.5)).any())


def _corners(polygons: Sequence[Rings]) -> NDArray[np.float64]:
    """Return x and y of all outer corners, (2, n)."""
    return np.concatenate([rings[0] for rings in polygons]).T[::-1] + 0.5


def _extent(polygons: Sequence[Rings], size: tuple[int, int]) -> str:
    x, y = _corners(polygons)
    return (
        f"x goes from {x.min():g} to {x.max():g} and y from {y.min():g} to {y.max():g}, but the image has "
        f"{size[1]} columns and {size[0]} rows"
    )


def _remedy(polygons: Sequence[Rings], size: tuple[int, int]) -> str:
    """Say what to do about polygons that are elsewhere, and what they look like."""
    x, y = _corners(polygons)
    remedy = "export them in pixels of this photograph, with y downwards"
    if max(abs(x).max(), 2 * abs(y).max()) <= 180 and (x % 1).any() and max(np.ptp(x), np.ptp(y)) < 1:
        return f"{remedy} (these look like degrees of longitude and latitude)"
    if y.max() <= 0 < -y.min() <= 2 * size[0]:
        return f"{remedy} (these look like y upwards)"
    scale = max(x.max() / size[1], y.max() / size[0])
    if scale > _LEAST:
        return (
            f"{remedy} (these look like another scale, {scale:.3g} times that of the image or more: "
            "micrometres, or a larger copy of the picture)"
        )
    return remedy


def _check_scale(polygons: Sequence[Rings], size: tuple[int, int], source: str) -> None:
    """Warn where polygons end at the same share of both sides, as those on a smaller copy do."""
    x, y = _corners(polygons)
    along, down = x.max() / size[1], y.max() / size[0]
    if len(polygons) >= _FEW and max(along, down) < _SMALL and abs(along - down) < _ALIKE * max(along, down):
        _warn(
            f"{source}all {len(polygons)} polygons lie in the upper left of the image: x ends at {x.max():g} "
            f"of {size[1]} columns and y at {y.max():g} of {size[0]} rows. If they were drawn on a smaller "
            "copy of the picture, export them in pixels of this photograph."
        )
