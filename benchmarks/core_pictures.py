"""Take the pictures of the pages Core and Clasts: section 72-2 cut into pieces, as photographs of a hole.

``python -m benchmarks.core_pictures``, also by ``make pictures``. It needs the test extra and Chromium.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image

import corewidgets as cw
from benchmarks.notebook_page import notebook_page
from tests.browser.jupyterlab import Lab
from tests.browser.workbench_page import WorkbenchPage

IMAGES = Path(__file__).parents[1] / "docs/images"
PIECES = 4

_CELL = """
import corewidgets as cw
bench = cw.Workbench("hole.corewidgets")
bench
"""


def main() -> None:
    """Make a project, map it, open it, and take both pictures."""
    with notebook_page(_CELL, _make) as lab:
        _core(lab)
        _clasts(lab)


def _make(folder: Path) -> None:
    """Write the pieces, and a project of them with the published labels, a model and its maps."""
    sample = cw.chicxulub_72_2()
    section = sample.section
    top, base = float(section.top), float(section.base)
    ends = np.linspace(0, section.n_rows, PIECES + 1).astype(int)
    names = [f"72-2-{number + 1}" for number in range(PIECES)]
    photographs = folder / "photographs"
    photographs.mkdir()
    spans = [slice(int(first), int(stop)) for first, stop in pairwise(ends)]
    for name, rows in zip(names, spans, strict=True):
        Image.fromarray(np.asarray(section.image[rows])).save(photographs / f"{name}.png", compress_level=1)
    project = cw.Project.create(folder / "hole.corewidgets", photographs, legend=sample.legend)
    for name, rows in zip(names, spans, strict=True):
        depths = [top + (base - top) * row / section.n_rows for row in (rows.start, rows.stop)]
        project.set_depths(name, *depths)
        project.write_labels(name, sample.labels[rows])
    model = project.train()
    for name in names:
        project.write_map(name, model.predict(project.read(name)))


def _core(lab: Lab) -> None:
    WorkbenchPage(lab).turn_to("core", "Core")
    lab.page.locator(".cw-core-view canvas[data-missing='0']").wait_for(timeout=120_000)
    _keep(lab, "page-core")


def _clasts(lab: Lab) -> None:
    """Select the largest clast; the picture shows the core there."""
    WorkbenchPage(lab).turn_to("clasts", "Clasts")
    lab.page.locator(".cw-clasts-row span").first.wait_for(timeout=120_000)
    for _ in range(2):  # the second click turns the order: the largest first
        lab.page.locator(".cw-clasts-title", has_text="Diameter").click()
        lab.wait_idle()
    lab.page.locator(".cw-clasts-row").first.click()
    lab.wait_for("len(bench.clasts.selected)", 1)
    _keep(lab, "page-clasts")


def _keep(lab: Lab, name: str) -> None:
    lab.wait_idle()
    lab.page.wait_for_timeout(1500)  # a page that has settled
    picture = IMAGES / f"{name}.jpg"
    lab.page.locator(".cw-workbench").screenshot(path=picture, type="jpeg", quality=85)
    print(f"{picture}: {picture.stat().st_size / 2**10:.0f} KiB")


if __name__ == "__main__":
    main()
