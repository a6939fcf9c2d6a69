"""A folder of three photographs, and a project of it."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PIL import Image

import corewidgets as cw

SHAPE = (40, 12)


def picture(number, shape=SHAPE):
    return np.random.default_rng(number).integers(0, 256, (*shape, 3), np.uint8)


@pytest.fixture
def scans(tmp_path):
    """Return a folder of three photographs."""
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in (1, 2, 3):
        Image.fromarray(picture(number)).save(folder / f"R{number}.png")
    return folder


@pytest.fixture
def project(scans):
    """Return a project of three photographs and two classes."""
    return cw.Project.create(scans / "hole.corewidgets", scans, legend=cw.Legend(["Matrix", "Clast"]))


def striped(code=1, rows=slice(0, 10)):
    labels = np.zeros(SHAPE, np.uint8)
    labels[rows] = code
    return labels


def exactly(text):
    return f"^{re.escape(text)}$"
