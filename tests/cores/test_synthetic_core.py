from __future__ import annotations

import numpy as np
import pytest

from corewidgets.cores.synthetic_core import LEGEND, make_core


@pytest.fixture(scope="module")
def core():
    return make_core(300, 120, 3)


def test_arrays_are_of_one_size_and_hold_every_class(core):
    assert (core.image.shape, core.image.dtype) == ((300, 120, 3), np.uint8)
    assert core.labels.shape == core.truth.shape == (300, 120)
    assert set(np.unique(core.truth).tolist()) == set(range(1, len(LEGEND) + 1))
    assert core.legend is LEGEND


def test_labels_are_few_and_right(core):
    labelled = core.labels > 0
    assert 0.02 < labelled.mean() < 0.6
    np.testing.assert_array_equal(core.labels[labelled], core.truth[labelled])


def test_a_seed_makes_the_same_core_and_another_one_another(core):
    for same, first in zip(make_core(300, 120, 3)[:3], core[:3], strict=True):
        np.testing.assert_array_equal(same, first)
    assert (make_core(300, 120, 4).truth != core.truth).any()


@pytest.mark.parametrize(("n_rows", "n_columns"), [(239, 96), (240, 95)])
def test_the_smallest_core(n_rows, n_columns):
    with pytest.raises(
        ValueError, match=rf"at least 240 rows and 96 columns .* {n_rows} and {n_columns} were asked"
    ):
        make_core(n_rows, n_columns, 0)
    assert make_core(240, 96, 0).truth.shape == (240, 96)
