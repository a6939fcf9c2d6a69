"""What the accuracy benchmark asks: made photographs whose truth is right, strokes within their class."""

from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

from benchmarks.accuracy.__main__ import draw, score
from benchmarks.accuracy.figures import draw_scores
from benchmarks.accuracy.methods import METHODS
from benchmarks.accuracy.pictures import LIGHTS, SCENES, SHAPE, Camera, photograph
from benchmarks.accuracy.standing import standings, table
from benchmarks.accuracy.strokes import LEVELS, draw_strokes
from benchmarks.accuracy.trials import other_light, strokes_on

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=[pytest.mark.slow] * (kind == "bioturbated")) for kind in SCENES]
)
def test_a_made_photograph_has_all_its_classes_and_comes_again_with_its_seed(kind):
    made = [photograph(SCENES[kind](rng), Camera(), rng) for rng in map(np.random.default_rng, (3, 3, 4))]
    images, truth = made[0]
    assert truth.shape == SHAPE
    assert images[0].shape == (*SHAPE, 3)
    assert len(images) == (2 if kind == "microscope" else 1)
    shares = np.bincount(truth.ravel())[1:] / truth.size
    assert len(shares) in (4, 5)
    assert shares.min() > 0.005
    np.testing.assert_array_equal(images[0], made[1][0][0])
    assert (images[0] != made[2][0][0]).any()


@pytest.mark.parametrize(("kind", "code"), [("gravel", 5), ("crystalline", 5)])
def test_boundaries_and_veins_are_a_few_pixels_wide(kind, code):
    _, truth = SCENES[kind](np.random.default_rng(0))
    depth = distance_transform_edt(truth == code)
    assert np.quantile(depth[depth > 0], 0.95) <= 5
    others = distance_transform_edt(truth != code)
    assert others.max() > 6


@pytest.mark.parametrize("level", LEVELS)
def test_strokes_stay_in_their_class_and_grow_with_the_level(level):
    _, truth = SCENES["laminated"](np.random.default_rng(1))
    labels = draw_strokes(truth, level, np.random.default_rng(2))
    assert (labels[labels > 0] == truth[labels > 0]).all()
    counts = np.bincount(labels.ravel(), minlength=5)[1:]
    if level == "tiny":
        assert counts.tolist() == [20] * 4
    elif level == "all":
        assert abs((labels > 0).mean() - 1 / 3) < 0.01
    else:
        assert (counts >= 20).all()  # strokes may cross
        assert counts.sum() >= 80 * int(level) * 0.9
        assert counts.max() < 400 * int(level)


def test_another_light_changes_the_photograph_and_not_the_rock():
    trials = list(other_light("gravel", 0))
    assert [trial.level for trial in trials] == list(LIGHTS)
    same, warm = (next(t for t in trials if t.level == level) for level in ("same", "red up"))
    np.testing.assert_array_equal(same.truth, warm.truth)
    gain = warm.shown.images[0].mean(axis=(0, 1)) / same.shown.images[0].mean(axis=(0, 1))
    np.testing.assert_allclose(gain, (1.15, 1.0, 1.0), atol=0.01)
    smaller = next(t for t in trials if t.level == "smaller")
    assert smaller.truth.shape == smaller.shown.images[0].shape[:2] == (225, 300)
    assert len(same.learned) == 2
    assert not same.shown.labels.any()


def test_pixels_are_drawn_of_every_photograph_and_are_labelled_there():
    trial = next(t for t in other_light("laminated", 1))
    labels = [picture.labels for picture in trial.learned]
    pixels = draw(labels, 400, 0)
    assert sum(map(len, pixels)) == 400
    for part, chosen in zip(labels, pixels, strict=True):
        assert len(chosen) > 100
        assert part.ravel()[chosen].all()


def test_nothing_that_was_labelled_is_scored():
    for trial in strokes_on("bioturbated", 0):
        assert not ((trial.truth > 0) & (trial.shown.labels > 0)).any()


def test_the_surest_half_is_scored_apart():
    part = {
        "truth": np.tile([1, 1, 2, 2], 5),
        "said": np.tile([1, 1, 1, 2], 5),
        "confidence": np.tile([0.9, 0.8, 0.6, 0.7], 5),
        **dict.fromkeys(("boundary F1", "features s", "fit s", "segment s"), 0.0),
    }
    row = score([part])
    assert row["surest half"] == 0
    assert row["error"] == 0.25


def test_the_figure_of_the_scores_has_every_method_of_the_table():
    document = (Path(__file__).parents[1] / "docs" / "accuracy.md").read_text()
    (axes,) = draw_scores(document).axes
    shown = [label.get_text() for label in axes.get_yticklabels()]
    assert set(shown) == set(METHODS) - {"ours-trees"}
    assert shown[-1] == "ours"


def test_the_default_stands_before_or_behind_others_on_the_seeds_of_both():
    scores = {"ours": [0.80, 0.70], "published": [0.83, 0.73], "filters": [0.70, 0.64], "convpaint": [0.795]}
    rows = [
        {
            "trial": "gravel",
            "level": "tiny",
            "method": method,
            "seed": seed,
            "macro F1": score,
            "calibration": 0.1,
        }
        for method, of_seeds in scores.items()
        for seed, score in enumerate(of_seeds)
    ]
    (found,) = standings(rows)
    assert found.behind == pytest.approx(0.03)
    assert found.leads  # by 0.08 and 0.02 over filters, by 0.005 over convpaint on the seed of both
    assert found.calibration == pytest.approx(0.1)
    assert table([found]).splitlines()[-1] == (
        "| gravel, a stroke of 20 pixels | 0.78 | 0.75 | 0.67 | **0.80** | 0.10 |"
    )
    rows[-1]["macro F1"] = 0.9
    assert not standings(rows)[0].leads
    assert standings([row for row in rows if row["method"] != "ours"]) == []
