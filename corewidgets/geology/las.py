"""Depth logs as LAS 2.0, the format of well-log software: plain ASCII, short names of curves."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from corewidgets.atomic import atomic_write
from corewidgets.cores.depth_scale import METRES, DepthScale
from corewidgets.extras import import_extra

__all__ = ["write_las"]

Floats: TypeAlias = NDArray[np.float64]
_Curve: TypeAlias = tuple[str, str, Floats]
"""Unit, description and values."""

_NULL = -999.25
_LONGEST_LINE, _LONGEST_WRAPPED = 254, 78  # characters, without the end of the line
_FOLLOWS = {"STRT", "STOP", "STEP", "NULL"}
"""Items of the header that follow from the log."""

_MICROMETRES = re.compile(r"(?<![^\W\d_])[\u00b5\u03bc]m\b")
"""The Greek letter alone would become m, and micrometres millimetres."""

_FIXED = {
    "core_loss": ("CLOSS", "V/V", "Core loss, share of length"),
    "not_rock": ("NROCK", "V/V", "Not rock, share of photographed area"),
    "rock_area_mm2": ("RAREA", "MM2", "Area of rock"),
}


def write_las(
    path: str | os.PathLike[str],
    fixed: Mapping[str, Floats],
    shares: Mapping[str, Floats],
    errors: Mapping[str, Floats],
    *,
    interval: float,
    well: str,
    header: Mapping[str, object],
    scale: DepthScale = METRES,
) -> None:
    """Write a depth log as LAS 2.0.

    Parameters
    ----------
    path : str or path-like
        File to write.
    fixed : mapping of str to array of shape (n_intervals,)
        `top` and `base` in metres, `core_loss`, `not_rock`, `rock_area_mm2`.
    shares, errors : mapping of str to array of shape (n_intervals,)
        Of each class of rock, by its name; NaN where there is none.
    interval : float
        Length of an interval in metres.
    well : str
        Name of the hole.
    header : mapping of str to object
        Items of the section ~Well.
    scale : DepthScale
        The unit of depths in the file.

    Raises
    ------
    ModuleNotFoundError
        lasio is not installed, or anyascii, which names in other scripts need.
    ValueError
        The header sets STRT, STOP, STEP or NULL.
    """
    lasio = import_extra("lasio", "core", "A LAS file")
    las = lasio.LASFile()
    _fill_header(las.well, {"WELL": well, **header}, lasio.HeaderItem)
    columns = _curves(fixed, shares, errors, scale)
    layout = _layout(columns)
    wrapped = "\n" in layout[0]
    for mnemonic, (unit, text, values) in columns.items():
        numbers = np.where(np.isnan(values), _NULL, values) if wrapped else values
        las.append_curve(mnemonic, numbers, unit=unit, descr=text)
    las.other = "DEPT is the middle of an interval. Shares of classes are of the area of rock."
    depth = columns["DEPT"][2]
    del las.version["DLM"]  # an item of LAS 3.0
    if wrapped:
        las.version["WRAP"] = lasio.HeaderItem("WRAP", value="YES", descr="Multiple lines per depth step")
    with atomic_write(path) as temporary, temporary.open("w", encoding="ascii", newline="\n") as file:
        las.write(
            file,
            version=2,
            STRT=float(depth[0]),
            STOP=float(depth[-1]),
            STEP=scale.of(interval),
            column_fmt=layout,
            len_numeric_field=-1,
        )


def _fill_header(well: Any, items: Mapping[str, object], new_item: Any) -> None:
    """Set items of the section ~Well."""
    for name, value in items.items():
        mnemonic = name.upper()
        if mnemonic in _FOLLOWS:
            raise ValueError(f"{name} follows from the log; leave it out of the header.")
        if mnemonic not in well:
            well[mnemonic] = new_item(mnemonic)
        well[mnemonic].value = "" if value is None else _plain(str(value))
    well["NULL"].value = _NULL


def _curves(
    fixed: Mapping[str, Floats],
    shares: Mapping[str, Floats],
    errors: Mapping[str, Floats],
    scale: DepthScale,
) -> dict[str, _Curve]:
    """Return the curves by their mnemonics, the index first."""
    middle = np.array([scale.of(depth) for depth in ((fixed["top"] + fixed["base"]) / 2).tolist()])
    about = f"Depth of the middle of the interval{', ' if scale.datum else ''}{_plain(scale.datum)}"
    curves: dict[str, _Curve] = {"DEPT": (scale.unit.upper(), about, np.round(middle, 9))}
    for column, (mnemonic, unit, text) in _FIXED.items():
        curves[mnemonic] = (unit, text, fixed[column])
    for name, share in shares.items():
        mnemonic = _mnemonic(name, curves)
        curves[mnemonic] = ("V/V", f"{_plain(name)}, share of rock", share)
        error = _mnemonic(f"{mnemonic}_SE", curves)
        curves[error] = ("V/V", f"{_plain(name)}, standard error", errors[name])
    return curves


def _plain(text: str) -> str:
    """Return text in printable ASCII, on one line, as LAS 2.0 asks for; a colon would end an item.

    Other scripts become Latin letters. A character that has none is written by its number, so that nothing is
    lost without a trace and different names stay different.
    """
    if not text.isascii():
        text = "".join(map(_latin, _MICROMETRES.sub("um", unicodedata.normalize("NFC", text))))
    return re.sub(r"[^ -~]|:", " ", text).strip()


def _latin(character: str) -> str:
    if character.isascii():
        return character
    anyascii = import_extra("anyascii", "core", "A name in another script in a LAS file")
    written: str = anyascii.anyascii(character)
    unseen = unicodedata.category(character) in {"Cc", "Cf", "Mn", "Me", "Zs", "Zl", "Zp"}
    return written if written or unseen else f"U+{ord(character):04X}"


def _mnemonic(name: str, taken: Iterable[str]) -> str:
    """Return the name of a curve: capitals, digits and _, unlike those that are there."""
    mnemonic = re.sub(r"[^A-Z0-9_]+", "_", _plain(name).upper()).strip("_") or "CLASS"
    taken = set(taken)
    if mnemonic not in taken:
        return mnemonic
    return next(f"{mnemonic}_{n}" for n in range(2, len(taken) + 3) if f"{mnemonic}_{n}" not in taken)


def _layout(columns: Mapping[str, _Curve]) -> dict[int, str]:
    """Return the format of each column.

    Where a line would be longer than LAS 2.0 allows, formats end in line breaks: wrapped mode, in which the
    index stands on a line of its own.
    """
    styles = {"M": "%.6f", "FT": "%.6f", "V/V": "%.5f", "MM2": "%.1f"}
    formats = [styles[unit] for unit, _, _ in columns.values()]
    widths = [
        1 + max(len(style % value) for value in (np.nanmax(values, initial=0), _NULL))
        for style, (_, _, values) in zip(formats, columns.values(), strict=True)
    ]
    if sum(widths) <= _LONGEST_LINE:
        return dict(enumerate(formats))
    used = _LONGEST_WRAPPED  # so that a break follows the index
    for k in range(1, len(formats)):
        if used + widths[k] > _LONGEST_WRAPPED:
            formats[k - 1] += "\n"
            used = 0
        used += widths[k]
    return dict(enumerate(formats))
