"""The live map in a real Chromium: from the release of a stroke to the map on the page.

The view is 1,000 pixels of section 72-2 long, and as wide as the section.  Its first map after a stroke has
one class for 2 x 2 pixels, the second one a class for each.  Near the kernel, and far from it: over a link
that takes 150 ms there and back.  Needs what `benchmarks.widgets` needs.
"""

from __future__ import annotations

import statistics

import numpy as np
import psutil

from benchmarks.figures import keep
from benchmarks.widgets import BENCH, in_chromium, open_page, row
from tests.browser.jupyterlab import Lab, StagePage

FAR = 0.150  # seconds, there and back
N_STROKES, N_BEFORE = 12, 3  # those before compute what is computed once for a view
_REST = 1500  # ms from a release, in which nobody asks the kernel anything
_PAGE = 1432  # pixels of the page across, so that the view is 1,000 long

_LIVE = """
times = []
def told(change):
    if change["new"] is not None:
        times.append(1e3 * time.time())
bench.trainer.observe(told, "maps")
stage.turn()
bench.trainer.live = True
"""

# A class that is not that of the pixel, so that a stroke there changes the labels.
_OTHER_CLASS = """
row, column = (int(round(value)) for value in stage.viewport.to_image({x}, {y}))
under = int(bench.labeler.labels[row, column])
bench.labeler.selected_class = sample.legend.names[under % len(sample.legend)]
"""

# When the pointer was released, and the ends of the frames in which pictures were drawn. (To look at the
# pixels of each frame takes half a core.)
_WATCH = """
(canvas) => {
  window.released = 0;
  window.changes = [];
  const release = (event) => {
    window.released = performance.timeOrigin + event.timeStamp;
    window.changes = [];
  };
  addEventListener('pointerup', release, true);
  const channel = new MessageChannel();
  channel.port1.onmessage = () => window.changes.push(performance.timeOrigin + performance.now());
  const ctx = canvas.getContext('2d');
  const draw = ctx.drawImage.bind(ctx);
  ctx.drawImage = (...args) => {
    draw(...args);
    requestAnimationFrame(() => channel.port2.postMessage(0));
  };
}
"""


def main() -> None:
    """Print how soon the map is refreshed."""
    print(f"\nLive map in Chromium, {psutil.cpu_count()} cores, load {psutil.getloadavg()[0]:.1f}")
    with in_chromium() as (browser, folder, address, token, proxy):
        lab, _ = open_page(browser, folder, address, token, BENCH, _PAGE)
        stage = StagePage(lab, "stage")
        lab.ask(_LIVE)
        lab.wait_for("bool(times) and not bench.trainer.busy", seconds=300)
        stage.wait_drawn()
        box = [lab.ask_json(f"stage.viewport.box.{side}") for side in ("left", "top", "width", "height")]
        stage.page.evaluate(_WATCH, stage.canvas.element_handle())
        spans = lab.ask_json("[s.stop - s.first for s in stage.viewport.spans()]")
        view = f"end of a stroke to the map, view of {spans[0]} x {spans[1]}"
        _tell(_strokes(lab, stage, box, 0.0), "", view)
        proxy.delay = FAR / 2
        _tell(_strokes(lab, stage, box, FAR / 2), ".far", f"{view}, link of {1e3 * FAR:.0f} ms")
        proxy.delay = 0.0
        lab.page.close()


def _strokes(lab: Lab, stage: StagePage, box: list[float], one_way: float) -> list[tuple[float, float]]:
    """Return the seconds from each release until the page shows the first and the second map after it."""
    rng, found = np.random.default_rng(1), []
    left, top, width, height = box
    for number in range(-N_BEFORE, N_STROKES):
        x, y = left + rng.uniform(0.1, 0.8) * width, top + rng.uniform(0.1, 0.8) * height
        lab.ask(_OTHER_CLASS.format(x=x, y=y))
        lab.wait_for("not bench.trainer.busy", seconds=120)
        lab.wait_idle()
        stage.page.wait_for_timeout(_REST)
        stage.drag((x, y), (x + 40, y + 20))
        stage.page.wait_for_timeout(_REST)
        released = stage.page.evaluate("() => window.released")
        lab.wait_for(f"sum(at > {released} for at in times) > 1", seconds=60)
        first, second = lab.ask_json(f"[at for at in times if at > {released}][:2]")
        stage.wait_drawn()
        changes = stage.page.evaluate("() => window.changes")
        shown = [
            next((change for change in changes if change > at + 1e3 * one_way), None)
            for at in (first, second)
        ]
        if None not in shown and number >= 0:  # else the stroke changed nothing that is in view
            found.append(tuple((at - released) / 1e3 for at in shown))
    return found


def _tell(seconds: list[tuple[float, float]], far: str, what: str) -> None:
    for look, values in zip(("", ".pixels"), zip(*seconds, strict=True), strict=True):
        tenths = statistics.quantiles(values, n=10)
        keep(f"live_page{far}{look}.median", statistics.median(values))
        keep(f"live_page{far}{look}.90th", tenths[8])
        aims = ("", "") if look else ("< 0.5", "") if far else ("< 0.2", "< 0.35")
        of = ", a class for each pixel" if look else ""
        row(f"{what}{of}, median", f"{statistics.median(values):.2f} s", aims[0])
        row(f"  90th percentile ({len(values)} strokes)", f"{tenths[8]:.2f} s", aims[1])
