from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.ensemble import ExtraTreesClassifier

from corewidgets.features.hypercolumns import Hypercolumns
from corewidgets.labels.legend import Legend
from corewidgets.learning.classifier import PixelClassifier
from corewidgets.learning.explanation import Explainer, contributions, similarity
from corewidgets.learning.mapping import map_section, nearest_first
from corewidgets.learning.maps import (
    Maps,
    class_palette,
    doubt_palette,
    least_sure,
    likelihood_palette,
    outlines,
    share_of_classes,
)
from corewidgets.learning.predictor import predictor
from corewidgets.widgets.why import thumbnail, why_html


@pytest.fixture(scope="module")
def model(sample):
    forest = ExtraTreesClassifier(10, n_jobs=1, random_state=0)
    recipe = Hypercolumns(("pool1", "pool2"))
    return PixelClassifier(recipe, forest, max_training_pixels=400).fit(sample.section, sample.labels)


@pytest.fixture(scope="module")
def recommended(sample):
    """Return the recommended classifier and regularizer, on few features."""
    return PixelClassifier(Hypercolumns(("pool1",)), max_training_pixels=600).fit(
        sample.section, sample.labels
    )


# --- arrays


@given(st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_outlines_keep_what_borders_on_another_class_and_nothing_else(width, seed):
    codes = np.repeat(np.repeat(np.random.default_rng(seed).integers(0, 4, (3, 4)), 9, 0), 9, 1)
    codes = codes.astype(np.uint8)
    drawn = outlines(codes, width)
    for row, column in np.ndindex(codes.shape):
        near = [
            codes[r, c]
            for r, c in (
                (row - width, column),
                (row + width, column),
                (row, column - width),
                (row, column + width),
            )
            if 0 <= r < codes.shape[0] and 0 <= c < codes.shape[1]
        ]
        expected = codes[row, column] if any(code != codes[row, column] for code in near) else 0
        assert drawn[row, column] == expected


def test_outlines_of_an_image_that_is_smaller_than_the_line_are_empty():
    assert not outlines(np.ones((1, 1), np.uint8), 3).any()


def test_the_least_sure_places_are_apart_unlabelled_and_the_worst_first():
    doubt = np.zeros((200, 160), np.uint8)
    doubt[0:16, 0:16], doubt[96:112, 64:80], doubt[112:128, 64:80] = 100, 200, 190
    doubt[150, 150] = 255  # a single pixel
    places = least_sure(doubt, None)
    assert places[:2] == [(104, 72), (8, 8)]  # (120, 72) is too near
    labels = np.zeros(doubt.shape, np.uint8)
    labels[100, 70] = 3
    assert least_sure(doubt, labels)[0] == (120, 72)
    assert least_sure(np.zeros((20, 20), np.uint8), None) == []
    assert least_sure(np.full((5, 3), 9, np.uint8), None) == [(4, 2)]


def test_palettes_and_shares():
    legend = Legend(["A", "B"], ["#102030", "#FF0000"])
    assert class_palette(legend, frozenset({2})).tolist() == [[0, 0, 0, 0], [16, 32, 48, 255], [255, 0, 0, 0]]
    assert likelihood_palette("#102030")[[0, 255]].tolist() == [[16, 32, 48, 0], [16, 32, 48, 255]]
    table = doubt_palette()
    assert table.shape == (256, 4)
    assert table[0, 3] == 0
    assert (np.diff(table[::8, :3].astype(int).sum(axis=1)) > 0).all()  # ever lighter
    assert share_of_classes(np.array([[0, 1, 1, 2]], np.uint8), 3).tolist() == pytest.approx(
        [2 / 3, 1 / 3, 0]
    )


# --- mapping


def test_blocks_in_view_come_first_from_its_middle():
    blocks = [slice(first, first + 64) for first in range(0, 640, 64)]
    found = nearest_first(blocks, (slice(256, 448), slice(0, 100)))
    assert [block.start for block in found[:3]] == [320, 256, 384]
    assert found[-1].start == 0
    assert nearest_first(blocks, None) == blocks


def test_maps_of_a_regularized_model_are_those_of_the_model(sample, recommended, monkeypatch):
    monkeypatch.setattr("corewidgets.learning.mapping._REGULARIZED_ROWS", 192)
    maps = map_section(recommended, sample.section)
    segmentation, probabilities = recommended.predict(sample.section, return_probabilities=True)
    assert (maps.segmentation == segmentation).mean() > 0.9999  # ties
    assert np.abs(maps.probabilities / 255 - np.moveaxis(probabilities, -1, 0)).max() <= 1.1 / 255


def test_maps_are_those_of_the_model(sample, model):
    shared, steps = [], []
    view = (slice(200, 260), slice(0, 160))
    maps = map_section(
        model, sample.section, view=lambda: view, share=shared.append, progress=lambda *n: steps.append(n)
    )
    segmentation, probabilities, entropy = model.predict(
        sample.section, return_probabilities=True, return_uncertainty="entropy"
    )
    assert np.array_equal(maps.segmentation, segmentation)
    assert np.abs(maps.probabilities / 255 - np.moveaxis(probabilities, -1, 0)).max() <= 0.5 / 255 + 1e-6
    assert np.abs(maps.uncertainty / 255 - entropy).max() <= 0.5 / 255 + 1e-6
    assert maps.complete
    assert steps[-1][0] == steps[-1][1] == len(steps)
    first = next(shown for shown in shared if np.array_equal(shown.segmentation[view], segmentation[view]))
    assert not first.complete
    assert (first.segmentation == 0).any()
    assert maps.probability(model.classes_[1]) is not None
    assert maps.probability(200) is None


def test_what_was_there_before_stays_until_it_is_computed_anew(sample, model):
    before = Maps(np.full(sample.section.shape, 77, np.uint8))
    shared = []
    map_section(
        model, sample.section, before=before, view=lambda: (slice(0, 10), slice(0, 10)), share=shared.append
    )
    first = next(shown for shown in shared if shown.segmentation[0, 0] != 77)
    assert first.segmentation[-1, 0] == 77


def test_a_check_that_raises_ends_the_mapping(sample, model):
    def check():
        raise InterruptedError

    with pytest.raises(InterruptedError):
        map_section(model, sample.section, check=check)


# --- reasons


def test_contributions_and_the_share_in_training_add_up_to_the_probability(sample, model):
    features = model.hypercolumns_.at(sample.section.image, np.array([100]), np.array([50]))
    probabilities = predictor(model.classifier_)(features)[0]
    for number, probability in enumerate(probabilities):
        roots = [tree.tree_.value[0, 0, number] / tree.tree_.value[0, 0].sum() for tree in model.classifier_]
        total = np.mean(roots) + contributions(model.classifier_, features, number, 0).sum()
        assert total == pytest.approx(probability, abs=1e-6)


def test_contributions_of_a_linear_classifier_are_the_difference_of_its_scores(sample, recommended):
    features = recommended.hypercolumns_.at(sample.section.image, np.array([100]), np.array([50]))
    scores = recommended.classifier_.decision_function(features)[0]
    base = recommended.classifier_.decision_function(recommended.classifier_[0].mean_[None])[0]
    found = contributions(recommended.classifier_, features, 3, 1).sum()
    assert found == pytest.approx((scores[3] - scores[1]) - (base[3] - base[1]), rel=1e-4, abs=1e-4)


def test_of_two_classes_too_a_linear_classifier_tells(sample):
    labels = np.where(np.isin(sample.labels, (5, 8)), sample.labels, 0)
    model = PixelClassifier(Hypercolumns(("pool1",)), max_training_pixels=300).fit(sample.section, labels)
    rows, columns = np.nonzero(labels == 5)
    features = model.hypercolumns_.at(sample.section.image, rows[:1], columns[:1])
    score = model.classifier_.decision_function(features)[0]
    base = model.classifier_.decision_function(model.classifier_[0].mean_[None])[0]
    assert contributions(model.classifier_, features, 1, 0).sum() == pytest.approx(score - base, rel=1e-3)


def test_an_explanation_tells_where_neighbors_decided(sample, recommended):
    alone = clone(recommended).set_params(regularizer=None).fit(sample.section, sample.labels)
    together = recommended.predict(sample.section)
    row, column = np.argwhere(alone.predict(sample.section) != together)[0]
    why = Explainer(recommended, sample.section, sample.labels).explain(int(row), int(column))
    assert why.code == together[row, column] != why.alone
    text = why_html(why, sample.section, sample.legend)
    assert f"By itself it would be {sample.legend.name(why.alone)}; its neighbors" in text
    assert f"rather than {sample.legend.name(why.against)}" in text


def test_a_pixel_is_most_like_itself(sample, model, recommended):
    rows, columns = np.array([100, 30, 400]), np.array([50, 60, 100])
    features = model.hypercolumns_.at(sample.section.image, rows, columns)
    for classifier in (model.classifier_, object()):
        alike = similarity(classifier, features[:1], features)
        assert alike[0] == 1.0
        assert (alike[1:] < 1).all()


def test_an_explanation_names_class_examples_and_taps(sample, model):
    rows, columns = np.nonzero(sample.labels)
    row, column = int(rows[0]), int(columns[0])
    why = Explainer(model, sample.section, sample.labels).explain(row, column)
    likely = model.predict_proba_at(sample.section, np.array([row]), np.array([column]))[0]
    assert why.code == model.classes_[likely.argmax()]
    assert sum(why.probabilities.values()) == pytest.approx(1)
    assert next(iter(why.probabilities)) == why.code
    similarities = [example.similarity for example in why.examples]
    assert similarities == sorted(similarities, reverse=True)
    assert [sample.labels[example.row, example.column] for example in why.examples] == [
        example.code for example in why.examples
    ]
    assert set(why.layers) == {"pool1", "pool2"}
    assert set(why.taps) <= set(model.hypercolumns_.feature_names)
    text = why_html(why, sample.section, sample.legend)
    assert text.count("data:image/png") == 1 + len(why.examples)
    assert f"row {row}, column {column}" in text


def test_an_explanation_without_labels_has_no_examples(sample, model):
    why = Explainer(model, sample.section, None).explain(5, 5)
    assert why.examples == ()
    assert "There are no labels to compare it with." in why_html(why, sample.section, sample.legend)


def test_names_are_written_as_text_not_as_html(sample, model):
    legend = Legend([f"<b>{name}" for name in sample.legend.names])
    assert "<b>Ma" not in why_html(
        Explainer(model, sample.section, None).explain(5, 5), sample.section, legend
    )


def test_thumbnails_reach_over_the_edge(sample):
    assert thumbnail(sample.section.image, 0, 0).startswith("data:image/png;base64,")
    assert thumbnail(sample.section.image, 479, 159) != thumbnail(sample.section.image, 0, 0)
