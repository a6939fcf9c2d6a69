"""Bring two photographs of one piece into register, such as one in white and one in ultraviolet light.

What is bright in one may be dark in the other, so it is not brightness that is compared but how fast it
changes: the root of the gradient's magnitude. The shift between two such maps is where their cross-
correlation, computed by Fourier transform and refined to a twentieth of a pixel, is largest (Guizar-
Sicairos, Thurman and Fienup 2008, Efficient subpixel image registration algorithms, Optics Letters 33,
156-158; scikit-image's `phase_cross_correlation`). How far to trust it is found out by doing the same with
thirds of the piece.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.color import rgb2gray
from skimage.registration import phase_cross_correlation

Edges = NDArray[np.float64]

__all__ = ["Shift", "find_shift", "register", "shift_remark"]

_STEPS = 20  # a pixel
_SMOOTHING = 1.0  # pixels; below that there is mostly noise
_N_PARTS = 3
_PART_ROWS = 64
_MOST_DISAGREEMENT = 2.0  # pixels
_LEAST_CORRELATION = 0.1
_SURE, _MATCHES = 0.25, 0.3  # correlations of the whole, and of a part that agrees
_MOST_PIXELS = 2_000_000  # of two whole photographs; larger ones are made smaller
_BETTER = 0.05  # by so much more a part correlates that has a shift of its own
FAR = 20.0  # pixels: a shift that is longer is told of


@dataclass(frozen=True)
class Shift:
    """How far a second photograph must be moved to lie on the first.

    Attributes
    ----------
    rows, columns : float
        Pixels, down and to the right, in steps of a twentieth.
    disagreement : float
        The largest distance, in pixels, between this shift and those of thirds of the piece alone; a third
        with little in it is left out where another one agrees. Above 2 the photographs are turned, stretched,
        or not of the same piece.
    correlation : float
        Between the edges of both, after the shift: 1 for the same photograph, about 0.4 for white and
        ultraviolet light, below 0.1 for two that have nothing in common.
    """

    rows: float
    columns: float
    disagreement: float
    correlation: float

    @property
    def distance(self) -> float:
        """Length in pixels."""
        return math.hypot(self.rows, self.columns)

    @property
    def reliable(self) -> bool:
        """Whether the photographs are of the same piece, and a shift is all that lies between them."""
        return self.disagreement <= _MOST_DISAGREEMENT and self.correlation >= _LEAST_CORRELATION

    def apply(self, second: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Move a photograph.

        Parameters
        ----------
        second : array of shape (n_rows, n_columns, 3), uint8

        Returns
        -------
        array of shape (n_rows, n_columns, 3), uint8
            Interpolated linearly between pixels. Where nothing is known, the border is repeated.
        """
        moved = [
            ndimage.shift(
                second[..., channel].astype(np.float32), (self.rows, self.columns), order=1, mode="nearest"
            )
            for channel in range(second.shape[2])
        ]
        return np.rint(np.stack(moved, axis=-1)).astype(np.uint8)


def register(image: NDArray[np.uint8], second: NDArray[np.uint8], *, max_distance: float = FAR) -> Shift:
    """Measure how far a second photograph of the same piece must be moved to lie on the first.

    Parameters
    ----------
    image, second : array of shape (n_rows, n_columns, 3), uint8
        Photographs of equal size, of the same piece.
    max_distance : float
        Shifts that are longer, in pixels, are warned of.

    Returns
    -------
    Shift

    Raises
    ------
    ValueError
        The photographs differ in size.

    Warns
    -----
    UserWarning
        The shift is not reliable, or longer than `max_distance`.

    Examples
    --------
    >>> import corewidgets as cw
    >>> image = cw.sample_core(256, 128).section.image
    >>> second = np.roll(255 - image, (3, -2), axis=(0, 1))
    >>> shift = register(image, second)
    >>> shift.rows, shift.columns, shift.reliable
    (-3.0, 2.0, True)
    """
    shift = find_shift(image, second)
    if remark := shift_remark(shift, max_distance):
        warnings.warn(remark, UserWarning, stacklevel=2)
    return shift


