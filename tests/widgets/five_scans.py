"""Five photographs in a folder, settings that train quickly, and labels of two classes on two of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

import corewidgets as cw
from corewidgets.scoring.settings import Settings

QUICK = Settings(cw.PRESETS["quick"].patched(n_trees=8, max_training_pixels=300), score=False)
SHAPE = (240, 96)


def write_scans(folder: Path) -> None:
    """Write R1.png to R5.png, the fourth in little light."""
    for number in range(1, 6):
        image = cw.sample_core(*SHAPE, seed=number).section.image
        Image.fromarray(image // 3 if number == 4 else image).save(folder / f"R{number}.png")


def drawn(code: int, row: int) -> np.ndarray:
    """Return labels with a stroke of a class."""
    labels = np.zeros(SHAPE, np.uint8)
    labels[row : row + 20, 20:60] = code
    return labels


def label_two(workbench: cw.Workbench) -> None:
    """Label one class on R1 and another on R2, which is open then."""
    workbench.labels = drawn(1, 20)
    workbench.open_photograph("R2")
    workbench.labels = drawn(2, 80)
