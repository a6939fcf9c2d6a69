"""From nothing to a map, each in a process of its own: seconds from a cold start, memory, import."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

from benchmarks.figures import keep

_PROLOGUE = """
import resource, time
from benchmarks.figures import keep
start = time.perf_counter()
def lap(name):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"  {name:44} {time.perf_counter() - start:8.2f} s since start {peak:8.2f} GiB peak", flush=True)
    return time.perf_counter() - start, peak
import numpy as np
from benchmarks.data import section_72_2
sample = section_72_2()
import corewidgets as cw
"""

_COLD = """
model = cw.PixelClassifier(preset={preset!r}).fit(sample.section, sample.labels)
lap("fitted")
model.predict(sample.section)
seconds, _ = lap("first map")
keep("{figure}first_map", seconds)
again = time.perf_counter()
model.fit(sample.section, sample.labels).predict(sample.section)
print(f"  {{'fit again and map again, exact':44}} {{time.perf_counter() - again:8.2f}} s")
keep("{figure}again", time.perf_counter() - again)
model.mode, again = "refined", time.perf_counter()
model.fit(sample.section, sample.labels).predict(sample.section)
print(f"  {{'fit again and map again, refined':44}} {{time.perf_counter() - again:8.2f}} s")
keep("{figure}again_refined", time.perf_counter() - again)
_, peak = lap("end")
keep("{figure}peak", peak)
"""

_AGAIN = """
cw.PixelClassifier().fit(sample.section, sample.labels).predict(sample.section)
seconds, _ = lap("first map")
keep("start.first_map_kept", seconds)
"""

_LONG = """
model = cw.PixelClassifier().fit(sample.section, sample.labels)
image = np.concatenate([sample.section.image] * {times})
model.predict(image)
_, peak = lap(f"{{image.shape[0]:,}} x {{image.shape[1]}} pixels")
if {times} > 1:
    keep("start.long_peak", peak)
"""


def main() -> None:
    """Print what a user waits for and what memory it takes."""
    for preset in ("recommended", "published"):
        print(f"\nFrom a cold start, one section, activations cached after the first map: {preset}")
        figure = "start." if preset == "recommended" else f"start.{preset}."
        with tempfile.TemporaryDirectory() as compiled:
            _run(_PROLOGUE + _COLD.format(preset=preset, figure=figure), compiled)
            if preset == "recommended":
                print("\nThe same in another new process, compiled programs on disk")
                _run(_PROLOGUE + _AGAIN, compiled)
    print("\nMemory against the length of the image (the image itself is 3 bytes per pixel, the map 1)")
    for times in (1, 20):
        _run(_PROLOGUE + _LONG.format(times=times))
    print("\nimport corewidgets")
    seconds = min(_seconds("import corewidgets") for _ in range(5)) - min(_seconds("pass") for _ in range(5))
    print(f"  {'beyond starting Python':44} {seconds:8.3f} s")
    keep("start.import", seconds)


def _run(code: str, compiled: str | None = None) -> None:
    """Run code in a process of its own, whose compiled programs are kept in a folder, if one is given."""
    folder = {"XDG_CACHE_HOME": compiled} if compiled else {}  # in it, as in the user's, the package chooses
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | folder)


def _seconds(code: str) -> float:
    start = time.perf_counter()
    _run(code)
    return time.perf_counter() - start
