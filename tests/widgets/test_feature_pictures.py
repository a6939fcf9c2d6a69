"""Names of features are text: one that looks like HTML stays what it is."""

from __future__ import annotations

from html.parser import HTMLParser

import numpy as np

from corewidgets.markup import html
from corewidgets.widgets.feature_pictures import color_scale, profile, sheet

EVIL = '"><script>alert(1)</script>'


class Tags(HTMLParser):
    """The tags of a page, with their attributes."""

    def __init__(self, page):
        super().__init__()
        self.found, self.texts = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)

    def of(self, name):
        return [attributes for tag, attributes in self.found if tag == name]


def test_a_name_in_a_contact_sheet_is_text():
    page = sheet(
        [(f"{EVIL}/0", b"data:image/png;base64,", f"{EVIL}/0"), ("pool1/1", b"data:", html("1<br>"))]
    )
    tags = Tags(page)
    assert [each["data-pick"] for each in tags.of("button")] == [f"{EVIL}/0", "pool1/1"]
    assert [each["alt"] for each in tags.of("img")] == [f"{EVIL}/0", "pool1/1"]
    assert tags.of("script") == []
    assert len(tags.of("br")) == 1
    assert f"{EVIL}/0" in "".join(tags.texts)


def test_a_name_in_a_profile_is_text():
    names = [f"{EVIL}/{k}" for k in range(3)] + ["lab/L"]
    values = np.array([1.0, -2.0, 0.5, 3.0])
    page = profile(names, values, "a <b>title</b>", {f"Mean of {EVIL}": ("#112233", values / 2)})
    tags = Tags(page)
    assert tags.of("script") == tags.of("b") == []
    assert [each["data-pick"] for each in tags.of("g")] == names
    assert f"Mean of {EVIL}" in "".join(tags.texts)
    assert len(tags.of("polyline")) == 4


def test_bars_are_as_high_as_their_values():
    tags = Tags(profile(["a/0", "a/1"], np.array([4.0, -1.0]), "", {}))
    bars = [each for each in tags.of("rect") if "class" not in each]
    assert [(each["x"], each["y"], each["height"]) for each in bars] == [
        ("0.1", "0.00", "80.00"),
        ("1.1", "80.00", "20.00"),
    ]


def test_a_color_scale_has_its_ends():
    assert "".join(Tags(color_scale(0, 12.3456)).texts) == "012.3"
