"""A hole in the workbench, 300 and 1,400 photographs, and 5,000 clasts: seconds, bytes, memory.

On a machine with other work the processor time tells what is needed, the seconds what it takes beside that.
"""

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
DIFFERENT = 4  # the others are copies of these, but for the last

_OPEN = """
import json, sys, time
import numpy as np
import psutil
started = time.perf_counter()
def lap(name, value, unit="", cpu=None):
    gib = psutil.Process().memory_info().rss / 2**30
    used = "" if cpu is None else f"{cpu:7.2f} CPU-s"
    print(f"  {name:44} {value:10.2f} {unit:4} {used:13} {gib:6.2f} GiB", flush=True)
class timed:
    def __init__(self, name, times=1):
        self.name, self.times = name, times
    def __enter__(self):
        self.at = time.perf_counter(), time.process_time()
    def __exit__(self, *_):
        took = [now - then for now, then in zip((time.perf_counter(), time.process_time()), self.at)]
        lap(self.name, took[0] / self.times, "s", took[1] / self.times)
import corewidgets as cw
from benchmarks.figures import keep
from corewidgets.widgets.tool import family
lap("imports, once a kernel", time.perf_counter() - started, "s", time.process_time())
cw.Labeler(cw.sample_core(240, 96).section, autosave=False)
folder = sys.argv[1]
start = time.process_time()
with timed("project"):
    project = cw.Project(folder)
with timed("workbench on it"):
    bench = cw.Workbench(project)
keep(f"hole.{len(project)}.open", time.process_time() - start)
strip = len(json.dumps(bench._desk.strip.rows)) / 2**10
lap("strip, sent when it is shown", strip, "KiB")
lap("widgets", len(family(bench)))
with timed("9 thumbnails made"):
    pictures = [project.small_pictures(name) for name in project.names[:9]]
with timed("9 thumbnails kept"):
    pictures = [project.small_pictures(name) for name in project.names[:9]]
lap("9 thumbnails, sent", sum(len(part) for found in pictures for part in found) / 2**10, "KiB")
for first, stop in ((1, 11), (11, 101)):
    with timed(f"next photograph, mean of {stop - first}", stop - first):
        start = time.process_time()
        for name in project.names[first:stop]:
            bench.open_photograph(name)
if len(project) > 1000:
    keep("hole.next", (time.process_time() - start) / (stop - first))
    keep("hole.kernel", psutil.Process().memory_info().rss / 2**30)
    keep("hole.strip", strip)
lap("widgets afterwards", len(family(bench)))
labels = bench.labels.copy()
labels[100:120, 100:200] = 1
with timed("stroke until it is on the disk"):
    bench.labels = labels
def with_live(name):
    start = time.perf_counter(), time.process_time()
    bench.open_photograph(name)
    bench.labeler.stage.resize(1150, 1.0)  # a view of 1,000 x 396 pixels
    bench.labeler.stage.show(1300, 200, scale=1.0)
    trainer = bench.trainer
    trainer.live = True
    trainer._training._worker._mailbox.wait(lambda: trainer.maps is not None, 100)
    took = [now - then for now, then in zip((time.perf_counter(), time.process_time()), start)]
    lap(f"photograph {name}, until its view has a live map", took[0], "s", took[1])
    trainer.stop()
    return took[0]  # several threads compute
for name in project.names[:2]:
    labels = np.zeros(project.read(name).shape, np.uint8)
    labels[500:520, 50:350], labels[900:920, 50:350] = 1, 2
    project.write_labels(name, labels)
with_live(project.names[2])  # the first compiles, and reads what is learned from
new = with_live(project.names[-1])
with_live(project.names[2])
kept = with_live(project.names[-1])
if len(project) < 1000:
    keep("hole.live.new", new)
    keep("hole.live.kept", kept)
with timed("page Core"):
    bench.page = "core"
"""


_CLASTS = """
import tempfile, time
from pathlib import Path
import numpy as np
import corewidgets as cw
from benchmarks.figures import keep
from corewidgets.widgets.clast_keeping import FileClasts
from corewidgets.widgets.clast_page import ClastPage
rows, columns = np.mgrid[:2700, :1080]
codes = np.where(((rows % 24) - 12) ** 2 + ((columns % 24) - 12) ** 2 < 9**2, 2, 1).astype(np.uint8)
section = cw.CoreSection(np.repeat(codes[..., None] * 60, 3, -1).astype(np.uint8), 1.0, 2.0, name="clasts")
kept = FileClasts(Path(tempfile.mkdtemp()) / "clasts.json")
page = ClastPage(section, cw.Legend(["Matrix", "Clast", "Other"]), kept)
page.segmentation = codes
page.wait()
numbers = page.table.numbers()[:20]
print(f"  {len(page.table.numbers()):,} clasts")
found = []
for name, act in (
    ("selecting one", page.pick),
    ("an edit: another class", lambda number: (page.pick(number), page.set_class("Other"))),
    ("undo", lambda number: page.undo()),
):
    took = []
    for number in numbers[:10]:
        start = time.perf_counter(), time.process_time()
        act(number)
        took.append([now - then for now, then in zip((time.perf_counter(), time.process_time()), start)])
    wall, cpu = np.median(took, axis=0)
    found.append(1000 * cpu)
    print(f"  {name:44} {1000 * wall:10.0f} ms   {1000 * cpu:7.0f} CPU-ms", flush=True)
keep("clasts.select", found[0])
keep("clasts.edit", found[1])
"""


def main() -> None:
    """Print what it takes to open holes of several sizes, and to edit clasts; the load is named."""
    print(f"Clasts of a map, load {os.getloadavg()[0]:.1f}", flush=True)
    subprocess.run([sys.executable, "-c", _CLASTS], check=True)
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
        if index < DIFFERENT or file is files[-1]:
            image = cw.sample_core(*SHAPE, seed=index).section.image
            Image.fromarray(np.asarray(image)).save(file, quality=90)
        else:
            shutil.copyfile(files[index % DIFFERENT], file)
    lanes = [cw.Lane(file, 0.62 * index, 0.62 * (index + 1)) for index, file in enumerate(files)]
    return cw.Project.create(folder / "hole.corewidgets", cw.Core(lanes)).folder


if __name__ == "__main__":
    main()
