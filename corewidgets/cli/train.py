"""``corewidgets train``: learn from labelled photographs, and write a model."""

from __future__ import annotations

import argparse
import textwrap
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import corewidgets as cw
from corewidgets.cli.arguments import add_command
from corewidgets.cli.core_table import add_second
from corewidgets.cli.evaluate import SCORED_PIXELS, usual_protocols
from corewidgets.cli.files import check_outputs, inputs_of, progress_bar
from corewidgets.cli.models import add_recipe, new_model
from corewidgets.cli.origins import record
from corewidgets.cli.photographs import add_pairs, apart, labelled, read_pairs
from corewidgets.cli.texts import in_options, never_labelled
from corewidgets.scoring.text_table import text_table

if TYPE_CHECKING:
    from corewidgets.cli.photographs import Pair

__all__ = ["add", "train"]

_QUICK_FOLDS, _QUICK_PIXELS = 2, 4000


def add(commands: Any) -> None:
    """Add the command."""
    command = add_command(
        commands,
        train,
        "(IMAGE LABELS [IMAGE LABELS ...] | --core TABLE) --out MODEL [options]",
        help="train a model on labelled photographs",
        description=(
            "Train a model on the labelled pixels of one or several photographs and write it for\n"
            "'segment'. Then train again without some of the labels, to measure the accuracy on rock\n"
            "that it was not trained on."
        ),
        epilog=(
            "examples:\n"
            "  corewidgets train core.jpg labels.png --out model.skops\n"
            "  corewidgets train core.jpg labels.h5 --legend classes.csv --preset published \\\n"
            "      --out model.skops\n"
            "  corewidgets train 1.jpg 1.png 2.jpg 2.png --top 698.4 --base 699.0 \\\n"
            "      --top 699.0 --base 699.6 --out both.skops\n"
            "  corewidgets train --core hole.csv --no-second --out model.skops"
        ),
    )
    add_pairs(command)
    command.add_argument(
        "--out", metavar="MODEL", type=Path, required=True, help="model to write, such as model.skops"
    )
    command.add_argument(
        "--no-scores", action="store_true", help="only train: faster, but the accuracy is not measured"
    )
    command.add_argument(
        "--quick",
        action="store_true",
        help=f"score in {_QUICK_FOLDS} folds by the strictest protocol only, on {_QUICK_PIXELS:,} pixels",
    )
    add_second(command)
    add_recipe(command)


def train(args: argparse.Namespace) -> None:
    """Learn from labelled photographs, and write a model."""
    named, kept = labelled(args)
    check_outputs([args.out], [*inputs_of(args), *kept])
    pairs, legend = read_pairs(args, named)
    model = new_model(args)
    start = time.perf_counter()
    with progress_bar(args, "Training") as progress:
        model.fit(*apart(pairs), progress=progress)
    seconds = time.perf_counter() - start
    cw.save_model(args.out, model, legend=legend)
    print("\n".join(_training_lines(model.training_summary_, legend, seconds)))
    if model.choice_:
        print(f"\n{textwrap.fill(model.choice_, 100)}")
    print(f"\nWrote the model {args.out} ({args.out.stat().st_size / 1e3:,.0f} kB).", flush=True)
    if not args.no_scores:
        _score(args, model, pairs, legend)
    photographs = [section.digest for section, _ in pairs]
    read = [path for each in named for path in each.files]
    record(args, read, {"photographs": photographs, "recipe": model.recipe_.to_dict()})


def _score(args: argparse.Namespace, model: Any, pairs: Sequence[Pair], legend: cw.Legend) -> None:
    """Score a model after training, where that is possible, and keep the scores with it."""
    print("\nAccuracy on rock that it was not trained on (--no-scores skips this):\n", flush=True)
    try:
        with progress_bar(args, "Scoring") as progress:
            evaluation = cw.evaluate(
                model,
                *apart(pairs),
                legend=legend,
                protocols=usual_protocols(pairs)[:1] if args.quick else usual_protocols(pairs),
                n_splits=_QUICK_FOLDS if args.quick else 5,
                max_scored_pixels=_QUICK_PIXELS if args.quick else SCORED_PIXELS,
                progress=progress,
            )
    except ValueError as error:
        print(f"Not scored. {in_options(str(error))}")
        return
    cw.save_model(args.out, model, legend=legend, scores=evaluation.to_dict())
    print(evaluation.report())
    print(f"\nThe scores are kept in {args.out}; 'segment-core' and 'report' show them.")


def _training_lines(summary: Mapping[str, Any], legend: cw.Legend, seconds: float) -> list[str]:
    """Say what a model was trained on."""
    n_sections = summary["n_sections"]
    rows = [["class", "labelled pixels", "trained on"]]
    for code, row in summary["classes"].items():
        rows.append([legend.name(code), f"{row['n_labelled_pixels']:,}", f"{row['n_training_pixels']:,}"])
    return [
        f"Trained in {seconds:.1f} s on {summary['n_training_pixels']:,} of "
        f"{summary['n_labelled_pixels']:,} labelled pixels: {n_sections} "
        f"{'photograph' if n_sections == 1 else 'photographs'}, {summary['n_regions']:,} regions, "
        f"{len(summary['classes'])} classes.",
        *never_labelled(legend, summary["classes"]),
        "",
        *text_table(rows),
    ]
