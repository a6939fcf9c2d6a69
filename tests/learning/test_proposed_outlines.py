"""Outlines that are proposed: begun anew from their middle, judged by the map, patches within one class."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from corewidgets.learning import proposed_outlines
from corewidgets.learning.maps import Maps
from corewidgets.learning.proposed_outlines import Outline, Said, clast_at, patch_at

ROWS, COLUMNS = np.mgrid[:120, :140]
CLAST = ((ROWS - 60) / 30) ** 2 + ((COLUMNS - 60) / 36) ** 2 <= 1
IMAGE = np.where(CLAST[..., None], (150, 110, 80), (90, 90, 90)).astype(np.uint8)
LOOKS = np.zeros((60, 70, 0), np.float32)
BOX = slice(40, 80), slice(40, 80)


@pytest.fixture
def said() -> Said:
    likely = np.where(CLAST, 204, 51).astype(np.uint8)
    return Said(Maps(np.where(CLAST, 7, 2).astype(np.uint8), None, np.stack([255 - likely, likely]), (2, 7)))


def test_an_outline_has_the_class_that_is_likeliest_over_it(said):
    assert said.name(BOX, CLAST[BOX]) == (7, pytest.approx(0.8))
    of_classes = Said(Maps(said.maps.segmentation))
    assert of_classes.name(BOX, CLAST[BOX]) == (7, 1.0)


def test_what_is_of_the_same_class_as_its_surroundings_is_not_parted(said):
    whole = Outline((60, 60), (slice(0, 120), slice(0, 140)), CLAST, 1.0)
    assert said.parted(whole) == pytest.approx(0.6)
    assert said.parted(Outline((60, 60), BOX, np.ones((40, 40), bool), 1.0)) < 0.1
    assert Said(Maps(said.maps.segmentation)).parted(whole) == 1.0
    everything = Outline((60, 60), (slice(0, 120), slice(0, 140)), np.ones(CLAST.shape, bool), 1.0)
    assert said.parted(everything) == said.name(everything.box, everything.mask)[1]


@pytest.mark.parametrize("place", [(60, 27), (36, 60), (60, 60)])
def test_a_place_near_the_rim_is_moved_to_the_middle(said, place):
    found = clast_at(IMAGE, place, LOOKS, said)
    shared = (CLAST[found.box] & found.mask).sum()
    assert shared > 0.95 * max(CLAST.sum(), found.mask.sum())
    assert np.hypot(found.place[0] - 60, found.place[1] - 60) < 10


@pytest.mark.parametrize("better", [True, False])
def test_of_two_outlines_that_which_is_parted_better_counts(said, monkeypatch, better):
    inner, half = np.zeros(CLAST.shape, bool), CLAST & (COLUMNS < 60)
    inner[50:70, 20:70] = True
    first, again = (inner, CLAST) if better else (half, inner)

    class Found:
        box, reach = (slice(0, 120), slice(0, 140)), 1.0

        def __init__(self, mask):
            self.mask = lambda: mask

    answers = iter([Found(first), Found(again)])
    monkeypatch.setattr(proposed_outlines, "_growth", lambda *_: next(answers))
    found = clast_at(IMAGE, (52, 26), LOOKS, said)
    assert found.mask.sum() == (again if better else first).sum()
    assert found.mask[found.place[0] - found.box[0].start, found.place[1] - found.box[1].start]
    assert found.place != (52, 26)


def test_a_patch_lies_within_one_class(said):
    within = (said.maps.segmentation == 7) & (COLUMNS > 50)
    within[:, 62:64] = False  # what lies beyond is another piece
    found = patch_at(IMAGE, (60, 56), LOOKS, 300, within)
    assert 50 < found.mask.sum() <= 300
    assert within[found.box][found.mask].all()
    assert found.box[1].stop <= 62
    assert found.width < 1
    assert patch_at(IMAGE, (60, 56), LOOKS, 10**6, CLAST).width == 1


def test_the_place_of_a_patch_is_its_middle(said):
    within = CLAST & (COLUMNS < 62)
    found = patch_at(IMAGE, (60, 61), LOOKS, 300, within)  # at its side
    whole = np.zeros(CLAST.shape, bool)
    whole[found.box] = found.mask
    depth = ndimage.distance_transform_edt(whole)
    assert depth[60, 61] == 1
    assert depth[found.place] == depth.max() > 4


def test_a_patch_of_a_place_that_lies_in_nothing_is_the_place(said):
    found = patch_at(IMAGE, (60, 56), LOOKS, 300, np.zeros(CLAST.shape, bool))
    assert found.box == (slice(60, 61), slice(56, 57))
    assert found.mask.all()
