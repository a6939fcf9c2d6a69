"""Held-out pixels never leak into training, and every score says what it can and cannot tell."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.metrics import f1_score

from corewidgets.cores.section import CoreSection
from corewidgets.labels.arrays import regions
from corewidgets.labels.legend import Legend
from corewidgets.scoring.evaluation import Evaluation, evaluate, random_split, region_folds


class NearestColor(BaseEstimator):
    """Learns the mean color of each class; records what it was trained on and asked for."""

    def __init__(self, max_training_pixels=None, random_state=None):
        self.max_training_pixels = max_training_pixels
        self.random_state = random_state

    def fit(self, sections, labels):
        assert all(array.any() for array in labels)
        seen = type(self).seen
        seen.append({"labels": [a.copy() for a in labels], "sections": sections, "asked": [], "model": self})
        image = np.concatenate([s.image.reshape(-1, 3) for s in sections]).astype(float)
        codes = np.concatenate([np.ravel(array) for array in labels])
        self.classes_ = np.unique(codes[codes > 0])
        self.means_ = np.array([image[codes == code].mean(axis=0) for code in self.classes_])
        return self

    def predict_at(self, section, rows, columns):
        type(self).seen[-1]["asked"].append((section, rows, columns))
        color = section.image[rows, columns].astype(float)
        nearest = ((color[:, None] - self.means_) ** 2).sum(axis=2).argmin(axis=1)
        return self.classes_[nearest]


class NearestPixel(NearestColor):
    """Repeats the label of the nearest training pixel: knows the neighbors, and nothing about rock."""

    def fit(self, sections, labels):
        super().fit(sections, labels)
        self.places_ = np.argwhere(labels[0])
        self.codes_ = labels[0][labels[0] > 0]
        return self

    def predict_at(self, section, rows, columns):
        places = np.stack([rows, columns], axis=1)
        distances = np.abs(places[:, None] - self.places_).sum(axis=2)
        return self.codes_[distances.argmin(axis=1)]


@pytest.fixture(autouse=True)
def seen():
    """What the models of this test were fitted to and asked for."""
    NearestColor.seen = []
    return NearestColor.seen


def painted(*squares, shape=(60, 20)):
    """Labels with 4 x 4 squares of a class: (code, row, column)."""
    labels = np.zeros(shape, np.uint8)
    for code, row, column in squares:
        labels[row : row + 4, column : column + 4] = code
    return labels


# Class 1 has four regions, class 2 three, class 3 a single one.
LABELS = painted(
    (1, 0, 0), (1, 12, 0), (1, 30, 8), (1, 50, 0), (2, 0, 10), (2, 20, 0), (2, 40, 10), (3, 30, 0)
)
LEGEND = Legend(["Matrix", "Impact-Dark", "Chert"])


def section_of(labels, *, seed=0, **depths):
    """A photograph on which the classes are easy to tell apart."""
    image = np.random.default_rng(seed).integers(0, 30, (*labels.shape, 3))
    return CoreSection((image + 60 * labels[..., None].astype(int)).astype(np.uint8), **depths)


# --------------------------------------------------------------------------------------------------- evaluate


def test_random_pixels_are_too_kind_to_a_model_that_only_knows_neighbors():
    squares = [(1 + (row // 6 + side) % 2, row, 10 * side) for row in range(0, 60, 6) for side in (0, 1)]
    labels = painted(*squares)
    scores = evaluate(NearestPixel(), section_of(labels), labels, share=0.1)
    assert scores["random"].weighted_f1 == 1
    assert scores["regions"].weighted_f1 < 0.5


@pytest.mark.parametrize("protocol", ["regions", "depth", "random"])
def test_nothing_that_is_scored_was_trained_on(protocol, seen):
    score = evaluate(NearestColor(), section_of(LABELS), LABELS, protocols=[protocol])[protocol]
    for fit in seen[-len(score.folds) :]:
        (trained,) = fit["labels"]
        for _, rows, columns in fit["asked"]:
            assert (trained[rows, columns] == 0).all()
            if protocol == "regions":
                numbers = regions(LABELS)
                assert not np.isin(numbers[rows, columns], numbers[trained > 0]).any()
        assert np.array_equal(trained[trained > 0], LABELS[trained > 0])


def test_regions_score_every_pixel_of_a_scorable_class_once_and_train_on_all_others(seen):
    scores = evaluate(NearestColor(), section_of(LABELS), LABELS, legend=LEGEND, protocols="regions")
    n_asked = np.zeros(LABELS.shape, int)
    for fit in seen:
        for _, rows, columns in fit["asked"]:
            np.add.at(n_asked, (rows, columns), 1)
        assert set(np.unique(fit["labels"][0])) == {0, 1, 2, 3}
        assert (fit["labels"][0][LABELS == 3] == 3).all()
    assert np.array_equal(n_asked, np.isin(LABELS, (1, 2)))
    score = scores["regions"]
    assert score.unscored == ("Chert",)
    assert [(row.name, row.n_regions, row.n_pixels) for row in score.per_class] == [
        ("Matrix", 4, 64),
        ("Impact-Dark", 3, 48),
    ]
    assert (score.n_regions, score.n_pixels) == (7, 112)
    assert sum(fold.n_pixels for fold in score.folds) == 112
    assert {fold.n_pixels + fold.n_training_pixels for fold in score.folds} == {128}


def test_scores_are_those_of_scikit_learn_pooled_over_folds():
    rng = np.random.default_rng(1)
    section = CoreSection(rng.integers(0, 255, (*LABELS.shape, 3)).astype(np.uint8))
    for protocol in ("regions", "depth", "random"):
        score = evaluate(NearestColor(), section, LABELS, protocols=protocol, share=0.5)[protocol]
        truth, predicted = (
            np.repeat(np.indices(score.confusion.shape)[axis].ravel() + 1, score.confusion.ravel())
            for axis in (0, 1)
        )
        scored = np.unique(truth)
        assert score.weighted_f1 == pytest.approx(
            f1_score(truth, predicted, labels=scored, average="weighted")
        )
        assert score.macro_f1 == pytest.approx(f1_score(truth, predicted, labels=scored, average="macro"))
        assert [row.code for row in score.per_class] == scored.tolist()
        for row in score.per_class:
            hits = score.confusion[row.code - 1, row.code - 1]
            assert row.n_pixels == score.confusion[row.code - 1].sum()
            assert row.recall == pytest.approx(hits / row.n_pixels)
            assert row.precision == pytest.approx(hits / max(1, score.confusion[:, row.code - 1].sum()))


def test_a_class_that_cannot_be_scored_is_not_counted_as_zero():
    scores = evaluate(NearestColor(), section_of(LABELS), LABELS, legend=LEGEND)
    assert scores["regions"].macro_f1 == 1
    assert scores["regions"].unscored == ("Chert",)
    assert scores["random"].unscored == ()
    assert scores["regions"].confusion[2].sum() == 0
    assert scores["regions"].classes == ("Matrix", "Impact-Dark", "Chert")


def test_a_prediction_of_an_unscored_class_counts_as_a_miss():
    section = section_of(LABELS)
    image = section.image.copy()
    image[50:54, :4] = image[30:34, :4]  # one region of class 1 looks like class 3
    score = evaluate(NearestColor(), CoreSection(image), LABELS, protocols="regions")["regions"]
    assert score.confusion[0, 2] == 16
    assert score.per_class[0].recall == pytest.approx(0.75)


def test_the_strict_score_is_computed_even_if_only_the_random_one_is_asked_for():
    scores = evaluate(NearestColor(), section_of(LABELS), LABELS, protocols=["random"])
    assert list(scores) == ["regions", "random"]
    assert list(evaluate(NearestColor(), section_of(LABELS), LABELS, protocols="depth")) == ["depth"]


def test_the_report_says_why_the_strict_score_is_missing():
    labels = painted((1, 0, 0), (2, 20, 0))
    scores = evaluate(NearestColor(), section_of(labels), labels)
    why = "Every class has a single region; label a second region of the classes that matter."
    assert list(scores) == ["random"]
    assert scores.impossible == {"regions": why}
    assert f"whole regions: not computed. {why}" in scores.report()
    with pytest.raises(KeyError, match="could not be computed: Every class has a single region"):
        scores["regions"]
    with pytest.raises(KeyError, match=r"This evaluation has no score by 'depth'; it has random."):
        scores["depth"]


def test_depth_names_a_class_of_a_single_block():
    labels = painted(*((1 + side, row, 10 * side) for row in range(0, 60, 6) for side in (0, 1)))
    labels[6:10, 16:20] = 3
    scores = evaluate(NearestColor(), section_of(labels), labels, legend=LEGEND, protocols="depth")
    assert scores["depth"].unscored == ("Chert",)
    assert scores["depth"].weighted_f1 == 1
    assert "Not scored by depth blocks: Chert (labelled in a single depth block)." in scores.report()


def test_the_model_is_left_as_it_was(seen):
    model = NearestColor(max_training_pixels=7)
    evaluate(model, section_of(LABELS), LABELS)
    assert not hasattr(model, "classes_")
    assert model.get_params() == {"max_training_pixels": 7, "random_state": None}
    assert all(fit["model"] is not model and fit["model"].max_training_pixels == 7 for fit in seen)


@pytest.mark.parametrize(("given_state", "expected"), [(None, 5), (3, 3)])
def test_a_free_random_state_is_fixed_and_a_given_one_kept(given_state, expected, seen):
    evaluate(NearestColor(random_state=given_state), section_of(LABELS), LABELS, random_state=5)
    assert {fit["model"].random_state for fit in seen} == {expected}


def test_the_random_protocol_uses_the_public_split(seen):
    evaluate(NearestColor(), section_of(LABELS), LABELS, share=0.2, random_state=4)
    expected = np.where(random_split(LABELS, 0.2, 4), 0, LABELS)
    assert np.array_equal(seen[-1]["labels"][0], expected)


def test_labels_stay_as_they_were_and_may_be_read_only():
    labels = LABELS.copy()
    labels.flags.writeable = False
    evaluate(NearestColor(), section_of(labels), labels, protocols=("regions", "depth", "random"))
    assert np.array_equal(labels, LABELS)


def test_progress_counts_every_model():
    calls = []
    evaluate(
        NearestColor(), section_of(LABELS), LABELS, progress=lambda done, total: calls.append((done, total))
    )
    total = np.unique(region_folds(LABELS)[np.isin(LABELS, (1, 2))]).size + 1
    assert calls == [(done, total) for done in range(total + 1)]


def test_a_cap_on_scored_pixels_is_even_and_still_trains_on_none_of_them(seen):
    labels = np.zeros((400, 40), np.uint8)
    for row in range(0, 400, 20):
        labels[row : row + 15, :30] = 1
        labels[row : row + 15, 32:35] = 2
    section = section_of(labels)
    score = evaluate(NearestColor(), section, labels, protocols="regions", max_scored_pixels=1000)["regions"]
    assert [row.n_pixels for row in score.per_class] == pytest.approx([909, 91], abs=2)
    assert [row.n_regions for row in score.per_class] == [20, 20]
    folds = region_folds(labels)
    for fold, fit in enumerate(seen):
        assert np.array_equal(fit["labels"][0] > 0, (labels > 0) & (folds != fold))
    with pytest.raises(ValueError, match=r"max_scored_pixels must be 1 or more, or None for all, but is 0."):
        evaluate(NearestColor(), section, labels, max_scored_pixels=0)


def test_several_sections_have_regions_of_their_own(seen):
    one, other = painted((1, 0, 0), (2, 10, 0)), painted((1, 0, 0), (3, 30, 0), shape=(40, 30))
    sections = [section_of(one), section_of(other, seed=1)]
    scores = evaluate(NearestColor(), sections, [one, other], legend=LEGEND)
    assert scores.n_regions == 4
    score = scores["regions"]
    assert [(row.name, row.n_regions, row.n_pixels) for row in score.per_class] == [("Matrix", 2, 32)]
    assert score.unscored == ("Impact-Dark", "Chert")
    assert score.weighted_f1 == 1
    for fit in seen[:2]:
        ((asked, _, _),) = fit["asked"]
        assert asked in sections


def test_a_section_without_labels_to_train_on_is_left_out_of_the_fit(seen):
    one, other = painted((1, 0, 0), (2, 10, 0), (1, 50, 0), (2, 30, 0)), painted((1, 0, 0))
    evaluate(
        NearestColor(), [section_of(one), section_of(other)], [one, other], protocols="regions", n_splits=3
    )
    assert {len(fit["labels"]) for fit in seen} == {1, 2}


def test_depth_blocks_run_through_the_sections_in_order_of_depth(seen):
    labels = [painted(*((code, row, 10 * code - 10) for row in (0, 20, 40) for code in (1, 2)))] * 3
    tops = (20.0, 0.0, 10.0)
    sections = [section_of(labels[0], top=top, base=top + 10) for top in tops]
    evaluate(NearestColor(), sections, labels, protocols="depth", n_splits=3)
    assert [[section.top for section, _, _ in fit["asked"]] for fit in seen] == [[0.0], [10.0], [20.0]]


def test_an_image_and_a_section_score_alike():
    section = section_of(LABELS)
    as_section = evaluate(NearestColor(), section, LABELS)
    assert evaluate(NearestColor(), section.image, LABELS).to_dict() == as_section.to_dict()


# ------------------------------------------------------------------------------------------ whole photographs


def test_sections_train_on_nothing_of_the_photograph_that_is_scored(seen):
    both, first_only = painted((1, 0, 0), (2, 20, 0)), painted((1, 0, 0), (2, 20, 0), (3, 40, 0))
    labels = [first_only, both, both]
    sections = [section_of(array, seed=seed) for seed, array in enumerate(labels)]
    score = evaluate(NearestColor(), sections, labels, legend=LEGEND, protocols="sections")["sections"]
    assert [[section for section in sections if section in fit["sections"]] for fit in seen] == [
        [section for section in sections if section is not fit["asked"][0][0]] for fit in seen
    ]
    assert len(seen) == len(score.folds) == 3
    assert [(row.name, row.n_regions) for row in score.per_class] == [("Matrix", 3), ("Impact-Dark", 3)]
    assert score.unscored == ("Chert",)
    assert score.weighted_f1 == 1


def test_a_model_that_only_knows_its_photograph_is_found_out_by_sections():
    labels = painted(*((1 + side, row, 10 * side) for row in range(0, 60, 6) for side in (0, 1)))
    light = section_of(labels)
    dark = CoreSection(255 - light.image)
    scores = evaluate(NearestColor(), [light, dark], [labels, labels], protocols=("sections", "regions"))
    assert list(scores) == ["sections", "regions"]
    assert scores["sections"].weighted_f1 < 0.5  # dark and light change places, so one class is left


def test_lanes_of_one_photograph_are_held_out_together(seen):
    labels = [painted((1, 0, 0), (2, 20, 0))] * 3
    sections = [section_of(labels[0], seed=seed, path=path) for seed, path in enumerate(("a", "b", "a"))]
    evaluate(NearestColor(), sections, labels, protocols="sections")
    assert [len(fit["sections"]) for fit in seen] == [1, 2]


def test_the_report_names_classes_of_one_photograph():
    labels = [painted((1, 0, 0), (2, 20, 0), (3, 40, 0)), painted((1, 0, 0), (2, 20, 0))]
    sections = [section_of(array) for array in labels]
    report = evaluate(NearestColor(), sections, labels, legend=LEGEND, protocols="sections").report()
    assert "Not scored by whole photographs: Chert (on a single photograph each, so label a second" in report
    assert "whole photographs: each photograph is scored by a model trained on the others" in report


def test_one_photograph_cannot_be_held_out():
    why = "Label at least two photographs, with classes that occur on both."
    with pytest.raises(ValueError, match=f"There is nothing to score by 'sections'. {why}"):
        evaluate(NearestColor(), section_of(LABELS), LABELS, protocols="sections")
    scores = evaluate(NearestColor(), section_of(LABELS), LABELS, protocols=("sections", "regions"))
    assert scores.impossible == {"sections": why}


# ----------------------------------------------------------------------------------------------------- report


def test_the_report_shows_the_strict_score_first_and_the_random_one_beside_it():
    report = evaluate(NearestColor(), section_of(LABELS), LABELS, legend=LEGEND).report()
    assert report == str(evaluate(NearestColor(), section_of(LABELS), LABELS, legend=LEGEND))
    assert report.splitlines() == [
        "3 classes, 8 regions, 128 labelled pixels",
        "",
        "held out       weighted F1  macro F1  weighted, by fold  classes  pixels scored",
        "whole regions        1.000     1.000     1.000 to 1.000   2 of 3            112",
        "random pixels        1.000     1.000           one draw   3 of 3              6",
        "",
        "whole regions: each region is scored by a model that was not trained on it: what to expect on "
        "clasts that were never labelled.",
        "random pixels: the neighbors of each scored pixel were trained on: comparable with published "
        "scores, but too optimistic.",
        "",
        "class        regions  pixels  precision  recall  F1, whole regions  F1, random pixels",
        "Matrix             4      64      1.000   1.000              1.000              1.000",
        "Impact-Dark        3      48      1.000   1.000              1.000              1.000",
        "Chert              -       -          -       -                  -              1.000",
        "",
        "Not scored by whole regions: Chert (a single region each, so label a second one).",
    ]


def test_the_dictionary_is_plain_json():
    scores = evaluate(NearestColor(), section_of(LABELS), LABELS, legend=LEGEND)
    again = json.loads(json.dumps(scores.to_dict()))
    assert again["scores"]["regions"]["unscored"] == ["Chert"]
    assert again["scores"]["regions"]["per_class"][0]["name"] == "Matrix"
    assert again["scores"]["random"]["confusion"][0][0] == 3
    assert again["n_pixels"] == 128
    assert repr(scores) == (
        "Evaluation(regions: weighted F1 1.000, macro F1 1.000; random: weighted F1 1.000, macro F1 1.000)"
    )
    restored = Evaluation.from_dict(again)
    assert restored.to_dict() == scores.to_dict()
    assert restored.report() == scores.report()
    again["scores"]["regions"]["protocol"] = "guess"
    with pytest.raises(KeyError, match="There is no protocol 'guess'"):
        Evaluation.from_dict(again)


def test_without_a_legend_classes_are_numbered():
    assert evaluate(NearestColor(), section_of(LABELS), LABELS).classes == ("Class 1", "Class 2", "Class 3")


# ----------------------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("labels", "settings", "message"),
    [
        (
            LABELS,
            {"protocols": ["forest"]},
            "There is no protocol 'forest'; choose from sections, regions, depth, random.",
        ),
        (
            LABELS,
            {"protocols": []},
            "There is no protocol to score by; choose from sections, regions, depth, random.",
        ),
        (
            LABELS * 0,
            {},
            r"There is nothing to score: every pixel is 0 \(unlabelled\). Paint at least two classes.",
        ),
        (
            LABELS // 3,
            {"legend": LEGEND},
            "Only one class is labelled, 'Matrix'; paint at least two classes.",
        ),
        (
            LABELS,
            {"legend": Legend(["Matrix", "Chert"])},
            r"labels hold code 3, but the legend ends with code 2 \(Chert\); add its class to the legend\.$",
        ),
        (LABELS[:30], {}, r"labels have shape \(30, 20\) but the image has 60 rows and 20 columns"),
        (LABELS, {"share": 2.0}, "between 0 and 1, but is 2.0."),
        (LABELS, {"n_splits": 1}, "n_splits must be 2 or more"),
        (
            painted((1, 0, 0), (2, 20, 0)),
            {"protocols": "regions"},
            "There is nothing to score by 'regions'. Every class has a single region; label a second region",
        ),
    ],
)
def test_what_cannot_be_scored_is_refused_before_anything_is_fitted(labels, settings, message, seen):
    with pytest.raises(ValueError, match=message):
        evaluate(NearestColor(), section_of(LABELS), labels, **settings)
    assert not seen


def test_sections_and_labels_must_come_in_pairs():
    with pytest.raises(ValueError, match="There are 2 sections but labels for 1; give one array per section"):
        evaluate(NearestColor(), [section_of(LABELS)] * 2, [LABELS])


# ----------------------------------------------------------------------------------------------- real section


def test_the_real_section_has_twelve_classes_that_regions_can_score(chicxulub):
    folds = region_folds(chicxulub.labels)
    scored = np.unique(chicxulub.labels[folds >= 0])
    assert [chicxulub.legend.name(code) for code in chicxulub.legend.codes if code not in scored] == [
        "Chert",
        "Basement-Felsic",
    ]
    assert np.bincount(folds[folds >= 0]).size == 5
    assert (folds >= 0).sum() == 259_499 - 4_549 - 4_403
