"""A run of 1,400 sections that is done: processor seconds of the same command again, and of its report."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

import corewidgets as cw
from benchmarks.figures import keep

NUMBER = 1400
SHAPE = (48, 16)


def main(number: int = NUMBER) -> None:
    """Make the run with tiny photographs, and measure."""
    print(f"\nA run of {number:,} sections of {SHAPE[0]} x {SHAPE[1]} pixels that is done")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table, model = _make(folder, number)
        run = ("segment-core", table, "--model", model, "--out", folder / "run", "--workers", 1)
        for what, figure, command in (
            ("first run", "", run),
            ("the same command again", "again", run),
            ("again, with LAS", "", (*run, "--las", folder / "hole.las")),
            ("report", "report", ("report", folder / "run", "--out", folder / "hole.html")),
        ):
            seconds = processor_seconds(*command)
            print(f"  {what:30} {seconds:8.1f} processor seconds", flush=True)
            if figure:
                keep(f"resume.{figure}", seconds)


def _make(folder: Path, number: int) -> tuple[Path, Path]:
    """Write photographs, their table and a model that looks at color alone."""
    rng = np.random.default_rng(0)
    lanes = []
    for k in range(number):
        file = folder / f"R{k:04d}.png"
        image = rng.integers(0, 120, (*SHAPE, 3), np.uint8)
        image[SHAPE[0] // 2 :] += 120
        Image.fromarray(image).save(file, compress_level=1)
        lanes.append(cw.Lane(file, 100 + 0.6 * k, 100 + 0.6 * (k + 1)))
    cw.Core(lanes).write_csv(folder / "hole.csv")
    labels = np.zeros(SHAPE, np.uint8)
    labels[:8], labels[-8:] = 1, 2
    features = cw.Hypercolumns((), lab=True)
    model = cw.PixelClassifier(features, max_training_pixels=200, regularizer=None)
    model.fit(lanes[0].read(), labels)
    cw.save_model(folder / "model.skops", model, legend=cw.Legend(["Dark", "Light"]))
    return folder / "hole.csv", folder / "model.skops"


def processor_seconds(*command: object) -> float:
    """Run a command of corewidgets; return what it and its processes took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "corewidgets", *map(str, command), "--quiet"], check=True, capture_output=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
