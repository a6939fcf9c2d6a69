"""``corewidgets segment-core``: classify every pixel of a whole core."""

from __future__ import annotations

import argparse
import math
import sys
import time
from pathlib import Path
from typing import Any

import corewidgets as cw
from corewidgets.cli.arguments import Command, add_command, count
from corewidgets.cli.core_table import add_depth_rules, files_of, read_table
from corewidgets.cli.depth_logs import add_logs, check_classes, check_logs, log_files, write_logs
from corewidgets.cli.files import check_outputs, inputs_of, progress_bar, read_scores
from corewidgets.cli.models import add_model_needs
from corewidgets.cli.origins import record
from corewidgets.cli.recovery import add_recovery, check_recovery, check_tables, write_recovery
from corewidgets.cli.texts import never_labelled
from corewidgets.scoring.text_table import text_table

__all__ = ["add", "segment_core"]

_REMARKS = 5  # are told, of more their number


def add(commands: Any) -> None:
    """Add the command."""
    command = add_command(
        commands,
        segment_core,
        "CORE --model MODEL --out FOLDER [options]",
        help="classify every pixel of a whole core, and continue where an earlier run ended",
        description=(
            "Classify every pixel of all photographs of a core, on all processor cores or on a Dask\n"
            "cluster. CORE is a table with one row per section: file, top and base (metres, or the unit in\n"
            "the heading: 'top (ft)'), and optionally name, crop (rows and columns, '100:300 0:2000') and\n"
            "rotation (degrees clockwise that bring the top up: 90 where it is at the left).\n\n"
            "The run may be killed at any moment: the same command continues it. Sections that are done\n"
            "are not done again unless their photograph has changed. A photograph that cannot be\n"
            "read is reported at the end, with exit code 1, and does not stop the others.\n\n"
            "FOLDER then holds one map per section (sections/NAME.png, an indexed picture with its legend),\n"
            "a table (sections.parquet) and a description of the run (run.json)."
        ),
        epilog=(
            "examples:\n"
            "  corewidgets segment-core hole.csv --model model.skops --out hole \\\n"
            "      --las hole.las --interval 0.1\n"
            "  corewidgets segment-core hole.csv --model model.skops --out hole --figure hole.pdf \\\n"
            "      --recovery recovery.csv --runs runs.csv\n"
            "  corewidgets segment-core hole.csv --model model.skops --out hole \\\n"
            "      --scheduler tcp://10.0.0.1:8786"
        ),
    )
    command.add_argument("core", metavar="CORE", type=Path, help="table: .csv, .tsv, .xlsx or .parquet")
    command.add_argument("--model", metavar="MODEL", type=Path, required=True, help="written by 'train'")
    command.add_argument(
        "--out",
        metavar="FOLDER",
        type=Path,
        required=True,
        help="created if it does not exist; a run in it is continued",
    )
    command.add_argument("--name", metavar="TEXT", help="name of the hole (default: that of the table)")
    add_depth_rules(command)
    _add_processes(command)
    _add_kept(command)
    add_logs(command)
    add_recovery(command, writes=True)
    add_model_needs(command)


def _add_processes(command: Command) -> None:
    """Add what a core is segmented on."""
    group = command.add_argument_group("processes")
    group.add_argument(
        "--workers",
        metavar="N",
        type=count,
        help="processes on this machine (default: one for each processor core, as memory allows)",
    )
    group.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="use the Dask cluster with this scheduler; its machines must see the photographs and FOLDER "
        "under the same paths",
    )
    group.add_argument(
        "--give-up-after",
        metavar="S",
        type=_seconds,
        help="seconds after which a section counts as failed and its process is restarted (default: two "
        "hours); a message names one that takes more than 60",
    )


def _seconds(text: str) -> float:
    """Return a number of seconds above 0, for argparse."""
    seconds = float(text)
    if not 0 < seconds < math.inf:
        raise ValueError
    return seconds


def _add_kept(command: Command) -> None:
    """Add what is kept of a core besides the maps."""
    group = command.add_argument_group("what is kept besides the maps")
    group.add_argument(
        "--probabilities",
        action="store_true",
        help="probabilities of all classes (probabilities/NAME.h5, compressed)",
    )
    group.add_argument(
        "--uncertainty",
        nargs="?",
        const="entropy",
        choices=("entropy", "margin"),
        help="uncertainty of each pixel, 0 (certain) to 255 (uncertainty/NAME.png, grey)",
    )
    group.add_argument(
        "--scores",
        metavar="FILE",
        type=Path,
        help="scores written by 'evaluate --json'; kept in run.json (default: those that 'train' kept in the "
        "model)",
    )
    group.add_argument(
        "--overwrite",
        action="store_true",
        help="replace a run in FOLDER that has another model, other options or other versions",
    )


