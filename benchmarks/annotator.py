"""Which tool reaches which score in how many gestures and seconds of a person?  A scripted hand labels.

Every tool begins with one clast a class, then goes to where the model is least sure, a few clasts at a time;
proposals are taken as they come, and where none is good the hand clicks.  The model is of the default preset.
Scores are macro F1 on pixels of a synthetic core that are the same for all tools: the map of the photograph
that is labelled, in which labels stand, and the half of the core below it, which nobody labels.  On section
72-2 they are the half of the expert's regions in which the hand may not label; proposals are compared with
these, too.

``python -m benchmarks annotator``
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from scipy import ndimage
from sklearn.metrics import f1_score

import corewidgets as cw
from benchmarks.figures import keep
from benchmarks.scripted_hand import SMALLEST, Act, Scene, act_at, judge
from corewidgets.geology.clasts import GROUNDMASS
from corewidgets.labels.arrays import regions
from corewidgets.learning.mapping import map_section
from corewidgets.learning.maps import Maps

TOOLS = {"stroke": "#6d8f3a", "polygon": "#d07a1c", "click": "#1f5fa8", "proposal": "#a14d9b"}
AIMS = (0.80, 0.90)
A_ROUND = 8
LISTED = 20  # proposals, of which a round takes the first
BUDGET = 240.0  # seconds of the person
ALL = 1000  # proposals: more than there are on section 72-2
MARKS = (60, 120, 240)
GESTURES = (20, 40, 60)
IMAGES = Path(__file__).parents[1] / "docs/images"


class Point(NamedTuple):
    """What was reached: seconds and gestures until then, and macro F1; also on what nobody labels."""

    seconds: float
    gestures: int
    score: float
    elsewhere: float


class Task(NamedTuple):
    """What is labelled, and what is scored.

    Attributes
    ----------
    section : CoreSection
        The photograph.
    known, scored : ndarray of uint8
        The class of each of its pixels where the hand may label, and of each that is scored; 0 = none.
    legend : Legend
    other : CoreSection, optional
        A photograph that nobody labels.
    truth : ndarray of uint8, optional
        The class of each of its pixels.
    """

    section: cw.CoreSection
    known: np.ndarray
    scored: np.ndarray
    legend: cw.Legend
    other: cw.CoreSection | None = None
    truth: np.ndarray | None = None


def main(sample: cw.Sample, seeds: Sequence[int] = (0, 1)) -> None:
    """Print what each tool reaches, and draw the figure."""
    print(f"\nA scripted hand, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}: macro F1 after seconds")
    runs = [curves(_synthetic(seed), seed=seed) for seed in seeds]
    _print("synthetic cores", runs)
    _keep(runs)
    _keep_until(runs)
    draw({"synthetic cores": runs}).savefig(IMAGES / "annotator.png", dpi=110)
    held_out = [curves(_held_out(sample, seeds[0]), seed=seeds[0])]
    _print("72-2, regions held out", held_out)
    draw({"72-2, regions held out": held_out}).savefig(IMAGES / "annotator-72-2.png", dpi=110)
    right, agreements = proposed(sample)
    keep("annotator.unlabelled.right", 100 * right)
    keep("annotator.unlabelled.overlap", float(np.mean(agreements)))
    keep("annotator.unlabelled.overlap.median", float(np.median(agreements)))
    print(
        f"  proposals on clasts of 72-2 never labelled: {len(agreements)}, class right {100 * right:.0f} %, "
        f"mean intersection over union {np.mean(agreements):.2f}, median {np.median(agreements):.2f}"
    )


def curves(task: Task, seed: int = 0, budget: float = BUDGET) -> dict[str, list[Point]]:
    """Return what each tool reaches, round after round.

    Parameters
    ----------
    task : Task
    seed : int
    budget : float
        Seconds of the person.
    """
    features = cw.outline_features(task.section.image)
    model = cw.PixelClassifier()
    found = {}
    for tool in TOOLS:
        scene = Scene(task.section, task.known, _clasts(task.legend), features)
        found[tool] = _curve(scene, tool, task, model, np.random.default_rng(seed), budget)
    return found


def _curve(
    scene: Scene, tool: str, task: Task, model: Any, rng: np.random.Generator, budget: float
) -> list[Point]:
    """Return what one tool reaches."""
    seconds, gestures, points = 0.0, 0, []
    acts = [act_at(scene, tool, *place, rng) for place in _first_places(scene.known, rng)]
    while True:
        for act in acts:
            if act.mask is not None:
                scene.keep(act)
            gestures += act.gestures
            seconds += act.seconds
        maps = map_section(model.fit(scene.section, scene.labels), scene.section)
        points.append(Point(seconds, gestures, *_scores(task, model, maps, scene.labels)))
        if seconds >= budget:
            return points
        acts = _judged(scene, model, maps, task.legend) if tool == "proposal" else []
        if all(act.mask is None for act in acts):  # no proposals, or none that is good
            acts += [act_at(scene, tool, *place, rng) for place in _least_sure(maps, scene)]
        if not acts:
            return points


def _judged(scene: Scene, model: Any, maps: Maps, legend: cw.Legend) -> list[Act]:
    given = {"legend": legend, "refused": scene.refused, "features": scene.features, "maps": maps}
    proposals = cw.propose(scene.section, model, scene.labels, LISTED, **given)
    known = [proposal for proposal in proposals if scene.known[proposal.row, proposal.column]]
    return [judge(scene, proposal) for proposal in known[:A_ROUND]]


def _scores(task: Task, model: Any, maps: Maps, labels: np.ndarray) -> tuple[float, float]:
    """Return the score of the map, in which labels stand, and that where nobody labels."""
    score = _f1(task.scored, np.where(labels > 0, labels, maps.segmentation))
    if task.other is None or task.truth is None:
        return score, score
    return score, _f1(task.truth, map_section(model, task.other).segmentation)


def _f1(truth: np.ndarray, found: np.ndarray) -> float:
    where = truth > 0
    return float(f1_score(truth[where], found[where], average="macro", zero_division=0))


def _first_places(known: np.ndarray, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Return a place in the middle of one of the larger pieces of every class."""
    places = []
    numbered = regions(known)
    sizes = np.bincount(numbered.ravel())
    for code in np.unique(known[known > 0]):
        numbers = np.unique(numbered[known == code])
        largest = numbers[np.argsort(-sizes[numbers])][:5]
        places.append(_middle(numbered == rng.choice(largest)))
    return places


