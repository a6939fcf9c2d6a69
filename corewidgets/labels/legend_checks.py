"""What makes a legend: names that differ, a color for each, and marks and an order that fit them."""

import operator
import re
import unicodedata
from collections.abc import Collection, Sequence
from typing import SupportsIndex

from corewidgets.labels.palette import default_colors

__all__ = [
    "MAX_CLASSES",
    "check_colors",
    "check_name",
    "check_names",
    "check_not_rock",
    "check_order",
    "name_of_deleted",
]

MAX_CLASSES = 255


def check_names(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names without space around them, or raise."""
    if isinstance(names, str):
        raise TypeError(f"names must be a list of names, but it is the text {names!r}; write [{names!r}].")
    checked = tuple(check_name(name) for name in names)
    if not checked:
        raise ValueError(
            "A legend needs at least one class, but names is empty; give for example ['Matrix']."
        )
    if len(checked) > MAX_CLASSES:
        raise ValueError(
            f"A legend holds at most {MAX_CLASSES} classes, but there are {len(checked)} names; "
            "leave some out."
        )
    for position, name in enumerate(checked):
        if name in checked[:position]:
            raise ValueError(f"Names of classes must differ, but {name!r} occurs twice; rename one.")
    return checked


def check_name(name: str) -> str:
    """Return the name without space around it, or raise."""
    if not isinstance(name, str):
        raise TypeError(f"The name of a class must be text, but {name!r} is of type {type(name).__name__}.")
    name = name.strip()
    if not name:
        raise ValueError("The name of a class is empty; give it one.")
    for character in name:
        if unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}:
            raise ValueError(
                f"The name of a class must be one line of plain text, but {name!r} holds the character "
                f"U+{ord(character):04X}; remove it."
            )
    return name


def check_colors(names: Sequence[str], colors: Sequence[str | None] | None) -> tuple[str, ...]:
    """Return a color for each name, in capitals, or raise."""
    if colors is None:
        colors = [None] * len(names)
    if len(colors) != len(names):
        raise ValueError(
            f"A legend needs one color for each class, but there are {len(names)} names and "
            f"{len(colors)} colors."
        )
    given = [color and _check_color(name, color) for name, color in zip(names, colors, strict=True)]
    free = (color for color in default_colors() if color not in given)
    return tuple(color or next(free) for color in given)


def _check_color(name: str, color: str) -> str:
    """Return the color in capitals, or raise."""
    if not isinstance(color, str) or not re.fullmatch("#[0-9A-Fa-f]{6}", color.strip()):
        raise ValueError(f"The color of {name!r} must look like '#1BD69E', but it is {color!r}.")
    return color.strip().upper()


def check_not_rock(names: Sequence[str], not_rock: Collection[str]) -> tuple[str, ...]:
    """Return the names of classes that are no rock in the order of the legend, or raise."""
    if isinstance(not_rock, str):
        raise TypeError(
            f"not_rock must be a list of names, but it is the text {not_rock!r}; write [{not_rock!r}]."
        )
    for name in not_rock:
        if name not in names:
            raise ValueError(
                f"The legend has no class {name!r} that could be marked as not rock; choose from "
                f"{', '.join(names)}."
            )
    return tuple(name for name in names if name in not_rock)


def check_order(names: Sequence[str], order: Sequence[SupportsIndex] | None) -> tuple[int, ...]:
    """Return the codes in the order of the list, or raise."""
    n = len(names)
    if order is None:
        return tuple(range(1, n + 1))
    codes = tuple(operator.index(code) for code in order)
    if not codes:
        raise ValueError("A legend lists at least one class, but its order is empty; give a code.")
    if len({*codes}) < len(codes) or not {*codes} <= {*range(1, n + 1)}:
        raise ValueError(
            f"The order of a legend of {n} classes must be made of the codes 1 to {n}, each at most once, "
            f"but it is {', '.join(map(str, codes))}."
        )
    return codes


def name_of_deleted(name: str, taken: Collection[str]) -> str:
    """Return what a deleted class is called once another one has its name."""
    names = (f"{name} (deleted{number})" for number in ("", *(f" {n}" for n in range(2, MAX_CLASSES + 2))))
    return next(text for text in names if text not in taken)
