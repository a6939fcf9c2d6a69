"""``corewidgets demo``: all steps with a synthetic core, whose true classes are known."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import corewidgets as cw
from corewidgets.cli.arguments import add_command
from corewidgets.cli.features import feature_maps
from corewidgets.cli.files import check_outputs, progress_bar, write_json, write_text
from corewidgets.cli.origins import record
from corewidgets.scoring.meanings import MEANINGS

if TYPE_CHECKING:
    import numpy as np

__all__ = ["add", "demo"]

_MAPS = ("pool1/28", "pool2/91")
"""The feature maps shown with the published result."""

_N_TRAINING_PIXELS = 4000
"""Half the default number: twice as fast, and hardly less accurate on this core."""


def add(commands: Any) -> None:
    """Add the command."""
    command = add_command(
        commands,
        demo,
        "--out FOLDER [options]",
        help="classify a synthetic core and explain the result",
        description=(
            "Generate a synthetic breccia core with known classes, train on sparse labels, classify every\n"
            "pixel, score the result, and write a picture of each step. Takes less than a minute."
        ),
        epilog=(
            "example:\n"
            "  corewidgets demo --out demo-out\n\n"
            "Open demo-out/poster.png first. The files that the other commands take are in\n"
            "demo-out/files:\n"
            "  corewidgets train demo-out/files/core.png demo-out/files/labels.png --out again.skops"
        ),
    )
    command.add_argument(
        "--out", metavar="FOLDER", type=Path, required=True, help="created if it does not exist"
    )
    command.add_argument(
        "--seed", type=int, default=0, metavar="N", help="random seed of the core (default: 0)"
    )
    command.add_argument(
        "--size",
        type=_size,
        default=(1800, 360),
        metavar="ROWSxCOLUMNS",
        help="size of the photograph in pixels (default: 1800x360)",
    )


def demo(args: argparse.Namespace) -> None:
    """Make, train, classify, score, draw, and say what to look at."""
    files = args.out / "files"
    files.mkdir(parents=True, exist_ok=True)
    check_outputs([args.out / "poster.png", files / "model.skops"], [])
    start = time.perf_counter()
    with progress_bar(args, "Making a core"):
        sample = cw.sample_core(*args.size, seed=args.seed)
    section, labels = sample.section, sample.labels
    model = cw.PixelClassifier(max_training_pixels=_N_TRAINING_PIXELS, random_state=args.seed)
    with progress_bar(args, "Training") as progress:
        model.fit(section, labels, progress=progress)
    with progress_bar(args, "Classifying") as progress:
        segmentation, uncertainty = model.predict(section, return_uncertainty="entropy", progress=progress)
    with progress_bar(args, "Scoring") as progress:
        evaluation = cw.evaluate(model, section, labels, legend=sample.legend, progress=progress)
    maps = feature_maps(args, section, _MAPS)
    with progress_bar(args, "Drawing"):
        _write_figures(args.out, sample, segmentation, uncertainty, maps, evaluation)
    _write_files(files, sample, model, segmentation, evaluation)
    accuracy = _accuracy_line(sample, segmentation)
    write_text(args.out / "scores.txt", f"{evaluation.report()}\n\n{accuracy}\n")
    record(args, about={"photograph": section.digest, "recipe": model.recipe_.to_dict()})
    seconds = time.perf_counter() - start
    print("\n".join([*_result_lines(sample, evaluation, seconds), accuracy, "", *_look_lines(args.out)]))


def _write_figures(
    folder: Path,
    sample: cw.Sample,
    segmentation: np.ndarray,
    uncertainty: np.ndarray,
    maps: Mapping[str, np.ndarray],
    evaluation: cw.Evaluation,
) -> None:
    """Draw each step, and all of them side by side."""
    section, labels, legend = sample.section, sample.labels, sample.legend
    figures = {
        "poster": cw.plot_poster(
            section, labels, segmentation, legend, feature_maps=maps, uncertainty=uncertainty
        ),
        "photograph": cw.plot_photograph(section),
        "feature-maps": cw.plot_feature_maps(section, maps),
        "labels": cw.plot_labels(section, labels, legend),
        "segmentation": cw.plot_segmentation(section, segmentation, legend),
        "truth": cw.plot_segmentation(section, _truth(sample), legend),
        "uncertainty": cw.plot_uncertainty(section, uncertainty),
        "confusion": cw.plot_confusion(evaluation["regions"]),
    }
    figures["truth"].axes[0].title.set_text("Truth")
    for name, figure in figures.items():
        cw.save_figure(figure, folder / f"{name}.png")


def _write_files(
    folder: Path,
    sample: cw.Sample,
    model: cw.PixelClassifier,
    segmentation: np.ndarray,
    evaluation: cw.Evaluation,
) -> None:
    """Write what the other commands read and write."""
    from PIL import Image

    with cw.atomic_write(folder / "core.png") as temporary:
        Image.fromarray(sample.section.image).save(temporary, format="PNG")
    codes = {"labels": sample.labels, "truth": _truth(sample), "segmentation": segmentation}
    for name, values in codes.items():
        cw.write_labels(folder / f"{name}.png", values, sample.legend, photograph=sample.section.digest)
    sample.legend.write_csv(folder / "classes.csv")
    cw.save_model(folder / "model.skops", model, legend=sample.legend)
    write_json(folder / "scores.json", evaluation.to_dict())


def _truth(sample: cw.Sample) -> np.ndarray:
    """Return the class of every pixel, which a synthetic core always has."""
    import numpy as np

    return np.asarray(sample.truth)


def _accuracy_line(sample: cw.Sample, segmentation: np.ndarray) -> str:
    """Say how right a map is where nobody labelled."""
    unseen = sample.labels == 0
    accuracy = float((segmentation == _truth(sample))[unseen].mean())
    return f"Against the dense truth: {accuracy:.1%} of the unlabelled pixels have the right class."


def _result_lines(sample: cw.Sample, evaluation: cw.Evaluation, seconds: float) -> list[str]:
    """Say what was done, and how good it is."""
    n_rows, n_columns = sample.section.shape
    return [
        f"A synthetic core of {n_rows:,} x {n_columns:,} pixels; {(sample.labels > 0).mean():.1%} of them "
        f"are labelled: {evaluation.n_regions} regions, {len(evaluation.classes)} classes.",
        f"Trained, classified, scored and drawn in {seconds:.0f} s.",
        "",
        *(_score_line(name, score) for name, score in evaluation.scores.items()),
    ]


def _score_line(protocol: str, score: cw.Score) -> str:
    """Say how good it is by one protocol, and what that means."""
    meaning = MEANINGS[protocol]
    return f"{meaning.title.capitalize()} held out: weighted F1 {score.weighted_f1:.3f}, {meaning.short}."


def _look_lines(folder: Path) -> list[str]:
    """Say what to look at, and how to go on."""
    files, program = folder / "files", _program()
    return [
        f"Look at {folder / 'poster.png'} first: photograph, feature maps, labels, map, uncertainty.",
        f"Compare {folder / 'segmentation.png'} with {folder / 'truth.png'}.",
        f"{folder / 'confusion.png'} shows which classes are confused; all scores are in",
        f"{folder / 'scores.txt'}.",
        "",
        "Continue with the files that the other commands read and write:",
        f"  {program} train {files / 'core.png'} {files / 'labels.png'} --out model.skops",
        f"  {program} segment {files / 'core.png'} --model model.skops --out map.png --figure figure.png",
    ]


def _program() -> str:
    """Return how to call this program from here."""
    beside = Path(sys.executable).with_name("corewidgets")
    if shutil.which("corewidgets") is None and beside.exists():
        return os.path.relpath(beside)
    return "corewidgets"


def _size(text: str) -> tuple[int, int]:
    """Return numbers of rows and columns."""
    found = re.fullmatch("([0-9]+)x([0-9]+)", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"'{text}' is not ROWSxCOLUMNS, such as 1800x360")
    return int(found[1]), int(found[2])
