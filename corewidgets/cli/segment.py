"""``corewidgets segment``: classify every pixel of a photograph."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import corewidgets as cw
from corewidgets.cli.arguments import add_command, check_used
from corewidgets.cli.core_table import add_core, check_no_core, section_of
from corewidgets.cli.files import (
    ARRAYS,
    FIGURES,
    LABELS,
    add_hatched,
    check_outputs,
    check_suffix,
    inputs_of,
    progress_bar,
    write_arrays,
)
from corewidgets.cli.models import add_model_needs, read_model
from corewidgets.cli.origins import record
from corewidgets.cli.photographs import add_depths, add_image, read_section
from corewidgets.cli.texts import wrote
from corewidgets.labels.formats import LABEL_FORMATS
from corewidgets.scoring.text_table import text_table

if TYPE_CHECKING:
    import numpy as np

__all__ = ["add", "segment"]

_NAMELESS = " ".join(one.endings[0] for one in LABEL_FORMATS if not one.keeps_names)


def add(commands: Any) -> None:
    """Add the command."""
    command = add_command(
        commands,
        segment,
        "IMAGE --model MODEL --out SEGMENTATION [options]\n"
        "       corewidgets segment NAME --core TABLE --model MODEL --out SEGMENTATION [options]",
        help="classify every pixel of a photograph",
        description=(
            "Classify every pixel of a photograph with a trained model, write the map, and print the\n"
            "proportions of the classes."
        ),
        epilog=(
            "examples:\n"
            "  corewidgets segment core.jpg --model model.skops --out map.png \\\n"
            "      --figure figure.png --top 698.41 --base 699.02\n"
            "  corewidgets segment box-1-2 --core hole.csv --model model.skops --out map.png"
        ),
    )
    add_image(command)
    command.add_argument("--model", metavar="MODEL", type=Path, required=True, help="written by 'train'")
    command.add_argument(
        "--out",
        metavar="SEGMENTATION",
        type=Path,
        required=True,
        help=f"map to write, one code per pixel: {' '.join(LABELS)}; all but {_NAMELESS} store class names",
    )
    command.add_argument(
        "--figure", metavar="FILE", type=Path, help="picture of photograph, map and uncertainty, with legend"
    )
    add_hatched(command)
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
        help="0 (certain) to 1, entropy of the probabilities: .npy or .npz, or a picture such as .png",
    )
    command.add_argument(
        "--mode",
        choices=("exact", "refined"),
        help="exact: classify each pixel; refined: every second row and column, and the rest where these are "
        "uncertain (default: the model's)",
    )
    add_depths(command)
    add_core(
        command,
        "table with one row per section (see 'segment-core --help'), of which IMAGE names one; its crop, "
        "rotation and depths are taken from the table, and its second photograph if the model uses one",
    )
    add_model_needs(command)


def segment(args: argparse.Namespace) -> None:
    """Classify every pixel of a photograph."""
    check_suffix(args.out, LABELS, "A map")
    check_suffix(args.figure, FIGURES, "A picture")
    check_suffix(args.probabilities, ARRAYS, "An array of probabilities")
    check_suffix(args.uncertainty, (*ARRAYS, *FIGURES), "An uncertainty")
    if args.figure is None:
        check_used(args, ["hatched"], "--figure")
    if args.core is None:
        check_no_core(args)
    outputs = [args.out, args.figure, args.probabilities, args.uncertainty]
    check_outputs(outputs, inputs_of(args))
    whole = read_section(args) if args.core is None else None
    model = read_model(args)
    if whole is None:
        section, read, kept = section_of(args, str(args.image), model.image_names_)
        check_outputs(outputs, [*inputs_of(args), *kept])
    else:
        section, read = whole, []
    legend = model.legend_ or cw.Legend.of_codes(int(model.classes_.max()))
    results = _predict(args, model, section)
    marks = {"photograph": section.digest, "photograph_name": section.file_name}
    cw.write_labels(args.out, results["segmentation"], legend, **marks)
    _write_extras(args, section, results, model.classes_, legend)
    record(args, read, {"photograph": section.digest, "recipe": model.recipe_.to_dict()})
    print("\n".join(_proportion_lines(results["segmentation"], legend)))
    from corewidgets.learning.light import said_of_lights

    light = said_of_lights(model.light_of(section))
    if light:
        print(f"\n{light}")
    print(wrote(outputs))


def _predict(args: argparse.Namespace, model: Any, section: cw.CoreSection) -> dict[str, np.ndarray]:
    """Return what was asked for of a photograph, by name."""
    if args.mode is not None:
        model.set_params(mode=args.mode)
    names = ["segmentation"]
    if args.probabilities is not None:
        names.append("probabilities")
    if args.uncertainty is not None or args.figure is not None:
        names.append("uncertainty")
    with progress_bar(args, "Classifying") as progress:
        results = model.predict(
            section,
            return_probabilities="probabilities" in names,
            return_uncertainty="entropy" if "uncertainty" in names else None,
            progress=progress,
        )
    return dict(zip(names, results if len(names) > 1 else [results], strict=True))


def _write_extras(
    args: argparse.Namespace,
    section: cw.CoreSection,
    results: Mapping[str, np.ndarray],
    classes: np.ndarray,
    legend: cw.Legend,
) -> None:
    """Write what was asked for besides the map."""
    if args.probabilities is not None:
        names = [legend.name(code) for code in classes.tolist()]
        arrays = {"probabilities": results["probabilities"], "classes": classes, "names": names}
        write_arrays(args.probabilities, arrays)
    if args.uncertainty is not None and args.uncertainty.suffix.lower() in ARRAYS:
        write_arrays(args.uncertainty, {"uncertainty": results["uncertainty"]})
    elif args.uncertainty is not None:
        cw.save_figure(cw.plot_uncertainty(section, results["uncertainty"]), args.uncertainty)
    if args.figure is not None:
        segmentation, uncertainty = results["segmentation"], results["uncertainty"]
        figure = cw.plot_poster(
            section, None, segmentation, legend, uncertainty=uncertainty, hatched=args.hatched
        )
        cw.save_figure(figure, args.figure)


def _proportion_lines(segmentation: np.ndarray, legend: cw.Legend) -> list[str]:
    """Say how much of a map belongs to each class, largest first."""
    import numpy as np

    counts = np.bincount(segmentation.ravel(), minlength=len(legend) + 1).tolist()
    rows = [["class", "share", "pixels"]]
    for entry in sorted(legend, key=lambda entry: -counts[entry.code]):
        count = counts[entry.code]
        if count:
            rows.append([entry.name, f"{count / segmentation.size:.1%}", f"{count:,}"])
    return text_table(rows)
