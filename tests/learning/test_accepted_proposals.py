"""Proposals that are accepted together: what they label, and what stays."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import corewidgets as cw
from corewidgets.learning.proposals import Proposal


def proposal(top: int, left: int, code: int, size: int = 3) -> Proposal:
    box = slice(top, top + size), slice(left, left + size)
    return Proposal(top + 1, left + 1, box, np.ones((size, size), bool), 1.0, code, 0.8, 0.5, 0.5)


def test_each_has_its_class_and_labels_that_are_there_stay():
    labels = np.zeros((8, 10), np.uint8)
    labels[0, 0] = 7
    before = labels.copy()
    one, two = proposal(0, 0, 2), proposal(4, 5, 3)
    found = cw.accept_proposals(labels, [one, dataclasses.replace(two, code=5)])
    expected = before.copy()
    expected[:3, :3], expected[4:7, 5:8], expected[0, 0] = 2, 5, 7
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(labels, before)
    assert found.dtype == np.uint8


def test_what_two_share_is_of_the_first():
    found = cw.accept_proposals(np.zeros((5, 5), np.uint8), [proposal(0, 0, 1), proposal(1, 1, 2)])
    assert (found == 1).sum() == 9
    assert (found == 2).sum() == 9 - 4


def test_without_proposals_labels_are_as_they_are():
    labels = np.eye(4, dtype=np.uint8)
    np.testing.assert_array_equal(cw.accept_proposals(labels, iter(())), labels)


def test_proposals_of_another_photograph_are_refused():
    with pytest.raises(
        ValueError, match="row 5, column 5 lies outside the labels, which have 6 rows and 5 col"
    ):
        cw.accept_proposals(np.zeros((6, 5), np.uint8), [proposal(4, 4, 1)])


@pytest.mark.parametrize("code", [0, 256])
def test_a_class_is_one_of_a_legend(code):
    with pytest.raises(ValueError, match=f"has the class {code}, but a class is 1 to 255"):
        cw.accept_proposals(np.zeros((6, 5), np.uint8), [proposal(0, 0, code)])
