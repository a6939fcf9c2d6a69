"""Numbered clasts are changed in place, and what was measured anew equals a measure of the whole."""

from __future__ import annotations

import numpy as np
import pytest

from corewidgets.geology.clast_measures import number_clasts
from corewidgets.geology.clast_pieces import ClastPieces, Region

from .clast_shapes import LEGEND, PIXEL, section_of


def pieces_of(codes):
    numbered = number_clasts(codes, [2, 3], 1, None)
    return ClastPieces(section_of(codes.shape), codes, numbered, PIXEL, LEGEND)


def random_codes(seed):
    rng = np.random.default_rng(seed)
    return np.kron(rng.integers(1, 5, (9, 7)), np.ones((5, 5))).astype(np.uint8)


@pytest.mark.parametrize("seed", range(5))
def test_parts_are_measured_as_a_whole_is(seed):
    """Merge what touches, and measure the merged map from the start: all measures are equal."""
    codes = random_codes(seed)
    pieces = pieces_of(codes)
    numbered = pieces.numbered.copy()
    beside = [(int(a), int(b)) for a, b in zip(numbered[:-1].ravel(), numbered[1:].ravel(), strict=True)
              if a and b and a != b]  # fmt: skip
    first, second = beside[0]
    patch = pieces.merge([first, second])
    pieces.apply(patch)
    code = pieces.rows[max((first, second), key=lambda n: (numbered == n).sum())]["code"]
    expected = pieces_of(np.where(np.isin(numbered, [first, second]), code, codes).astype(np.uint8))
    (number,) = {first, second} & pieces.rows.keys()
    merged = pieces.rows[number]
    rows, columns = np.argwhere(pieces.numbered == number)[0]
    other = expected.rows[int(expected.numbered[rows, columns])]
    if expected.n_pixels(other["number"]) == pieces.n_pixels(number):  # a third of the class may touch
        for name, value in merged.items():
            if name != "number":
                assert value == pytest.approx(other[name]), name
    pieces.take_back(patch)
    np.testing.assert_array_equal(pieces.numbered, numbered)


def test_the_clast_that_agrees_best():
    codes = random_codes(7)
    pieces = pieces_of(codes)
    number = next(iter(pieces.rows))
    region = pieces.region(number)
    assert pieces.best(region) == (number, 1.0)
    everything = Region((slice(0, 45), slice(0, 35)), np.ones((45, 35), bool))
    assert 0 < pieces.best(everything)[1] < 0.5
    nothing = Region((slice(0, 0), slice(0, 0)), np.zeros((0, 0), bool))
    assert pieces.best(nothing) == (0, 0.0)
