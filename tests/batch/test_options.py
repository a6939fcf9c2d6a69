"""Two groups of options, and the keywords of version 0.1 that they hold."""

from __future__ import annotations

import dataclasses
import inspect

import pytest

import corewidgets as cw
from corewidgets.batch.options import with_earlier


def test_nothing_said_is_nothing_kept_and_processes_on_this_machine():
    assert with_earlier(None, None, {}) == (cw.Kept(), cw.Processes())
    kept, processes = cw.Kept(probabilities=True), cw.Processes("tcp://there:1")
    assert with_earlier(kept, processes, {}) == (kept, processes)


@pytest.mark.parametrize("group", [cw.Kept, cw.Processes])
def test_options_are_for_one_thing_and_stay_as_they_are(group):
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(group(), dataclasses.fields(group)[0].name, 1)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda: cw.Kept(uncertainty="variance"),
            "uncertainty is 'variance'; choose from 'entropy', 'margin'",
        ),
        (lambda: cw.Processes(n_workers=0), "n_workers must be 1 or more, but is 0."),
        (lambda: cw.Processes(retries=-1), "retries must be 0 or more, but is -1."),
        (
            lambda: cw.Processes(give_up_after=0),
            "give_up_after must be seconds above 0, or None for any time,",
        ),
    ],
)
def test_what_cannot_be(make, text):
    with pytest.raises(ValueError, match=text):
        make()


EARLIER = {
    "client": "tcp://there:1", "n_workers": 3, "retries": 0, "connect": print,
    "probabilities": True, "uncertainty": "margin", "scores": {"regions": 0.5}, "model_file": "m.skops",
}  # fmt: skip
"""All keywords of version 0.1 that are fields now."""


def test_each_keyword_of_version_0_1_still_works_and_tells_its_place():
    for name, value in EARLIER.items():
        with pytest.warns(FutureWarning, match=rf"segment_core\({name}=\.\.\.\) is now segment_core\("):
            kept, processes = with_earlier(None, None, {name: value})
        assert {**vars(kept), **vars(processes)}[name] == value


def test_a_run_takes_them(segment, client):
    with pytest.warns(FutureWarning) as told:
        run = segment(processes=None, client=client, probabilities=True, scores={"regions": 0.5})
    assert [str(warning.message).partition(" is now ")[0] for warning in told] == [
        "segment_core(probabilities=..., scores=...)", "segment_core(client=...)",
    ]  # fmt: skip
    assert {warning.filename for warning in told} == {inspect.getsourcefile(segment)}
    assert run.about["settings"]["probabilities"] is True


def test_a_keyword_and_its_group_are_too_much():
    with pytest.raises(TypeError, match=r"retries and processes are both given; put all of them in proce"):
        with_earlier(None, cw.Processes(), {"retries": 0})
    with pytest.raises(TypeError, match=r"segment_core has no option 'retrys'\."):
        with_earlier(None, None, {"retrys": 0})
