"""Proposals: whole clasts that nobody labelled, named by the model, the most worth first."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

import corewidgets as cw
from corewidgets.features.look import outline_features
from corewidgets.learning.mapping import map_section
from corewidgets.learning.proposals import Proposal, _spread

BACKGROUND = (8, 9, 10)  # matrix, void and liner of a synthetic core


pytestmark = pytest.mark.slow  # the section is mapped, and its looks are computed


@pytest.fixture(scope="module")
def core():
    sample = cw.sample_core(n_rows=500, n_columns=240, seed=1)
    model = cw.PixelClassifier(preset="quick").fit(sample.section, sample.labels)
    labels = sample.labels.copy()
    labels[120:] = 0  # clasts that the model knows, but that nobody labelled here
    return dataclasses.replace(sample, labels=labels), model, outline_features(sample.section.image)


@pytest.fixture(scope="module")
def proposals(core):
    sample, model, features = core
    return cw.propose(sample.section, model, sample.labels, n=12, legend=sample.legend, features=features)


@pytest.fixture(scope="module")
def maps(core):
    return map_section(core[1], core[0].section)


def test_they_are_unlabelled_and_lie_apart(core, proposals):
    sample, _, _ = core
    assert 5 <= len(proposals) <= 12
    covered = np.zeros(sample.labels.shape, int)
    for one in proposals:
        assert one.mask.shape == tuple(side.stop - side.start for side in one.box)
        assert one.mask[one.row - one.box[0].start, one.column - one.box[1].start]
        assert (sample.labels[one.box][one.mask] > 0).mean() <= 0.1
        if one.code not in BACKGROUND:
            covered[one.box] += one.mask
    assert (covered > 1).sum() <= 0.3 * (covered > 0).sum()


def test_a_class_is_what_the_model_says_over_the_whole_clast(core, proposals, maps):
    sample, model, _ = core
    exact = model.predict_proba(sample.section)
    for one in proposals:
        mean = maps.probabilities[:, *one.box][:, one.mask].mean(axis=1) / 255
        assert one.code == model.classes_[mean.argmax()]
        assert one.probability == pytest.approx(mean.max(), abs=1e-6)
        assert one.probability == pytest.approx(exact[one.box][one.mask].mean(axis=0).max(), abs=0.5 / 255)
        assert one.doubt == pytest.approx(maps.uncertainty[one.box][one.mask].mean() / 255, abs=1e-6)
        assert 0 <= one.novelty <= 1


def test_maps_that_are_there_are_not_computed_again(core, proposals, maps, monkeypatch):
    sample, model, features = core

    def nobody(*_args, **_kwargs):
        raise AssertionError("the model was asked again")

    monkeypatch.setattr(cw.PixelClassifier, "predict_pieces", nobody)
    again = cw.propose(
        sample.section, model, sample.labels, n=12, legend=sample.legend, features=features, maps=maps
    )
    assert [(one.row, one.column, one.code) for one in again] == [
        (one.row, one.column, one.code) for one in proposals
    ]
    without = dataclasses.replace(maps, probabilities=None)
    for one in cw.propose(sample.section, model, sample.labels, n=3, features=features, maps=without):
        inside = maps.segmentation[one.box][one.mask]
        assert one.probability == pytest.approx((inside == one.code).mean(), abs=1e-12)
        assert one.probability == max((inside == code).mean() for code in maps.classes)


def test_probabilities_are_held_in_bytes_only(core, monkeypatch):
    sample, model, features = core

    def nobody(*_args, **_kwargs):
        raise AssertionError("all probabilities were asked for at once")

    monkeypatch.setattr(cw.PixelClassifier, "predict", nobody)
    assert cw.propose(sample.section, model, sample.labels, n=2, features=features)


def test_clasts_are_named_and_outlined_as_they_were_made(core, proposals):
    truth = core[0].truth
    clasts = [one for one in proposals if one.code not in BACKGROUND]
    assert len(clasts) >= 4
    right = [truth[one.row, one.column] == one.code for one in clasts]
    pure = [(truth[one.box][one.mask] == truth[one.row, one.column]).mean() for one in clasts]
    assert np.mean(right) >= 0.8
    assert np.median(pure) >= 0.85


def test_the_most_worth_come_first_and_no_two_of_the_background_in_a_row(proposals):
    is_background = [one.code in BACKGROUND for one in proposals]
    assert not any(a and b for a, b in itertools.pairwise(is_background))
    worths = [one.worth for one, other in zip(proposals, is_background, strict=True) if not other]
    assert worths == sorted(worths, reverse=True)


def test_refused_ones_do_not_come_back(core, proposals, maps):
    sample, model, features = core
    places = [(one.row, one.column) for one in proposals[:3]]
    known = {"legend": sample.legend, "features": features, "maps": maps}
    again = cw.propose(sample.section, model, sample.labels, refused=places, **known)
    assert again
    for one in again:
        for row, column in places:
            down, across = row - one.box[0].start, column - one.box[1].start
            inside = 0 <= down < one.mask.shape[0] and 0 <= across < one.mask.shape[1]
            assert not (inside and one.mask[down, across])


def test_taken_ones_do_not_come_back(core, proposals, maps):
    sample, model, features = core
    labels = sample.labels.copy()
    for one in proposals:
        labels[one.box][one.mask] = one.code
    known = {"legend": sample.legend, "features": features, "maps": maps}
    again = cw.propose(sample.section, model, labels, **known)
    assert again
    for one in again:
        assert (labels[one.box][one.mask] > 0).mean() <= 0.1


def test_a_section_that_is_all_labelled_has_none(core):
    sample, model, features = core
    assert cw.propose(sample.section, model, np.ones_like(sample.labels), features=features) == []


def test_what_cannot_be_is_named(core, maps):
    sample, model, _ = core
    with pytest.raises(NotFittedError):
        cw.propose(sample.section, cw.PixelClassifier(), sample.labels)
    with pytest.raises(ValueError, match="500 and 240"):
        cw.propose(sample.section, model, sample.labels[:-1])
    with pytest.raises(ValueError, match="n must be 1 or more"):
        cw.propose(sample.section, model, sample.labels, 0)
    with pytest.raises(ValueError, match=r"maps must be complete .* not complete"):
        cw.propose(sample.section, model, sample.labels, maps=dataclasses.replace(maps, complete=False))
    small = dataclasses.replace(maps, segmentation=maps.segmentation[:-1])
    with pytest.raises(ValueError, match=r"of 500 rows and 240 columns, but .* of 499 and 240"):
        cw.propose(sample.section, model, sample.labels, maps=small)


@pytest.mark.parametrize(
    ("codes", "expected"),
    [([8, 8, 1, 2, 8], [8, 1, 8, 2, 8]), ([8, 8, 8], [8]), ([1, 2, 3], [1, 2, 3]), ([1, 8, 8], [1, 8])],
)
def test_background_is_spread(codes, expected):
    everything = (slice(0, 1), slice(0, 1)), np.ones((1, 1), bool)
    ranked = [
        Proposal(0, 0, *everything, 1.0, code, 1.0, 1 - place / 10, 0.0) for place, code in enumerate(codes)
    ]
    assert [one.code for one in _spread(ranked, {8})] == expected
