"""Outlines in a real Chromium: from the press to the outline, and how a drag is followed.

Near the kernel, and far from it: over a link that takes 150 ms there and back. Needs what
`benchmarks.widgets` needs.
"""

from __future__ import annotations

import statistics
from typing import NamedTuple

import numpy as np
import psutil

from benchmarks.data import section_72_2
from benchmarks.figures import keep
from benchmarks.outline import middles
from benchmarks.widgets import BENCH, in_chromium, open_page, row
from tests.browser.jupyterlab import Lab, StagePage

FAR = 0.150  # seconds, there and back
N_PRESSES, N_DRAGS = 12, 150
_DRAGGED = 60  # pixels to and fro, up to 3 a move: slower, and there are fewer widths to show than frames
_SEEN = 300  # ms from an outline to the first move of a drag

# The time from a press, as the browser stamps it, to the end of the frame in which an outline was drawn (to
# look at the pixels of each frame takes half a core); and, while `window.dragged` is a list, the frames in
# which the outline changed along a row of pixels.
_WATCH = """
(ink) => {
  window.outlined = [];
  const over = ink.querySelector('.cw-ink-outline');
  const ctx = over.getContext('2d');
  const draw = ctx.drawImage.bind(ctx);
  const channel = new MessageChannel();
  let pressed = null;
  let before = '';
  channel.port1.onmessage = ({ data }) => window.outlined.push(performance.now() - data);
  ctx.drawImage = (...args) => {
    draw(...args);
    const since = pressed;
    pressed = null;
    if (since !== null) requestAnimationFrame(() => channel.port2.postMessage(since));
  };
  const follow = (y) => {
    if (!window.dragged) return;
    const line = ctx.getImageData(0, y, over.width, 1).data.join();
    if (line !== before) window.dragged.push(performance.now());
    before = line;
    requestAnimationFrame(() => follow(y));
  };
  ink.addEventListener('pointerdown', (event) => {
    pressed = event.timeStamp;
    const box = ink.getBoundingClientRect();
    const y = ((event.clientY - box.top) * over.width) / box.width;
    window.follow = () => follow(y);
  });
}
"""


class _Followed(NamedTuple):
    waits: list[float]  # ms from a press to its outline
    rates: list[float]  # outlines a second of each drag


def main() -> None:
    """Print how soon an outline is there, and how it follows a drag."""
    print(f"\nOutlines in Chromium, {psutil.cpu_count()} cores, load {psutil.getloadavg()[0]:.1f}")
    with in_chromium() as (browser, folder, address, token, proxy):
        lab, _ = open_page(browser, folder, address, token, BENCH)
        stage = StagePage(lab, "stage")
        lab.ask("bench.labeler.mode = 'outline'")
        stage.ink.evaluate(_WATCH)
        _tell(_press_and_drag(lab, stage), "", "")
        proxy.delay = FAR / 2
        _tell(_press_and_drag(lab, stage), ".far", f", link of {1e3 * FAR:.0f} ms")
        proxy.delay = 0.0
        lab.page.close()


def _press_and_drag(lab: Lab, stage: StagePage) -> _Followed:
    mouse, page, rates = stage.page.mouse, stage.page, []
    page.evaluate("() => { window.outlined = [] }")
    for place in middles(section_72_2())[:: max(1, 36 // N_PRESSES)]:
        lab.ask(f"stage.show({place[0]}, {place[1]}, 1.0)")
        stage.wait_drawn()
        lab.wait_for("bench.labeler.outlining.wait(60)", seconds=90)
        lab.wait_idle()
        x, y = stage.on_page(*stage.of_pixel(*place))
        n_seen = page.evaluate("() => window.outlined.length")
        mouse.move(x, y)
        mouse.down()
        page.wait_for_function(f"() => window.outlined.length > {n_seen}", timeout=20_000)
        page.wait_for_timeout(_SEEN)
        page.evaluate("() => { window.dragged = []; window.follow() }")
        started = page.evaluate("() => performance.now()")
        for number in range(N_DRAGS):
            mouse.move(x + 6 + _DRAGGED * abs(np.sin(number / 20)), y)
        seconds = (page.evaluate("() => performance.now()") - started) / 1e3
        rates.append(page.evaluate("() => window.dragged.length") / seconds)
        page.evaluate("() => { window.dragged = null }")
        page.keyboard.press("Escape")
        mouse.up()
    return _Followed(page.evaluate("() => window.outlined"), rates)


def _tell(found: _Followed, far: str, condition: str) -> None:
    tenths = statistics.quantiles(found.waits, n=10)
    keep(f"outlines{far}.median", statistics.median(found.waits))
    keep(f"outlines{far}.90th", tenths[8])
    keep(f"outlines{far}.rate", statistics.median(found.rates))
    median, rate = statistics.median(found.waits), statistics.median(found.rates)
    row(f"press on a clast to its outline, median{condition}", f"{median:.0f} ms", "")
    row(f"  90th percentile ({len(found.waits)} presses)", f"{tenths[8]:.0f} ms", "< 120")
    row("  outlines per second that follow a drag, median", f"{rate:.0f}", "> 20")
