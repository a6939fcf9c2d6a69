"""A hole in the workbench: 300 and 1,400 photographs opened and paged through, seconds, bytes, memory."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

import corewidgets as cw

NUMBERS = (300, 1400)
SHAPE = (2693, 396)
DIFFERENT = 4  # the others are copies of these

_OPEN = """
import json, sys, time
import psutil
started = time.perf_counter()
def lap(name, value, unit="s"):
    gib = psutil.Process().memory_info().rss / 2**30
    print(f"  {name:44} {value:10.2f} {unit:4} {gib:6.2f} GiB", flush=True)
import corewidgets as cw
from corewidgets.widgets.tool import family
lap("imports, once a kernel", time.perf_counter() - started)
cw.Labeler(cw.sample_core(240, 96).section, autosave=False)
folder = sys.argv[1]
start = time.perf_counter()
project = cw.Project(folder)
lap("project", time.perf_counter() - start)
start = time.perf_counter()
bench = cw.Workbench(project)
lap("workbench on it", time.perf_counter() - start)
lap("strip, sent when it is shown", len(json.dumps(bench._desk.strip.rows)) / 2**10, "KiB")
parts = family(bench)
lap("widgets", len(parts), "")
start = time.perf_counter()
pictures = [project.small_pictures(name) for name in project.names[:9]]
lap("9 thumbnails made", time.perf_counter() - start)
start = time.perf_counter()
pictures = [project.small_pictures(name) for name in project.names[:9]]
lap("9 thumbnails kept", time.perf_counter() - start)
lap("9 thumbnails, sent", sum(len(part) for found in pictures for part in found) / 2**10, "KiB")
for first, stop in ((1, 11), (11, 101)):
    start = time.perf_counter()
    for name in project.names[first:stop]:
        bench.open_photograph(name)
    lap(f"next photograph, mean of {stop - first}", (time.perf_counter() - start) / (stop - first))
lap("widgets afterwards", len(family(bench)), "")
labels = bench.labels.copy()
labels[100:120, 100:200] = 1
start = time.perf_counter()
bench.labels = labels
lap("stroke until it is on the disk", time.perf_counter() - start)
"""


def main() -> None:
    """Print what it takes to open holes of several sizes; the load of the machine is named."""
    for number in NUMBERS:
        with tempfile.TemporaryDirectory() as made:
            folder = _project(Path(made), number)
            load = os.getloadavg()[0]
            print(f"\n{number:,} photographs of {SHAPE[0]} x {SHAPE[1]}, load {load:.1f}")
            subprocess.run([sys.executable, "-c", _OPEN, str(folder)], check=True)


def _project(folder: Path, number: int) -> Path:
    """Write photographs and a project of them."""
    files = [folder / f"R{index}.jpg" for index in range(number)]
    for index, file in enumerate(files):
        if index < DIFFERENT:
            image = cw.sample_core(*SHAPE, seed=index).section.image
            Image.fromarray(np.asarray(image)).save(file, quality=90)
        else:
            shutil.copyfile(files[index % DIFFERENT], file)
    lanes = [cw.Lane(file, 0.62 * index, 0.62 * (index + 1)) for index, file in enumerate(files)]
    return cw.Project.create(folder / "hole.corewidgets", cw.Core(lanes)).folder


if __name__ == "__main__":
    main()
