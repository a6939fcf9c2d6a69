"""The feature explorer without a browser: what it computes, what it shows, what it tells when it cannot."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from corewidgets.features.hypercolumns import Hypercolumns
from corewidgets.labels.legend import Legend
from corewidgets.learning.labelled_classes import draw_pixels
from corewidgets.learning.separation import auc
from corewidgets.widgets import FeatureExplorer, Labeler
from corewidgets.widgets import feature_pictures as pictures


def shown(explorer: FeatureExplorer) -> list[str]:
    """Return the names of the maps on the contact sheet."""
    return re.findall(r'data-pick="([^"]+)"', explorer._side._sheet.html)


def pick(picks, name):
    """Do what a click on a picture does."""
    picks._handle_custom_msg({"kind": "pick", "what": name}, [])


@pytest.fixture
def explorer(sample):
    made = FeatureExplorer(sample.section, sample.labels, legend=sample.legend)
    assert made.wait(120)
    return made


# --- classes ----------------------------------------------------------------------------------------


@given(
    arrays.arrays(np.int64, (6, 2), elements=st.integers(0, 4)),
    arrays.arrays(np.int64, (4, 2), elements=st.integers(0, 4)),
)
def test_auc_counts_pairs(first, second):
    pairs = (first[:, None] > second[None]) + 0.5 * (first[:, None] == second[None])
    assert auc(first, second) == pytest.approx(pairs.mean(axis=(0, 1)))


def test_pixels_are_drawn_evenly_from_regions():
    labels = np.zeros((40, 40), np.uint8)
    labels[:20, :20] = 1  # 400 pixels
    labels[30, 30:35] = 1  # 5
    rows, columns = draw_pixels(labels, 1, 20)
    assert len(rows) == 20
    assert np.count_nonzero(rows == 30) == 5
    assert (labels[rows, columns] == 1).all()


def test_the_maps_that_tell_two_classes_apart_come_first(explorer):
    found = explorer.separating_maps("Matrix", "Void", n_most=200)
    assert len(found) == 192
    scores = [one.auc for one in found]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 0.95
    assert scores[-1] >= 0.5
    best = explorer.feature_map(found[0].feature)
    means = {name: best[explorer.labels == explorer.legend.code(name)].mean() for name in ("Matrix", "Void")}
    assert max(means, key=means.get) == found[0].higher


def test_classes_that_are_not_there_are_an_error(explorer):
    with pytest.raises(ValueError, match=r"'Marble'"):
        explorer.separating_maps("Matrix", "Marble")
    explorer.labels = np.where(explorer.labels == explorer.legend.code("Void"), 0, explorer.labels)
    message = r"^No pixel is labelled 'Void'; label some, or choose another class\.$"
    with pytest.raises(ValueError, match=message):
        explorer.separating_maps("Matrix", "Void")
    message = r"^Both classes are 'Matrix'; choose two to tell apart\.$"
    with pytest.raises(ValueError, match=message):
        explorer.separating_maps("Matrix", "Matrix")


# --- contact sheet ----------------------------------------------------------------------------------


def test_the_sheet_has_pages(explorer):
    assert shown(explorer) == [f"pool1/{channel}" for channel in range(32)]
    assert explorer._side._previous.disabled
    explorer._side._next.click()
    explorer.wait()
    assert shown(explorer) == [f"pool1/{channel}" for channel in range(32, 64)]
    assert "33 to 64 of 64" in explorer._side._pages.value
    assert explorer._side._next.disabled
    explorer._side._previous.click()
    explorer.wait()
    assert shown(explorer)[0] == "pool1/0"


def test_another_layer_is_computed_when_it_is_asked_for_and_once(explorer):
    assert explorer._store.n_computed == 1
    explorer._side._layer.value = "pool2"
    explorer.wait()
    assert (explorer.layer, explorer.feature) == ("pool2", "pool2/0")
    assert shown(explorer)[0] == "pool2/0"
    explorer.layer = "pool1"
    explorer.wait()
    explorer.layer = "pool2"
    explorer.wait()
    assert explorer._store.n_computed == 2
    assert explorer._side._busy.layout.visibility == "hidden"


def test_the_most_active_maps_come_first(explorer):
    explorer.order = "activity"
    explorer.wait()
    names = shown(explorer)
    assert len(set(names)) == 32
    spread = [
        (values := explorer.feature_map(name)).std() / np.percentile(values, 99.5)
        for name in (names[0], names[-1])
    ]
    assert spread[0] > spread[1]


def test_telling_two_apart_shows_the_best_maps_and_says_which_class_is_higher(explorer):
    explorer.order = "separation"
    explorer.classes = ("Matrix", "Void")
    explorer.wait()
    best = explorer.separating_maps("Matrix", "Void")
    assert shown(explorer) == [one.feature for one in best]
    assert explorer.feature == best[0].feature
    assert f"<em>{best[0].auc:.2f}</em>" in explorer._side._sheet.html
    assert f"{best[0].feature} is higher in <b>{best[0].higher}</b>" in explorer._side._note.value
    assert explorer._side._by_layer.layout.display == "none"
    explorer._side._among.value = ("pool1",)
    explorer.wait()
    assert {name.partition("/")[0] for name in shown(explorer)} == {"pool1"}


def test_without_labels_the_sheet_says_what_is_missing(sample):
    explorer = FeatureExplorer(sample.section)
    explorer.order = "separation"
    explorer.wait()
    assert "give labels of at least two" in explorer._side._sheet.html
    explorer.labels = sample.labels  # as from a labeler, later
    explorer.wait()
    assert explorer.classes == ("Class 8", "Class 5")
    assert len(shown(explorer)) == 24


def test_thumbnails_show_what_the_view_does(explorer):
    whole = explorer._side._sheet.html
    explorer._side._follow.value = True
    explorer.map_stage.show(100, 80, scale=8)
    explorer.wait()
    near = explorer._side._sheet.html
    assert shown(explorer)[0] == "pool1/0"
    assert near != whole
    explorer._side._follow.value = False
    explorer.wait()
    assert explorer._side._sheet.html == whole


# --- the large map ----------------------------------------------------------------------------------


def test_the_large_map_lies_over_the_photograph(explorer):
    pick(explorer._side._sheet, "pool1/7")
    explorer.wait()
    codes, palette = explorer.map_stage._sources["overlay"]
    values = explorer.feature_map("pool1/7")
    assert codes.shape == values.shape
    assert codes.max() == 255
    assert np.corrcoef(codes.ravel(), values.ravel())[0, 1] > 0.98
    assert palette.shape == (256, 4)
    assert explorer._side._sheet.picked == explorer._profile.picked == "pool1/7"
    assert explorer.map_stage.describe(10, 20) == f"pool1/7 = {values[10, 20]:.3g}"


def test_both_pictures_show_the_same_part(explorer):
    explorer.stage.show(100, 50, scale=5)
    assert explorer.map_stage.viewport.row == pytest.approx(explorer.stage.viewport.row, abs=1)
    assert explorer.map_stage.viewport.scale == explorer.stage.viewport.scale


def test_a_map_can_be_named(explorer, shown_errors):
    explorer._name.value = "pool2/28"
    explorer.wait()
    assert explorer.feature == "pool2/28"
    explorer._name.value = "pool2/128"
    error = shown_errors.pop()
    assert str(error) == "There is no map 'pool2/128': pool2 has 128, pool2/0 to pool2/127."
    assert explorer._name.value == explorer.feature == "pool2/28"
    explorer._name.value = "conv9_9/1"
    assert str(shown_errors.pop()).startswith("VGG-16 has no layer 'conv9_9'; choose from conv1_1, ")


def test_other_features_of_the_hypercolumn_can_be_seen_too(sample):
    recipe = Hypercolumns(("pool1",), lab=True)
    explorer = FeatureExplorer(sample.section, hypercolumns=recipe)
    explorer.feature = "lab/1"
    explorer.wait()
    assert explorer.feature_map("lab/1") == pytest.approx(recipe.feature_map(sample.section.image, "lab/1"))
    assert explorer.map_stage._sources["overlay"][0].max() == 255


# --- the pixel --------------------------------------------------------------------------------------


def test_a_click_shows_the_hypercolumn_of_a_pixel(explorer, sample):
    explorer.classes = ("Matrix", "Void")
    explorer.map_stage.click(200, 60)
    explorer.wait()
    assert explorer.pixel == (200, 60)
    expected = Hypercolumns().at(sample.section.image, np.array([200]), np.array([60]))[0]
    assert explorer.profile(200, 60) == pytest.approx(expected)
    drawing = explorer._profile.html
    assert re.findall(r'data-pick="([^"]+)"', drawing) == list(Hypercolumns().feature_names)
    assert f"<title>pool1/3: {expected[3]:.3g}</title>" in drawing
    assert "Mean of Matrix" in drawing
    assert explorer.map_stage.marker == explorer.stage.marker == (200, 60)
    pick(explorer._profile, "pool2/100")
    explorer.wait()
    assert explorer.feature == "pool2/100"


def test_a_pixel_outside_is_an_error(explorer):
    message = (
        r"^There is no pixel in row 480, column 0: the image has 480 rows and 160 columns, counted from 0\.$"
    )
    with pytest.raises(ValueError, match=message):
        explorer.pixel = (480, 0)


def test_negative_features_hang_below_the_line():
    drawing = pictures.profile(["lab/0", "lab/1"], np.array([3.0, -1.0]), "<b>title</b>", {})
    assert 'y="0.00" width="0.8" height="75.00"' in drawing
    assert 'y="75.00" width="0.8" height="25.00"' in drawing


def test_names_of_classes_are_shown_as_text():
    legend = Legend(["<b>bold</b>", "plain"])
    labels = np.zeros((40, 40), np.uint8)
    labels[:20], labels[20:] = 1, 2
    image = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    explorer = FeatureExplorer(image, labels, legend=legend)
    explorer.order = "separation"
    explorer.pixel = (5, 5)
    explorer.wait()
    assert "<b>bold</b>" not in explorer._profile.html
    assert "&lt;b&gt;bold&lt;/b&gt;" in explorer._profile.html
    assert "<b><b>" not in explorer._side._note.value


def test_what_is_drawn_in_a_labeler_is_followed(sample):
    labeler = Labeler(sample.section, ["Matrix", "Void"], autosave=False)
    explorer = FeatureExplorer(labeler)
    assert explorer.classes == ("", "")
    labels = np.zeros(sample.section.shape, np.uint8)
    labels[:5, :5], labels[10:15, :4] = 1, 2
    labeler.labels = labels
    assert explorer.classes == ("Matrix", "Void")
    labeler.stage.show(200, 40, scale=6)
    assert explorer.stage.viewport.scale == explorer.map_stage.viewport.scale == 6
    explorer.wait()


# --- errors -----------------------------------------------------------------------------------------


def test_labels_must_fit(sample):
    with pytest.raises(ValueError, match=r"^labels have shape \(10, 20\) but the image has 480 rows"):
        FeatureExplorer(sample.section, np.zeros((10, 20), np.uint8))
    message = r"^labels hold code 10, but the legend ends with code 2 \(Class 2\); give a legend with all "
    with pytest.raises(ValueError, match=message):
        FeatureExplorer(sample.section, sample.labels, legend=Legend.of_codes(2))


def test_errors_of_the_background_are_shown(sample, shown_errors):
    explorer = FeatureExplorer(sample.section)
    explorer.wait()
    explorer._store.max_bytes = 1000
    explorer._store._kept.clear()
    explorer.layer = "pool3"
    explorer.wait()
    assert all("choose a deeper layer" in str(error) for error in shown_errors)
    assert "choose a deeper layer" in explorer.messages.text
    assert explorer._side._busy.layout.visibility == "hidden"
    shown_errors.clear()


def test_computing_can_be_given_up(sample):
    explorer = FeatureExplorer(sample.section)
    explorer.wait()
    explorer.layer = "conv2_2"
    explorer._side._stop.click()
    explorer.wait()
    assert explorer._side._busy.layout.visibility == "hidden"
    assert explorer.messages.error is None
