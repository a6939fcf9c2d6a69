"""Maps are those of the model, what is in view first, and a check that raises ends them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import corewidgets as cw
from corewidgets.learning.mapping import map_section, nearest_first
from corewidgets.learning.maps import Maps

pytestmark = pytest.mark.usefixtures("two_cores")


def test_blocks_in_view_come_first_from_its_middle():
    across = slice(0, 100)
    blocks = [(slice(first, first + 64), across) for first in range(0, 640, 64)]
    found = nearest_first(blocks, (slice(256, 448), across))
    assert [block[0].start for block in found[:3]] == [320, 256, 384]
    assert found[-1][0].start == 0
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
        model, sample.section, view=lambda: view, progress=lambda *n: steps.append(n),
        share=lambda maps: shared.append(replace(maps, segmentation=maps.segmentation.copy())),
    )  # fmt: skip
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
        model, sample.section, before=before, view=lambda: (slice(0, 10), slice(0, 10)),
        share=lambda maps: shared.append(replace(maps, segmentation=maps.segmentation.copy())),
    )  # fmt: skip
    first = next(shown for shown in shared if shown.segmentation[0, 0] != 77)
    assert first.segmentation[-1, 0] == 77


def test_a_check_that_raises_ends_the_mapping(sample, model):
    def check():
        raise InterruptedError

    with pytest.raises(InterruptedError):
        map_section(model, sample.section, check=check)


def test_columns_beside_the_view_come_after_it():
    blocks = [
        (slice(row, row + 64), slice(column, column + 50))
        for row in (0, 64, 128, 192)
        for column in (0, 50, 100, 150)
    ]
    view = (slice(70, 190), slice(110, 180))
    found = nearest_first(blocks, view)
    assert {(rows.start, columns.start) for rows, columns in found[:4]} == {
        (64, 100), (64, 150), (128, 100), (128, 150),
    }  # fmt: skip


@pytest.mark.slow
def test_the_view_is_shared_before_the_columns_beside_it_are_computed(monkeypatch):
    monkeypatch.setattr("corewidgets.features.activations._MOST_COLUMNS", 32)
    sample = cw.sample_core(n_rows=384, n_columns=160)
    recipe = cw.PRESETS["recommended"].patched(regularizer=None, transposed=False, max_training_pixels=300)
    model = cw.PixelClassifier(preset=recipe).fit(sample.section, sample.labels)
    view, shown, left = (slice(40, 100), slice(70, 90)), [], []
    maps = map_section(
        model, sample.section, view=lambda: view, view_shared=left.append,
        share=lambda maps: shown.append(maps.segmentation.copy()),
    )  # fmt: skip
    assert np.array_equal(shown[1][view], maps.segmentation[view])
    assert maps.segmentation.all()
    for first in shown[:2]:
        assert not first[:, :64].any()
        assert not first[:, 96:].any()
    assert left == [int((shown[1] == 0).sum())]


def test_incomplete_maps_are_written_on_and_complete_ones_are_left_alone(sample, model):
    shared = []
    view = (slice(0, 10), slice(0, 10))
    first = map_section(model, sample.section, view=lambda: view, share=shared.append)
    copies = [values.copy() for values in (first.segmentation, first.uncertainty, first.probabilities)]
    again = map_section(model, sample.section, before=first, view=lambda: view, share=shared.append)
    for values, copy in zip(
        (first.segmentation, first.uncertainty, first.probabilities), copies, strict=True
    ):
        assert np.array_equal(values, copy)
    assert not np.shares_memory(first.segmentation, again.segmentation)
    incomplete = shared[-1]
    assert not incomplete.complete
    last = map_section(model, sample.section, before=incomplete)
    assert np.array_equal(last.segmentation, first.segmentation)
    for maps in (first, incomplete, last):
        with pytest.raises(ValueError, match="read-only"):
            maps.segmentation[0, 0] = 1


@pytest.fixture(scope="module")
def linear(sample):
    recipe = cw.PRESETS["recommended"].patched(
        features=cw.Hypercolumns(("pool1",), smoothing=(4.0,)).sources, regularizer=None, transposed=False,
        averages=1.0, temperature=1.5, max_training_pixels=300,
    )  # fmt: skip
    return cw.PixelClassifier(preset=recipe).fit(sample.section, sample.labels)


def test_the_classes_of_the_view_are_shared_first_and_the_rest_of_the_view_in_one_piece(
    sample, linear, monkeypatch
):
    monkeypatch.setattr("corewidgets.learning.mapping._SHARE_VIEW_EVERY", 0.0)
    view, shown, parts_left = (slice(0, 200), slice(0, 160)), [], []
    before = map_section(linear, sample.section)
    nothing = replace(before, segmentation=np.zeros_like(before.segmentation), uncertainty=None)
    maps = map_section(
        linear, sample.section, before=nothing, view=lambda: view, view_shared=parts_left.append,
        share=lambda maps: shown.append((maps.segmentation.copy(), maps.uncertainty.copy())),
    )  # fmt: skip
    assert np.array_equal(maps.segmentation, before.segmentation)
    exact = [np.array_equal(classes[view], maps.segmentation[view]) for classes, _ in shown]
    looks = exact.index(True)
    assert looks == 2  # each of two tiles in view, since every one takes longer than no time
    classes, doubt = shown[looks - 1]
    assert not doubt.any()  # known at the second look
    assert 0.85 < (classes[view] == maps.segmentation[view]).mean() < 1
    assert len(parts_left) == 1
    assert np.array_equal(shown[looks][1][view], maps.uncertainty[view])


def test_a_check_that_raises_ends_the_first_look(sample, linear):
    checks, shown = [], []

    def check():
        checks.append(1)
        raise InterruptedError

    with pytest.raises(InterruptedError):
        map_section(
            linear,
            sample.section,
            view=lambda: (slice(0, 300), slice(0, 160)),
            check=check,
            share=shown.append,
        )
    assert len(checks) == 1
    assert not shown
