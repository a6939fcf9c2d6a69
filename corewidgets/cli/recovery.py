"""Core recovery on the command line: its options, and what is measured of a run by drill runs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import corewidgets as cw
from corewidgets.cli.arguments import Command, check_used, length
from corewidgets.cli.files import check_suffix

__all__ = ["add_recovery", "check_recovery", "check_tables", "recovery_of", "write_recovery"]


def add_recovery(command: Command, *, writes: bool) -> None:
    """Add the options that name drill runs and pieces of core.

    Parameters
    ----------
    command : Command
    writes : bool
        Whether the command writes a table of its own.
    """
    group = command.add_argument_group("core recovery")
    if writes:
        group.add_argument(
            "--recovery",
            metavar="FILE",
            type=Path,
            help="total core recovery by drill run, as a table: .csv; with --pieces solid core recovery, RQD "
            "(Deere and Deere 1988) and fracture frequency (ISRM 1978) as well",
        )
    group.add_argument(
        "--runs",
        metavar="TABLE",
        type=Path,
        help="the drill runs: a table with the columns top and base, in the unit of its heading or of CORE",
    )
    group.add_argument(
        "--run-length",
        metavar="LENGTH",
        type=length,
        help="in place of --runs: length of all runs, from the top of the core, in the unit of CORE",
    )
    group.add_argument(
        "--pieces",
        metavar="TABLE",
        type=Path,
        help="the pieces of core between breaks: a table with the columns top, base, and optionally solid "
        "and mechanical (yes where the break at the base was made by drilling); without it rock is taken "
        "from the maps",
    )


def check_recovery(args: argparse.Namespace) -> None:
    """Raise where options contradict each other, or are of no use."""
    if args.runs is not None and args.run_length is not None:
        args.parser.error("give either --runs or --run-length, not both")
    drilled = args.runs is not None or args.run_length is not None
    asked = getattr(args, "recovery", None)
    if asked is not None:
        check_suffix(asked, (".csv",), "Core recovery")
        if not drilled:
            args.parser.error("--recovery needs the drill runs: --runs TABLE, or --run-length LENGTH")
    elif hasattr(args, "recovery"):
        check_used(args, ["runs", "run_length", "pieces"], "--recovery")
    if not drilled:
        check_used(args, ["pieces"], "the drill runs, --runs or --run-length")


def check_tables(args: argparse.Namespace, core: cw.Core) -> None:
    """Raise where the drill runs or the pieces of a core cannot be read, before the work."""
    from corewidgets.batch.run_recovery import pieces_of, runs_of  # loads NumPy, which help needs not

    if args.runs is not None:
        runs_of(core, args.runs)
    if args.pieces is not None:
        pieces_of(core, args.pieces)


def recovery_of(args: argparse.Namespace, run: cw.CoreRun) -> Any:
    """Measure the recovery of a run by the drill runs that the options name; None where they name none."""
    if args.runs is None and args.run_length is None:
        return None
    from corewidgets.batch.run_recovery import run_recovery  # loads NumPy, which help needs not

    return run_recovery(run, args.run_length if args.runs is None else args.runs, args.pieces)


def write_recovery(args: argparse.Namespace, run: cw.CoreRun) -> None:
    """Write the recovery of a run where that was asked for, and say so."""
    if args.recovery is None:
        return
    table, scale = recovery_of(args, run), run.core.scale
    cw.write_recovery(table, args.recovery, scale=scale)
    length, rock = (table["base"] - table["top"]).sum(), table["recovered"].sum()
    said = f"{rock / length:.1%} of {scale.text(length)} recovered"
    if "rqd" in table:
        said += f", RQD {(table['rqd'] * (table['base'] - table['top'])).sum() / length:.0%}"
    n = len(table)
    print(f"\nWrote the core recovery {args.recovery}: {n} run{'' if n == 1 else 's'}; {said}.")
