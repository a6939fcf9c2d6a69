"""The switch of the labeler by which brush and polygon keep to the edges of the photograph."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from corewidgets.geology.edges import keep_to_edges, wire
from corewidgets.labels.edits import paint_stroke
from corewidgets.widgets.labeler import Labeler

from .conftest import Hand

SHAPE = 120, 160
ROWS, COLUMNS = np.mgrid[: SHAPE[0], : SHAPE[1]]
DISC = np.hypot(ROWS - 60, COLUMNS - 80) <= 35
CORNERS = [(60, 115), (25, 80), (60, 45), (95, 80)]


@pytest.fixture
def labeler():
    image = np.full((*SHAPE, 3), 90.0)
    image[DISC] = (150, 110, 80)
    image = ndimage.gaussian_filter(image, (0.7, 0.7, 0))
    image += np.random.default_rng(0).normal(0, 3, image.shape)
    return Labeler(image.clip(0, 255).astype(np.uint8), classes=["Matrix", "Clast"])


@pytest.fixture
def hand(labeler):
    return Hand(labeler.stage)


def polygon(hand, lengths):
    points = np.array(CORNERS, np.float32).tobytes()
    hand.say("stroke", [points], client="test", id=90, mode="polygon", size=0, lengths=lengths)


def agreement(found, truth):
    return (found & truth).sum() / (found | truth).sum()


def test_the_key_switches_it_and_undo_takes_back_what_was_drawn(labeler, hand):
    hand.key("k")
    assert labeler.edges.on.value
    hand.stroke("paint", (60, 50), (80, 55), size=20)
    edit = paint_stroke([(60, 50), (80, 55)], 20, 1, SHAPE)
    box, mask = keep_to_edges(labeler.section.image, edit.box, edit.mask)
    expected = np.zeros(SHAPE, bool)
    expected[box] = mask
    np.testing.assert_array_equal(labeler.labels == 1, expected)
    labeler.undo()
    hand.key("k")
    hand.stroke("paint", (60, 50), (80, 55), size=20)
    assert np.count_nonzero(labeler.labels) == edit.mask.sum()


def test_the_eraser_keeps_to_edges_too(labeler, hand):
    labeler.labels = np.ones(SHAPE, np.uint8)
    labeler.edges.on.value = True
    hand.stroke("erase", (60, 80), size=78)
    assert agreement(labeler.labels == 0, DISC) > 0.95


def test_a_polygon_of_clicked_corners_runs_along_the_edges(labeler, hand):
    polygon(hand, [1, 1, 1, 1])
    assert agreement(labeler.labels == 1, DISC) < 0.75
    labeler.undo()
    labeler.edges.on.value = True
    polygon(hand, [1, 1, 1, 1])
    assert agreement(labeler.labels == 1, DISC) > 0.93


def test_the_page_is_told_the_way_to_the_pointer_that_a_polygon_would_take(labeler, hand, monkeypatch):
    answers = []
    monkeypatch.setattr(
        labeler.stage.ink, "send", lambda content, buffers: answers.append((content, buffers))
    )
    corners = np.array(CORNERS[:3], np.float32)  # two that are set, and the pointer
    hand.say("wire", [corners.tobytes()], client="test", number=7)
    [(content, buffers)] = answers
    assert (content["kind"], content["client"], content["number"]) == ("wired", "test", 7)
    points = np.frombuffer(buffers[0], np.float32).reshape(-1, 2)
    assert sum(content["lengths"]) == len(points)
    np.testing.assert_array_equal(points, wire(labeler.section.image, corners)[: len(points)])
    away = np.abs(np.hypot(points[:, 0] - 60, points[:, 1] - 80) - 35)
    assert away.max() < 3
    hand.say("wire", [corners[:1].tobytes()], client="test", number=8)
    assert answers[-1][0]["lengths"] == []


def test_the_page_hears_whether_edges_are_kept(labeler, hand):
    assert labeler.stage.ink.keeps_edges is False
    hand.key("k")
    assert labeler.stage.ink.keeps_edges is True


def test_a_polygon_that_was_drawn_is_moved_by_its_rim(labeler, hand):
    labeler.edges.on.value = True
    angle = np.linspace(0, 2 * np.pi, 80)
    around = np.stack([60 + 38 * np.sin(angle), 80 + 38 * np.cos(angle)], axis=-1)
    hand.stroke("polygon", *around, size=0)
    assert agreement(labeler.labels == 1, DISC) > 0.95


def test_a_fill_and_locked_classes_are_as_ever(labeler, hand):
    labeler.edges.on.value = True
    labels = np.zeros(SHAPE, np.uint8)
    labels[:, 80:] = 2
    labeler.labels = labels
    labeler.palette.toggle_protected(2)
    hand.stroke("paint", (60, 80), size=78)
    assert (labeler.labels[:, 80:] == 2).all()
    hand.stroke("fill", (5, 5))
    labeler.question.agree.click()
    assert (labeler.labels[:, :80] == 1).all()


def test_the_switch_is_shown_where_it_counts(labeler):
    for mode, display in (
        ("paint", ""),
        ("outline", "none"),
        ("polygon", ""),
        ("pan", "none"),
        ("erase", ""),
    ):
        labeler.mode = mode
        assert labeler.edges.options.layout.display == display
