"""Scores as HTML: names of classes are texts, and stay so."""

from __future__ import annotations

from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest

from corewidgets.labels.legend import Legend
from corewidgets.widgets.score_views import bars, class_table, confusion_table, score_cards

BAD = "<img src=x onerror=alert(1)> & 'mud\""
LEGEND = Legend([BAD, "Chert"])
ROW = SimpleNamespace(name=BAD, n_regions=2, n_pixels=1500, precision=0.5, recall=0.25, f1=0.333)
SCORE = SimpleNamespace(
    title="whole regions",
    protocol="regions",
    classes=(BAD, "Chert"),
    confusion=np.array([[3, 1], [0, 0]]),
    per_class=[ROW],
    unscored=("Chert", BAD),
    weighted_f1=0.9,
    macro_f1=0.8,
)
EVALUATION = SimpleNamespace(scores={"regions": SCORE}, impossible={"depth": f"There is no {BAD}."})


class Page(HTMLParser):
    """Collects the tags and the texts, those in titles as well."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.texts = set(), []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.texts += [value for name, value in attributes if name == "title"]

    def handle_data(self, data):
        self.texts.append(data)


@pytest.mark.parametrize(
    ("made", "texts"),
    [
        (score_cards(EVALUATION), ["Whole regions held out", "0.90", f"Not computed. There is no {BAD}."]),
        (
            class_table(EVALUATION, LEGEND),
            [BAD, "1,500", "0.33", f"Not scored: Chert, {BAD}. Label a second"],
        ),
        (confusion_table(SCORE, LEGEND), [BAD, "75", f"{BAD} taken for Chert: 1 of 4 pixels"]),
        (bars({BAD: 0.5}, colors=["#102030"]), [BAD, "50%"]),
    ],
)
def test_names_are_texts_in_each_view(made, texts):
    page = Page(made)
    assert "img" not in page.tags
    for text in texts:
        assert any(text in found for found in page.texts), text


def test_tables_have_their_cells():
    assert class_table(EVALUATION, LEGEND).count("<td>") == 10
    assert confusion_table(SCORE, LEGEND).count("<td class=") == 2
    assert 'class="cw-negative" style="width: 50.0%; "' in bars({"a": 1.0, "b": -0.5})
