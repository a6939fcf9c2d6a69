"""Tempering changes how sure a decision is, and never the decision."""

from __future__ import annotations

import numpy as np
import pytest

from corewidgets.learning.tempering import LEAST, temper


def test_odds_are_raised_to_one_over_the_temperature() -> None:
    np.testing.assert_allclose(temper(np.array([0.8, 0.2]), 2.0), [2 / 3, 1 / 3], rtol=1e-6)
    np.testing.assert_allclose(temper(np.array([0.8, 0.2]), 0.5), [16 / 17, 1 / 17], rtol=1e-6)
    np.testing.assert_allclose(temper(np.array([0.8, 0.2]), 1.0), [0.8, 0.2], rtol=1e-6)


@pytest.mark.parametrize("temperature", [0.3, 1.0, 1.7, 20.0])
def test_the_likeliest_class_stays_and_sums_are_one(temperature: float) -> None:
    probabilities = np.random.default_rng(3).dirichlet(np.ones(5), (7, 11))
    tempered = temper(probabilities, temperature)
    assert tempered.dtype == np.float32
    np.testing.assert_array_equal(tempered.argmax(-1), probabilities.argmax(-1))
    np.testing.assert_allclose(tempered.sum(-1), 1.0, atol=1e-6)


def test_certainty_stays_finite() -> None:
    np.testing.assert_allclose(temper(np.array([1.0, 0.0]), 2.0)[1], LEAST**0.5 / (1 + LEAST**0.5), rtol=1e-5)
