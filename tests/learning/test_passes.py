"""How far a training is."""

from __future__ import annotations

import numpy as np

import corewidgets as cw
from corewidgets.learning.passes import FEATURES, REACH, UNLABELLED, Passes, training_features


def test_the_shares_are_the_whole():
    assert FEATURES + REACH + UNLABELLED == 1


def test_features_of_several_photographs_are_told_of_together():
    class Even:
        def at(self, rows, columns, progress):
            progress(1, 2)
            return np.ones((len(rows), 3))

    told: list[tuple[int, int]] = []
    pixels = np.arange(4)
    passes = Passes(lambda done, total: told.append((done, total)))
    found = training_features([Even, Even], [(pixels, pixels)] * 2, passes, 0.8)
    passes.next(0.2)(1, 1)
    assert found.shape == (8, 3)
    assert [done for done, _ in told] == [200, 400, 600, 800, 1000]


def test_a_training_tells_how_far_it_is_from_its_first_pixels_to_its_end():
    sample = cw.sample_core(n_rows=256, n_columns=160)
    told: list[tuple[int, int]] = []
    model = cw.PixelClassifier(preset="quick", max_training_pixels=500)
    model.fit(sample.section, sample.labels, progress=lambda done, total: told.append((done, total)))
    shares = [done / total for done, total in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert shares[0] < 0.2
    assert len(set(shares)) > 5
    plain = cw.PixelClassifier(preset="quick", max_training_pixels=500).fit(sample.section, sample.labels)
    np.testing.assert_array_equal(plain.predict(sample.section), model.predict(sample.section))
