"""Beds: as thick as asked, and said where their ends were not seen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corewidgets.cores.section import CoreSection
from corewidgets.geology.depthlog import depth_log
from corewidgets.labels.legend import Legend

LEGEND = Legend(["Matrix", "Carb-White", "Void"], not_rock=["Void"])


def layers(*codes, thickness=10, width=8):
    """A segmentation of layers."""
    return np.repeat(np.array(codes, np.uint8), thickness)[:, None] * np.ones(width, np.uint8)


def log_of(segmentation, top=1.0, base=2.0, legend=LEGEND, **settings):
    section = CoreSection(np.zeros((*segmentation.shape, 3), np.uint8), top, base, name="piece")
    return depth_log(section, segmentation, legend, **settings)


def test_beds_are_runs_of_the_leading_class():
    log = log_of(layers(1, 1, 2, 3, 2, 1), top=0.0, base=6.0, interval=0.5)
    beds = log.beds()
    assert beds["class"].tolist() == ["Matrix", "Carb-White", "Carb-White", "Matrix"]
    assert beds["thickness"].tolist() == [2, 1, 1, 1]
    assert beds["top"].tolist() == [0, 2, 4, 5]
    assert beds["top_seen"].tolist() == [False, True, False, True]
    assert beds["base_seen"].tolist() == [True, False, True, False]
    assert beds["share"].tolist() == [1, 1, 1, 1]


def test_thin_beds_go_to_their_neighbors():
    log = log_of(layers(1, 1, 1, 2, 1, 3, 1, 2, 2), top=0.0, base=9.0, interval=0.5)
    beds = log.beds(thinnest=1.5)
    assert beds["class"].tolist() == ["Matrix", "Carb-White"]
    assert beds["thickness"].tolist() == [7, 2]
    assert log.beds(thinnest=100)["class"].tolist() == ["Matrix"]


def test_beds_end_with_the_log():
    (bed,) = log_of(layers(1), top=0.13, base=0.98, interval=0.1).beds().to_dict("records")
    assert (bed["top"], bed["base"]) == (0.13, 0.98)
    assert bed["thickness"] == pytest.approx(0.85)


@given(st.lists(st.integers(1, 3), min_size=1, max_size=30), st.floats(0, 8))
def test_beds_are_as_thick_as_asked(codes, thinnest):
    log = log_of(layers(*codes, thickness=1), top=0.0, base=float(len(codes)), interval=1.0)
    beds = log.beds(thinnest)
    if len(beds) > 1:
        assert (beds["thickness"] >= thinnest - 1e-6).all()
    assert (beds["top"].to_numpy()[1:] >= beds["base"].to_numpy()[:-1]).all()
