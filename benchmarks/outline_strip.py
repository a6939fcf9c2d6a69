"""Draw the strip of the README: a clast is pressed on, its outline dragged, and kept.

``python -m benchmarks.outline_strip``; needs the test extra (playwright) and Chromium.
"""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from benchmarks.notebook_page import notebook_page
from tests.browser.jupyterlab import Lab, StagePage

FILE = Path(__file__).parents[1] / "docs/images/outline-strip.jpg"
ROWS = slice(450, 630)
PLACE = 538 - ROWS.start, 270  # of the clast, in what is shown
WIDE, GAP = 420, 8  # pixels of a picture, and between two

_CELL = f"""
import corewidgets as cw
sample = cw.chicxulub_72_2()
image = sample.section.image[{ROWS.start}:{ROWS.stop}].copy()
labeler = cw.Labeler(image, legend=sample.legend, autosave=False, height=560)
labeler.selected_class = list(sample.legend)[0].name
labeler.mode = "outline"
labeler
"""


def main() -> None:
    """Make the pictures and put them side by side."""
    with notebook_page(_CELL) as lab:
        pictures = _pictures(lab, StagePage(lab, "labeler.stage"))
    strip = Image.new("RGB", (len(pictures) * (WIDE + GAP) - GAP, WIDE), "white")
    for number, picture in enumerate(pictures):
        strip.paste(picture, (number * (WIDE + GAP), 0))
    strip.save(FILE, quality=82, optimize=True)
    print(f"{FILE}: {FILE.stat().st_size / 1000:.0f} KB")


def _pictures(lab: Lab, stage: StagePage) -> list[Image.Image]:
    """Return what is seen at the press, while it is dragged outwards, back again, and after the release."""
    lab.ask("labeler.outlining.wait(120)")
    stage.wait_drawn()
    x, y = stage.of_pixel(*PLACE)
    mouse, found = stage.page.mouse, []

    def take() -> None:
        stage.page.wait_for_timeout(2000)
        shot = Image.open(io.BytesIO(stage.ink.screenshot())).convert("RGB")
        box, (at_x, at_y) = stage.ink.bounding_box(), stage.on_page(x, y)
        left = min(max(round(at_x - box["x"] - WIDE / 2), 0), shot.width - WIDE)
        top = min(max(round(at_y - box["y"] - WIDE / 2), 0), shot.height - WIDE)
        found.append(shot.crop((left, top, left + WIDE, top + WIDE)))

    mouse.move(*stage.on_page(x, y))
    mouse.down()
    take()
    mouse.move(*stage.on_page(x + 45, y), steps=6)
    take()
    mouse.move(*stage.on_page(x, y), steps=6)
    stage.page.wait_for_timeout(1500)
    mouse.up()
    lab.wait_for("bool(labeler.labels.any())", seconds=60)
    mouse.move(3, 3)
    take()
    return found


if __name__ == "__main__":
    main()
