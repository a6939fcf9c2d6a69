"""Jobs on photographs are handed over in their order, stop when that is wanted, and fail one by one."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
import pytest

import corewidgets as cw
from corewidgets.batch.photograph_jobs import do_on_cluster
from corewidgets.cores.section_entry import SectionEntry

pytest.importorskip("distributed")


@dataclass
class Job:
    """Returns the map of a photograph; fails on some, and takes a while."""

    model: cw.PixelClassifier
    wrong: tuple[str, ...] = ()
    seconds: float = 0.0

    def __call__(self, entry):
        time.sleep(self.seconds)
        if entry.name in self.wrong:
            raise ValueError(f"{entry.name} is too dark")
        return self.model.predict(entry.read())


def never():
    """Go on."""


@pytest.fixture
def entries(core):
    return [SectionEntry.of_lane(lane) for lane in core]


def done(job, entries, client, check=never, **options):
    """Return what was found, and what failed, by name and in the order of their coming."""
    found, failed = {}, {}
    do_on_cluster(
        job,
        job.model,
        entries,
        cw.Processes(client, **options),
        finished=lambda entry, made: found.update({entry.name: made}),
        failed=lambda entry, why: failed.update({entry.name: why}),
        check=check,
    )
    return found, failed


def test_all_come_back_and_are_what_this_process_would_have_found(entries, model, client):
    found, failed = done(Job(model), entries, client)
    assert failed == {}
    assert set(found) == {entry.name for entry in entries}
    for entry in entries:
        np.testing.assert_array_equal(found[entry.name], model.predict(entry.read()))


def test_the_first_one_is_done_first(core, model, client):
    names = [f"R{number}" for number in range(12)]
    many = [replace(SectionEntry.of_lane(core["single"]), name=name) for name in names]
    found, failed = done(Job(model), many, client)
    assert failed == {}
    assert list(found) == names


def test_one_that_fails_is_told_in_words_and_the_others_come(entries, model, client):
    found, failed = done(Job(model, wrong=("box-2",)), entries, client, retries=0)
    assert failed == {"box-2": "ValueError: box-2 is too dark"}
    assert len(found) == 4


def test_what_check_raises_ends_it_and_nothing_is_left_on_the_cluster(entries, model, client):
    class StopError(Exception):
        pass

    found = []

    def check():
        if found:
            raise StopError

    with pytest.raises(StopError):
        do_on_cluster(
            Job(model, seconds=0.3),
            model,
            entries,
            cw.Processes(client),
            finished=lambda entry, _: found.append(entry.name),
            failed=lambda *_: None,
            check=check,
        )
    assert 1 <= len(found) < 5
    deadline = time.monotonic() + 20
    while client.run(tasks_of) != {} and any(client.run(tasks_of).values()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(client.run(tasks_of).values())
    assert done(Job(model), entries, client)[1] == {}


def tasks_of(dask_worker):
    """Return what a worker holds of these jobs: tasks, and the job itself."""
    return [
        *dask_worker.state.tasks,
        *(name for name in dask_worker.plugins if name.startswith("corewidgets-")),
    ]


def test_one_that_hangs_is_given_up(core, model, client):
    entry = SectionEntry.of_lane(core["single"])
    _, failed = done(Job(model, seconds=3.0), [entry], client, give_up_after=0.5)
    assert failed["single"].startswith("It was stopped after ")
    assert failed["single"].endswith("or allow more time (give_up_after), and train again.")
