"""A hole of core boxes as a laboratory photographs them: lanes lying in foam, two lights, depths in feet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

import corewidgets as cw

LEGEND = cw.Legend(["Shale", "Sandstone", "Foam"], ["#5B5F73", "#E8C95A", "#FFFFFF"], not_rock=["Foam"])
FEET = 9012.0  # at the top of the hole
LANE_FEET = 3.0
LOST_FEET = 1.5  # below the first box
FOAM, HEADER, ROCK, LENGTH = 10, 24, 28, 240  # pixels: foam between lanes, printed header, width and length
_SHIFT = (2, 3)  # of the second photograph, in pixels


def make_hole(folder: Path, *, n_boxes: int = 3, n_lanes: int = 2, labelled: int = 2) -> Path:
    """Write photographs of boxes in white and ultraviolet light, labels of some, and their table in feet.

    The top of each lane is at the left. Shale and sandstone lie in beds of half a foot and more; what a third
    of each lane ends with, in every second one, is foam: lost core.

    Returns
    -------
    pathlib.Path
        The table, with semicolons and decimal commas.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(5)
    rows = [["File", "From (ft)", "To (ft)", "Name", "Crop", "Rotation", "Second_file", "Labels"]]
    for box in range(n_boxes):
        n_rows = HEADER + n_lanes * (ROCK + FOAM) + FOAM
        truth = np.full((n_rows, LENGTH + 2 * FOAM), 3, np.uint8)
        truth[:HEADER] = 0  # black, with white print
        crops = []
        for lane in range(n_lanes):
            first = HEADER + FOAM + lane * (ROCK + FOAM)
            crops.append(cw.Crop(first, first + ROCK, FOAM, FOAM + LENGTH))
            truth[first : first + ROCK, FOAM : FOAM + LENGTH] = _beds(rng, lost=(box + lane) % 2 == 1)
        white, ultraviolet = _photographs(rng, truth)
        Image.fromarray(white).save(folder / f"box {box + 1}.png")
        Image.fromarray(ultraviolet).save(folder / f"box {box + 1} UV.png")
        for lane, crop in enumerate(crops):
            name = f"{box + 1}-{lane + 1}"
            top = FEET + LANE_FEET * (n_lanes * box + lane) + (LOST_FEET if box else 0.0)
            drawn = ""
            if box * n_lanes + lane < labelled:
                drawn = f"labels {name}.png"
                upright = np.rot90(
                    truth[crop.row_start : crop.row_stop, crop.column_start : crop.column_stop], -1
                )
                cw.write_labels(folder / drawn, _sparse(upright), LEGEND)
            depths = [f"{depth:.2f}".replace(".", ",") for depth in (top, top + LANE_FEET)]
            photographs = [
                f"box {box + 1}.png",
                *depths,
                name,
                str(crop),
                "90",
                f"box {box + 1} UV.png",
                drawn,
            ]
            rows.append(photographs)
    table = folder / "hole.csv"
    table.write_text("\n".join(";".join(row) for row in rows), encoding="utf-8")
    return table


def _beds(rng: np.random.Generator, *, lost: bool) -> np.ndarray:
    """Return the classes of a lane, ``(ROCK, LENGTH)``, its top at the left."""
    lane = np.empty((ROCK, LENGTH), np.uint8)
    column, code = 0, 1 + int(rng.integers(2))
    while column < LENGTH:
        thick = int(rng.integers(40, 80))
        lane[:, column : column + thick] = code
        column, code = column + thick, 3 - code
    if lost:
        lane[:, LENGTH - LENGTH // 3 :] = 3
    return lane


def _photographs(rng: np.random.Generator, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a box in white light and, a little off, in ultraviolet light, where sandstone glows."""
    grain = rng.normal(0, 1, truth.shape)
    colors = {
        "white": ((10, 10, 10), (88, 90, 100), (176, 160, 120), (235, 235, 238)),
        "ultraviolet": ((8, 0, 20), (20, 10, 60), (90, 200, 190), (60, 60, 160)),
    }
    roughness = np.array([0.0, 14.0, 26.0, 2.0])
    made = []
    for light in colors.values():
        image = np.array(light, float)[truth] + (roughness[truth] * grain)[..., None]
        made.append(image.clip(0, 255).astype(np.uint8))
    made[0][8:16, 20:120:6] = 250  # the print of the header
    return made[0], np.roll(made[1], _SHIFT, (0, 1))


def _sparse(truth: np.ndarray) -> np.ndarray:
    """Return labels as a person draws them: strokes along the middle, away from borders."""
    labels = np.zeros_like(truth)
    inside = slice(8, -8)
    labels[:, inside] = truth[:, inside]
    changes = np.flatnonzero(np.diff(truth[:, ROCK // 2].astype(int)))
    for row in changes:
        labels[max(0, row - 6) : row + 7] = 0
    return labels
