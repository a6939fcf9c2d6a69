"""A workbench with a model that takes a second to train."""

from __future__ import annotations

import numpy as np
from PIL import Image

import corewidgets as cw
from corewidgets.scoring.settings import Settings

QUICK = Settings(cw.PRESETS["quick"].patched(n_trees=8, max_training_pixels=300), score=False)
CLASSES = ["Matrix", "Clast", "Void"]


def section_in(folder):
    """Return a synthetic core whose photograph lies in a folder."""
    sample = cw.sample_core(240, 120)
    Image.fromarray(sample.section.image).save(folder / "core.png")
    return cw.read_section(folder / "core.png", top=10.0, base=10.04)


def painted(section):
    labels = np.zeros(section.shape, np.uint8)
    labels[20:40, 20:60], labels[80:100, 20:60] = 1, 2
    return labels


def trained(section, **options):
    """Return a workbench with a model, trained on two classes."""
    workbench = cw.Workbench(section, CLASSES, settings=QUICK, **options)
    workbench.labels = painted(section)
    workbench.trainer.train()
    assert workbench.trainer.wait(60)
    return workbench
