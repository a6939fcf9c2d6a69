from __future__ import annotations

import json
import re
import threading
from dataclasses import replace

import numpy as np
import pytest

from corewidgets.features.activations import Activations
from corewidgets.features.cache import cache
from corewidgets.features.network import VggLayer
from corewidgets.features.sources import Averaged
from corewidgets.labels.legend import Legend
from corewidgets.learning.classifier import PixelClassifier
from corewidgets.learning.presets import PRESETS
from corewidgets.scoring.settings import Settings
from corewidgets.widgets import Labeler, training
from corewidgets.widgets.trainer import Trainer
from corewidgets.widgets.training import Mapped, Progress, Scored, Trained, Training

from .conftest import Hand

PLAIN = {"smoothing": (), "lab": False, "lab_smoothing": ()}
RECIPE = PRESETS["recommended"].patched(**PLAIN, n_trees=5, max_training_pixels=300, classifier="extra_trees")
SMALL = Settings(RECIPE, n_splits=2)
PATIENCE = 120.0


@pytest.fixture
def trainer(sample):
    return Trainer(sample.section, sample.labels, sample.legend, settings=SMALL)


@pytest.fixture
def labeler(sample):
    return Labeler(sample.section, legend=sample.legend, labels=sample.labels, autosave=False)


class Log(list):
    """Events of a training, and its errors."""

    def of(self, kind):
        return [event for event in self if isinstance(event, kind)]


# --- settings


def test_settings_say_what_cannot_be():
    with pytest.raises(ValueError, match=r"hold_out is 'hope'; choose from 'regions', 'depth'\."):
        Settings(hold_out="hope")
    with pytest.raises(ValueError, match=r"n_splits must be 2 or more, but is 1\."):
        Settings(n_splits=1)
    with pytest.raises(
        ValueError, match=r"share is the part of the pixels to hold out, between 0 and 1, but is 1"
    ):
        Settings(share=1.0)


@pytest.mark.parametrize("settings", [Settings(), SMALL, *map(Settings, PRESETS.values())])
def test_settings_survive_as_plain_values(settings):
    assert Settings.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings


def test_settings_of_version_0_1_mean_what_they_meant():
    old = {
        "layers": ["pool1"], "smoothing": [], "lab": False, "lab_smoothing": [], "forest": "extra",
        "n_trees": 50, "regularize": False, "turned": False, "max_training_pixels": 8000, "score": True,
        "hold_out": "depth", "n_splits": 3, "share": 0.1, "random_state": 7,
    }  # fmt: skip
    found = Settings.from_dict(old)
    assert found == Settings(PRESETS["quick"], True, "depth", 3, 0.1, 7)
    assert Settings.from_dict({"forest": None}) == Settings(PRESETS["recommended-0.1"])


def test_neighbors_that_are_switched_off_and_on_again_are_the_preset_again(trainer):
    trainer.settings = Settings()
    for value in (False, True):
        trainer.settings_panel._regularize.value = value
    assert trainer.settings == Settings()


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_chosen_in_the_panel_is_the_preset(trainer, name):
    for first in PRESETS:
        trainer.settings = Settings(PRESETS[first])
        trainer.settings_panel._preset.value = name
        assert trainer.settings.recipe == PRESETS[name]
        assert trainer.settings.model().recipe == PixelClassifier(preset=name).recipe


def test_the_panel_keeps_a_source_that_it_does_not_show(trainer):
    recipe = PRESETS["quick"].patched(features=(*PRESETS["quick"].features, Averaged(VggLayer("pool3"), 5.0)))
    trainer.settings = Settings(recipe)
    trainer.settings_panel._lab.value = True
    names = [source.name for source in trainer.settings.recipe.features]
    assert set(names) >= {"pool1", "pool3~5", "lab"}


# --- training without widgets