def segment_core(args: argparse.Namespace) -> None:
    """Segment every section of a core, and say what became of each."""
    check_logs(args)
    check_recovery(args)
    if args.scheduler is not None and args.workers is not None:
        args.parser.error(
            "give either --scheduler or --workers, which are processes on this machine, not both"
        )
    outputs = [*log_files(args), args.recovery]
    check_outputs(outputs, inputs_of(args))
    processes = cw.Processes(
        args.scheduler,
        args.workers,
        connect=None if args.quiet else _show_dashboard,
        report=_write_line,
        **({} if args.give_up_after is None else {"give_up_after": args.give_up_after}),
    )
    core = read_table(args, name=args.name)
    check_outputs(outputs, [*inputs_of(args), *files_of(core)])
    check_tables(args, core)
    model = cw.load_model(args.model, trusted=args.trust, weights=args.weights)
    check_classes(args, model)
    start = time.perf_counter()
    with progress_bar(args, "Segmenting") as progress:
        run = cw.segment_core(
            core,
            model,
            out=args.out,
            kept=_kept(args),
            processes=processes,
            overwrite=args.overwrite,
            progress=progress,
        )
    print("\n".join(_summary_lines(run, time.perf_counter() - start)))
    if run.done_names:
        write_logs(args, run)
        write_recovery(args, run)
    record(args, about={"recipe": model.recipe_.to_dict()})
    print(f"\nWrote {run.folder}; its table is sections.parquet.", flush=True)
    if run.failed:
        raise SystemExit(1)


def _kept(args: argparse.Namespace) -> cw.Kept:
    """Return what a run keeps besides the maps."""
    scores = None if args.scores is None else read_scores(args.scores)
    return cw.Kept(args.probabilities, args.uncertainty, scores, model_file=args.model)


def _show_dashboard(client: Any) -> None:
    """Say where to watch the processes at work."""
    n_workers = len(client.scheduler_info()["workers"])
    _write_line(
        f"{n_workers} {'process' if n_workers == 1 else 'processes'}; watch them at {client.dashboard_link}"
    )


def _write_line(text: str) -> None:
    """Write a line to the standard error stream; on a terminal the bar makes room."""
    from tqdm import tqdm

    tqdm.write(text, file=sys.stderr)


def _summary_lines(run: cw.CoreRun, seconds: float) -> list[str]:
    """Say how far a run came, what the core consists of, and what went wrong."""
    table = run.table
    n_pixels = int((table["n_rows"] * table["n_columns"]).sum())
    core = run.core
    lines = [
        f"Segmented {len(run.done_names)} of {len(core)} sections of {core.name or 'the core'}, "
        f"{core.scale.span(core.top, core.base)}, {_millions(n_pixels)} million pixels, in {seconds:,.0f} s.",
    ]
    shares = run.shares()
    if shares:
        rows = [["class", "share of rock"], *([name, f"{share:.1%}"] for name, share in shares.items())]
        lines += ["", *text_table(rows)]
    lines += ["", *_class_lines(run)]
    remarks = {row["name"]: row["warning"] for row in table.to_dict("records") if row["warning"]}
    if remarks:
        n = len(remarks)
        lines += ["", f"Noticed in {n} section{'' if n == 1 else 's'}:"]
        lines += [
            f"  {name}: {text.removeprefix(f'{name}: ')}" for name, text in list(remarks.items())[:_REMARKS]
        ]
        lines += [f"  and {n - _REMARKS} more, in the column warning of the table"] if n > _REMARKS else []
    if run.failed:
        lines += ["", f"{len(run.failed)} failed; correct them and run the same command again:"]
        lines += [f"  {name}: {error}" for name, error in run.failed.items()]
    return lines


def _millions(number: int) -> str:
    """Return a number in millions."""
    return f"{number / 1e6:,.1f}" if number >= 1e6 else f"{number / 1e6:.2g}"


def _class_lines(run: cw.CoreRun) -> list[str]:
    """Say which classes are not counted as rock, and which the model cannot find."""
    counted = f"Not counted as rock: {', '.join(run.legend.not_rock)}."
    if not run.legend.not_rock:
        counted = (
            "All classes count as rock; write 'no' in the column rock of the legend for classes that are not "
            "rock."
        )
    return [counted, *never_labelled(run.legend, run.about["model"]["classes"])]
