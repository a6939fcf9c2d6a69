"""Depths of lanes beside their lengths in the photograph."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

import corewidgets as cw


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., list[str]]:
    """Return a function that reads a table of lanes of a box and returns what it warns of."""
    Image.new("RGB", (900, 400)).save(tmp_path / "box.png")

    def read_lanes(*rows: str, heading: str = "file,top,base,crop,rotation") -> list[str]:
        (tmp_path / "hole.csv").write_text("\n".join([heading, *rows]))
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            cw.read_core(tmp_path / "hole.csv")
        return [str(one.message) for one in found]

    return read_lanes


def lane(number: int, top: float, base: float, columns: str = "0:900") -> str:
    return f"box.png,{top},{base},{100 * number}:{100 * number + 90} {columns},90"


def test_depths_that_fit_the_lengths_are_read_without_a_word(read):
    assert read(lane(0, 10, 11), lane(1, 11, 12), lane(2, 12, 13.09), lane(3, 13.1, 13.6, "0:450")) == []


def test_a_lane_that_is_longer_or_shorter_in_depth_is_named_with_its_row(read):
    (told,) = read(lane(0, 10, 11), lane(1, 11, 12), lane(2, 12, 13.2), lane(3, 13.2, 14))
    assert "row 4: 'box-3' has 1.2 m of depth on 900 pixels, which is 20% more per pixel" in told
    assert "row 5: 'box-4' has 0.8 m of depth on 900 pixels, which is 25% less per pixel" in told
    assert "correct its depths or its crop" in told


def test_the_longer_side_of_a_lane_that_stands_is_its_rows(read):
    standing = [
        "box.png,10,11,0:400 0:90,0",
        "box.png,11,12,0:400 100:190,0",
        "box.png,12,12.5,0:200 200:290,0",
    ]
    assert read(*standing) == []


def test_a_lane_with_ties_is_believed(read):
    heading = "file,top,base,corners,ties"
    corners = '"90,0 90,899 0,899 0,0"', '"190,0 190,899 100,899 100,0"'
    plain = [f"box.png,10,11,{corners[0]},", f"box.png,11,13,{corners[1]},"]
    (told,) = read(*plain, heading=heading)
    assert "row 3: 'box-2'" in told
    assert read(plain[0], f"{plain[1]}0.49=11.5 0.51=12.5", heading=heading) == []
