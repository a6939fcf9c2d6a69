"""What the commands do with files of the user's: train, segment, evaluate, features."""

from __future__ import annotations

import argparse
import json
import os
import re
import time
from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import corewidgets as cw
from corewidgets.cli.files import (
    ARRAYS,
    FIGURES,
    LABELS,
    check_outputs,
    check_suffix,
    progress_bar,
    write_arrays,
    write_json,
)

if TYPE_CHECKING:
    import numpy as np

    Pair = tuple[cw.CoreSection, np.ndarray]

__all__ = ["evaluate", "feature_maps", "features", "never_labelled", "rotations_of", "segment", "train"]

_RECIPE = (
    "preset", "layers", "smoothing", "lab", "lab_smoothing", "max_training_pixels", "transposed",
    "no_regularizer", "seed",
)  # fmt: skip
"""Options that a model given by file brings with it."""


def train(args: argparse.Namespace) -> None:
    """Learn from labelled photographs, and write a model."""
    paths = _paired(args)
    check_outputs([args.out], [path for pair in paths for path in pair])
    pairs, legend = _read_pairs(args, paths)
    model = _new_model(args)
    start = time.perf_counter()
    with progress_bar(args, "Training"):
        model.fit(*_apart(pairs))
    seconds = time.perf_counter() - start
    cw.save_model(args.out, model, legend=legend)
    print("\n".join(_training_lines(model.training_summary_, legend, seconds)))
    print(f"\nWrote the model {args.out} ({args.out.stat().st_size / 1e6:.1f} MB).", flush=True)
    if not args.no_scores:
        _print_scores(args, model, pairs, legend)


def segment(args: argparse.Namespace) -> None:
    """Classify every pixel of a photograph."""
    check_suffix(args.out, LABELS, "A map")
    check_suffix(args.figure, FIGURES, "A picture")
    check_suffix(args.probabilities, ARRAYS, "An array of probabilities")
    check_suffix(args.uncertainty, (*ARRAYS, *FIGURES), "An uncertainty")
    outputs = [args.out, args.figure, args.probabilities, args.uncertainty]
    check_outputs(outputs, [args.image, args.model])
    section = _read_section(args)
    model = _load(args)
    legend = model.legend_ or cw.Legend.of_codes(int(model.classes_.max()))
    results = _predict(args, model, section)
    cw.write_labels(args.out, results["segmentation"], legend)
    _write_extras(args, section, results, model.classes_, legend)
    print("\n".join(_proportion_lines(results["segmentation"], legend)))
    print(_wrote(outputs))


def evaluate(args: argparse.Namespace) -> None:
    """Score a recipe on labels that it was not shown."""
    paths = _paired(args)
    given = [name for name in _RECIPE if getattr(args, name) is not None]
    if args.model is not None and given:
        named = ", ".join("--" + name.replace("_", "-") for name in given)
        args.parser.error(f"--model brings its recipe with it; leave out {named}")
    check_suffix(args.confusion, FIGURES, "A picture")
    outputs = [args.json, args.confusion]
    check_outputs(outputs, [path for pair in paths for path in pair])
    pairs, legend = _read_pairs(args, paths)
    model = _new_model(args) if args.model is None else _load(args)
    protocols = args.protocols or _usual_protocols(pairs)
    options = {"protocols": protocols, "n_splits": args.folds, "share": args.share}
    with progress_bar(args, "Scoring") as progress:
        evaluation = cw.evaluate(model, *_apart(pairs), legend=legend, progress=progress, **options)
    if args.json is not None:
        about = {"files": [[str(path) for path in pair] for pair in paths], "recipe": _described(model)}
        write_json(args.json, about | evaluation.to_dict())
    if args.confusion is not None:
        cw.save_figure(cw.plot_confusion(evaluation[next(iter(evaluation))]), args.confusion)
    print(evaluation.report())
    print(_wrote(outputs))


def features(args: argparse.Namespace) -> None:
    """Draw feature maps."""
    check_suffix(args.out, FIGURES, "A picture")
    check_outputs([args.out], [args.image])
    section = _read_section(args)
    weights = None if args.weights is None else cw.load_weights(args.weights)
    maps = feature_maps(args, section, args.names, weights)
    cw.save_figure(cw.plot_feature_maps(section, maps), args.out)
    print(f"Wrote {args.out}.")


# ------------------------------------------------------------------------------------------------------ input


