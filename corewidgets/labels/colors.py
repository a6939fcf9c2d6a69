"""Codes of pictures that other programs saved: by their colors, where those tell, or by their values.

Picture editors keep the colors of labels, but put the palette in an order of their own, or save no palette at
all; other programs keep the codes and have a palette of their own.
"""

import warnings
from collections.abc import Sequence
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corewidgets.labels.legend import Legend
from corewidgets.labels.palette import PALETTE_OF_0_1, default_colors

__all__ = ["agrees", "codes_of_colors", "codes_of_indexes", "codes_of_mask", "codes_of_pixels"]

Colors = NDArray[np.uint8]  # (n, 4): red, green, blue and how opaque
Codes = NDArray[np.uint8]

_BLACK, _WHITE = (0, 0, 0), (255, 255, 255)
_WHITE_MASK = _OPAQUE = 255


def agrees(palette: Colors, counts: NDArray[np.int64], legend: Legend) -> bool:
    """Return whether the values of an indexed picture are codes, by the colors that a legend gives to them.

    Parameters
    ----------
    palette : ndarray of uint8, (256, 4)
        Color of each value.
    counts : ndarray of int, (256,)
        Pixels of each value.
    legend : Legend
    """
    used = np.flatnonzero(counts)
    if used.max(initial=0) > len(legend):
        return False
    classes = used[used > 0]
    if not np.array_equal(palette[classes, :3], legend.rgb()[classes]):
        return False
    return not (0 in used and palette[0, 3] and tuple(palette[0, :3].tolist()) in _class_colors(legend))


def codes_of_indexes(
    palette: Colors,
    counts: NDArray[np.int64],
    own: Legend | None,
    legend: Legend | None,
    path: Path,
    *,
    is_needed: bool = True,
) -> tuple[Codes, Legend | None]:
    """Return the code of each value of an indexed picture.

    Parameters
    ----------
    palette, counts : ndarray, (256, 4) and (256,)
        Color and pixels of each value.
    own, legend : Legend, optional
        That in the file, and that which its labels shall follow.
    path : Path
        The file, for errors.
    is_needed : bool
        Whether all codes must be in `legend`, also where none of its colors is in the picture.

    Returns
    -------
    table : ndarray of uint8, (256,)
    legend : Legend or None
        That of the codes, where it is known.

    Raises
    ------
    ValueError
        The colors fit the legend in part only, or neither colors nor values fit.
    """
    values = np.arange(256, dtype=np.uint8)
    if own is not None and agrees(palette, counts, own):
        return values, own
    if own is None and _has_no_colors(palette, counts):
        return values, None
    known = [one for one in (own, legend) if one is not None]
    if not known:
        _warn_of_palette(path)
        return values, None
    used = np.flatnonzero(counts)
    for one in known:
        if one is legend and own is None and agrees(palette, counts, one):
            return values, one
        if _all_match(palette[used], one):
            return _table(used, codes_of_colors(palette[used], counts[used], one, path)), one
    lacks = is_needed and used.max(initial=0) > len(known[0])
    if own is not None or lacks or _some_match(palette[used], known[0]):
        return _table(used, codes_of_colors(palette[used], counts[used], known[0], path)), known[0]
    warnings.warn(
        f"The colors of '{path}' are none of the legend's ({', '.join(known[0].colors[:3])} ...), so the "
        "values of its pixels are read as codes. If classes are mixed up, give the legend that has "
        "these colors.",
        stacklevel=5,
    )
    return values, None


def codes_of_pixels(pixels: NDArray[np.uint8], legend: Legend, path: Path, *, ground: bool = True) -> Codes:
    """Return the code of the class whose color each pixel of a picture has.

    Parameters
    ----------
    pixels : ndarray of uint8, (n_rows, n_columns, 4)
        Red, green, blue and how opaque.
    legend, path, ground
        As for `codes_of_colors`.

    Returns
    -------
    ndarray of uint8, (n_rows, n_columns)
    """
    packed = np.ascontiguousarray(pixels).view(np.uint32)[..., 0]
    colors, places, counts = np.unique(packed, return_inverse=True, return_counts=True)
    table = codes_of_colors(colors.view(np.uint8).reshape(-1, 4), counts, legend, path, ground=ground)
    codes: Codes = table[places.reshape(packed.shape)]
    return codes


