"""The outline that a page shows over the core, counted in pixels that are drawn on."""

from __future__ import annotations

import time
from collections.abc import Callable

from .jupyterlab import StagePage

_COUNT = """(canvas) => {
  const d = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let n = 0; for (let i = 3; i < d.length; i += 4) n += d[i] > 60; return n }"""


def n_lit(stage: StagePage) -> int:
    """Return how many pixels of the sheet over the core are drawn on."""
    return int(stage.ink.locator(".cw-ink-outline").evaluate(_COUNT))


def wait_lit(stage: StagePage, is_right: Callable[[int], bool], seconds: float = 10) -> int:
    """Wait until as many pixels are drawn on as is right, and return how many."""
    deadline = time.monotonic() + seconds
    while not is_right(found := n_lit(stage)):
        assert time.monotonic() < deadline, f"{found} pixels of the outline are drawn after {seconds} s"
        stage.page.wait_for_timeout(25)
    return found
