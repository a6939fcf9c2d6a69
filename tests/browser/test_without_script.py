"""Label a core where the script of the layer does not run: the canvas itself is drawn on."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

BROKEN = """
from corewidgets.widgets.stage.ink import InkLayer
InkLayer._esm = "export default { render() {} }"
"""

LABELER = """
import numpy as np
import corewidgets as cw
labeler = cw.Labeler(np.full((900, 240, 3), 120, np.uint8), classes=["Matrix", "Clast"])
labeler
"""


def test_the_canvas_is_drawn_on_and_undone(open_lab):
    lab = open_lab("without-script", BROKEN, LABELER)
    canvas = lab.page.locator(".cw-body > canvas").first
    canvas.wait_for(state="visible")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()

    def to_page(row, column):
        x, y = lab.ask_json(f"labeler.stage.viewport.to_canvas({row}, {column})")
        return box["x"] + x, box["y"] + y

    lab.page.mouse.move(*to_page(100, 60))
    lab.page.mouse.down()
    lab.page.mouse.move(*to_page(100, 180), steps=5)
    lab.page.mouse.up()
    lab.wait_for("int(labeler.labels[100, 120])", 1)
    lab.page.keyboard.press("Control+z")
    lab.wait_for("bool(labeler.labels.any())", False)