def codes_of_colors(
    colors: Colors, counts: NDArray[np.integer], legend: Legend, path: Path, *, ground: bool = True
) -> Codes:
    """Return for each color the code of the class that has it.

    Parameters
    ----------
    colors : ndarray of uint8, (n, 4)
        Those in a picture.
    counts : ndarray of int, (n,)
        Pixels of each.
    legend : Legend
    path : Path
        The picture, for errors.
    ground : bool
        Whether pixels may be unlabelled: those that are transparent, black, or else white, where no class has
        that color.

    Returns
    -------
    ndarray of uint8, (n,)

    Raises
    ------
    ValueError
        A color is that of no class, or of several.
    """
    classes = _class_colors(legend)
    grounds = _grounds(colors, classes) if ground else []
    codes = np.zeros(len(colors), np.uint8)
    strange = []
    for number, (*rgb, alpha) in enumerate(colors.tolist()):
        color = tuple(rgb)
        if ground and (alpha == 0 or (alpha == _OPAQUE and color in grounds)):
            continue
        if classes.count(color) != 1 or alpha != _OPAQUE:
            strange.append(number)
            continue
        codes[number] = classes.index(color) + 1
    if strange:
        worst = max(strange, key=lambda number: int(counts[number]))
        others = f", and {len(strange) - 1} other such colors" if len(strange) > 1 else ""
        several = "several classes" if classes.count(tuple(colors[worst, :3].tolist())) > 1 else "no class"
        raise ValueError(
            f"'{path}' has {int(counts[worst]):,} pixels of the color {_in_words(colors[worst])}, which is "
            f"that of {several} of the legend{others}; paint with the colors of the legend, without smooth "
            "edges and without transparency."
        )
    return codes


def codes_of_mask(counts: NDArray[np.integer], legend: Legend | None, path: Path) -> Codes | None:
    """Return the code of each value of a grey picture that is a mask of 0 and 255; None where it is none.

    Parameters
    ----------
    counts : ndarray of int, (256,)
        Pixels of each value.
    legend : Legend, optional
        That which the labels shall follow.
    path : Path
        The file, for errors.

    Returns
    -------
    ndarray of uint8, (256,), or None

    Raises
    ------
    ValueError
        The legend has several classes, of which the mask may show any.

    Warns
    -----
    UserWarning
        There is no legend that says that there is one class.
    """
    if not counts[_WHITE_MASK] or counts[1:_WHITE_MASK].any():
        return None
    if legend is not None and len(legend) == _WHITE_MASK:
        return None
    if legend is not None and len(legend) > 1:
        raise ValueError(
            f"'{path}' is a mask of 0 and 255, which does not say which of the {len(legend)} classes of the "
            "legend it shows; give a legend of that one class, or save codes: 1 for the first class, 2 for "
            "the second."
        )
    if legend is None:
        warnings.warn(f"'{path}' holds 0 and 255 only, so it is read as a mask: 255 is code 1.", stacklevel=5)
    table = np.zeros(256, np.uint8)
    table[_WHITE_MASK] = 1
    return table


def _class_colors(legend: Legend) -> list[tuple[int, ...]]:
    return [tuple(row) for row in legend.rgb()[1:].tolist()]


def _grounds(colors: Colors, classes: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Return the color of unlabelled pixels: black, or white where nothing is black."""
    opaque = {tuple(row[:3]) for row in colors.tolist() if row[3]}
    if _BLACK in classes:
        return [] if _WHITE in classes else [_WHITE]
    if _BLACK in opaque or _WHITE in classes:
        return [_BLACK]
    return [_WHITE]


def _all_match(colors: Colors, legend: Legend) -> bool:
    """Return whether every color is that of a class, or of unlabelled pixels."""
    try:
        codes_of_colors(colors, np.ones(len(colors), int), legend, Path())
    except ValueError:
        return False
    return _some_match(colors, legend) or len(colors) == 1


def _some_match(colors: Colors, legend: Legend) -> bool:
    """Return whether a color is that of a class."""
    classes = _class_colors(legend)
    return any(tuple(row[:3]) in classes for row in colors.tolist() if row[3])


def _has_no_colors(palette: Colors, counts: NDArray[np.int64]) -> bool:
    """Return whether a palette says nothing: ours without a legend, greys in their order, or one color."""
    used = np.flatnonzero(counts)
    classes = used[used > 0]
    if any(np.array_equal(palette[classes, :3], ours[classes]) for ours in _our_palettes()):
        return True
    if (palette[used, :3] == used[:, np.newaxis]).all():
        return True
    return len(np.unique(palette[used], axis=0)) == 1


def _warn_of_palette(path: Path) -> None:
    warnings.warn(
        f"'{path}' has a palette of another program and no legend, so the values of its pixels are read as "
        "codes. Give the legend that it was painted with, so that classes are identified by their colors.",
        stacklevel=6,
    )


def _table(values: NDArray[np.intp], codes: Codes) -> Codes:
    table = np.zeros(256, np.uint8)
    table[values] = codes
    return table


def _in_words(color: NDArray[np.uint8]) -> str:
    """Return a color as legends write it, and how much of it shows where it is transparent."""
    red, green, blue, alpha = color.tolist()
    return f"#{red:02x}{green:02x}{blue:02x}" + ("" if alpha == _OPAQUE else f" ({alpha / 255:.0%} opaque)")


@cache
def _our_palettes() -> tuple[NDArray[np.uint8], ...]:
    """Return the colors of codes, unlabelled first, of labels without a legend, now and before."""
    now = Legend.of_codes(255)
    before = Legend(now.names, list(islice(default_colors(PALETTE_OF_0_1), 255)))
    return now.rgb(), before.rgb()
