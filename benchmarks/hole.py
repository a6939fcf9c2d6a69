"""A hole of 1,400 photographs in a real Chromium: pictures a second, pixels sent, memory of the page.

Needs the test extra (playwright) and Chromium. The photographs are small: what the page draws and is sent
does not depend on their size.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

import corewidgets as cw
from benchmarks.figures import keep
from benchmarks.widgets import Traffic, in_chromium, open_page, page_memory, row
from tests.browser.jupyterlab import Lab, StagePage
from tests.browser.workbench_page import WorkbenchPage

NUMBER = 1400
SHAPE = (653, 96)
DIFFERENT = 4  # the others are copies of these
SECONDS = 5.0  # of a drag
WARM, CHANGES = 10, 100  # photographs opened before the memory is first read, and then

_WORKBENCH = """
bench = cw.Workbench({folder!r})
bench
"""

# Counts what is painted, and adds up the pixels of pictures that came.
_WATCH = """
() => {
  const watched = window.watched = { frames: [], painted: 0, pixels: 0, bytes: 0, screen: 0 };
  const { clearRect } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.clearRect = function (...box) {
    if (this.canvas.closest('.cw-core-view')) {
      watched.painted += 1;
      watched.screen = this.canvas.width * this.canvas.height;
    }
    return clearRect.apply(this, box);
  };
  const made = window.createImageBitmap;
  window.createImageBitmap = async (blob, ...rest) => {
    const bitmap = await made(blob, ...rest);
    watched.pixels += bitmap.width * bitmap.height;
    watched.bytes += blob.size;
    return bitmap;
  };
  const frame = (at) => { watched.frames.push(at); requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
}
"""
_DRAWN = ".cw-core-view canvas[data-missing='0']"


def main() -> None:
    """Print the figures; the load is named."""
    print(
        f"\n{NUMBER:,} photographs in Chromium, {psutil.cpu_count()} cores, load {psutil.getloadavg()[0]:.1f}"
    )
    with tempfile.TemporaryDirectory() as made, in_chromium() as (browser, folder, address, token, _):
        project = _project(Path(made))
        cell = _WORKBENCH.format(folder=str(project))
        lab, traffic = open_page(browser, folder, address, token, cell)
        lab.page.locator(".cw-ink-root:visible").first.wait_for(timeout=60_000)
        lab.page.evaluate(_WATCH)
        _opened(lab, traffic)
        _panned(lab, "of the whole hole", "wide")
        _zoomed(lab)
        _panned(lab, "of some photographs", "near")
        WorkbenchPage(lab).turn_to("label", "Label")
        _changes(lab)
        lab.close()


def _project(folder: Path) -> Path:
    """Write photographs, a project of them, and a map of each."""
    files = [folder / f"R{index}.jpg" for index in range(NUMBER)]
    samples = [cw.sample_core(*SHAPE, seed=seed) for seed in range(DIFFERENT)]
    for index, file in enumerate(files):
        if index < DIFFERENT:
            Image.fromarray(np.asarray(samples[index].section.image)).save(file, quality=90)
        else:
            shutil.copyfile(files[index % DIFFERENT], file)
    lanes = [cw.Lane(file, 0.62 * index, 0.62 * (index + 1)) for index, file in enumerate(files)]
    project = cw.Project.create(folder / "hole.corewidgets", cw.Core(lanes), legend=samples[0].legend)
    names = project.names
    for name, sample in zip(names, samples, strict=False):
        project.write_map(name, sample.truth)
    for index, name in enumerate(names[DIFFERENT:]):  # the same photographs, thus the same maps
        for kept, ending in (("maps", "png"), ("records", "json")):
            source = project.folder / kept / f"{names[index % DIFFERENT]}.{ending}"
            shutil.copyfile(source, project.folder / kept / f"{name}.{ending}")
    return project.folder


def _changes(lab: Lab) -> None:
    """Measure what the page keeps of photographs that were open."""
    first = lab.ask_json("list(bench.project.names).index(bench.section.name)")
    before = 0.0
    StagePage(lab, "bench.labeler.stage").ink.focus()  # keys go to the photograph
    for number in range(1, WARM + CHANGES + 1):
        lab.page.keyboard.press("PageDown")
        lab.wait_for(f"bench.section.name == bench.project.names[{first + number}]", seconds=60)
        lab.wait_idle()
        if number == WARM:
            before = page_memory(lab)
    after = page_memory(lab)
    keep("hole.page.before", before)
    keep("hole.page.after", after)
    row(f"page memory after {WARM} photographs", f"{before:.0f} MiB", "")
    row(f"  after {CHANGES} more", f"{after:.0f} MiB", "no growth")


def _drawn(lab: Lab) -> float:
    """Wait until all pictures that are wanted are there, and no more come; return since when."""
    known, since = -1, time.time()
    while True:
        lab.page.locator(_DRAWN).wait_for(timeout=300_000)
        pixels = lab.page.evaluate("() => window.watched.pixels")
        if pixels != known or not pixels:
            known, since = pixels, time.time()
        elif time.time() - since > 1.0:
            return since
        lab.page.wait_for_timeout(50)


def _opened(lab: Lab, traffic: Traffic) -> None:
    """Measure what opens the page Core."""
    traffic.clear()
    started = time.time()
    WorkbenchPage(lab).turn_to("core", "Core")
    seconds = _drawn(lab) - started
    seen = lab.page.evaluate("() => window.watched")
    screens = seen["pixels"] / seen["screen"]
    keep("hole.core.screens", screens)
    keep("hole.core.sent", seen["bytes"] / 2**10)
    row("page Core, until all of it is drawn", f"{seconds:.1f} s", "")
    row("  pixels of its pictures, in screens", f"{screens:.2f}", "< 3")
    row("  bytes of them", f"{seen['bytes'] / 2**10:.0f} KiB", "")
    row("  all that was received", f"{traffic.n_received() / 2**10:.0f} KiB", "")


def _zoomed(lab: Lab) -> None:
    """Zoom in with the wheel until some photographs are in view."""
    box = lab.page.locator(_DRAWN).bounding_box()
    lab.page.mouse.move(box["x"] + box["width"] / 3, box["y"] + box["height"] / 2)
    for _ in range(12):
        lab.page.mouse.wheel(0, -300)
    _drawn(lab)


def _panned(lab: Lab, what: str, figure: str) -> None:
    """Measure pictures a second while the mouse drags up and down."""
    box = lab.page.locator(".cw-core-view canvas").bounding_box()
    mouse = lab.page.mouse
    x, middle = box["x"] + box["width"] / 3, box["y"] + box["height"] / 2
    mouse.move(x, middle)
    mouse.down()
    lab.page.evaluate("() => Object.assign(window.watched, { frames: [], painted: 0 })")
    started = time.time()
    while (spent := time.time() - started) < SECONDS:
        mouse.move(x, middle + 0.4 * box["height"] * np.sin(2.5 * spent))
    seen = lab.page.evaluate("() => window.watched")
    mouse.up()
    longest = float(np.max(np.diff(seen["frames"])))
    rate = seen["painted"] / spent
    keep(f"hole.pan.{figure}", rate)
    row(f"pictures a second while the mouse drags, {what}", f"{rate:.0f}", ">= 30")
    row("  frames of the browser a second", f"{len(seen['frames']) / spent:.0f}", "")
    row("  longest time between two of them", f"{longest:.0f} ms", "")
    lab.page.locator(_DRAWN).wait_for(timeout=120_000)


if __name__ == "__main__":
    main()
