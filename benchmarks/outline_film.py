"""Take the moving picture of the README: two clasts are pressed on, their outlines dragged, and kept.

``python -m benchmarks.outline_film``; needs the test extra (playwright) and Chromium.  What is seen is the
page of a JupyterLab, picture by picture; the pointer, which such a picture lacks, is drawn in.  How long a
picture is shown says nothing of the time that the program took.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.notebook_page import notebook_page
from tests.browser.jupyterlab import Lab, StagePage

FILE = Path(__file__).parents[1] / "docs/images/outline.gif"
ROWS = slice(450, 630)
CLASTS = (("Carb-Brown", 538 - ROWS.start, 270), ("Basement-Mafic", 565 - ROWS.start, 210))
"""Class and place of what is pressed on, in what is shown."""

SIZE = 640, 370  # pixels of a picture
DRAGS = (15, 30, 45, 30, 15, 0)  # pixels of the page, to the right of the press
MOVE, HOLD, END = 130, 900, 1800  # milliseconds that a picture is shown
ARROW = ((0, 0), (0, 17), (4, 13), (7, 19), (10, 18), (7, 12), (12, 12))

_CELL = f"""
import corewidgets as cw
sample = cw.chicxulub_72_2()
image = sample.section.image[{ROWS.start}:{ROWS.stop}].copy()
labeler = cw.Labeler(image, legend=sample.legend, autosave=False, height=560)
labeler.mode = "outline"
labeler
"""


@dataclass
class Film:
    """Pictures of a stage about its clasts, and how long each is shown.

    Parameters
    ----------
    stage : StagePage
    corner : tuple of int
        The left upper corner of what is kept, in pixels of the stage on the page.
    """

    stage: StagePage
    corner: tuple[int, int]
    pictures: list[Image.Image] = field(default_factory=list)
    durations: list[int] = field(default_factory=list)

    def look(self) -> Image.Image:
        """Return what is kept of the stage, once it stays the same."""
        left, top = self.corner
        before = None
        while True:
            self.stage.page.wait_for_timeout(250)
            shot = Image.open(io.BytesIO(self.stage.ink.screenshot())).convert("RGB")
            now = shot.crop((left, top, left + SIZE[0], top + SIZE[1]))
            if before is not None and np.array_equal(before, now):
                return now
            before = now

    def look_changed(self, before: Image.Image) -> Image.Image:
        """Return what is seen as soon as it is another picture than before."""
        for _ in range(60):
            if not np.array_equal(now := self.look(), before):
                return now
        raise RuntimeError("Nothing changed on the page for half a minute after the press.")

    def add(self, seen: Image.Image, pointer: tuple[float, float], milliseconds: int) -> None:
        """Add a picture with the pointer at a position of the page."""
        box = self.stage.ink.bounding_box()
        x, y = pointer[0] - box["x"] - self.corner[0], pointer[1] - box["y"] - self.corner[1]
        picture = seen.copy()
        corners = [(x + right, y + down) for right, down in ARROW]
        ImageDraw.Draw(picture).polygon(corners, fill="white", outline="black")
        self.pictures.append(picture)
        self.durations.append(milliseconds)

    def save(self) -> None:
        """Write the file; pictures share their colors, so that what does not change is stored once."""
        all_seen = Image.fromarray(np.concatenate([np.asarray(one) for one in self.pictures]))
        palette = all_seen.quantize(255, dither=Image.Dither.NONE)
        first, *others = (one.quantize(palette=palette, dither=Image.Dither.NONE) for one in self.pictures)
        first.save(FILE, save_all=True, append_images=others, duration=self.durations, loop=0, optimize=True)


def main() -> None:
    """Take the pictures and write them as one file."""
    with notebook_page(_CELL) as lab:
        stage = StagePage(lab, "labeler.stage")
        lab.ask("labeler.outlining.wait(120)")
        stage.wait_drawn()
        places = [stage.on_page(*stage.of_pixel(row, column)) for _, row, column in CLASTS]
        film = Film(stage, _corner(stage, places))
        at = places[0][0] - 150, places[0][1] - 90
        for (name, _, _), place in zip(CLASTS, places, strict=True):
            _outline(lab, film, name, at, place)
            at = place
        film.add(film.look(), at, END)
    film.save()
    print(f"{FILE}: {len(film.pictures)} pictures, {FILE.stat().st_size / 1000:.0f} KB")


def _corner(stage: StagePage, places: list[tuple[float, float]]) -> tuple[int, int]:
    """Return where the picture begins, so that the clasts are in its middle and it is all of the stage."""
    box = stage.ink.bounding_box()
    middle = np.mean(places, axis=0) - (box["x"], box["y"]) - np.array(SIZE) / 2
    left, top = np.clip(middle, 0, (box["width"] - SIZE[0], box["height"] - SIZE[1])).astype(int)
    return int(left), int(top)


def _outline(lab: Lab, film: Film, name: str, start: tuple[float, float], place: tuple[float, float]) -> None:
    """Film how the pointer goes to a clast, presses, drags its outline away and back, and lets go."""
    mouse = film.stage.page.mouse
    lab.ask(f"labeler.selected_class = {name!r}")
    for share in (0, 0.33, 0.67, 1):
        at = tuple(a + share * (b - a) for a, b in zip(start, place, strict=True))
        mouse.move(*at)
        film.add(film.look(), at, MOVE)
    before = film.look()
    labelled = lab.ask_json("int((labeler.labels > 0).sum())")
    mouse.down()
    film.add(film.look_changed(before), place, HOLD)
    for right in DRAGS:
        at = place[0] + right, place[1]
        mouse.move(*at)
        film.add(film.look(), at, MOVE)
    film.durations[-1] = HOLD
    mouse.up()
    lab.wait_for(f"int((labeler.labels > 0).sum()) > {labelled}", seconds=60)
    film.add(film.look(), place, HOLD)


if __name__ == "__main__":
    main()
