from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier

import corewidgets as cw
from corewidgets.features.hypercolumns import Hypercolumns
from corewidgets.figures.pattern_pixels import with_patterns
from corewidgets.labels.legend import Legend
from corewidgets.learning.classifier import PixelClassifier
from corewidgets.learning.light import Light
from corewidgets.learning.maps import Maps, class_palette, outlines
from corewidgets.widgets import Labeler
from corewidgets.widgets.overlay import Overlay
from corewidgets.widgets.trainer import Settings, Trainer

from .conftest import Hand

PATIENCE = 120.0


@pytest.fixture(scope="module")
def model(sample):
    forest = ExtraTreesClassifier(10, n_jobs=1, random_state=0)
    return PixelClassifier(Hypercolumns(), forest, max_training_pixels=400).fit(sample.section, sample.labels)


@pytest.fixture(scope="module")
def maps(sample, model):
    """Return the maps of the model."""
    overlay = Overlay(sample.section, model, legend=sample.legend)
    assert overlay.wait(PATIENCE)
    return overlay.maps


@pytest.fixture
def overlay(sample, maps):
    return Overlay(sample.section, maps, legend=sample.legend, labels=sample.labels)


def drawn(overlay):
    """Return codes and colors of what lies over the photograph."""
    return overlay.stage._sources["overlay"]


# --- what is given


def test_a_segmentation_is_shown_in_the_colors_of_the_legend(sample):
    overlay = Overlay(sample.section, sample.truth, legend=sample.legend)
    codes, palette = drawn(overlay)
    assert np.array_equal(codes, sample.truth)
    assert np.array_equal(palette[:, :3], sample.legend.rgb())
    assert palette[:, 3].tolist() == [0] + [255] * len(sample.legend)
    share = (sample.truth == 1).mean()
    assert f"{share:.1%}" in overlay._side.classes.rows[0].share.value


def test_a_model_is_mapped_in_the_background(sample, model):
    overlay = Overlay(sample.section, model, legend=sample.legend)
    assert overlay.busy
    assert overlay.wait(PATIENCE)
    assert not overlay.busy
    assert np.array_equal(overlay.segmentation, model.predict(sample.section))
    assert drawn(overlay)[0] is overlay.segmentation
    assert overlay.maps.model is model


def test_another_model_or_segmentation_can_be_set(sample, model, maps, overlay):
    overlay.segmentation = sample.truth
    assert overlay.maps.uncertainty is None
    assert np.array_equal(drawn(overlay)[0], sample.truth)
    overlay.model = PixelClassifier(Hypercolumns(), model.classifier, max_training_pixels=300).fit(
        sample.section, sample.labels
    )
    assert overlay.wait(PATIENCE)
    assert overlay.maps.model is overlay.model
    assert overlay.maps.uncertainty is not None


def test_the_maps_of_a_trainer_are_followed(sample):
    labeler = Labeler(sample.section, legend=sample.legend, labels=sample.labels, autosave=False)
    settings = Settings(cw.PRESETS["quick"].patched(layers=("pool1", "pool2"), n_trees=5), score=False)
    trainer = Trainer(labeler, settings=settings)
    overlay = Overlay(sample.section, trainer)
    assert overlay.legend == labeler.legend
    assert drawn(overlay) is None
    trainer.train()
    assert trainer.wait(PATIENCE)
    assert overlay.maps is trainer.maps
    assert not overlay.busy  # it is not computed twice
    labeler.stage.show(300, 40, scale=5)
    assert (overlay.stage.viewport.row, overlay.stage.viewport.scale) == pytest.approx((300, 5), abs=0.5)
    Hand(labeler.stage).stroke("paint", (50, 40))
    assert np.array_equal(overlay.labels, labeler.labels)
    labeler.legend = labeler.legend.add("Late")
    assert overlay._side.classes.rows[-1].name.description == "Late"


def test_what_cannot_be_shown_is_refused(sample):
    with pytest.raises(
        ValueError, match=r"The segmentation holds code 10, but the legend ends with code 2 \(B\); give the"
    ):
        Overlay(sample.section, sample.truth, legend=Legend(["A", "B"]))
    with pytest.raises(ValueError, match=r"The model is not fitted; call model\.fit"):
        Overlay(sample.section, PixelClassifier())
    with pytest.raises(TypeError, match=r"a PixelClassifier or a Trainer, but got str\."):
        Overlay(sample.section, "map.png")
    with pytest.raises(ValueError, match="have shape"):
        Overlay(sample.section, np.ones((4, 4), np.uint8))
    with pytest.raises(ValueError, match="have shape"):
        Overlay(sample.section, sample.truth, labels=np.ones((4, 4), np.uint8))