def test_training_tells_what_it_finds_in_order(sample):
    log, errors, changes = Log(), [], []
    training = Training(sample.section, log.append, errors.append, changes.append)
    training.train(sample.labels, SMALL, sample.legend)
    assert training.busy
    assert training.wait(PATIENCE)
    assert errors == []
    assert changes == [True, False]
    kinds = [type(event) for event in log if not isinstance(event, Progress)]
    assert (kinds[0], kinds[-1]) == (Trained, Scored)
    assert set(kinds[1:-1]) == {Mapped}
    shares = [event.share for event in log.of(Progress)]
    assert shares == sorted(shares)
    assert 0 <= shares[0] < shares[-1] <= 1
    model, maps = log.of(Trained)[0].model, log.of(Mapped)[-1].maps
    assert maps.complete
    assert np.array_equal(maps.segmentation, model.predict(sample.section))
    assert set(log.of(Scored)[0].evaluation) == {"regions", "random"}


def test_live_training_is_small_and_without_a_score(sample):
    log, errors = Log(), []
    training = Training(sample.section, log.append, errors.append)
    training.follow(sample.labels, Settings(RECIPE.patched(n_trees=500, max_training_pixels=10**6)), delay=0)
    assert training.wait(PATIENCE)
    assert errors == []
    (trained,) = log.of(Trained)
    assert trained.live
    assert len(trained.model.classifier_.estimators_) <= 50
    assert trained.model.training_summary_["n_training_pixels"] <= 4000
    assert log.of(Mapped)[-1].maps.complete
    assert not log.of(Scored)


@pytest.mark.usefixtures("two_cores")
def test_live_training_shows_the_view_before_the_rest(sample):
    log = Log()
    view = (slice(400, 480), slice(0, 160))
    training = Training(sample.section, log.append, log.append, view=lambda: view)
    share = training._share
    training._share = lambda ticket, maps: share(  # maps that are not complete show what is written
        ticket, replace(maps, segmentation=maps.segmentation.copy())
    )
    training.follow(sample.labels, SMALL, delay=0)
    assert training.wait(PATIENCE)
    shown = [event.maps for event in log.of(Mapped)]
    first = next(
        maps for maps in shown if np.array_equal(maps.segmentation[view], shown[-1].segmentation[view])
    )
    assert not first.complete
    assert not first.segmentation[:64].any()


def test_newer_labels_supersede_older_ones(sample):
    log = Log()
    training = Training(sample.section, log.append, log.append)
    for code in (1, 2, 3):
        labels = sample.labels.copy()
        labels[labels == code] = 0
        training.follow(labels, SMALL, delay=0 if code == 3 else 3600)
    assert training.wait(PATIENCE)
    assert len(log.of(Trained)) == 1
    assert 3 not in log.of(Trained)[0].model.classes_


