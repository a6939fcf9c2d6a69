"""The map that follows the hand: processor seconds a stroke, and seconds until the map is there.

Strokes are drawn one after the other in a view of 1,000 x 400 pixels of section 72-2, without its labels and
with all of them, and of photographs of 1, 5.5 and 22 megapixels that have none, without a browser: what is
measured is what the kernel does from the end of a stroke to the map that is sent.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from typing import Any

import numpy as np

import corewidgets as cw
from benchmarks.data import section_72_2
from benchmarks.figures import keep
from corewidgets.features.cache import cache
from corewidgets.widgets.stage.gestures import Stroke

SIZES = ((2500, 400), (4600, 1200), (10_000, 2200))
N_STROKES, PAUSE = 12, 0.4  # seconds from a map to the next stroke
VIEW = (1000, 400)
COLUMNS = {
    "median s": "seconds from the end of a stroke to the map of the view, a class for 2 x 2 pixels",
    "90th s": "the same, of nine strokes in ten",
    "pixels s": "seconds to the map with a class for each pixel, median",
    "CPU s to map": "processor seconds until the first of these",
    "CPU s": "processor seconds a stroke, with the rest of the map until the next one",
    "first map s": "seconds from opening the photograph, with two strokes, to the first map",
}


def _photograph(shape: tuple[int, int]) -> cw.CoreSection:
    n_rows, n_columns = shape
    rock = cw.sample_core(n_rows=500, n_columns=400, seed=3).section.image
    tiled = np.tile(rock, (-(-n_rows // 500), -(-n_columns // 400), 1))[:n_rows, :n_columns]
    noise = np.random.default_rng(0).integers(-6, 7, tiled.shape, np.int8)
    return cw.CoreSection(np.clip(tiled.astype(np.int16) + noise, 0, 255).astype(np.uint8))


class _Hand:
    """Draws strokes in a view, and notes when the map is there."""

    def __init__(self, section: cw.CoreSection, sample: cw.Sample | None) -> None:
        known = (
            {"classes": ["Matrix", "Clast", "Vein"]}
            if sample is None
            else {"labels": sample.labels, "legend": sample.legend}
        )
        self.labeler = cw.Labeler(section, autosave=False, **known)
        self.n_classes = 3 if sample is None else len(sample.legend)
        self.trainer = cw.Trainer(self.labeler)
        stage = self.labeler.stage
        stage.resize(VIEW[1] + 150, 1.0)
        stage.show(section.n_rows / 2, section.n_columns / 2, scale=1.0)
        self.seen: list[float] = []
        self.trainer.observe(lambda _: self.seen.append(time.monotonic()), "maps")
        self.rng = np.random.default_rng(1)

    def stroke(self, number: int) -> None:
        rows, columns = self.labeler.stage.viewport.spans()
        start = self.rng.uniform((rows.first + 40, columns.first + 40), (rows.stop - 40, columns.stop - 40))
        points = start + np.linspace(0, 30, 16)[:, None] * self.rng.uniform(-1, 1, 2)
        code = number % self.n_classes + 1
        self.labeler.stage.finish(Stroke("paint", points.astype(np.float32), 12.0, code))

    async def wait_seen(self) -> float:
        """Wait until the map has changed, and return when it did."""
        while not self.seen:
            await asyncio.sleep(0.002)
        return self.seen[0]


async def _strokes(section: cw.CoreSection, sample: cw.Sample | None = None) -> dict[str, float]:
    cache.clear()  # as of a photograph that was never open
    begun = time.monotonic()
    hand = _Hand(section, sample)
    hand.trainer.live = True
    for number in range(2):
        hand.stroke(number)
    first = await hand.wait_seen() - begun
    waits, waits_for_pixels, until_seen, in_all = [], [], [], []
    for number in range(-3, N_STROKES):
        hand.seen.clear()
        start, used = time.monotonic(), time.process_time()
        hand.stroke(number)
        seen = await hand.wait_seen()
        until = time.process_time() - used
        await asyncio.sleep(PAUSE)
        if number >= 0:  # those before it compute what is computed once for a view
            waits.append(seen - start)
            waits_for_pixels.append(hand.seen[1] - start)
            until_seen.append(until)
            in_all.append(time.process_time() - used)
    hand.trainer.close()
    hand.trainer.wait(60)
    values = (
        statistics.median(waits), float(np.quantile(waits, 0.9)), statistics.median(waits_for_pixels),
        statistics.median(until_seen), statistics.median(in_all), first,
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def main(*_: Any) -> None:
    """Print a row for each photograph."""
    size = f"{VIEW[0]} x {VIEW[1]}"
    print(f"\nlive, {N_STROKES} strokes in a view of {size}, each {PAUSE} s after the map of the one before")
    for name, meaning in COLUMNS.items():
        print(f"  {name}: {meaning}")
    print(f"  {'photograph':30s}{''.join(f'{name:>14s}' for name in COLUMNS)}{'load':>8s}")
    sample = section_72_2()
    _row("72-2, no labels", "opened", sample.section)
    _row("72-2 with its labels", "72-2", sample)
    for shape in SIZES:
        megapixels = shape[0] * shape[1] / 1e6
        _row(f"{megapixels:.1f} megapixels, no labels", f"{int(megapixels)}", _photograph(shape))


def _row(name: str, figure: str, opened: Any) -> None:
    given = (opened,) if isinstance(opened, cw.CoreSection) else (opened.section, opened)
    found = asyncio.run(_strokes(*given))
    figures = "".join(f"{value:14.2f}" for value in found.values())
    for part, column in (
        ("median", "median s"),
        ("90th", "90th s"),
        ("pixels", "pixels s"),
        ("cpu", "CPU s to map"),
        ("first", "first map s"),
    ):
        keep(f"live.{figure}.{part}", found[column])
    print(f"  {name:30s}{figures}{os.getloadavg()[0]:8.1f}", flush=True)


if __name__ == "__main__":
    main()