def find_shift(image: NDArray[np.uint8], second: NDArray[np.uint8]) -> Shift:
    """Measure what `register` does, and warn of nothing."""
    if image.shape != second.shape:
        raise ValueError(
            f"The second photograph has shape {second.shape}, but the first {image.shape}; crop and scale "
            "both in the same way."
        )
    first_edges, second_edges = _edges(image), _edges(second)
    rows, columns = _shift_between(first_edges, second_edges)
    n_parts = min(_N_PARTS, max(1, len(image) // _PART_ROWS))
    parts = zip(np.array_split(first_edges, n_parts), np.array_split(second_edges, n_parts), strict=True)
    whole = np.array([rows, columns])
    correlation = _correlation_after(whole, first_edges, second_edges)
    found = [_found_alone(*part, whole) for part in parts]
    return Shift(float(rows), float(columns), _disagreement(found, correlation), correlation)


def shift_of_whole(image: NDArray[np.uint8], second: NDArray[np.uint8]) -> Shift:
    """Measure what `find_shift` does, on two large photographs of a box that are made smaller for it."""
    step = max(1, math.ceil(math.sqrt(image.shape[0] * image.shape[1] / _MOST_PIXELS)))
    small = find_shift(*(_smaller(each, step) for each in (image, second)))
    return Shift(small.rows * step, small.columns * step, small.disagreement * step, small.correlation)


class _Part(NamedTuple):
    """What a part of the piece alone tells of the shift of the whole."""

    off: float  # its own shift, in pixels
    own: float  # correlation after its own shift
    there: float  # and after that of the whole


def _found_alone(first: Edges, second: Edges, whole: Edges) -> _Part:
    own = _shift_between(first, second)
    return _Part(
        float(np.hypot(*(own - whole))),
        _correlation_after(own, first, second),
        _correlation_after(whole, first, second),
    )


def _disagreement(parts: Sequence[_Part], correlation: float) -> float:
    """Return how far parts lie off.

    The shift of a part with little in it, such as an empty lane, is chance. Where the whole matches well, and
    a part with much in it agrees, only parts count that match better by their own shift.
    """
    agrees = any(part.off <= _MOST_DISAGREEMENT and part.own >= _MATCHES for part in parts)
    sure = agrees and correlation >= _SURE
    return max((part.off for part in parts if not sure or part.own > part.there + _BETTER), default=0.0)


def _smaller(image: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    """Return the means of squares of some pixels along a side; what is left over at the ends is cut off."""
    n_rows, n_columns = (size // step for size in image.shape[:2])
    blocks = image[: n_rows * step, : n_columns * step].reshape(n_rows, step, n_columns, step, 3)
    return blocks.mean(axis=(1, 3)).round().astype(np.uint8)


def _edges(image: NDArray[np.uint8]) -> Edges:
    """Return the root of the gradient's magnitude, less its mean, fading out towards the border."""
    smooth = ndimage.gaussian_filter(rgb2gray(image), _SMOOTHING)
    edges = np.sqrt(np.hypot(ndimage.sobel(smooth, axis=0), ndimage.sobel(smooth, axis=1)))
    return np.asarray(edges - edges.mean())


def _faded(edges: Edges) -> Edges:
    """Return edges that fade out at the border: a Fourier transform takes opposite borders as neighbors."""
    down, across = (np.hanning(size + 2)[1:-1] ** 0.25 for size in edges.shape)
    return edges * down[:, None] * across


def _shift_between(first: Edges, second: Edges) -> Edges:
    """Return rows and columns by which to move the second; (0, 0) where one of both is even."""
    if not (first.any() and second.any()):
        return np.zeros(2)
    find: Any = phase_cross_correlation  # has no types
    shift, _, _ = find(_faded(first), _faded(second), upsample_factor=_STEPS, normalization=None)
    return np.asarray(shift, np.float64)


def _correlation_after(shift: Edges, first: Edges, second: Edges) -> float:
    """Return the correlation coefficient of two maps once the second is moved, 0 where one is even."""
    moved = ndimage.shift(second, shift, order=1)
    spread = first.std() * moved.std()
    return float(np.mean((first - first.mean()) * (moved - moved.mean())) / spread) if spread else 0.0


def shift_remark(shift: Shift, max_distance: float = FAR) -> str:
    """Say what speaks against a shift, and what to do; nothing where all is well."""
    if not shift.reliable:
        return (
            "The second photograph does not match the first by a shift alone (parts of it disagree by "
            f"{shift.disagreement:.1f} pixels, correlation {shift.correlation:.2f}); check that both show "
            "the same piece, the same way up and at the same scale."
        )
    if shift.distance > max_distance:
        return (
            f"The second photograph lies {shift.distance:.1f} pixels off the first, more than "
            f"{max_distance:g}; compare both, and correct its crop."
        )
    return ""


def whole_remark(shift: Shift, whole: Shift) -> str:
    """Say that a piece is moved like the whole photographs, since its own shift is not reliable."""
    return (
        "The piece alone does not tell how its second photograph lies "
        f"(correlation {shift.correlation:.2f}). It is moved like the whole photographs, by "
        f"{whole.distance:.1f} pixels; check that both show the same piece."
    )
