"""The depths in the table of a core: in metres, their unit, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from corewidgets.cores.depth_cell import Style, own_factor
from corewidgets.cores.depth_scale import UNITS, DepthScale
from corewidgets.cores.sheet import Sheet

__all__ = ["TableDepths", "read_depths", "units_named"]

ENDS = ("top", "base")


@dataclass
class TableDepths:
    """The depths of a table.

    Attributes
    ----------
    metres : dict of int to (float, float)
        Top and base of each row where both are depths.
    scale : DepthScale
    problems : list of (int, str)
        What is wrong, by row.
    notes : list of str
        What to warn of.
    are_elevations : bool
        Whether they are elevations that nobody said where to count from, or depths with a collar.
    """

    metres: dict[int, tuple[float, float]] = field(default_factory=dict)
    scale: DepthScale = field(default_factory=DepthScale)
    problems: list[tuple[int, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    are_elevations: bool = False


def read_depths(sheet: Sheet, unit: str | None, datum: str | None, collar: float | None) -> TableDepths:
    """Read the depths of a table.

    Parameters
    ----------
    sheet : Sheet
    unit : {"m", "ft"} or None
        Of what has none, and what depths are shown in; None where nobody said it.
    datum : str or None
        What depths are measured from; None for what the table says.
    collar : float or None
        Elevation of the top of the hole in the unit of the table, where it has elevations.

    Raises
    ------
    ValueError
        The unit is another.
    """
    named = units_named(sheet)
    shown = unit or ("ft" if named and set(named.values()) == {UNITS["ft"]} else "m")
    scale = DepthScale(shown, sheet.datum if datum is None else datum)
    found = TableDepths(scale=scale)
    _read_cells(sheet, UNITS[unit] if unit else None, found)
    found.problems += [*_two_units(sheet), *_unit_problems(sheet, named, unit)]
    if UNITS["ft"] in named.values() and set(named.values()) != {UNITS["ft"]}:
        row = next(number for number, factor in named.items() if factor != next(iter(named.values())))
        found.notes.append(
            f"depths are in feet in some rows and in metres in others, the first time in row {row}; each is "
            f"read as its row says, and all are shown in {shown}; correct the units where that is not meant"
        )
    if collar is not None:
        top = scale.to_metres(collar)
        found.metres = {number: (top - first, top - last) for number, (first, last) in found.metres.items()}
        if datum is None:
            found.scale = DepthScale(shown, f"below the collar at {collar:g} {shown}")
    problems = _elevation_problems(found, collar)
    found.are_elevations = bool(problems)
    found.problems += problems
    return found


def _read_cells(sheet: Sheet, factor: float | None, found: TableDepths) -> None:
    """Read the cells of all rows."""
    style = Style((cells[name] for _, cells in sheet.rows for name in ENDS), sheet.separator)
    for (number, cells), factors in zip(sheet.rows, sheet.factors, strict=True):
        read: list[float] = []
        for name in ENDS:
            known = factors.get(name)
            if known is None and own_factor(cells[name]) is None:
                known = factor
            try:
                read.append(style.metres(cells[name], known))
            except ValueError as error:
                found.problems.append((number, f"{name} {cells[name]!r} {error}"))
        if len(read) == 2:
            found.metres[number] = (read[0], read[1])


def units_named(sheet: Sheet) -> dict[int, float]:
    """Return the metres of the unit of each row that has one."""
    named: dict[int, float] = {}
    for (number, cells), factors in zip(sheet.rows, sheet.factors, strict=True):
        for name in ENDS:
            factor = own_factor(cells[name]) or factors.get(name)
            if factor is not None:
                named.setdefault(number, factor)
    return named


def _two_units(sheet: Sheet) -> Iterator[tuple[int, str]]:
    """Yield the rows in which top and base are in feet and in metres."""
    for (number, cells), factors in zip(sheet.rows, sheet.factors, strict=True):
        units = {own_factor(cells[name]) or factors.get(name) for name in ENDS} - {None}
        if len({factor == UNITS["ft"] for factor in units}) > 1:
            yield number, "one of top and base is in feet, the other in metres; write both in one unit"


def _unit_problems(sheet: Sheet, named: Mapping[int, float], unit: str | None) -> Iterator[tuple[int, str]]:
    """Yield where units are missing, or are not what was said of all."""
    if unit is not None:
        for number, factor in named.items():
            if (factor == UNITS["ft"]) != (unit == "ft"):
                yield (
                    number,
                    f"its unit is {'ft' if factor == UNITS['ft'] else 'm'}, but all depths are said to be in "
                    f"{unit}; leave out unit={unit!r} (--unit {unit})",
                )
        return
    own = {own_factor(cells[name]) for _, cells in sheet.rows for name in ENDS}
    if own <= {None, 1.0}:
        return
    for (number, cells), factors in zip(sheet.rows, sheet.factors, strict=True):
        for name in ENDS:
            if name not in factors and cells[name] and own_factor(cells[name]) is None:
                yield number, f"{name} {cells[name]!r} has no unit, but others have one; write it to each"


def _elevation_problems(found: TableDepths, collar: float | None) -> list[tuple[int, str]]:
    """Say that what is given are elevations, or with a collar that they are depths."""
    known = found.metres
    if len(known) < 2 or any(base >= top for top, base in known.values()):
        return []
    first, (top, base) = next(iter(known.items()))
    if collar is not None:
        problem = (
            "with a collar (--collar) top and base are elevations, which decrease downwards, but here all "
            "increase, as depths do; leave the collar out"
        )
    else:
        highest, top, base = map(found.scale.of, (max(top for top, _ in known.values()), top, base))
        unit = found.scale.unit
        problem = (
            f"the base is smaller than the top in all rows, here {base} {unit} and {top} {unit}: these are "
            "elevations, not depths. Do not exchange them, which would turn the core upside down; give the "
            f"elevation of the top of the hole, collar={highest:g} (--collar {highest:g}) where the core "
            "begins there, so that depths are counted from it"
        )
    return [(first, problem)]