@pytest.mark.parametrize(("spare", "again"), [(2**30, False), (0, True)])
def test_the_next_stroke_computes_no_tile_again_where_there_is_memory_for_all(
    sample, monkeypatch, spare, again
):
    computed = []
    compute = Activations._compute

    def counted(self, group, tile):
        computed.append(tile)
        return compute(self, group, tile)

    monkeypatch.setattr(Activations, "_compute", counted)
    monkeypatch.setattr("corewidgets.features.cache.free_bytes", lambda: 4 * spare)
    monkeypatch.setattr(cache, "max_bytes", 2**22)  # less than one pass needs
    cache.clear()
    training = Training(sample.section, lambda _: None, lambda _: None)
    training.follow(sample.labels, SMALL, delay=0)
    assert training.wait(PATIENCE)
    first = len(computed)
    assert first > 1
    labels = sample.labels.copy()
    labels[labels.shape[0] // 2] = 1  # a stroke across
    training.follow(labels, SMALL, delay=0)
    assert training.wait(PATIENCE)
    assert (len(computed) > first) is again
    cache.clear()


def test_labels_are_those_of_the_moment(sample):
    log = Log()
    training = Training(sample.section, log.append, log.append)
    labels = sample.labels.copy()
    training.follow(labels, SMALL, delay=0.1)
    labels[:] = 0
    assert training.wait(PATIENCE)
    assert len(log.of(Trained)) == 1


def test_a_stopped_training_tells_nothing_any_more(sample, monkeypatch):
    began, go_on = threading.Event(), threading.Event()
    fit = PixelClassifier.fit

    def slow(self, section, labels):
        began.set()
        go_on.wait(PATIENCE)
        return fit(self, section, labels)

    monkeypatch.setattr(PixelClassifier, "fit", slow)
    log = Log()
    training = Training(sample.section, log.append, log.append)
    training.train(sample.labels, SMALL)
    assert began.wait(PATIENCE)
    training.stop()
    go_on.set()
    assert training.wait(PATIENCE)
    assert not training.busy
    assert log == []  # what was on its way is not delivered either


def test_without_two_classes_only_the_features_are_computed(sample):
    log = Log()
    training = Training(sample.section, log.append, log.append)
    training.follow(np.zeros(sample.section.shape, np.uint8), SMALL, delay=0)
    assert training.wait(PATIENCE)
    assert {type(event) for event in log} == {Progress}


def test_the_first_strokes_do_not_wait_for_what_nobody_sees(sample, monkeypatch):
    done, began, go_on = [], threading.Event(), threading.Event()
    compute, fit = Activations._compute, PixelClassifier.fit

    def counted(self, group, tile):
        done.append(tile.row)
        began.set()
        assert go_on.wait(PATIENCE)
        return compute(self, group, tile)

    monkeypatch.setattr(Activations, "_compute", counted)
    monkeypatch.setattr(PixelClassifier, "fit", lambda *given: done.append("fit") or fit(*given))
    cache.clear()
    errors = []
    training = Training(
        sample.section, lambda _: None, errors.append, view=lambda: (slice(0, 60), slice(0, 160))
    )
    labels = np.zeros(sample.section.shape, np.uint8)
    training.follow(labels.copy(), SMALL)
    assert began.wait(PATIENCE)
    labels[4:12, 4:60], labels[30:40, 4:60] = 1, 2
    training.follow(labels, SMALL)
    go_on.set()
    assert training.wait(PATIENCE)
    assert errors == []
    assert done[: done.index("fit")] == [0]  # the tile in view that was begun
    assert {128, 256, 384} <= set(done)
    cache.clear()


def test_errors_in_the_thread_are_told(sample, monkeypatch):
    def broken(*_):
        raise MemoryError("no room")

    monkeypatch.setattr(PixelClassifier, "fit", broken)
    errors = []
    training = Training(sample.section, lambda _: None, errors.append)
    training.train(sample.labels, SMALL)
    assert training.wait(PATIENCE)
    assert [str(error) for error in errors] == ["no room"]


# --- the widget


def test_training_fills_the_traits_and_the_report(trainer, sample):
    seen = []
    trainer.observe(
        lambda change: seen.append(change["name"]), ["model", "segmentation", "evaluation", "busy"]
    )
    trainer._train.click()
    assert trainer.busy
    assert not trainer._stop.disabled
    assert trainer.wait(PATIENCE)
    assert seen == ["busy", "model", "segmentation", "evaluation", "busy"]
    assert np.array_equal(trainer.segmentation, trainer.model.predict(sample.section))
    assert trainer.maps.model is trainer.model
    assert trainer._stop.disabled
    strict, random = trainer.evaluation["regions"], trainer.evaluation["random"]
    text = trainer._results.scores.value
    assert text.index("Whole regions held out") < text.index("Random pixels held out")
    assert f"{strict.weighted_f1:.2f}" in text
    assert f"{random.weighted_f1:.2f}" in text
    for name in strict.classes:
        assert name in text
        assert name in trainer._results.confusion.value
    assert "pool1" in trainer._results.importances.value
    assert "5 trees from" in trainer._status.value
    assert re.search(r"; map after \d+\.\d s, scores after \d+\.\d s\.", trainer._status.value)


def test_too_few_classes_are_shown_with_what_to_do(trainer, sample, shown_errors):
    trainer.labels = np.zeros(sample.section.shape, np.uint8)
    trainer._train.click()
    assert not trainer.busy
    assert (
        "There is nothing to learn from: every pixel is unlabelled. Paint at least two"
        in trainer.messages.text
    )
    trainer.labels = np.full(sample.section.shape, 2, np.uint8)
    trainer._train.click()
    assert (
        f"Only one class is labelled, &#39;{sample.legend.name(2)}&#39;. Paint a second"
        in trainer.messages.text
    )
    assert len(shown_errors) == 2
    shown_errors.clear()
    trainer.labels = trainer.labels * 0
    with pytest.raises(ValueError, match="nothing to learn from"):
        trainer.train()


def test_errors_of_the_thread_are_shown(trainer, monkeypatch, shown_errors):
    def broken(*_):
        raise RuntimeError("the forest burnt")

    monkeypatch.setattr(PixelClassifier, "fit", broken)
    trainer.train()
    assert trainer.wait(PATIENCE)
    assert "RuntimeError: the forest burnt" in trainer.messages.text
    assert not trainer.busy
    shown_errors.clear()


def test_stop_ends_the_live_mode_too(trainer):
    trainer.live = True
    assert trainer.busy
    trainer._stop.click()
    assert not trainer.live
    assert trainer.wait(PATIENCE)
    assert trainer.maps is None
    assert "Stopped." in trainer._status.value


def test_a_stroke_moves_the_map_in_live_mode(labeler):
    labels = np.zeros(labeler.section.shape, np.uint8)
    labels[300:330, 40:100], labels[400:430, 40:100] = 1, 2
    labeler.labels = labels
    trainer = Trainer(labeler, settings=SMALL)
    assert trainer.stage is labeler.stage
    trainer.live = True
    assert trainer.wait(PATIENCE)
    first = trainer.maps
    assert first.complete
    assert labeler.stage._sources["overlay"][0] is first.segmentation
    labeler.selected_class = labeler.legend.name(3)
    Hand(labeler.stage).stroke("paint", (100, 80), (140, 80), size=60)
    assert np.array_equal(trainer.labels, labeler.labels)
    assert trainer.busy
    assert trainer.wait(PATIENCE)
    assert trainer.maps is not first
    assert (trainer.maps.segmentation[90:150, 60:100] == 3).mean() > 0.5
    assert trainer.evaluation is None
    assert "Live:" in trainer._status.value


@pytest.mark.parametrize(("quiet", "tells"), [(3600.0, False), (0.0, True)])
def test_a_refit_that_is_soon_over_does_not_say_how_far_it_is(labeler, monkeypatch, quiet, tells):
    monkeypatch.setattr(training, "_QUIET", quiet)
    labels = np.zeros(labeler.section.shape, np.uint8)
    labels[300:330, 40:100], labels[400:430, 40:100] = 1, 2
    labeler.labels = labels
    trainer, shown = Trainer(labeler), []
    trainer._bar.layout.observe(lambda change: shown.append(change["new"]), "visibility")
    trainer.live = True
    assert not trainer._stop.disabled
    assert trainer.wait(PATIENCE)
    assert trainer.maps.complete
    assert shown == (["visible", "hidden"] if tells else [])
    assert "Live:" in trainer._status.value
    assert not trainer._stop.disabled  # it ends the live mode
    trainer.stop()
    assert trainer._stop.disabled


def test_live_mode_waits_for_a_second_class(labeler):
    labeler.labels = np.zeros(labeler.section.shape, np.uint8)
    trainer = Trainer(labeler, settings=SMALL)
    trainer.live = True
    assert trainer.wait(PATIENCE)
    assert "paint at least two classes, and the map follows" in trainer._status.value
    Hand(labeler.stage).stroke("paint", (100, 80), size=20)
    labeler.selected_class = labeler.legend.name(2)
    Hand(labeler.stage).stroke("paint", (300, 80), size=20)
    assert trainer.wait(PATIENCE)
    assert set(np.unique(trainer.segmentation)) == {1, 2}


def test_the_map_on_the_stage_follows_legend_opacity_and_button(labeler):
    trainer = Trainer(labeler, settings=replace(SMALL, score=False))
    trainer.train()
    assert trainer.wait(PATIENCE)
    labeler.legend = labeler.legend.recolor(labeler.legend.name(1), "#010203")
    assert labeler.stage._sources["overlay"][1][1].tolist() == [1, 2, 3, 255]
    trainer._opacity.value = 0.25
    assert labeler.stage.overlay_opacity == 0.25
    trainer._map_shown.value = False
    assert labeler.stage._sources["overlay"] is None


def test_scores_of_older_labels_are_marked(trainer):
    trainer.train()
    assert trainer.wait(PATIENCE)
    assert trainer._results.outdated.layout.display == "none"
    before = trainer.labels
    labels = before.copy()
    labels[:20] = 1
    trainer.labels = labels
    assert trainer._results.outdated.layout.display == ""
    trainer.labels = before
    assert trainer._results.outdated.layout.display == "none"


def test_impossible_scores_are_explained(trainer, sample):
    labels = np.zeros(sample.section.shape, np.uint8)
    labels[10:30, 10:60], labels[200:230, 10:60] = 1, 2  # a single region each
    trainer.labels = labels
    trainer.train()
    assert trainer.wait(PATIENCE)
    told = trainer._results.scores.value
    assert "Not computed. Every class has a single region; label a second region" in told


def test_the_panel_and_the_settings_are_one(trainer, shown_errors):
    panel = trainer.settings_panel
    panel._layers["conv1_1"].value = True
    assert trainer.settings.recipe.hypercolumns.layers == ("conv1_1", "pool1", "pool2")
    assert panel._preset.value == "Your own"
    panel._preset.value = "recommended"
    assert trainer.settings.recipe.hypercolumns.smoothing == (8.0,)
    assert trainer.settings.n_splits == SMALL.n_splits
    assert "396 features per pixel" in panel._size.value
    panel._smoothing.value = "4; 16"
    assert trainer.settings.recipe.hypercolumns.smoothing == (4.0, 16.0)
    trainer.settings = Settings(trainer.settings.recipe.patched(n_trees=33), share=0.1)
    assert (panel._trees.value, panel._share.value) == (33, 10.0)
    panel._smoothing.value = "a lot"
    assert (
        "Smoothing takes numbers of pixels separated by commas, such as 8 or 4, 16, but got"
        in trainer.messages.text
    )
    assert panel._smoothing.value == "4, 16"
    shown_errors.clear()


def test_the_last_layer_cannot_be_taken_away(trainer, shown_errors):
    panel = trainer.settings_panel
    panel._layers["pool1"].value = False
    panel._layers["pool2"].value = False
    assert trainer.settings.recipe.hypercolumns.layers == ("pool2",)
    assert panel._layers["pool2"].value
    assert "There is nothing to compute: name at least one layer" in str(shown_errors.pop())


def test_wrong_arguments(sample, labeler):
    with pytest.raises(ValueError, match="A labeler brings its own labels and legend"):
        Trainer(labeler, sample.labels)
    with pytest.raises(ValueError, match="labels have shape"):
        Trainer(sample.section, np.zeros((3, 3), np.uint8))


def test_without_a_legend_classes_are_numbered(sample):
    assert Trainer(sample.section).legend == Legend.of_codes(2)
    assert len(Trainer(sample.section, sample.labels).legend) == sample.labels.max()
