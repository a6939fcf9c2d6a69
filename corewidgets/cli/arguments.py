"""What the commands are called with, and what their help says."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import corewidgets as cw
from corewidgets.cli.commands import evaluate, features, segment, train
from corewidgets.cli.core_commands import report, segment_core
from corewidgets.cli.demo import demo
from corewidgets.cli.files import FIGURES, LABELS

__all__ = ["make_parser"]

Command = argparse.ArgumentParser
_PROTOCOLS = ("sections", "regions", "depth", "random")


def make_parser() -> Command:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="corewidgets",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=(
            "From a photograph of drill core to a map of rock types.\n\n"
            "You label some pixels of a photograph. 'train' learns from them what each kind of rock\n"
            "looks like, 'segment' classifies every pixel of a photograph, and 'evaluate' says how far\n"
            "to trust that."
        ),
        epilog=(
            "Begin with the sample core, which needs no file of yours:\n\n"
            "  corewidgets demo --out demo-out\n\n"
            "'corewidgets COMMAND --help' explains a command with an example.\n"
            "Exit codes: 0 all went well, 1 error in the input, 2 wrong usage, 130 interrupted."
        ),
    )
    parser.add_argument("--version", action="version", version=f"corewidgets {cw.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in (
        _add_demo,
        _add_train,
        _add_segment,
        _add_segment_core,
        _add_report,
        _add_evaluate,
        _add_features,
    ):
        add(commands)
    return parser


def _add_command(
    commands: Any, run: Callable[[argparse.Namespace], None], usage: str, **texts: str
) -> Command:
    """Return the parser of one command, with the options that all have."""
    name = run.__name__.replace("_", "-")
    command: Command = commands.add_parser(
        name,
        usage=f"corewidgets {name} {usage}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        **texts,
    )
    command.set_defaults(run=run, parser=command)
    command.add_argument("-q", "--quiet", action="store_true", help="show no progress bar")
    command.add_argument(
        "--sources",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="file of Python with feature sources of your own; it is run",
    )
    command.add_argument("--debug", action="store_true", help="show where in the program an error arose")
    return command


# --------------------------------------------------------------------------------------------------- commands


def _add_demo(commands: Any) -> None:
    command = _add_command(
        commands,
        demo,
        "--out FOLDER [options]",
        help="classify a made core and explain the result",
        description=(
            "Make a piece of breccia core whose true classes are known, train on sparse labels, classify\n"
            "every pixel, score the result, and leave pictures of each step. Takes less than a minute."
        ),
        epilog=(
            "example:\n"
            "  corewidgets demo --out demo-out\n\n"
            "Open demo-out/poster.png first. The files that the other commands take are in\n"
            "demo-out/files:\n"
            "  corewidgets train demo-out/files/core.png demo-out/files/labels.png --out again.skops"
        ),
    )
    command.add_argument("--out", metavar="FOLDER", type=Path, required=True, help="made if it is not there")
    command.add_argument("--seed", type=int, default=0, metavar="N", help="another core (default: 0)")
    command.add_argument(
        "--size",
        type=_size,
        default=(1800, 360),
        metavar="ROWSxCOLUMNS",
        help="pixels of the photograph (default: 1800x360)",
    )


def _add_train(commands: Any) -> None:
    command = _add_command(
        commands,
        train,
        "IMAGE LABELS [IMAGE LABELS ...] --out MODEL [options]",
        help="learn from labelled photographs",
        description=(
            "Learn from the labelled pixels of one or several photographs, and write a model for\n"
            "'segment'. Then train anew without some of the labels, to say how well that does on rock\n"
            "that it was not shown."
        ),
        epilog=(
            "examples:\n"
            "  corewidgets train core.jpg labels.png --out model.skops\n"
            "  corewidgets train core.jpg labels.h5 --legend classes.csv --preset published \\\n"
            "      --out model.skops\n"
            "  corewidgets train 1.jpg 1.png 2.jpg 2.png --top 698.4 --base 699.0 \\\n"
            "      --top 699.0 --base 699.6 --out both.skops"
        ),
    )
    _add_pairs(command)
    command.add_argument(
        "--out", metavar="MODEL", type=Path, required=True, help="model to write, such as model.skops"
    )
    command.add_argument(
        "--no-scores", action="store_true", help="only train: quicker, but you will not know how good it is"
    )
    _add_recipe(command)


def _add_segment(commands: Any) -> None:
    command = _add_command(
        commands,
        segment,
        "IMAGE --model MODEL --out SEGMENTATION [options]",
        help="classify every pixel of a photograph",
        description=(
            "Classify every pixel of a photograph with a trained model, write the map, and print the\n"
            "proportions of the classes."
        ),
        epilog=(
            "example:\n"
            "  corewidgets segment core.jpg --model model.skops --out map.png \\\n"
            "      --figure figure.png --top 698.41 --base 699.02"
        ),
    )
    _add_image(command)
    command.add_argument("--model", metavar="MODEL", type=Path, required=True, help="written by 'train'")
    command.add_argument(
        "--out",
        metavar="SEGMENTATION",
        type=Path,
        required=True,
        help=f"map to write, a code a pixel: {' '.join(LABELS)}; all but .npy hold the names as well",
    )
    command.add_argument(
        "--figure", metavar="FILE", type=Path, help="picture of photograph, map and uncertainty, with legend"
    )
    command.add_argument(
        "--probabilities",
        metavar="FILE",
        type=Path,
        help="probabilities of the classes, rows x columns x classes: .npz (with codes and names) or .npy",
    )
    command.add_argument(
        "--uncertainty",
        metavar="FILE",
        type=Path,
        help="0 (sure) to 1, by the entropy of the probabilities: .npy or .npz, or a picture such as .png",
    )
    command.add_argument(
        "--mode",
        choices=("exact", "refined"),
        help="exact: classify each pixel; refined: every second row and column, and the rest where in doubt "
        "(default: the model's)",
    )
    _add_depths(command)
    _add_model_needs(command)


def _add_segment_core(commands: Any) -> None:
    command = _add_command(
        commands,
        segment_core,
        "CORE --model MODEL --out FOLDER [options]",
        help="classify every pixel of a whole core, and go on where an earlier run ended",
        description=(
            "Classify every pixel of all photographs of a core, on all processor cores or on a Dask\n"
            "cluster. CORE is a table with a row a section: file, top and base (metres, or the unit in\n"
            "the heading: 'top (ft)'), and if needed name, crop (rows and columns, '100:300 0:2000') and\n"
            "rotation (degrees, clockwise, that bring the top up: 90 where it is at the left).\n\n"
            "The run may be killed at any moment: the same command goes on where it ended. Sections that\n"
            "are done are not done again unless their photograph has changed. A photograph that cannot be\n"
            "read is reported at the end, with exit code 1, and does not stop the others.\n\n"
            "FOLDER then holds a map a section (sections/NAME.png, an indexed picture with its legend),\n"
            "a table (sections.parquet) and a description of the run (run.json)."
        ),
        epilog=(
            "examples:\n"
            "  corewidgets segment-core hole.csv --model model.skops --out hole \\\n"
            "      --las hole.las --interval 0.1\n"
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
        help="made if it is not there; a run goes on in it",
    )
    command.add_argument("--name", metavar="TEXT", help="name of the hole (default: that of the table)")
    command.add_argument(
        "--largest-overlap", metavar="M", type=float, default=0.0, help="metres that sections may overlap"
    )
    command.add_argument(
        "--collar",
        metavar="M",
        type=float,
        help="for a table of elevations: that of the top of the hole, from which depths are counted",
    )
    _add_processes(command)
    _add_kept(command)
    _add_log(command)
    _add_model_needs(command)


def _add_report(commands: Any) -> None:
    command = _add_command(
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
    _add_reading(command)
    command.add_argument(
        "--model", metavar="MODEL", type=Path, help="to compare with --training (default: that of the run)"
    )
    command.add_argument(
        "--scores", metavar="FILE", type=Path, help="of 'evaluate --json' (default: those of the run)"
    )
    command.add_argument(
        "--interval", metavar="M", type=float, help="of the strip log, in metres (default: by its length)"
    )
    _add_model_needs(command)


def _add_processes(command: Command) -> None:
    """Add what a core is segmented on."""
    group = command.add_argument_group("processes")
    group.add_argument(
        "--workers",
        metavar="N",
        type=_count,
        help="processes on this machine (default: one for each processor core, as memory allows)",
    )
    group.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="use the Dask cluster with this scheduler; its machines must see the photographs and FOLDER "
        "under the same names",
    )


def _add_kept(command: Command) -> None:
    """Add what is kept of a core besides the maps."""
    group = command.add_argument_group("what is kept besides the maps")
    group.add_argument(
        "--probabilities", action="store_true", help="of all classes (probabilities/NAME.h5, compressed)"
    )
    group.add_argument(
        "--uncertainty",
        nargs="?",
        const="entropy",
        choices=("entropy", "margin"),
        help="of each pixel, 0 (sure) to 255 (uncertainty/NAME.png, grey)",
    )
    group.add_argument(
        "--scores", metavar="FILE", type=Path, help="written by 'evaluate --json'; kept in run.json"
    )
    group.add_argument(
        "--overwrite",
        action="store_true",
        help="do a run over that is in FOLDER but has another model, other options or other versions",
    )


def _add_log(command: Command) -> None:
    """Add the depth log of a core."""
    group = command.add_argument_group("depth log")
    group.add_argument("--csv", metavar="FILE", type=Path, help="class proportions by depth, as a table")
    group.add_argument("--las", metavar="FILE", type=Path, help="the same as LAS 2.0, for well-log software")
    group.add_argument(
        "--interval", metavar="M", type=float, default=0.1, help="metres of an interval (default: 0.1)"
    )


def _add_evaluate(commands: Any) -> None:
    command = _add_command(
        commands,
        evaluate,
        "IMAGE LABELS [IMAGE LABELS ...] [options]",
        help="say how well a recipe does on rock that it was not shown",
        description=(
            "Hold out some of the labels, train on the others, and score on what was held out.\n\n"
            "  sections  whole photographs, in folds: what to expect on the rest of the core\n"
            "  regions   whole labelled regions, in folds: what to expect on a clast that nobody labelled\n"
            "  depth     stretches of core, in folds: what to expect further along\n"
            "  random    random pixels, whose neighbors are trained on: as published scores, but too good;\n"
            "            'regions' is always shown beside it"
        ),
        epilog=(
            "examples:\n"
            "  corewidgets evaluate core.jpg labels.png\n"
            "  corewidgets evaluate core.jpg labels.png --preset published --json scores.json\n"
            "  corewidgets evaluate core.jpg labels.png --model model.skops --protocols regions,depth \\\n"
            "      --confusion confusion.png"
        ),
    )
    _add_pairs(command)
    command.add_argument(
        "--model",
        metavar="MODEL",
        type=Path,
        help="take the recipe (features, classifier, limits) from this model; it is trained anew for each "
        "fold, since the model knows the labels",
    )
    command.add_argument(
        "--protocols",
        metavar="NAMES",
        type=_words,
        help=f"of {', '.join(_PROTOCOLS)}, separated by commas (default: regions,random; of several "
        "photographs sections as well)",
    )
    command.add_argument("--folds", type=int, default=5, metavar="N", help="number of folds (default: 5)")
    command.add_argument(
        "--share", type=float, default=0.05, metavar="S", help="part that 'random' holds out (default: 0.05)"
    )
    command.add_argument("--json", metavar="FILE", type=Path, help="write all scores to this file")
    command.add_argument(
        "--confusion", metavar="FILE", type=Path, help="picture of which classes are taken for which"
    )
    _add_trust(command)
    _add_recipe(command)


def _add_features(commands: Any) -> None:
    command = _add_command(
        commands,
        features,
        "IMAGE NAME [NAME ...] --out FIGURE [options]",
        help="draw what the network sees in a photograph",
        description=(
            "Draw feature maps of a photograph side by side: how strongly a channel of a layer of VGG-16\n"
            "responds at each pixel.\n\n"
            "  pool1/28     channel 28 of layer pool1, counted from 0\n"
            "  pool1~8/28   the same averaged over a Gaussian window of 8 pixels\n"
            "  lab/0        lightness; lab/1 is green to red, lab/2 blue to yellow\n\n"
            "Layers: conv1_1 conv1_2 pool1 (64 channels), conv2_1 conv2_2 pool2 (128), conv3_1 to conv3_3\n"
            "pool3 (256), conv4_1 to conv4_3 pool4, conv5_1 to conv5_3 pool5 (512)."
        ),
        epilog="example:\n  corewidgets features core.jpg pool1/28 pool2/91 --out features.png",
    )
    _add_image(command)
    command.add_argument("names", metavar="NAME", nargs="+", help="feature maps, such as pool1/28 pool2/91")
    command.add_argument(
        "--out", metavar="FIGURE", type=Path, required=True, help=f"picture: {' '.join(FIGURES)}"
    )
    _add_depths(command)
    command.add_argument("--weights", metavar="FILE", help="network weights other than the bundled ones")


# -------------------------------------------------------------------------------------------- what they share


def _add_image(command: Command) -> None:
    """Add one photograph."""
    command.add_argument(
        "image", metavar="IMAGE", type=Path, help="photograph: JPEG, PNG, TIFF, WebP, JPEG 2000 or BMP"
    )


def _add_pairs(command: Command) -> None:
    """Add photographs with their labels."""
    command.add_argument(
        "paths",
        metavar="IMAGE LABELS",
        nargs="+",
        type=Path,
        help="photograph (JPEG, PNG, TIFF and others), then its labels: .png (indexed), .h5 (ilastik), .tif, "
        ".npy, or .geojson (QuPath); further pairs after them",
    )
    command.add_argument(
        "--legend",
        metavar="CSV",
        type=Path,
        help="names of the codes: a table with value,name,color, and rock ('no': left out of shares of rock)",
    )
    _add_depths(command)


def _add_depths(command: Command) -> None:
    """Add the depths of the ends of a section."""
    for name, edge in (("top", "upper"), ("base", "lower")):
        command.add_argument(
            f"--{name}",
            metavar="M",
            type=float,
            action="append",
            default=[],
            help=f"depth of the {edge} edge of the photograph in metres; once for each photograph",
        )
    _add_reading(command)


def _add_reading(command: Command) -> None:
    """Add how photographs are to be read."""
    command.add_argument(
        "--rotate",
        metavar="DEGREES",
        type=int,
        choices=(0, 90, 180, 270),
        action="append",
        default=[],
        help="turn the photograph clockwise to bring the top of the core up: 90 if it lies with its top at "
        "the left, 270 at the right; labels drawn on the lying photograph turn with it, and maps are of the "
        "turned one; once for all photographs, or once for each",
    )
    command.add_argument(
        "--bits",
        metavar="N",
        type=int,
        help="bits that the camera uses of 16, such as 12 (default: found out, with a warning)",
    )


def _add_trust(command: Command) -> None:
    """Add the types that a model may hold."""
    command.add_argument(
        "--trust",
        metavar="TYPE",
        action="append",
        default=[],
        help="a type that the model may hold beyond those known to be safe; only if you know who made it",
    )


def _add_model_needs(command: Command) -> None:
    """Add what a model needs that is not in its file."""
    command.add_argument(
        "--weights", metavar="FILE", help="network weights, if the model was trained on weights of your own"
    )
    _add_trust(command)


def _add_recipe(command: Command) -> None:
    """Add what a model is made of; None and False stand for what was not given."""
    command.add_argument(
        "--preset",
        metavar="NAME",
        help="'recommended' (the default) does best on clasts that nobody labelled; 'published' is 192 "
        "features and a random forest; 'quick' is for a first look; or a file of a recipe (Recipe.to_dict): "
        ".json",
    )
    features = command.add_argument_group("features of a pixel, in place of the preset's")
    features.add_argument(
        "--layers", metavar="NAMES", type=_words, help="layers of VGG-16, by commas: pool1,pool2"
    )
    features.add_argument(
        "--smoothing",
        metavar="PIXELS",
        type=_numbers,
        help="add each layer averaged over Gaussian windows of these standard deviations, by commas",
    )
    features.add_argument("--lab", action="store_true", default=None, help="add the color, as CIE L*a*b*")
    features.add_argument(
        "--lab-smoothing", metavar="PIXELS", type=_numbers, help="add the color averaged over such windows"
    )
    features.add_argument(
        "--weights", metavar="FILE", help="network weights of your own: .safetensors, .pth (torchvision), .h5"
    )
    learning = command.add_argument_group("learning")
    learning.add_argument(
        "--max-training-pixels",
        metavar="N",
        type=_count_or_all,
        help="learn from at most N pixels, drawn evenly over classes and regions, or from 'all'",
    )
    learning.add_argument(
        "--transposed",
        action=argparse.BooleanOptionalAction,
        help="learn from each photograph with rows and columns exchanged as well, or not",
    )
    learning.add_argument(
        "--no-regularizer",
        action="store_true",
        default=None,
        help="classify each pixel for itself, without its neighbors",
    )
    learning.add_argument("--seed", metavar="N", type=int, help="for what is drawn at random (default: 0)")


# ----------------------------------------------------------------------------------------------------- values


def _words(text: str) -> tuple[str, ...]:
    """Return names that are separated by commas."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _numbers(text: str) -> tuple[float, ...]:
    """Return numbers that are separated by commas."""
    try:
        return tuple(float(word) for word in _words(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text}' is not numbers separated by commas: 8,24") from error


def _count_or_all(text: str) -> int | str:
    """Return a number of pixels, or the word all."""
    if text == "all":
        return text
    if not re.fullmatch("[0-9]+", text) or int(text) < 2:
        raise argparse.ArgumentTypeError(f"'{text}' is neither a number of pixels, 2 or more, nor 'all'")
    return int(text)


def _count(text: str) -> int:
    """Return a number of processes."""
    if not re.fullmatch("[0-9]+", text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number of 1 or more")
    return int(text)


def _size(text: str) -> tuple[int, int]:
    """Return numbers of rows and columns."""
    found = re.fullmatch("([0-9]+)x([0-9]+)", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"'{text}' is not ROWSxCOLUMNS, such as 1800x360")
    return int(found[1]), int(found[2])
