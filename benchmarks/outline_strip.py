"""Draw the strip of the README: a clast is pressed on, its outline dragged, and kept.

``python -m benchmarks.outline_strip``; needs the test extra (playwright) and Chromium.
"""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.browser.jupyterlab import (
    CHROMIUM,
    CHROMIUM_OPTIONS,
    Lab,
    StagePage,
    jupyterlab_server,
    write_notebook,
)

FILE = Path(__file__).parents[1] / "docs/images/outline-strip.jpg"
ROWS = slice(450, 630)
PLACE = 538 - ROWS.start, 270  # of the clast, in what is shown
WIDE, GAP = 420, 8  # pixels of a picture, and between two

_CELL = f"""
import sys; sys.path.insert(0, {str(Path(__file__).parents[1])!r})
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
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        books, private = Path(folder, "books"), Path(folder, "private")
        books.mkdir()
        private.mkdir()
        write_notebook(books / "strip.ipynb", _CELL)
        with jupyterlab_server(books, private) as (address, token):
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM, headless=True, args=CHROMIUM_OPTIONS
            )
            lab = Lab(browser.new_page(viewport={"width": 1500, "height": 1000}), address, token)
            lab.open("strip.ipynb")
            lab.run_all()
            pictures = _pictures(lab, StagePage(lab, "labeler.stage"))
            lab.page.close()
            browser.close()
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
