"""The unit that a hole's depths are shown in, and what they are measured from; sums are in metres."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DATUMS", "METRES", "UNITS", "DepthScale", "datum_in"]

UNITS = {"m": 1.0, "ft": 0.3048}
"""Metres of each unit that depths are shown in; a foot is the international one."""

DATUMS = {
    "mbsf": "below sea floor",
    "fbsf": "below sea floor",
    "ftbsf": "below sea floor",
    "mbgl": "below ground level",
    "fbgl": "below ground level",
    "mbs": "below surface",
    "mcd": "composite depth",
    "md": "along hole",
}
"""What depths are measured from, by the abbreviations of headings."""

_DIGITS = 9  # after the point: a metre in feet has no end


@dataclass(frozen=True)
class DepthScale:
    """How depths are shown.

    Parameters
    ----------
    unit : {"m", "ft"}
    datum : str
        What they are measured from, such as "below sea floor"; empty where it is not known.

    Raises
    ------
    ValueError
        The unit is another.

    Examples
    --------
    >>> feet = DepthScale("ft", "along hole")
    >>> feet.span(30.48, 33.528), feet.label, feet.to_metres(110)
    ('100 to 110 ft', 'Depth along hole (ft)', 33.528)
    """

    unit: str = "m"
    datum: str = ""

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise ValueError(f"The unit of depths is {self.unit!r}; choose from {', '.join(UNITS)}.")

    @property
    def unit_name(self) -> str:
        """The unit in full, in the plural."""
        return {"m": "metres", "ft": "feet"}[self.unit]

    @property
    def label(self) -> str:
        """What an axis of depth is called."""
        if self.datum.endswith("depth"):
            return f"{self.datum[:1].upper()}{self.datum[1:]} ({self.unit})"
        return f"Depth {self.datum} ({self.unit})" if self.datum else f"Depth ({self.unit})"

    @property
    def heading(self) -> str:
        """What stands behind the name of a column of depths; nothing for metres of which no more is known."""
        short = {"m": ("mbsf", "mbgl", "mbs", "mcd"), "ft": ("fbsf", "fbgl")}[self.unit]
        named = next((name for name in short if DATUMS[name] == self.datum), None)
        return f" ({named or self.unit})" if named or self.unit != "m" else ""

    def of(self, metres: float) -> float:
        """Return metres in the unit."""
        return metres if self.unit == "m" else round(metres / UNITS[self.unit], _DIGITS)

    def to_metres(self, length: float) -> float:
        """Return a length or depth in the unit as metres."""
        return length if self.unit == "m" else round(length * UNITS[self.unit], _DIGITS)

    def text(self, metres: float) -> str:
        """Return metres as a number with its unit."""
        return f"{self.of(metres):.7g} {self.unit}"

    def span(self, top: float, base: float) -> str:
        """Return two depths in metres as text."""
        return f"{self.of(top):.7g} to {self.text(base)}"


METRES = DepthScale()


def datum_in(name: str) -> str:
    """Return what depths are measured from by the name of a column or a unit; empty where it does not say.

    Examples
    --------
    >>> datum_in("top [mbsf]"), datum_in("from (m)")
    ('below sea floor', '')
    """
    words = "".join(c if c.isalpha() else " " for c in name.lower()).split()
    return next((DATUMS[word] for word in words if word in DATUMS), "")
