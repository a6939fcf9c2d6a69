"""A whole core: against the same work image by image, and what 10,000 boxes of core would need.

``python -m benchmarks.core --sections 100``
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

import corewidgets as cw
from benchmarks.figures import keep

SHAPE = (2693, 396)
MILESTONES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)

BOXES, BOX_PIXELS = 10_000, 4.8e6
STORAGE = 1e9
"""Bytes a second that a shared file system gives: an assumption, that of a 10-gigabit network."""

FLOP_A_PIXEL = 188_000
"""Of the network through pool2."""

GPU_FLOPS, GPU_SHARE = 67e12, 0.3
"""The data sheet of an H100 (FP32, without tensor cores), and the share of it assumed to be reached."""


def main(n_sections: int = 100) -> None:
    """Make a core, then measure each way of working in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        _make(Path(folder), n_sections)
        figures = {}
        for title, way in (
            ("image by image, one process", "images"),
            ("segment_core, 1 process", "1"),
            ("segment_core, 2 processes", "2"),
            ("the last again: nothing left to do", "2"),
        ):
            print(f"\n{title}", flush=True)
            figures[title] = _measured(Path(folder), way)
        _show(figures, n_sections)
        _arithmetic(Path(folder), figures, n_sections)


def _make(folder: Path, n_sections: int) -> None:
    """Write photographs that all differ, their table, and a model of the default recipe."""
    samples = [cw.sample_core(*SHAPE, seed=seed) for seed in range(2)]
    lanes = []
    for number in range(n_sections):
        image = np.roll(samples[number % 2].section.image, 29 * number, axis=0)
        file = folder / f"R{number:04}.jpg"
        Image.fromarray(image).save(file, quality=95)
        lanes.append(cw.Lane(file, number, number + 0.67))
    cw.Core(lanes).write_csv(folder / "core.csv")
    model = cw.PixelClassifier().fit(samples[0].section, samples[0].labels)
    cw.save_model(folder / "model.skops", model, legend=samples[0].legend)


# ------------------------------------------------------------------ one way, in a process of its own


def _measured(folder: Path, way: str) -> dict[str, float]:
    """Run one way and return its figures."""
    command = [sys.executable, "-m", "benchmarks.core", "--folder", str(folder), "--way", way]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    *shown, last = done.stdout.splitlines()
    print("\n".join(shown), flush=True)
    return dict(zip(("start", "wall", "processor", "peak"), map(float, last.split()), strict=True))


def _work(folder: Path, way: str) -> None:
    """Do the work, print peak memory on the way, and last the figures."""
    start = time.perf_counter()
    core, model = cw.read_core(folder / "core.csv"), cw.load_model(folder / "model.skops")
    clock = _Clock(workers_only=way != "images")
    if way == "images":
        _image_by_image(folder, core, model, clock)
    else:
        out = folder / f"out-{way}"
        processes = cw.Processes(n_workers=int(way), connect=clock.begin)
        cw.segment_core(core, model, out=out, processes=processes, progress=clock.lap)
    print(clock.first - start, clock.last - clock.first, clock.processor, clock.peak)


def _image_by_image(folder: Path, core: cw.Core, model: cw.PixelClassifier, clock: _Clock) -> None:
    """Do what `segment_core` does, as a loop would."""
    (folder / "images").mkdir(exist_ok=True)
    clock.begin(None)
    for number, section in enumerate(core.sections(), start=1):
        segmentation, uncertainty = model.predict(section, return_uncertainty="entropy")
        cw.write_labels(folder / "images" / f"{section.name}.png", segmentation, model.legend_)
        uncertainty.mean()
        clock.lap(number, len(core))


class _Clock:
    """Wall and processor seconds from the end of the first section on; the largest memory of a process."""

    def __init__(self, workers_only: bool) -> None:
        self.workers_only = workers_only
        self.processor = self.before = self.peak = 0.0
        self.begin(None)

    def begin(self, _: object) -> None:
        """Begin; what comes before is the start of Python and of the processes."""
        self.first = self.last = time.perf_counter()

    def lap(self, done: int, _: int) -> None:
        """Count a section."""
        processes = [psutil.Process()]
        if self.workers_only:
            workers = [p for p in processes[0].children(True) if "spawn_main" in " ".join(p.cmdline())]
            processes = workers or processes  # none are started where nothing is left to do
        processor = sum(sum(process.cpu_times()[:2]) for process in processes)
        self.peak = max(map(_peak, processes))
        if done == 1:  # compiling is over
            self.first, self.before = time.perf_counter(), processor
        self.last, self.processor = time.perf_counter(), processor - self.before
        if done in MILESTONES:
            print(f"  {done:5} sections: {self.peak:.2f} GiB at most in a process")


def _peak(process: psutil.Process) -> float:
    """Return the most memory that a process had, in GiB."""
    status = Path(f"/proc/{process.pid}/status")
    if not status.exists():
        return process.memory_info().rss / 2**30
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 2**20


# ------------------------------------------------------------------------------------ what they mean


