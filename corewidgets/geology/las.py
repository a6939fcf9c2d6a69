"""Depth logs as LAS 2.0, the format of well-log software: plain ASCII, short names of curves."""

from __future__ import annotations

import itertools
import math
import os
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from corewidgets.atomic import atomic_write
from corewidgets.cores.depth_scale import DepthScale
from corewidgets.extras import import_extra

__all__ = ["CURVES", "Header", "write_las"]

Floats: TypeAlias = NDArray[np.float64]
_Curve: TypeAlias = tuple[str, str, Floats]
"""Unit, description and values."""

NULL = -999.25
CURVES = ("shares", "errors", "core_loss", "not_rock", "rock_area", "clast_size")
"""What a file may hold of each interval."""

_LONGEST_LINE, _LONGEST_WRAPPED = 254, 78  # characters, without the end of the line
_SHARES = "Shares of classes are of the area of rock."
_SHORT = 8  # characters of a mnemonic that old programs read
_FOLLOWS = {"STRT", "STOP", "STEP"}
"""Items of the header that follow from the log."""

_ELEVATIONS = {
    "ELEV": "Elevation",
    "EGL": "Elevation of ground level",
    "EKB": "Elevation of kelly bushing",
    "EDF": "Elevation of derrick floor",
}
"""Items that stand in the section ~Parameter, in the unit of depths."""

_MICROMETRES = re.compile(r"(?<![^\W\d_])[\u00b5\u03bc]m\b")
"""The Greek letter alone would become m, and micrometres millimetres."""

_FIXED = {
    "core_loss": ("core_loss", "CLOSS", "V/V", "Core loss, share of length"),
    "not_rock": ("not_rock", "NROCK", "V/V", "Not rock, share of photographed area"),
    "rock_area": ("rock_area_mm2", "RAREA", "MM2", "Area of rock"),
    "clast_size": ("clast_size_mm", "CSIZE", "MM", "Median diameter of clasts"),
}
"""For each curve that is of no class: its column, mnemonic, unit and description."""


class Header(NamedTuple):
    """What a LAS file says of its curves.

    Attributes
    ----------
    well : str
        Name of the hole.
    items : mapping of str to object
        Of the section ~Well, such as COMP, FLD, UWI, DATE; NULL; elevations (ELEV, EGL, EKB, EDF).
    parameters : mapping of str to (object, str)
        Of the section ~Parameter: value and description.
    scale : DepthScale
        The unit of depths in the file.
    interval : float
        Length of an interval in metres.
    """

    well: str
    items: Mapping[str, object]
    parameters: Mapping[str, tuple[object, str]]
    scale: DepthScale
    interval: float


def write_las(
    path: str | os.PathLike[str],
    fixed: Mapping[str, Floats],
    shares: Mapping[str, Floats],
    errors: Mapping[str, Floats],
    header: Header,
    *,
    curves: Sequence[str] = CURVES,
    short_names: bool = False,
) -> dict[str, str]:
    """Write a depth log as LAS 2.0.

    Parameters
    ----------
    path : str or path-like
        File to write.
    fixed : mapping of str to array of shape (n_intervals,)
        `top` in metres, `core_loss`, `not_rock`, `rock_area_mm2`, and if known `clast_size_mm`.
    shares, errors : mapping of str to array of shape (n_intervals,)
        Of each class of rock, by its name; NaN where there is none.
    header : Header
    curves : sequence of str
        Of `CURVES`, what to write.
    short_names : bool
        Whether mnemonics have at most 8 characters.

    Returns
    -------
    dict of str to str
        The mnemonic of each class whose shares are written.

    Raises
    ------
    ModuleNotFoundError
        lasio is not installed, or anyascii, which names in other scripts need.
    ValueError
        The header sets STRT, STOP or STEP, its NULL is no number or one that a curve has; a curve is not
        known.
    """
    lasio = import_extra("lasio", "core", "A LAS file")
    check_curves(curves)
    items = {name.upper(): value for name, value in header.items.items()}
    las = lasio.LASFile()
    null = _null_of(items)
    _fill_header(las, items, header, lasio.HeaderItem)
    columns, names = _columns(fixed, shares, errors, header.scale, curves, _SHORT if short_names else None)
    _check_null(null, columns)
    las.well["NULL"].value = null
    layout = _layout(columns, null)
    wrapped = "\n" in layout[0]
    for mnemonic, (unit, text, values) in columns.items():
        numbers = np.where(np.isnan(values), null, values) if wrapped else values
        las.append_curve(mnemonic, numbers, unit=unit, descr=text)
    las.other = "DEPT is the top of an interval, STEP its length.\n" + _SHARES
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
            STEP=header.scale.of(header.interval),
            column_fmt=layout,
            len_numeric_field=-1,
        )
    return names


