"""The scripted hand: what its gestures label and cost, and a whole run on a tiny core."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import ndimage

import corewidgets as cw
from benchmarks import annotator
from benchmarks.scripted_hand import BUTTON, DECIDE, KEY, POINT, Scene, act_at, judge

ROWS, COLUMNS = np.mgrid[:160, :200]
CLAST = ((ROWS - 80) / 35) ** 2 + ((COLUMNS - 90) / 50) ** 2 <= 1


@pytest.fixture
def scene() -> Scene:
    image = np.where(CLAST[..., None], [150.0, 110.0, 80.0], 90.0)
    image += np.random.default_rng(0).normal(0, 4, image.shape)
    known = np.where(CLAST, 1, 2).astype(np.uint8)
    section = cw.CoreSection(image.clip(0, 255).astype(np.uint8))
    return Scene(section, known, frozenset([1]), np.zeros((80, 100, 0), np.float32))


def act(scene: Scene, tool: str, row: int = 80, column: int = 90):
    return act_at(scene, tool, row, column, np.random.default_rng(0))


def test_a_click_takes_the_whole_clast_in_the_seconds_of_its_operators(scene: Scene) -> None:
    done = act(scene, "click")
    assert (done.mask & CLAST).sum() / (done.mask | CLAST).sum() > 0.9
    assert (done.code, done.gestures) == (1, 1)
    assert done.seconds == pytest.approx(DECIDE + KEY + POINT + 2 * BUTTON)


def test_a_stroke_lies_in_the_clast_and_costs_more_the_longer_it_is(scene: Scene) -> None:
    done = act(scene, "stroke")
    assert not (done.mask & ~CLAST).any()
    assert 20 < done.mask.sum() < 0.3 * CLAST.sum()
    assert DECIDE + KEY + POINT + 2 * BUTTON + 0.9 < done.seconds < 4.2


def test_each_corner_of_a_polygon_is_a_gesture(scene: Scene) -> None:
    done = act(scene, "polygon")
    assert (done.mask & CLAST).sum() / (done.mask | CLAST).sum() > 0.93
    assert 6 < done.gestures < 30
    assert done.seconds == pytest.approx(DECIDE + 2 * KEY + done.gestures * (POINT + 2 * BUTTON))


def test_what_is_no_clast_is_labelled_by_strokes(scene: Scene) -> None:
    for tool in annotator.TOOLS:
        done = act(scene, tool, 20, 20)
        assert done.code == 2
        assert not (done.mask & CLAST).any()
        assert done.gestures == 1


def proposal(mask: np.ndarray, row: int = 80, column: int = 90, width: float = 1.0) -> SimpleNamespace:
    box = slice(0, 160), slice(0, 200)
    return SimpleNamespace(row=row, column=column, box=box, mask=mask, width=width)


@pytest.mark.parametrize(
    ("mask", "code"), [(CLAST, 1), (np.hypot(ROWS - 20, COLUMNS - 20) < 10, 2)], ids=["clast", "groundmass"]
)
def test_a_proposal_is_taken_as_what_it_is(scene: Scene, mask: np.ndarray, code: int) -> None:
    done = judge(scene, proposal(mask))
    np.testing.assert_array_equal(done.mask, mask)
    assert (done.code, done.gestures) == (code, 1)
    assert done.seconds == pytest.approx(DECIDE + KEY)
    assert not scene.refused


def test_a_proposal_that_spills_over_is_resized_by_the_arrow_keys(scene: Scene) -> None:
    done = judge(scene, proposal(ndimage.binary_dilation(CLAST, iterations=9), width=1.3))
    assert (done.mask & CLAST).sum() / (done.mask | CLAST).sum() > 0.85
    assert (done.code, done.gestures) == (1, 2)
    assert 2 * DECIDE + 2 * KEY <= done.seconds <= 2 * DECIDE + 7 * KEY


def test_what_no_width_makes_good_is_refused(scene: Scene) -> None:
    scene.known[:, ::2] = 3  # nothing is of one class
    scene.clasts = frozenset([1, 2, 3])
    done = judge(scene, proposal(CLAST))
    assert (done.mask, done.gestures) == (None, 1)
    assert done.seconds == pytest.approx(DECIDE + KEY)
    assert scene.refused == [(80, 90)]


def test_labels_are_never_painted_over(scene: Scene) -> None:
    scene.labels[:, :90] = 2
    scene.keep(act(scene, "click"))
    assert (scene.labels[:, :90] == 2).all()
    assert (scene.labels == 1).any()


def test_labels_count_in_the_map_and_the_other_half_is_as_it_is_mapped(monkeypatch) -> None:
    truth = np.array([[1, 1, 2, 2]], np.uint8)
    labels, found = np.array([[0, 1, 0, 0]], np.uint8), np.array([[1, 2, 2, 2]], np.uint8)
    monkeypatch.setattr(annotator, "map_section", lambda model, section: SimpleNamespace(segmentation=found))
    section = cw.CoreSection(np.zeros((1, 4, 3), np.uint8))
    task = annotator.Task(section, truth, truth, cw.Legend(["A", "B"]), section, truth)
    score, elsewhere = annotator._scores(task, None, SimpleNamespace(segmentation=found), labels)
    assert score == 1
    assert elsewhere == pytest.approx((2 / 3 + 4 / 5) / 2)


def test_an_aim_is_reached_where_every_run_gets_there() -> None:
    runs = [[annotator.Point(9.0 * n, n, 0.1 * n, 0.0) for n in range(most)] for most in (9, 10)]
    assert annotator._until(runs, 0.75) == (8.0, 72.0)
    assert annotator._until(runs, 0.85) is None


@pytest.mark.slow
def test_every_tool_is_measured_on_a_tiny_core() -> None:
    runs = annotator.curves(annotator._synthetic(1, n_rows=300), budget=45)
    assert set(runs) == set(annotator.TOOLS)
    for points in runs.values():
        assert points[-1].seconds >= 45
        assert all(one.seconds < two.seconds for one, two in pairwise(points))
        assert all(0 < point.score <= 1 and 0 < point.elsewhere <= 1 for point in points)
    assert len(annotator.draw({"core": [runs]}).axes[0].lines) == len(annotator.TOOLS)
