"""``corewidgets evaluate``: measure the accuracy of a recipe on rock that it was not trained on."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import corewidgets as cw
from corewidgets.cli.arguments import add_command, count_or_all, words
from corewidgets.cli.core_table import add_second
from corewidgets.cli.files import FIGURES, check_outputs, check_suffix, inputs_of, progress_bar, write_json
from corewidgets.cli.models import RECIPE, add_recipe, add_trust, new_model, read_model
from corewidgets.cli.origins import record
from corewidgets.cli.photographs import add_pairs, apart, labelled, read_pairs
from corewidgets.cli.texts import wrote
from corewidgets.scoring.meanings import MEANINGS

if TYPE_CHECKING:
    from corewidgets.cli.photographs import Pair

__all__ = ["SCORED_PIXELS", "add", "evaluate", "usual_protocols"]

SCORED_PIXELS = 20_000
"""Held-out pixels that are scored by each protocol: neighbors repeat each other."""


def add(commands: Any) -> None:
    """Add the command."""
    command = add_command(
        commands,
        evaluate,
        "(IMAGE LABELS [IMAGE LABELS ...] | --core TABLE) [options]",
        help="measure the accuracy of a recipe on rock that it was not trained on",
        description=(
            "Hold out some of the labels, train on the others, and score the labels held out.\n\n"
            + "\n".join(f"  {name:10}{each.title}: {each.short}" for name, each in MEANINGS.items())
            + "\n\nAll but 'random' use folds (--folds). 'random' is always shown with 'regions'."
        ),
        epilog=(
            "examples:\n"
            "  corewidgets evaluate core.jpg labels.png\n"
            "  corewidgets evaluate core.jpg labels.png --preset published --json scores.json\n"
            "  corewidgets evaluate core.jpg labels.png --model model.skops --protocols regions,depth \\\n"
            "      --confusion confusion.png\n"
            "  corewidgets evaluate --core hole.csv --protocols sections"
        ),
    )
    add_pairs(command)
    command.add_argument(
        "--model",
        metavar="MODEL",
        type=Path,
        help="use the recipe (features, classifier, limits) of this model; it is trained again for each "
        "fold, since the model has seen the labels",
    )
    command.add_argument(
        "--protocols",
        metavar="NAMES",
        type=words,
        help=f"of {', '.join(MEANINGS)}, separated by commas (default: regions,random; with several "
        "photographs sections as well)",
    )
    command.add_argument("--folds", type=int, default=5, metavar="N", help="number of folds (default: 5)")
    command.add_argument(
        "--max-scored-pixels",
        type=count_or_all,
        default=SCORED_PIXELS,
        metavar="N",
        help=f"score at most N held-out pixels per protocol, sampled evenly, or 'all' (default: "
        f"{SCORED_PIXELS:,})",
    )
    command.add_argument(
        "--share",
        type=float,
        default=0.05,
        metavar="S",
        help="fraction that 'random' holds out (default: 0.05)",
    )
    command.add_argument("--json", metavar="FILE", type=Path, help="write all scores to this file")
    command.add_argument("--confusion", metavar="FILE", type=Path, help="figure of the confusion matrix")
    add_trust(command)
    add_second(command)
    add_recipe(command)


def evaluate(args: argparse.Namespace) -> None:
    """Score a recipe on labels that were held out."""
    given = [name for name in (*RECIPE, "second") if getattr(args, name) is not None]
    if args.model is not None and given:
        named = ", ".join("--" + name.replace("_", "-") for name in given)
        args.parser.error(f"--model contains its own recipe; leave out {named}")
    check_suffix(args.confusion, FIGURES, "A picture")
    outputs = [args.json, args.confusion]
    model = new_model(args) if args.model is None else read_model(args)
    photographs, kept = labelled(args, getattr(model, "image_names_", None))
    check_outputs(outputs, [*inputs_of(args), *kept])
    pairs, legend = read_pairs(args, photographs)
    protocols = args.protocols or usual_protocols(pairs)
    most = None if args.max_scored_pixels == "all" else args.max_scored_pixels
    options = {"protocols": protocols, "n_splits": args.folds, "share": args.share, "max_scored_pixels": most}
    with progress_bar(args, "Scoring") as progress:
        evaluation = cw.evaluate(model, *apart(pairs), legend=legend, progress=progress, **options)
    if args.json is not None:
        files = [[str(path) for path in each.files] for each in photographs]
        about = {"files": files, "recipe": _described(model)}
        write_json(args.json, about | evaluation.to_dict())
    if args.confusion is not None:
        cw.save_figure(cw.plot_confusion(evaluation[next(iter(evaluation))]), args.confusion)
    read = [path for each in photographs for path in each.files]
    digests = [section.digest for section, _ in pairs]
    record(args, read, {"photographs": digests, "recipe": model.recipe.to_dict()})
    print(evaluation.report())
    print(wrote(outputs))


def usual_protocols(pairs: Sequence[Pair]) -> list[str]:
    """Return the default protocols: by photograph as well, where there are several."""
    several = len({section.path for section, _ in pairs}) > 1  # lanes of one box are one photograph
    return [*(["sections"] if several else []), "regions", "random"]


def _described(model: Any) -> dict[str, Any]:
    """Return a recipe as plain values."""
    return model.recipe.to_dict() | {"random_state": model.random_state}
