"""The whole story on the real section 72-2: label from nothing, train, correct, save, close, reopen, go on.

With COREWIDGETS_SCREENSHOTS naming a folder, what is seen on the way is kept there.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import corewidgets as cw
from corewidgets.labels.arrays import regions

from .jupyterlab import Lab, StagePage
from .workbench_page import WorkbenchPage

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CLASSES = ("Impact-Dark", "Carb-White", "Carb-Tan", "Carb-Brown", "Basement-Mafic", "Void", "Liner", "Matrix")
DRAWN_IN_THEME = """(light) => [...document.querySelectorAll('.cw-body > canvas')]
.filter((canvas) => canvas.offsetParent)
.every((canvas) => (canvas.getContext('2d').getImageData(2, 2, 1, 1).data[0] > 127) === light)"""
"""Whether the kernel has drawn the band beside each core that is seen in the color of the theme."""
N_LABELLED = 2  # regions of each class that are painted on before the first training
LARGE = 600  # pixels of a region that is worth a stroke

WORKBENCH = """
import corewidgets as cw
section = cw.read_section("{name}", top={top}, base={base})
legend = cw.Legend({names!r}, {colors!r})
bench = cw.Workbench(section, legend=legend)
bench
"""


class Expert:
    """Knows the published labels, and where on them a stroke fits."""

    def __init__(self, sample: cw.Sample) -> None:
        self.labels, self.legend = sample.labels, sample.legend
        self.regions = regions(sample.labels)

    def pieces(self, name: str) -> list[int]:
        """Return the regions of a class that are worth a stroke, the largest first."""
        numbers, sizes = np.unique(self.regions[self.labels == self.legend.code(name)], return_counts=True)
        return [int(numbers[n]) for n in np.argsort(-sizes) if sizes[n] >= LARGE]

    def stroke(self, piece: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """Return the ends of a stroke along the widest row of a region, well inside of it."""
        rows, columns = np.nonzero(self.regions == piece)
        widths = np.bincount(rows)
        row = int(widths.argmax())
        inside = np.sort(columns[rows == row])
        return (row, int(inside[len(inside) // 5])), (row, int(inside[-len(inside) // 5]))

    def share_right(self, segmentation: np.ndarray, piece: int) -> float:
        """Return how much of a region a map has right."""
        inside = self.regions == piece
        return float((segmentation[inside] == self.labels[inside]).mean())


@pytest.fixture(scope="module")
def expert(chicxulub: cw.Sample) -> Expert:
    return Expert(chicxulub)


@pytest.fixture(scope="module")
def open_bench(
    chicxulub: cw.Sample, expert: Expert, notebooks: Path, open_lab: Callable[..., Lab]
) -> Callable[[], WorkbenchPage]:
    """Return a function that opens the section in a new page with a new kernel."""
    section = chicxulub.section
    shutil.copy(section.path, notebooks / "72-2.jpg")
    colors = [expert.legend.colors[expert.legend.code(name) - 1] for name in CLASSES]
    cell = WORKBENCH.format(
        name="../72-2.jpg", top=section.top, base=section.base, names=list(CLASSES), colors=colors
    )

    def open_page(name: str) -> WorkbenchPage:
        return WorkbenchPage(open_lab(name, cell, width=1500, height=1400))

    return open_page


def label(bench: WorkbenchPage, stage: StagePage, expert: Expert, name: str, piece: int) -> None:
    """Go to a region by a click on the overview, and paint a stroke on it."""
    start, end = expert.stroke(piece)
    stage.click(*bench.lab.ask_json(f"bench.labeler.stage.overview.to_canvas({start[0]}, {start[1]})"))
    bench.lab.wait_for(
        f"bench.labeler.stage.viewport.spans()[0].first <= {start[0]}"
        f" < bench.labeler.stage.viewport.spans()[0].stop"
    )
    stage.wait_drawn()
    if bench.lab.ask_json("bench.labeler.selected_class") != name:
        bench.choose_class(name)
    bench.paint(stage, start, end)


def segmentation(bench: WorkbenchPage, folder: Path, expert: Expert) -> np.ndarray:
    """Return the map as it is, in the codes of the published legend."""
    file = folder / "map.npy"
    bench.lab.ask(f"np = __import__('numpy'); np.save({str(file)!r}, bench.segmentation)")
    codes = np.array([0, *(expert.legend.code(name) for name in CLASSES)], np.uint8)
    return codes[np.load(file)]


def keep_picture(bench: WorkbenchPage, name: str) -> None:
    """Keep a picture of the tool in both themes, where a folder is named for them."""
    folder = os.environ.get("COREWIDGETS_SCREENSHOTS")
    if not folder:
        return
    # how long something took is that of this machine, which may have been busy
    bench.page.add_style_tag(content=".cw-training-status { visibility: hidden }")
    for theme in ("dark", "light"):
        bench.lab.set_theme(theme)
        bench.page.wait_for_function(DRAWN_IN_THEME, arg=theme == "light")
        bench.lab.wait_still()
        picture = Path(folder) / f"{name}-{theme}.jpg"
        bench.page.locator(".cw-workbench").screenshot(path=picture, type="jpeg", quality=85)


def test_the_whole_story(open_bench: Callable[[str], WorkbenchPage], expert: Expert, notebooks: Path) -> None:
    bench = open_bench("first-day")
    lab, stage = bench.lab, bench.stage()

    # from nothing: a stroke on two pieces of each class
    stage.ink.focus()
    bench.page.keyboard.press("w")
    for name in CLASSES:
        for piece in expert.pieces(name)[:N_LABELLED]:
            label(bench, stage, expert, name, piece)
    keep_picture(bench, "labeler")

    # train: a map, and its scores
    bench.press("Train")
    lab.wait_for("bench.trainer.busy", False, seconds=240)
    bench.page.locator(".cw-score-line:visible").get_by_text("on whole regions held out").wait_for()
    before = segmentation(bench, notebooks, expert)
    keep_picture(bench, "workbench")
    bench.turn_to("train", "Settings and scores")
    bench.page.locator(".cw-card:visible").first.wait_for()
    keep_picture(bench, "trainer")

    # where it is in doubt, and why
    bench.turn_to("map", "Inspect")
    lab.wait_for("bench.overlay.busy", False, seconds=120)
    shown = StagePage(lab, "bench.overlay.stage", 1)
    bench.press("Doubt")
    bench.page.locator(".cw-ramp:visible").wait_for()
    bench.press("Least sure")
    lab.wait_for(
        "bench.overlay.explanation is not None or bench.overlay.messages.error is not None", True, 90
    )
    assert lab.ask_json("str(bench.overlay.messages.error)") == "None"
    bench.page.locator(".cw-why:visible").get_by_text("Evidence for").first.wait_for()
    bench.press("Classes")
    bench.press("Swipe")
    box = lab.ask_json("[getattr(bench.overlay.stage.viewport.box, n) for n in ('left', 'width', 'top')]")
    shown.drag((box[0] + box[1] / 2, box[2] + 60), (box[0] + box[1] * 0.35, box[2] + 60))
    lab.wait_for("abs(bench.overlay.stage.overlay_from - 0.35) < 0.02")
    shown.wait_drawn()
    keep_picture(bench, "overlay")

    # what the network sees
    bench.turn_to("features", "Features")
    bench.press("Tell two apart")
    lab.wait_for("bench.explorer.wait(0.1) and bench.explorer.order == 'separation'", seconds=120)
    photograph = StagePage(lab, "bench.explorer.stage", 2)
    row, column = expert.stroke(expert.pieces("Carb-White")[1])[0]
    photograph.click(*lab.ask_json(f"bench.explorer.stage.overview.to_canvas({row}, {column})"))
    lab.wait_for(f"abs(bench.explorer.stage.viewport.row - {row}) < 200")
    photograph.wait_drawn()
    photograph.click(*photograph.of_pixel(row, column))
    lab.wait_for("bench.explorer.pixel is not None and bench.explorer.wait(0.1)", seconds=60)
    keep_picture(bench, "feature-explorer")

    # where it is wrong, paint: the map follows
    bench.turn_to("label", "Label")
    stage = bench.stage()
    others = {piece: name for name in CLASSES for piece in expert.pieces(name)[N_LABELLED:]}
    worst = min(others, key=lambda piece: expert.share_right(before, piece))
    assert expert.share_right(before, worst) < 0.5
    bench.press("Live")
    lab.wait_for("bench.trainer.live and not bench.trainer.busy", seconds=120)
    label(bench, stage, expert, others[worst], worst)
    lab.wait_for("bench.trainer.busy", False, seconds=120)
    bench.press("Live")
    lab.wait_for("bench.trainer.live", False)
    after = segmentation(bench, notebooks, expert)
    assert expert.share_right(after, worst) > max(0.5, expert.share_right(before, worst))

    # keep it, and go home
    bench.press("Save")
    bench.page.locator(".cw-session-status").get_by_text("Saved ").wait_for(timeout=60_000)
    bench.page.locator(".cw-status").get_by_text("Saved ").wait_for()
    told = (
        "[int(bench.labels.astype(int).sum()), np.bincount(bench.segmentation.ravel()).tolist(), "
        "bench._scores.value]"
    )
    lab.ask("import numpy as np")
    kept = lab.ask_json(told)
    bench.check_errors()
    lab.close()

    # the next day: all of it is there, and the work goes on
    bench = open_bench("second-day")
    lab, stage = bench.lab, bench.stage()
    bench.page.locator(".cw-session-status").get_by_text("Opened 72-2.session.zip").wait_for()
    lab.ask("import numpy as np")
    assert lab.ask_json(told) == kept
    keep_picture(bench, "reopened")
    bench.press("Live")
    lab.wait_for("bench.trainer.live and not bench.trainer.busy", seconds=120)
    label(bench, stage, expert, "Carb-Tan", expert.pieces("Carb-Tan")[N_LABELLED])
    lab.wait_for("bench.trainer.busy", False, seconds=120)
    assert expert.share_right(segmentation(bench, notebooks, expert), worst) > 0.5
    bench.page.locator(".cw-score-line:visible").get_by_text("with earlier labels").wait_for()
    bench.check_errors()
