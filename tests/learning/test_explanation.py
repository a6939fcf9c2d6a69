"""What is told of a pixel adds up, and the examples are those that the classifier finds alike."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone

from corewidgets.features.hypercolumns import Hypercolumns
from corewidgets.labels.legend import Legend
from corewidgets.learning.classifier import PixelClassifier
from corewidgets.learning.explanation import Explainer, contributions, similarity
from corewidgets.learning.predictor import predictor
from corewidgets.widgets.why import thumbnail, why_html


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
    assert f"On its own it would be {sample.legend.name(why.alone)}; its neighbors" in text
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
