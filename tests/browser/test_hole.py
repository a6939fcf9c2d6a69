"""A hole by mouse and keys: a folder of photographs is labelled, mapped, corrected, and handed on as LAS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import lasio
import numpy as np
import pytest
from las_rules import las_problems
from made_hole import FEET, LANE_FEET, LOST_FEET, make_hole

from .jupyterlab import Lab
from .workbench_page import WorkbenchPage

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MAKE = """
import numpy as np
import corewidgets as cw
from PIL import Image
from pathlib import Path
Path("hole").mkdir()
rng = np.random.default_rng(3)
for number in range(1, 6):  # shale above, sandstone below; R4 was taken in bad light
    image = np.empty((300, 100, 3))
    image[:150], image[150:] = (90, 92, 104), (178, 160, 118)
    image += rng.normal(0, 1, (300, 100, 1)) * np.where(np.arange(300) < 150, 8, 20)[:, None, None]
    image = image * (0.25 if number == 4 else 1)
    Image.fromarray(image.clip(0, 255).astype(np.uint8)).save(f"hole/R{number}.png")
"""

OPEN = """
from corewidgets.scoring.settings import Settings
features = cw.Hypercolumns((), lab=True, lab_smoothing=(2.0,))
recipe = cw.PixelClassifier(features, max_training_pixels=400, regularizer=None).recipe
bench = cw.Workbench("hole", ["Shale", "Sandstone"], settings=Settings(recipe, score=False))
bench
"""


OPEN_BOXES = """
import warnings
import corewidgets as cw
warnings.filterwarnings("ignore", "2-1: The second photograph")  # a third of it is foam, which shows no shift
from corewidgets.scoring.settings import Settings
features = cw.Hypercolumns((), lab=True, lab_smoothing=(2.0,))
recipe = cw.PixelClassifier(features, max_training_pixels=400, regularizer=None).recipe
legend = cw.Legend(["Shale", "Sandstone", "Foam"], not_rock=["Foam"])
bench = cw.Workbench("hole.csv", legend=legend, settings=Settings(recipe, score=False))
bench
"""


def row(lab: Lab, name: str):
    return lab.page.locator(".cw-strip-row", has_text=name)


def give_depths(lab: Lab, top: str, base: str) -> None:
    fields = lab.page.locator(".cw-export input[type=text]")
    for place, text in enumerate((top, base)):
        fields.nth(place).click()
        fields.nth(place).press_sequentially(text)
        fields.nth(place).press("Tab")
    lab.page.locator(".cw-export button", has_text="Set depths").click()


def test_from_a_folder_to_las_and_report(open_lab: Callable[..., Lab], tmp_path: Path) -> None:
    lab = open_lab("hole-journey", MAKE, OPEN, width=1500, height=1000)
    bench, page = WorkbenchPage(lab), lab.page
    project = "cw.Project(bench.project.folder)"  # as the disk has it

    # label two photographs
    for name in ("R1", "R2"):
        bench.open_photograph(name)
        for rock, at in (("Shale", 60), ("Sandstone", 230)):
            bench.choose_class(rock)
            bench.paint(bench.stage(), (at, 20), (at, 80))
    assert lab.ask_json(f"{project}.labelled") == ["R1", "R2"]

    # train: all are mapped, and the one in bad light is flagged
    bench.press("Train")
    lab.wait_for(f"[{project}.map(name) is not None for name in {project}]", [True] * 5, seconds=120)
    lab.wait_for(f"bool({project}.state('R4').flagged)", seconds=60)
    row(lab, "R4").locator(".cw-strip-flagged").wait_for()

    # look at it, correct it, train again
    bench.open_photograph("R4")
    bench.turn_to("map", "Inspect")
    bench.turn_to("label", "Label")
    first = lab.ask_json("bench.project.model_digest")
    for rock, at in (("Shale", 60), ("Sandstone", 230)):
        bench.choose_class(rock)
        bench.paint(bench.stage(), (at, 20), (at, 80))
    bench.press("Train")
    lab.wait_for(f"{project}.model_digest != '{first}'", seconds=120)
    lab.wait_for(f"any({project}.state(name).outdated for name in {project})", False, seconds=120)
    lab.wait_for("bench.trainer.busy", False, seconds=60)
    assert bench.predicted(80, 50) == "Shale"
    assert bench.predicted(250, 50) == "Sandstone"

    # page through, and type depths in feet
    bench.open_photograph("R1")
    page.locator(".cw-workbench-bar button", has_text="Export").click()
    page.locator(".cw-export select").select_option("ft")
    for number in range(1, 6):
        lab.wait_for("bench.section.name", f"R{number}")
        give_depths(lab, str(8997 + 3 * number), f"{9000 + 3 * number} ft")
        lab.wait_for(f"{project}.entry('R{number}').top is not None")
        row(lab, f"R{number}").get_by_text(f"{9000 + 3 * number}.00 ft").wait_for()
        if number < 5:
            row(lab, f"R{number}").click()
            page.keyboard.press("PageDown")
    page.locator(".cw-strip-row[aria-selected=true]", has_text="9015.00 ft").wait_for()

    # hand it on
    page.locator(".cw-export button", has_text="Write LAS").click()
    page.locator(".cw-export", has_text="Wrote hole.las").wait_for(timeout=60_000)
    files = [Path(file) for file in lab.ask_json("[str(file) for file in bench.export.exported.files]")]
    las = lasio.read(files[0])
    assert las_problems(files[0]) == []
    assert (las.curves[0].unit, las.index[0], las.index[-1]) == ("FT", 9000.0, pytest.approx(9014.9))
    upper = (las.index % 3 < 1.45).nonzero()[0]
    assert las["SHALE"][upper].mean() > 0.9
    assert "9000 to 9015 ft, 5 sections" in files[3].read_text()
    page.screenshot(path=tmp_path / "hole.png")
    report = page.context.browser.new_page()
    report.goto(files[3].as_uri())
    report.get_by_text("of rock is Shale").or_(report.get_by_text("of rock is Sandstone")).first.wait_for()
    report.screenshot(path=tmp_path / "report.png")
    report.close()
    bench.check_errors()


def test_five_boxes_in_two_lights_from_their_table_to_las_in_feet(
    open_lab: Callable[..., Lab], notebooks: Path
) -> None:
    made = "import os\nos.chdir('../five-boxes')"
    make_hole(notebooks / "five-boxes", n_boxes=5, labelled=0)
    lab = open_lab("boxes-journey", made, OPEN_BOXES, width=1500, height=1000)
    bench = WorkbenchPage(lab)
    project = "cw.Project(bench.project.folder)"

    strokes = {"1-1": (("Sandstone", 10, 50), ("Shale", 200, 230)), "1-2": (("Foam", 180, 225),)}
    for name, drawn in strokes.items():
        bench.open_photograph(name)
        for rock, first, last in drawn:
            bench.choose_class(rock)
            bench.paint(bench.stage(), (first, 14), (last, 14))
    bench.press("Train")
    lab.wait_for(f"[name for name in {project} if {project}.map(name) is None]", [], seconds=120)
    assert lab.ask_json("bench.model.image_names_") == ["image", "second"]

    lab.page.locator(".cw-workbench-bar button", has_text="Export").click()
    lab.page.locator(".cw-export button", has_text="Write LAS").click()
    lab.page.locator(".cw-export", has_text="Wrote five-boxes.las").wait_for(timeout=120_000)
    files = [Path(file) for file in lab.ask_json("[str(file) for file in bench.export.exported.files]")]
    las = lasio.read(files[0])
    base = FEET + 10 * LANE_FEET + LOST_FEET
    assert las_problems(files[0]) == []
    assert (las.curves[0].unit, las.index[0]) == ("FT", FEET)
    assert las.index[-1] == pytest.approx(base - 0.1)
    lost = (las.index > FEET + 6.05) & (las.index < FEET + 7.35)
    assert las["CLOSS"][lost].tolist() == [1] * lost.sum()
    sandstone, shale = (np.abs(las.index - depth).argmin() for depth in (FEET + 0.4, FEET + 2.7))
    assert (las["SANDSTONE"][sandstone], las["SHALE"][shale]) == pytest.approx((1, 1), abs=0.1)
    foam = np.abs(las.index - (FEET + 2 * LANE_FEET - 0.4)).argmin()
    assert las["NROCK"][foam] > 0.9
    assert f"{FEET:g} to {base:g} ft, 10 sections" in files[3].read_text()
    lab.page.screenshot(path=notebooks / "five-boxes.png")
    bench.check_errors()
