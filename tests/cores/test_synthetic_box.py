"""Made photographs of core boxes, and whether their truth is what they show."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from skimage.draw import polygon2mask

import corewidgets as cw
from corewidgets.cores.registration import register
from corewidgets.cores.synthetic_layout import LAYOUTS

SIZE = 600


@pytest.fixture(scope="module")
def boxes() -> list[cw.BoxSample]:
    return [cw.sample_box(seed, size=SIZE) for seed in (1, 5, 14, 24, 28)]


def test_the_same_seed_makes_the_same_box(boxes):
    again = cw.sample_box(1, size=SIZE)
    np.testing.assert_array_equal(boxes[0].image, again.image)
    assert boxes[0].lanes[0].parts == again.lanes[0].parts
    assert len({box.image.tobytes() for box in boxes}) == len(boxes)
    assert cw.sample_box(1, layout="wood", size=SIZE).layout == "wood"


def test_core_and_its_depths_follow_each_other(boxes):
    for box in boxes:
        core = [lane for lane in box.lanes if not lane.empty]
        assert all(upper.base == lower.top for upper, lower in itertools.pairwise(core))
        assert (core[0].top, core[-1].base) == (box.top, box.base)
        for lane in core:
            length = sum(part.stop - part.start for part in lane.parts if part.kind in ("piece", "rubble"))
            assert lane.base - lane.top == pytest.approx(length / 1000)
            assert (np.diff(lane.depths) >= 0).all()
            assert lane.top <= lane.depths[0] <= lane.depths[-1] <= lane.base


def test_points_on_the_core_lie_in_its_corners_and_these_in_the_channel(boxes):
    for box in boxes:
        shape = box.image.shape[:2]
        for lane in box.lanes:
            core, channel = (polygon2mask(shape, corners) for corners in (lane.corners, lane.channel))
            assert (core & ~channel).sum() <= 0.02 * core.sum()
            if not lane.empty:
                rows, columns = np.rint(lane.points).astype(int).T
                assert core[rows, columns].mean() > 0.98


def test_lanes_do_not_overlap_and_nothing_that_lies_around_is_one(boxes):
    for box in boxes:
        shape = box.image.shape[:2]
        covered = np.zeros(shape, int)
        for lane in box.lanes:
            covered += polygon2mask(shape, lane.channel)
        assert covered.max() == 1
        for corners in box.furniture:
            around = polygon2mask(shape, corners)
            assert around.any()
            assert not (around & (covered > 0)).any()


def test_ultraviolet_shows_the_same_box_a_little_off():
    box = cw.sample_box(1, layout="foam", size=SIZE, ultraviolet=True)
    assert box.second is not None
    assert box.second.shape == box.image.shape
    assert box.second.mean() < 0.6 * box.image.mean()
    shift = register(box.image, box.second)
    assert (shift.rows, shift.columns) == pytest.approx((-box.shift[0], -box.shift[1]), abs=0.5)


def test_some_boxes_stand_are_read_to_and_fro_have_empty_lanes_or_lie_beside_another(boxes):
    assert {box.layout for box in boxes} == set(LAYOUTS)
    assert {box.rotation for box in boxes} == {0, 90}
    assert any(lane.empty for box in boxes for lane in box.lanes)
    assert any(box.lanes[-1].box == 1 for box in boxes)
    back = next(box for box in boxes if box.boustrophedon)
    along = [np.diff(lane.points[[0, -1]], axis=0)[0] for lane in back.lanes[:2]]
    assert np.dot(*along) < 0


def test_what_cannot_be_made_is_refused():
    with pytest.raises(ValueError, match=r"There is no layout 'tin'; choose one of wood, foam"):
        cw.sample_box(layout="tin")
    with pytest.raises(ValueError, match="needs a size of 600 pixels or more, but it is 90"):
        cw.sample_box(size=90)