def _show(figures: dict[str, dict[str, float]], n_sections: int) -> None:
    """Print the ways beside each other; the first section, with which programs are compiled, is left out."""
    pixels = (n_sections - 1) * SHAPE[0] * SHAPE[1]
    loop, one, two, again = figures.values()
    for name, row in (("images", loop), ("one", one), ("two", two)):
        keep(f"core.{name}.pixels", pixels / row["wall"])
        keep(f"core.{name}.cpu", row["processor"] / (n_sections - 1))
        keep(f"core.{name}.cores", row["processor"] / row["wall"])
        keep(f"core.{name}.peak", row["peak"])
    print(f"\n{n_sections} sections of {SHAPE[0]} x {SHAPE[1]}, the first left out; {os.cpu_count()} cores")
    print(f"  {'':36} {'pixels/s':>10} {'wall s':>8} {'CPU s':>8} {'cores':>6} {'GiB':>5} {'start s':>8}")
    for title, row in figures.items():
        print(
            f"  {title:36} {pixels / row['wall']:10,.0f} {row['wall']:8.1f} {row['processor']:8.1f} "
            f"{row['processor'] / row['wall']:6.2f} {row['peak']:5.2f} {row['start']:8.1f}"
        )
    print(f"  one process against image by image: {loop['wall'] / one['wall']:.2f} times as fast")
    print(f"  two processes against one: {one['wall'] / two['wall']:.2f} times as fast")
    print(
        f"  processor seconds beyond those of image by image: {one['processor'] / loop['processor'] - 1:.1%}"
    )
    each = again["wall"] / (n_sections - 1)
    share = each * (n_sections - 1) / two["wall"]
    print(f"  scheduling, digests and records: {1000 * each:.1f} ms a section, {share:.1%} of the time")


def _arithmetic(folder: Path, figures: dict[str, dict[str, float]], n_sections: int) -> None:
    """Print what 10,000 boxes need, and what becomes the bottleneck."""
    loop, _, _, again = figures.values()
    size = SHAPE[0] * SHAPE[1]
    boxes = BOXES * BOX_PIXELS / size  # in sections
    core_seconds = boxes * loop["processor"] / (n_sections - 1)
    host_seconds = boxes * _host_seconds(folder)
    scheduler = BOXES * again["wall"] / (n_sections - 1)
    photographs = boxes * np.mean([file.stat().st_size for file in folder.glob("*.jpg")])
    maps = boxes * np.mean([file.stat().st_size for file in folder.glob("out-2/sections/*.png")])
    storage = (photographs + maps) / STORAGE
    network = BOXES * BOX_PIXELS * FLOP_A_PIXEL / (GPU_FLOPS * GPU_SHARE)
    print(f"\nOn paper: {BOXES:,} boxes of {BOX_PIXELS / 1e6:.1f} million pixels")
    print(f"  processor seconds, measured here            {core_seconds:12,.0f}")
    print(f"  of these reading and writing files          {host_seconds:12,.0f}")
    print(f"  photographs, as JPEG of quality 95 (GB)     {photographs / 1e9:12,.1f}")
    print(f"  maps (GB)                                   {maps / 1e9:12,.1f}")
    print(f"  seconds of shared storage at {STORAGE / 1e9:.0f} GB/s         {storage:12,.0f}")
    print(f"  seconds of scheduling, a task a box         {scheduler:12,.0f}")
    print(f"  {'cores':>8} {'hours':>8}  bottleneck")
    for n in (2, 8, 32, 128, 512, 2048):
        _line(n, {"processors": core_seconds / n, "storage": storage, "scheduler": scheduler})
    print(
        f"  {'GPUs':>8} {'hours':>8}  bottleneck; 16 cores beside each GPU, {GPU_SHARE:.0%} of its data sheet"
    )
    for n in (1, 2, 4, 8):
        parts = {"GPU": network / n, "files on the host": host_seconds / (16 * n)}
        _line(n, parts | {"storage": storage, "scheduler": scheduler})


def _line(n: int, seconds: dict[str, float]) -> None:
    slowest = max(seconds, key=lambda name: seconds[name])
    print(f"  {n:8} {seconds[slowest] / 3600:8.2f}  {slowest}", flush=True)


def _host_seconds(folder: Path) -> float:
    """Return the processor seconds of reading a photograph and writing its map."""
    run = cw.read_run(folder / "out-2")
    lane, segmentation = run.core.lanes[0], run.segmentation(run.core.lanes[0].name)
    return _processor(lane.read) + _processor(
        lambda: cw.write_labels(folder / "again.png", segmentation, run.legend)
    )


def _processor(function: Callable[[], object]) -> float:
    start = time.process_time()
    for _ in range(5):
        function()
    return (time.process_time() - start) / 5


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.core", description=__doc__)
    parser.add_argument("--sections", type=int, default=100, metavar="N", help="2 or more (default: 100)")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--way", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.way is None:
        main(args.sections)
    else:
        _work(args.folder, args.way)
