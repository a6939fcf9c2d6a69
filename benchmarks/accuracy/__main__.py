"""Score every method on the same held-out pixels: ``python -m benchmarks.accuracy``.

Folds of seeds 0 to 4 are for reports.  Settings were chosen on the folds of seeds 10 to 12.
"""

from __future__ import annotations

import argparse
import json
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import figures
from benchmarks.accuracy.methods import METHODS
from benchmarks.accuracy.scores import NAMES, boundary_f1, calibration_error, class_scores, reliability
from benchmarks.accuracy.trials import TRIALS, Trial
from corewidgets.atomic import atomic_write
from corewidgets.labels.arrays import regions


def draw(all_labels: list[np.ndarray], n_most: int, seed: int) -> list[np.ndarray]:
    """Return flat indices of training pixels a picture, as even over classes and regions as these allow."""
    rng = np.random.default_rng(seed)
    starts = np.cumsum([0] + [labels.size for labels in all_labels])
    label = np.concatenate([labels.ravel() for labels in all_labels])
    numbers = [regions(labels).ravel() for labels in all_labels]
    offsets = np.cumsum([0] + [int(number.max(initial=0)) for number in numbers])
    region = np.concatenate([number + start for number, start in zip(numbers, offsets, strict=False)])
    chosen = []
    codes, counts = np.unique(label[label > 0], return_counts=True)
    for code, n_class in zip(codes, _shares(counts, n_most), strict=True):
        names, sizes = np.unique(region[label == code], return_counts=True)
        for name, n in zip(names, _shares(sizes, n_class), strict=True):
            chosen.append(rng.choice(np.flatnonzero((region == name) & (label == code)), n, replace=False))
    pixels = np.concatenate(chosen)
    return [pixels[(pixels >= start) & (pixels < stop)] - start for start, stop in pairwise(starts)]


