"""``corewidgets report``: show what came of a whole core on one page."""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import corewidgets as cw
from corewidgets.cli.arguments import add_command, check_used, length
from corewidgets.cli.core_table import TABLES, add_collar, labelled_lanes_of
from corewidgets.cli.files import check_outputs, check_suffix, progress_bar, read_scores
from corewidgets.cli.models import add_model_needs
from corewidgets.cli.origins import record
from corewidgets.cli.photographs import add_reading, rotations_of
from corewidgets.cli.recovery import add_recovery, check_recovery, recovery_of

__all__ = ["add", "report"]


def add(commands: Any) -> None:
    """Add the command."""
    command = add_command(
        commands,
        report,
        "FOLDER --out PAGE [options]",
        help="write the results of a whole core as one page",
        description=(
            "Write a page about the results of 'segment-core' in FOLDER: reliability, a strip log, each\n"
            "photograph beside its map, settings and versions. The page needs no internet and no other\n"
            "files.\n\n"
            "With --training, each section is compared with those that the model was trained on, and\n"
            "those that differ too much to trust the map are flagged. The lanes of a box are compared with\n"
            "lanes."
        ),
        epilog=(
            "examples:\n"
            "  corewidgets report hole --out hole.html\n"
            "  corewidgets report hole --out hole.html --training R2.jpg R17.jpg --scores scores.json\n"
            "  corewidgets report hole --out hole.html --training labelled.csv"
        ),
    )
    command.add_argument("folder", metavar="FOLDER", type=Path, help="written by 'segment-core'")
    command.add_argument("--out", metavar="PAGE", type=Path, required=True, help="page to write: .html")
    command.add_argument(
        "--training",
        metavar="WHAT",
        nargs="+",
        type=Path,
        help="what the model was trained on: photographs (a photograph of the run stands for its "
        "sections), names of sections of the run, or the table that it was trained on with --core",
    )
    add_reading(command)
    add_collar(command, "for a table of elevations in --training")
    command.add_argument(
        "--model",
        metavar="MODEL",
        type=Path,
        help="model for the comparison with --training (default: that of the run)",
    )
    command.add_argument(
        "--scores",
        metavar="FILE",
        type=Path,
        help="scores written by 'evaluate --json' (default: those of the run)",
    )
    command.add_argument(
        "--interval",
        metavar="LENGTH",
        type=length,
        help="interval of the strip log, in the unit of the core (default: chosen by its length)",
    )
    add_recovery(command, writes=False)
    add_model_needs(command)


def report(args: argparse.Namespace) -> None:
    """Write what came of a run as a page."""
    check_suffix(args.out, (".html", ".htm"), "A report")
    check_recovery(args)
    if not args.training:
        check_used(args, ["rotate", "bits", "model", "weights", "trust"], "--training")
    if not any(what.suffix.lower() in TABLES for what in args.training or ()):
        check_used(args, ["collar"], "a table in --training")
    check_outputs([args.out], [args.folder / "run.json"])
    run = cw.read_run(args.folder)
    recovery = recovery_of(args, run) if run.done_names else None
    drift = None
    if args.training and run.done_names:
        drift = _measure_drift(args, run)
        print(drift.report(), end="\n\n")
    scores = None if args.scores is None else read_scores(args.scores)
    with progress_bar(args, "Drawing"):
        cw.write_report(run, args.out, drift=drift, scores=scores, interval=args.interval, recovery=recovery)
    record(args, about={"model": run.about["model"].get("recipe")})
    print(f"Wrote {args.out}: open it in a browser.")


def _measure_drift(args: argparse.Namespace, run: cw.CoreRun) -> cw.Drift:
    """Compare the photographs of a run with those that its model was trained on."""
    source = args.model or (run.about.get("model") or {}).get("file")
    if source is None:
        raise ValueError("The run does not say where its model is; name the file with --model.")
    model = cw.load_model(source, trusted=args.trust, weights=args.weights)
    training = list(_training_sections(args, run, model.image_names_))
    with progress_bar(args, "Comparing") as progress:
        return cw.measure_drift(model, training, run.done, progress=progress)


def _training_sections(
    args: argparse.Namespace, run: cw.CoreRun, photographs: Sequence[str]
) -> Iterator[cw.CoreSection]:
    """Read what a model was trained on, cut as the sections of the run are."""
    by_file: dict[str, list[cw.Lane]] = {}
    for lane in run.core:
        by_file.setdefault(os.path.realpath(lane.file), []).append(lane)
    by_name = {lane.name: lane for lane in run.core}
    for what, rotation in zip(args.training, rotations_of(args, len(args.training)), strict=True):
        if what.suffix.lower() in TABLES and what.is_file():
            # its depths are not looked at
            core = cw.read_core(what, largest_overlap=math.inf, collar=args.collar)
            lanes = [lane for lane, _ in labelled_lanes_of(core, what)]
        elif str(what) in by_name:
            lanes = [by_name[str(what)]]
        else:
            lanes = by_file.get(os.path.realpath(what), [])
        for lane in lanes:
            yield lane.showing(photographs).read()
        if not lanes:
            yield cw.read_section(what, rotation=rotation, bits=args.bits)
