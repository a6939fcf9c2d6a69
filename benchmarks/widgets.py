"""The widgets in a real Chromium: what a hand feels, what is sent, what is kept in memory.

Needs the test extra (playwright) and Chromium. Everything is measured on one page of a JupyterLab of its own,
which reaches its server through a small proxy that can hold every byte back for a while.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, WebSocket, sync_playwright

from benchmarks.figures import keep
from tests.browser.jupyterlab import (
    CHROMIUM,
    CHROMIUM_OPTIONS,
    Lab,
    StagePage,
    jupyterlab_server,
    write_notebook,
)

DELAY = 0.150  # seconds, each way
N_REFRESHES = 500
N_STROKES, N_MOVES = 4, 60

_SECTION = """
import sys; sys.path.insert(0, {root!r})
import os, time
import numpy as np
import corewidgets as cw
from benchmarks.data import section_72_2
sample = section_72_2()
def resident():
    import psutil
    return psutil.Process().memory_info().rss / 2**20
"""

BENCH = """
given = {"legend": sample.legend, "labels": sample.labels}
bench = cw.Workbench(sample.section, **given, autosave=False, session=False)
stage, strokes = bench.labeler.stage, []
stage.on_stroke(strokes.append)
bench
"""

_LARGE = """
from corewidgets.widgets import Stage
image = np.tile(cw.sample_core(1000, 500).section.image, (20, 10, 1))
before = resident()
stage = Stage(image)
stage
"""

# The time from a move of the pointer, as the browser stamps it, to the end of the frame that shows ink there.
_WATCH = """
(ink) => {
  const again = window.figures !== undefined;
  window.figures = [];
  if (again) return;
  const strokes = ink.querySelector('.cw-ink-strokes');
  const channel = new MessageChannel();
  const waiting = [];
  channel.port1.onmessage = () => {
    while (waiting.length) window.figures.push(performance.now() - waiting.shift());
  };
  ink.addEventListener('pointermove', (event) => {
    if (!event.buttons) return;
    const box = ink.getBoundingClientRect();
    const x = (event.clientX - box.left) * strokes.width / box.width;
    const y = (event.clientY - box.top) * strokes.height / box.height;
    requestAnimationFrame(() => {
      if (!strokes.getContext('2d').getImageData(x, y, 1, 1).data[3]) return;
      waiting.push(event.timeStamp);
      channel.port2.postMessage(0);
    });
  });
}
"""

_LIVE = """
stage.turn()
bench.trainer.live = True
"""


class Proxy:
    """Passes bytes on to a port of this machine, each after `delay` seconds, in both directions."""

    def __init__(self, port: int) -> None:
        self.delay, self._target = 0.0, port
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self.port = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)

    async def _listen(self) -> int:
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        return int(server.sockets[0].getsockname()[1])

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            there = await asyncio.open_connection("127.0.0.1", self._target)
            await asyncio.gather(self._pass(reader, there[1]), self._pass(there[0], writer))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def send() -> None:
            while (item := await queue.get())[1]:
                await asyncio.sleep(max(item[0] - time.monotonic(), 0))
                writer.write(item[1])
                await writer.drain()
            writer.close()

        sender = asyncio.create_task(send())
        with contextlib.suppress(OSError):
            while piece := await reader.read(65536):
                queue.put_nowait((time.monotonic() + self.delay, piece))
        queue.put_nowait((0.0, b""))
        with contextlib.suppress(OSError):
            await sender

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)


class Traffic:
    """Counts what goes over the websockets of a page."""

    def __init__(self, lab: Lab) -> None:
        self.sent: list[bytes] = []
        self.received: list[tuple[float, bytes]] = []
        lab.page.on("websocket", self._watch)

    def _watch(self, socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: self.sent.append(_bytes(frame)))
        socket.on("framereceived", lambda frame: self.received.append((time.time(), _bytes(frame))))

    def clear(self) -> None:
        self.sent.clear()
        self.received.clear()

    def n_received(self) -> int:
        return sum(len(content) for _, content in self.received)


def main(n_refreshes: int = N_REFRESHES) -> None:
    """Print the figures."""
    print(f"\nWidgets in Chromium, {psutil.cpu_count()} cores, load {psutil.getloadavg()[0]:.1f}")
    with in_chromium() as (browser, folder, address, token, proxy):
        lab, traffic = open_page(browser, folder, address, token, BENCH)
        stage = StagePage(lab, "stage")
        keep("widgets.kernel.before", _memory(lab, "the workbench on the section"))
        _strokes(lab, stage, traffic, "", "move")
        proxy.delay = DELAY
        _strokes(lab, stage, traffic, f", {DELAY * 1000:.0f} ms later each way", "late_move")
        proxy.delay = 0.0
        _live(lab, stage)
        lab.page.close()
        lab, _ = open_page(browser, folder, address, token, BENCH)
        _refreshes(lab, StagePage(lab, "stage"), n_refreshes)
        lab.page.close()
        _large(*open_page(browser, folder, address, token, _LARGE))


@contextlib.contextmanager
def in_chromium() -> Iterator[tuple[Browser, Path, str, str, Proxy]]:
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory() as private,
        sync_playwright() as playwright,
        jupyterlab_server(Path(folder), Path(private)) as (address, token),
    ):
        proxy = Proxy(int(address.rsplit(":", 1)[1]))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=CHROMIUM_OPTIONS)
        yield browser, Path(folder), f"http://127.0.0.1:{proxy.port}", token, proxy
        browser.close()
        proxy.stop()


def open_page(
    browser: Browser, folder: Path, address: str, token: str, cell: str, width: int = 1720
) -> tuple[Lab, Traffic]:
    """Open a notebook on a page of its own, some pixels wide, and run it."""
    name = f"{len(list(folder.glob('*.ipynb')))}.ipynb"
    root = str(Path(__file__).parents[1])
    write_notebook(folder / name, _SECTION.format(root=root), cell)
    lab = Lab(browser.new_page(viewport={"width": width, "height": 1100}), address, token)
    traffic = Traffic(lab)
    lab.open(name)
    traffic.clear()
    lab.run_all()
    return lab, traffic


def _strokes(lab: Lab, stage: StagePage, traffic: Traffic, condition: str, figure: str) -> None:
    """Measure the ink under the pointer, and what a stroke sends."""
    stage.ink.evaluate(_WATCH)
    left, top, width, height = (
        lab.ask_json(f"stage.viewport.box.{side}") for side in ("left", "top", "width", "height")
    )
    traffic.clear()
    lab.ask("strokes.clear()")
    for number in range(N_STROKES):
        y = top + height * (number + 1) / (N_STROKES + 1)
        stage.drag((left + 0.3 * width, y), (left + 0.7 * width, y + 30), steps=N_MOVES)
        lab.wait_for("len(strokes)", number + 1, seconds=60)
    figures = stage.page.evaluate("() => window.figures")
    tenths = statistics.quantiles(figures, n=10)
    keep(f"widgets.{figure}.median", statistics.median(figures))
    keep(f"widgets.{figure}.90th", tenths[8])
    row(f"pointer move to painted pixel, median{condition}", f"{statistics.median(figures):.1f} ms", "< 16")
    row(f"  90th percentile ({len(figures)} moves)", f"{tenths[8]:.1f} ms", "< 33")
    strokes = [content for content in traffic.sent if b'"kind":"stroke"' in content]
    row("  messages a stroke", f"{len(strokes) / N_STROKES:.2f}", "1")
    row("  bytes of it", f"{sum(map(len, strokes)) / N_STROKES:,.0f}", "")


def _live(lab: Lab, stage: StagePage) -> None:
    """Keep the memory of the kernel once strokes were followed by maps."""
    lab.ask(_LIVE)
    box = {side: lab.ask_json(f"stage.viewport.box.{side}") for side in ("left", "top", "width", "height")}
    for number in range(3):
        lab.wait_for("bench.trainer.maps is not None and bench.trainer.maps.complete", seconds=300)
        lab.wait_for("not bench.trainer.busy", seconds=300)
        x = box["left"] + box["width"] * (0.2 + 0.2 * number)
        stage.drag((x, box["top"] + 100), (x + 40, box["top"] + 140))
    lab.wait_for("not bench.trainer.busy", seconds=300)
    lab.ask("bench.trainer.live = False")
    keep("widgets.kernel.after", _memory(lab, "the same after live training"))


def _refreshes(lab: Lab, stage: StagePage, n_refreshes: int) -> None:
    """Measure what the page keeps of overlays that were replaced."""
    lab.ask("stage.fit(); codes = (np.arange(sample.labels.size) // 5000 % 14 + 1).astype(np.uint8)")
    lab.ask("codes, colors = codes.reshape(sample.labels.shape), sample.legend.rgb()")
    before, after = 0.0, 0.0
    for number in range(0, n_refreshes, 10):
        lab.ask(f"for k in range(10): stage.set_overlay(np.roll(codes, 7919 * ({number} + k)), colors, 0.6)")
        stage.wait_drawn()
        if number == 0:
            before = page_memory(lab)
    after = page_memory(lab)
    keep("widgets.page.before", before)
    keep("widgets.page.after", after)
    row("page memory after 10 overlay refreshes", f"{before:.0f} MiB", "")
    row(f"  after {n_refreshes}", f"{after:.0f} MiB", "no growth")


def _large(lab: Lab, traffic: Traffic) -> None:
    """Count what a photograph of 100 megapixels sends to be opened and to be moved."""
    stage = StagePage(lab, "stage")
    width, height = stage.canvas.evaluate("canvas => [canvas.width, canvas.height]")
    screen, received = 3 * width * height / 1e6, traffic.n_received() / 1e6
    keep("widgets.large.screen", screen)
    keep("widgets.large.open", received)
    row("screen of the photograph of 100 megapixels", f"{screen:.2f} MB", "")
    row("  received to open it", f"{received:.2f} MB", "< the screen")
    lab.ask("stage.actual_size()")
    stage.wait_drawn()
    traffic.clear()
    before = time.time()
    stage.drag((width / 2, height / 2), (width / 2 - 200, height / 2 - 150))
    lab.wait_idle()
    stage.wait_drawn()
    keep("widgets.large.pan", traffic.n_received() / 1e6)
    row("  received to pan", f"{traffic.n_received() / 1e6:.2f} MB", "< the screen")
    row("  time of it", f"{time.time() - before:.2f} s", "")
    row("  kernel above the photograph", f"{lab.ask_json('resident() - before'):.0f} MiB", "")


def _memory(lab: Lab, what: str) -> float:
    """Print the mebibytes of the kernel and of the page, and return those of the kernel."""
    kernel = float(lab.ask_json("resident()"))
    row(f"kernel, {what}", f"{kernel:.0f} MiB", "")
    row("  page", f"{page_memory(lab):.0f} MiB", "")
    return kernel


def page_memory(lab: Lab) -> float:
    """Return the mebibytes of all processes that show pages, after a collection of garbage."""
    session = lab.page.context.new_cdp_session(lab.page)
    session.send("HeapProfiler.collectGarbage")
    session.detach()
    renderers = [
        process
        for process in psutil.Process().children(recursive=True)
        if "--type=renderer" in " ".join(process.cmdline())
    ]
    return sum(process.memory_info().rss for process in renderers) / 2**20


def row(name: str, value: str, aim: str) -> None:
    print(f"  {name:64} {value:>12}  {aim}", flush=True)


def _bytes(frame: Any) -> bytes:
    return frame if isinstance(frame, bytes) else json.dumps(frame).encode()
