"""The outline tool of the labeler: what the page hears on the way, what is kept, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

import corewidgets as cw
from corewidgets.geology.outline import outline
from corewidgets.geology.widths import OUTSIDE, STEP
from corewidgets.widgets.labeler import Labeler
from corewidgets.widgets.outlining import clicks_of
from corewidgets.widgets.stage.gestures import Stroke

from .conftest import Hand

ROWS, COLUMNS = np.mgrid[:160, :240]
LEFT = ((ROWS - 80) / 35) ** 2 + ((COLUMNS - 65) / 40) ** 2 <= 1
RIGHT = ((ROWS - 80) / 35) ** 2 + ((COLUMNS - 180) / 40) ** 2 <= 1
NAMES = ["Matrix", "Clast", "Void"]


def photograph():
    image = np.full((160, 240, 3), 90.0)
    image[LEFT] = (150, 110, 80)
    image[RIGHT] = (80, 110, 150)
    image = ndimage.gaussian_filter(image, (0.7, 0.7, 0))
    return (image + np.random.default_rng(0).normal(0, 3, image.shape)).clip(0, 255).astype(np.uint8)


IMAGE = photograph()


class OutlineHand(Hand):
    """Uses the outline tool as the page would."""

    def __init__(self, labeler):
        super().__init__(labeler.stage)
        self.labeler = labeler
        self.answers = []
        self.widths = []
        labeler.stage.ink.send = self._hear

    def _hear(self, content, buffers=None):
        heard = self.widths if content["kind"] == "widths" else self.answers
        heard.append((content, buffers))

    def keep(self, *clicks, width=1.0, takes=False, code=None):
        points = np.array([point for click in clicks for point in click], np.float32)
        self._n_strokes += 1
        self.say(
            "stroke", [points.tobytes()], client="test", id=self._n_strokes, mode="outline", size=0,
            code=self.labeler.code if code is None else code, width=width, takes=takes,
            lengths=[len(click) for click in clicks],
        )  # fmt: skip

    def ask(self, *clicks, width=1.0, takes=False, press=None):
        """Return the answer, and its outline in the photograph."""
        points = np.array([point for click in clicks for point in click], np.float32)
        self.say(
            "outline", [points.tobytes()], client="test", number=7, width=width, takes=takes, press=press,
            lengths=[len(click) for click in clicks],
        )  # fmt: skip
        content, buffers = self.answers[-1]
        if "box" not in content:
            return content, None
        row, column, n_rows, n_columns = content["box"]
        bits = np.unpackbits(np.frombuffer(buffers[0], np.uint8), count=n_rows * n_columns)
        mask = np.zeros(IMAGE.shape[:2], bool)
        mask[row : row + n_rows, column : column + n_columns] = bits.reshape(n_rows, n_columns)
        return content, mask


@pytest.fixture
def labeler():
    made = Labeler(IMAGE, classes=NAMES)
    made.selected_class = "Clast"
    return made


@pytest.fixture
def hand(labeler):
    return OutlineHand(labeler)


def agreement(found, truth):
    return (found & truth).sum() / (found | truth).sum()


def test_a_click_is_kept_as_the_selected_class_in_one_step(labeler, hand):
    hand.keep([(80, 65)])
    np.testing.assert_array_equal(labeler.labels == 2, outline(IMAGE, 80, 65))
    assert agreement(labeler.labels == 2, LEFT) > 0.93
    assert labeler.messages.text == ""
    labeler.undo()
    assert not labeler.labels.any()
    assert not labeler._history.can_undo


def test_the_page_is_told_the_outline_that_is_kept(labeler, hand):
    for width in (0.5, 1.0, 1.3):
        content, shown = hand.ask([(80, 65)], width=width)
        assert {name: content[name] for name in ("kind", "client", "number", "takes")} == {
            "kind": "outlined", "client": "test", "number": 7, "takes": False,
        }  # fmt: skip
        assert not labeler.labels.any()
        hand.keep([(80, 65)], width=width)
        np.testing.assert_array_equal(labeler.labels == 2, shown)
        labeler.undo()


def test_an_outline_grows_and_shrinks_with_the_drag_in_small_steps(hand):
    widths = np.geomspace(0.3, 1.5, 30)
    masks = [hand.ask([(80, 65)], width=width)[1] for width in widths]
    sizes = np.array([mask.sum() for mask in masks])
    assert (np.diff(sizes) >= 0).all()
    asked = LEFT.sum() * widths**2
    np.testing.assert_allclose(sizes[:20], asked[:20], rtol=0.35)  # as wide as asked for, in steps
    assert (sizes[1:] < 1.3 * sizes[:-1]).all()
    assert all(mask[80, 65] for mask in masks)
    assert hand.ask([(80, 65)], width=1 / 16)[1].sum() < 0.1 * LEFT.sum()


def test_costs_are_computed_once_a_press(hand, monkeypatch):
    hand.ask([(80, 65)])
    monkeypatch.setattr("corewidgets.widgets.outlining.grow", None)  # calling it would fail
    for width in (0.5, 0.8, 2.0):
        assert hand.ask([(80, 65)], width=width)[1].any()


def test_the_page_is_told_the_outlines_of_other_widths_that_would_be_kept(labeler, hand):
    hand.ask([(80, 65)], press=3)
    assert labeler.outlining._widening.wait(60)
    (near, _), (content, (buffer,)) = hand.widths
    assert near["known"][0] <= -6
    assert near["known"][1] >= 6
    assert content | {"box": None} == {
        "kind": "widths", "client": "test", "press": 3, "step": STEP, "known": (-26, 26), "box": None,
    }  # fmt: skip
    row, column, n_rows, n_columns = content["box"]
    first = np.full(IMAGE.shape[:2], OUTSIDE, np.int8)
    part = first[row : row + n_rows, column : column + n_columns]
    part[:] = np.frombuffer(buffer, np.int8).reshape(n_rows, n_columns)
    for step in (-26, -9, 0, 4, 26):
        np.testing.assert_array_equal(first <= step, hand.ask([(80, 65)], width=STEP**step, press=3)[1])
    hand.ask([(80, 65)], press=3)
    assert labeler.outlining._widening.wait(60)
    assert len(hand.widths) == 2  # once a press


def test_other_widths_are_not_looked_for_along_a_scribble_nor_once_it_is_kept(labeler, hand):
    hand.ask([(80, 65), (80, 66)])
    assert labeler.outlining._widening.wait(60)
    assert hand.widths == []
    hand.ask([(80, 65)], press=1)
    hand.keep([(80, 65)])
    assert labeler.outlining._widening.wait(60)
    assert hand.widths == []


def test_a_scribble_holds_all_its_pixels_between_the_points_too(labeler, hand):
    hand.keep([(80, 40), (80, 90), (60, 90)])
    assert (labeler.labels[80, 40:91] == 2).all()
    assert (labeler.labels[60:81, 90] == 2).all()
    assert agreement(labeler.labels == 2, LEFT) > 0.9


def test_one_more_click_makes_one_outline_of_two_and_one_step(labeler, hand):
    hand.keep([(80, 65)])
    hand.keep([(80, 65)], [(80, 180)])
    assert agreement(labeler.labels == 2, LEFT | RIGHT) > 0.9
    labeler.undo()
    assert not labeler.labels.any()
    labeler.redo()
    assert agreement(labeler.labels == 2, LEFT | RIGHT) > 0.9


def test_what_was_drawn_since_is_not_undone_by_one_more_click(labeler, hand):
    hand.keep([(80, 65)])
    hand.stroke("paint", (150, 10), size=5)
    hand.keep([(80, 65)], [(80, 180)])
    assert labeler.labels[150, 10] == 2
    assert agreement(labeler.labels[:140] == 2, (LEFT | RIGHT)[:140]) > 0.9
    labeler.undo()
    assert labeler.labels[150, 10] == 2
    assert agreement(labeler.labels[:140] == 2, LEFT[:140]) > 0.9


def test_one_more_click_of_another_class_leaves_the_first_outline(labeler, hand):
    hand.keep([(80, 65)])
    first = labeler.labels == 2
    labeler.selected_class = "Void"
    hand.keep([(80, 65)], [(80, 180)])
    np.testing.assert_array_equal(labeler.labels == 2, first)
    assert labeler.labels[80, 180] == 3


def test_a_part_is_taken_away_from_the_region_clicked_only(labeler, hand):
    labels = np.ones(IMAGE.shape[:2], np.uint8)
    labels[:, 65:] = 2
    labeler.labels = labels
    hand.keep([(80, 80)], takes=True)
    gone = labeler.labels == 0
    assert (labels[gone] == 2).all()
    assert agreement(gone, LEFT & (COLUMNS >= 65)) > 0.9
    labeler.undo()
    np.testing.assert_array_equal(labeler.labels, labels)


def test_labels_of_other_classes_stay_unless_asked(labeler, hand):
    labels = np.zeros(IMAGE.shape[:2], np.uint8)
    labels[:, 80:] = 1
    labeler.labels = labels
    hand.keep([(80, 50)])
    assert (labeler.labels[:, 80:] == 1).all()
    assert agreement(labeler.labels == 2, LEFT & (COLUMNS < 80)) > 0.9
    labeler.undo()
    labeler.outlining.over.value = True
    hand.keep([(80, 50)])
    assert agreement(labeler.labels == 2, LEFT) > 0.93


def test_locked_classes_stay_even_when_asked(labeler, hand):
    labels = np.zeros(IMAGE.shape[:2], np.uint8)
    labels[:, 80:] = 1
    labeler.labels = labels
    labeler.palette.toggle_protected(1)
    labeler.outlining.over.value = True
    hand.keep([(80, 50)])
    assert (labeler.labels[:, 80:] == 1).all()
    assert agreement(labeler.labels == 2, LEFT & (COLUMNS < 80)) > 0.9


@pytest.mark.parametrize(
    ("clicks", "takes", "locked", "said"),
    [
        ([(-3, 20)], False, None, "outside the photograph"),
        ([(20, 500)], False, None, "outside the photograph"),
        ([(80, 180)], False, None, "Matrix lies there; turn on “Over other labels” to cover it"),
        ([(80, 180)], False, 1, "Matrix is locked there; unlock it in the list of classes"),
        ([(80, 180)], True, 1, "Matrix is locked there; unlock it in the list of classes"),
        ([(80, 65)], True, None, "There is no label there to remove a part of"),
        ([(20, 20)], False, None, "All of this outline is labelled already"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence_and_changes_nothing(labeler, hand, clicks, takes, locked, said):
    labels = np.zeros(IMAGE.shape[:2], np.uint8)
    labels[RIGHT] = 1
    labels[~ndimage.binary_erosion(LEFT, iterations=2) & ~RIGHT] = 2  # the outline beside it may spill over
    labeler.labels = labels
    if locked:
        labeler.palette.toggle_protected(locked)
    hand.keep(clicks, takes=takes)
    np.testing.assert_array_equal(labeler.labels, labels)
    assert f"Nothing was changed. {said}" in labeler.messages.text.replace("The click lies ", "")
    assert labeler.messages.error is None
    hand.keep([(80, 65)])
    assert labeler.messages.text == ""  # what was said no longer holds


@pytest.mark.parametrize("shape", [(60, 50), (1, 1)])
def test_a_photograph_of_one_color_has_no_outlines(shape):
    labeler = Labeler(np.full((*shape, 3), 128, np.uint8), classes=["Rock"])
    hand = OutlineHand(labeler)
    assert hand.ask([(0, 0)])[0]["note"].startswith("The photograph is of one color around this click")
    hand.keep([(0, 0)])
    assert not labeler.labels.any()
    assert "Nothing was changed. The photograph is of one color" in labeler.messages.text


def test_a_legend_of_one_class_is_enough():
    labeler = Labeler(IMAGE, classes=["Rock"])
    OutlineHand(labeler).keep([(80, 65)])
    assert agreement(labeler.labels == 1, LEFT) > 0.93


def test_before_textures_are_known_color_decides_and_the_page_is_told(labeler, hand):
    assert (
        hand.ask([(80, 65)])[0]["note"] == "By color alone: the texture of this part is still being computed"
    )
    labeler.mode = "outline"
    assert labeler.outlining.wait(120)
    content, shown = hand.ask([(81, 65)])
    assert content["note"] == ""
    expected = outline(IMAGE, 81, 65, features=cw.outline_features(IMAGE))
    np.testing.assert_array_equal(shown, expected)


def test_options_are_shown_with_the_tool_only(labeler):
    options = labeler.outlining.options
    assert options.layout.display == "none"
    labeler.mode = "outline"
    assert options.layout.display == ""
    labeler.mode = "paint"
    assert options.layout.display == "none"


def test_a_press_without_the_layer_keeps_the_outline_too(labeler):
    labeler.mode = "outline"
    Hand(labeler.stage).drag((80, 65))
    assert agreement(labeler.labels == 2, LEFT) > 0.9


def test_clicks_are_the_pixels_along_each_scribble_the_first_one_first():
    points = np.array([(2.4, 3.0), (0.0, 3.2), (0.0, 1.0), (5.0, 5.0)], np.float32)
    scribble, click = clicks_of(Stroke("outline", points, lengths=(3, 1)), (9, 9))
    assert list(zip(*scribble, strict=True)) == [(2, 3), (1, 3), (0, 3), (0, 2), (0, 1)]
    assert list(zip(*click, strict=True)) == [(5, 5)]
    beyond = np.array([(2, 3), (-4, 3)], np.float32)
    (cut,) = clicks_of(Stroke("outline", beyond), (9, 9))
    assert list(zip(*cut, strict=True)) == [(2, 3), (1, 3), (0, 3)]
    with pytest.raises(ValueError, match="outside the photograph"):
        clicks_of(Stroke("outline", beyond[::-1]), (9, 9))
