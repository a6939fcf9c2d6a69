"""What the commands do that work on a whole core: segment-core and report."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import corewidgets as cw
from corewidgets.cli.commands import never_labelled, rotations_of
from corewidgets.cli.files import check_outputs, check_suffix, progress_bar

__all__ = ["report", "segment_core"]


def segment_core(args: argparse.Namespace) -> None:
    """Segment every section of a core, and say what became of each."""
    check_suffix(args.csv, (".csv",), "A depth log")
    check_suffix(args.las, (".las",), "A depth log for well-log software")
    check_outputs([args.csv, args.las], [args.core, args.model])
    core = cw.read_core(args.core, name=args.name, largest_overlap=args.largest_overlap, collar=args.collar)
    model = cw.load_model(args.model, trusted=args.trust, weights=args.weights)
    start = time.perf_counter()
    with progress_bar(args, "Segmenting") as progress:
        run = cw.segment_core(
            core,
            model,
            out=args.out,
            client=args.scheduler,
            n_workers=args.workers,
            probabilities=args.probabilities,
            uncertainty=args.uncertainty,
            scores=None if args.scores is None else _read_scores(args.scores),
            model_file=args.model,
            overwrite=args.overwrite,
            progress=progress,
            connect=None if args.quiet else _show_dashboard,
        )
    print("\n".join(_summary_lines(run, time.perf_counter() - start)))
    if run.done_names:
        _write_logs(args, run)
    print(f"\nWrote {run.folder}; its table is sections.parquet.", flush=True)
    if run.failed:
        raise SystemExit(1)


def report(args: argparse.Namespace) -> None:
    """Write what came of a run as a page."""
    check_suffix(args.out, (".html", ".htm"), "A report")
    check_outputs([args.out], [args.folder / "run.json"])
    run = cw.read_run(args.folder)
    drift = None
    if args.training and run.done_names:
        drift = _measure_drift(args, run)
        print(drift.report(), end="\n\n")
    scores = None if args.scores is None else _read_scores(args.scores)
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


def _read_scores(path: Path) -> Any:
    """Read what 'evaluate --json' wrote."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(
            f"'{path}' is not a file of scores ({error}); write one with 'evaluate --json'."
        ) from error


def _show_dashboard(client: Any) -> None:
    """Say where to watch the processes at work; on a terminal the bar makes room."""
    from tqdm import tqdm

    n_workers = len(client.scheduler_info()["workers"])
    tqdm.write(
        f"{n_workers} {'process' if n_workers == 1 else 'processes'}; watch them at {client.dashboard_link}",
        file=sys.stderr,
    )


def _write_logs(args: argparse.Namespace, run: cw.CoreRun) -> None:
    """Write the depth logs that were asked for."""
    if args.csv is None and args.las is None:
        return
    log = cw.depth_log(
        run.done,
        run.segmentations(),
        run.legend,
        interval=args.interval,
        classes=run.about["model"]["classes"],
        name=run.core.name,
    )
    if args.csv is not None:
        log.write_csv(args.csv)
    if args.las is not None:
        log.write_las(args.las)
    written = ", ".join(str(path) for path in (args.csv, args.las) if path is not None)
    print(f"\nWrote the depth log {written}: {len(log.table)} intervals of {args.interval:g} m.")


def _class_lines(run: cw.CoreRun) -> list[str]:
    """Say which classes are not counted as rock, and which the model cannot find."""
    counted = f"Not counted as rock: {', '.join(run.legend.not_rock)}."
    if not run.legend.not_rock:
        counted = (
            "All classes count as rock; say 'no' in the column rock of the legend for those that are none."
        )
    return [counted, *never_labelled(run.legend, run.about["model"]["classes"])]


def _summary_lines(run: cw.CoreRun, seconds: float) -> list[str]:
    """Say how far a run came, what the core consists of, and what went wrong."""
    table = run.table
    n_pixels = int((table["n_rows"] * table["n_columns"]).sum())
    core = run.core
    lines = [
        f"Segmented {len(run.done_names)} of {len(core)} sections of {core.name or 'the core'}, {core.top:g} "
        f"to {core.base:g} m, {n_pixels / 1e6:,.1f} million pixels, in {seconds:,.0f} s.",
    ]
    shares = run.shares()
    if shares:
        width = max(map(len, shares))
        lines += ["", f"{'class':<{width}}  share of rock"]
        lines += [f"{name:<{width}}  {share:13.1%}" for name, share in shares.items()]
    lines += ["", *_class_lines(run)]
    if run.failed:
        lines += ["", f"{len(run.failed)} failed; correct them and run the same command again:"]
        lines += [f"  {name}: {error}" for name, error in run.failed.items()]
    return lines
