from __future__ import annotations

import re

import numpy as np
import pytest

from corewidgets.scoring.folds import LabeledPixels
from corewidgets.scoring.protocols import PROTOCOLS, FoldSettings, chosen_protocols


@pytest.mark.parametrize(
    ("asked", "chosen"),
    [
        ("depth", ["depth"]),
        ("random", ["regions", "random"]),  # never the optimistic score alone
        (["random", "sections", "random"], ["sections", "regions", "random"]),
        (tuple(PROTOCOLS), ["sections", "regions", "depth", "random"]),
    ],
)
def test_protocols_come_in_the_order_of_the_report(asked, chosen):
    assert chosen_protocols(asked) == chosen


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("pixels", "There is no protocol 'pixels'; choose from sections, regions, depth, random."),
        ([], "There is no protocol to score by; choose from sections, regions, depth, random."),
    ],
)
def test_what_is_no_protocol_is_said(asked, text):
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        chosen_protocols(asked)


def test_each_protocol_holds_out_by_what_it_is_named_after():
    labels = np.zeros((40, 40), np.uint8)
    for code, first in ((1, 0), (2, 20)):
        labels[2:10, first : first + 8] = code
        labels[22:30, first : first + 8] = code
    pixels = LabeledPixels.of([labels, labels])
    given = FoldSettings(0.25, 2, 0, pixels.rows + 40 * pixels.sections, pixels.sections)
    folds = {name: protocol.deal(pixels, given) for name, protocol in PROTOCOLS.items()}
    assert all(
        (fold[pixels.sections == k] == fold[pixels.sections == k][0]).all()
        for k in (0, 1)
        for fold in [folds["sections"]]
    )
    assert set(folds["sections"].tolist()) == {0, 1}
    assert all(len(set(folds["regions"][pixels.regions == region].tolist())) == 1 for region in range(8))
    assert set(folds["regions"].tolist()) == {0, 1}
    for code in (1, 2):
        assert np.mean(folds["random"][pixels.codes == code] >= 0) == pytest.approx(0.25, abs=0.01)
