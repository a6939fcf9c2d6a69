"""The table of a core, which ``--core`` names in several commands, and the labels of its pieces."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import corewidgets as cw
from corewidgets.cli.arguments import Command, check_used

__all__ = [
    "KEPT_LABELS",
    "TABLES",
    "add_collar",
    "add_core",
    "add_depth_rules",
    "add_second",
    "check_no_core",
    "files_of",
    "labelled_lanes",
    "labelled_lanes_of",
    "section_of",
]

TABLES = (".csv", ".tsv", ".xlsx", ".parquet")
"""Endings of tables of a core."""

KEPT_LABELS = ".labels.png"
"""How the names of labels end that the widgets keep beside a photograph."""

_OF_PHOTOGRAPHS = ("top", "base", "rotate", "bits")
_OF_TABLES = ("datum", "largest_overlap", "collar", "second")


def add_core(command: Command, what: str) -> None:
    """Add the table of a core in place of photographs."""
    group = command.add_argument_group("a core in place of photographs")
    group.add_argument("--core", metavar="TABLE", type=Path, help=what)
    add_depth_rules(group)


def add_depth_rules(command: Command | argparse._ArgumentGroup) -> None:
    """Add the options that say what the depths in the table of a core mean."""
    command.add_argument(
        "--unit",
        choices=("m", "ft"),
        help="unit of depths, if no heading, column or cell of the table names it (default: m)",
    )
    command.add_argument(
        "--datum",
        metavar="TEXT",
        help="what depths are measured from, such as 'along hole' or 'below sea floor', for axes and logs "
        "(default: what a unit in the table says, such as mbsf)",
    )
    command.add_argument(
        "--largest-overlap",
        metavar="LENGTH",
        type=float,
        default=0.0,
        help="largest overlap allowed between sections, in the unit of the table (default: 0)",
    )
    add_collar(command)


def add_collar(command: Command | argparse._ArgumentGroup, which: str = "for a table of elevations") -> None:
    """Add where depths are counted from in a table of elevations."""
    command.add_argument(
        "--collar",
        metavar="ELEVATION",
        type=float,
        help=f"{which}: elevation of the top of the hole, where depth is 0, in the unit of the table",
    )


def add_second(command: Command) -> None:
    """Add whether second photographs are learned from."""
    command.add_argument(
        "--second",
        action=argparse.BooleanOptionalAction,
        help="with --core: train on the second photographs as well, or not (column second_file, such as "
        "those in ultraviolet light; default: if all labelled pieces have one)",
    )


def check_no_core(args: argparse.Namespace) -> None:
    """Raise where photographs are given by name, and an option is about the table of a core."""
    check_used(args, ["unit"], "--core (--top and --base are in metres)")
    check_used(args, _OF_TABLES, "--core")


def _read(args: argparse.Namespace) -> cw.Core:
    """Read the table of a command, or explain which options do not go with it."""
    given = [name for name in _OF_PHOTOGRAPHS if getattr(args, name, None)]
    if given:
        args.parser.error(
            f"--{given[0]} is for photographs given by name, but the table of --core has its own depths and "
            "rotations; leave it out"
        )
    return read_table(args)


def read_table(args: argparse.Namespace, name: str | None = None) -> cw.Core:
    """Read the table of a core under the rules that a command was given."""
    return cw.read_core(
        args.core,
        name=name,
        largest_overlap=args.largest_overlap,
        collar=args.collar,
        unit=args.unit,
        datum=args.datum,
    )


def section_of(
    args: argparse.Namespace, name: str, photographs: Sequence[str]
) -> tuple[cw.CoreSection, list[Path], list[Path]]:
    """Read the section of a core that has a name, with the photographs looked at.

    Then the files of these, and every file that the table names.
    """
    from corewidgets.cores.core import SECOND

    core = _read(args)
    try:
        lane = core[name]
    except KeyError as error:
        raise ValueError(
            f"{error.args[0]}. With --core, IMAGE is the name of a section in the table."
        ) from error
    if SECOND in photographs and lane.second_file is None:
        raise ValueError(
            f"The model uses a second photograph, but section {name} has none; name it in the column "
            "second_file, or train a model on first photographs only: train --no-second."
        )
    shown = lane.showing(photographs)
    read = [shown.file, *([] if shown.second_file is None else [shown.second_file])]
    return shown.read(), read, files_of(core)


def files_of(core: cw.Core) -> list[Path]:
    """Return the files that the table of a core names, in all its rows, used or not."""
    named = (path for lane in core for path in (lane.file, lane.second_file, lane.labels_file))
    return [path for path in named if path is not None]


def labelled_lanes(
    args: argparse.Namespace, photographs: Sequence[str] | None = None
) -> tuple[list[tuple[cw.Lane, Path]], list[Path]]:
    """Return the pieces of a core that are labelled, with the photographs to learn from, and their labels.

    Then every file that the table names, also those of pieces without labels.

    Parameters
    ----------
    args : argparse.Namespace
        With --core, and --second where a recipe is to be made.
    photographs : sequence of str, optional
        Those that a model looks at, where there is one.
    """
    core = _read(args)
    lanes = labelled_lanes_of(core, args.core)
    if photographs is None:
        photographs = _photographs(args, [lane for lane, _ in lanes])
    return [(lane.showing(photographs), labels) for lane, labels in lanes], files_of(core)


def labelled_lanes_of(core: cw.Core, table: Path) -> list[tuple[cw.Lane, Path]]:
    """Return the pieces of a core that are labelled, and their labels; raise where there are none."""
    found = [(lane, _labels_of(lane)) for lane in core]
    lanes = [(lane, labels) for lane, labels in found if labels is not None]
    if not lanes:
        raise ValueError(
            f"No section of '{table}' is labelled. Name label files in the column labels_file, or label "
            "sections in the widgets, which save labels beside the photographs."
        )
    return lanes


def _labels_of(lane: cw.Lane) -> Path | None:
    """Return the file of the labels of a piece: as the table says, or those that the tools keep beside it."""
    from corewidgets.cores.files_beside import file_beside, files_before

    if lane.labels_file is not None:
        return lane.labels_file
    beside = file_beside(lane.file, lane.part, KEPT_LABELS)
    there = [path for path in (beside, *files_before(lane.file, lane.part, KEPT_LABELS)) if path.is_file()]
    return there[0] if there else None


def _photographs(args: argparse.Namespace, lanes: Sequence[cw.Lane]) -> list[str]:
    """Return the names of the photographs to learn from, or raise where some pieces lack one."""
    from corewidgets.cores.core import SECOND

    without = [lane.name for lane in lanes if lane.second_file is None]
    if args.second is False or (args.second is None and len(without) == len(lanes)):
        return []
    if without:
        named = ", ".join(without[:5]) + (f" and {len(without) - 5} more" if len(without) > 5 else "")
        raise ValueError(
            f"{len(without)} of {len(lanes)} labelled sections have no second photograph: {named}. Name it "
            "in the column second_file, or train on the first photographs only: --no-second."
        )
    return [SECOND]