def _middle(piece: np.ndarray) -> tuple[int, int]:
    depth = ndimage.distance_transform_edt(np.pad(piece, 1))[1:-1, 1:-1]
    row, column = np.unravel_index(depth.argmax(), depth.shape)
    return int(row), int(column)


def _least_sure(maps: Maps, scene: Scene) -> list[tuple[int, int]]:
    """Return the places where the model is least sure over 16 pixels, in pieces not labelled yet."""
    assert maps.uncertainty is not None
    doubt = ndimage.uniform_filter(maps.uncertainty.astype(np.float32), 16)
    doubt[(scene.known == 0) | (scene.labels > 0)] = -1
    places: list[tuple[int, int]] = []
    while len(places) < A_ROUND and doubt.max() >= 0:
        row, column = (int(index) for index in np.unravel_index(doubt.argmax(), doubt.shape))
        piece = scene.piece(row, column)
        if np.count_nonzero(piece) >= SMALLEST:
            places.append((row, column))
        around = slice(max(0, row - 48), row + 49), slice(max(0, column - 48), column + 49)
        doubt[around][piece[around]] = -1
    return places


def _clasts(legend: cw.Legend) -> frozenset[int]:
    return frozenset(
        entry.code for entry in legend if entry.code in legend.rock_codes and entry.name not in GROUNDMASS
    )


def _synthetic(seed: int, n_rows: int = 700) -> Task:
    """Return the upper half of a core, which is labelled, and the lower half, which is not."""
    made = cw.sample_core(2 * n_rows, 260, seed=300 + seed)
    assert made.truth is not None
    upper, lower = (cw.CoreSection(half) for half in np.split(made.section.image, 2))
    known, truth = np.split(made.truth, 2)
    return Task(upper, known, known, made.legend, lower, truth)


def _held_out(sample: cw.Sample, seed: int) -> Task:
    """Return where the hand may label: half of the regions of every class; the others are scored."""
    numbered, rng = regions(sample.labels), np.random.default_rng(seed)
    known, scored = np.zeros_like(sample.labels), np.zeros_like(sample.labels)
    for code in np.unique(sample.labels[sample.labels > 0]):
        numbers = rng.permutation(np.unique(numbered[sample.labels == code]))
        for half, target in ((numbers[::2], known), (numbers[1::2], scored)):
            target[np.isin(numbered, half)] = code
    return Task(sample.section, known, scored, sample.legend)


