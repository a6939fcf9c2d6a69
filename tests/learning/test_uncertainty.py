"""Entropy as scipy has it, over its largest value; the margin between the two likeliest classes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy

from corewidgets.learning.uncertainty import UNCERTAINTIES, margin, uncertainty_of


@given(st.integers(2, 12), st.integers(0, 2**32 - 1))
def test_the_entropy_is_that_of_scipy_to_the_base_of_the_number_of_classes(n_classes, seed):
    probabilities = np.random.default_rng(seed).dirichlet(np.full(n_classes, 0.3), (4, 5)).astype(np.float32)
    expected = entropy(probabilities.astype(float), base=n_classes, axis=-1)
    np.testing.assert_allclose(uncertainty_of(probabilities), expected, atol=1e-5)


@pytest.mark.parametrize("kind", UNCERTAINTIES)
def test_it_is_0_where_a_class_is_certain_and_1_where_all_are_alike(kind):
    certain, alike = [0.0, 1.0, 0.0], [1 / 3, 1 / 3, 1 / 3]
    found = uncertainty_of(np.array([certain, alike], np.float32), kind)
    np.testing.assert_allclose(found, [0, 1], atol=1e-6)
    assert uncertainty_of(np.ones((2, 3, 1), np.float32), kind).tolist() == [[0, 0, 0]] * 2


def test_the_margin_is_between_the_two_likeliest_classes():
    assert margin(np.array([[0.1, 0.7, 0.2], [0.5, 0.0, 0.5]])).tolist() == pytest.approx([0.5, 0.0])
    assert uncertainty_of(np.array([[0.1, 0.7, 0.2]]), "margin").tolist() == pytest.approx([0.5])
