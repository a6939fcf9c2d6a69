"""The depth logs that a command writes: one table, from which come options, checks and files."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import corewidgets as cw
from corewidgets.cli.arguments import Command, check_used, length
from corewidgets.cli.files import FIGURES, add_hatched, check_suffix
from corewidgets.cli.las import LAS_OPTIONS, add_las, check_las, header_of, write_las

__all__ = ["LOG_FORMATS", "LogFormat", "add_logs", "check_classes", "check_logs", "log_files", "write_logs"]


@dataclass(frozen=True)
class LogFormat:
    """A kind of file that a depth log is written to.

    Parameters
    ----------
    name : str
        Of the option, such as "las" for ``--las``, and of the ending of the file, where `endings` are none.
    title : str
        What the file is, as the beginning of a sentence.
    add : callable
        Adds the option, and more that belong to it, to a group of a parser.
    write : callable
        Takes all arguments of the command, the log and the run; returns lines to print.
    check : callable
        Takes the arguments before the work, and raises where they are wrong.
    endings : tuple of str
        That the file may have; by default that of its name.
    options : tuple of str
        Names of further options, which mean nothing without the file.
    """

    name: str
    title: str
    add: Callable[[Any], None]
    write: Callable[[argparse.Namespace, cw.DepthLog, cw.CoreRun], list[str]]
    check: Callable[[argparse.Namespace], object] = lambda _: None
    endings: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


def _add_csv(group: Any) -> None:
    group.add_argument("--csv", metavar="FILE", type=Path, help="class proportions by depth, as a table")
    group.add_argument(
        "--csv-units",
        action="store_true",
        help="name the unit of each column in the heading of the table: 'top (m)' (always where depths are "
        "not in metres)",
    )


def _write_csv(args: argparse.Namespace, log: cw.DepthLog, _: cw.CoreRun) -> list[str]:
    log.write_csv(args.csv, units=args.csv_units or None)
    return []


def _write_las(args: argparse.Namespace, log: cw.DepthLog, run: cw.CoreRun) -> list[str]:
    return write_las(args, log, run, header_of(args))


def _add_figure(group: Any) -> None:
    group.add_argument(
        "--figure",
        metavar="FILE",
        type=Path,
        help="photographs, class proportions and core loss over depth, as a figure: .png, .pdf, .svg or .jpg",
    )
    add_hatched(group)


def _write_figure(args: argparse.Namespace, log: cw.DepthLog, run: cw.CoreRun) -> list[str]:
    photographs = run.done.showing(())
    cw.save_figure(cw.plot_depth_log(log, photographs.sections(), hatched=args.hatched), args.figure)
    return []


LOG_FORMATS = (
    LogFormat("csv", "A depth log", _add_csv, _write_csv, options=("csv_units",)),
    LogFormat(
        "las", "A depth log for well-log software", add_las, _write_las, check_las, options=LAS_OPTIONS
    ),
    LogFormat(
        "figure", "A figure of the hole", _add_figure, _write_figure, endings=FIGURES, options=("hatched",)
    ),
)


def add_logs(command: Command) -> None:
    """Add the depth log of a core."""
    group = command.add_argument_group("depth log")
    for one in LOG_FORMATS:
        one.add(group)
    group.add_argument(
        "--interval",
        metavar="LENGTH",
        type=length,
        default=0.1,
        help="length of an interval, in the unit of CORE (default: 0.1)",
    )


def log_files(args: argparse.Namespace) -> list[Path]:
    """Return the files that are to be written."""
    return [file for one in LOG_FORMATS if (file := getattr(args, one.name)) is not None]


def check_logs(args: argparse.Namespace) -> None:
    """Raise where a file has not the ending of its kind, or another option of it is wrong or of no use."""
    if not log_files(args):
        check_used(args, ["interval"], " or ".join(f"--{one.name}" for one in LOG_FORMATS))
    for one in LOG_FORMATS:
        if getattr(args, one.name) is None:
            check_used(args, one.options, f"--{one.name}")
        check_suffix(getattr(args, one.name), one.endings or (f".{one.name}",), one.title)
        one.check(args)


def check_classes(args: argparse.Namespace, model: cw.PixelClassifier) -> None:
    """Raise where the classes of a model cannot stand in the depth logs that are to be written."""
    if log_files(args) and model.legend_ is not None:
        from corewidgets.geology.depthlog import check_legend  # loads NumPy, which help needs not

        check_legend(model.legend_)


def write_logs(args: argparse.Namespace, run: cw.CoreRun) -> None:
    """Write the depth logs of a run that were asked for, and say so."""
    files = log_files(args)
    if not files:
        return
    log = cw.depth_log(
        run.done,
        run.segmentations(),
        run.legend,
        interval=args.interval,
        classes=run.about["model"]["classes"],
        name=run.core.name,
    )
    lines = [line for one in LOG_FORMATS if getattr(args, one.name) for line in one.write(args, log, run)]
    written = ", ".join(map(str, files))
    n = len(log.table)
    intervals = f"{n} interval{'' if n == 1 else 's'} of {log.scale.text(log.interval)}"
    print(f"\nWrote the depth log {written}: {intervals}.")
    for line in lines:
        print(line)
