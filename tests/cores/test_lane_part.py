"""Stretches of a lane."""

from __future__ import annotations

import pytest

from corewidgets.cores.lane_part import CORE, LanePart


def test_length_and_what_is_core():
    assert LanePart(0.25, 0.75, "piece").length == pytest.approx(0.5)
    assert CORE == ("piece", "rubble")
