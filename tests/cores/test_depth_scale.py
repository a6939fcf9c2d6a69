"""Depths are shown in the unit that people gave them in, and named after what they are measured from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corewidgets.cores.depth_scale import METRES, DepthScale, datum_in


@given(st.integers(0, 30_000_00).map(lambda hundredths: hundredths / 100))
def test_feet_with_two_digits_come_back_as_they_were(feet):
    scale = DepthScale("ft")
    assert scale.of(scale.to_metres(feet)) == feet
    assert METRES.of(METRES.to_metres(feet)) == feet


@pytest.mark.parametrize(
    ("scale", "label", "heading"),
    [
        (METRES, "Depth (m)", ""),
        (DepthScale("ft"), "Depth (ft)", " (ft)"),
        (DepthScale("m", "below sea floor"), "Depth below sea floor (m)", " (mbsf)"),
        (DepthScale("ft", "below sea floor"), "Depth below sea floor (ft)", " (fbsf)"),
        (DepthScale("m", "along hole"), "Depth along hole (m)", ""),
        (DepthScale("m", "composite depth"), "Composite depth (m)", " (mcd)"),
    ],
)
def test_names_of_axes_and_columns(scale, label, heading):
    assert (scale.label, scale.heading) == (label, heading)


def test_what_is_shown():
    feet = DepthScale("ft")
    assert feet.span(30.48, 31.0896) == "100 to 102 ft"
    assert feet.text(0.3048) == "1 ft"
    assert METRES.span(698.41, 699.02) == "698.41 to 699.02 m"
    assert [datum_in(name) for name in ("top (mbsf)", "FROM [MCD]", "top (m)", "md_from")] == [
        "below sea floor",
        "composite depth",
        "",
        "along hole",
    ]
    with pytest.raises(ValueError, match="The unit of depths is 'fathom'; choose from m, ft"):
        DepthScale("fathom")
