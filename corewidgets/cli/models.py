"""Models of the commands: read from a file, or made of the recipe that the options describe."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import corewidgets as cw
from corewidgets.cli.arguments import Command, count_or_all, numbers, words

__all__ = ["RECIPE", "add_model_needs", "add_recipe", "add_trust", "new_model", "read_model"]

RECIPE = (
    "preset", "layers", "smoothing", "lab", "lab_smoothing", "max_training_pixels", "transposed",
    "no_regularizer", "seed",
)  # fmt: skip
"""Options that a model given by file brings with it."""


def add_recipe(command: Command) -> None:
    """Add the options of a recipe; None and False mean that an option was not given."""
    command.add_argument(
        "--preset",
        metavar="NAME",
        help="'recommended' (the default) is the most accurate on clasts that were never labelled; "
        "'published' is 192 features and a random forest; 'quick' is for a first look; 'recommended-0.1' is "
        "the default of version 0.1; 'recommended-trees' combines trees with the discriminant if one region "
        "of each class is labelled; or a file with a recipe (Recipe.to_dict): .json",
    )
    features = command.add_argument_group("features of a pixel, in place of the preset's")
    features.add_argument(
        "--layers", metavar="NAMES", type=words, help="layers of VGG-16, separated by commas: pool1,pool2"
    )
    features.add_argument(
        "--smoothing",
        metavar="PIXELS",
        type=numbers,
        help="add each layer smoothed by Gaussians of these standard deviations, separated by commas",
    )
    features.add_argument("--lab", action="store_true", default=None, help="add the color, as CIE L*a*b*")
    features.add_argument(
        "--lab-smoothing", metavar="PIXELS", type=numbers, help="add the color smoothed in the same way"
    )
    features.add_argument(
        "--weights", metavar="FILE", help="network weights of your own: .safetensors, .pth (torchvision), .h5"
    )
    learning = command.add_argument_group("learning")
    learning.add_argument(
        "--max-training-pixels",
        metavar="N",
        type=count_or_all,
        help="train on at most N pixels, sampled evenly over classes and regions, or on 'all'",
    )
    learning.add_argument(
        "--transposed",
        action=argparse.BooleanOptionalAction,
        help="train on each photograph transposed (rows and columns exchanged) as well, or not",
    )
    learning.add_argument(
        "--no-regularizer",
        action="store_true",
        default=None,
        help="no spatial regularization: classify each pixel independently of its neighbors",
    )
    learning.add_argument("--seed", metavar="N", type=int, help="random seed (default: 0)")


def add_model_needs(command: Command) -> None:
    """Add what a model needs that is not in its file."""
    command.add_argument(
        "--weights", metavar="FILE", help="network weights, if the model was trained with weights of your own"
    )
    add_trust(command)


def add_trust(command: Command) -> None:
    """Add the types that a model may hold."""
    command.add_argument(
        "--trust",
        metavar="TYPE",
        action="append",
        default=[],
        help="a type that the model may hold beyond those known to be safe; only if you know who made it",
    )


def read_model(args: argparse.Namespace) -> Any:
    """Read the model of a command."""
    return cw.load_model(args.model, trusted=args.trust, weights=args.weights)


def new_model(args: argparse.Namespace) -> cw.PixelClassifier:
    """Return an unfitted model of the recipe that the options describe."""
    recipe: dict[str, Any] = {"lab": True} if args.lab else {}
    for name in ("layers", "smoothing", "lab_smoothing"):
        if getattr(args, name) is not None:
            recipe[name] = getattr(args, name)
    if args.weights is not None:
        recipe["weights"] = cw.load_weights(args.weights)
    if args.max_training_pixels is not None:
        limit = args.max_training_pixels
        recipe["max_training_pixels"] = None if limit == "all" else limit
    if args.transposed is not None:
        recipe["transposed"] = args.transposed
    if args.no_regularizer:
        recipe["regularizer"] = None
    return cw.PixelClassifier(preset=_chosen_recipe(args).patched(**recipe), random_state=args.seed or 0)


def _chosen_recipe(args: argparse.Namespace) -> cw.Recipe:
    """Return the preset, or the recipe in a file, that the options name."""
    preset = args.preset or "recommended"
    if preset.endswith(".json"):
        return _recipe_in(Path(preset))
    if preset not in cw.PRESETS:
        names = ", ".join(cw.PRESETS)
        args.parser.error(f"argument --preset: there is no '{preset}'; choose from {names}, or a .json file")
    return cw.PRESETS[preset]


def _recipe_in(path: Path) -> cw.Recipe:
    """Read a recipe."""
    try:
        return cw.Recipe.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"'{path}' contains no recipe ({error}); write one with json.dumps(recipe.to_dict())."
        ) from error
