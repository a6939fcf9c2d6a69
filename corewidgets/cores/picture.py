"""What a file of a photograph holds, before it is a photograph: read and developed strip by strip."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corewidgets.cores.color_profile import ToSrgb, to_srgb_of
from corewidgets.cores.crop import Crop

__all__ = ["BITS", "Picture", "UnsuitableError", "develop", "srgb_of"]

BITS = range(8, 17)
"""Bits of a 16-bit sample that may be in use."""

STRIP_ROWS = 256
_USUAL_BITS = (8, 10, 12, 14)  # of cameras that write fewer than 16
_ENOUGH_PIXELS = 4096  # to tell from the largest value how many bits are in use
_MOSTLY = 0.5
_LEVELS = 8

Samples = NDArray[Any]


class UnsuitableError(ValueError):
    """The file is whole, but it is not a photograph that can be used."""


@dataclass
class Picture:
    """A photograph as it is stored in its file: not turned upright, and read part by part.

    Attributes
    ----------
    shape : tuple of int
        Rows and columns.
    read : callable
        Takes slices of rows and columns; returns samples, ``(n_rows, n_columns, n_samples)``, of uint8 or
        uint16: `n_colors` of color, and one of transparency if there is one more.
    n_colors : {1, 3, 4}
        Grey, RGB, CMYK.
    wide : bool
        Whether samples have 16 bits.
    said_bits : int, optional
        Bits of a 16-bit sample that are in use, where the file says it.
    orientation : int
        1 to 8, as in TIFF and Exif.
    to_srgb : ToSrgb, optional
        For a color profile.
    notes : list of str
        What to warn of.
    spent : ndarray of uint8, (n_rows, n_columns, 3 or 4), optional
        What `read` reads from, where rows that were read may be written over: the photograph can be made in
        it.
    """

    shape: tuple[int, int]
    read: Callable[[slice, slice], Samples]
    n_colors: int = 3
    has_alpha: bool = False
    wide: bool = False
    said_bits: int | None = None
    orientation: int = 1
    to_srgb: ToSrgb | None = None
    notes: list[str] = field(default_factory=list)
    spent: NDArray[np.uint8] | None = None

    def strips(self, box: Crop) -> Iterator[tuple[slice, Samples]]:
        """Yield strips of a rectangle, each with its rows as seen from the rectangle."""
        columns = slice(box.column_start, box.column_stop)
        first = box.row_start - box.row_start % STRIP_ROWS
        for start in range(first, box.row_stop, STRIP_ROWS):
            rows = slice(max(start, box.row_start), min(start + STRIP_ROWS, box.row_stop))
            yield slice(rows.start - box.row_start, rows.stop - box.row_start), self.read(rows, columns)

    @property
    def everything(self) -> Crop:
        """The rectangle of all pixels."""
        return Crop(0, self.shape[0], 0, self.shape[1])


class _Survey(NamedTuple):
    """What is known of the samples of a whole picture.

    Attributes
    ----------
    peak, alpha_peak : int
        The largest values of color and of the fourth channel.
    alpha_counts : ndarray of int, (256,)
        Pixels by the upper 8 bits of the fourth channel.
    """

    peak: int
    alpha_peak: int
    alpha_counts: NDArray[np.int64]


def develop(picture: Picture, crop: Crop, path: Path, bits: int | None = None) -> NDArray[np.uint8]:
    """Return a rectangle of a picture, in the pixels of its file, as 8-bit RGB on white.

    How samples are to be understood is found out from all of the picture, so that a part of it comes out as
    in the whole.

    Parameters
    ----------
    picture : Picture
        What speaks against it is added to its notes.
    crop : Crop
    path : Path
        Named in messages.
    bits : int, optional
        How many bits of a 16-bit sample are in use, where it is known.
    """
    needed = picture.has_alpha or (picture.wide and picture.said_bits != 16)
    survey = _survey(picture) if needed else _Survey(0, 0, np.zeros(256, np.int64))
    used = _used_bits(picture, survey, path, bits)
    alpha_bits = used if survey.alpha_peak < 2**used else 16
    opaque = picture.has_alpha and not _is_alpha(survey, alpha_bits if picture.wide else 8)
    if opaque:
        share = _share_between(survey, alpha_bits if picture.wide else 8)
        picture.notes.append(
            f"'{path}' has an extra channel that is not transparency ({share:.0%} of its pixels "
            "are neither transparent nor opaque), such as infrared; it is ignored."
        )
    image = _room(picture, crop)
    n_clear = 0
    for rows, samples in picture.strips(crop):
        colors, alpha = samples[..., : picture.n_colors], samples[..., picture.n_colors :]
        colors = _table(used)[colors] if picture.wide else colors
        image[rows] = colors if picture.to_srgb is None else picture.to_srgb(colors)
        if picture.has_alpha and not opaque:
            n_clear += _lay_over_white(image[rows], _table(alpha_bits)[alpha] if picture.wide else alpha)
    if n_clear:
        picture.notes.append(f"'{path}' has {n_clear:,} transparent pixels; they are drawn over white.")
    return image


def _room(picture: Picture, crop: Crop) -> NDArray[np.uint8]:
    """Return where a rectangle of a picture is made."""
    if picture.spent is not None and crop == picture.everything:
        return picture.spent[..., :3]
    return np.empty((crop.row_stop - crop.row_start, crop.column_stop - crop.column_start, 3), np.uint8)


def _survey(picture: Picture) -> _Survey:
    """Look at all samples; without a fourth channel, until it is clear that all 16 bits are in use."""
    peak, alpha_peak, counts = 0, 0, np.zeros(256, np.int64)
    for _, samples in picture.strips(picture.everything):
        if picture.wide:
            peak = max(peak, int(samples[..., : picture.n_colors].max(initial=0)))
        if picture.has_alpha:
            alpha = samples[..., -1].ravel()
            alpha_peak = max(alpha_peak, int(alpha.max(initial=0)))
            counts += np.bincount(alpha >> 8 if picture.wide else alpha, minlength=256)
        elif peak >= 2 ** _USUAL_BITS[-1]:
            break
    return _Survey(peak, alpha_peak, counts)


def _used_bits(picture: Picture, survey: _Survey, path: Path, bits: int | None) -> int:
    """Return how many bits of a 16-bit sample are in use."""
    said = picture.said_bits
    if not picture.wide or said == 16:
        return 16
    if bits is not None:
        if survey.peak >= 2**bits:
            raise UnsuitableError(
                f"'{path}' holds values up to {survey.peak}, more than {bits} bits can hold; give the number "
                "of bits of the camera, or leave bits out."
            )
        return bits
    if said is not None and survey.peak < 2**said:
        return said
    n_rows, n_columns = picture.shape
    used = next((usual for usual in _USUAL_BITS if survey.peak < 2**usual), 16)
    if used == 16 or survey.peak == 0 or n_rows * n_columns < _ENOUGH_PIXELS:
        return 16
    picture.notes.append(
        f"'{path}' has 16-bit samples, but none above {survey.peak}: they are read as {used} bits, 0 to "
        f"{2**used - 1}. If the camera writes another number of bits, give it: bits=16 (--bits 16)."
    )
    return used


def _share_between(survey: _Survey, bits: int) -> float:
    """Return the share of pixels that are neither clear nor opaque."""
    counts = survey.alpha_counts
    opaque = (2**bits - 1) >> 8 if bits > 8 else 255
    return float(1 - (counts[0] + counts[opaque]) / max(1, counts.sum()))


def _is_alpha(survey: _Survey, bits: int) -> bool:
    """Tell transparency, which is clear or opaque nearly everywhere, from what a camera has measured."""
    n_levels = int(np.count_nonzero(survey.alpha_counts))
    return _share_between(survey, bits) <= _MOSTLY or n_levels <= _LEVELS


@lru_cache(maxsize=4)
def _table(bits: int) -> NDArray[np.uint8]:
    """Return 8-bit values for all values of 16 bits of which fewer are in use."""
    highest = 2**bits - 1
    values = (np.arange(65536) * 510 + highest) // (2 * highest)
    return values.clip(0, 255).astype(np.uint8)


def _lay_over_white(image: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> int:
    """Blend pixels with white in place, and return how many are transparent."""
    changed = alpha[..., 0] < 255
    if changed.any():
        opacity = alpha[changed].astype(np.uint16)
        image[changed] = (image[changed] * opacity + 255 * (255 - opacity) + 127) // 255
    return int(np.count_nonzero(changed))


def srgb_of(profile: bytes | None, n_colors: int, path: Path, notes: list[str]) -> ToSrgb | None:
    """Return what brings samples to sRGB; None where they are, or where the profile cannot be used."""
    if not profile:
        return None
    try:
        convert = to_srgb_of(profile)
        n_needed = {"L": 1, "RGB": 3, "CMYK": 4}[convert.mode] if convert else n_colors
        if n_needed != n_colors and (n_colors, n_needed) != (1, 3):
            raise ValueError(f"it is for {n_needed} values per pixel, but there are {n_colors}")
    except ValueError as error:
        notes.append(
            f"The color profile in '{path}' cannot be used ({error}); its values are taken as sRGB. Save it "
            "again as sRGB if its colors matter."
        )
        return None
    return convert