def proposed(sample: cw.Sample, seeds: Sequence[int] = (0, 1)) -> tuple[float, list[float]]:
    """Return how good proposals are on clasts that nobody labelled.

    Half of the expert's regions of a class are labelled, drawn anew for each seed.  Of all proposals, those
    count whose middle lies in another of the expert's clasts; most lie where the expert labelled nothing.

    Returns
    -------
    float
        The share whose class is right.
    list of float
        Intersection over union of each with the expert's outline.
    """
    right, agreements = [], []
    for seed in seeds:
        section, known, scored, legend, *_ = _held_out(sample, seed)
        numbered = regions(scored)
        model = cw.PixelClassifier().fit(section, known)
        for one in cw.propose(section, model, known, ALL, legend=legend):
            code = int(scored[one.row, one.column])
            if code not in _clasts(legend):
                continue
            clast = numbered == numbered[one.row, one.column]
            shared = np.count_nonzero(clast[one.box] & one.mask)
            agreements.append(shared / (clast.sum() + one.mask.sum() - shared))
            right.append(one.code == code)
    return float(np.mean(right)), agreements


def _print(name: str, runs: list[dict[str, list[Point]]]) -> None:
    for tool in TOOLS:
        print(_row(name, tool, [run[tool] for run in runs]), flush=True)


def _row(name: str, tool: str, runs: list[list[Point]]) -> str:
    """Return a line of the table: means over the runs, the map / what nobody labels."""
    by_time = [_mean(runs, "seconds", mark) for mark in MARKS]
    by_gestures = [_mean(runs, "gestures", mark) for mark in GESTURES]
    marks = [f"{mark} s" for mark in MARKS] + [f"{mark} gestures" for mark in GESTURES]
    at = "  ".join(
        f"{mark} {score:.2f} / {elsewhere:.2f}"
        for mark, (score, elsewhere) in zip(marks, by_time + by_gestures, strict=True)
    )
    return f"  {name:28s} {tool:9s} {at}   {', '.join(_reached(runs, aim) for aim in AIMS)}"


def _reached(runs: list[list[Point]], aim: float) -> str:
    until = _until(runs, aim)
    return f"{aim:.2f} " + ("never" if until is None else f"after {until[0]:.0f} gestures, {until[1]:.0f} s")


def _keep(runs: list[dict[str, list[Point]]]) -> None:
    for tool in TOOLS:
        of_tool = [run[tool] for run in runs]
        for mark in MARKS:
            score, elsewhere = _mean(of_tool, "seconds", mark)
            keep(f"annotator.{tool}.{mark}", score)
            keep(f"annotator.{tool}.{mark}.elsewhere", elsewhere)
        for mark in GESTURES:
            keep(f"annotator.{tool}.{mark}.gestures", _mean(of_tool, "gestures", mark)[0])


def _keep_until(runs: list[dict[str, list[Point]]]) -> None:
    for tool in TOOLS:
        for aim in AIMS:
            until = _until([run[tool] for run in runs], aim)
            if until is None or tool == "polygon":
                continue
            for unit, value in zip(("gestures", "seconds"), until, strict=True):
                keep(f"annotator.{tool}.until.{100 * aim:.0f}.{unit}", value)


def _mean(runs: list[list[Point]], of: str, most: float) -> tuple[float, float]:
    """Return the scores of the last models that a person had by then, 0 before the first: means over runs."""
    last = [next((point for point in reversed(run) if getattr(point, of) <= most), None) for run in runs]
    scores = [(point.score, point.elsewhere) if point else (0.0, 0.0) for point in last]
    return float(np.mean([score for score, _ in scores])), float(np.mean([other for _, other in scores]))


def _until(runs: list[list[Point]], aim: float) -> tuple[float, float] | None:
    """Return the gestures and the seconds until an aim, means over runs; None where one never gets there."""
    reached = [point for run in runs if (point := next((p for p in run if p.score >= aim), None))]
    if len(reached) < len(runs):
        return None
    return (
        float(np.mean([point.gestures for point in reached])),
        float(np.mean([point.seconds for point in reached])),
    )


def draw(panels: dict[str, list[dict[str, list[Point]]]]) -> Figure:
    """Return score against seconds, a line a tool and run."""
    figure = Figure(figsize=(5 * len(panels), 3.4), layout="constrained")
    for axes, (name, runs) in zip(
        figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True
    ):
        for tool, color in TOOLS.items():
            for number, run in enumerate(runs):
                points = [(point.seconds, point.score) for point in run[tool]]
                label = None if number else tool
                axes.plot(*zip(*points, strict=True), color=color, marker="o", ms=3, lw=1.2, label=label)
        axes.set(xlabel="seconds of a person", ylabel="macro F1", xlim=(0, BUDGET), ylim=(0, 1), title=name)
        axes.grid(alpha=0.3)
    axes.legend(loc="lower right", fontsize="small")
    return figure
