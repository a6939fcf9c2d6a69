"""Names, codes and colors of the classes."""

import csv
import operator
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, NDArray

from corewidgets.atomic import atomic_write
from corewidgets.labels.legend_checks import (
    check_colors,
    check_name,
    check_names,
    check_not_rock,
    check_order,
    name_of_deleted,
)
from corewidgets.labels.legend_table import read_legend_table
from corewidgets.spreadsheet import safe_cell

__all__ = ["Legend", "LegendEntry"]


class LegendEntry(NamedTuple):
    """One class of a legend.

    Attributes
    ----------
    code : int
        Value of the class in labels, 1 to 255.
    name : str
        Name of the class.
    color : str
        Color of the class, "#RRGGBB".
    """

    code: int
    name: str
    color: str


@dataclass(frozen=True, init=False)
class Legend:
    """Names and colors of classes, in the order of their codes 1, 2, ..., n.

    Code 0 belongs to no class: it means unlabelled. A legend never changes; `add`, `rename` and `recolor`
    return another one. Two legends are equal when all of their attributes are.

    A class that was deleted keeps its code, its name and its color, and is left out of `order` (see
    `corewidgets.labels.class_list`): maps that were made before stay right, and no other class gets its code.

    Parameters
    ----------
    names : sequence of str
        Name of each class, all different, at least one and at most 255. Space around a name is removed.
    colors : sequence of str or None, optional
        Color of each class, "#RRGGBB". Classes without one (None) get a color of their own that reads well
        over grey rock.
    not_rock : collection of str, optional
        Names of the classes that are no rock, such as void, liner or scale bar. Statistics of a core leave
        them out and say how much that was.
    order : sequence of int, optional
        Codes in the order in which tools list the classes, without those of deleted ones; by default that of
        the codes.

    Attributes
    ----------
    names : tuple of str
        Name of each class.
    colors : tuple of str
        Color of each class, "#RRGGBB" in capitals.
    not_rock : tuple of str
        Names of the classes that are no rock, in the order of their codes.
    order : tuple of int
        Codes of the classes that tools list, in the order of the list.

    Raises
    ------
    ValueError
        No names or more than 255; a name that is empty, not plain text or there twice; a color that is not
        "#RRGGBB"; another number of colors than of names; a name in `not_rock` that is no class; an `order`
        that is empty, names a code twice or one that the legend lacks.
    TypeError
        `names` is a single text, or a name is no text.

    Examples
    --------
    >>> legend = Legend(["Matrix", "Clast"], ["#FC6621", "#2CFFFE"])
    >>> legend.code("Clast"), legend.name(1)
    (2, 'Matrix')
    >>> [entry.color for entry in legend.add("Crack", "#0B24FB")]
    ['#FC6621', '#2CFFFE', '#0B24FB']
    >>> legend.add("Void").mark_not_rock("Void").rock_codes
    (1, 2)
    """

    names: tuple[str, ...]
    colors: tuple[str, ...]
    not_rock: tuple[str, ...]
    order: tuple[int, ...]

    def __init__(
        self,
        names: Sequence[str],
        colors: Sequence[str | None] | None = None,
        *,
        not_rock: Collection[str] = (),
        order: Sequence[SupportsIndex] | None = None,
    ) -> None:
        checked = check_names(names)
        object.__setattr__(self, "names", checked)
        object.__setattr__(self, "colors", check_colors(checked, colors))
        object.__setattr__(self, "not_rock", check_not_rock(checked, not_rock))
        object.__setattr__(self, "order", check_order(checked, order))

    @classmethod
    def of_codes(cls, n: int) -> "Legend":
        """Make a legend for labels that came without one: "Class 1", "Class 2", ..., "Class n".

        Parameters
        ----------
        n : int
            Number of classes, 1 to 255.

        Returns
        -------
        Legend
        """
        return cls([f"Class {code}" for code in range(1, n + 1)])

    @property
    def codes(self) -> tuple[int, ...]:
        """Codes of the classes: 1, 2, ..., n."""
        return tuple(range(1, len(self) + 1))

    @property
    def rock_codes(self) -> tuple[int, ...]:
        """Codes of the classes that are rock."""
        return tuple(entry.code for entry in self if entry.name not in self.not_rock)

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[LegendEntry]:
        return map(LegendEntry, self.codes, self.names, self.colors)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def code(self, name: str) -> int:
        """Look up the code of a class.

        Parameters
        ----------
        name : str
            Name of a class of this legend.

        Returns
        -------
        int
            1 to n.

        Raises
        ------
        ValueError
            There is no such class.
        """
        if name not in self.names:
            raise ValueError(f"The legend has no class {name!r}; choose from {', '.join(self.names)}.")
        return self.names.index(name) + 1

    def name(self, code: SupportsIndex) -> str:
        """Look up the name of a class.

        Parameters
        ----------
        code : int
            1 to n.

        Returns
        -------
        str

        Raises
        ------
        ValueError
            There is no such code; 0 is no class.
        """
        index = operator.index(code)
        if index not in self.codes:
            raise ValueError(
                f"The legend has no code {index}; its codes are 1 to {len(self)} (0 is unlabelled)."
            )
        return self.names[index - 1]

    def check(
        self,
        codes: ArrayLike,
        what: str = "labels hold",
        remedy: str = "add a class to the legend, or erase these labels",
    ) -> None:
        """Raise if codes have no class in this legend.

        Parameters
        ----------
        codes : array-like of int
            Codes 0 (unlabelled) to 255, of any shape.
        what : str
            Subject and verb of the error, such as "The segmentation holds".
        remedy : str
            What the error says to do.

        Raises
        ------
        ValueError
            A code is larger than the last one of the legend.

        Examples
        --------
        >>> Legend(["Matrix", "Clast"]).check([[0, 1], [3, 2]], remedy="add its class")
        Traceback (most recent call last):
        ValueError: labels hold code 3, but the legend ends with code 2 (Clast); add its class.
        """
        highest = int(np.max(codes, initial=0))
        if highest > len(self):
            raise ValueError(
                f"{what} code {highest}, but the legend ends with code {len(self)} ({self.names[-1]}); "
                f"{remedy}."
            )

    def rgb(self) -> NDArray[np.uint8]:
        """Colors as a table to look up codes in: ``legend.rgb()[labels]`` is a picture.

        Returns
        -------
        ndarray of uint8, (n + 1, 3)
            Red, green, blue of each code; row 0, unlabelled, is black.
        """
        rows = [(0, 0, 0), *(tuple(bytes.fromhex(color[1:])) for color in self.colors)]
        return np.array(rows, dtype=np.uint8)

    def add(self, name: str, color: str | None = None) -> "Legend":
        """Put a class at the end; one of this name that was deleted comes back with its code.

        Parameters
        ----------
        name : str
            Name that the legend does not have yet.
        color : str, optional
            "#RRGGBB"; without it, a color that no other class has, or that of the class that comes back.

        Returns
        -------
        Legend
        """
        checked = check_name(name)
        if checked in self and self.code(checked) not in self.order:
            code = self.code(checked)
            back = Legend(self.names, self.colors, not_rock=self.not_rock, order=[*self.order, code])
            return back if color is None else back.recolor(checked, color)
        return Legend(
            [*self.names, name], [*self.colors, color], not_rock=self.not_rock,
            order=[*self.order, len(self) + 1],
        )  # fmt: skip

    def rename(self, old: str, new: str) -> "Legend":
        """Give a class another name; its code and color stay.

        Parameters
        ----------
        old, new : str
            Name now and name to be.

        Returns
        -------
        Legend
        """
        names = list(self.names)
        given = check_name(new)
        if given in self and given != old and self.code(given) not in self.order:
            names[self.code(given) - 1] = name_of_deleted(given, names)  # a class that is there has its name
        names[self.code(old) - 1] = given
        not_rock = [names[self.code(name) - 1] for name in self.not_rock]
        return Legend(names, self.colors, not_rock=not_rock, order=self.order)

    def recolor(self, name: str, color: str) -> "Legend":
        """Give a class another color; its code and name stay.

        Parameters
        ----------
        name : str
            Name of the class.
        color : str
            "#RRGGBB".

        Returns
        -------
        Legend
        """
        colors = list(self.colors)
        colors[self.code(name) - 1] = color
        return Legend(self.names, colors, not_rock=self.not_rock, order=self.order)

    def mark_not_rock(self, *names: str) -> "Legend":
        """Say which classes are no rock, in place of those that were marked before.

        Parameters
        ----------
        *names : str
            Names of classes, such as "Void" and "Liner"; none to take all marks away.

        Returns
        -------
        Legend

        Raises
        ------
        ValueError
            There is no such class.
        """
        return Legend(self.names, self.colors, not_rock=names, order=self.order)

    def to_dict(self) -> dict[str, Any]:
        """Turn into plain values, as files keep it.

        Returns
        -------
        dict
            ``{"classes": [{"code": 1, "name": "Matrix", "color": "#FC6621"}, ...]}``; a class that is no rock
            has ``"rock": False`` as well. Where the classes are listed in another order than that of their
            codes, or some were deleted, there is ``"order": [3, 1, ...]`` too.
        """
        classes: list[dict[str, Any]] = [entry._asdict() for entry in self]
        for name in self.not_rock:
            classes[self.code(name) - 1]["rock"] = False
        return (
            {"classes": classes} if self.order == self.codes else {"classes": classes, "order": [*self.order]}
        )

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Legend":
        """Make a legend from what `to_dict` gave.

        Parameters
        ----------
        values : mapping
            As `to_dict` returns it. The order of the classes is that of their codes.

        Returns
        -------
        Legend

        Raises
        ------
        ValueError
            Something is missing, the codes are not 1 to n, or the order is none of them.
        """
        try:
            rows = [
                (row["code"], row["name"], row.get("color"), row.get("rock") is not False)
                for row in values["classes"]
            ]
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(
                "The legend is not complete: it must look like "
                "{'classes': [{'code': 1, 'name': 'Matrix', 'color': '#FC6621'}, ...]}."
            ) from error
        legend = _from_rows(rows, "The legend")
        if values.get("order") is None:
            return legend
        try:
            return Legend(legend.names, legend.colors, not_rock=legend.not_rock, order=values["order"])
        except TypeError as error:
            raise ValueError(
                f"The legend's order must be a list of codes, but it is {values['order']!r}."
            ) from error

    @classmethod
    def read_csv(cls, path: str | os.PathLike[str]) -> "Legend":
        """Read a legend from a table with the columns value, name, color and, if need be, rock.

        Columns may stand in any order and be called by other names (code, class, colour), in any capitals.

        Parameters
        ----------
        path : str or path-like
            CSV file with a heading, in UTF-8, UTF-16 or Windows-1252, separated by commas, semicolons, tabs
            or bars. A row for value 0, unlabelled, is skipped, as are empty ones and those that begin with
            #. The color may be empty, "#RRGGBB", "#RGB", three numbers or a name of CSS such as "red"; "no"
            or "false" in the column rock marks a class that is no rock. A code without a row is that of a
            class that tools do not list.

        Returns
        -------
        Legend

        Raises
        ------
        FileNotFoundError
            There is no such file.
        ValueError
            The file is no table, a column is missing, or a cell is not what it must be. The row is named.
        """
        given = read_legend_table(Path(path))
        codes, names = {row.code for row in given}, {row.name.casefold() for row in given}
        free = sorted({*range(1, max(codes, default=0))} - codes)
        rows = [(row.code, row.name, row.color, row.is_rock) for row in given]
        rows += [(code, _unused_name(code, names), None, True) for code in free]
        whole = _from_rows(rows, f"'{path}'")
        listed = [code for code in whole.codes if code not in free]
        return cls(whole.names, whole.colors, not_rock=whole.not_rock, order=listed)

    def write_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the legend as a table with the columns value, name and color, and rock if a class is none.

        Parameters
        ----------
        path : str or path-like
            CSV file to write, in UTF-8. It is written whole or not at all.
        """
        with atomic_write(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            if not self.not_rock:
                writer.writerow(["value", "name", "color"])
                writer.writerows(map(safe_cell, entry) for entry in self)
                return
            writer.writerow(["value", "name", "color", "rock"])
            writer.writerows(
                [*map(safe_cell, entry), "no" if entry.name in self.not_rock else "yes"] for entry in self
            )


def _unused_name(code: int, taken: Collection[str]) -> str:
    """Return a name for a code that a table has no row for."""
    name = f"Class {code}"
    while name.casefold() in taken:
        name += " (not in the table)"
    return name


def _from_rows(rows: Sequence[tuple[Any, Any, Any, bool]], source: str) -> Legend:
    """Make a legend of (code, name, color, is rock) in any order; `source` says in an error where from."""
    codes = [row[0] for row in rows]
    if any(codes.count(expected) != 1 for expected in range(1, len(codes) + 1)):
        raise ValueError(
            f"{source} must have the codes 1 to n, each once, but it has {', '.join(map(str, codes))}; "
            "number the classes without gaps."
        )
    rows = sorted(rows, key=operator.itemgetter(0))
    try:
        legend = Legend([row[1] for row in rows], [row[2] for row in rows])
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from error
    marked = [name for name, row in zip(legend.names, rows, strict=True) if not row[3]]
    return legend.mark_not_rock(*marked)
