"""The maps of a run come into the project one by one, while it is used; whoever opens it next goes on."""

from __future__ import annotations

import html
import shutil

import numpy as np
import pytest

import corewidgets as cw
from corewidgets.labels.files import read_labels

DONE = ["lane-1", "lane-2", "lane-3"]


@pytest.fixture
def opened(run):
    """Return a function that opens the run on a workbench; without a loop nothing arrives before `wait`."""
    made = []

    def opened(source=run):
        made.append(cw.Workbench(source, project=run.parent / "hole.corewidgets"))
        return made[-1]

    yield opened
    for bench in made:
        bench.close()


def mapped(bench):
    return [name for name in bench.project.names if bench.project.state(name).mapped]


def of_run(run, name):
    return read_labels(run / "sections" / f"{name}.png")[0]


def told(bench):
    return html.unescape(bench.messages.text)


def stop_after_the_first(bench):
    """Press Stop as soon as a photograph is told to have changed."""
    taking, told = bench._desk.taking, bench._desk.taking._told
    taking._told = lambda name: (told(name), taking.stop())


def test_the_open_photograph_comes_first_and_the_others_while_it_is_used(run, opened):
    bench = opened()
    assert mapped(bench) == ["lane-1"]
    assert np.array_equal(bench.segmentation, of_run(run, "lane-1"))
    said = []
    bench._desk.strip.observe(lambda change: said.append(change["new"]), "progress")
    assert bench.wait(60)
    assert mapped(bench) == DONE
    assert said == [
        "Taking over the maps of the run, 2 of 4 …",
        "Taking over the maps of the run, 3 of 4 …",
        "",
    ]
    assert bench.project.runs == []
    assert cw.Project(bench.project.folder).runs == []
    assert [row["states"] for row in bench._desk.strip.rows[:3]] == [["mapped"]] * 3


def test_a_photograph_that_is_opened_has_its_map_at_once(run, opened):
    bench = opened()
    bench.open_photograph("lane-3")
    assert mapped(bench) == ["lane-1", "lane-3"]
    assert np.array_equal(bench.segmentation, of_run(run, "lane-3"))


@pytest.mark.parametrize("again", ["the run", "the project"])
def test_stopped_it_keeps_what_it_has_and_the_next_opening_goes_on(run, opened, again):
    bench = opened()
    stop_after_the_first(bench)
    assert bench.wait(60)
    assert mapped(bench) == ["lane-1", "lane-2"]
    assert bench._desk.strip.progress == ""
    assert cw.Project(bench.project.folder).runs == [run]
    later = opened(run if again == "the run" else bench.project.folder)
    assert later.wait(60)
    assert mapped(later) == DONE
    assert later.project.runs == []


def test_stop_of_the_strip_stops_it(opened):
    bench = opened()
    bench._desk.strip._said(None, {"kind": "stop"}, [])
    assert not bench._desk.taking.busy
    assert bench.wait(60)
    assert mapped(bench) == ["lane-1"]


def test_what_is_corrected_meanwhile_stays(opened):
    bench = opened()
    corrected = np.full((24, 128), 4, np.uint8)
    bench.project.correct_map("lane-2", corrected)
    assert bench.wait(60)
    assert mapped(bench) == DONE
    assert np.array_equal(bench.project.map("lane-2"), corrected)


def test_where_nothing_is_left_to_take_nothing_is_told(opened):
    assert opened().wait(60)
    again = opened()
    said = []
    again._desk.strip.observe(lambda change: said.append(change["new"]), "progress")
    assert again.wait(60)
    assert said == []
    assert again.project.runs == []


def test_a_map_that_cannot_be_taken_is_told_and_the_others_are_taken(run, opened):
    (run / "sections" / "lane-2.json").write_text('{"name": 5}')
    bench = opened()
    assert bench.wait(60)
    assert mapped(bench) == ["lane-1", "lane-3"]
    assert "lane-2: the map of the run is not taken over. The record" in told(bench)


def test_a_full_disk_ends_it_and_the_next_opening_goes_on(opened, monkeypatch, shown_errors):
    bench = opened()

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(bench.project, "take_map", full)
        assert bench.wait(60)
    assert mapped(bench) == ["lane-1"]
    assert [str(error) for error in shown_errors] == ["[Errno 28] No space left on device"]
    shown_errors.clear()
    later = opened(bench.project.folder)
    assert later.wait(60)
    assert mapped(later) == DONE


def test_a_run_that_is_gone_is_told_once(run, opened):
    bench = opened()
    bench._desk.taking.stop()
    shutil.move(run, run.parent / "moved")
    later = opened(bench.project.folder)
    assert f"There is no run in '{run}' any more" in told(later)
    assert cw.Project(bench.project.folder).runs == []
