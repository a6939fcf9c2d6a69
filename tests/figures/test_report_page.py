from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from corewidgets.figures.report_page import (
    figures,
    map_picture,
    page,
    photograph_picture,
    swatch,
    table,
)
from corewidgets.labels.legend import Legend
from corewidgets.markup import Markup

BAD = '<script>alert("x")</script>'


def test_what_comes_from_users_is_escaped_and_a_cell_is_not_twice():
    legend = Legend([BAD], ["#102030"])
    for made in (
        page(BAD, []),
        table([BAD], [[BAD]]),
        figures([(BAD, BAD, "good")]),
        table(["class"], [[swatch(legend, BAD)]]),
        photograph_picture(np.zeros((4, 4, 3), np.uint8), 4, BAD),
    ):
        assert "<script" not in made
        assert "&lt;script&gt;" in made
        assert "&amp;lt;" not in made


def test_a_page_loads_nothing_from_elsewhere():
    made = page("Run", [Markup("<p>1</p>")])
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in made
    assert not re.search(r"(src|href)=|@import|url\(", made)


def test_numbers_are_at_the_right():
    made = table(["name", "n"], [["a", 1], [Markup("<b>b</b>"), 2]], numbers=1)
    assert re.findall(r"<td[^>]*>.*?</td>", made) == [
        "<td>a</td>",
        "<td class=number>1</td>",
        "<td><b>b</b></td>",
        "<td class=number>2</td>",
    ]


def picture(made: str) -> np.ndarray:
    content = re.search(r"base64,([^\"]+)", made)[1]
    return np.array(Image.open(io.BytesIO(base64.b64decode(content))).convert("RGB"))


@pytest.mark.parametrize(("height", "shape"), [(50, (50, 20, 3)), (500, (100, 40, 3))])
def test_pictures_are_reduced_and_never_enlarged(height, shape):
    segmentation = np.full((100, 40), 2, np.uint8)
    made = picture(map_picture(segmentation, Legend(["A", "B"], ["#102030", "#C08040"]), height, "map"))
    assert made.shape == shape
    assert (made == (0xC0, 0x80, 0x40)).all()
    assert picture(photograph_picture(np.zeros((100, 40, 3), np.uint8), height, "photograph")).shape == shape