def test_errors_of_the_thread_are_shown(sample, model, shown_errors, monkeypatch):
    monkeypatch.setattr("corewidgets.widgets.overlay.map_section", lambda *_, **__: 1 / 0)
    overlay = Overlay(sample.section, model, legend=sample.legend)
    assert overlay.wait(PATIENCE)
    assert "ZeroDivisionError" in overlay.messages.text
    shown_errors.clear()


# --- how it is shown


def test_classes_are_hidden_and_shown_again(overlay):
    overlay._side.classes.rows[1].eye.click()
    assert overlay.hidden == {2}
    assert drawn(overlay)[1][:4, 3].tolist() == [0, 255, 0, 255]
    overlay._side.classes.rows[1].eye.click()
    assert drawn(overlay)[1][2, 3] == 255


def test_probability_of_a_class_by_its_name(overlay, sample, maps):
    overlay._side.classes.rows[2].name.click()
    assert (overlay.shows, overlay.probability_of) == ("probability", sample.legend.name(3))
    codes, palette = drawn(overlay)
    assert np.array_equal(codes, maps.probability(3))
    assert np.array_equal(palette[255, :3], sample.legend.rgb()[3])
    assert f"not {sample.legend.name(3)}" in overlay._side.key.value


def test_uncertainty_and_back(overlay, maps):
    overlay._bar.shows.value = "uncertainty"
    assert drawn(overlay)[0] is maps.uncertainty
    assert "uncertain" in overlay._side.key.value
    Hand(overlay.stage).key("c")
    assert drawn(overlay)[0] is maps.segmentation
    Hand(overlay.stage).key("u")
    assert overlay.shows == "uncertainty"


def test_outlines_stay_visible_from_afar(overlay, maps):
    Hand(overlay.stage).key("o")
    overlay.stage.show(100, 80, scale=4)
    assert np.array_equal(drawn(overlay)[0], outlines(maps.segmentation, 1))
    overlay.stage.show(100, 80, scale=0.3)
    assert np.array_equal(drawn(overlay)[0], outlines(maps.segmentation, 4))


def test_patterns_are_those_of_figures_at_any_magnification(overlay, maps, sample):
    overlay._side.hatched.value = True
    for scale, width in ((4, 1), (0.3, 4)):
        overlay.stage.show(100, 80, scale=scale)
        codes, palette = drawn(overlay)
        wanted = with_patterns(
            maps.segmentation, class_palette(sample.legend, frozenset()), sample.legend, width
        )
        assert np.array_equal(codes, wanted[0])
        assert np.array_equal(palette, wanted[1])
    overlay.toggle(1)
    assert (drawn(overlay)[0][maps.segmentation == 1] == 1).all()
    assert drawn(overlay)[1][1, 3] == 0
    swatches = [row._swatch.value for row in overlay._side.classes.rows]
    assert all("cw-hatched" in swatch for swatch in swatches)
    overlay.shows = "uncertainty"
    assert drawn(overlay)[0] is maps.uncertainty
    assert "cw-hatched" not in overlay._side.classes.rows[0]._swatch.value
    overlay.shows, overlay.hatched = "classes", False
    assert not overlay._side.hatched.value
    assert drawn(overlay)[0] is maps.segmentation


def test_opacity_and_swipe_belong_to_the_stage(overlay):
    overlay._side.opacity.value = 0.35
    assert overlay.stage.overlay_opacity == 0.35
    overlay.comparison = "swipe"
    assert overlay.stage.overlay_from == 0.5
    overlay._side.swipe.value = 0.2
    assert overlay.stage.overlay_from == 0.2
    Hand(overlay.stage).say("swipe", share=0.7)  # the line is dragged
    assert overlay._side.swipe.value == overlay.stage.overlay_from == overlay.stage.ink.swipe == 0.7
    overlay._bar.comparison.value = "over"
    assert overlay.stage.overlay_from == 0
    assert overlay._side.swipe_row.layout.display == "none"


def test_a_ring_marks_the_pixel_that_is_explained(overlay):
    overlay.comparison = "beside"
    overlay.explain(30, 40)
    assert [stage.marker for stage in overlay._pictures.children] == [(30, 40), (30, 40)]


def test_side_by_side_shows_the_same_part_twice(overlay):
    overlay.comparison = "beside"
    stage, plain = overlay._pictures.children
    assert stage is overlay.stage
    assert plain._sources["overlay"] is None
    stage.show(200, 30, scale=6)
    assert (plain.viewport.row, plain.viewport.scale) == pytest.approx((200, 6), abs=0.5)
    overlay.comparison = "over"
    assert plain.layout.display == "none"
    overlay.comparison = "beside"
    assert plain.layout.display == ""
    assert overlay._pictures.children == (stage, plain)


