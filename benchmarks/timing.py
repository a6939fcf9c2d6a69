"""Compare functions fairly on a noisy machine: in turn, several times, medians and ratios."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.figures import keep


@dataclass(frozen=True)
class Timing:
    """Wall-clock and processor seconds, the median of several runs."""

    wall: float
    processor: float


def in_turn(functions: dict[str, Callable[[], Any]], n_rounds: int = 5) -> dict[str, Timing]:
    """Run every function once to warm up, then all of them in turn, `n_rounds` times."""
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in functions}
    for round_number in range(-1, n_rounds):
        for name, function in functions.items():
            wall, processor = time.perf_counter(), time.process_time()
            function()
            elapsed = time.perf_counter() - wall, time.process_time() - processor
            if round_number >= 0:
                runs[name].append(elapsed)
    return {
        name: Timing(*(statistics.median(figures) for figures in zip(*pairs, strict=True)))
        for name, pairs in runs.items()
    }


def keep_timing(name: str, timing: Timing) -> None:
    """Keep both seconds of a timing as figures of the documents."""
    keep(f"{name}.wall", timing.wall)
    keep(f"{name}.cpu", timing.processor)


def show(title: str, timings: dict[str, Timing], reference: str) -> None:
    """Print a table of timings and their ratios to one of them."""
    print(f"\n{title}")
    print(f"  {'':44} {'wall s':>8} {'CPU s':>8}  wall against {reference}")
    for name, timing in timings.items():
        ratio = timing.wall / timings[reference].wall
        print(f"  {name:44} {timing.wall:8.2f} {timing.processor:8.2f}  {ratio:6.2f}", flush=True)