def _paired(args: argparse.Namespace) -> list[tuple[Path, Path]]:
    """Return photographs with their labels."""
    paths = args.paths
    if len(paths) % 2:
        args.parser.error(
            "each IMAGE needs its LABELS after it, but there is an odd number of files: "
            f"{' '.join(map(str, paths))}"
        )
    return list(zip(paths[::2], paths[1::2], strict=True))


def _depths(args: argparse.Namespace, n_images: int) -> list[tuple[float | None, float | None]]:
    """Return top and base of each photograph."""
    for name in ("top", "base"):
        number = len(getattr(args, name))
        if number not in (0, n_images):
            args.parser.error(
                f"--{name} must be given once for each photograph, in their order, or not at all, but it is "
                f"given {number} times for {n_images}"
            )
    nothing = [None] * n_images
    return list(zip(args.top or nothing, args.base or nothing, strict=True))


def rotations_of(args: argparse.Namespace, n_images: int) -> list[int | None]:
    """Return the rotation of each photograph, None where nothing was said."""
    if len(args.rotate) not in (0, 1, n_images):
        args.parser.error(
            "--rotate must be given once for all photographs, or once for each in their order, but it is "
            f"given {len(args.rotate)} times for {n_images}"
        )
    given: list[int | None] = args.rotate or [None]
    return given * (n_images if len(given) == 1 else 1)


def _is_drawn_upright(drawn: Path, section: cw.CoreSection) -> bool:
    """Tell whether labels are those that the tools keep beside the photograph for the turned section."""
    beside = section.file_beside(".labels.png")
    return beside is not None and os.path.realpath(drawn) == os.path.realpath(beside)


def _read_section(args: argparse.Namespace) -> cw.CoreSection:
    """Read the one photograph of a command."""
    ((top, base),) = _depths(args, 1)
    (rotation,) = rotations_of(args, 1)
    return cw.read_section(args.image, top=top, base=base, rotation=rotation, bits=args.bits)


def _read_pairs(args: argparse.Namespace, paths: Sequence[tuple[Path, Path]]) -> tuple[list[Pair], cw.Legend]:
    """Read photographs and labels, and the legend that all labels share.

    Without --legend classes are the same where their names are.
    """
    places = zip(_depths(args, len(paths)), rotations_of(args, len(paths)), strict=True)
    legend = None if args.legend is None else cw.Legend.read_csv(args.legend)
    sections, drawings, legends = [], [], []
    for (image, drawn), ((top, base), rotation) in zip(paths, places, strict=True):
        section = cw.read_section(image, top=top, base=base, rotation=rotation, bits=args.bits)
        turn = 0 if _is_drawn_upright(drawn, section) else section.rotation
        try:
            labels, own = cw.read_labels(drawn, shape=section.shape, legend=legend, rotation=turn)
        except ValueError as error:
            raise ValueError(f"The labels '{drawn}' of the photograph '{image}': {error}") from error
        sections.append(section)
        drawings.append(labels)
        legends.append(own)
    try:
        joined, common = cw.join_labels(drawings, legends, sources=[f"'{drawn}'" for _, drawn in paths])
    except ValueError as error:
        raise ValueError(f"{error} Here: --legend classes.csv.") from error
    highest = max(int(labels.max()) for labels in joined)
    legend = legend or common or cw.Legend.of_codes(max(highest, 1))
    return list(zip(sections, joined, strict=True)), legend


def _apart(pairs: Sequence[Pair]) -> tuple[list[cw.CoreSection], list[np.ndarray]]:
    """Return sections and labels as a list each."""
    return [section for section, _ in pairs], [labels for _, labels in pairs]


def _new_model(args: argparse.Namespace) -> cw.PixelClassifier:
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
            f"'{path}' holds no recipe ({error}); write one with json.dumps(recipe.to_dict())."
        ) from error


def _load(args: argparse.Namespace) -> Any:
    """Read the model of a command."""
    return cw.load_model(args.model, trusted=args.trust, weights=args.weights)


# ------------------------------------------------------------------------------------------------------- work


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


