"""Does labelling where the model doubts beat labelling at random?

``python -m benchmarks.accuracy.next_label``

On synthetic cores, whose truth is known, an imagined person labels discs of 5 pixels' radius: first one in
each class, then four a round, where the model doubts most or anywhere.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter

import corewidgets as cw
from benchmarks.accuracy.__main__ import draw
from benchmarks.accuracy.methods import OURS, linear, probabilities_of
from benchmarks.accuracy.scores import class_scores

_RADIUS, _A_ROUND, _ROUNDS, _APART = 5, 4, 10, 25


def label_disc(labels: np.ndarray, truth: np.ndarray, row: int, column: int) -> None:
    """Label the pixels of a disc that are of its center's class, in place."""
    rows, columns = np.ogrid[: truth.shape[0], : truth.shape[1]]
    disc = (rows - row) ** 2 + (columns - column) ** 2 <= _RADIUS**2
    labels[disc & (truth == truth[row, column])] = truth[row, column]


def doubtful_places(doubt: np.ndarray) -> list[tuple[int, int]]:
    """Return the places of most doubt over a disc's size, each far enough from the others."""
    doubt, places = gaussian_filter(doubt, _RADIUS), []
    rows, columns = np.ogrid[: doubt.shape[0], : doubt.shape[1]]
    for _ in range(_A_ROUND):
        row, column = np.unravel_index(doubt.argmax(), doubt.shape)
        places.append((int(row), int(column)))
        doubt[(rows - row) ** 2 + (columns - column) ** 2 <= _APART**2] = -1
    return places


def learning_curve(seed: int, by_doubt: bool) -> list[tuple[float, float]]:
    """Return weighted and macro F1 on all unlabelled pixels after each round."""
    sample = cw.sample_core(600, 240, seed=200 + seed)
    truth, rng, curve = sample.truth, np.random.default_rng(seed), []
    features = OURS.dense(sample.section.image).reshape(truth.size, -1)
    labels = np.zeros_like(truth)
    for code in np.unique(truth):
        inside = np.argwhere(truth == code)
        label_disc(labels, truth, *inside[rng.integers(len(inside))])
    for _ in range(_ROUNDS + 1):
        (pixels,) = draw([labels], 8000, seed)
        classifier = linear(seed).fit(features[pixels], labels.ravel()[pixels])
        probabilities = probabilities_of(classifier, features)
        said = classifier.classes_[probabilities.argmax(axis=1)]
        scored = labels.ravel() == 0
        scores = class_scores(truth.ravel()[scored], said[scored])
        curve.append((scores["weighted F1"], scores["macro F1"]))
        doubt = -(probabilities * np.log(np.maximum(probabilities, 1e-9))).sum(axis=1) * scored
        if by_doubt:
            places = doubtful_places(doubt.reshape(truth.shape))
        else:
            places = [tuple(np.argwhere(labels == 0)[rng.integers(scored.sum())]) for _ in range(_A_ROUND)]
        for place in places:
            label_disc(labels, truth, *place)
    return curve


def main() -> None:
    """Print both curves, mean over the seeds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy.next_label", description=__doc__)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2, 3, 4])
    parser.add_argument("--out", type=Path, default=Path("out/next-label.json"))
    asked = parser.parse_args()
    curves = {}
    for name in ("doubt", "random"):
        curves[name] = [learning_curve(seed, name == "doubt") for seed in asked.seeds]
        means = np.mean(curves[name], axis=0)
        print(f"{name:8} weighted F1", *(f"{value:.3f}" for value in means[:, 0]))
        print(f"{name:8} macro F1   ", *(f"{value:.3f}" for value in means[:, 1]), flush=True)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps(curves))


if __name__ == "__main__":
    main()
