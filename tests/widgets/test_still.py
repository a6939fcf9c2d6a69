"""A saved notebook shows what a tool showed, without a kernel."""

from __future__ import annotations

import base64
import io

import nbconvert
import nbformat
import numpy as np
import pytest
from PIL import Image

from corewidgets.cores.section import CoreSection
from corewidgets.labels.legend import Legend
from corewidgets.widgets.labeler import Labeler
from corewidgets.widgets.overlay import Overlay
from corewidgets.widgets.still import still

ROCK = np.full((60, 40, 3), 120, np.uint8)
CODES = np.zeros((60, 40), np.uint8)
CODES[10:30] = 2
LEGEND = Legend(["Matrix", "Clast"], ["#000000", "#FF0000"])


def opened(content):
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image.convert("RGB"))


def test_the_photograph_and_beside_it_its_classes():
    picture = opened(still(ROCK, CODES, LEGEND))
    assert picture.shape == (60, 84, 3)
    assert (picture[:, :40] == 120).all()
    assert picture[20, 64].tolist() == [194, 54, 54]
    assert (picture[40, 44:] == 120).all()


def test_without_labels_the_photograph_alone():
    assert opened(still(ROCK, np.zeros_like(CODES), LEGEND)).shape == (60, 40, 3)


@pytest.mark.parametrize("shape", [(2693, 396), (641, 1), (5, 4001)])
def test_a_large_photograph_is_made_small(shape):
    picture = opened(still(np.full((*shape, 3), 7, np.uint8), np.ones(shape, np.uint8), LEGEND))
    assert max(picture.shape[0], (picture.shape[1] - 4) / 2) <= 640


def test_what_a_tool_shows_holds_its_picture_and_follows_it():
    labeler = Labeler(CoreSection(ROCK), legend=LEGEND, autosave=False)
    assert opened(base64.b64decode(labeler._repr_mimebundle_()["image/png"])).shape == (60, 40, 3)
    labeler.labels = CODES
    assert opened(base64.b64decode(labeler._repr_mimebundle_()["image/png"])).shape == (60, 84, 3)
    assert "application/vnd.jupyter.widget-view+json" in labeler._repr_mimebundle_()


def test_a_page_made_of_the_notebook_shows_the_map():
    overlay = Overlay(CoreSection(ROCK), CODES, legend=LEGEND)
    bundle = overlay._repr_mimebundle_()
    output = nbformat.v4.new_output("display_data", data=bundle)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("overlay", outputs=[output])])
    page, _ = nbconvert.HTMLExporter().from_notebook_node(notebook)
    assert bundle["image/png"][:60] in page
