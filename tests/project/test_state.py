"""The words of a photograph's state are those that hold."""

from __future__ import annotations

import pytest

from corewidgets.cores.section_entry import SectionEntry
from corewidgets.labels.legend import Legend
from corewidgets.project.record import MapRecord, Record
from corewidgets.project.state import state_of

LEGEND = Legend(["Matrix", "Clast"])


def made(model="now", corrected=False):
    return MapRecord(model, "", corrected, "", {2: 0.5, 9: 0.5})


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (Record(), ()),
        (Record(pixels={2: 5}), ("labelled",)),
        (Record(map=made()), ("mapped",)),
        (Record(map=made("before")), ("mapped", "outdated")),
        (Record(map=made("", corrected=True)), ("mapped", "corrected")),
        (Record(map=MapRecord("", "", False, "", next="ab12")), ()),
        (Record(drift={"reasons": ["darker"]}), ("flagged",)),
        (Record(pixels={2: 5}, drift={"reasons": ["darker"]}), ("labelled",)),
        (Record(drift={"reasons": []}), ()),
        (Record(map=made(), accepted=("ada", "")), ("mapped", "accepted")),
    ],
)
def test_the_words_that_hold(record, words):
    assert state_of(SectionEntry("a"), record, "now", LEGEND).states == words


@pytest.mark.parametrize(("model", "words"), [(None, ("mapped",)), ("now", ("mapped", "outdated"))])
def test_a_map_of_a_run_is_outdated_once_the_project_has_a_model_of_its_own(model, words):
    record = Record(map=made("run of a model"))
    assert state_of(SectionEntry("a"), record, model, LEGEND).states == words


def test_values_are_named_by_the_legend():
    state = state_of(SectionEntry("a", problem="no"), Record(pixels={2: 5}, map=made()), None, LEGEND)
    assert (state.pixels, state.shares) == ({"Clast": 5}, {"Clast": 0.5})
    assert state.states == ("labelled", "mapped", "outdated", "unreadable")