def feature_maps(
    args: argparse.Namespace, section: cw.CoreSection, names: Sequence[str], weights: Any = None
) -> dict[str, np.ndarray]:
    """Return feature maps by name, all from one pass over the photograph."""
    import numpy as np

    recipe = _recipe_of(names, weights)
    indices = [recipe.feature_names.index(name) for name in names]
    maps = np.empty((len(names), *section.shape), np.float32)
    with progress_bar(args, "Features") as progress:
        for place, part in recipe.tiles(section.image):
            maps[(slice(None), *place)] = np.moveaxis(part[..., indices], -1, 0)
            progress(place[0].stop, section.n_rows)
    return dict(zip(names, maps, strict=True))


def _recipe_of(names: Sequence[str], weights: Any) -> cw.Hypercolumns:
    """Return hypercolumns that hold the features named."""
    sources = [_source_of(name) for name in names]
    layers = [source for source, _ in sources if source != "lab"]
    smoothing = [sigma for source, sigma in sources if source != "lab" and sigma is not None]
    lab_smoothing = [sigma for source, sigma in sources if source == "lab" and sigma is not None]
    recipe = cw.Hypercolumns(
        layers=tuple(dict.fromkeys(layers)),
        smoothing=tuple(dict.fromkeys(smoothing)),
        lab=("lab", None) in sources,
        lab_smoothing=tuple(dict.fromkeys(lab_smoothing)),
        weights=weights,
    )
    for name in set(names) - set(recipe.feature_names):
        source = name.split("/")[0]
        n_channels = sum(other.startswith(f"{source}/") for other in recipe.feature_names)
        raise ValueError(f"There is no feature map '{name}'; {source} has channels 0 to {n_channels - 1}.")
    return recipe


def _source_of(name: str) -> tuple[str, float | None]:
    """Return the layer that a feature is a channel of, and the window that it is averaged over."""
    found = re.fullmatch(r"(\w+)(?:~([0-9]+(?:\.[0-9]+)?))?/(?:0|[1-9][0-9]*)", name)
    if found is None or (found[2] and f"{float(found[2]):g}" != found[2]):
        raise ValueError(
            f"'{name}' is not the name of a feature map; write a layer and a channel, such as pool1/28."
        )
    return found[1], None if found[2] is None else float(found[2])


# ----------------------------------------------------------------------------------------------------- output


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
        figure = cw.plot_poster(section, None, segmentation, legend, uncertainty=uncertainty)
        cw.save_figure(figure, args.figure)


def _print_scores(args: argparse.Namespace, model: Any, pairs: Sequence[Pair], legend: cw.Legend) -> None:
    """Score a model after training, where that is possible."""
    print("\nHow well it does on rock that it was not shown (--no-scores leaves this out):\n", flush=True)
    try:
        with progress_bar(args, "Scoring") as progress:
            protocols = _usual_protocols(pairs)
            evaluation = cw.evaluate(
                model, *_apart(pairs), legend=legend, protocols=protocols, progress=progress
            )
    except ValueError as error:
        print(f"Not scored. {error}")
        return
    print(evaluation.report())


def _usual_protocols(pairs: Sequence[Pair]) -> list[str]:
    """Return how to score where nobody said it: by photograph as well, where there are several."""
    return [*(["sections"] if len(pairs) > 1 else []), "regions", "random"]


def _described(model: Any) -> dict[str, Any]:
    """Return a recipe as plain values."""
    return model.recipe.to_dict() | {"random_state": model.random_state}


def _wrote(paths: Sequence[Path | None]) -> str:
    """Say which files were written, if any."""
    written = [str(path) for path in paths if path is not None]
    return f"\nWrote {', '.join(written)}." if written else ""


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Align columns: the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if index else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


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
        *_table(rows),
    ]


def never_labelled(legend: cw.Legend, learned: Container[int]) -> list[str]:
    """Say which classes have codes that are not among those learned, if any."""
    names = [entry.name for entry in legend if entry.code not in learned]
    if not names:
        return []
    return [f"Never labelled, so that no map can show it and logs are empty there: {', '.join(names)}."]


def _proportion_lines(segmentation: np.ndarray, legend: cw.Legend) -> list[str]:
    """Say how much of a map belongs to each class, largest first."""
    import numpy as np

    counts = np.bincount(segmentation.ravel(), minlength=len(legend) + 1).tolist()
    rows = [["class", "share", "pixels"]]
    for entry in sorted(legend, key=lambda entry: -counts[entry.code]):
        count = counts[entry.code]
        if count:
            rows.append([entry.name, f"{count / segmentation.size:.1%}", f"{count:,}"])
    return _table(rows)
