"""From nothing to a map, each in a process of its own: seconds from a cold start, memory, import."""

from __future__ import annotations

import subprocess
import sys
import time

_PROLOGUE = """
import resource, time
start = time.perf_counter()
def lap(name):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"  {name:44} {time.perf_counter() - start:8.2f} s since start {peak:8.2f} GiB peak", flush=True)
import numpy as np
from benchmarks.data import section_72_2
sample = section_72_2()
import corewidgets as cw
"""

_COLD = """
model = cw.PixelClassifier(preset={preset!r}).fit(sample.section, sample.labels)
lap("fitted")
model.predict(sample.section)
lap("first map")
again = time.perf_counter()
model.fit(sample.section, sample.labels).predict(sample.section)
print(f"  {{'fit again and map again, exact':44}} {{time.perf_counter() - again:8.2f}} s")
model.mode, again = "refined", time.perf_counter()
model.fit(sample.section, sample.labels).predict(sample.section)
print(f"  {{'fit again and map again, refined':44}} {{time.perf_counter() - again:8.2f}} s")
lap("end")
"""

_LONG = """
model = cw.PixelClassifier().fit(sample.section, sample.labels)
image = np.concatenate([sample.section.image] * {times})
model.predict(image)
lap(f"{{image.shape[0]:,}} x {{image.shape[1]}} pixels")
"""


def main() -> None:
    """Print what a user waits for and what memory it takes."""
    for preset in ("recommended", "published"):
        print(f"\nFrom a cold start, one section, activations cached after the first map: {preset}")
        _run(_PROLOGUE + _COLD.format(preset=preset))
    print("\nMemory against the length of the image (the image itself is 3 bytes a pixel, the map 1)")
    for times in (1, 20):
        _run(_PROLOGUE + _LONG.format(times=times))
    print("\nimport corewidgets")
    seconds = min(_seconds("import corewidgets") for _ in range(5)) - min(_seconds("pass") for _ in range(5))
    print(f"  {'beyond starting Python':44} {seconds:8.3f} s")


def _run(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True)


def _seconds(code: str) -> float:
    start = time.perf_counter()
    _run(code)
    return time.perf_counter() - start