def test_a_segmentation_alone_has_no_doubts_and_says_so(sample, shown_errors):
    overlay = Overlay(sample.section, sample.truth, legend=sample.legend)
    overlay.shows = "uncertainty"
    assert "no uncertainty to show: only a segmentation was given" in overlay.messages.text
    assert "Give the model instead: Overlay(section, model)." in overlay.messages.text
    assert drawn(overlay) is None
    overlay.shows = "probability"
    assert "There are no probabilities to show" in overlay.messages.text
    overlay._side.unsure[1].click()
    assert "There is no uncertainty to search" in overlay.messages.text
    assert len(shown_errors) == 3
    shown_errors.clear()
    overlay.shows = "classes"
    assert overlay.messages.text == ""
    assert drawn(overlay) is not None


def test_a_class_that_was_not_learned_has_no_probability(overlay, shown_errors):
    overlay.legend = overlay.legend.add("Chert")
    overlay.probability_of = "Chert"
    overlay.shows = "probability"
    assert str(shown_errors.pop()) == "The model has not learned 'Chert'; label it and train again."


def test_labels_are_outlined_on_demand(overlay, sample):
    assert overlay.stage._sources["labels"] is None
    overlay._side.labels_shown.value = True
    assert np.array_equal(overlay.stage._sources["labels"][0], outlines(sample.labels, overlay._line_width()))


# --- doubts and reasons


def test_least_sure_goes_from_place_to_place_where_nothing_is_labelled(overlay, sample, maps):
    first, second = overlay.least_sure(), overlay.least_sure()
    assert first != second
    assert overlay.position == second
    assert overlay.least_sure(-1) == first
    viewport = overlay.stage.viewport
    for place, span, middle in zip(first, viewport.spans(), (viewport.row, viewport.column), strict=True):
        assert span.first <= place < span.stop
        assert place == pytest.approx(middle, abs=1) or span.first == 0 or span.stop in sample.section.shape
    assert "1 of" in overlay._side.place.value
    for row, column in (first, second):
        around = slice(row - 8, row + 8), slice(column - 8, column + 8)
        assert not sample.labels[around].any()
        assert maps.uncertainty[around].mean() > maps.uncertainty.mean()
    labels = sample.labels.copy()
    labels[first] = 1
    overlay.labels = labels
    assert overlay.least_sure() != first
    assert overlay.wait(PATIENCE)


def test_a_click_says_why(overlay, sample, model):
    Hand(overlay.stage).drag((120, 70))
    assert overlay.wait(PATIENCE)
    why = overlay.explanation
    assert (why.row, why.column) == overlay.position == (120, 70)
    assert why.code == overlay.segmentation[120, 70]
    text = re.sub("<[^>]*>", " ", overlay._side.why.value)
    assert f"Why {sample.legend.name(why.code)}?" in text
    assert "row 120, column 70" in text
    assert overlay._side.why.layout.display == ""


def test_a_click_on_a_segmentation_alone_says_what_is_missing(sample):
    overlay = Overlay(sample.section, sample.truth, legend=sample.legend)
    Hand(overlay.stage).drag((120, 70))
    assert sample.legend.name(int(sample.truth[120, 70])) in overlay._side.why.value
    assert "Give the model instead" in overlay._side.why.value


def test_the_read_out_names_class_and_probability(overlay, sample, maps):
    code = int(maps.segmentation[120, 70])
    sure = maps.probability(code)[120, 70] / 255
    assert overlay.stage.describe(120, 70) == f"{sample.legend.name(code)} {sure:.0%}"


def test_unmapped_pixels_are_left_free(sample):
    overlay = Overlay(sample.section, Maps(np.zeros(sample.section.shape, np.uint8), complete=False))
    assert overlay.stage.describe(0, 0) == ""
    assert drawn(overlay)[1][0].tolist() == [0, 0, 0, 0]


def test_what_was_corrected_in_the_light_is_said_in_a_line(overlay, maps):
    assert overlay._side.light.layout.display == "none"
    overlay.maps = replace(maps, lights={"image": Light((1.2, 1.0, 0.8), 1.1)})
    assert (
        "corrected before it was mapped: red x 1.20, green x 1.00, blue x 0.80" in overlay._side.light.value
    )
    assert overlay._side.light.layout.display == ""
    overlay.maps = maps
    assert overlay._side.light.layout.display == "none"