def _shares(sizes: np.ndarray, total: int) -> np.ndarray:
    shares, left = np.zeros(len(sizes), int), total
    for rank, group in enumerate(np.argsort(sizes, kind="stable")):
        shares[group] = min(sizes[group], max(1, left // (len(sizes) - rank)))
        left -= shares[group]
    return shares


def run_trial(method: Any, trial: Trial, n_pixels: int, seed: int) -> dict[str, Any]:
    """Fit, segment, and return what was said of the pixels held out."""
    scored = np.flatnonzero(trial.truth)
    wanted = np.arange(trial.truth.size) if trial.dense else scored
    pixels = draw([picture.labels for picture in trial.learned], n_pixels, seed)
    outcome = method.segment(trial, pixels, wanted, seed)
    said, probabilities, edge = (
        outcome.classes[outcome.probabilities.argmax(axis=1)],
        outcome.probabilities,
        np.nan,
    )
    if trial.dense:
        truth = np.where(trial.truth > 0, trial.truth, trial.shown.labels)
        edge = boundary_f1(truth, said.reshape(truth.shape))
        said, probabilities = said[scored], probabilities[scored]
    return {
        "truth": trial.truth.ravel()[scored],
        "said": said,
        "confidence": probabilities.max(axis=1),
        "boundary F1": edge,
        "features s": outcome.features_s,
        "fit s": outcome.fit_s,
        "segment s": outcome.segment_s,
    }


def score(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Pool the trials of one seed into one row of scores, and the error rate by confidence."""
    truth, said, confidence = (np.concatenate([p[k] for p in parts]) for k in ("truth", "said", "confidence"))
    right = (truth == said).astype(float)
    order = np.argsort(-confidence)
    row: dict[str, Any] = class_scores(truth, said)
    row["reliability"] = reliability(right, confidence)
    row["calibration"] = calibration_error(row["reliability"])
    row["surest half"] = float(1 - right[order[: len(order) // 2]].mean())
    row["error"] = float(1 - right.mean())
    for name in ("boundary F1", "features s", "fit s", "segment s"):
        row[name] = float(np.mean([part[name] for part in parts]))
    row["errors by tenth of confidence"] = [
        float(1 - part.mean()) for part in np.array_split(right[order], 10)
    ]
    codes = np.unique(truth)
    row["f1 by class"] = {
        int(c): float(2 * np.sum((truth == c) & (said == c)) / (np.sum(truth == c) + np.sum(said == c)))
        for c in codes
    }
    return row


def table(rows: list[dict[str, Any]]) -> str:
    """Return mean and spread over seeds, a line a trial, level and method."""
    lines = [f"{'trial':24} {'level':10} {'method':20} seeds " + " ".join(f"{name:>14}" for name in NAMES)]
    for trial, level, method in dict.fromkeys(map(_name_of, rows)):
        mine = [row for row in rows if _name_of(row) == (trial, level, method)]
        cells = []
        for name in NAMES:
            values = np.array([row[name] for row in mine])
            digits = 1 if name.endswith(" s") else 3
            cells.append(f"{values.mean():7.{digits}f} ± {values.std():.{digits}f}".rjust(14))
        lines.append(f"{trial:24} {level:10} {method:20} {len(mine):5} " + " ".join(cells))
    return "\n".join(lines).replace("nan ± nan", "        -")


def _name_of(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["trial"], row["level"], row["method"]


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS), metavar="NAME")
    parser.add_argument("--trials", nargs="+", choices=TRIALS, default=list(TRIALS), metavar="NAME")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2, 3, 4], metavar="SEED")
    parser.add_argument("--levels", nargs="+", default=[], metavar="LEVEL", help="by default all")
    parser.add_argument("--pixels", type=int, default=8000, help="training pixels per fit")
    parser.add_argument(
        "--out", type=Path, default=Path("out/accuracy.json"), help="results; those it holds are not repeated"
    )
    return parser.parse_args()


def _keep(rows: list[dict[str, Any]]) -> None:
    """Keep the mean scores of whole regions held out as figures of the documents."""
    figures.begin()
    for method in ("ours", "ours-0.1", "published", "convpaint", "filters", "skimage"):
        mine = [row for row in rows if (row["trial"], row["method"]) == ("regions", method)]
        for average in ("weighted", "macro") if mine else ():
            figures.keep(
                f"regions.{method}.{average}", float(np.mean([row[f"{average} F1"] for row in mine]))
            )


def main() -> None:
    """Run what the command line asks for and the results do not hold yet."""
    asked = arguments()
    rows = json.loads(asked.out.read_text()) if asked.out.exists() else []
    methods = [name for name in asked.methods if not METHODS[name].missing]
    for name in set(asked.methods) - set(methods):
        print(f"{name} is left out: {METHODS[name].missing}")
    for trial, seed in product(asked.trials, asked.seeds):
        done = {(row["method"], row["level"]) for row in rows if (row["trial"], row["seed"]) == (trial, seed)}
        parts = list(TRIALS[trial](seed))
        levels = list(dict.fromkeys(part.level for part in parts))
        for name, level in product(methods, levels):
            if (name, level) in done or (asked.levels and level not in asked.levels):
                continue
            mine = [part for part in parts if part.level == level]
            if not METHODS[name].can(mine[0]):
                continue
            scores = score([run_trial(METHODS[name], part, asked.pixels, seed) for part in mine])
            rows.append({"trial": trial, "level": level, "method": name, "seed": seed, **scores})
            print(table(rows[-1:]).splitlines()[1], f"  seed {seed}", flush=True)
            asked.out.parent.mkdir(parents=True, exist_ok=True)
            with atomic_write(asked.out) as temporary:
                temporary.write_text(json.dumps(rows, indent=1))
    _keep(rows)
    print("\n" + table(sorted(rows, key=lambda row: list(TRIALS).index(row["trial"]))))


if __name__ == "__main__":
    main()
