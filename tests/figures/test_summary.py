"""The head of a report: the hole in one picture at its depths, and what is flagged in few words."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from corewidgets.cores.core import Core, Lane
from corewidgets.cores.depth_scale import DepthScale
from corewidgets.cores.section import CoreSection
from corewidgets.figures.summary import core_loss, flag_summary, hole_picture, proportion_bar
from corewidgets.labels.legend import Legend

CORE = Core([Lane("a.png", 1.0, 2.0), Lane("b.png", 3.0, 5.0)], "hole", DepthScale("m", "along hole"))


def test_photographs_lie_at_their_depths_with_the_top_at_the_left_and_gaps_are_grey():
    red, blue = np.zeros((200, 30, 3), np.uint8), np.zeros((400, 30, 3), np.uint8)
    red[..., 0], blue[200:, :, 2] = 200, 200
    sections = [CoreSection(red, 1.0, 2.0), CoreSection(blue, 3.0, 5.0)]
    text = str(hole_picture(sections, CORE))
    source = re.search(r"base64,([^\"]+)", text)[1]
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(source)))).astype(int)
    middle, n = picture[len(picture) // 2], picture.shape[1]
    for place, color in (
        (0.125, (200, 0, 0)),
        (0.375, (232, 232, 232)),
        (0.6, (0, 0, 0)),
        (0.9, (0, 0, 200)),
    ):
        assert middle[int(place * n)] == pytest.approx(color, abs=12)
    assert "<span>1 m</span><span>5 m</span>" in text


@pytest.mark.slow
def test_a_hole_of_many_sections_has_a_column_for_each():
    sections = [CoreSection(np.full((4, 3, 3), 10, np.uint8), k, k + 0.999) for k in range(5000)]
    core = Core([Lane("a.png", section.top, section.base, str(section.top)) for section in sections])
    source = re.search(r"base64,([^\"]+)", str(hole_picture(sections, core)))[1]
    assert np.asarray(Image.open(io.BytesIO(base64.b64decode(source)))).max() < 30


def test_proportions_are_parts_of_one_bar_with_names():
    legend = Legend(["Matrix", "<Chert>", "Rare"], ["#FC6621", "#2CFFFE", "#101010"])
    text = str(proportion_bar({"<Chert>": 0.6, "Matrix": 0.397, "Rare": 0.003}, legend))
    assert re.findall(r"width:([0-9.]+%);background:(#\w+)", text) == [
        ("60.0%", "#2CFFFE"),
        ("39.7%", "#FC6621"),
    ]
    assert "&lt;Chert&gt; 60.0%" in text
    assert "Rare" not in text


def test_core_loss_is_the_share_of_the_length_without_a_photograph():
    assert core_loss(CORE) == pytest.approx(0.25)
    assert core_loss(Core([Lane("a.png", 1.0, 2.0)])) == 0


def test_reasons_are_counted_by_kind():
    reasons = [
        ["darker than any training photograph (lightness 20; 30 to 40 is usual)", "41% of it looks new"]
    ]
    reasons.append(["darker than any training photograph (lightness 9; 30 to 40 is usual)"])
    assert flag_summary(reasons) == "darker than any training photograph: 2; part of it looks new: 1"
    assert flag_summary([]) == ""
