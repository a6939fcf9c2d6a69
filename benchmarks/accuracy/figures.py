"""Draw docs/accuracy.md's figures: ``python -m benchmarks.accuracy.figures out/accuracy.json``.

Several result files are put together; the table of all is printed.  The figure of the scores is drawn from
the table in docs/accuracy.md, which has methods that were not run again.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from benchmarks.accuracy.__main__ import table
from benchmarks.accuracy.trials import TRIALS

SHOWN = {
    "ours": "#1f5fa8",
    "ours-0.1": "#7fb2e5",
    "published": "#d07a1c",
    "filters": "#6d8f3a",
    "convpaint": "#a14d9b",
}
"""The methods in the figures of confidence, and their colors."""


_ROW = re.compile(r"^regions +(\S+) +\d+ +([\d.]+) ± ([\d.]+) +([\d.]+) ± ([\d.]+)", re.MULTILINE)
"""A row of the table: the method, its weighted and its macro F1, and their spread over the seeds."""


def draw_scores(document: str) -> Figure:
    """Return each method's weighted and macro F1 on regions held out, and their spread, as a table says."""
    rows = [(row[0], *map(float, row[1:])) for row in _ROW.findall(document)]
    rows.sort(key=lambda row: row[1])
    figure = Figure(figsize=(7, 0.45 * len(rows) + 1), layout="constrained")
    axes = figure.subplots()
    for name, color, at, shift in (("weighted F1", "#1f5fa8", 1, 0.12), ("macro F1", "#d07a1c", 3, -0.12)):
        means, spreads = ([row[column] for row in rows] for column in (at, at + 1))
        places = np.arange(len(rows)) + shift
        axes.errorbar(means, places, xerr=spreads, fmt="o", ms=5, color=color, label=name, capsize=2)
    labels = [row[0] for row in rows]
    axes.set(yticks=range(len(rows)), yticklabels=labels, xlabel="section 72-2, whole regions held out")
    axes.grid(axis="x", alpha=0.4)
    axes.legend(loc="lower right")
    return figure


def draw_doubt(rows: list[dict[str, Any]], curves: dict[str, Any]) -> Figure:
    """Return the error rate by confidence, and what labelling where the model doubts brings."""
    figure = Figure(figsize=(8, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for method, color in SHOWN.items():
        errors = [
            row["errors by tenth of confidence"]
            for row in rows
            if row["trial"] == "regions" and row["method"] == method
        ]
        if errors:
            left.plot(range(1, 11), np.mean(errors, axis=0), marker="o", ms=3, color=color, label=method)
    left.set(xlabel="tenth of the pixels, surest first", ylabel="error rate", ylim=(0, 1))
    left.legend(fontsize="small", ncols=2)
    for name, seeds in curves.items():
        means = np.mean(seeds, axis=0)[:, 1]
        label = {"doubt": "places by doubt", "random": "places at random"}[name]
        right.plot(4 * np.arange(len(means)), means, marker="o", ms=3, label=label)
    right.set(xlabel="places labelled after the first of each class", ylabel="macro F1, synthetic cores")
    right.legend()
    for axes in (left, right):
        axes.grid(alpha=0.4)
    return figure


def draw_reliability(rows: list[dict[str, Any]]) -> Figure:
    """Return how often a method is right against how sure it is: on rock held out, and on synthetic cores."""
    figure = Figure(figsize=(8, 3.9), layout="constrained")
    for axes, trial, title in zip(
        figure.subplots(1, 2, sharey=True),
        ("regions", "cores"),
        ("section 72-2, regions held out", "synthetic cores"),
        strict=True,
    ):
        axes.plot([0, 1], [0, 1], color="0.6", lw=1, label="as sure as right")
        for method, color in SHOWN.items():
            bins = [row["reliability"] for row in rows if (row["trial"], row["method"]) == (trial, method)]
            if bins:
                confidence, right = _pooled(np.array(bins))
                axes.plot(confidence, right, marker="o", ms=3, color=color, label=method)
        axes.set(title=title, xlabel="probability of the class named", xlim=(0, 1), ylim=(0, 1))
        axes.set_aspect("equal")
        axes.grid(alpha=0.4)
    figure.axes[0].set_ylabel("share that is right")
    figure.axes[0].legend(fontsize=8)
    return figure


def _pooled(bins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return confidence and share right of the bins that hold 1 in 500 of the pixels, over all seeds."""
    shares = bins[..., 0].sum(axis=0)
    pooled = (bins[..., :1] * bins[..., 1:]).sum(axis=0) / np.maximum(shares, 1e-12)[:, None]
    return tuple(pooled[shares >= 0.002 * len(bins)].T)


def main() -> None:
    """Print the table and write the figures; that with the curves of `next_label` where there are any."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy.figures", description=__doc__)
    parser.add_argument("results", nargs="+", type=Path)
    parser.add_argument("--curves", type=Path, default=Path("out/next-label.json"))
    parser.add_argument("--table", type=Path, default=Path("docs/accuracy.md"))
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    asked = parser.parse_args()
    rows = [row for path in asked.results for row in json.loads(path.read_text())]
    print(table(sorted(rows, key=lambda row: (list(TRIALS).index(row["trial"]), -row["weighted F1"]))))
    draw_scores(asked.table.read_text()).savefig(asked.out / "accuracy-scores.png", dpi=100)
    draw_reliability(rows).savefig(asked.out / "accuracy-reliability.png", dpi=100)
    if asked.curves.exists():
        curves = json.loads(asked.curves.read_text())
        draw_doubt(rows, curves).savefig(asked.out / "accuracy-doubt.png", dpi=100)


if __name__ == "__main__":
    main()
