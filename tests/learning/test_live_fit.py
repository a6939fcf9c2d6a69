"""Models that learn again after each stroke are those that a fresh fit makes."""

from __future__ import annotations

import numpy as np
import pytest

import corewidgets as cw
from corewidgets.features.color import Lab
from corewidgets.features.sources import Averaged
from corewidgets.learning.linear import Linear
from corewidgets.learning.live_fit import LiveFit, is_live

COLOR = (Lab(), Averaged(Lab(), 2.0), Averaged(Lab(), 6.0))
RECIPE = cw.PRESETS["recommended"].patched(
    regularizer=None,
    transposed=False,
    max_training_pixels=150,
    averages=0.5,
    temperature="labels",
    relights=False,
    self_trains=False,
)
CHEAP = RECIPE.patched(features=COLOR)
SHAPE = (72, 64)


@pytest.fixture(scope="module")
def section():
    rng = np.random.default_rng(1)
    colors = rng.integers(40, 220, (9, 8, 3)).repeat(8, axis=0).repeat(8, axis=1)
    image = np.clip(colors + rng.normal(0, 12, (*SHAPE, 3)), 0, 255).astype(np.uint8)
    return cw.CoreSection(image)


def hand(rng, n_strokes, n_classes):
    """Yield labels after strokes, undos and changes of a class."""
    labels, earlier = np.zeros(SHAPE, np.uint8), []
    labels[:4, :4], labels[-4:, -4:] = 1, 2
    for _ in range(n_strokes):
        what = rng.choice(["stroke", "undo", "class", "erase"], p=[0.55, 0.25, 0.1, 0.1])
        if what == "undo" and earlier:
            labels = earlier.pop()
        else:
            earlier = [*earlier[-5:], labels]
            row, column = rng.integers(0, SHAPE[0] - 9), rng.integers(0, SHAPE[1] - 9)
            labels = labels.copy()
            part = labels[row : row + 9, column : column + 5]
            code = rng.integers(1, n_classes + 1)
            if what == "stroke":
                part[:] = code
            elif what == "class":
                part[part > 0] = code
            else:
                part[:] = 0
        if len(np.unique(labels)) > 2 and np.count_nonzero(labels) > n_classes:
            yield labels


def assert_same(found, wanted):
    assert np.array_equal(found.classes_, wanted.classes_)
    assert found.training_summary_ == wanted.training_summary_
    assert found.temperature_ == wanted.temperature_
    ours, theirs = (Linear.of(model.classifier_) for model in (found, wanted))
    for name in ("weights", "offset"):
        one, other = (getattr(linear, name).astype(np.float64) for linear in (ours, theirs))
        if one.shape[-1] == 2:  # of two classes the difference decides
            one, other = np.diff(one), np.diff(other)
        assert np.abs(one - other).max() <= 1e-6 * np.abs(other).max(), name


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0, "mean", "color"])
@pytest.mark.parametrize("n_classes", [2, 4])
def test_after_strokes_undos_and_class_changes_it_is_a_fresh_fit(section, share, n_classes):
    recipe = CHEAP.patched(averages=share)
    live, rng = LiveFit(), np.random.default_rng(n_classes)
    n_fits = 0
    for labels in hand(rng, 1000 if (share, n_classes) == (0.5, 4) else 40, n_classes):
        draw = live.draw([section], [labels], recipe)
        found = live.fit(draw)
        n_fits += 1
        if n_fits % 100 == 20:
            assert_same(found, cw.PixelClassifier(preset=recipe).fit(section, labels))
    assert n_fits > 30
    assert_same(found, cw.PixelClassifier(preset=recipe).fit(section, labels))


def test_the_map_is_that_of_a_fresh_fit_and_the_model_is_saved(section, tmp_path):
    first, *_, labels = hand(np.random.default_rng(6), 30, 3)
    live = LiveFit()
    live.fit(live.draw([section], [first], CHEAP))
    found = live.fit(live.draw([section], [labels], CHEAP))
    wanted = cw.PixelClassifier(preset=CHEAP).fit(section, labels)
    same = [model.predict_proba(section) for model in (found, wanted)]
    assert np.abs(same[0] - same[1]).max() < 1e-3
    cw.save_model(tmp_path / "live.cwmodel", found)
    read = cw.load_model(tmp_path / "live.cwmodel")
    assert np.array_equal(read.predict(section), found.predict(section))
    rows, columns = np.nonzero(labels)
    features = found.features_at(section, rows, columns)
    fast = found.predict_proba_at(section, rows, columns)
    assert (found.classifier_.predict(features) == found.classes_[fast.argmax(axis=1)]).mean() > 0.999


def test_several_photographs_are_learned_from_and_one_that_changes_begins_anew(section):
    other = cw.CoreSection(section.image[::-1, ::-1].copy())
    first, *_, second = hand(np.random.default_rng(5), 30, 3)
    live = LiveFit()
    live.fit(live.draw([section, other], [first, second], CHEAP))
    found = live.fit(live.draw([section, other], [second, first], CHEAP))
    fresh = cw.PixelClassifier(preset=CHEAP).fit([section, other], [second, first])
    assert_same(found, fresh)
    again = live.fit(live.draw([other, section], [first, second], CHEAP))
    assert_same(again, cw.PixelClassifier(preset=CHEAP).fit([other, section], [first, second]))


def test_only_pixels_that_came_are_looked_at(section, monkeypatch):
    *_, labels = hand(np.random.default_rng(2), 30, 3)
    live = LiveFit()
    draw = live.draw([section], [labels], CHEAP)
    assert sum(len(rows) for rows, _ in live.new_pixels(draw)) == len(draw.places)
    live.fit(draw)
    changed = np.where(labels == 1, 2, labels).astype(np.uint8)
    draw = live.draw([section], [changed], CHEAP)
    ((rows, columns),) = live.new_pixels(draw)
    assert 0 < len(rows) < len(draw.places) / 2  # a class has more pixels now; those known are not looked at
    looked = []
    at = type(draw.model._activations(section)).at
    monkeypatch.setattr(
        type(draw.model._activations(section)), "at",
        lambda self, *pixels: looked.append(np.stack(pixels)) or at(self, *pixels),
    )  # fmt: skip
    live.fit(draw)
    np.testing.assert_array_equal(np.concatenate(looked, axis=1), np.stack([rows, columns]))


def test_an_interrupt_leaves_the_sums_as_they_are(section, monkeypatch):
    live = LiveFit()
    first, *_, last = hand(np.random.default_rng(3), 30, 3)
    draw = live.draw([section], [first], CHEAP)
    live.fit(draw)

    def interrupted(*_):
        raise InterruptedError

    draw = live.draw([section], [last], CHEAP)
    with monkeypatch.context() as patch:
        patch.setattr(type(draw.model._activations(section)), "at", interrupted)
        with pytest.raises(InterruptedError):
            live.fit(draw)
    assert_same(live.fit(draw), cw.PixelClassifier(preset=CHEAP).fit(section, last))


@pytest.mark.parametrize(
    "changes",
    [
        {"classifier": "extra_trees"},
        {"transposed": True},
        {"relights": True},
        {"self_trains": True},
        {"regularizer": cw.Regularizer(), "temperature": "labels"},
        {"averages": "held out"},
        {"temperature": "held out"},
    ],
)
def test_what_sums_do_not_tell_is_fitted_anew(changes):
    assert is_live(RECIPE)
    assert not is_live(RECIPE.patched(**changes))
