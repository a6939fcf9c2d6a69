"""``corewidgets report``: show what came of a whole core on one page."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import corewidgets as cw
from corewidgets.cli.arguments import add_command
from corewidgets.cli.files import check_outputs, check_suffix, progress_bar, read_scores
from corewidgets.cli.models import add_model_needs
from corewidgets.cli.photographs import add_reading, rotations_of

__all__ = ["add", "report"]


def add(commands: Any) -> None:
    """Add the command."""
    command = add_command(
        commands,
        report,
        "FOLDER --out PAGE [options]",
        help="show what came of a whole core on one page",
        description=(
            "Write a page on what 'segment-core' left in FOLDER: how far to trust it, a strip log, each\n"
            "photograph beside its map, settings and versions. The page needs neither a network nor other\n"
            "files.\n\n"
            "With --training, each photograph is compared with those that the model was trained on, and\n"
            "those are flagged on which it should not be trusted."
        ),
        epilog=(
            "examples:\n"
            "  corewidgets report hole --out hole.html\n"
            "  corewidgets report hole --out hole.html --training R2.jpg R17.jpg --scores scores.json"
        ),
    )
    command.add_argument("folder", metavar="FOLDER", type=Path, help="written by 'segment-core'")
    command.add_argument("--out", metavar="PAGE", type=Path, required=True, help="page to write: .html")
    command.add_argument(
        "--training", metavar="IMAGE", nargs="+", type=Path, help="photographs that the model was trained on"
    )
    add_reading(command)
    command.add_argument(
        "--model", metavar="MODEL", type=Path, help="to compare with --training (default: that of the run)"
    )
    command.add_argument(
        "--scores", metavar="FILE", type=Path, help="of 'evaluate --json' (default: those of the run)"
    )
    command.add_argument(
        "--interval", metavar="M", type=float, help="of the strip log, in metres (default: by its length)"
    )
    add_model_needs(command)


def report(args: argparse.Namespace) -> None:
    """Write what came of a run as a page."""
    check_suffix(args.out, (".html", ".htm"), "A report")
    check_outputs([args.out], [args.folder / "run.json"])
    run = cw.read_run(args.folder)
    drift = None
    if args.training and run.done_names:
        drift = _measure_drift(args, run)
        print(drift.report(), end="\n\n")
    scores = None if args.scores is None else read_scores(args.scores)
    with progress_bar(args, "Drawing"):
        cw.write_report(run, args.out, drift=drift, scores=scores, interval=args.interval)
    print(f"Wrote {args.out}: open it in a browser.")


def _measure_drift(args: argparse.Namespace, run: cw.CoreRun) -> cw.Drift:
    """Compare the photographs of a run with those that its model was trained on."""
    source = args.model or (run.about.get("model") or {}).get("file")
    if source is None:
        raise ValueError("The run does not say where its model is; name the file with --model.")
    model = cw.load_model(source, trusted=args.trust, weights=args.weights)
    turned = zip(args.training, rotations_of(args, len(args.training)), strict=True)
    training = [cw.read_section(path, rotation=rotation, bits=args.bits) for path, rotation in turned]
    with progress_bar(args, "Comparing") as progress:
        return cw.measure_drift(model, training, run.done, progress=progress)