def check_curves(curves: Sequence[str]) -> None:
    """Raise where a curve is not known."""
    for name in curves:
        if name not in CURVES:
            raise ValueError(f"There is no curve {name!r}; choose from {', '.join(CURVES)}.")


def _null_of(items: Mapping[str, object]) -> float:
    """Return what stands for missing values."""
    value = items.get("NULL", NULL)
    try:
        null = float(str(value))
    except ValueError:
        null = math.nan
    if not math.isfinite(null):
        raise ValueError(f"NULL stands for what is missing and must be a number, but it is {value!r}.")
    return null


def _check_null(null: float, columns: Mapping[str, _Curve]) -> None:
    """Raise where what stands for missing values is a value."""
    for mnemonic, (_, _, values) in columns.items():
        if np.any(np.isclose(values, null, rtol=0, atol=1e-6)):
            raise ValueError(f"NULL is {null:g}, which is a value of the curve {mnemonic}; choose another.")


def _fill_header(las: Any, items: Mapping[str, object], header: Header, new_item: Any) -> None:
    """Set items of the sections ~Well and ~Parameter."""
    for name, value in {"WELL": header.well, **items}.items():
        if name in _FOLLOWS:
            raise ValueError(f"{name} follows from the log; leave it out of the header.")
        text = "" if value is None else _plain(str(value))
        if name in _ELEVATIONS:
            las.params[name] = new_item(name, header.scale.unit.upper(), text, _ELEVATIONS[name])
        elif name != "NULL":
            if name not in las.well:
                las.well[name] = new_item(name)
            las.well[name].value = text
    for name, (value, text) in header.parameters.items():
        las.params[name] = new_item(name, "", _plain(str(value)), _plain(text))


def _columns(
    fixed: Mapping[str, Floats],
    shares: Mapping[str, Floats],
    errors: Mapping[str, Floats],
    scale: DepthScale,
    wanted: Collection[str],
    longest: int | None,
) -> tuple[dict[str, _Curve], dict[str, str]]:
    """Return the curves by their mnemonics, the index first, and the mnemonics of the classes."""
    top = np.array(list(map(scale.of, fixed["top"].tolist())))
    about = f"Depth of the top of the interval{', ' if scale.datum else ''}{_plain(scale.datum)}"
    curves: dict[str, _Curve] = {"DEPT": (scale.unit.upper(), about, top)}
    for name, (column, mnemonic, unit, text) in _FIXED.items():
        if name in wanted and column in fixed:
            curves[mnemonic] = (unit, text, fixed[column])
    names = {}
    for name, share in shares.items():
        mnemonic = _mnemonic(name, curves, longest)
        if "shares" in wanted:
            curves[mnemonic] = ("V/V", f"{_plain(name)}, share of rock", share)
            names[name] = mnemonic
        if "errors" in wanted:
            error = _mnemonic(f"{mnemonic}_SE", curves, longest)
            curves[error] = ("V/V", f"{_plain(name)}, standard error", errors[name])
    return curves, names


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


def _mnemonic(name: str, taken: Iterable[str], longest: int | None = None) -> str:
    """Return the name of a curve: capitals, digits and _, unlike those that are there."""
    mnemonic = re.sub(r"[^A-Z0-9_]+", "_", _plain(name).upper()).strip("_") or "CLASS"
    taken = set(taken)
    numbers = itertools.chain([""], (f"_{n}" for n in itertools.count(2)))
    return next(cut for cut in (_cut(mnemonic, end, longest) for end in numbers) if cut not in taken)


def _cut(mnemonic: str, end: str, longest: int | None) -> str:
    """Return a mnemonic with an ending, cut to a length; the mark of an error stays."""
    if longest is None or len(mnemonic) + len(end) <= longest:
        return mnemonic + end
    mark = "_SE" if mnemonic.endswith("_SE") else ""
    return mnemonic.removesuffix(mark)[: longest - len(end) - len(mark)].rstrip("_") + mark + end


def _layout(columns: Mapping[str, _Curve], null: float) -> dict[int, str]:
    """Return the format of each column.

    Where a line would be longer than LAS 2.0 allows, formats end in line breaks: wrapped mode, in which the
    index stands on a line of its own.
    """
    styles = {"M": "%.6f", "FT": "%.6f", "V/V": "%.7f", "MM2": "%.4f", "MM": "%.6f"}
    formats = [styles[unit] for unit, _, _ in columns.values()]
    widths = [
        1 + max(len(style % value) for value in (np.nanmax(values, initial=0), null))
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
