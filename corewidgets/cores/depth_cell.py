"""Depths in the cells of a table: decimal commas, signs for thousands, units, feet and inches.

A lone "1,520" may be 1.52 or 1520. What it is, is told by the other cells, and asked where they do not tell.
So may "1.520" between semicolons, which programs write where the comma is the decimal sign.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["FACTORS", "Number", "Style", "factor_of", "own_factor"]

_NAMES = {
    1.0: "m metre metres meter meters mbsf mbs mbgl mcd",
    0.3048: "ft feet foot ' \u2032 fbsf ftbsf fbgl",
    0.01: "cm centimetre centimetres centimeter centimeters",
    0.001: "mm millimetre millimetres millimeter millimeters",
}
FACTORS = {name: factor for factor, names in _NAMES.items() for name in names.split()}
"""Metres of each unit; a foot is the international one."""

_DEEPEST = 50_000  # of what a point may be one for thousands: beyond every hole, also in feet
_DIGITS = 9  # after the point: a metre in feet has no end
_UNITS = "|".join(re.escape(name) for name in sorted(FACTORS, key=len, reverse=True))
_FEET_AND_INCHES = re.compile(
    r"(\d+)\s*(?:'|\u2032|ft|feet)\s*(\d+(?:\.\d+)?)\s*(?:\"|\u2033|''|in|inches|inch)", re.I
)
_WITH_UNIT = re.compile(rf"(.*?[\d.])\s*({_UNITS})", re.I)
_GROUPS = r"[+-]?\d{1,3}(?:%s\d{3})+"
_UNDECIDED = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")


class Number(str):
    """The text of a cell that the file itself holds as a number: its point is a decimal point.

    A unit may follow, where the format of the cell shows one.
    """

    __slots__ = ()


def factor_of(unit: str) -> float | None:
    """Return the metres of a unit as it is written in tables, None for what is none.

    Examples
    --------
    >>> factor_of("(ft)"), factor_of("[M]"), factor_of("depth")
    (0.3048, 1.0, None)
    """
    return FACTORS.get(unit.strip().strip("()[]").strip().lower())


class Style:
    """How the depths of a table are written, and what they are in metres.

    Parameters
    ----------
    cells : iterable of str
        All depths of the table.
    separator : str
        What stands between its cells.

    Examples
    --------
    >>> style = Style(["698,41", "1.520,5"])
    >>> style.metres("1.520,5"), style.metres("100 ft")
    (1520.5, 30.48)
    """

    def __init__(self, cells: Iterable[str], separator: str = ",") -> None:
        texts = [_split(cell)[0] for cell in cells if not isinstance(cell, Number)]
        self._points = any(map(_has_decimal_point, texts))
        self._commas = not self._points and any(map(_has_decimal_comma, texts))
        self._asks = separator == ";" and not self._points

    def metres(self, cell: str, factor: float | None = None) -> float:
        """Return a depth in metres.

        Parameters
        ----------
        cell : str
        factor : float, optional
            Metres of the unit that the heading or the row names.

        Raises
        ------
        ValueError
            It is no number, may be read in two ways, or names another unit than the heading.
        """
        own = own_factor(cell)
        if found := _FEET_AND_INCHES.fullmatch(cell.strip()):
            value = int(found[1]) + float(found[2]) / 12
        else:
            text, _ = _split(cell)
            value = float(text) if isinstance(cell, Number) else self._value(text)
        if factor is not None and own not in {None, factor}:
            raise ValueError("has a different unit from its heading or its row; keep one")
        used = own or factor or 1.0
        return value if used == 1.0 else round(value * used, _DIGITS)

    def _value(self, text: str) -> float:
        """Read a number without a unit."""
        if text.startswith("="):
            raise ValueError(
                "is a formula whose value is not stored in the file; open the table in a spreadsheet program "
                "and save it"
            )
        if _UNDECIDED.fullmatch(text) and self._is_undecided(text):
            whole = re.sub("[.,]", "", text)
            raise ValueError(f"may be {self._as_decimal(text)} or {whole}; write one of these")
        if self._commas:
            text = text.replace(".", "").replace(",", ".")
        elif re.fullmatch(_GROUPS % "," + r"(?:\.\d+)?", text):
            text = text.replace(",", "")
        try:
            return float("_" if "_" in text else text)
        except ValueError:
            raise ValueError("is not a number of metres; write it like 698.41") from None

    def _as_decimal(self, text: str) -> str:
        """Return a number whose sign is a decimal sign, so that it cannot be one for thousands."""
        before, after = re.split("[.,]", text)
        digits = after.rstrip("0")
        return before + ("," if self._commas else ".") + (f"{after}0" if len(digits) == 3 else digits or "0")

    def _is_undecided(self, text: str) -> bool:
        """Tell whether a sign before three digits may be a decimal sign or one for thousands."""
        if "," in text:
            return not self._points and not self._commas
        return self._commas or (self._asks and abs(int(text.replace(".", ""))) <= _DEEPEST)


def own_factor(cell: str) -> float | None:
    """Return the metres of the unit that a cell names, if it does."""
    return FACTORS["ft"] if _FEET_AND_INCHES.fullmatch(cell.strip()) else _split(cell)[1]


def _split(cell: str) -> tuple[str, float | None]:
    """Return a number without spaces for thousands, and the metres of the unit after it."""
    text = cell.strip().replace("\u2212", "-")
    text = re.sub(r"(?<=\d)[ \u00a0\u2009\u202f](?=\d{3}(?!\d))", "", text)
    found = _WITH_UNIT.fullmatch(text)
    return (found[1].strip(), FACTORS[found[2].lower()]) if found else (text, None)


def _has_decimal_point(text: str) -> bool:
    """Tell whether the point of a number can only be a decimal point, or its comma one for thousands."""
    if re.fullmatch(r"[+-]?\d*\.\d*", text):
        return _UNDECIDED.fullmatch(text) is None
    return re.fullmatch(_GROUPS % "," + r"\.\d+|" + r"[+-]?\d{1,3}(?:,\d{3}){2,}", text) is not None


def _has_decimal_comma(text: str) -> bool:
    """Tell whether the comma of a number can only be a decimal comma, or its point one for thousands."""
    if re.fullmatch(r"[+-]?\d*,\d*", text):
        return _UNDECIDED.fullmatch(text) is None
    return re.fullmatch(_GROUPS % r"\." + r",\d+|" + r"[+-]?\d{1,3}(?:\.\d{3}){2,}", text) is not None
