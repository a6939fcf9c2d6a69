"""The options of a LAS file, and writing it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import corewidgets as cw
from corewidgets.cli.arguments import words
from corewidgets.spreadsheet import SEPARATORS, decode_text, split_rows

__all__ = ["LAS_OPTIONS", "add_las", "check_las", "header_of", "write_las"]

LAS_OPTIONS = ("las_header", "las_item", "las_curves", "las_short_names")
"""What a LAS file says and holds."""


def add_las(group: Any) -> None:
    """Add what a LAS file says and holds."""
    group.add_argument(
        "--las", metavar="FILE", type=Path, help="the depth log as LAS 2.0, for well-log software"
    )
    group.add_argument(
        "--las-header",
        metavar="TABLE",
        type=Path,
        help="items of the LAS header: a table with the columns item and value (COMP, WELL, FLD, UWI, API, "
        "SRVC, DATE, NULL, ELEV and others)",
    )
    group.add_argument(
        "--las-item",
        metavar="ITEM=VALUE",
        type=_item,
        action="append",
        default=[],
        help="an item of the LAS header, such as COMP='Acme Drilling'; may be given several times",
    )
    group.add_argument(
        "--las-curves",
        metavar="NAMES",
        type=words,
        help="curves of the LAS file, separated by commas: shares, errors, core_loss, not_rock, rock_area, "
        "clast_size (default: all but clast_size)",
    )
    group.add_argument(
        "--las-short-names",
        action="store_true",
        help="shorten names of curves to 8 characters, and keep them unique",
    )


def check_las(args: argparse.Namespace) -> None:
    """Raise where the items of the header cannot be read, or a curve is not known."""
    header_of(args)
    if args.las_curves:
        from corewidgets.geology.las import check_curves  # loads NumPy, which help needs not

        check_curves(args.las_curves)


def header_of(args: argparse.Namespace) -> dict[str, object]:
    """Return the items of the header that the options name, read before the work."""
    items: dict[str, object] = {}
    if args.las_header is not None:
        items |= _read_items(args.las_header)
    return items | dict(args.las_item)


def write_las(args: argparse.Namespace, log: Any, run: cw.CoreRun, header: dict[str, object]) -> list[str]:
    """Write a LAS file, and return lines on how it calls the classes."""
    from corewidgets.batch.log_parameters import log_parameters

    curves = args.las_curves or ("shares", "errors", "core_loss", "not_rock", "rock_area")
    if "clast_size" in curves:
        log = log.with_clasts(cw.measure_clasts(run.done, run.segmentations(), run.legend))
    names = log.write_las(
        args.las,
        header={"DATE": (run.about.get("finished") or "")[:10], **header},
        parameters=log_parameters(run),
        curves=curves,
        short_names=args.las_short_names,
    )
    told = args.las_short_names
    changed = [f"{name} is {short}" for name, short in names.items() if told or not name.isascii()]
    return [f"In {args.las}: {', '.join(changed)}."] if changed else []


def _item(text: str) -> tuple[str, str]:
    """Return name and value of an item."""
    name, separator, value = text.partition("=")
    if not (separator and name.strip()):
        raise argparse.ArgumentTypeError(f"'{text}' is not ITEM=VALUE, such as COMP=Acme")
    return name.strip().upper(), value.strip()


def _read_items(path: Path) -> dict[str, object]:
    """Read a table of items."""
    text, _ = decode_text(path.read_bytes())
    for rows in (split_rows(text, separator) for separator in SEPARATORS):
        names = [cell.strip().lower() for cell in rows[0]] if rows else []
        if {"item", "value"} <= set(names):
            columns = names.index("item"), names.index("value")
            cells = [[row[k].strip() if k < len(row) else "" for k in columns] for row in rows[1:]]
            return {item.upper(): value for item, value in cells if item}
    raise ValueError(f"'{path}' must have the columns item and value, and a row for each item.")
