"""The table of the modes is what buttons, keys, help, strokes and docstrings say."""

from __future__ import annotations

import numpy as np
import pytest

from corewidgets.widgets.key_table import KEY_TABLE
from corewidgets.widgets.labeler import Labeler
from corewidgets.widgets.mode_buttons import mode_buttons
from corewidgets.widgets.stage.gestures import Stroke
from corewidgets.widgets.stage.modes import GESTURES, MODES, Mode, painting_mode
from corewidgets.widgets.stage.stage import Stage
from corewidgets.widgets.stroke_edits import STROKE_EDITS, edit_of

KEYS = {mode.key for mode in MODES.values()}


def test_each_mode_has_a_key_of_its_own_and_a_gesture_that_is_known():
    keys = [mode.key for mode in MODES.values()]
    assert len(set(keys)) == len(keys)
    assert {mode.gesture for mode in MODES.values()} == set(GESTURES)


def test_no_mode_takes_a_key_that_the_picture_or_the_labeler_has_already():
    """Whichever came later would win, and the other would be gone without a word."""
    image = np.zeros((4, 4, 3), np.uint8)
    taken = set(Stage(image)._keys) | (set(Labeler(image, ["A"], autosave=False)._key_actions()) - KEYS)
    assert taken >= {"0", "w", "a", "r", "l", "z", "[", "1"}
    assert not taken & KEYS


def test_a_mode_tells_what_it_does():
    brush = Mode("erase", "Erase", "eraser", "e", "", "brush", erases=True)
    assert (brush.has_brush, brush.is_lasso, brush.draws, brush.paints) == (True, False, True, False)
    lasso = Mode("polygon", "Polygon", "", "p", "", "lasso")
    assert (lasso.has_brush, lasso.is_lasso, lasso.draws, lasso.paints) == (False, True, True, True)
    for gesture in ("pick", "move"):
        mode = Mode("look", "Look", "", "x", "", gesture)
        assert (mode.draws, mode.paints) == (False, False)


def test_the_script_hears_what_it_needs():
    assert MODES["erase"].to_dict() == {
        "name": "erase", "key": "e", "gesture": "brush", "erases": True, "cursor": "crosshair",
        "draws": True, "paints": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("mode", "painting"), [("paint", "paint"), ("fill", "fill"), ("erase", "paint"), ("pan", "paint")]
)
def test_a_class_is_painted_with_a_mode_that_paints(mode, painting):
    assert painting_mode(mode) == painting


def test_buttons_help_strokes_and_docstrings_have_every_mode():
    assert [value for _, value in mode_buttons("paint").options] == list(MODES)
    asked_on_the_way = {mode.name for mode in MODES.values() if mode.gesture == "outline"}  # see Outlining
    assert set(STROKE_EDITS) | asked_on_the_way == {mode.name for mode in MODES.values() if mode.draws}
    assert not set(STROKE_EDITS) & asked_on_the_way
    told = dict(
        pair
        for keys, texts in KEY_TABLE[: -(-len(MODES) // 2)]
        for pair in zip(keys.split(), texts.split(", "), strict=True)
    )
    assert told == {mode.key.upper(): mode.label.lower() for mode in MODES.values()}
    for owner in (Labeler, Stage):
        assert [mode for mode in MODES if f'"{mode}"' not in owner.__doc__] == []


@pytest.mark.parametrize(("mode", "n_pixels"), [("paint", 9), ("erase", 9), ("polygon", 16), ("fill", 100)])
def test_a_stroke_becomes_the_edit_of_its_mode(mode, n_pixels):
    labels = np.zeros((10, 10), np.uint8)
    around = [(1.5, 1.5), (1.5, 5.5), (5.5, 5.5), (5.5, 1.5)] if mode == "polygon" else [(4, 4)]
    edit = edit_of(Stroke(mode, np.array(around, np.float32), 3.0), labels, 2)
    assert edit.code == 2
    assert np.count_nonzero(edit.mask) == n_pixels


def test_a_fill_outside_of_the_photograph_changes_nothing():
    assert edit_of(Stroke("fill", np.array([(10, 4)], np.float32)), np.zeros((10, 10), np.uint8), 1) is None
